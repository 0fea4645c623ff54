"""The .voxelyte archive: nothing is lost, and nothing that was touched is believed."""

from __future__ import annotations

import json
import random
from hashlib import sha256
from pathlib import Path
from typing import get_args
from zipfile import ZIP_DEFLATED

import numpy as np
import pytest
from formats_jobs import LIFT, film, job_of, mask_of, picture, printer_for, resin, said
from formats_zips import members_of, packed

from voxelyte import png
from voxelyte.errors import FormatError
from voxelyte.formats import CARRIED, native, read_job, write_job
from voxelyte.job import Exposure, Provenance
from voxelyte.printer import Panel
from voxelyte.values import Value

GOLDEN = Path(__file__).parent / "goldens" / "film.voxelyte"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0, mirror_x=True)


def golden_job():
    """A base of 25 µm and two layers of 50 µm with a pillar, the last one exposed twice."""
    base, pillar = np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    full, part = mask_of(base, PANEL), mask_of(pillar, PANEL)
    twice = [Exposure(part, 4.0), Exposure(part, 2.5, 0.5)]
    shown = [(25_000, [Exposure(full, 6.0)]), (50_000, [Exposure(part, 6.0)]), (50_000, twice)]
    layers = [(*one, LIFT) for one in shown]
    origin = Provenance("solid = 'pillars'\n", {"diameter_um": 300.0}, "voxelyte 0", ("a remark",))
    return job_of(layers, PANEL, provenance=origin)


def with_manifest(change):
    """The golden job's archive after `change` was done to its manifest."""
    members = members_of(native, golden_job())
    fields = json.loads(members["manifest.json"])
    change(fields)
    return packed(members | {"manifest.json": json.dumps(fields)})


def test_the_golden_archive_reads_as_its_job():
    files = {f"{path.relative_to(GOLDEN).as_posix()}": path.read_bytes() for path in GOLDEN.rglob("*.*")}
    assert said(native.read(packed(files)), CARRIED) == said(golden_job(), CARRIED)


def test_the_golden_job_is_written_as_its_archive():
    """PNGs are compared by their pixels: another igzip may compress otherwise."""
    members = members_of(native, golden_job())
    fields, golden = json.loads(members["manifest.json"]), json.loads((GOLDEN / "manifest.json").read_text())
    for one in (fields, golden):
        for entry in one["masks"].values():
            del entry["png_sha256"]
    assert fields == golden
    for name in fields["masks"]:
        assert np.array_equal(png.decode(members[name]), png.decode((GOLDEN / name).read_bytes()))


def test_hashes_are_those_of_the_bytes():
    members = members_of(native, golden_job())
    for name, entry in json.loads(members["manifest.json"])["masks"].items():
        assert entry["png_sha256"] == sha256(members[name]).hexdigest()
        assert entry["pixels_sha256"] == sha256(png.decode(members[name]).tobytes()).hexdigest()


def test_equal_pixels_are_stored_once_whoever_painted_them():
    masks = [mask_of(picture("ramp", PANEL), PANEL) for _ in range(5)]
    members = members_of(native, job_of([(50_000, [Exposure(mask, 6.0)], LIFT) for mask in masks], PANEL))
    assert sorted(members) == ["manifest.json", "masks/0.png"]


def test_an_empty_job_and_a_dark_layer_come_back():
    for job in (job_of([], PANEL), job_of([(50_000, [], LIFT)], PANEL)):
        assert said(native.read(packed(members_of(native, job))), CARRIED) == said(job, CARRIED)


def test_masks_are_decoded_when_asked_for_and_not_before(tmp_path, monkeypatch):
    path = tmp_path / "film.voxelyte"
    write_job(golden_job(), path)
    decoded, counted = [], lambda *args: decoded.append(1) or png.decode(*args)
    monkeypatch.setattr("voxelyte.formats._members.decode", counted)
    job = read_job(path)
    assert not decoded
    job.layers[0].exposures[0].mask.pixels()
    assert len(decoded) == 1


def test_a_deflated_copy_reads_too():
    files = members_of(native, golden_job())
    assert said(native.read(packed(files, compression=ZIP_DEFLATED)), CARRIED) == said(golden_job(), CARRIED)


def put_at(path, value):
    """A change that puts `value` at a dotted path of the manifest."""

    def change(fields):
        *steps, last = path.split("/")
        for step in steps:
            fields = fields[int(step) if step.isdigit() else step]
        fields[last.replace("~", "/")] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "law"),
    [
        ("version", 2, "version=2 is newer than 1"),
        ("version", 0, "version=0"),
        ("version", "1", "version='1'"),
        ("format", "gerber", "says nowhere format=voxelyte"),
        ("nmae", "x", "nmae is not a known key; did you mean name"),
        ("layers/1/thicknes_nm", 5, "thicknes_nm is not a known key; did you mean thickness_nm"),
        ("layers/1/thickness_nm", 50.5, "layers.1.thickness_nm=50.5"),
        ("layers/1/thickness_nm", 49_000, "layers.1.top_nm=75000 must be 74000"),
        ("layers/1/top_nm", 80_000, "layers.1.top_nm=80000 must be 75000"),
        ("layers/0/thickness_nm", -1, "layers.0.thickness_nm=-1"),
        ("layers/0/exposures/0/exposure_s", 0, "exposure_s=0"),
        ("layers/0/exposures/0/power", 1.5, "power=1.5"),
        ("layers/0/exposures/0/mask", "masks/7.png", "masks does not list masks/7.png"),
        ("layers/0/exposures/0/mask", "../../etc/passwd", "mask="),
        ("layers/0/motion/lift_mm", -5.0, "lift_mm=-5.0"),
        ("printer/panel/width_px", 100_000_000, "width_px=100000000"),
        ("printer/panel/height_px", 90_000, None),
        ("masks/masks~1.png", {}, "pixels_sha256 is missing"),
    ],
)
def test_a_wrong_manifest_is_told_by_key_value_and_law(path, value, law):
    with pytest.raises(FormatError, match=r"manifest\.json|masks/0\.png") as fault:
        said(native.read(with_manifest(put_at(path, value))))
    assert law is None or law in str(fault.value)
    assert "\n" not in str(fault.value)


def test_all_wrong_keys_are_told_at_once():
    def change(fields):
        fields["nmae"] = 1
        fields["layers"][0]["top_nm"] = "x"
        del fields["resin"]["exposure_s"]

    with pytest.raises(FormatError, match=r"exposure_s is missing.*top_nm='x'.*nmae"):
        native.read(with_manifest(change))


@pytest.mark.parametrize(
    ("old", "new", "law"),
    [
        (b'"name": "film"', b'"name": "film", "name": "other"', "key 'name' is there twice"),
        (b'"exposure_s": 6.0', b'"exposure_s": NaN', "NaN is no number"),
        (b'"exposure_s": 6.0', b'"exposure_s": 1e999', "exposure_s=inf"),
        (b'"name": "film"', b'"name": "f\xff"', "not UTF-8 at offset"),
        (b'"notes": [', b'"notes": ' + b"[" * 100_000, "manifest.json"),
        (b'"thickness_nm": 25000', b'"thickness_nm": ' + b"9" * 5000, "manifest.json"),
    ],
)
def test_json_that_says_two_things_or_nothing_is_refused(old, new, law):
    members = members_of(native, golden_job())
    members["manifest.json"] = members["manifest.json"].replace(old, new)
    with pytest.raises(FormatError, match=law):
        native.read(packed(members))


@pytest.mark.parametrize("name", ["../evil.png", "/masks/0.png", "C:/x.png", "masks/../../x.png"])
def test_names_that_leave_the_archive_are_refused(name):
    with pytest.raises(FormatError, match="not a plain relative name"):
        native.read(packed(members_of(native, golden_job()) | {name: b""}))


def test_members_missing_left_over_or_twice_are_refused():
    members = members_of(native, golden_job())
    with pytest.raises(FormatError, match=r"masks/1\.png: is missing"):
        native.read(packed({name: data for name, data in members.items() if name != "masks/1.png"}))
    with pytest.raises(FormatError, match=r"masks/9\.png: is not in the manifest"):
        native.read(packed(members | {"masks/9.png": b""}))
    with pytest.raises(FormatError, match="there twice"):
        native.read(packed([*members.items(), ("masks/0.png", b"")]))


def test_a_picture_that_was_changed_is_refused_by_its_hash():
    members = members_of(native, golden_job())
    other = png.encode(picture("noise", PANEL))
    with pytest.raises(FormatError, match=r"masks/0\.png: its SHA-256 is not the manifest's png_sha256"):
        native.read(packed(members | {"masks/0.png": other})).layers[0].exposures[0].mask.pixels()

    fields = json.loads(members["manifest.json"])
    fields["masks"]["masks/0.png"]["png_sha256"] = sha256(other).hexdigest()
    members |= {"masks/0.png": other, "manifest.json": json.dumps(fields).encode()}
    with pytest.raises(FormatError, match=r"masks/0\.png: SHA-256 of its pixels"):
        native.read(packed(members)).layers[0].exposures[0].mask.pixels()


def test_a_picture_of_another_size_is_refused():
    members, other = members_of(native, golden_job()), png.encode(np.zeros((5, 6), np.uint8))
    fields = json.loads(members["manifest.json"])
    fields["masks"]["masks/0.png"]["png_sha256"] = sha256(other).hexdigest()
    members |= {"masks/0.png": other, "manifest.json": json.dumps(fields).encode()}
    with pytest.raises(FormatError, match=r"masks/0\.png: PNG is 6 x 5 pixels, 6 x 4 expected"):
        native.read(packed(members)).layers[0].exposures[0].mask.pixels()


def test_a_zip_bomb_is_refused_by_what_it_declares():
    members = members_of(native, golden_job()) | {"manifest.json": b" " * 40_000_000}
    with pytest.raises(FormatError, match="must not swell to 40000000"):
        native.read(packed(members, compression=ZIP_DEFLATED))
    with pytest.raises(FormatError, match="40000000 bytes must be at most"):
        native.read(packed(members))


def test_what_json_cannot_hold_is_refused_when_it_is_written(tmp_path):
    for value in (float("nan"), object(), {1}):
        job = job_of([], PANEL, provenance=Provenance(parameters={"x": value}))
        with pytest.raises(FormatError, match=r"cannot be put into manifest\.json"):
            write_job(job, tmp_path / "film.voxelyte")
    assert not list(tmp_path.iterdir())


def test_profiles_keep_what_is_absent_absent(tmp_path):
    job = film(50)
    write_job(job, tmp_path / "film.voxelyte")
    again = read_job(tmp_path / "film.voxelyte")
    assert (again.printer, again.resin) == (printer_for(job.panel), resin())
    assert again.printer.wavelength_nm is None


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_mutated_manifest_never_raises_anything_else(count):
    rng, members = random.Random(5), members_of(native, golden_job())
    for _ in range(count):
        text = bytearray(members["manifest.json"])
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(text))
            new = rng.choices(b'0123456789-.e"{}[],: \\u\xff', k=rng.randrange(3))
            text[at : at + rng.randrange(3)] = bytes(new)
        try:
            said(native.read(packed(members | {"manifest.json": bytes(text)})), CARRIED)
        except FormatError as fault:
            assert "\n" not in str(fault)  # noqa: PT017


def keys_of(model):
    """All keys of a model and of the models in it."""
    for name, field in model.model_fields.items():
        yield name
        for inner in models_in(field.annotation):
            yield from keys_of(inner)


def models_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return [annotation]
    return [one for part in get_args(annotation) for one in models_in(part)]


def test_the_document_names_every_key():
    text = (Path(__file__).parents[1] / "docs" / "archive-format.md").read_text(encoding="utf-8")
    assert [key for key in sorted(set(keys_of(native.Manifest))) if f"`{key}`" not in text] == []
