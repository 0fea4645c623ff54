"""Both dialects of .cws: what a host does that runs the g-code is what the job says, or the job is not written."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest
from formats_jobs import LIFT, coarse_motions, film, job_of, mask_of, picture, printer_for, said
from formats_zips import members_of, packed
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from voxelyte import png
from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import cws, format_for, losses, nova, read_job, write_job
from voxelyte.formats._coloured import as_rgb, as_rgba, grey_of
from voxelyte.formats._cws_body import base_name
from voxelyte.job import Exposure
from voxelyte.printer import Motion, Panel

GOLDENS = Path(__file__).parent / "goldens"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0, mirror_x=True)
SLOW = Motion(lift_mm=8.25, lift_mm_s=0.5, retract_mm_s=1.25, wait_before_exposure_s=2.0, wait_after_exposure_s=0.75)
BOTH = pytest.mark.parametrize("dialect", [cws, nova], ids=lambda dialect: dialect.FORMAT.name)
FULL = mask_of(picture("full", PANEL), PANEL)


def golden_job():
    """A base of 25 µm, exposed long and lifted slowly, and layers of 50 µm with a pillar, one of them dimmed."""
    pillar = np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    part = mask_of(pillar, PANEL)
    layers = [
        (25_000, [Exposure(FULL, 12.5)], SLOW),
        (50_000, [Exposure(part, 6.001)], LIFT),
        (50_000, [Exposure(part, 6.001, 51 / 255)], LIFT),
        (50_000, [Exposure(part, 6.001)], LIFT),
    ]
    return job_of(layers, PANEL)


def code_of(dialect, job):
    members = members_of(dialect, job)
    return next(data.decode() for name, data in members.items() if name.endswith(".gcode"))


def read_code(dialect, code, job=None):
    """The golden job's archive, or another's, with other g-code."""
    members = members_of(dialect, job or golden_job())
    name = next(name for name in members if name.endswith(".gcode"))
    return dialect.read(packed(members | {name: code.encode()}))


def read_changed(dialect, old, new, job=None):
    code = code_of(dialect, job or golden_job())
    assert old in code
    return read_code(dialect, code.replace(old, new), job)


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@BOTH
def test_the_golden_archive_reads_as_its_job(dialect):
    fmt, folder = dialect.FORMAT, GOLDENS / f"film{dialect.FORMAT.suffixes[0]}"
    assert said(fmt.read(packed(files_of(folder))), fmt.carries) == said(golden_job(), fmt.carries)
    assert said(read_job(folder), fmt.carries) == said(golden_job(), fmt.carries)


@BOTH
def test_the_golden_job_is_written_as_its_archive(dialect):
    """PNGs are compared by their pixels: another igzip may compress otherwise."""
    members, golden = members_of(dialect, golden_job()), files_of(GOLDENS / f"film{dialect.FORMAT.suffixes[0]}")
    assert sorted(members) == sorted(golden)
    for name, data in members.items():
        if name.endswith(".png"):
            assert np.array_equal(png.decode_colour(data), png.decode_colour(golden[name]))
        else:
            assert data.decode() == golden[name].decode()


def obeyed(code):
    """What host and board do, written anew from what the words mean: (deed, values) in their order, heights in mm.

    A delay is the host's; the board moves meanwhile. `still` is how long the plate had stood when the light came.
    """
    deeds, z_mm, lamp, shown = [], Decimal(0), 0, None
    now_ms = arrives_ms = Fraction(0)
    for line in code.splitlines():
        if line.startswith(";<Slice>"):
            shown = line.split()[1]
        elif line.startswith(";<Delay>"):
            time_ms = int(line.split()[1])
            if lamp and shown != "Blank":
                deeds.append(("light", int(shown), z_mm, lamp, time_ms, now_ms - arrives_ms))
            now_ms += time_ms
        elif line.startswith("M106"):
            lamp = int(line.partition("S")[2])
        elif line.startswith("G1"):
            values = {one[0]: Decimal(one[1:]) for one in line.split()[1:]}
            z_mm += values["Z"]
            deeds.append(("move", values["Z"], values["F"], max(now_ms - arrives_ms, Fraction(0))))
            arrives_ms = max(now_ms, arrives_ms) + Fraction(abs(values["Z"])) * 60_000 / Fraction(values["F"])
    return deeds


def mm_min(speed_mm_s):
    return Decimal(repr(speed_mm_s)) * 60


rows = st.lists(
    st.tuples(st.integers(10_000, 200_000), st.integers(1, 99_999), st.integers(1, 255), coarse_motions),
    min_size=1,
    max_size=6,
)


@BOTH
@settings(deadline=None, max_examples=60)
@given(drawn=rows)
def test_a_host_does_what_the_job_says(dialect, drawn):
    """Each layer is approached at its own speed, rests, is lit, rests, and is lifted by its own lift at its own speed."""
    job = job_of([(nm, [Exposure(FULL, ms / 1000, k / 255)], motion) for nm, ms, k, motion in drawn], PANEL)
    deeds, lifted_mm = obeyed(code_of(dialect, job)), Decimal(0)
    for layer, (nm, ms, k, motion) in zip(job.layers, drawn, strict=True):
        kind, distance_mm, feed, _ = deeds.pop(0)
        assert (kind, distance_mm, feed) == ("move", Decimal(nm) / 1_000_000 - lifted_mm, mm_min(motion.retract_mm_s))
        *light, still_ms = deeds.pop(0)
        assert light == ["light", layer.index, Decimal(layer.top_nm) / 1_000_000, k, ms]
        assert 0 <= still_ms - round(motion.wait_before_exposure_s * 1000) < 1
        lifted_mm = Decimal(repr(motion.lift_mm))
        kind, distance_mm, feed, still_ms = deeds.pop(0)
        assert (kind, distance_mm, feed) == ("move", lifted_mm, mm_min(motion.lift_mm_s))
        rests_ms = round((motion.wait_before_exposure_s + motion.wait_after_exposure_s) * 1000) + ms
        assert 0 <= still_ms - rests_ms < 1
    assert [kind for kind, *_ in deeds] == (["move"] if dialect is nova else [])


@pytest.mark.parametrize(("build_mm", "rise_mm"), [(180.0, 80), (75.5, 67), (3.0, 0)])
def test_novas_rise_ends_below_the_top(build_mm, rise_mm):
    """80 mm, as its maker has it, where 0.15 mm of film and a lift of 8.25 mm leave them."""
    printer = printer_for(PANEL).model_copy(update={"build_height_mm": build_mm})
    job = job_of([(50_000, [Exposure(FULL, 6.0)], SLOW)] * 3, PANEL, printer=printer)
    assert f"G1 Z{rise_mm} F30\n;<Delay> {rise_mm * 2000}\nM18" in code_of(nova, job)
    assert f"\nlift_when_finished      = {rise_mm}\n" in members_of(nova, job)["slice.conf"].decode()


@BOTH
def test_a_host_may_be_blind_while_the_plate_moves(dialect):
    """Light only where the plate stands still, also with the least speeds and the greatest lifts."""
    motion = Motion(lift_mm=20.0, lift_mm_s=0.01, retract_mm_s=0.01)
    job = job_of([(10_000, [Exposure(FULL, 0.001)], motion)] * 3, PANEL)
    assert all(deed[-1] >= 0 for deed in obeyed(code_of(dialect, job)) if deed[0] == "light")


@BOTH
def test_the_film_of_the_paper_is_carried_exactly(dialect, tmp_path):
    job = film(25, 50, 50, 50, 50)
    path = tmp_path / f"film{dialect.FORMAT.suffixes[0]}"
    write_job(job, path)
    assert [layer.top_nm for layer in read_job(path).layers] == [25_000, 75_000, 125_000, 175_000, 225_000]
    heights_mm = [deed[2] for deed in obeyed(code_of(dialect, job)) if deed[0] == "light"]
    assert heights_mm == [Decimal(text) for text in ("0.025", "0.075", "0.125", "0.175", "0.225")]


@BOTH
@pytest.mark.parametrize(
    ("change", "law"),
    [
        ({"lift_mm": 5.0000001}, r"motion \(finer than nm, ms or millionths of mm/min in layer 2\)"),
        ({"lift_mm_s": 1.0000000001}, "motion"),
        ({"wait_before_exposure_s": 0.0005}, "motion"),
        ({"wait_after_exposure_s": 1.00001}, "motion"),
    ],
)
def test_motion_finer_than_the_gcode_is_a_loss(dialect, change, law, tmp_path):
    layers = [(50_000, [Exposure(FULL, 6.0)], one) for one in (LIFT, LIFT.model_copy(update=change))]
    with pytest.raises(LossyExport, match=law):
        write_job(job_of(layers, PANEL), tmp_path / f"film{dialect.FORMAT.suffixes[0]}")


@BOTH
def test_a_speed_that_was_read_is_written_again(dialect):
    """20 mm/min is no round number of mm/s."""
    job = read_changed(dialect, "F60", "F20")
    assert job.layers[1].motion.lift_mm_s == 20 / 60
    assert losses(job, dialect.FORMAT) == []
    assert "F20\n" in code_of(dialect, job)


@BOTH
def test_parts_of_a_ms_and_of_a_level_are_losses(dialect, tmp_path):
    path = tmp_path / f"film{dialect.FORMAT.suffixes[0]}"
    with pytest.raises(LossyExport, match=r"exposure \(not a whole number of ms in layer 2\)"):
        write_job(film(50, 50, exposures_s=[6.0, 6.0005], panel=PANEL), path)
    with pytest.raises(LossyExport, match=r"power \(not a whole number of 255ths in layer 1\)"):
        write_job(job_of([(50_000, [Exposure(FULL, 6.0, 0.5)], LIFT)], PANEL), path)


def test_several_exposures_are_several_pictures_at_one_height():
    layers = [(50_000, [Exposure(FULL, 6.0), Exposure(FULL, 2.0, 51 / 255)], LIFT)] * 2
    job = job_of(layers, PANEL)
    assert losses(job, cws.FORMAT) == []
    lit = [deed[1:5] for deed in obeyed(code_of(cws, job)) if deed[0] == "light"]
    low, high = Decimal("0.05"), Decimal("0.1")
    assert lit == [(0, low, 255, 6000), (1, low, 51, 2000), (2, high, 255, 6000), (3, high, 51, 2000)]
    assert said(cws.read(packed(members_of(cws, job))), cws.FORMAT.carries) == said(job, cws.FORMAT.carries)


def test_nova_takes_one_exposure_a_layer(tmp_path):
    job = job_of([(50_000, [Exposure(FULL, 6.0), Exposure(FULL, 2.0)], LIFT)] * 2, PANEL)
    with pytest.raises(LossyExport, match=r"nova cannot carry: exposures \(several in layers 1-2\)"):
        write_job(job, tmp_path / "film.nova.cws")
    write_job(job, tmp_path / "film.nova.cws", allow={"exposures"})
    assert [layer.exposure_s for layer in read_job(tmp_path / "film.nova.cws").layers] == [6.0, 6.0]


@BOTH
def test_a_layer_without_light_is_a_loss_and_shows_a_dark_picture(dialect, tmp_path):
    path = tmp_path / f"film{dialect.FORMAT.suffixes[0]}"
    job = job_of(
        [(50_000, [Exposure(FULL, 6.0)], LIFT), (50_000, [], LIFT), (50_000, [Exposure(FULL, 6.0)], LIFT)], PANEL
    )
    with pytest.raises(LossyExport, match=r"exposures \(none.* in layer 2\)"):
        write_job(job, path)
    write_job(job, path, allow={"exposures"})
    again = read_job(path)
    assert [layer.exposure_s for layer in again.layers] == [6.0, 0.001, 6.0]
    assert not again.layers[1].exposures[0].mask.pixels().any()


def test_suffixes_pick_the_dialect():
    assert format_for("a.cws") is format_for("a.xml.cws") is cws.FORMAT
    assert format_for("a.nova.cws") is nova.FORMAT


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("film", "film"),
        ("p-3dse-d200", "p-3dse-d200-"),
        ("16 mm/../x", "16-mm-..-x"),
        ("../../x", "x"),
        ("µ", "film"),
        ("", "film"),
    ],
)
def test_members_never_end_in_a_digit_before_their_number(name, base):
    assert base_name(name) == base
    names = sorted(members_of(nova, job_of([(50_000, [Exposure(FULL, 6.0)], LIFT)] * 2, PANEL, name=name)))
    assert names == sorted([f"{base}.gcode", f"{base}0000.png", f"{base}0001.png", "slice.conf"])


@BOTH
def test_pillow_reads_every_picture(dialect):
    members = members_of(dialect, golden_job())
    for layer in golden_job().layers:
        with Image.open(BytesIO(members[f"film{layer.index:04}.png"])) as image:
            assert image.mode == ("RGBA" if dialect is cws else "L")
            assert np.array_equal(np.asarray(image.convert("L")), layer.exposures[0].mask.pixels())
            if dialect is cws:
                assert image.getextrema()[3] == (255, 255)


@BOTH
def test_the_header_is_one_that_uv3dp_and_photonic_read(dialect):
    """uv3dp takes the text between ` = ` and the next blank, and wants integers; Photonic3D one bare line."""
    code = code_of(dialect, golden_job())
    found = {}
    for line in takewhile(lambda line: line.startswith(";"), code.splitlines()):
        if " = " in line:
            name, _, value = line[1:].partition(" = ")
            found[name.strip(" (")] = value.split(" ")[0].strip(" )")
    whole = "X Resolution,Y Resolution,Layer Time,Bottom Layers Time,Number of Bottom Layers,Blanking Layer Time,"
    whole += "Lift Distance,Outline Width Inset,Outline Width Outset,Slide/Tilt Value,Number of Slices"
    for name in whole.split(","):
        assert re.fullmatch("[0-9]+", found[name]), name
    for name in (
        "Pix per mm X",
        "Layer Thickness",
        "Z Lift Feed Rate",
        "Z Bottom Lift Feed Rate",
        "Z Lift Retract Rate",
    ):
        assert float(found[name]) > 0
    assert re.search(r"(?m)^\s*;\s*Number\s*of\s*Slices\s*=\s*(\d+)\s*$", code)[1] == "4"


@BOTH
def test_the_header_describes_the_body(dialect):
    code = code_of(dialect, golden_job())
    for line in (
        ";(Pix per mm X            = 16.12903 )",
        ";(Layer Thickness         = 0.05 mm )",
        ";(Layer Time              = 6001 ms )",
        ";(Bottom Layers Time      = 12500 ms )",
        ";(Number of Bottom Layers = 1 )",
        ";(Lift Distance           = 5 mm )",
        ";(Z Bottom Lift Feed Rate = 30 mm/min )",
        ";(Flip X                  = True )",
        ";(Flip Y                  = False )",
        ";(Platform X Size         = 0.372mm )",
        ";(Platform Z Size         = 75.5mm )",
        ";(Blanking Layer Time     = 6980 ms )",  # 5 mm at 1 mm/s and 4.95 mm at 2.5 mm/s
    ):
        assert line in code.splitlines()


def test_a_lift_of_parts_of_a_mm_is_rounded_up_in_the_header_and_exact_in_the_body():
    job = job_of([(50_000, [Exposure(FULL, 6.0)], SLOW)] * 2, PANEL)
    assert ";(Lift Distance           = 9 mm )" in code_of(cws, job)
    assert "G1 Z8.25 F30\nG1 Z-8.2 F75\n" in code_of(cws, job).replace("\n\n", "\n")


NOVAMAKER = """; nova3d.cn NovaMaker v2.4.20 64-bits 2020-08-08 11:15:56
;(****Build and Slicing Parameters****)
;(Pix per mm X            = 19.324 )
;(Pix per mm Y            = 19.324 )
;(X Resolution            = 6 )
;(Y Resolution            = 4 )
;(Layer Thickness         = 0.05000 mm )
;(Render Outlines         = False
;(Lift Distance           = 4 mm )
;(Flip X                  = True)
;(Flip Y                  = True)
;Number of Slices         = 3
;(Platform X Size         = 0.372mm )
;(Platform Y Size         = 0.16mm )
;(Platform Z Size         = 130mm )

G28
G21 ;Set units to be mm
G91 ;Relative Positioning
M17 ;Enable motors
<Slice> Blank
M106 S0

;<Slice> 0
M106 S255
;<Delay> 40000
M106 S0
;<Slice> Blank
G1 Z4.000 F20
G1 Z-3.950 F20
;<Delay> 34000

;<Slice> 1
M106 S255
;<Delay> 6000
M106 S0
;<Slice> Blank
G1 Z4.000 F120
G1 Z-3.950 F100
;<Delay> 3000

;<Slice> 2
M106 S255
;<Delay> 6000
M106 S0
;<Slice> Blank
G1 Z4.000 F120
G1 Z-3.950 F100
;<Delay> 6000

M18 ;Disable Motors
M106 SO
G1 Z80
;<Completed>
"""


def nova_files(code=NOVAMAKER, digits=1):
    """An archive as NovaMaker lays it out, with names padded to as few digits as the count needs."""
    conf = "# nova3d.cn NovaMaker v2.4.20 64-bits 2020-08-08 16:16:55\n# conf version 1.0\n\n"
    conf += "xres                    = 6\nyres                    = 4\nlayers_num              = 3\n"
    pictures = {f"part{n:0{digits}}.png": png.encode(np.full((4, 6), 80 * n, np.uint8)) for n in range(3)}
    return {"slice.conf": conf, "part.gcode": code, **pictures}


def test_a_file_of_novamaker_is_read_as_the_machine_prints_it():
    """Its first layer is exposed where the plate stands, its code has a letter O for a 0, and delays hold the motion."""
    job = nova.read(packed(nova_files()))
    assert [layer.thickness_nm for layer in job.layers] == [50_000] * 3
    assert [layer.exposure_s for layer in job.layers] == [40.0, 6.0, 6.0]
    first, second, third = (layer.motion for layer in job.layers)
    assert (first.lift_mm, first.lift_mm_s, first.retract_mm_s) == (4.0, 20 / 60, 20 / 60)
    assert first.wait_before_exposure_s == 0
    # 4 mm and 3.95 mm at 20 mm/min take 23.85 s of the 34 s
    assert second.wait_before_exposure_s == 10.15
    assert (second.lift_mm_s, third.retract_mm_s) == (2.0, 100 / 60)
    # 2 s and 2.37 s take longer than the delay of 3 s
    assert third.wait_before_exposure_s == 0
    assert (third.lift_mm, third.wait_after_exposure_s) == (4.0, 0)
    assert (job.panel.pitch_x_um, job.panel.pitch_y_um) == (62.0, 40.0)
    assert job.panel.mirror_x
    assert job.printer.build_height_mm == 130
    assert [int(layer.exposures[0].mask.pixels()[0, 0]) for layer in job.layers] == [0, 80, 160]
    notes = " ".join(job.provenance.notes)
    assert "as thick as the header says" in notes
    assert "delays end before the moves" in notes


def test_pictures_are_found_by_their_number_however_it_is_padded():
    for digits in (1, 4, 5):
        assert len(nova.read(packed(nova_files(digits=digits))).layers) == 3
    more = nova_files() | {"thumbnail/thumbnail400x400.png": b"none", "cover.png": b"none"}
    assert len(nova.read(packed(more)).layers) == 3
    with pytest.raises(FormatError, match=r"part1\.png: other0001\.png is picture 1 too"):
        nova.read(packed(nova_files() | {"other0001.png": b"none"}))
    lacking = {name: data for name, data in nova_files().items() if name != "part2.png"}
    with pytest.raises(FormatError, match="picture 2 of 3 is missing"):
        nova.read(packed(lacking))


def test_three_pixels_packed_into_one_are_refused_not_guessed():
    files = nova_files() | {f"part{n}.png": png.encode(np.zeros((4, 2, 3), np.uint8)) for n in range(3)}
    assert nova.recognises(packed(files))
    with pytest.raises(FormatError, match=r"part0\.png: three pixels are packed into one; in which order is not known"):
        nova.read(packed(files))


@pytest.mark.parametrize(("key", "value"), [("xres", 8), ("yres", 5), ("layers_num", 4)])
def test_two_lists_that_disagree_are_refused(key, value):
    files = nova_files()
    files["slice.conf"] = re.sub(rf"(?m)^({key} +)= .*$", rf"\1= {value}", files["slice.conf"])
    with pytest.raises(FormatError, match=rf"slice\.conf: {key}={value}, and the g-code says"):
        nova.read(packed(files))


# As Creation Workshop X writes for a Wanhao: the board is waited for, and a shutter stands for the lamp.
WORKSHOP = """;(X Resolution            = 6 )
;(Y Resolution            = 4 )
;(Pix per mm X            = 16.0 px/mm )
;(Pix per mm Y            = 25.0 px/mm )
;(Layer Thickness         = 0.10000 mm )
;(Flip Y                  = True)
;Number of Slices        =  2
;********** Header Start ********
G21 ;Set units to be mm
G91 ;Relative Positioning
M17 ;Enable motors
; G28 Z ; Auto-home on print - commented by default
;********** Pre-Slice 0 ********
G4 P0; Make sure any previous relative moves are complete
;<Delay> 1600
;<Slice> 0
@cmdOpenShutter  ; UV on
;<Delay> 8000
@cmdCloseShutter ; UV off
;<Slice> Blank
;<Delay> 500
G1 X0 Z 5.0 F40
;<Takes> 7500
G4 P0            ; Wait for lift rise to complete
;<Delay> 250
G1 Z-4.9 F80
;<Takes> 3675
G4 P0; Make sure any previous relative moves are complete
;<Delay> 1600
;<Slice> 1
@cmdOpenShutter  ; UV on
;<Delay> 1000
@cmdCloseShutter ; UV off
;<Slice> Blank
;<Delay> 0
G1 Z5.0 F40
G1 Z-4.9 F80
G4 P0
G1 Z40.0 F150.0  ; lift model clear of resin
M18              ; Disable Motors
;<Completed>
"""


def test_a_file_of_creation_workshop_is_read_as_its_host_prints_it():
    job = job_of([(50_000, [Exposure(FULL, 6.0)], LIFT)] * 2, PANEL)
    again = read_code(cws, WORKSHOP, job)
    assert [layer.thickness_nm for layer in again.layers] == [100_000, 100_000]
    assert [layer.exposure_s for layer in again.layers] == [8.0, 1.0]
    first, second = (layer.motion for layer in again.layers)
    assert (first.wait_before_exposure_s, first.wait_after_exposure_s) == (1.6, 0.5)
    assert (first.lift_mm, first.lift_mm_s) == (5.0, 40 / 60)
    assert (second.retract_mm_s, second.wait_before_exposure_s) == (80 / 60, 1.85)
    assert (second.lift_mm, second.wait_after_exposure_s) == (5.0, 0)
    assert (again.panel.pitch_x_um, again.panel.pitch_y_um, again.panel.mirror_y) == (62.5, 40.0, True)
    assert "rests between lift and retract" in " ".join(again.provenance.notes)


def test_without_a_lamp_in_the_code_the_picture_is_the_light():
    """A projector that is always on; the board waits by G4 before it lifts."""
    plain = "\n".join(line for line in WORKSHOP.splitlines() if not line.startswith("@"))
    job = job_of([(50_000, [Exposure(FULL, 6.0)], LIFT)] * 2, PANEL)
    again = read_code(cws, plain.replace(";<Delay> 500\n", "G4 P500;\n"), job)
    assert [(layer.exposure_s, layer.exposures[0].power) for layer in again.layers] == [(8.0, 1.0), (1.0, 1.0)]
    assert again.layers[0].motion.wait_after_exposure_s == 0.5
    assert "G4 P is read as ms" in " ".join(again.provenance.notes)


def test_a_lift_in_two_stages_is_read_as_one():
    again = read_changed(cws, "G1 Z5 F60\n\nG1 Z-4.95 F150", "G1 Z2 F30\nG1 Z3 F60\nG1 Z-4.95 F150")
    assert (again.layers[1].motion.lift_mm, again.layers[1].motion.lift_mm_s) == (5.0, 0.5)
    assert again.height_nm == golden_job().height_nm
    assert "lifts in two stages" in " ".join(again.provenance.notes)


@BOTH
@pytest.mark.parametrize(
    ("old", "new", "law"),
    [
        ("G91 ;", "G90 ;", "moves must be relative, and no G91 stands before this one"),
        ("F75\n", "\n", "no feed is given"),
        ("G1 Z8.25", "G2 Z8.25", "G2 is not read"),
        ("G21 ;", "G20 ;", "G20 is not read"),
        ("G1 Z8.25 F30", "G1 Z8.2.5 F30", "is no command"),
        ("G1 Z8.25 F30", "G1 Z8.25 F0", "F0 must be"),
        ("G1 Z8.25 F30", "G1 Z8.25 Z8 F30", "says a value twice"),
        ("G1 Z8.25 F30", "lift!", "'lift!' is no command"),
        ("G1 Z8.25 F30", "G1 Z-8.25 F30", "layer 1: lift_mm=-8.25 must be"),
        ("M106 S51", "M106 S300", "S300 must be 0 to 255"),
        ("M106 S51", "M106 S0", "picture 2 is never shown"),
        (";<Slice> 3", ";<Slice> 4", "picture 3 is never shown"),
        (";<Slice> 3", ";<Slice> three", "'three' must be a number"),
        (";<Delay> 12500", ";<Delay> soon", "'soon' must be a number"),
        (";<Delay> 12500", ";<Delay> -1", "'-1' must be a number"),
        ("= 4\n", "= 3\n", "Number of Slices=3, and picture 3 is shown"),
        ("= 4\n", "= 5\n", "Number of Slices=5, and picture 4 is never shown"),
        ("= 4\n", "= 4000000\n", "Number of Slices=4000000 must be 1 to"),
        ("X Resolution            = 6", "X Resolution            = 0", "X Resolution=0 must be 1 to"),
        ("X Resolution            = 6", "X Resolution            = 6.5", "X Resolution=6.5 must be a whole number"),
        ("X Resolution            = 6", "X Resolution            = wide", "X Resolution=wide is no number"),
        ("X Resolution", "X Solution", "no entry 'X Resolution'; did you mean 'Y Resolution'"),
        ("G1 Z-8.2 F150", "G1 Z-8.25 F150", "layer 2: the plate goes up by 0 nm"),
        ("M106 S0\n;<Slice> Blank\n;<Delay> 750", ";<Delay> 750", "the plate moves while picture 0 is lit"),
    ],
)
def test_a_wrong_line_is_told_with_its_place_and_law(dialect, old, new, law):
    with pytest.raises(FormatError) as fault:
        read_changed(dialect, old, new)
    assert law in str(fault.value)
    assert "\n" not in str(fault.value)


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "law"),
    [
        (LAUGHS + "]><manifest><GCode>&h;</GCode></manifest>", "a DOCTYPE is not read"),
        ('<!DOCTYPE manifest SYSTEM "file:///etc/passwd"><manifest><GCode/></manifest>', "a DOCTYPE is not read"),
        ("<manifest>" + "<GCode>" * 40, "elements must not nest deeper than 16"),
        ("<manifest><GCode></manifest>", "mismatched tag"),
        ("<other><GCode/></other>", "is <other>, must be <manifest>"),
        ("<manifest><GCode/></manifest>", "is missing"),
        ("<manifest><GCode><name>film.gcode</name></GCode></manifest>", "0 slices are listed, film.gcode says 4"),
        ("<manifest><GCode>&undefined;</GCode></manifest>", "undefined entity"),
        ("<GCode" * 2_100_000, "must not hold more than 1000000 elements"),
    ],
)
def test_a_manifest_cannot_do_harm(text, law):
    members = members_of(cws, golden_job()) | {"manifest.xml": text.encode()}
    assert cws.recognises(packed(members))
    with pytest.raises(FormatError, match=r"^(manifest\.xml: )?.*" + re.escape(law)) as fault:
        cws.read(packed(members))
    assert len(str(fault.value)) < 300


def test_a_byte_order_mark_and_a_missing_profile_do_not_matter():
    members = members_of(cws, golden_job())
    del members["film.slicing"]
    again = cws.read(packed(members | {"manifest.xml": b"\xef\xbb\xbf" + members["manifest.xml"]}))
    assert said(again, cws.FORMAT.carries) == said(golden_job(), cws.FORMAT.carries)
    assert again.resin.name == "unknown"


def test_the_resin_is_the_ink_whatever_it_is_called():
    job = golden_job()
    resin = job.resin.model_copy(update={"name": 'slurry <3> & "more"\x00\n'})
    job = job_of([(one.thickness_nm, one.exposures, one.motion) for one in job.layers], PANEL, resin=resin)
    assert cws.read(packed(members_of(cws, job))).resin.name == 'slurry <3> & "more"'


def test_pictures_in_grey_or_without_alpha_are_read_too():
    pixels = picture("noise", PANEL)
    members = members_of(cws, golden_job())
    for encode in (png.encode, as_rgb, as_rgba):
        again = cws.read(packed(members | {"film0001.png": encode(pixels)}))
        assert np.array_equal(again.layers[1].exposures[0].mask.pixels(), pixels)


def test_coloured_and_see_through_pictures_are_refused():
    members, shape = members_of(cws, golden_job()), (4, 6, 4)
    coloured, clear = np.full(shape, 255, np.uint8), np.full(shape, 255, np.uint8)
    coloured[2, 3, 1], clear[2, 3, 3] = 254, 254
    for pixels, law in [
        (coloured, r"film0001\.png: is coloured; red, green and blue of a mask must be equal"),
        (clear, r"film0001\.png: is see-through where it is lit; alpha must be 255"),
        (coloured[:3], r"film0001\.png: PNG is 6 x 3 pixels, 6 x 4 expected"),
    ]:
        again = cws.read(packed(members | {"film0001.png": png.encode(np.ascontiguousarray(pixels))}))
        with pytest.raises(FormatError, match=law):
            again.layers[1].exposures[0].mask.pixels()


@BOTH
@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutated_texts_never_raise_anything_else(dialect, count):
    rng, members = random.Random(7), members_of(dialect, golden_job())
    texts = [name for name in members if not name.endswith(".png")]
    refused = 0
    for _ in range(count):
        name = rng.choice(texts)
        text = bytearray(members[name])
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(text))
            new = rng.choices(b"0123456789-.<>;= \nGMSFZP\xff", k=rng.randrange(4))
            text[at : at + rng.randrange(4)] = bytes(new)
        try:
            said(dialect.read(packed(members | {name: bytes(text)})), dialect.FORMAT.carries)
        except FormatError as fault:
            assert "\n" not in str(fault)  # noqa: PT017
            refused += 1
    assert count * 0.2 < refused < count


@pytest.mark.parametrize(("encode", "most_px"), [(as_rgb, 8), (as_rgba, 6)])
def test_masks_too_large_for_colour_are_written_in_grey(encode, most_px, monkeypatch):
    monkeypatch.setattr("voxelyte.formats._coloured.MAX_PIXELS", 24)
    for width_px in (most_px, most_px + 1):
        pixels = np.full((1, width_px), 9, np.uint8)
        panel = Panel(width_px=width_px, height_px=1, pitch_x_um=50.0, pitch_y_um=50.0)
        assert (png.channels(encode(pixels)) > 1) == (width_px == most_px)
        assert np.array_equal(grey_of("1.png", encode(pixels), panel), pixels)
