"""NanoDLP: two sets of numbers for all layers, pictures in the display's own form, and what is said of them."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from formats_jobs import LIFT, film, job_of, mask_of, motions, picture, said
from formats_zips import members_of, packed
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some
from PIL import Image

from voxelyte import png
from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import format_for, losses, nanodlp, nanodlp_rgb, read_job, write_job
from voxelyte.formats._coloured import as_packed, as_rgb, as_rgba
from voxelyte.formats._nanodlp_areas import Areas, areas_of
from voxelyte.job import Exposure
from voxelyte.printer import Motion, Panel

GOLDEN = Path(__file__).parent / "goldens" / "film.nanodlp"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0)
SLOW = Motion(lift_mm=8.25, lift_mm_s=1.0, retract_mm_s=2.5, wait_before_exposure_s=2.0, wait_after_exposure_s=0.75)
MONO, COLOUR = nanodlp.FORMAT, nanodlp_rgb.FORMAT
BOTH = pytest.mark.parametrize("fmt", [MONO, COLOUR], ids=lambda fmt: fmt.name)
FULL = mask_of(picture("full", PANEL), PANEL)


def golden_job():
    """The paper's film: a base of 25 µm, here exposed longer and lifted more slowly, and four layers of 50 µm."""
    pillar = np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    part = mask_of(pillar, PANEL)
    upper = (50_000, [Exposure(part, 6.001)], LIFT)
    return job_of([(25_000, [Exposure(FULL, 12.5)], SLOW), upper, upper, upper, upper], PANEL)


def tables_of(members):
    return {name: json.loads(data) for name, data in members.items() if name.endswith(".json")}


def read_changed(name, changes, fmt=MONO, without=()):
    """The golden job's archive after keys of one table were set."""
    members = members_of(fmt, golden_job())
    table = json.loads(members[name]) | changes
    members[name] = json.dumps(table).encode()
    return fmt.read(packed({key: data for key, data in members.items() if key not in without}))


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def printed(job):
    """All of a job that NanoDLP's numbers hold."""
    moves = [
        (one.motion.lift_mm, one.motion.wait_before_exposure_s, one.motion.wait_after_exposure_s) for one in job.layers
    ]
    return said(job, MONO.carries), moves


def test_the_golden_archive_reads_as_its_job():
    assert printed(MONO.read(packed(files_of(GOLDEN)))) == printed(golden_job())
    assert printed(read_job(GOLDEN)) == printed(golden_job())


def test_the_golden_job_is_written_as_its_archive():
    """PNGs are compared by their pixels: another igzip may compress otherwise."""
    members, golden = members_of(MONO, golden_job()), files_of(GOLDEN)
    assert sorted(members) == sorted(golden)
    for name, data in members.items():
        if name.endswith(".png"):
            assert np.array_equal(png.decode_colour(data), png.decode_colour(golden[name]))
        else:
            assert data.decode() == golden[name].decode()


@BOTH
def test_the_film_of_the_paper_is_carried_exactly(fmt, tmp_path):
    job, path = film(25, 50, 50, 50, 50), tmp_path / f"film{fmt.suffixes[0]}"
    assert losses(job, fmt) == []
    write_job(job, path)
    again = read_job(path)
    assert [layer.top_nm for layer in again.layers] == [25_000, 75_000, 125_000, 175_000, 225_000]
    assert {layer.exposure_s for layer in again.layers} == {6.0}
    profile = tables_of(members_of(fmt, job))["override.json"]
    assert (profile["SupportLayerNumber"], profile["SupportDepth"], profile["Depth"]) == (1, 25, 50)
    assert (profile["SupportCureTime"], profile["CureTime"]) == (6, 6)


sets = st.tuples(st.integers(1, 500_000), st.floats(0.001, 1e5), motions)


@given(first=sets, other=sets, count=st.integers(1, 5), more=st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_two_sets_of_numbers_come_back_and_a_third_is_a_loss(first, other, count, more):
    speeds = {key: getattr(first[2], key) for key in ("lift_mm_s", "retract_mm_s")}
    other = (*other[:2], other[2].model_copy(update=speeds))
    rows = [(nm, [Exposure(FULL, time_s)], motion) for nm, time_s, motion in [first] * count + [other] * more]
    job = job_of(rows, PANEL)
    assert losses(job, MONO) == []
    assert printed(MONO.read(packed(members_of(MONO, job)))) == printed(job)
    if first != other:
        found = losses(job_of([*rows, rows[0]], PANEL), MONO)
        assert {loss.name for loss in found} <= {"thickness", "exposure", "motion"}
        assert found


def test_losses_name_their_layers(tmp_path):
    path = tmp_path / "film.nanodlp"
    said_so = (
        r"thickness \(50 µm in layers 2-3, 75 µm in layer 4, after the first 1; NanoDLP has one for all layers but"
    )
    with pytest.raises(LossyExport, match=said_so):
        write_job(film(25, 50, 50, 75), path)
    with pytest.raises(LossyExport, match=r"exposure \(20 s in layer 2, 6 s in layers 3-4, after the first 1"):
        write_job(film(50, 50, 50, 50, exposures_s=[30.0, 20.0, 6.0, 6.0]), path)
    with pytest.raises(LossyExport, match=r"power \(below 1 in layer 1\)"):
        write_job(job_of([(50_000, [Exposure(FULL, 6.0, 0.5)], LIFT)], PANEL), path)
    slower = LIFT.model_copy(update={"lift_mm_s": 0.5})
    with pytest.raises(LossyExport, match=r"motion \(\(lift_mm=5.0 lift_mm_s=1.0 .* in layer 1, \(.*lift_mm_s=0.5"):
        write_job(job_of([(50_000, [Exposure(FULL, 6.0)], one) for one in (LIFT, slower)], PANEL), path)
    assert not path.exists()


def test_speeds_are_told_to_be_missing():
    again = MONO.read(packed(members_of(MONO, golden_job())))
    assert {(layer.motion.lift_mm_s, layer.motion.retract_mm_s) for layer in again.layers} == {(1.0, 1.0)}
    assert "keeps speeds in its machine's settings" in " ".join(again.provenance.notes)


def test_units_are_those_of_each_key():
    tables = tables_of(members_of(MONO, golden_job()))
    options, profile = tables["options.json"], tables["profile.json"]
    assert options == tables["slicer.json"]
    assert (options["XPixelSize"], options["XRes"], options["YPixelSize"], options["YRes"]) == (0.062, 62, 0.04, 40)
    assert (options["Thickness"], options["SupportDepth"], profile["Depth"], profile["SupportDepth"]) == (
        50,
        25,
        50,
        25,
    )
    assert (profile["WaitHeight"], profile["SupportWaitHeight"], profile["SupportWaitBeforePrint"]) == (5, 8.25, 2)
    assert (profile["CureTime"], profile["TransitionalLayer"]) == (6.001, 0)
    assert tables["meta.json"]["Profile"] is False
    assert {key: profile[key] for key in tables["override.json"]} == tables["override.json"]
    assert (tables["plate.json"]["Path"], tables["plate.json"]["LayersCount"], tables["plate.json"]["ZMax"]) == (
        "film",
        5,
        0.225,
    )


def test_info_is_of_the_real_pixels():
    first, *others = tables_of(members_of(MONO, golden_job()))["info.json"]
    px_mm2 = 0.062 * 0.04
    assert first == {
        **dict.fromkeys(("TotalSolidArea", "LargestArea", "SmallestArea"), round(24 * px_mm2, 6)),
        "MinX": 0,
        "MinY": 0,
        "MaxX": 5,
        "MaxY": 3,
        "AreaCount": 1,
    }
    assert others[0]["TotalSolidArea"] == round(4 * px_mm2, 6)
    assert [others[0][key] for key in ("MinX", "MinY", "MaxX", "MaxY")] == [2, 1, 3, 2]
    plate = tables_of(members_of(MONO, golden_job()))["plate.json"]
    assert plate["TotalSolidArea"] == round((24 * 0.025 + 4 * 4 * 0.05) * px_mm2 / 1000, 6)
    assert (plate["XMin"], plate["XMax"], plate["YMin"], plate["YMax"]) == (-0.186, 0.186, -0.08, 0.08)


def flooded(pixels):
    """Sizes of all areas, by walking from pixel to pixel: eight neighbours each."""
    left, sizes = {(int(y), int(x)) for y, x in np.argwhere(pixels)}, []
    while left:
        border, count = [left.pop()], 0
        while border:
            y, x = border.pop()
            count += 1
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            border += near
        sizes.append(count)
    return sizes


@given(
    some.arrays(
        np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.sampled_from([0, 0, 0, 7, 255])
    )
)
@settings(deadline=None, max_examples=300)
def test_areas_are_those_that_walking_finds(pixels):
    sizes, found = flooded(pixels), areas_of(pixels)
    assert (found.lit_px, found.count) == (sum(sizes), len(sizes))
    assert (found.largest_px, found.smallest_px) == ((max(sizes), min(sizes)) if sizes else (0, 0))
    if sizes:
        rows, columns = np.nonzero(pixels)
        assert found.box == (columns.min(), rows.min(), columns.max(), rows.max())
    else:
        assert found == Areas()


def spiral(turns):
    pixels = np.zeros((4 * turns + 1, 4 * turns + 1), np.uint8)
    low, high = 0, 4 * turns
    while low < high:
        pixels[low, max(low - 2, 0) : high + 1] = pixels[low : high + 1, high] = 255
        pixels[high, low : high + 1] = pixels[low + 2 : high + 1, low] = 255
        low, high = low + 2, high - 2
    return pixels


def test_areas_across_blocks_of_rows(monkeypatch):
    """One long area and many small ones, looked at a few rows at a time."""
    winding, posts = spiral(40), np.zeros((201, 303), np.uint8)
    posts[::2, ::3] = 9
    one, many = areas_of(winding), areas_of(posts)
    assert (one.count, one.largest_px) == (1, np.count_nonzero(winding))
    assert (many.count, many.largest_px, many.smallest_px) == (101 * 101, 1, 1)
    monkeypatch.setattr("voxelyte.formats._nanodlp_areas._BLOCK", 1000)
    assert (areas_of(winding), areas_of(posts)) == (one, many)


def test_more_areas_than_are_counted_leave_zeros(monkeypatch):
    posts = np.zeros((20, 30), np.uint8)
    posts[::2, ::3] = 9
    monkeypatch.setattr("voxelyte.formats._nanodlp_areas.MAX_RUNS", 99)
    assert areas_of(posts) == Areas(lit_px=100, box=(0, 0, 27, 18))


@pytest.mark.parametrize("width_px", [1, 2, 3, 4, 6, 7])
def test_three_pixels_are_one_with_red_leftmost(width_px):
    panel = Panel(width_px=width_px, height_px=2, pitch_x_um=19.0, pitch_y_um=24.0)
    pixels = picture("noise", panel)
    data = members_of(MONO, job_of([(50_000, [Exposure(mask_of(pixels, panel), 6.0)], LIFT)], panel))["1.png"]
    with Image.open(BytesIO(data)) as image:
        assert (image.mode, image.size) == ("RGB", (-(-width_px // 3), 2))
        in_a_row = [list(sum((image.getpixel((x, y)) for x in range(image.width)), ())) for y in range(2)]
    assert in_a_row == [[*row, *[0] * (-width_px % 3)] for row in pixels.tolist()]


def test_a_display_of_colour_gets_one_pixel_for_one():
    members = members_of(COLOUR, golden_job())
    for layer in golden_job().layers:
        with Image.open(BytesIO(members[f"{layer.index + 1}.png"])) as image:
            assert image.mode == "RGB"
            assert np.array_equal(np.asarray(image), np.repeat(layer.exposures[0].mask.pixels()[:, :, None], 3, axis=2))
    with Image.open(BytesIO(members["3d.png"])) as image:
        assert (image.mode, image.size) == ("RGB", (200, 100))
    controllers = [
        tables_of(members_of(fmt, golden_job()))["options.json"]["DisplayController"] for fmt in (MONO, COLOUR)
    ]
    assert controllers == [1, 0]


def test_suffixes_pick_the_display():
    assert format_for("a.nanodlp") is MONO
    assert format_for("a.rgb.nanodlp") is COLOUR


def test_pictures_of_every_form_are_read():
    """UVtools writes grey ones too; NanoDLP itself asks for RGB."""
    members, pixels = members_of(MONO, golden_job()), picture("noise", PANEL)
    for encode in (as_packed, png.encode, as_rgb, as_rgba):
        again = MONO.read(packed(members | {"2.png": encode(pixels)}))
        assert np.array_equal(again.layers[1].exposures[0].mask.pixels(), pixels)


def test_pictures_that_are_none_of_them_are_refused():
    members = members_of(MONO, golden_job())
    beyond = np.zeros((4, 6), np.uint8)
    beyond[3, 5] = 1
    narrow = {name: json.loads(members[name]) | {"PWidth": 5} for name in ("options.json", "slicer.json")}
    lit = members | {name: json.dumps(table).encode() for name, table in narrow.items()} | {"2.png": as_packed(beyond)}
    for changed, law in [
        (lit, r"2\.png: is lit beyond the panel's 5 columns"),
        (members | {"2.png": png.encode(np.zeros((4, 5), np.uint8))}, r"2\.png: PNG is 5 x 4 pixels, 6 x 4 expected"),
        (members | {"2.png": as_packed(beyond[:3])}, r"2\.png: PNG is 2 x 3 pixels, 2 x 4 expected"),
        (members | {"2.png": b"no picture"}, r"2\.png: not a PNG"),
    ]:
        again = MONO.read(packed(changed))
        with pytest.raises(FormatError, match=law):
            again.layers[1].exposures[0].mask.pixels()


def mslicer_like():
    """A plate with the fields as mslicer fills them in: no override.json, pitch in both units, support numbers 0."""
    profile = {"Title": "mslicer Config", "Depth": 50.0, "SupportDepth": 50.0, "CureTime": 3.0, "SupportCureTime": 30.0}
    profile |= {
        "SupportLayerNumber": 2,
        "TransitionalLayer": 0,
        "WaitHeight": 0,
        "DynamicCureTime": "",
        "DynamicSpeed": "",
    }
    options = {"PWidth": 6, "PHeight": 4, "XPixelSize": 0.019, "YPixelSize": 0.024, "XRes": 19.0, "YRes": 24.0}
    options |= {"ImageMirror": 1, "DisplayController": 1, "AdaptSlicing": 0, "MultiThickness": ""}
    meta = {"FormatVersion": 2, "Distro": "generic", "Program": "mslicer", "Version": "0.9.0", "Profile": False}
    plate = {"Path": "", "LayersCount": 3, "MultiCure": "", "MultiThickness": "", "CureTimes": None}
    tables = {"meta.json": meta, "plate.json": plate, "profile.json": profile, "options.json": options, "info.json": []}
    pictures = {f"{n}.png": as_packed(np.full((4, 6), n, np.uint8)) for n in (1, 2, 3)}
    return {name: json.dumps(table).encode() for name, table in tables.items()} | pictures


def test_a_plate_of_mslicer_is_read():
    job = MONO.read(packed(mslicer_like()))
    assert [layer.exposure_s for layer in job.layers] == [30.0, 30.0, 3.0]
    assert {layer.thickness_nm for layer in job.layers} == {50_000}
    assert (job.panel.pitch_x_um, job.panel.pitch_y_um) == (19.0, 24.0)
    assert [int(layer.exposures[0].mask.pixels()[3, 5]) for layer in job.layers] == [1, 2, 3]
    assert (job.resin.name, job.provenance.software) == ("mslicer Config", "mslicer 0.9.0")
    notes = " ".join(job.provenance.notes)
    assert "Profile=false: the machine prints by a profile of its own" in notes
    assert "ImageMirror is set" in notes


def test_pictures_may_begin_with_0_and_have_no_gaps():
    members = mslicer_like()
    from_0 = {name: data for name, data in members.items() if not name.endswith(".png")}
    from_0 |= {f"{n}.png": members[f"{n + 1}.png"] for n in range(3)}
    assert len(MONO.read(packed(from_0)).layers) == 3
    for lost, law in [
        ("2.png", "1.png and those after it"),
        ("1.png", "1.png and those after it"),
        ("3.png", "LayersCount=3"),
    ]:
        with pytest.raises(FormatError, match=law):
            MONO.read(packed({name: data for name, data in members.items() if name != lost}))


def test_an_override_is_over_the_profile():
    job = read_changed("override.json", {"CureTime": 9.5, "SupportLayerNumber": 2})
    assert [layer.exposure_s for layer in job.layers] == [12.5, 12.5, 9.5, 9.5, 9.5]
    job = read_changed("profile.json", {"CureTime": 9.5}, without=("override.json",))
    assert [layer.exposure_s for layer in job.layers] == [12.5, 9.5, 9.5, 9.5, 9.5]


@pytest.mark.parametrize(
    ("name", "changes", "law"),
    [
        (
            "override.json",
            {"DynamicCureTime": "[[LayerNumber]]*2"},
            "DynamicCureTime='[[LayerNumber]]*2' must not be set: a formula makes",
        ),
        (
            "override.json",
            {"TransitionalLayer": 5},
            "TransitionalLayer=5 must be 0: by which law these layers fade is not published",
        ),
        ("plate.json", {"MultiThickness": "1:25,2:50"}, "thicknesses by height are not read"),
        ("plate.json", {"DynamicThickness": [25, 50]}, "thicknesses layer by layer are not read"),
        ("plate.json", {"MultiCure": "3,4,5"}, "copies with other exposures are not read"),
        ("plate.json", {"CureTimes": [3, 4]}, "copies with other exposures are not read"),
        ("plate.json", {"LayersCount": 6}, "plate.json: LayersCount=6, and there are 5 pictures"),
        ("plate.json", {"Path": 7}, "plate.json: Path=7 must be a text"),
        ("options.json", {"AdaptSlicing": 1}, "adaptive thicknesses are not read"),
        ("options.json", {"PWidth": 0}, "options.json: PWidth=0 must be 1 to"),
        ("options.json", {"PWidth": 99_999, "PHeight": 99_999}, "must not exceed"),
        ("options.json", {"PWidth": "6"}, "options.json: PWidth='6' must be a number"),
        ("options.json", {"XPixelSize": -1}, "options.json: XPixelSize=-1 must be 0 to"),
        ("options.json", {"XPixelSize": 0, "XRes": 0}, "pitch_x_um"),
        ("override.json", {"Depth": 0}, "thickness_nm=0 must be"),
        ("override.json", {"CureTime": 0}, "CureTime=0 must be"),
        ("override.json", {"SupportLayerNumber": 1.5}, "SupportLayerNumber=1.5 must be a whole number"),
        ("override.json", {"WaitHeight": -5}, "WaitHeight=-5 must be 0 to"),
        ("override.json", {"SupportCureTime": None}, "SupportCureTime is null"),
        ("meta.json", {"Program": []}, "meta.json: Program"),
    ],
)
def test_a_wrong_number_is_told_by_member_key_and_law(name, changes, law):
    with pytest.raises(FormatError) as fault:
        read_changed(name, changes)
    assert law in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("name", "changes", "note"),
    [
        ("override.json", {"DynamicLift": "5"}, "formulas for motion are not read"),
        ("override.json", {"TopWait": 1}, "TopWait, a rest at the top of the lift, is not read"),
        ("options.json", {"ImageMirror": 1}, "ImageMirror is set"),
    ],
)
def test_what_is_not_read_is_told(name, changes, note):
    assert note in " ".join(read_changed(name, changes).provenance.notes)


def test_a_fade_between_equal_numbers_is_none():
    job = read_changed("override.json", {"TransitionalLayer": 5, "SupportCureTime": 6.001, "SupportDepth": 50})
    assert {layer.exposure_s for layer in job.layers} == {6.001}


def test_numbers_are_exact_decimals(tmp_path):
    """12.5 µm and thirds of a µm, not their nearest float32."""
    panel = Panel(width_px=5, height_px=3, pitch_x_um=100 / 3, pitch_y_um=0.1 + 0.2)
    job = film(12.5, 12.5, panel=panel, exposures_s=[1 / 3, 1 / 3])
    options = members_of(MONO, job)["options.json"].decode()
    assert f'"XPixelSize": {Decimal(repr(100 / 3)) / 1000}' in options
    write_job(job, tmp_path / "film.nanodlp")
    assert said(read_job(tmp_path / "film.nanodlp"), MONO.carries) == said(job, MONO.carries)


@BOTH
@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutated_tables_never_raise_anything_else(fmt, count):
    rng, members = random.Random(7), members_of(fmt, golden_job())
    names = [name for name in members if name.endswith(".json")]
    refused = 0
    for _ in range(count):
        name = rng.choice(names)
        text = bytearray(members[name])
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(text))
            new = rng.choices(b'0123456789-.e"{}[],:\n\xff', k=rng.randrange(4))
            text[at : at + rng.randrange(4)] = bytes(new)
        try:
            said(fmt.read(packed(members | {name: bytes(text)})), fmt.carries)
        except FormatError as fault:
            assert "\n" not in str(fault)  # noqa: PT017
            refused += 1
    assert count * 0.2 < refused < count
