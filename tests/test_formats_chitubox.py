"""ChiTuBox zip: what a machine does that obeys run.gcode is what the job says, or the job is not written."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from io import BytesIO
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
from voxelyte.formats import chitubox, losses, read_job, write_job
from voxelyte.formats._gcode import command, commands
from voxelyte.job import Exposure
from voxelyte.printer import Motion, Panel

GOLDEN = Path(__file__).parent / "goldens" / "film.chitubox.zip"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0, mirror_x=True)
CARRIED = chitubox.FORMAT.carries
SLOW = Motion(lift_mm=8.25, lift_mm_s=0.5, retract_mm_s=1.25, wait_before_exposure_s=2.0, wait_after_exposure_s=0.75)


def golden_job():
    """A base of 25 µm, exposed long and lifted slowly, and layers of 50 µm with a pillar, one of them dimmed."""
    base, pillar = np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    full, part = mask_of(base, PANEL), mask_of(pillar, PANEL)
    layers = [
        (25_000, [Exposure(full, 12.5)], SLOW),
        (50_000, [Exposure(part, 6.001)], LIFT),
        (50_000, [Exposure(part, 6.001, 51 / 255)], LIFT),
        (50_000, [Exposure(part, 6.001)], LIFT),
    ]
    return job_of(layers, PANEL)


def with_gcode(change, job=None):
    """The golden job's archive after `change` was done to its text."""
    members = members_of(chitubox, job or golden_job())
    text = members["run.gcode"].decode()
    assert change(text) != text
    return packed(members | {"run.gcode": change(text)})


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_golden_archive_reads_as_its_job():
    assert said(chitubox.read(packed(files_of(GOLDEN))), CARRIED) == said(golden_job(), CARRIED)
    assert said(read_job(GOLDEN), CARRIED) == said(golden_job(), CARRIED)


def test_the_golden_job_is_written_as_its_archive():
    """PNGs are compared by their pixels: another igzip may compress otherwise."""
    members, golden = members_of(chitubox, golden_job()), files_of(GOLDEN)
    assert sorted(members) == sorted(golden)
    assert members.pop("run.gcode").decode() == golden["run.gcode"].decode()
    for name, data in members.items():
        assert np.array_equal(png.decode_colour(data), png.decode_colour(golden[name]))


def obeyed(text):
    """What a machine does: (picture, height in mm, feed on the way down, rests and light in ms), and lifts between.

    Written anew from what the words mean, so that it shares no code with the reader.
    """
    deeds, z_mm, lamp, shown = [], Decimal(0), 0, None
    for line in text.splitlines():
        word, *rest = line.partition(";")[0].split() or [""]
        values = {one[0]: Decimal(one[1:]) for one in rest if one[0] in "ZFPS"}
        if word == "M6054":
            shown = rest[0].strip('"')
        elif word in ("G0", "G1"):
            kind = "up" if values["Z"] > z_mm else "down"
            deeds.append((kind, values["Z"], values["F"]))
            z_mm = values["Z"]
        elif word == "G4":
            deeds.append(("light", shown, z_mm, lamp, values["P"]) if lamp else ("rest", values["P"]))
        elif word == "M106":
            lamp = int(values["S"])
    return deeds


@given(
    st.lists(
        st.tuples(st.integers(10_000, 200_000), st.integers(1, 99_999), st.integers(1, 255), coarse_motions),
        min_size=1,
        max_size=6,
    )
)
@settings(deadline=None, max_examples=60)
def test_a_machine_does_what_the_job_says(drawn):
    """Each layer comes down at its own speed, rests, is lit, rests, and is lifted by its own lift at its own speed."""
    mask = mask_of(picture("ramp", PANEL), PANEL)
    job = job_of([(nm, [Exposure(mask, ms / 1000, k / 255)], motion) for nm, ms, k, motion in drawn], PANEL)
    deeds = obeyed(members_of(chitubox, job)["run.gcode"].decode())
    assert deeds.pop(0)[0] == "up"  # from the home position, before there is a layer
    for index, (layer, (_, ms, k, motion)) in enumerate(zip(job.layers, drawn, strict=True)):
        top_mm = Decimal(layer.top_nm) / 1_000_000
        assert deeds.pop(0) == ("down", top_mm, Decimal(str(motion.retract_mm_s)) * 60)
        assert deeds.pop(0) == ("rest", Decimal(str(motion.wait_before_exposure_s)) * 1000)
        assert deeds.pop(0) == ("light", f"{index + 1}.png", top_mm, k, ms)
        if motion.wait_after_exposure_s:
            assert deeds.pop(0) == ("rest", Decimal(str(motion.wait_after_exposure_s)) * 1000)
        above_nm = job.layers[min(index + 1, len(job.layers) - 1)].top_nm
        lifted_mm = Decimal(above_nm) / 1_000_000 + Decimal(str(motion.lift_mm))
        assert deeds.pop(0) == ("up", lifted_mm, Decimal(str(motion.lift_mm_s)) * 60)
    assert [kind for kind, *_ in deeds] == ["up"]


def test_pillow_reads_every_picture():
    job, members = golden_job(), members_of(chitubox, golden_job())
    for layer in job.layers:
        with Image.open(BytesIO(members[f"{layer.index + 1}.png"])) as image:
            assert image.mode == "L"
            assert np.array_equal(np.asarray(image), layer.exposures[0].mask.pixels())
    for name, size_px in {"preview.png": (954, 850), "preview_cropping.png": (168, 150)}.items():
        with Image.open(BytesIO(members[name])) as image:
            assert (image.mode, image.size) == ("RGB", size_px)


KNOWN_TO_UV3DP = (
    "fileName machineType estimatedPrintTime volume resin weight price layerHeight resolutionX resolutionY machineX "
    "machineY machineZ projectType normalExposureTime bottomLayExposureTime bottomLayerExposureTime normalDropSpeed "
    "normalLayerLiftHeight zSlowUpDistance normalLayerLiftSpeed bottomLayCount bottomLayerCount mirror totalLayer "
    "bottomLayerLiftHeight bottomLayerLiftSpeed bottomLightOffTime lightOffTime"
)


def header_of(members):
    lines = members["run.gcode"].decode().partition(";START_GCODE_BEGIN")[0].splitlines()
    return dict(line.removeprefix(";").split(":", 1) for line in lines)


def test_the_header_is_one_that_uv3dp_reads_to_its_end():
    """It stops at a key that it does not know and at an empty value, and cuts values at blanks."""
    job = job_of(
        [(50_000, [Exposure(mask_of(picture("full", PANEL), PANEL), 6.0)], LIFT)],
        PANEL,
        name="p-3dse 16 mm: #1",
        printer=printer_for(PANEL, "µ"),
    )
    header = header_of(members_of(chitubox, job))
    known = set(KNOWN_TO_UV3DP.split())
    assert set(list(header)[: len(known)]) == known
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", value) for value in header.values())
    assert (header["fileName"], header["machineType"]) == ("p-3dse-16-mm-1", "-")


def test_the_header_describes_the_body():
    header = header_of(members_of(chitubox, golden_job()))
    wanted = {
        "layerHeight": "0.05",
        "resolutionX": "6",
        "resolutionY": "4",
        "machineX": "0.372",
        "machineY": "0.16",
        "machineZ": "75.5",
        "totalLayer": "4",
        "mirror": "1",
        "projectType": "LCD_mirror",
        "bottomLayerCount": "1",
        "bottomLayerExposureTime": "12.5",
        "bottomLayerLiftHeight": "8.25",
        "bottomLayerLiftSpeed": "30",
        "bottomLightOffTime": "2",
    }
    assert {key: header[key] for key in wanted} == wanted
    assert float(header["estimatedPrintTime"]) == pytest.approx(golden_job().time_s, abs=0.01)


def test_the_volume_is_the_lit_one():
    panel = Panel(width_px=100, height_px=50, pitch_x_um=50.0, pitch_y_um=40.0)
    full = mask_of(picture("full", panel), panel)
    job = job_of([(50_000, [Exposure(full, 6.0)], LIFT)] * 20, panel)
    assert float(header_of(members_of(chitubox, job))["volume"]) == pytest.approx(5.0 * 2.0 * 1.0 / 1000)  # 5 x 2 x 1 mm


def test_every_level_of_the_lamp_comes_back():
    mask = mask_of(picture("full", PANEL), PANEL)
    job = job_of([(50_000, [Exposure(mask, 6.0, k / 255)], LIFT) for k in range(1, 256)], PANEL)
    assert losses(job, chitubox.FORMAT) == []
    assert said(chitubox.read(packed(members_of(chitubox, job))), CARRIED) == said(job, CARRIED)


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"lift_mm": 5.0000001}, r"motion \(finer than 1 nm, 0.001 mm/min or 1 ms in layer 2\)"),
        ({"lift_mm_s": 1.00001}, r"motion \(finer than .* in layer 2\)"),
        ({"retract_mm_s": 1e-6}, r"motion \(finer than .* in layer 2\)"),
        ({"wait_before_exposure_s": 0.0005}, r"motion \(finer than .* in layer 2\)"),
        ({"wait_after_exposure_s": 0.0005}, r"motion \(finer than .* in layer 2\)"),
    ],
)
def test_motion_that_is_finer_than_the_words_is_a_loss(changes, law, tmp_path):
    mask = mask_of(picture("full", PANEL), PANEL)
    motions = [LIFT, LIFT.model_copy(update=changes)]
    job = job_of([(50_000, [Exposure(mask, 6.0)], motion) for motion in motions], PANEL)
    with pytest.raises(LossyExport, match=law):
        write_job(job, tmp_path / "film.chitubox.zip")
    write_job(job, tmp_path / "film.chitubox.zip", allow={"motion"})
    assert len(read_job(tmp_path / "film.chitubox.zip").layers) == 2


def test_a_third_of_a_mm_per_second_comes_back():
    mask = mask_of(picture("full", PANEL), PANEL)
    job = job_of([(50_000, [Exposure(mask, 6.0)], LIFT.model_copy(update={"lift_mm_s": 1 / 3}))], PANEL)
    assert losses(job, chitubox.FORMAT) == []
    assert said(chitubox.read(packed(members_of(chitubox, job))), CARRIED) == said(job, CARRIED)


def test_parts_of_a_ms_and_of_a_255th_are_losses(tmp_path):
    with pytest.raises(LossyExport, match=r"exposure \(not a whole number of ms in layer 2\)"):
        write_job(film(50, 50, exposures_s=[6.0, 6.0005]), tmp_path / "film.chitubox.zip")
    mask = mask_of(picture("full", PANEL), PANEL)
    with pytest.raises(LossyExport, match=r"power \(not a whole number of 255ths in layer 1\)"):
        write_job(job_of([(50_000, [Exposure(mask, 6.0, 0.5)], LIFT)], PANEL), tmp_path / "film.chitubox.zip")


def test_an_empty_job_is_refused():
    with pytest.raises(FormatError, match="0 layers must be 1 to"):
        chitubox.write(job_of([], PANEL), BytesIO())


def test_a_lift_of_nothing_comes_back_with_its_speeds():
    mask, still = mask_of(picture("full", PANEL), PANEL), LIFT.model_copy(update={"lift_mm": 0.0})
    job = job_of([(50_000, [Exposure(mask, 6.0)], motion) for motion in (still, LIFT, still)], PANEL)
    assert said(chitubox.read(packed(members_of(chitubox, job))), CARRIED) == said(job, CARRIED)


def as_chitubox_writes(layers=5, bottom=2, end="G1 Z155 F25;"):
    """A run.gcode laid out as ChiTuBox does it: keys that we do not write, lifts of the bottom layers of their own."""
    head = ";fileName:20x20x20.STL #0\n;machineType:default\n;layerHeight:0.05\n;resolutionX:6\n;resolutionY:4\n"
    head += ";machineX:0.3\n;machineY:0.2\n;machineZ:150\n;projectType:LCD_mirror\n;transitionLayerCount:0\n"
    head += f";normalExposureTime:6\n;shrinkageX:100\n;mirror:1\n;totalLayer:{layers}\n"
    body = ";START_GCODE_BEGIN\nG21;\nG90;\nM106 S0;\nG28 Z0;\n\n;START_GCODE_END\n"
    for index in range(layers):
        z_mm, lift_mm, ms = 0.05 * (index + 1), 7 if index < bottom else 5, 50_000 if index < bottom else 6000
        body += f'\n;LAYER_START:{index}\n;currPos:{z_mm:g}\nM6054 "{index + 1}.png";show Image\nG0 Z{z_mm + lift_mm:g} F65;\n'
        body += f"G0 Z{z_mm:g} F150;\nG4 P0;\nM106 S255;light on\nG4 P{ms};\nM106 S0; light off\n\n;LAYER_END\n"
    body += f"\n;END_GCODE_BEGIN\nM106 S0;\n{end}\nM18;\n\n;END_GCODE_END\n"
    pictures = {f"{index + 1}.png": png.encode(picture("noise", PANEL, index % 2)) for index in range(layers)}
    return packed({"run.gcode": head + body, **pictures})


def test_a_file_of_chitubox_is_read_as_the_machine_prints_it():
    job = chitubox.read(as_chitubox_writes())
    assert (job.name, job.printer.name) == ("20x20x20.STL #0", "default")
    assert (job.panel.pitch_x_um, job.panel.pitch_y_um, job.panel.mirror_x) == (50.0, 50.0, True)
    assert [layer.thickness_nm for layer in job.layers] == [50_000] * 5
    assert [layer.exposure_s for layer in job.layers] == [50.0, 50.0, 6.0, 6.0, 6.0]
    assert [layer.motion.lift_mm for layer in job.layers] == [7.0, 5.0, 5.0, 5.0, 5.0]
    assert {layer.motion.lift_mm_s for layer in job.layers} == {65 / 60}
    assert job.printer.build_height_mm == 150
    assert len(list(job.masks())) == 2
    assert not [note for note in job.provenance.notes if "header" in note or "read as" in note]


def test_the_last_rise_is_no_lift():
    for end in ("G1 Z155 F25;", "G0 Z155 F25;", "G1 Z10 F25;\nG1 Z155 F25;"):
        assert chitubox.read(as_chitubox_writes(end=end)).layers[-1].motion.lift_mm == 5.0


def test_a_header_that_disagrees_is_told_and_the_body_is_read():
    job = chitubox.read(with_gcode(lambda text: text.replace("layerHeight:0.05", "layerHeight:0.1")))
    assert said(job, CARRIED) == said(golden_job(), CARRIED)
    assert [
        note for note in job.provenance.notes if "layerHeight=0.1 is not what most layers of the body do: 0.05" in note
    ]
    job = chitubox.read(with_gcode(lambda text: text.replace("normalExposureTime:6.001", "normalExposureTime:9")))
    assert [
        note
        for note in job.provenance.notes
        if "normalExposureTime=9 is not what most layers of the body do: 6.001" in note
    ]


def test_two_stages_are_read_as_one_and_told():
    def change(text):
        return text.replace("G0 Z5.125 F60;", "G0 Z2 F30;\nG0 Z5.125 F60;\nG4 P100;", 1)

    job = chitubox.read(with_gcode(change, film(25, 50, 50, panel=PANEL)))
    motion = job.layers[1].motion
    assert (motion.lift_mm, motion.lift_mm_s) == (5.0, 0.5)
    assert job.layers[2].motion.wait_before_exposure_s == LIFT.wait_before_exposure_s + 0.1
    assert [note for note in job.provenance.notes if "two stages" in note]
    assert [note for note in job.provenance.notes if "rests between lift and retract" in note]


@pytest.mark.parametrize(
    ("old", "new", "law"),
    [
        (";resolutionX:6", ";resolutionX:six", "run.gcode: resolutionX='six' is no number"),
        (";resolutionX:6", ";resolutionX:7", "1.png: PNG is 6 x 4 pixels, 7 x 4 expected"),
        (";resolutionX:6", ";resolutionX:100000000", "resolutionX=100000000 must be 1 to 100000"),
        (";resolutionX:6\n", "", "run.gcode: no key 'resolutionX'"),
        (";mirror:1", ";mirror:2", "mirror=2 must be 0 to 1"),
        (";machineX:0.372", ";machineX:0", "pitch_x_um=0.0 must"),
        (";mirror:1", ";mirror:1\n;mirror:1", "line 25: mirror is there twice"),
        (";totalLayer:4", ";totalLayer:5", "run.gcode: totalLayer=5, and its body shows 4"),
        (";totalLayer:4", ";totalLayer:1000000000", "totalLayer=1000000000, and its body shows 4"),
        ("G90;", "G91;", "run.gcode: line 34: G91 is not known here"),
        ("G21;", "G20;", "G20 is not known here"),
        ("G21;", "move up", "run.gcode: line 33: 'move up' is no command"),
        ('M6054 "2.png"', 'M6054 "9.png"', "9.png is missing"),
        ('M6054 "2.png"', "M6054", " is missing"),
        ("G0 Z0.075 F150;", "G0 Z0.02 F150;", "layer 1: thickness_nm=-5000 must be"),
        ("G0 Z0.075 F150;", "G0 Z-1 F150;", "Z-1 must be 0 to"),
        ("G0 Z0.075 F150;", "G0 X0.075 F150;", "G0 has no Z"),
        ("G0 Z0.075 F150;", "G0 Z0.075;", "G0 has no F"),
        ("G0 Z0.075 F150;", "G0 Z0.075 Z2 F150;", "says a value twice"),
        ("G0 Z0.075 F150;", "G0 Z1e9 F150;", "is no command"),
        ("G0 Z0.075 F150;", "G0 Z2000000000 F150;", "must be 0 to 1000000"),
        ("G0 Z0.075 F150;", "G0 Z0.075 F0;", "retract_mm_s=0.0 must"),
        ("G0 Z0.075 F150;", "G0 Z0.075 F150;\nG28 Z0;", "G28 within a layer"),
        ("G4 P12500;", "G4;", "G4 has no P"),
        ("G4 P12500;", "G4 P-1;", "P-1 must be 0 to"),
        ("G4 P12500;", "G4 P12500;\nG0 Z1 F1;", "moves while the lamp is on"),
        ("G4 P12500;", "G4 P12500;\nM106 S255;", "the lamp must go on once in a layer"),
        ("G4 P12500;\nM106 S0;", "G4 P12500;", "run.gcode: line 42: the lamp is still on at run.gcode: line 54"),
        ("G4 P12500;\nM106 S0;", "G4 P12500;\nM106 S0;\nG0 Z1 F1;", "moves after the light, before the next picture"),
        ("M106 S51;", "M106 S256;", "S256 must be 0 to 255"),
        ("M106 S51;", "M106 S5.5;", "S5.5 must be a whole number"),
        ("G28 Z0;", "M106 S9;", "the lamp must go on once in a layer"),
        ("G28 Z0;", "G0 " + "Z1" * 600 + ";", "is no command"),
        ("G28 Z0;", "G0 " + "A1111111111" * 80 + "!;", "is no command"),
    ],
)
def test_a_wrong_line_is_told_with_its_number_and_law(old, new, law):
    with pytest.raises(FormatError) as fault:
        said(chitubox.read(with_gcode(lambda text: text.replace(old, new, 1))))
    assert law in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_body_that_shows_nothing_is_refused():
    text = ";resolutionX:6\n;resolutionY:4\n;machineX:6\n;machineY:4\n;totalLayer:0\nG21;\n"
    with pytest.raises(FormatError, match=r"run\.gcode: shows no picture"):
        chitubox.read(packed({"run.gcode": text, "1.png": b""}))
    layer = 'M6054 "1.png"\nG4 P1;\nM106 S1;\nG4 P1;\nM106 S0;\n'
    with pytest.raises(FormatError, match=r"run\.gcode: line 7: no move to the layer's place"):
        chitubox.read(packed({"run.gcode": text.replace("totalLayer:0", "totalLayer:1") + layer, "1.png": b""}))


def test_a_layer_without_light_is_read_as_one():
    job = chitubox.read(with_gcode(lambda text: text.replace("M106 S51;", "M106 S0;")))
    assert [len(layer.exposures) for layer in job.layers] == [1, 1, 0, 1]


def test_more_layers_than_there_can_be_are_refused_before_they_are_kept():
    text = ";resolutionX:6\n;totalLayer:100001\n" + 'M6054 "1.png"\n' * 100_001
    with pytest.raises(FormatError, match="line 100003: more than 100000 layers"):
        chitubox.read(packed({"run.gcode": text, "1.png": b""}))


def test_a_gcode_without_its_first_picture_is_of_another_format():
    assert not chitubox.FORMAT.recognises(packed({"run.gcode": b"G21", "run0000.png": b""}))


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_mutated_text_never_raises_anything_else(count):
    rng, members = random.Random(4), members_of(chitubox, golden_job())
    for _ in range(count):
        text = bytearray(members["run.gcode"])
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(text))
            new = rng.choices(b'0123456789-. GMZFPS;:"\n\x85\xff', k=rng.randrange(4))
            text[at : at + rng.randrange(4)] = bytes(new)
        try:
            said(chitubox.read(packed(members | {"run.gcode": bytes(text)})), CARRIED)
        except FormatError as fault:
            assert "\n" not in str(fault)  # noqa: PT017


class TestCommands:
    """The lines of g-code that readers share."""

    @pytest.mark.parametrize(
        ("line", "code", "values", "text"),
        [
            ("G0 Z5.05 F65;", "G0", {"Z": Decimal("5.05"), "F": 65}, ""),
            ("  G1Z-.5F+30 ; up\r", "G1", {"Z": Decimal("-0.5"), "F": 30}, ""),
            ('M6054 "1.png";show Image', "M6054", {}, "1.png"),
            ("M106 S255;light on", "M106", {"S": 255}, ""),
            ("G28", "G28", {}, ""),
        ],
    )
    def test_a_line_is_a_command_with_its_values(self, line, code, values, text):
        found = command("x: line 1", line)
        assert (found.code, found.values, found.text) == (code, values, text)

    @pytest.mark.parametrize("line", ["", "   ", ";LAYER_START:0", " ; G0 Z1", "\t\r"])
    def test_a_remark_is_none(self, line):
        assert command("x", line) is None

    @pytest.mark.parametrize(
        "line", ["g0 Z1", "G Z1", "G0 Z", "G0 Z1e3", "G0 Znan", "G0 1", "<Slice> 0", 'M1 "a', "G0 Z1 Z2"]
    )
    def test_anything_else_is_refused_with_its_place(self, line):
        with pytest.raises(FormatError, match=r"^x: line 2: "):
            list(commands("x", f"G21\n{line}\n"))
