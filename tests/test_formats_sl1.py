"""SL1: what its firmware makes of a file is what the job says, or the job is not written."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED

import numpy as np
import pytest
from formats_jobs import LIFT, film, job_of, mask_of, picture, printer_for, resin, said
from formats_zips import members_of, packed
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from voxelyte import png
from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import losses, read_job, sl1, write_job
from voxelyte.formats._ini import cut_text
from voxelyte.formats._sl1_laws import fade_ms
from voxelyte.formats._sl1_names import THUMBNAILS, job_dir
from voxelyte.job import Exposure
from voxelyte.printer import Panel

GOLDEN = Path(__file__).parent / "goldens" / "film.sl1"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0, mirror_x=True)
CARRIED = sl1.FORMAT.carries


def fields_of(members, name="config.ini"):
    return dict(line.split(" = ", 1) for line in members[name].decode().splitlines())


def golden_job():
    base, pillar = np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    masks = [mask_of(base, PANEL), *[mask_of(pillar, PANEL)] * 2]
    return job_of([(50_000, [Exposure(mask, 1.001)], LIFT) for mask in masks], PANEL)


def golden_files():
    return {path.relative_to(GOLDEN).as_posix(): path.read_bytes() for path in GOLDEN.rglob("*.*")}


def test_the_golden_archive_reads_as_its_job():
    files = golden_files()
    assert said(sl1.read(packed(files)), CARRIED) == said(golden_job(), CARRIED)


def test_the_golden_job_is_written_as_its_archive():
    members, golden = members_of(sl1, golden_job()), golden_files()
    assert sorted(members) == sorted(golden)
    for name, data in members.items():
        if name.endswith(".png"):  # another igzip may compress otherwise
            assert np.array_equal(png.decode_colour(data), png.decode_colour(golden[name]))
        else:
            assert data.decode() == golden[name].decode()


def firmware_times_ms(fields, count):
    """The list of exposures as the firmware of 2024 makes it, said once more and otherwise."""
    first, normal = int(float(fields["expTimeFirst"]) * 1e3), int(float(fields["expTime"]) * 1e3)
    fade = int(fields["numFade"])
    line = [first - index * ((first - normal) / (fade - 1)) for index in range(fade - 1)]
    return ([int(one) for one in line] + [normal] * count)[:count]


@given(st.integers(1, 100_000), st.integers(1, 100_000), st.integers(2, 60), st.integers(1, 80))
@settings(deadline=None, max_examples=60)
def test_a_fade_of_the_firmware_comes_back_and_any_other_list_is_refused(first, normal, fade, count):
    times_ms = fade_ms(first, normal, fade, count)
    assert times_ms == firmware_times_ms(
        {"expTimeFirst": first / 1e3 + 1e-6, "expTime": normal / 1e3 + 1e-6, "numFade": fade}, count
    )
    job = film(*[50.0] * count, exposures_s=[one / 1000 for one in times_ms], panel=PANEL)
    if count >= fade:  # a shorter job does not show where its fade would end
        assert losses(job, sl1.FORMAT) == []
    if losses(job, sl1.FORMAT) == []:
        members = members_of(sl1, job)
        assert firmware_times_ms(fields_of(members), count) == times_ms
        assert said(sl1.read(packed(members)), CARRIED) == said(job, CARRIED)


def test_a_bottom_of_several_layers_is_a_loss_with_its_layers(tmp_path):
    job = film(*[50.0] * 8, exposures_s=[30.0] * 3 + [6.0] * 5)
    said_so = r"sl1 cannot carry: exposure \(30 s in layers 1-3, 6 s in layers 4-8; the machine's own fade"
    with pytest.raises(LossyExport, match=said_so):
        write_job(job, tmp_path / "film.sl1")
    assert losses(job, sl1.FORMAT)[0].layers == (0, 1, 2)


def test_parts_of_a_ms_are_a_loss(tmp_path):
    with pytest.raises(LossyExport, match=r"exposure \(not a whole number of ms in layer 2\)"):
        write_job(film(50, 50, exposures_s=[6.0, 6.0005]), tmp_path / "film.sl1")


@given(st.integers(1, 10**7), st.sampled_from([1000, 1_000_000]))
def test_a_number_is_written_so_that_cutting_it_gives_it_back(whole, scale):
    assert int(float(cut_text(whole, scale)) * scale) == whole
    assert len(cut_text(whole, scale)) <= 13


def test_the_film_of_the_paper_is_refused_with_what_makes_it_possible(tmp_path):
    with pytest.raises(LossyExport) as refusal:
        write_job(film(25, 50, 50, 50, 50), tmp_path / "film.sl1")
    assert str(refusal.value) == (
        "sl1 cannot carry: thickness (25 µm in layer 1, 50 µm in layers 2-5). "
        "Possible: --layering round; --layer-um 25, which is exact"
    )
    assert not list(tmp_path.iterdir())
    write_job(film(*[25.0] * 9), tmp_path / "film.sl1")
    assert read_job(tmp_path / "film.sl1").height_nm == 225_000


@pytest.mark.parametrize(
    ("thicknesses_um", "exact"),
    [((75, 50), "25"), ((30, 40, 50), "10"), ((12.5, 50), "12.5"), ((60, 45), "15"), ((51, 50), None)],
)
def test_an_exact_layer_is_offered_only_where_there_is_one(thicknesses_um, exact, tmp_path):
    with pytest.raises(LossyExport) as refusal:
        write_job(film(*thicknesses_um), tmp_path / "film.sl1")
    offered = [f"--layer-um {exact}, which is exact"] if exact else []
    assert list(refusal.value.choices) == ["--layering round", *offered]


def test_layers_below_10_um_are_a_loss(tmp_path):
    with pytest.raises(LossyExport, match=r"thickness \(below 10 µm in layers 1-2\)"):
        write_job(film(9, 9), tmp_path / "film.sl1")


def test_the_first_layer_is_said_even_when_it_is_as_the_others():
    """Without layerHeightFirst the firmware makes a first layer of 50 µm."""
    assert fields_of(members_of(sl1, film(25, 25)))["layerHeightFirst"] == "0.025"
    members = members_of(sl1, film(25, 25))
    lines = [line for line in members["config.ini"].splitlines(keepends=True) if b"First =" not in line]
    lines.append(b"expTimeFirst = 6\n")
    job = sl1.read(packed(members | {"config.ini": b"".join(lines)}))
    assert [layer.thickness_nm for layer in job.layers] == [50_000, 25_000]


def test_only_an_sl1_profile_gives_a_prusa_model():
    for name, model in [("prusa-sl1", "SL1"), ("prusa-sl1s", "SL1S"), ("asiga-max", "asiga-max")]:
        job = film(50, 50)
        job = job_of(
            [(50_000, layer.exposures, LIFT) for layer in job.layers], job.panel, printer=printer_for(job.panel, name)
        )
        members = members_of(sl1, job)
        assert fields_of(members)["printerModel"] == model
        assert sl1.read(packed(members)).printer.name == name


def test_the_clock_is_the_callers():
    made = members_of(sl1, film(50), created=datetime(2026, 11, 23, 9, 5, 1, tzinfo=UTC))
    assert fields_of(made)["fileCreationTimestamp"] == "2026-11-23 at 09:05:01 UTC"
    assert fields_of(members_of(sl1, film(50)))["fileCreationTimestamp"] == "1980-01-01 at 00:00:00 UTC"


def test_used_material_is_the_lit_volume():
    panel = Panel(width_px=100, height_px=50, pitch_x_um=50.0, pitch_y_um=40.0)
    full = mask_of(picture("full", panel), panel)
    job = job_of([(50_000, [Exposure(full, 6.0)], LIFT)] * 20, panel)
    used_ml = float(fields_of(members_of(sl1, job))["usedMaterial"])
    assert used_ml == pytest.approx(5.0 * 2.0 * 1.0 / 1000)  # 5 x 2 x 1 mm


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("film", "film"),
        ("p-3dse 16 mm", "p-3dse-16-mm"),
        ("../../x", "job-..-..-x"),
        ("µ", "job--"),
        ("", "job-"),
        ("3d", "job-3d"),
        ("t", "job-t"),
        ("thumbnail", "job-thumbnail"),
        ("thumb-print", "thumb-print"),
    ],
)
def test_names_become_plain(name, folder):
    assert job_dir(name) == folder


@given(st.text(max_size=12) | st.integers(0, 12).map(lambda size: "thumbnail/thu"[:size]))
@settings(deadline=None)
def test_the_firmware_never_takes_a_thumbnail_for_a_layer(name):
    """It prints all PNGs whose names start with jobDir."""
    folder = job_dir(name)
    assert folder[0].isalpha()
    assert not any(thumbnail.startswith(folder) for thumbnail in THUMBNAILS)


def test_thumbnails_show_the_film():
    members = members_of(sl1, golden_job())
    for name, size in THUMBNAILS.items():
        pixels = png.decode_colour(members[name], *size, 3)
        assert (pixels == pixels[:, :, :1]).all()
        assert {0, int(255 * 0.45), 255} <= set(pixels[:, :, 0].flat)  # around it, its base, its pillars


def test_values_stay_on_their_line_and_are_never_empty():
    job = job_of(
        [(50_000, film(50, panel=PANEL).layers[0].exposures, LIFT)],
        PANEL,
        resin=resin().model_copy(update={"name": "a\nexpTime = 99"}),
    )
    fields = fields_of(members_of(sl1, job))
    assert fields["materialName"] == "a expTime = 99"
    assert fields["expTime"] == "6"
    assert all(value.strip() for value in fields.values())


PRUSA_CONFIG = """action = print
expTime = 6
expTimeFirst = 30
expUserProfile = 0
fileCreationTimestamp = 2026-11-22 at 12:00:00 UTC
hollow = 0
jobDir = part
layerHeight = 0.05
materialName = Prusa Orange Tough @0.05
numFade = 5
numFast = 7
numSlow = 0
printProfile = 0.05 Normal
printTime = 100.0
printerModel = SL1
printerProfile = Original Prusa SL1
printerVariant = default
prusaSlicerVersion = PrusaSlicer-2.5.0
usedMaterial = 1.2
"""
PRUSA_SLICER = """# generated by PrusaSlicer
bed_shape = 0x0,0.8x0,0.8x0.4,0x0.4
display_height = 0.189
display_mirror_x = 1
display_mirror_y = 0
display_orientation = portrait
display_pixels_x = 8
display_pixels_y = 4
display_width = 0.378
gamma_correction = 1
initial_layer_height = 0.05
layer_height = 0.05
max_print_height = 150
printer_technology = SLA
thumbnails = 400x400,800x480
"""


def prusa_file(**changes):
    """A file as PrusaSlicer lays it out: deflated, with thumbnails and a PNG of its own encoder."""
    fields = fields_of({"config.ini": PRUSA_CONFIG.encode()}) | changes
    config = "".join(f"{key} = {value}\n" for key, value in fields.items())
    files = {"config.ini": config, "prusaslicer.ini": PRUSA_SLICER, "thumbnail/thumbnail400x400.png": b"none"}
    for index in range(7):
        file = BytesIO()
        pixels = np.add.outer(np.arange(8), np.arange(4)).astype(np.uint8) * 9 + (index > 4)
        Image.fromarray(pixels).save(file, "PNG")
        files[f"part{index:05}.png"] = file.getvalue()
    return packed(files, compression=ZIP_DEFLATED)


@pytest.mark.parametrize("mirrors", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize(("name", "orientation"), [("prusa-sl1", "portrait"), ("asiga-max", "landscape")])
def test_a_panel_is_told_as_prusaslicer_calls_it(name, orientation, mirrors):
    panel = Panel(width_px=7, height_px=5, pitch_x_um=62.0, pitch_y_um=40.0, mirror_x=mirrors[0], mirror_y=mirrors[1])
    shown = film(50, panel=panel).layers[0].exposures
    members = members_of(sl1, job_of([(50_000, shown, LIFT)], panel, printer=printer_for(panel, name)))
    fields = fields_of(members, "prusaslicer.ini")
    sides = ["7", "5"] if orientation == "landscape" else ["5", "7"]
    assert fields["display_orientation"] == orientation
    assert [fields["display_pixels_x"], fields["display_pixels_y"]] == sides
    assert fields["bed_shape"].endswith(
        f"{fields['display_width']}x{fields['display_height']},0x{fields['display_height']}"
    )
    assert sl1.read(packed(members)).panel == panel


@pytest.mark.parametrize("value", ["", "upright"])
def test_a_panel_that_may_lie_or_stand_is_refused(value):
    files = members_of(sl1, film(50))
    files["prusaslicer.ini"] = files["prusaslicer.ini"].replace(b"= landscape", b"= " + value.encode())
    with pytest.raises(FormatError, match=r"prusaslicer\.ini: display_orientation=.* must be landscape or portrait"):
        sl1.read(packed(files))


def with_json(text):
    return packed(members_of(sl1, film(50, 50)) | {"config.json": text.encode()})


def test_a_config_json_may_say_the_same_again():
    for text in ('{"version": "1"}', '{"expTime": 6, "jobDir": "film", "layerHeight": "0.050"}', '{"expTime": 6.0}'):
        assert len(sl1.read(with_json(text)).layers) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"expTime": 7}',
        '{"expTime": "six"}',
        '{"jobDir": "thumbnail"}',
        '{"numFade": [2]}',
        "[]",
        "{",
        '{"expTime": 1, "expTime": 6}',
    ],
)
def test_a_config_json_that_says_otherwise_is_refused(text):
    """Newer firmware would print it, and older firmware config.ini."""
    with pytest.raises(FormatError, match=r"config\.json: "):
        sl1.read(with_json(text))


def test_a_file_of_prusaslicer_is_read_as_the_machine_prints_it():
    job = sl1.read(prusa_file())
    assert (job.panel.width_px, job.panel.height_px) == (4, 8)
    assert (job.panel.pitch_x_um, job.panel.pitch_y_um) == (47.25, 47.25)
    assert job.panel.mirror_x
    assert job.printer.name == "prusa-sl1"
    assert [layer.exposure_s for layer in job.layers] == [30.0, 24.0, 18.0, 12.0, 6.0, 6.0, 6.0]
    assert [layer.exposure_s for layer in job.layers] == [job.resin.layer_exposure_s(i) for i in range(7)]
    assert job.height_nm == 350_000
    assert len(list(job.masks())) == 2
    assert job.layers[6].exposures[0].mask.pixels()[7, 3] == 91
    assert any("motion" in note for note in job.provenance.notes)


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"expTime": "nan"}, "config.ini: expTime=nan must be"),
        ({"expTime": "-3"}, "config.ini: expTime=-3 must be"),
        ({"expTime": "six"}, "config.ini: expTime='six' is no number"),
        ({"expTime": "1e999999"}, "config.ini: expTime=1e999999 must be"),
        ({"expTime": "sNaN"}, "config.ini: expTime=sNaN must be"),
        ({"numFade": "2.5"}, "config.ini: numFade=2.5 must be a whole number"),
        ({"numFade": "1000"}, "config.ini: numFade=1000 must be 0 to 200"),
        ({"layerHeight": "0.005"}, "config.ini: layerHeight=0.005 must be 0.01 to"),
        ({"jobDir": ""}, "config.ini: jobDir='' names"),
        ({"jobDir": "other"}, "config.ini: jobDir='other' names 0 PNGs"),
        ({"calibrateRegions": "4"}, "calibrateRegions"),
        ({"jobDir ": "part"}, "jobDir is there twice"),
    ],
)
def test_a_wrong_value_is_told_by_key_and_law(changes, law):
    with pytest.raises(FormatError) as fault:
        sl1.read(prusa_file(**changes))
    assert law in str(fault.value)


def test_a_missing_key_is_told_with_the_nearest():
    files = members_of(sl1, film(50))
    files["config.ini"] = files["config.ini"].replace(b"expTime =", b"expTimes =")
    with pytest.raises(FormatError, match=r"config\.ini: no key 'expTime'; did you mean 'expTimes'"):
        sl1.read(packed(files))
    files["config.ini"] = b"no equals sign\n"
    with pytest.raises(FormatError, match=r"config\.ini: line 1 is not `key = value`"):
        sl1.read(packed(files))


def test_a_picture_of_another_size_is_named():
    files = members_of(sl1, film(50, 50))
    files["film00001.png"] = png.encode(np.zeros((3, 3), np.uint8))
    with pytest.raises(FormatError, match=r"film00001\.png: PNG is 3 x 3 pixels, 7 x 5 expected"):
        sl1.read(packed(files)).layers[1].exposures[0].mask.pixels()


@pytest.mark.parametrize("name", ["config.ini", "prusaslicer.ini"])
@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutated_lists_never_raise_anything_else(name, count):
    rng, members = random.Random(7), members_of(sl1, film(50, 50, 50))
    for _ in range(count):
        text = bytearray(members[name])
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(text))
            new = rng.choices(b'0123456789-.e" =\n\xff,x', k=rng.randrange(4))
            text[at : at + rng.randrange(4)] = bytes(new)
        try:
            said(sl1.read(packed(members | {name: bytes(text)})), CARRIED)
        except FormatError as fault:
            assert "\n" not in str(fault)  # noqa: PT017
