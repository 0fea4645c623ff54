"""GOO and PRZ: every byte by a second reader that shares no code with ours, the laws of the header, and every refusal.

The goldens are written anew by `python tests/test_formats_goo.py`.
"""

from __future__ import annotations

import random
import struct
from dataclasses import replace
from io import BytesIO
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from formats_jobs import LIFT, film, job_of, jobs, mask_of, picture, printer_for, said
from hypothesis import given, settings
from hypothesis import strategies as st
from test_formats_rle import goo_runs, looped

from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import losses, read_job, write_job
from voxelyte.formats.goo import FORMAT as GOO
from voxelyte.formats.prz import FORMAT as PRZ
from voxelyte.job import Exposure
from voxelyte.printer import Motion, Panel

GOLDENS = Path(__file__).parent / "goldens"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0, mirror_x=True)
SIDES_PX = 116, 290
both = pytest.mark.parametrize("fmt", [GOO, PRZ], ids=["goo", "prz"])


def fields(text):
    return [tuple(line.split()) for line in text.strip().splitlines()]


# The header as the published spec lists it, in order; d is a distance in mm, v a speed in mm/min.
HEADER = fields("""
magic 12s
software 32s
version 24s
created 24s
printer 32s
type 32s
profile 32s
antialiasing H
grey H
blur H
small 26912s
break1 2s
big 168200s
break2 2s
layers I
width H
height H
mirror_x B
mirror_y B
width_mm f
height_mm f
depth_mm f
thickness f
exposure f
static B
light_off f
bottom_before_lift f
bottom_after_lift f
bottom_after_retract f
before_lift f
after_lift f
after_retract f
bottom_exposure f
bottoms I
bottom_lift_d f
bottom_lift_v f
lift_d f
lift_v f
bottom_retract_d f
bottom_retract_v f
retract_d f
retract_v f
bottom_lift2_d f
bottom_lift2_v f
lift2_d f
lift2_v f
bottom_retract2_d f
bottom_retract2_v f
retract2_d f
retract2_v f
bottom_pwm H
pwm H
per_layer B
time I
volume f
weight f
price f
currency 8s
offset I
greys_to_255 B
transitions H
""")
LAYER = fields("""
pause H
pause_z f
z f
exposure f
light_off f
before_lift f
after_lift f
after_retract f
lift_d f
lift_v f
lift2_d f
lift2_v f
retract_d f
retract_v f
retract2_d f
retract2_v f
pwm H
break 2s
size I
""")
END = bytes.fromhex("00 00 00 07 00 00 00 44 4c 50 00")


def places(table):
    sizes = [struct.calcsize(f">{code}") for _, code in table]
    return {name: (at, f">{code}") for (name, code), at in zip(table, accumulate(sizes, initial=0), strict=False)}


IN_HEADER, IN_LAYER = places(HEADER), places(LAYER)


def parsed(data):
    """Header, and for each layer its record and the code of its picture; every byte is accounted for."""
    header = {name: struct.unpack_from(code, data, at)[0] for name, (at, code) in IN_HEADER.items()}
    assert header["offset"] == 195477
    at, layers = header["offset"], []
    for _ in range(header["layers"]):
        record = {name: struct.unpack_from(code, data, at + place)[0] for name, (place, code) in IN_LAYER.items()}
        picture = data[at + 70 : at + 70 + record["size"]]
        assert (record["break"], picture[0], data[at + 70 + record["size"] :][:2]) == (b"\r\n", 0x55, b"\r\n")
        assert picture[-1] == ~sum(picture[1:-1]) & 0xFF
        layers.append((record, picture[1:-1]))
        at += 70 + record["size"] + 2
    assert data[at:] == END
    return header, layers


def written(job, fmt=GOO):
    assert losses(job, fmt) == []
    file = BytesIO()
    fmt.write(job, file)
    return file.getvalue()


def patched(data, layer=None, **values):
    """The same file with other numbers in its header, or in the record of a layer."""
    table, start, data = IN_HEADER, 0, bytearray(data)
    if layer is not None:
        table, start = IN_LAYER, 195477
        for record, _ in parsed(bytes(data))[1][:layer]:
            start += 70 + record["size"] + 2
    for name, value in values.items():
        at, code = table[name]
        struct.pack_into(code, data, start + at, value)
    return bytes(data)


def single(value):
    return struct.unpack(">f", struct.pack(">f", value))[0]


def steady(*settings_of, panel=PANEL, **more):
    """Layers of 50 µm, each with (exposure_s, motion, power)."""
    mask = mask_of(picture("noise", panel), panel)
    return job_of([(50_000, [Exposure(mask, s, power)], motion) for s, motion, power in settings_of], panel, **more)


@settings(max_examples=40)
@given(data=st.data())
def test_every_number_is_where_the_spec_has_it(data):
    job = data.draw(jobs(GOO.carries))
    header, layers = parsed(written(job))
    panel, tops_mm = job.panel, [layer.top_nm / 1e6 for layer in job.layers]
    assert header["magic"] == b"V3.0\x07\0\0\0DLP\0"
    assert (header["break1"], header["break2"], header["static"], header["greys_to_255"]) == (b"\r\n", b"\r\n", 1, 1)
    assert (header["width"], header["height"]) == (panel.width_px, panel.height_px)
    assert (header["mirror_x"], header["mirror_y"]) == (panel.mirror_x, panel.mirror_y)
    assert header["width_mm"] == single(panel.width_px * panel.pitch_x_um / 1000)
    assert header["printer"].rstrip(b"\0").decode() == job.printer.title
    assert [record["z"] for record, _ in layers] == [single(mm) for mm in tops_mm]
    for layer, (record, code) in zip(job.layers, layers, strict=True):
        motion, exposure = layer.motion, layer.exposures[0]
        assert record["exposure"] == single(exposure.exposure_s)
        assert record["pwm"] == round(exposure.power * 255)
        assert (record["before_lift"], record["after_lift"], record["after_retract"], record["light_off"]) == (
            single(motion.wait_after_exposure_s),
            0,
            single(motion.wait_before_exposure_s),
            0,
        )
        assert record["lift_d"] == record["retract_d"] == single(motion.lift_mm)
        assert record["lift_v"] == single(motion.lift_mm_s * 60)
        assert record["retract_v"] == single(motion.retract_mm_s * 60)
        assert not any(record[name] for name in ("lift2_d", "lift2_v", "retract2_d", "retract2_v", "pause"))
        pixels = looped(goo_runs, code, panel.width_px * panel.height_px)
        assert np.array_equal(pixels, exposure.mask.pixels().reshape(-1))


@both
def test_chunks_that_count_from_the_run_before_are_never_written(fmt):
    panel = Panel(width_px=300, height_px=4, pitch_x_um=62.0, pitch_y_um=62.0)
    job = job_of([(50_000, [Exposure(mask_of(picture("ramp", panel), panel), 6.0)], LIFT)], panel)
    code = parsed(written(job, fmt))[1][0][1]
    at = 0
    while at < len(code):
        kind, count = code[at] >> 6, code[at] >> 4 & 3
        assert kind != 2
        at += 1 + count + (kind == 1)


class TestHeader:
    """The few numbers of the header make the same layers wherever they can; only elsewhere the records are called on."""

    SLOW = LIFT.model_copy(update={"lift_mm_s": 0.5, "wait_after_exposure_s": 1.0})

    def test_one_setting_is_bottom_and_normal_alike(self):
        header, _ = parsed(written(steady(*[(6.0, LIFT, 1.0)] * 3)))
        assert (header["per_layer"], header["bottoms"], header["transitions"]) == (0, 1, 0)
        assert header["exposure"] == header["bottom_exposure"] == 6
        assert (header["bottom_lift_v"], header["lift_v"]) == (60, 60)
        assert header["thickness"] == single(0.05)

    def test_bottom_layers_with_their_own_motion_and_power(self):
        job = steady(*[(30.0, self.SLOW, 1.0)] * 2, *[(6.0, LIFT, 102 / 255)] * 5)
        header, _ = parsed(written(job))
        assert (header["per_layer"], header["bottoms"], header["transitions"]) == (0, 2, 0)
        assert (header["bottom_exposure"], header["exposure"]) == (30, 6)
        assert (header["bottom_pwm"], header["pwm"]) == (255, 102)
        assert (header["bottom_lift_v"], header["lift_v"]) == (30, 60)
        assert (header["bottom_before_lift"], header["before_lift"]) == (1, 0)
        assert losses(job, PRZ) == []

    @pytest.mark.parametrize(
        ("fade_s", "count"), [([24.0, 18.0, 12.0], 3), ([17.67, 15.34, 13.01, 10.68, 8.35], 5), ([], 0)]
    )
    def test_transition_layers_step_by_whole_hundredths_of_a_second(self, fade_s, count):
        first_s = 30.0 if count == 3 else 20.0
        job = steady(*[(s, LIFT, 1.0) for s in (first_s, first_s, *fade_s, 6.0, 6.0, 6.0)])
        header, _ = parsed(written(job))
        assert (header["per_layer"], header["bottoms"], header["transitions"]) == (0, 2, count)
        assert losses(job, PRZ) == []

    def test_what_it_cannot_make_is_left_to_the_records(self):
        uneven = job_of(
            [
                (nm, layer.exposures, LIFT)
                for nm, layer in zip((75_000, 50_000), film(50, 50, panel=PANEL).layers, strict=True)
            ],
            PANEL,
        )
        zigzag = steady(*[(s, LIFT, 1.0) for s in (6.0, 7.0, 6.0, 7.0, 6.0)])
        exact_fade = steady(*[(s, LIFT, 1.0) for s in (20.0, 17.6667, 15.3333, 13.0, 10.6667, 8.3333, 6.0, 6.0)])
        for job in (uneven, zigzag, exact_fade):
            assert parsed(written(job))[0]["per_layer"] == 1
            assert losses(job, PRZ) != []

    @settings(max_examples=40)
    @given(data=st.data())
    def test_mode_0_means_that_the_header_alone_makes_the_job(self, data):
        """Rebuilt here from the parsed header, by its own loop."""
        times = st.integers(1, 40).map(float)
        first_s, normal_s, bottoms, fade, rest = data.draw(
            st.tuples(times, times, st.integers(1, 4), st.integers(0, 6), st.integers(1, 5))
        )
        step = round((first_s - normal_s) / (fade + 1), 2)
        low, high = sorted((first_s, normal_s))
        line = [round(min(high, max(low, first_s - step * k)), 2) for k in range(1, fade + 1)]
        list_s = [first_s] * bottoms + line + [normal_s] * rest
        job = steady(*[(s, LIFT, 1.0) for s in list_s])
        header, layers = parsed(written(job))
        assert [record["exposure"] for record, _ in layers] == [single(s) for s in list_s]
        if header["per_layer"] == 0:
            assert made(header) == [single(s) for s in list_s]
            assert losses(job, PRZ) == []
        else:
            assert losses(job, PRZ) != []


def made(header):
    """Exposures of all layers by the header alone."""
    first, normal, fade = header["bottom_exposure"], header["exposure"], header["transitions"]
    step = round((first - normal) / (fade + 1), 2)
    low, high = sorted((first, normal))
    line = [round(min(high, max(low, first - step * k)), 2) for k in range(1, fade + 1)]
    whole = [first] * header["bottoms"] + line + [normal] * header["layers"]
    return [single(s) for s in whole[: header["layers"]]]


class TestPrz:
    def test_names_phrozen_where_the_other_does_not(self):
        rig, own = printer_for(PANEL), printer_for(PANEL).model_copy(update={"title": "Phrozen Sonic Mini 8K S"})
        for printer, kind in ((rig, b"Phrozen A rig"), (own, b"Phrozen Sonic Mini 8K S")):
            job = steady((6.0, LIFT, 1.0), printer=printer)
            assert parsed(written(job, PRZ))[0]["type"].rstrip(b"\0") == kind
            assert PRZ.recognises(written(job, PRZ))
            assert not GOO.recognises(written(job, PRZ))
        assert GOO.recognises(written(steady((6.0, LIFT, 1.0))))
        assert not PRZ.recognises(written(steady((6.0, LIFT, 1.0))))

    def test_read_jobs_say_which_archive_they_are_from(self):
        assert PRZ.read(written(film(50), PRZ)).printer.format == ".prz"
        assert GOO.read(written(film(50))).printer.format == ".goo"

    @pytest.mark.parametrize("name", ["exposure", "motion", "power", "thickness"])
    def test_an_allowed_loss_is_written_as_the_machine_makes_it(self, name, tmp_path):
        """Header and records of the file say the same, so that no reader is told of layers that the machine will not print."""
        usual = (6.0, LIFT, 1.0)
        odd = {
            "exposure": (9.0, LIFT, 1.0),
            "motion": (6.0, LIFT.model_copy(update={"lift_mm": 9.0}), 1.0),
            "power": (6.0, LIFT, 51 / 255),
            "thickness": usual,
        }[name]
        job = steady(usual, usual, odd, usual)
        if name == "thickness":
            job = job_of(
                [
                    (nm, layer.exposures, LIFT)
                    for nm, layer in zip((75_000, 50_000, 50_000, 50_000), job.layers, strict=True)
                ],
                PANEL,
            )
        with pytest.raises(LossyExport, match=rf"prz cannot carry: {name} \("):
            write_job(job, tmp_path / "film.prz")
        write_job(job, tmp_path / "film.prz", allow={name})
        again = read_job(tmp_path / "film.prz")
        assert said(again, {"motion"}) == said(steady(*[usual] * 4), {"motion"})
        assert not any("header" in note for note in again.provenance.notes)


class TestPreviews:
    def test_show_the_film_in_16_bit_colours(self):
        header, _ = parsed(written(film(50, 50, panel=PANEL.model_copy(update={"mirror_x": False}))))
        for name, side in zip(("small", "big"), SIDES_PX, strict=True):
            colours = np.frombuffer(header[name], dtype=">u2").reshape(side, side)
            assert colours.any()
            red, green, blue = colours >> 11, colours >> 5 & 63, colours & 31
            assert np.array_equal(red, blue)
            assert np.array_equal(green >> 1, red)

    def test_of_nothing_are_black(self):
        header, _ = parsed(written(steady((6.0, LIFT, 1.0), panel=PANEL)))
        dark = job_of([(50_000, [Exposure(mask_of(picture("dark", PANEL), PANEL), 6.0)], LIFT)], PANEL)
        assert any(header["big"])
        assert not any(parsed(written(dark))[0]["big"])


class TestOthersFiles:
    """What other slicers write: read as a job, and what a job cannot say is told."""

    FILE = written(steady(*[(6.0, LIFT, 1.0)] * 3))

    def layer(self, data, index=0):
        job = GOO.read(data)
        return job.layers[index], " ".join(job.provenance.notes)

    def test_two_stages_become_one_at_the_slower_speed(self):
        data = patched(
            self.FILE,
            1,
            lift_d=3,
            lift_v=60,
            lift2_d=4,
            lift2_v=240,
            retract_d=5,
            retract_v=240,
            retract2_d=2,
            retract2_v=90,
        )
        layer, notes = self.layer(data, 1)
        assert layer.motion == LIFT.model_copy(update={"lift_mm": 7.0, "lift_mm_s": 1.0, "retract_mm_s": 1.5})
        assert "a lift in two stages is read as one, the whole way at the slower speed, in layer 2" in notes
        assert "a way back in two stages is read as one at the slower speed, in layer 2" in notes

    def test_stages_of_one_speed_are_no_simplification(self):
        data = patched(self.FILE, 1, lift_d=3, lift_v=60, lift2_d=2, lift2_v=60)
        layer, notes = self.layer(data, 1)
        assert layer.motion == LIFT
        assert "stages" not in notes

    def test_two_ways_add_up_as_people_add(self):
        assert self.layer(patched(self.FILE, 1, lift_d=3.3, lift2_d=4.4, lift2_v=60), 1)[0].motion.lift_mm == 7.7

    def test_a_vat_that_tilts(self):
        job = GOO.read(patched(self.FILE, 0, lift_d=0, lift_v=0, retract_d=0, retract_v=0))
        assert job.layers[0].motion.lift_mm == 0

    def test_rests_and_pauses_that_a_job_has_not(self):
        _, notes = self.layer(patched(patched(self.FILE, 0, after_lift=2), 2, pause=1, pause_z=30))
        assert "rests at the top of the lift are left out, in layer 1" in notes
        assert "pauses are left out, in layer 3" in notes

    def test_a_lamp_power_of_nothing_is_full(self):
        layer, notes = self.layer(patched(self.FILE, 0, pwm=0))
        assert layer.exposures[0].power == 1
        assert "a lamp power of 0 is taken for full, in layer 1" in notes

    def test_light_off_times_leave_what_the_motion_does_not_use(self):
        """5 mm at 1 mm/s and back at 2.5 mm/s are 7 s."""
        data = patched(self.FILE, static=0, light_off=7.5)
        for layer, light_off in enumerate((7.5, 3.0, 0.0)):
            data = patched(data, layer, light_off=light_off, before_lift=9, after_retract=9)
        rests_s = [layer.motion.wait_before_exposure_s for layer in GOO.read(data).layers]
        assert rests_s == [0.5, 0, 0]
        assert all(layer.motion.wait_after_exposure_s == 0 for layer in GOO.read(data).layers)

    def test_a_header_that_contradicts_its_records_is_told_where_the_machine_may_go_by_it(self):
        said_so = "makes other layers than the records that are read: layers 1-2"
        assert said_so not in self.layer(self.FILE)[1]
        assert said_so in self.layer(patched(self.FILE, bottoms=2, bottom_exposure=30))[1]
        assert said_so not in self.layer(patched(self.FILE, bottoms=2, bottom_exposure=30, per_layer=1))[1]
        assert (
            "records that are read: layers 1-3"
            in self.layer(patched(self.FILE, bottoms=2**32 - 1, bottom_exposure=1))[1]
        )

    def test_layers_may_begin_elsewhere(self):
        data = patched(self.FILE, offset=195477 + 9)
        assert said(GOO.read(data[:195477] + bytes(9) + data[195477:])) == said(GOO.read(self.FILE))

    def test_numbers_are_read_as_people_write_them(self):
        job = GOO.read(patched(self.FILE, 0, exposure=2.3, lift_d=0.1, lift_v=65))
        assert (job.layers[0].exposure_s, job.layers[0].motion.lift_mm) == (2.3, 0.1)
        assert job.layers[0].motion.lift_mm_s == 65 / 60


class TestRefusals:
    FILE = TestOthersFiles.FILE

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"magic": b"V1.2"}, "not a GOO file"),
            ({"offset": 0x95FB0200}, "the other way round"),
            ({"offset": 195000}, "layers at offset 195000 must not lie in the header of 195477 bytes"),
            ({"layers": 0}, "0 layers must be 1 to 100000"),
            ({"layers": 2**32 - 1}, "4294967295 layers must be 1 to 100000"),
            ({"layers": 4}, "layer 4 of 70 bytes at offset"),
            ({"layers": 2}, "no end mark"),
            ({"greys_to_255": 0}, "greys of 0 to 15"),
            ({"width": 0}, "width_px=0"),
            ({"width": 65535, "height": 65535}, "pixels"),
            ({"width_mm": float("nan")}, "pitch_x_um"),
            ({"height_mm": 0}, "pitch_y_um"),
        ],
    )
    def test_of_a_header(self, changes, words):
        with pytest.raises(FormatError, match=words):
            GOO.read(patched(self.FILE, **changes))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"size": 1}, "layer 2: no picture of 1 bytes at offset"),
            ({"size": 2**32 - 1}, "passes the end of the file"),
            ({"z": 0.05}, "layer 2: its top at 50000 nm must be above 50000 nm; several exposures of one height"),
            ({"z": float("inf")}, "z_mm of layer 2"),
            ({"z": -1}, "z_mm of layer 2"),
            ({"exposure": float("nan")}, "layer 2: exposure_s=nan must be 0 to"),
            ({"exposure": -1}, "layer 2: exposure_s=-1"),
            ({"lift_v": 0}, "layer 2: lift_mm_s=0"),
            ({"lift_d": float("nan")}, "layer 2: lift_mm=nan"),
            ({"pwm": 256}, "layer 2: lamp power 256 must be 0 to 255"),
        ],
    )
    def test_of_a_layer(self, changes, words):
        with pytest.raises(FormatError, match=words):
            GOO.read(patched(self.FILE, 1, **changes))

    def test_of_a_picture(self):
        start = 195477 + 70 + 1
        data = bytearray(self.FILE)
        data[start + 1] ^= 1
        with pytest.raises(FormatError, match="checksum of the picture at offset 195547 is wrong"):
            GOO.read(bytes(data)).layers[0].exposures[0].mask.pixels()
        wide = GOO.read(patched(self.FILE, width=7, width_mm=7 * 0.062))
        with pytest.raises(FormatError, match="picture of layer 1: runs end after 24 of 28 pixels"):
            wide.layers[0].exposures[0].mask.pixels()

    @both
    def test_of_a_job(self, fmt, tmp_path):
        with pytest.raises(FormatError, match="0 layers must be 1 to 100000"):
            write_job(replace(film(50), layers=()), tmp_path / f"film{fmt.suffixes[0]}")
        wide = Panel(width_px=65_536, height_px=1, pitch_x_um=10.0, pitch_y_um=10.0)
        with pytest.raises(FormatError, match="65536 x 1 pixels: a side must be at most 65535"):
            fmt.write(film(50, panel=wide), BytesIO())

    def test_numbers_that_do_not_come_back(self):
        odd = Motion(lift_mm=1 / 3, lift_mm_s=1.0, retract_mm_s=1.0)
        job = steady((1 / 3, LIFT, 1.0), (6.0, odd, 1.0), (6.0, LIFT, 0.3333))
        assert [loss.name for loss in losses(job, GOO)] == ["exposure", "motion", "power"]
        assert [loss.layers for loss in losses(job, GOO)] == [(0,), (1,), (2,)]
        deep = job_of([(16_777_217, job.layers[0].exposures, LIFT), (1, job.layers[1].exposures, LIFT)], PANEL)
        assert "thickness" in [loss.name for loss in losses(deep, GOO)]
        third = PANEL.model_copy(update={"pitch_x_um": 33.3333333})
        assert [loss.name for loss in losses(film(50, panel=third), GOO)] == ["pitch"]


def test_a_layer_without_light_stays_one(tmp_path):
    dark = replace(film(50, 50, panel=PANEL).layers[1], exposures=())
    job = replace(film(50, 50, panel=PANEL), layers=(film(50, 50, panel=PANEL).layers[0], dark))
    write_job(job, tmp_path / "film.goo", allow={"exposures"})
    again = read_job(tmp_path / "film.goo")
    assert [len(layer.exposures) for layer in again.layers] == [1, 0]


def damaged(rng, data):
    """Another byte, number, hole or doubling anywhere but in the previews, which fill most of a small file."""
    data = bytearray(data)
    at = rng.choice([rng.randrange(194), rng.randrange(195310, 195477), rng.randrange(195477, len(data))])
    kind = rng.randrange(4)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + 4] = rng.choice(
            [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", bytes(4), b"\0\0\0\1", b"\x7f\xc0\0\0"]
        )
    elif kind == 2:
        del data[at : at + rng.randrange(1, 40)]
    else:
        data[at:at] = data[at : at + rng.randrange(1, 200)]
    return bytes(data)


def survives(fmt, data):
    try:
        said(fmt.read(data), fmt.carries)
    except FormatError:
        return False
    return True


@both
def test_damage_outside_the_previews_is_refused_or_harmless(fmt):
    rng, data = random.Random(5), written(film(50, 50, 50, panel=PANEL), fmt)
    assert sum(not survives(fmt, damaged(rng, data)) for _ in range(300)) > 100


@pytest.mark.slow
@both
def test_ten_thousand_damaged_files(fmt):
    rng, data = random.Random(6), written(film(50, 50, 50, panel=PANEL), fmt)
    assert sum(not survives(fmt, damaged(rng, data)) for _ in range(10_000)) > 3_000


def golden_job():
    base, pillar = np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = [[64, 128], [192, 255]]
    masks = [mask_of(base, PANEL), *[mask_of(pillar, PANEL)] * 2]
    times_s = (9.0, 1.001, 1.001)
    return job_of([(50_000, [Exposure(mask, s)], LIFT) for mask, s in zip(masks, times_s, strict=True)], PANEL)


def dump(data, *spans):
    """Hex of these stretches of a file: a line for 16 bytes, `*` for lines like the one before."""
    lines = []
    for start, end in spans:
        last = None
        for at in range(start, end, 16):
            words = data[at : min(at + 16, end)].hex(" ")
            if words != last:
                lines.append(f"{at:08x}  {words}")
            elif lines[-1] != "*":
                lines.append("*")
            last = words
        lines.append("")
    return "\n".join(lines) + "\n"


def golden(fmt):
    """Without the previews, which say nothing of the print and would fill a thousand pages; each record on lines of its own."""
    data = written(golden_job(), fmt)
    spans, at = [(0, 194), (27106, 27108), (195308, 195477)], 195477
    for record, _ in parsed(data)[1]:
        spans += [(at, at + 70), (at + 70, at + 72 + record["size"])]
        at = spans[-1][1]
    return dump(data, *spans, (at, len(data)))


@both
def test_the_golden_job_is_written_as_its_golden_bytes(fmt):
    assert golden(fmt) == (GOLDENS / f"film{fmt.suffixes[0]}.hex").read_text()


if __name__ == "__main__":
    for each in (GOO, PRZ):
        (GOLDENS / f"film{each.suffixes[0]}.hex").write_text(golden(each))
