"""The PNG stack: any program can use it with what it has, and nothing in it may say otherwise than the rest."""

from __future__ import annotations

import csv
import json
import random
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest
from formats_jobs import LIFT, film, job_of, jobs, mask_of, picture, printer_for, said
from formats_zips import members_of, packed
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from voxelyte import png
from voxelyte.errors import FormatError, VoxelyteError
from voxelyte.formats import CARRIED as ALL
from voxelyte.formats import losses, native, pngs, read_job, write_job
from voxelyte.job import Exposure, Provenance
from voxelyte.printer import Panel

GOLDEN = Path(__file__).parent / "goldens" / "film.pngs"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0, mirror_x=True)
CARRIED = pngs.FORMAT.carries


def golden_job():
    """A base of 25 µm, a layer with a pillar exposed twice, one without light, and one that shows the pillar again."""
    base, pillar = np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    full, part = mask_of(base, PANEL), mask_of(pillar, PANEL)
    shown = [
        (25_000, [Exposure(full, 6.0)]),
        (50_000, [Exposure(part, 4.0), Exposure(full, 0.125, 0.5)]),
        (50_000, []),
        (37_500, [Exposure(part, 6.0)]),
    ]
    printer = printer_for(PANEL).model_copy(update={"wavelength_nm": 405.0})
    origin = Provenance(software="voxelyte 0")
    return job_of([(*one, LIFT) for one in shown], PANEL, printer=printer, provenance=origin)


def with_manifest(change, table=True):
    """The golden job's archive after `change` was done to its manifest; the table agrees no longer."""
    members = members_of(pngs, golden_job())
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members |= {"manifest.json": json.dumps(manifest).encode()}
    return packed({name: data for name, data in members.items() if table or name != "layers.csv"})


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


def test_the_golden_folder_reads_as_its_job():
    assert said(read_job(GOLDEN), CARRIED) == said(golden_job(), CARRIED)
    assert said(pngs.read(packed(files_of(GOLDEN))), CARRIED) == said(golden_job(), CARRIED)
    assert read_job(GOLDEN).provenance.software == "voxelyte 0"


def test_the_golden_job_is_written_as_its_folder():
    """PNGs are compared by their pixels: another igzip may compress otherwise."""
    members, golden = members_of(pngs, golden_job()), files_of(GOLDEN)
    assert sorted(members) == sorted(golden)
    for name, data in members.items():
        if name.endswith(".png"):
            assert np.array_equal(png.decode(data), png.decode(golden[name]))
        else:
            assert data.decode() == golden[name].decode()


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_pillow_and_the_standard_library_read_all_that_prints(data):
    """A reader of ten lines, which shares no code with ours, gets every number and pixel from JSON, and from CSV."""
    job = data.draw(jobs(CARRIED, most_layers=4, fine=True))
    members = members_of(pngs, job)
    manifest = json.loads(members["manifest.json"])
    table = list(csv.DictReader(StringIO(members["layers.csv"].decode(), newline="")))
    wanted, from_json, from_csv = [], [], []
    for layer in job.layers:
        motion = layer.motion.model_dump()
        for one in layer.exposures:
            pixels = one.mask.pixels().tolist()
            wanted.append(
                (layer.index + 1, layer.top_nm, layer.thickness_nm, one.exposure_s, one.power, motion, pixels)
            )
    for layer in manifest["layers"]:
        for one in layer["exposures"]:
            numbers = layer["layer"], layer["top_nm"], layer["thickness_nm"], one["exposure_s"], one["power"]
            from_json.append((*numbers, layer["motion"], seen(members[one["png"]])))
    for row in table:
        heights = round(float(row["top_um"]) * 1000), round(float(row["thickness_um"]) * 1000)
        motion = {key: float(row[key]) for key in job.layers[0].motion.model_dump()}
        numbers = int(row["layer"]), *heights, float(row["exposure_s"]), float(row["power"])
        from_csv.append((*numbers, motion, seen(members[row["png"]])))
    assert from_json == wanted
    assert from_csv == wanted
    assert manifest["panel"] == job.panel.model_dump()


def seen(data):
    with Image.open(BytesIO(data)) as image:
        assert image.mode == "L"
        return np.asarray(image).tolist()


def test_sorted_by_name_the_first_pictures_are_the_film():
    job, members = golden_job(), members_of(pngs, golden_job())
    names = sorted(name for name in members if name.startswith("layers/") and "_" not in name)
    assert names == [f"layers/{number:05}.png" for number in range(1, 5)]
    assert sorted(name for name in members if name.endswith(".png"))[:3] == [names[0], names[1], "layers/00002_2.png"]
    for name, layer in zip(names, job.layers, strict=True):
        wanted = layer.exposures[0].mask.pixels() if layer.exposures else np.zeros((4, 6), np.uint8)
        assert np.array_equal(png.decode(members[name]), wanted)


def test_a_layer_without_light_is_carried(tmp_path):
    job = golden_job()
    assert losses(job, pngs.FORMAT) == []
    write_job(job, tmp_path / "film.pngs.zip")
    assert [len(layer.exposures) for layer in read_job(tmp_path / "film.pngs.zip").layers] == [1, 2, 0, 1]


def test_the_suffix_makes_a_folder_or_a_zip(tmp_path):
    job = golden_job()
    write_job(job, tmp_path / "film.pngs")
    write_job(job, tmp_path / "film.pngs.zip")
    assert (tmp_path / "film.pngs").is_dir()
    assert files_of(tmp_path / "film.pngs") == members_of(pngs, job)
    assert said(read_job(tmp_path / "film.pngs"), CARRIED) == said(job, CARRIED)
    assert said(read_job(tmp_path / "film.pngs.zip"), CARRIED) == said(job, CARRIED)
    renamed = (tmp_path / "film.pngs").rename(tmp_path / "anything")
    assert said(read_job(renamed), CARRIED) == said(job, CARRIED)
    with pytest.raises(VoxelyteError, match="is there already"):
        write_job(job, renamed.rename(tmp_path / "film.pngs"))


def test_the_packages_own_archive_is_another_format():
    file = BytesIO()
    native.write(golden_job(), file)
    assert not pngs.recognises(file.getvalue())
    assert not native.recognises(packed(members_of(pngs, golden_job())))


def test_every_name_comes_back_as_it_is():
    for name in ("µ-film\n2", '"', "\\", ""):
        job = film(50, name=name, panel=PANEL)
        assert pngs.read(packed(members_of(pngs, job))).name == name


def test_what_it_does_not_hold_is_not_promised():
    assert ALL.keys() - CARRIED == {"profiles", "provenance"}
    assert any("no profiles" in note for note in pngs.read(packed(members_of(pngs, golden_job()))).provenance.notes)


def test_an_empty_job_and_an_endless_exposure_are_refused():
    with pytest.raises(FormatError, match="0 layers must be 1 to"):
        pngs.write(job_of([], PANEL), BytesIO())
    job = job_of([(50_000, [Exposure(mask_of(picture("full", PANEL), PANEL), 1e10)], LIFT)], PANEL)
    with pytest.raises(FormatError, match=r"the job cannot be put into manifest\.json: exposure_s=10000000000\.0"):
        pngs.write(job, BytesIO())


def put_at(path, value):
    """A change that puts `value` at a dotted path of the manifest; None takes the key away."""

    def change(fields):
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
        for step in steps:
            fields = fields[step]
        if value is None:
            del fields[last]
        else:
            fields[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "law"),
    [
        ("format", "voxelyte", "says nowhere format=voxelyte-png-stack"),
        ("version", 2, "version=2 must be 1"),
        ("version", None, "version is missing"),
        ("nmae", "x", "nmae is not a known key; did you mean name"),
        ("wavelength_nm", 0, "wavelength_nm=0 must"),
        ("panel.width_px", 10**6, "panel.width_px=1000000 must"),
        ("panel.width_px", 7, "layers/00001.png: PNG is 6 x 4 pixels, 7 x 4 expected"),
        ("panel.mirror_x", "maybe", "panel.mirror_x='maybe' must"),
        ("layers", [], "layers=[] "),
        ("layers", {}, "layers={} must"),
        ("layers.1.layer", 3, "layers.1: layer=3 top_nm=75000 must be 2 and 75000, the sum"),
        ("layers.1.layer", 0, "layers.1.layer=0 must"),
        ("layers.1.top_nm", 80_000, "layers.1: layer=2 top_nm=80000 must be 2 and 75000, the sum"),
        ("layers.1.thickness_nm", 0, "layers.1.thickness_nm=0 must"),
        ("layers.1.thickness_nm", 50.5, "layers.1.thickness_nm=50.5 must"),
        ("layers.1.thicknes_nm", 5, "thicknes_nm is not a known key; did you mean thickness_nm"),
        ("layers.1.motion.lift_mm", -5.0, "layers.1.motion.lift_mm=-5.0 must"),
        ("layers.1.exposures", [], "layers.1.exposures=[] "),
        ("layers.1.exposures.0.exposure_s", 0, "exposure_s=0 and power=1 must be 0 together or not at all"),
        ("layers.1.exposures.0.power", 0, "exposure_s=4 and power=0 must be 0 together or not at all"),
        ("layers.1.exposures.0.power", 1.5, "layers.1.exposures.0.power=1.5 must"),
        ("layers.1.exposures.0.png", "../00001.png", "layers/00002.png: is not in manifest.json"),
        ("layers.1.exposures.0.png", "/etc/passwd", "png='/etc/passwd' "),
        ("layers.1.exposures.0.png", "layers/00009.png", "layers/00002.png: is not in manifest.json"),
        ("layers.2.exposures.0.png", "dark.png", "layers/00003.png: is not in manifest.json"),
    ],
)
def test_a_wrong_manifest_is_told_by_path_value_and_law(path, value, law):
    with pytest.raises(FormatError) as fault:
        said(pngs.read(with_manifest(put_at(path, value), table=False)))
    assert law in str(fault.value)
    assert "\n" not in str(fault.value)


def test_dark_and_lit_exposures_do_not_mix():
    def change(manifest):
        manifest["layers"][1]["exposures"][1] |= {"exposure_s": 0, "power": 0}

    with pytest.raises(FormatError, match="layer 2: an exposure without light must be its layer's only one"):
        pngs.read(with_manifest(change))


@pytest.mark.parametrize(
    ("old", "new", "law"),
    [
        (b'"version": 1', b'"version": 1, "version": 1', "key 'version' is there twice"),
        (b'"exposure_s": 4.0', b'"exposure_s": NaN', "NaN is no number"),
        (b'"exposure_s": 4.0', b'"exposure_s": 1e999', "exposure_s=inf must"),
        (b'"layers": [', b'"layers": ' + b"[" * 100_000, "manifest.json: "),
        (b'"about": [', b'"about": [' + b"0," * 4_000_001, "must not hold more than 4000000 values"),
    ],
    ids=range(5),
)
def test_json_that_says_two_things_or_too_much_is_refused(old, new, law):
    members = members_of(pngs, golden_job())
    assert members["manifest.json"].count(old) == 1
    members["manifest.json"] = members["manifest.json"].replace(old, new)
    with pytest.raises(FormatError) as fault:
        pngs.read(packed(members))
    assert law in str(fault.value)


def test_pictures_missing_or_left_over_are_refused_and_other_files_are_not():
    members = members_of(pngs, golden_job())
    with pytest.raises(FormatError, match=r"layers/00002_2\.png is missing"):
        pngs.read(packed({name: data for name, data in members.items() if name != "layers/00002_2.png"}))
    with pytest.raises(FormatError, match=r"layers/00003\.png is missing"):
        pngs.read(packed({name: data for name, data in members.items() if name != "layers/00003.png"}))
    with pytest.raises(FormatError, match=r"layers/00005\.png: is not in manifest\.json"):
        pngs.read(packed(members | {"layers/00005.png": b""}))
    job = pngs.read(packed(members | {"Thumbs.db": b"", "readme.png": b"", "layers/.DS_Store": b""}))
    assert said(job, CARRIED) == said(golden_job(), CARRIED)


def with_table(change):
    """The golden job's archive after `change` was done to its table."""
    members = members_of(pngs, golden_job())
    text = members["layers.csv"].decode()
    assert change(text) != text
    return packed(members | {"layers.csv": change(text)})


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(",6,", ",6.000,").replace(",0.5,", ",5e-1,"),
        lambda text: "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()),
    ],
    ids=["line ends", "numbers", "quotes"],
)
def test_a_table_that_a_spreadsheet_wrote_again_agrees(change):
    assert said(pngs.read(with_table(change)), CARRIED) == said(golden_job(), CARRIED)


def test_a_stack_without_its_table_is_read():
    members = members_of(pngs, golden_job())
    del members["layers.csv"]
    assert said(pngs.read(packed(members)), CARRIED) == said(golden_job(), CARRIED)


@pytest.mark.parametrize(
    ("change", "law"),
    [
        (lambda text: text.replace("37.5,6,1", "37.5,7,1"), r"row 6: exposure_s='7' must be 6 as in manifest\.json"),
        (lambda text: text.replace("37.5,6,1", "37.5,six,1"), "row 6: exposure_s='six' must be 6"),
        (lambda text: text.replace("37.5,6,1", "37.5,sNaN,1"), "row 6: exposure_s='sNaN' must be 6"),
        (lambda text: text.replace("layers/00001.png", "layers/1.png"), r"row 2: png='layers/1\.png' must be layers/00001"),
        (lambda text: text.replace("exposure_s", "time_s"), "row 1: exposure_s='time_s' must be exposure_s"),
        (lambda text: text.replace(",power", ""), "row 1 is not among those"),
        (lambda text: "".join(text.splitlines(keepends=True)[:-1]), "row 6 is not among those of manifest.json, or is missing"),
        (lambda text: text + text.splitlines()[-1], "row 7 is not among those"),
        (lambda text: text + '"', r"layers\.csv: "),
        (lambda text: text.replace("37.5,6,1", "37.5," + "6" * 200_000 + ",1"), r"layers\.csv: "),
        (lambda text: "", "row 1 is not among those"),
    ],
)  # fmt: skip
def test_a_table_that_says_otherwise_is_refused(change, law):
    with pytest.raises(FormatError, match=law) as fault:
        pngs.read(with_table(change))
    assert len(str(fault.value)) < 300


def test_every_cell_of_the_table_counts():
    text = members_of(pngs, golden_job())["layers.csv"].decode()
    rows = [line.split(",") for line in text.splitlines()]
    for row in range(len(rows)):
        for column in range(len(rows[0])):
            other = [list(one) for one in rows]
            other[row][column] += "1"
            with pytest.raises(FormatError, match=rf"layers\.csv: row {row + 1}: {rows[0][column]}="):
                pngs.read(with_table(lambda _, other=other: "\n".join(map(",".join, other))))


@pytest.mark.parametrize("name", ["manifest.json", "layers.csv"])
@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutated_texts_never_raise_anything_else(name, count):
    rng, members = random.Random(6), members_of(pngs, golden_job())
    for _ in range(count):
        text = bytearray(members[name])
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(text))
            new = rng.choices(b'0123456789-.e"{}[],: \\u\n\xff', k=rng.randrange(3))
            text[at : at + rng.randrange(3)] = bytes(new)
        try:
            said(pngs.read(packed(members | {name: bytes(text)})), CARRIED)
        except FormatError as fault:
            assert "\n" not in str(fault)  # noqa: PT017
