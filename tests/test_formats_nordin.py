"""Nordin print files: written by the published rules, printed as the group's controller would, read as others write them."""

from __future__ import annotations

import json
import random
import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from formats_jobs import LIFT, film, job_of, jobs, mask_of, picture, printer_for, provenances, said
from formats_zips import members_of, packed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from PIL import Image

from voxelyte import png
from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import CARRIED, losses, nordin, read_job, write_job
from voxelyte.formats._nordin_design import PITCHES_UM
from voxelyte.job import Exposure, Provenance
from voxelyte.printer import Panel

HERE = Path(__file__).parent
GOLDEN = HERE / "goldens" / "film.nordin.zip"
RULES = Draft202012Validator(json.loads((HERE / "nordin_schema.json").read_text(encoding="utf-8")))
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=7.6, pitch_y_um=7.6, mirror_x=True)
CARRIES = nordin.FORMAT.carries
SETTINGS = "print_settings.json"
thoroughly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def document_of(job):
    return json.loads(members_of(nordin, job)[SETTINGS])


def golden_job():
    """A base exposed for 25 s, a layer with two exposures, one of them dim, and a dark layer."""
    base, pillar = np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    full, part = mask_of(base, PANEL), mask_of(pillar, PANEL)
    slow = LIFT.model_copy(update={"lift_mm_s": 0.25, "wait_after_exposure_s": 1.5})
    rows = [
        (25_000, [Exposure(full, 25.0)], slow),
        (50_000, [Exposure(full, 0.4), Exposure(part, 6.0005, 0.125)], LIFT),
        (50_000, [], LIFT),
    ]
    printer = printer_for(PANEL, "HR5").model_copy(update={"wavelength_nm": 365.0})
    origin = Provenance("pitch = '${x}'", {"gap_um": 62.5}, "voxelyte 0.1.0", ("a remark",))
    return job_of(rows, PANEL, printer=printer, provenance=origin)


def test_the_golden_archive_reads_as_its_job():
    assert said(read_job(GOLDEN), CARRIES) == said(golden_job(), CARRIES)


def test_the_golden_job_is_written_as_its_archive():
    members = members_of(nordin, golden_job())
    assert sorted(members) == sorted(f.relative_to(GOLDEN).as_posix() for f in GOLDEN.rglob("*.*"))
    for name, data in members.items():
        golden = (GOLDEN / name).read_bytes()
        if name.endswith(".png"):  # another igzip may compress otherwise
            assert np.array_equal(png.decode(data), png.decode(golden))
        else:
            assert data.decode() == golden.decode()


# What is written, against the published rules, Pillow, and the order in which the group's controller works


@st.composite
def any_jobs(draw):
    """Jobs that vary in all that is carried, with powers of the format's scale, wavelengths, dark layers, remarks."""
    job = draw(jobs(CARRIES, most_layers=6, fine=draw(st.booleans())))
    scale = st.integers(1, 1000).map(lambda setting: setting / 1000)

    def exposed(layer):
        dimmed = tuple(replace(one, power=draw(scale)) for one in layer.exposures)
        return replace(layer, exposures=draw(st.sampled_from([dimmed, ()])))

    printer = job.printer.model_copy(update={"wavelength_nm": draw(st.none() | st.integers(1, 2000).map(float))})
    layers = tuple(exposed(layer) for layer in job.layers)
    return replace(job, layers=layers, printer=printer, provenance=draw(provenances))


@thoroughly
@given(any_jobs())
def test_round_trip_is_identity(job):
    if all(layer.motion.lift_mm for layer in job.layers):
        assert losses(job, nordin.FORMAT) == []
        assert said(nordin.read(packed(members_of(nordin, job))), CARRIES) == said(job, CARRIES)


@thoroughly
@given(any_jobs())
def test_every_file_obeys_the_published_rules(job):
    """Also with losses allowed. No text holds `${`, which the group's program would take for a variable."""
    members = members_of(nordin, job)
    document = json.loads(members[SETTINGS])
    RULES.validate(document)
    assert b"${" not in members[SETTINGS]
    shown = [image["Image file"] for layer in document["Layers"] for image in layer["Image settings list"]]
    for name in {*shown, document["Default layer settings"]["Image settings"]["Image file"]}:
        with Image.open(BytesIO(members[f"slices/{name}"])) as opened:
            assert (opened.format, opened.mode, opened.size) == ("PNG", "L", (job.panel.width_px, job.panel.height_px))
            opened.verify()
    assert {name for name in members if name != SETTINGS} == {f"slices/{name}" for name in shown}


def controlled(members):
    """What the group's controller does with a file, as its layer_worker and move_build_platform do it.

    The stage stays where it is before the first layer. At the end it is lifted by the default settings.
    """
    document = json.loads(members[SETTINGS])
    default = document["Default layer settings"]
    for index, layer in enumerate(document["Layers"]):
        if index:
            position = default["Position settings"] | layer["Position settings"]
            yield "rest", position["Initial wait (ms)"]
            yield "up", position["Distance up (mm)"], position["BP up speed (mm/sec)"]
            yield "rest", position["Up wait (ms)"]
            yield "down", position["Layer thickness (um)"], position["BP down speed (mm/sec)"]
            yield "rest", position["Final wait (ms)"]
        for image in (default["Image settings"] | one for one in layer["Image settings list"]):
            yield "rest", image["Wait before exposure (ms)"]
            name, power = image["Image file"], image["Light engine power setting"]
            yield "light", members[f"slices/{name}"], power, image["Layer exposure time (ms)"]
            yield "rest", image["Wait after exposure (ms)"]
    position = default["Position settings"]
    yield "up", position["Distance up (mm)"], position["BP up speed (mm/sec)"]


def wanted(job):
    """What a job asks for, in the same words."""
    for layer in job.layers:
        yield "rest", layer.motion.wait_before_exposure_s * 1000
        for one in layer.exposures:
            yield "light", png.encode(one.mask.pixels()), round(one.power * 1000), one.exposure_s * 1000
        yield "rest", layer.motion.wait_after_exposure_s * 1000
        yield "up", layer.motion.lift_mm, layer.motion.lift_mm_s
        if layer is not job.layers[-1]:
            yield "down", job.layers[layer.index + 1].thickness_um, layer.motion.retract_mm_s


def summed(events):
    """The events without those of no length; equal neighbours that only last longer are one."""
    found = []
    for *what, size in events:
        if not size or (what[0] == "light" and not what[2]):
            continue
        if found and found[-1][:-1] == what and what[0] in ("rest", "light"):
            found[-1][-1] += size
        else:
            found.append([*what, size])
    return [(*what, pytest.approx(size, rel=1e-12)) for *what, size in found]


@thoroughly
@given(any_jobs())
def test_the_controller_does_what_the_job_says(job):
    if all(layer.motion.lift_mm for layer in job.layers):
        assert summed(controlled(members_of(nordin, job))) == summed(wanted(job))


def test_the_defaults_light_nothing():
    default = document_of(golden_job())["Default layer settings"]["Image settings"]
    assert (default["Layer exposure time (ms)"], default["Light engine power setting"]) == (0, 0)
    assert not any(default[key] for key in default if key.startswith(("Mirror", "Do ", "Relative")))


def test_an_exposure_above_10_s_goes_on_without_rest():
    images = document_of(golden_job())["Layers"][0]["Image settings list"]
    assert [image["Layer exposure time (ms)"] for image in images] == [10_000, 10_000, 5_000]
    assert [image.get("Comment") for image in images] == [None, "continued", "continued"]
    assert [image["Wait after exposure (ms)"] for image in images] == [0, 0, 1500]


def test_equal_exposures_one_after_the_other_stay_apart():
    mask = mask_of(picture("full", PANEL), PANEL)
    job = job_of([(50_000, [Exposure(mask, 10.0), Exposure(mask, 10.0), Exposure(mask, 3.0)], LIFT)], PANEL)
    assert said(nordin.read(packed(members_of(nordin, job)))) == said(job)


@pytest.mark.parametrize(
    ("change", "loss"),
    [
        ({"power": 0.5005}, r"power \(not a whole 1/1000 of full in layer 2\)"),
        ({"power": 1e-9}, r"power \(not a whole 1/1000 of full in layer 2\)"),
        ({"exposure_s": 1000.5}, r"exposure \(more than 1000 s in layer 2\)"),
        ({"lift_mm": 0.0}, r"motion \(no lift in layer 2\)"),
        ({"wavelength_nm": 384.5}, r"wavelength \(384\.5 nm is not a whole number in layers 1-3\)"),
    ],
)
def test_a_loss_is_told_and_what_is_then_written_obeys_the_rules(change, loss, tmp_path):
    job = film(50, 50, 50)
    layer, key = job.layers[1], next(iter(change))
    if key == "lift_mm":
        layer = replace(layer, motion=layer.motion.model_copy(update=change))
    elif key == "wavelength_nm":
        job = replace(job, printer=job.printer.model_copy(update=change))
    else:
        layer = replace(layer, exposures=(replace(layer.exposures[0], **change),))
    job = replace(job, layers=(job.layers[0], layer, job.layers[2]))
    with pytest.raises(LossyExport, match=f"nordin cannot carry: {loss}$"):
        write_job(job, tmp_path / "film.nordin.zip")
    write_job(job, tmp_path / "film.nordin.zip", allow=CARRIED)
    RULES.validate(document_of(job))
    assert len(read_job(tmp_path / "film.nordin.zip").layers) == 3


def test_a_job_without_layers_is_refused():
    with pytest.raises(FormatError, match="0 layers must be 1 to"):
        nordin.write(replace(film(50), layers=()), BytesIO())


def test_a_wavelength_that_nobody_stated_is_none_that_a_light_engine_has():
    assert document_of(film(50))["Default layer settings"]["Image settings"]["Light engine wavelength (nm)"] == 0
    assert nordin.read(packed(members_of(nordin, film(50)))).printer.wavelength_nm is None


# Files of others

POSITION = {
    "Layer thickness (um)": 10.0,
    "Distance up (mm)": 1.0,
    "Initial wait (ms)": 0.0,
    "BP up speed (mm/sec)": 25.0,
    "BP up acceleration (mm/sec^2)": 20.0,
    "Up wait (ms)": 0.0,
    "BP down speed (mm/sec)": 20.0,
    "BP down acceleration (mm/sec^2)": 20.0,
    "Final wait (ms)": 0.0,
}
IMAGE = {
    "Image file": "a.png",
    "Layer exposure time (ms)": 450.0,
    "Light engine": "visitech",
    "Light engine power setting": 100,
    "Light engine wavelength (nm)": 365,
    "Relative focus position (um)": 0.0,
    "Wait before exposure (ms)": 0.0,
    "Wait after exposure (ms)": 0.0,
}
A, B = np.full((4, 6), 200, np.uint8), np.full((4, 6), 90, np.uint8)


def document(*layers, position=None, image=None, times=1, **parts):
    """A file as others write it; keywords of parts have `_` for a space."""
    default = {
        "Number of duplications": times,
        "Position settings": POSITION | (position or {}),
        "Image settings": IMAGE | (image or {}),
    }
    said = {
        "Header": {"Schema version": "5.0.0", "Image directory": "slices"},
        "Design": {"3D printer": "HR5"},
        "Default layer settings": default,
        "Layers": list(layers),
    }
    return said | {key.replace("_", " "): value for key, value in parts.items()}


def file_of(said):
    text = said if isinstance(said, str) else json.dumps(said)
    return packed({SETTINGS: text, "slices/a.png": png.encode(A), "slices/b.png": png.encode(B)})


def read(*layers, **parts):
    return nordin.read(file_of(document(*layers, **parts)))


def times_s(job):
    return [[one.exposure_s for one in layer.exposures] for layer in job.layers]


def test_a_file_of_pymfcad_is_read():
    """Laid out as pymfcad 0.5.0 writes it: defaults, named burn-in exposures, one layer for many."""
    burn_in = {f"film_burnin{k}": {"Layer exposure time (ms)": ms} for k, ms in enumerate((10000.0, 5000.0))}
    calls = [{"Image settings list": [{"Using named image settings": name, "Image file": "a.png"}]} for name in burn_in]
    rest = {"Number of duplications": 9, "Image settings list": [{"Image file": "b.png"}]}
    design = {"User": "me", "Resin": "NPS", "3D printer": "MR1v1", "Slicer": "PyMFCAD v0.5.0", "Description": ""}
    acceleration = {f"BP {way} acceleration (mm/sec^2)": 50.0 for way in ("up", "down")}
    job = read(
        *calls,
        rest,
        Design=design,
        position=acceleration,
        image={"Do grayscale correction": True},
        Named_image_settings=burn_in,
        Variables={},
        Special_print_techniques={},
    )
    assert times_s(job) == [[10.0], [5.0], *[[0.45]] * 9]
    assert job.height_nm == 110_000
    assert {one.power for layer in job.layers for one in layer.exposures} == {0.1}
    assert (job.panel.pitch_x_um, job.printer.wavelength_nm, job.printer.name) == (15.2, 365, "MR1v1")
    assert (job.resin.name, job.provenance.software, job.name) == ("NPS", "PyMFCAD v0.5.0", "")
    assert np.array_equal(job.layers[5].exposures[0].mask.pixels(), B)
    assert len(list(job.masks())) == 2
    notes = "\n".join(job.provenance.notes)
    assert "User: me" in notes
    assert "acceleration is not held" in notes
    assert "correction of its own irradiance" in notes
    assert "15.2 µm is that of MR1v1 with visitech" in notes


def test_motion_is_of_the_layer_before():
    slow = {"BP up speed (mm/sec)": 1, "Initial wait (ms)": 10, "Up wait (ms)": 20, "Final wait (ms)": 30}
    waits = {"Wait before exposure (ms)": 1, "Wait after exposure (ms)": 2}
    job = read({"Position settings": {"Layer thickness (um)": 3.3}}, {"Position settings": slow}, image=waits)
    assert [layer.thickness_nm for layer in job.layers] == [3300, 10_000]
    assert [layer.motion.lift_mm_s for layer in job.layers] == [1.0, 25.0]
    assert [layer.motion.wait_before_exposure_s for layer in job.layers] == [0.001, 0.051]
    assert [layer.motion.wait_after_exposure_s for layer in job.layers] == [0.012, 0.002]
    assert any("Up wait" in note for note in job.provenance.notes)


def test_an_empty_layer_shows_the_default_picture_as_often_as_the_default_says():
    assert times_s(read({}, {"Image settings list": []}, {"Number of duplications": 1}, times=3)) == [[0.45]] * 7


NAMED = {
    "Named image settings": {
        "long": {"Layer exposure time (ms)": 900, "Light engine power setting": 500},
        "longer": {"Using named image settings": "long", "Layer exposure time (ms)": 1800},
        "same": {"Light engine power setting": 500, "Layer exposure time (ms)": 900},
        "bright": {"Light engine power setting": 1000},
        "Comment": "of a person",
    }
}


def named(layer):
    return [(one.exposure_s, one.power) for one in read(layer, **NAMED).layers[0].exposures]


def test_what_overrides_what():
    one = {"Using named image settings": "longer", "Light engine power setting": 7}
    assert named({"Image settings list": [one, {}]}) == [(1.8, 0.007), (0.45, 0.1)]
    assert named({"Using named default image settings": "longer"}) == [(1.8, 0.5)]
    of_layer = {"Using named default image settings": "long", "Image settings list": [{"Layer exposure time (ms)": 1}]}
    assert named(of_layer) == [(0.001, 0.5)]


def test_settings_that_the_published_programs_read_differently_are_refused():
    """The specification adds up what a layer and an exposure name; its validator takes only the exposure's."""
    both = {
        "Using named default image settings": "long",
        "Image settings list": [{"Using named image settings": "same"}],
    }
    assert named(both) == [(0.9, 0.5)]
    both["Image settings list"] = [{"Using named image settings": "bright"}]
    with pytest.raises(FormatError, match=r"Using named image settings=.bright. together with its layer's"):
        named(both)


def test_a_position_may_start_from_a_named_one():
    settings = {
        "fast": {"BP up speed (mm/sec)": 40},
        "low": {"Using named position settings": "fast", "Distance up (mm)": 2},
    }
    own = {"Using named position settings": "low", "BP down speed (mm/sec)": 3}
    motion = read({}, {"Position settings": own}, Named_position_settings=settings).layers[0].motion
    assert (motion.lift_mm, motion.lift_mm_s, motion.retract_mm_s) == (2, 40, 3)


def test_a_group_of_layers_is_called_with_its_own_variables():
    groups = {
        "pair": [
            {"Image settings list": [{"Layer exposure time (ms)": "${ms}"}]},
            {"Number of duplications": 2, "Image settings list": [{"Image file": "${name}.png"}]},
        ]
    }
    groups["idle"], groups["Comment"] = [{}], "x"
    calls = [
        {"Using named layer group": "pair", "Number of duplications": 2},
        {"Using named layer group": "pair", "Variables": {"ms": 7, "name": "b", "Comment": "x"}},
    ]
    job = read(*calls, Named_layer_groups=groups, Variables={"ms": 30, "name": "a", "Comment": "y"})
    assert times_s(job) == [[0.03], [0.45], [0.45]] * 2 + [[0.007], [0.45], [0.45]]
    assert [layer.exposures[0].mask.pixels()[0, 0] for layer in job.layers] == [200] * 7 + [90] * 2


@pytest.mark.parametrize(
    ("expression", "ms"),
    [
        ("base", 500),
        (" base ", 500),
        ("base * 2", 1000),
        ("(base + 7) / 2 - -1.5", 255),
        ("-(-base)", 500),
        ("2.5e2", 250),
        ("third / 3 * 3", 0.1),
        ("base - 2 * 3 - 4", 490),
        ("base / 5 / 5", 20),
    ],
)
def test_expressions_are_numbers(expression, ms):
    image = {"Layer exposure time (ms)": f"${{{expression}}}"}
    assert times_s(read({}, image=image, Variables={"base": 500, "third": 0.1})) == [[ms / 1000]]


@pytest.mark.parametrize(
    "expression",
    [
        "bse", "base ** 2", "base // 2", "base %  2", "base if 1 else 2", "base.real", "().__class__", "'a'", "base(2)", "[base]",
        "1 / 0", "1 / (base - 500)", "text + 1", "flag + 1", "base base", "1 2", "base +", "(base", "base)", "*", "+", "nested", "1.2.3",
        "9e99 * 9e99", "base;base", "lambda: 1", "__import__", "_" * 101, "0x10", "1_0", "۱",
        "*".join(["big"] * 25),
    ],
)  # fmt: skip
def test_what_is_no_plain_sum_is_refused_by_name(expression):
    """Nothing in the braces is ever run."""
    known = {"base": 500, "text": "b", "flag": True, "nested": "${base}", "big": 10**99}
    with pytest.raises(FormatError, match=r"print_settings\.json: .*Layer exposure time|\$\{") as fault:
        read({}, image={"Layer exposure time (ms)": f"${{{expression}}}"}, Variables=known)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("text", "filled"),
    [("${name}", "b"), ("${n - 1}${name}", "1b"), ("${name}${n}.${name}", "b2.b"), ("$name", "$name"), ("${}", "${}")],
)
def test_variables_within_texts(text, filled):
    said = document({"Image settings list": [{"Image file": f"{text}.png"}]}, Variables={"name": "b", "n": 2})
    members = {SETTINGS: json.dumps(said), f"slices/{filled}.png": png.encode(B)}
    assert np.array_equal(nordin.read(packed(members)).layers[0].exposures[0].mask.pixels(), B)


@pytest.mark.parametrize("text", ["${0.5}x", "${n / 2}x", "${flag}x", "${name * 2}x", "${long}${long}"])
def test_texts_of_no_certain_spelling_are_refused(text):
    said = document({}, image={"Image file": text}, Variables={"n": 2, "flag": True, "name": "b", "long": "x" * 600})
    with pytest.raises(FormatError, match=r"\$\{"):
        nordin.read(file_of(said))


def test_a_comment_is_never_looked_into():
    job = read(
        {"Comment": "${what}", "Image settings list": [{"Comment": "${is}"}]},
        Design={"Comment": "{not JSON", "3D printer": "HR5"},
    )
    assert "Comment: {not JSON" in job.provenance.notes


FILM = {"Print on film": {"Enable print on film": True}}
TWICE = {"0 um layer": {"Enable 0 um layer": True, "Number of duplications": 2}}
SQUEEZE = {"Squeeze out resin": {"Enable squeeze": True}}
VACUUM = {"Print under vacuum": {"Enable vacuum": True}}


@pytest.mark.parametrize(
    ("layer", "law"),
    [
        ({"Image settings list": [{"Image x offset (um)": 2500}]}, "list.0.Image x offset (um)=2500 must be 0"),
        ({"Image settings list": [{}, {"Image y offset (um)": -1}]}, "list.1.Image y offset (um)=-1 must be 0"),
        ({"Image settings list": [{"Relative focus position (um)": 100}]}, "Relative focus position (um)=100 must be 0"),
        ({"Image settings list": [{"Mirror image long axis": True}]}, "Mirror image long axis=True must be false"),
        ({"Image settings list": [{"Mirror image short axis": True}]}, "Mirror image short axis=True must be false"),
        ({"Image settings list": [{"Special image techniques": FILM}]}, "'Print on film', which a job cannot hold"),
        ({"Image settings list": [{"Special image techniques": TWICE}]}, "'0 um layer', which a job cannot hold"),
        ({"Position settings": {"Special layer techniques": SQUEEZE}}, "'Squeeze out resin', which a job cannot hold"),
        ({"Position settings": {"Layer thickness (um)": 0}}, "Layer thickness (um)=0 must be greater than 0"),
        ({"Image settings list": [{}, {"Wait before exposure (ms)": 9}]}, "makes 9 ms between two exposures"),
        ({"Image settings list": [{"Wait after exposure (ms)": 9}, {}]}, "makes 9 ms between two exposures"),
        ({"Image settings list": [{}, {"Light engine power setting": 0}, {}]}, "450 ms between two exposures"),
        ({"Image settings list": [{}, {"Light engine": "wintech"}]}, "visitech at 365 nm and wintech at 365 nm"),
        ({"Image settings list": [{}, {"Light engine wavelength (nm)": 405}]}, "visitech at 365 nm and visitech at 405"),
    ],
)  # fmt: skip
def test_what_a_job_cannot_hold_is_refused_by_name(layer, law):
    said = document({}, layer)
    RULES.validate(said)
    with pytest.raises(FormatError) as fault:
        nordin.read(file_of(said))
    assert law in str(fault.value)


def test_techniques_that_are_off_change_nothing():
    off = json.loads(json.dumps([FILM, TWICE, SQUEEZE, VACUUM]).replace("true", "false"))
    image = {"Special image techniques": off[0] | off[1], "Mirror image long axis": False, "Image x offset (um)": 0}
    position = {"Special layer techniques": off[2]}
    said = document({}, position=position, image=image, Special_print_techniques=off[3] | {"Comment": "none"})
    RULES.validate(said)
    assert times_s(nordin.read(file_of(said))) == [[0.45]]
    said["Special print techniques"] = VACUUM
    with pytest.raises(FormatError, match="'Print under vacuum', which a job cannot hold"):
        nordin.read(file_of(said))


CIRCLE = {"a": {"Using named image settings": "b"}, "b": {"Using named image settings": "a"}}


@pytest.mark.parametrize(
    ("said", "law"),
    [
        (document({"Using named layer group": "pair"}), "no layer group 'pair'"),
        (document({"Using named layer group": "Comment"}, Named_layer_groups={"Comment": "x"}), "no layer group"),
        (document({"Position settings": {"Using named position settings": "x"}}), "no settings 'x'"),
        (document({"Using named default image settings": "x"}), "no settings 'x'"),
        (document({"Image settings list": [{"Using named image settings": "lon"}]}, **NAMED), "did you mean 'long'"),
        (document({}, Named_image_settings=CIRCLE), ": starts from itself"),
        (document({}, image={"Using named image settings": "long"}, **NAMED), "is not followed in default settings"),
        (document({}, Header={"Schema version": "4.0.0", "Image directory": "."}), "must be 5.x.x"),
        (document(), "0 layers must be 1 to"),
        (document({}, image={"Image file": "c.png"}), "slices/c.png is missing"),
        (document({}, image={"Image file": "../../etc/passwd"}), "../etc/passwd is missing"),
        (document({"Number of duplications": 10**6}), "Number of duplications=1000000 must be 1 to 100000"),
        (document(*[{"Number of duplications": 100_000}] * 2), "must not make more than 100000 layers"),
        (document({"Number of duplications": 50_000, "Image settings list": [{}] * 9}), "300000 exposures"),
        (
            document(*[{"Using named layer group": "g", "Number of duplications": 10**5}] * 9, Named_layer_groups={"g": [{}] * 9}),
            "makes more than 300000 layers and exposures",
        ),
        (document({}, Design={"3D printer": "HR9"}), "the pixel pitch is not in the file, and 'HR9' with 'visitech' is not known"),
        (document({}, Design={"Comment": '{"pitch_x_um": 7.6}'}), "pitch_y_um is missing"),
        (document({}, Design={"Comment": '{"pitch_x_um": "7.6", "pitch_y_um": -1}'}), "pitch_x_um='7.6' must be"),
        (document({}, Design={"Comment": '{"voxelyte": 1, "pitch_x_um": 7, "pitch_y_um": 7}'}), "name must be a text"),
        ("[" * 100_000, "print_settings.json: "),
        ("[]", "must be an object"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_by_its_law(said, law):
    with pytest.raises(FormatError) as fault:
        nordin.read(file_of(said))
    assert law in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_person_may_write_the_pitch():
    """The very line that the error asks for."""
    job = read({}, Design={"Comment": '{"pitch_x_um": 5, "pitch_y_um": 7.6, "mirror_y": true}'})
    assert (job.panel.pitch_x_um, job.panel.pitch_y_um, job.panel.mirror_x, job.panel.mirror_y) == (5, 7.6, False, True)
    assert all(pitch_um > 0 for pitch_um in PITCHES_UM.values())


def test_pictures_lie_where_the_header_says():
    for directory, name in [(".", "a.png"), ("x/y/", "x/y/a.png"), ("./x", "x/a.png")]:
        said = document({}, Header={"Schema version": "5.1.2", "Image directory": directory})
        assert len(nordin.read(packed({SETTINGS: json.dumps(said), name: png.encode(A)})).layers) == 1


def test_pictures_of_unequal_size_are_refused():
    members = {"slices/a.png": png.encode(A), "slices/b.png": png.encode(B[:2])}
    said = document({}, {"Image settings list": [{"Image file": "b.png"}]})
    with pytest.raises(FormatError, match=r"b\.png: PNG is 6 x 2 pixels, 6 x 4 expected"):
        nordin.read(packed(members | {SETTINGS: json.dumps(said)})).layers[1].exposures[0].mask.pixels()


# Wrong files: what the rules refuse, the reader refuses


def every(value, path=()):
    """Paths of all values in a document."""
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in steps:
        yield from every(one, (*path, key))


def whole_document():
    """A valid file in which every object of the rules stands once, and counts."""
    image = {"Special image techniques": json.loads(json.dumps(FILM | TWICE).replace("true", "false"))}
    position = {"Special layer techniques": {"Squeeze out resin": {"Enable squeeze": False, "Squeeze count": 1}}}
    layer = {
        "Comment": "x",
        "Position settings": {"Using named position settings": "p"} | position,
        "Image settings list": [image],
    }
    vacuum = {"Enable vacuum": False, "Target vacuum level (Torr)": 10}
    return document(
        layer | {"Using named default image settings": "i"},
        {"Using named layer group": "g", "Number of duplications": 2, "Variables": {"ms": 3.5}},
        Variables={"ms": 30, "flag": True, "Comment": "c"},
        Named_position_settings={"p": {"Distance up (mm)": 2}},
        Named_image_settings={"i": {"Do grayscale correction": False, "Image x offset (um)": 0}},
        Named_layer_groups={
            "g": [{"Number of duplications": 1, "Image settings list": [{"Layer exposure time (ms)": 20}]}]
        },
        Special_print_techniques={"Print under vacuum": vacuum},
    )


VALUES = [None, True, "", "x", -1, 0, 0.5, 10_001, 1e300, [], {}, [[]], {"x": 1}, [{"Image settings list": 3}]]


def changed(said, path, value):
    """The document with another value at `path`; without it where the value is Ellipsis."""
    if not path:
        return value if value is not ... else {}
    place = said
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return said


def refused(said):
    try:
        nordin.read(file_of(said))
    except FormatError as fault:
        assert "\n" not in str(fault)  # noqa: PT017
        return True
    return False


def test_the_whole_document_is_read_and_obeys_the_rules():
    RULES.validate(whole_document())
    assert times_s(read_whole := nordin.read(file_of(whole_document()))) == [[0.45], [0.02], [0.02]]
    assert len(read_whole.layers) == 3


def test_what_the_rules_refuse_the_reader_refuses():
    """Every value of a whole document in turn: taken away, and changed into something else."""
    paths, wrong = list(every(whole_document())), 0
    rng = random.Random(5)
    for path in paths:
        for value in [..., *rng.sample(VALUES, 5)]:
            said = changed(whole_document(), path, value)
            if not RULES.is_valid(said):
                wrong += 1
                assert refused(said), (path, value)
    assert wrong > 300


def test_a_key_that_the_rules_do_not_know_is_refused_wherever_it_stands():
    objects = [path for path in every(whole_document()) if not path or isinstance(path[-1], (int, str))]
    for path in objects:
        said = whole_document()
        place = said
        for step in path:
            place = place[step]
        if isinstance(place, dict):
            place["Layer exposure times (ms)"] = 1
            if not RULES.is_valid(said):
                assert refused(said), path


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutated_settings_never_raise_anything_else(count):
    rng, whole = random.Random(7), json.dumps(whole_document() | NAMED)
    letters = ['"', "{", "}", "[", "]", ",", ":", "-", "9", "e", "${ms*", "}", "null", "true", "\\u0000", "\n"]
    for _ in range(count):
        text = list(whole)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(text))
            text[at : at + rng.randrange(9)] = rng.choices(letters, k=rng.randrange(3))
        try:
            said_again = said(nordin.read(file_of("".join(text))), CARRIES)
        except FormatError as fault:
            assert "\n" not in str(fault)  # noqa: PT017
        else:
            assert said_again["size_px"] == (6, 4)


def test_reading_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read({}, image={"Layer exposure time (ms)": "${ms}"}, Variables={"ms": 3})
