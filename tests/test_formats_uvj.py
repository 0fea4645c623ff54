"""UVJ: every number comes back as it was, and what a file says twice, wrongly or not at all is told."""

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
from PIL import Image

from voxelyte import png
from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import losses, read_job, uvj, write_job
from voxelyte.formats._json import fields, parsed, rows, written
from voxelyte.job import Exposure
from voxelyte.printer import Motion, Panel

GOLDEN = Path(__file__).parent / "goldens" / "film.uvj"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0)
CARRIED = uvj.FORMAT.carries
SLOW = Motion(lift_mm=8.25, lift_mm_s=0.5, retract_mm_s=1.25, wait_before_exposure_s=2.0, wait_after_exposure_s=0.75)


def golden_job():
    """A base of 25 µm, exposed long and lifted slowly, and two layers of 50 µm with a pillar, the last one dimmed."""
    base, pillar = np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    full, part = mask_of(base, PANEL), mask_of(pillar, PANEL)
    layers = [
        (25_000, [Exposure(full, 12.5)], SLOW),
        (50_000, [Exposure(part, 6.0)], LIFT),
        (50_000, [Exposure(part, 6.0, 51 / 255)], LIFT),
        (50_000, [Exposure(part, 6.0)], LIFT),
    ]
    return job_of(layers, PANEL)


def with_config(change, job=None):
    """The golden job's archive after `change` was done to its config."""
    members = members_of(uvj, job or golden_job())
    config = json.loads(members["config.json"])
    change(config)
    return packed(members | {"config.json": json.dumps(config)})


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


def test_the_golden_archive_reads_as_its_job():
    assert said(uvj.read(packed(files_of(GOLDEN))), CARRIED) == said(golden_job(), CARRIED)
    assert said(read_job(GOLDEN), CARRIED) == said(golden_job(), CARRIED)
    assert read_job(GOLDEN).name == "film"


def test_the_golden_job_is_written_as_its_archive():
    """PNGs are compared by their pixels: another igzip may compress otherwise."""
    members, golden = members_of(uvj, golden_job()), files_of(GOLDEN)
    assert sorted(members) == sorted(golden)
    assert members.pop("config.json").decode() == golden["config.json"].decode()
    for name, data in members.items():
        assert np.array_equal(png.decode_colour(data), png.decode_colour(golden[name]))


def test_pillow_and_the_standard_library_read_what_the_job_says():
    job, members = golden_job(), members_of(uvj, golden_job())
    config = json.loads(members["config.json"], parse_float=Decimal)
    size = config["Properties"]["Size"]
    assert (size["X"], size["Y"], size["Layers"]) == (6, 4, 4)
    assert (size["Millimeter"]["X"], size["Millimeter"]["Y"]) == (Decimal("0.372"), Decimal("0.16"))
    assert size["LayerHeight"] == Decimal("0.05")
    assert [one["Z"] for one in config["Layers"]] == [Decimal(z) for z in ("0.025", "0.075", "0.125", "0.175")]
    assert [one["Exposure"]["LightOnTime"] for one in config["Layers"]] == [Decimal("12.5"), 6, 6, 6]
    assert [one["Exposure"]["LightPWM"] for one in config["Layers"]] == [255, 255, 51, 255]
    assert [one["Exposure"]["LiftHeight"] for one in config["Layers"]] == [Decimal("8.25"), 5, 5, 5]
    assert [one["Exposure"]["LiftSpeed"] for one in config["Layers"]] == [30, 60, 60, 60]
    assert [one["Exposure"]["RetractSpeed"] for one in config["Layers"]] == [75, 150, 150, 150]
    for layer in job.layers:
        with Image.open(BytesIO(members[f"slice/{layer.index:08}.png"])) as image:
            assert image.mode == "L"
            assert np.array_equal(np.asarray(image), layer.exposures[0].mask.pixels())
    for name, size_px in {"preview/huge.png": (800, 480), "preview/tiny.png": (400, 400)}.items():
        with Image.open(BytesIO(members[name])) as image:
            assert (image.mode, image.size) == ("RGB", size_px)


def test_the_bottom_describes_the_first_layers():
    properties = json.loads(members_of(uvj, golden_job())["config.json"])["Properties"]
    assert properties["Bottom"]["Count"] == 1
    assert (properties["Bottom"]["LightOnTime"], properties["Bottom"]["LiftHeight"]) == (12.5, 8.25)
    assert (properties["Exposure"]["LightOnTime"], properties["Exposure"]["LiftHeight"]) == (6, 5)
    assert json.loads(members_of(uvj, film(50, 50))["config.json"])["Properties"]["Bottom"]["Count"] == 0


def test_nothing_is_empty_and_all_keys_that_uv3dp_knows_are_there():
    """uv3dp takes a key that is missing for 0."""
    config = json.loads(members_of(uvj, golden_job())["config.json"])
    known = {"LightOnTime", "LightOffTime", "LightPWM", "LiftHeight", "LiftSpeed", "RetractHeight", "RetractSpeed"}
    numbers = [config["Properties"]["Exposure"], config["Properties"]["Bottom"]]
    for one in [*numbers, *(layer["Exposure"] for layer in config["Layers"])]:
        assert known <= one.keys()
        assert None not in one.values()


one_exposure = st.tuples(st.floats(0, 1e9, exclude_min=True), st.integers(1, 255))


@given(st.lists(st.tuples(st.integers(1, 10**9), one_exposure, motions), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_every_number_comes_back_however_fine(drawn):
    mask = mask_of(picture("ramp", PANEL), PANEL)
    job = job_of([(nm, [Exposure(mask, lit_s, k / 255)], motion) for nm, (lit_s, k), motion in drawn], PANEL)
    assert losses(job, uvj.FORMAT) == []
    assert said(uvj.read(packed(members_of(uvj, job))), CARRIED) == said(job, CARRIED)


def test_every_level_of_the_lamp_comes_back():
    mask = mask_of(picture("full", PANEL), PANEL)
    job = job_of([(50_000, [Exposure(mask, 6.0, k / 255)], LIFT) for k in range(1, 256)], PANEL)
    assert losses(job, uvj.FORMAT) == []
    assert said(uvj.read(packed(members_of(uvj, job))), CARRIED) == said(job, CARRIED)


def test_power_between_the_levels_is_a_loss_with_its_layers(tmp_path):
    mask = mask_of(picture("full", PANEL), PANEL)
    job = job_of([(50_000, [Exposure(mask, 6.0, power)], LIFT) for power in (1.0, 0.5, 0.001)], PANEL)
    with pytest.raises(LossyExport, match=r"power \(not a whole number of 255ths in layers 2-3\)"):
        write_job(job, tmp_path / "film.uvj")
    write_job(job, tmp_path / "film.uvj", allow={"power"})
    again = read_job(tmp_path / "film.uvj")
    assert [layer.exposures[0].power for layer in again.layers] == [1.0, 128 / 255, 1 / 255]


def test_a_layer_without_light_or_with_several_is_a_loss_that_can_be_allowed(tmp_path):
    one, two = (mask_of(picture(kind, PANEL), PANEL) for kind in ("full", "ramp"))
    shown = [[Exposure(one, 6.0)], [], [Exposure(two, 4.0), Exposure(one, 2.0)]]
    job = job_of([(50_000, exposures, LIFT) for exposures in shown], PANEL)
    with pytest.raises(LossyExport, match=r"exposures \(none or several in layers 2-3\)"):
        write_job(job, tmp_path / "film.uvj")
    write_job(job, tmp_path / "film.uvj", allow={"exposures"})
    again = read_job(tmp_path / "film.uvj")
    assert [[e.exposure_s for e in layer.exposures] for layer in again.layers] == [[6.0], [], [4.0]]


def test_an_empty_job_is_refused():
    with pytest.raises(FormatError, match="0 layers must be 1 to"):
        uvj.write(job_of([], PANEL), BytesIO())


def test_a_file_without_layers_is_read_by_its_bottom_count():
    def change(config):
        config["Layers"] = []
        config["Properties"]["Bottom"] |= {"Count": 2, "LightOnTime": 60}

    job = uvj.read(with_config(change))
    assert [layer.exposure_s for layer in job.layers] == [60.0, 60.0, 6.0, 6.0]
    assert [layer.motion for layer in job.layers] == [SLOW, SLOW, LIFT, LIFT]
    assert [layer.top_nm for layer in job.layers] == [50_000, 100_000, 150_000, 200_000]


def test_a_fade_without_layers_is_refused():
    def change(config):
        del config["Layers"]
        config["Properties"]["Bottom"]["Style"] = 1

    with pytest.raises(FormatError, match=r"config\.json: Properties\.Bottom\.Style=1 must be 0 without Layers"):
        uvj.read(with_config(change))


def test_a_layer_may_state_only_what_it_changes():
    """As in the published example: Z from 0, numbers with the noise of 32-bit floats, and keys left out."""

    def change(config):
        config["Layers"] = [{"Z": z, "Exposure": {"LightOnTime": s}} for z, s in zip(tops_mm, times_s, strict=True)]

    tops_mm, times_s = [0, 0.1, 0.20000001, 0.3], [25, 20, 3.1, 3.1]
    job = uvj.read(with_config(change))
    assert [layer.thickness_nm for layer in job.layers] == [50_000, 100_000, 100_000, 100_000]
    assert [layer.exposure_s for layer in job.layers] == times_s
    assert [layer.motion for layer in job.layers] == [SLOW, LIFT, LIFT, LIFT]


def test_other_programs_rests_and_second_stages_are_read_and_told():
    def change(config):
        for layer in config["Layers"]:
            layer["Exposure"] |= {"LightOffTime": 3, "LiftHeight": 2, "LiftHeight2": 4, "WaitTimeAfterCure": 0}

    job = uvj.read(with_config(change))
    assert {layer.motion.wait_after_exposure_s for layer in job.layers} == {3.0}
    assert {layer.motion.lift_mm for layer in job.layers} == {6.0}
    assert any("two stages" in note for note in job.provenance.notes)
    assert not any("two stages" in note for note in uvj.read(packed(members_of(uvj, golden_job()))).provenance.notes)


def put_at(path, value):
    """A change that puts `value` at a dotted path of the config; None takes the key away."""

    def change(config):
        *steps, last = path.split(".")
        for step in steps:
            config = config[int(step) if step.isdigit() else step]
        if value is None:
            del config[last]
        else:
            config[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "law"),
    [
        ("Properties", None, "config.json: Properties is missing; known: Layers"),
        ("Properties", [], "config.json: Properties=[…] must be an object"),
        ("Properties.Size.X", None, "Properties.Size.X is missing"),
        ("Properties.Size.X", 0, "Properties.Size.X=0 must be 1 to 100000"),
        ("Properties.Size.X", 6.5, "Properties.Size.X=6.5 must be a whole number"),
        ("Properties.Size.X", "6", "Properties.Size.X='6' must be a number"),
        ("Properties.Size.X", True, "Properties.Size.X=True must be a number"),
        ("Properties.Size.X", 7, "slice/00000000.png: PNG is 6 x 4 pixels, 7 x 4 expected"),
        ("Properties.Size.X", 100_000, "slice/00000000.png: PNG is 6 x 4 pixels"),
        ("Properties.Size.Millimeter.X", 0, "pitch_x_um=0.0 must"),
        ("Properties.Size.Millimeter", 5, "Properties.Size.Millimeter=5 must be an object"),
        ("Properties.Size.Layers", 0, "Properties.Size.Layers=0 must be 1 to 100000"),
        ("Properties.Size.Layers", 10**9, "Properties.Size.Layers=1000000000 must be 1 to 100000"),
        ("Properties.Size.Layers", 100_000, "must hold none or Size.Layers=100000"),
        ("Properties.Size.Layers", 3, "Layers holds 4 values, must be at most 3"),
        ("Properties.Bottom.Count", -1, "Properties.Bottom.Count=-1 must be 0 to"),
        ("Layers.1.Z", 0.02, "layer 1: thickness_nm=-5000 must be 1 to"),
        ("Layers.1.Z", -1, "Layers.1.Z=-1 must be 0 to"),
        ("Layers.2.Z", 1e7, "Layers.2.Z=10000000.0 must be 0 to"),
        ("Layers.1.Exposure", "long", "Layers.1.Exposure='long' must be an object"),
        ("Layers.1.Exposure.LightOnTime", -2, "Layers.1.Exposure.LightOnTime=-2 must be 0 to"),
        ("Layers.1.Exposure.LightPWM", 0, "Layers.1.Exposure.LightPWM=0 must be 1 to 255"),
        ("Layers.1.Exposure.LightPWM", 256, "Layers.1.Exposure.LightPWM=256 must be 1 to 255"),
        ("Layers.1.Exposure.LiftSpeed", 0, "lift_mm_s=0.0 must"),
        ("Layers.1.Exposure.LiftHeight", 1e12, "lift_mm=1000000000000.0 must"),
        ("Layers.1.Exposure.WaitTimeAfterCure", "soon", "WaitTimeAfterCure='soon' must be a number"),
    ],
)
def test_a_wrong_config_is_told_by_path_value_and_law(path, value, law):
    with pytest.raises(FormatError) as fault:
        said(uvj.read(with_config(put_at(path, value))))
    assert law in str(fault.value)
    assert "\n" not in str(fault.value)


def test_layers_that_are_declared_and_not_there_are_missing():
    def change(config):
        config["Layers"], config["Properties"]["Size"]["Layers"] = [], 100_000

    with pytest.raises(FormatError, match=r"slice/\d{8}\.png is missing"):
        uvj.read(with_config(change))


@pytest.mark.parametrize(
    ("old", "new", "law"),
    [
        (b'"X": 6,', b'"X": 6, "X": 7,', "config.json: key 'X' is there twice"),
        (b'"LightOnTime": 12.5', b'"LightOnTime": NaN', "NaN is no number"),
        (b'"LightOnTime": 12.5', b'"LightOnTime": 1e999', "must be 0 to 1e+300"),
        (b'"LightOnTime": 12.5', b'"LightOnTime": 1e999999', "is too long a number"),
        (b'"LightOnTime": 12.5', b'"LightOnTime": ' + b"9" * 5000, "is too long a number"),
        (b'"LightOnTime": 12.5', b'"LightOnTime": null', "LightOnTime is null"),
        (b'"Layers": [', b'"Layers": ' + b"[" * 100_000, "config.json: "),
        (b'"Layers": [', b'"\xff": [', "config.json: not UTF-8 at offset"),
        (b'"Layers": [', b'"more": [' + b"[]," * 4_000_001 + b'[]], "Layers": [', "must not hold more than 4000000"),
    ],
    ids=range(9),
)
def test_json_that_says_two_things_or_too_much_is_refused(old, new, law):
    members = members_of(uvj, golden_job())
    before, found, after = members["config.json"].rpartition(old)
    assert found
    members["config.json"] = before + new + after
    with pytest.raises(FormatError) as fault:
        uvj.read(packed(members))
    assert law in str(fault.value)
    assert len(str(fault.value)) < 300


def test_config_json_alone_is_of_another_format():
    assert not uvj.FORMAT.recognises(packed({"config.json": b"{}"}))


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_mutated_config_never_raises_anything_else(count):
    rng, members = random.Random(3), members_of(uvj, golden_job())
    for _ in range(count):
        text = bytearray(members["config.json"])
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(text))
            new = rng.choices(b'0123456789-.e"{}[],: \\u\xff', k=rng.randrange(3))
            text[at : at + rng.randrange(3)] = bytes(new)
        try:
            said(uvj.read(packed(members | {"config.json": bytes(text)})), CARRIED)
        except FormatError as fault:
            assert "\n" not in str(fault)  # noqa: PT017


plain_values = st.none() | st.booleans() | st.integers(-(10**90), 10**90) | st.text()
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9)
objects = st.recursive(
    plain_values | decimals,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(objects)
def test_json_that_is_written_is_read_as_it_was(value):
    assert parsed("x.json", written(value).decode()) == value


class TestTables:
    """The getters that readers of JSON share."""

    table = fields("a.json", '{"n": 1.50, "k": 2.0, "t": "x", "f": false, "o": {"in": [1, 2.5]}, "a": [{"z": 9}, {}]}')

    def test_values_come_as_what_they_are(self):
        assert self.table.number("n", 0, 2) == Decimal("1.5")
        assert self.table.number("none", 0, 2, 0.1) == Decimal("0.1")
        assert self.table.number("n", 1.5, 1.5) == Decimal("1.5")
        assert self.table.whole("k", 0, 2) == 2
        assert self.table.text("t") == "x"
        assert self.table.flag("f") is False
        assert self.table.table("o").numbers("in", 0, 3, 2) == [1, Decimal("2.5")]
        assert [("z" in one) for one in self.table.tables("a", 2)] == [True, False]
        assert self.table.tables("a", 2)[1].over(self.table.tables("a", 2)[0]).whole("z", 0, 9) == 9
        assert list(self.table) == ["n", "k", "t", "f", "o", "a"]

    @pytest.mark.parametrize(
        ("get", "law"),
        [
            (lambda t: t.number("m", 0, 2), "a.json: m is missing; "),
            (lambda t: t.number("n", 0, 1.4), "a.json: n=1.50 must be 0 to 1.4"),
            (lambda t: t.number("t", 0, 1), "a.json: t='x' must be a number"),
            (lambda t: t.whole("n", 0, 2), "a.json: n=1.50 must be a whole number"),
            (lambda t: t.text("k"), "a.json: k=2.0 must be a text"),
            (lambda t: t.text("t", most=0), "must be a text of at most 0 characters"),
            (lambda t: t.flag("n"), "a.json: n=1.50 must be true or false"),
            (lambda t: t.table("a"), "a.json: a=[…] must be an object"),
            (lambda t: t.tables("o", 9), "a.json: o={…} must be an array"),
            (lambda t: t.tables("a", 1), "a.json: a holds 2 values, must be at most 1"),
            (lambda t: t.tables("a", 2)[1].whole("z", 0, 9), "a.json: a.1.z is missing"),
            (lambda t: t.table("o").numbers("in", 0, 2, 9), "a.json: o.in.1=2.5 must be 0 to 2"),
        ],
    )
    def test_what_is_not_as_it_must_be_is_named_with_its_path(self, get, law):
        with pytest.raises(FormatError) as fault:
            get(self.table)
        assert law in str(fault.value)

    def test_the_whole_text_may_be_an_array(self):
        assert [one.whole("z", 0, 9) for one in rows("b.json", '[{"z": 1}, {"z": 2}]', 2)] == [1, 2]
        with pytest.raises(FormatError, match=r"b\.json: 1={…}|b\.json: 1=5 must be an object"):
            rows("b.json", "[{}, 5]", 2)
        with pytest.raises(FormatError, match=r"b\.json: it={…} must be an array"):
            rows("b.json", "{}", 2)
