"""CTB of versions 2 and 3: every number by a second reader that shares no code with ours, the laws, and every refusal.

The goldens are written anew by `python tests/test_formats_ctb.py`.
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
from formats_jobs import LIFT, film, job_of, jobs, levelled, mask_of, picture, said
from hypothesis import given, settings
from hypothesis import strategies as st
from test_formats_goo import dump, fields, single
from test_formats_rle import LEVELS, ctb_runs, looped

from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import losses, read_job, write_job
from voxelyte.formats.ctb import FORMAT as V3
from voxelyte.formats.ctb_v2 import FORMAT as V2
from voxelyte.job import Exposure
from voxelyte.printer import Motion, Panel

GOLDENS = Path(__file__).parent / "goldens"
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0, mirror_x=True, grey_levels=128)
VERSIONS = {2: V2, 3: V3}
both = pytest.mark.parametrize("version", VERSIONS)
KEYS = [0, 1, 0x12345678, 2**32 - 1]

HEADER = fields("""
magic I
version I
width_mm f
height_mm f
depth_mm f
zero1 I
zero2 I
film_mm f
thickness f
exposure f
bottom_exposure f
light_off f
bottoms I
width I
height I
large I
table I
layers I
small I
time I
mirrored I
params I
params_size I
planes I
pwm H
bottom_pwm H
key I
slicer I
slicer_size I
""")
PARAMS = fields("""
bottom_lift_d f
bottom_lift_v f
lift_d f
lift_v f
retract_v f
ml f
g f
cost f
bottom_light_off f
light_off f
bottoms I
zero1 I
zero2 I
zero3 I
end I
""")
SLICER = fields("""
bottom_lift2_d f
bottom_lift2_v f
lift2_d f
lift2_v f
retract2_d f
retract2_v f
rest_after_lift f
name I
name_size I
greys B
zero1 H
per_layer B
minutes I
antialiasing I
software I
rest_after_retract f
rest_after_lift2 f
transitions I
zero2 I
zero3 I
zero4 I
""")
PREVIEW = fields("width I\nheight I\ndata I\nsize I\nzero1 I\nzero2 I\nzero3 I\nzero4 I")
ENTRY = fields("z f\nexposure f\nlight_off f\ndata I\nsize I\npage I\nrecord I\nzero1 I\nzero2 I")
EXTENDED = ENTRY + fields("""
whole I
lift_d f
lift_v f
lift2_d f
lift2_v f
retract_v f
retract2_d f
retract2_v f
rest_before_lift f
rest_after_lift f
rest_after_retract f
pwm f
""")


def places(table):
    sizes = [struct.calcsize(f"<{code}") for _, code in table]
    return {name: (at, f"<{code}") for (name, code), at in zip(table, accumulate(sizes, initial=0), strict=False)}


def unpacked(table, data, start):
    return {name: struct.unpack_from(code, data, start + at)[0] for name, (at, code) in places(table).items()}


def parsed(data):
    """All tables, and of each layer its entry, the record before its picture (version 3) and the plain code."""
    header = unpacked(HEADER, data, 0)
    found = {
        "header": header,
        "params": unpacked(PARAMS, data, header["params"]),
        "slicer": unpacked(SLICER, data, header["slicer"]),
        "layers": [],
    }
    for index in range(header["layers"]):
        entry = unpacked(ENTRY, data, header["table"] + 36 * index)
        at = entry["page"] * 2**32 + entry["data"]
        record = unpacked(EXTENDED, data, at - 84) if header["version"] == 3 else None
        found["layers"].append((entry, record, plain(data[at : at + entry["size"]], header["key"], index)))
    return found


def plain(code, key, layer):
    step = key * 0x2D83CDAC + 0xD8A83423
    first = (layer * 0x1E1530CD + 0xEC3D47CD) * step
    words = [(first + n * step) % 2**32 for n in range(len(code) // 4 + 1)]
    stream = b"".join(word.to_bytes(4, "little") for word in words)
    return bytes(a ^ b for a, b in zip(code, stream, strict=False)) if key else code


def written(job, version=3, **more):
    fmt = VERSIONS[version]
    assert losses(job, fmt) == []
    file = BytesIO()
    fmt.write(job, file, **more)
    return file.getvalue()


def patched(data, table=HEADER, start=0, /, **values):
    data = bytearray(data)
    for name, value in values.items():
        at, code = places(table)[name]
        struct.pack_into(code, data, start + at, value)
    return bytes(data)


def patched_layer(data, index, /, **values):
    """The same file with other numbers in a layer's entry, and in the record before its picture."""
    header = unpacked(HEADER, data, 0)
    entry = unpacked(ENTRY, data, header["table"] + 36 * index)
    own = {name: value for name, value in values.items() if name in places(ENTRY)}
    if header["version"] == 3:
        data = patched(data, EXTENDED, entry["page"] * 2**32 + entry["data"] - 84, **values)
    return patched(data, ENTRY, header["table"] + 36 * index, **own)


def unrested(job):
    """Without the rest between exposure and lift, which neither version has."""
    still = [layer.motion.model_copy(update={"wait_after_exposure_s": 0.0}) for layer in job.layers]
    return replace(
        job, layers=tuple(replace(one, motion=motion) for one, motion in zip(job.layers, still, strict=True))
    )


def steady(*settings_of, panel=PANEL):
    """Layers of 50 µm, each with (exposure_s, motion, power)."""
    mask = mask_of(levelled(picture("noise", panel), 128), panel)
    return job_of([(50_000, [Exposure(mask, s, power)], motion) for s, motion, power in settings_of], panel)


def travel_s(motion):
    return motion.lift_mm / motion.lift_mm_s + motion.lift_mm / motion.retract_mm_s


@settings(max_examples=40)
@given(data=st.data())
def test_version_3_has_every_number_where_the_description_has_it(data):
    job = unrested(data.draw(jobs(V3.carries | {"motion"}, grey_levels=128)))
    found = parsed(written(job))
    header, slicer, panel = found["header"], found["slicer"], job.panel
    assert (header["magic"], header["version"], header["planes"]) == (0x12FD0086, 3, 1)
    assert (header["width"], header["height"]) == (panel.width_px, panel.height_px)
    assert header["height_mm"] == single(panel.height_px * panel.pitch_y_um / 1000)
    assert header["film_mm"] == single(job.height_nm / 1e6)
    assert header["mirrored"] == (panel.mirror_x != panel.mirror_y)
    assert (header["params_size"], header["slicer_size"]) == (0x3C, 0x4C)
    assert (slicer["greys"], slicer["per_layer"], slicer["software"]) == (0x0F, 0x20, 0x01060300)
    for layer, (entry, record, code) in zip(job.layers, found["layers"], strict=True):
        motion, exposure = layer.motion, layer.exposures[0]
        rest_s = motion.wait_before_exposure_s
        assert {name: record[name] for name in entry} == entry
        assert (entry["z"], entry["exposure"]) == (single(layer.top_nm / 1e6), single(exposure.exposure_s))
        assert entry["light_off"] == pytest.approx(travel_s(motion) + rest_s if rest_s else 0, rel=1e-6)
        assert (entry["record"], record["whole"]) == (84, 84 + entry["size"])
        assert (record["lift_d"], record["lift_v"]) == (single(motion.lift_mm), single(motion.lift_mm_s * 60))
        assert (record["retract_v"], record["pwm"]) == (single(motion.retract_mm_s * 60), round(exposure.power * 255))
        pixels = looped(ctb_runs, code, panel.width_px * panel.height_px)
        assert np.array_equal(pixels, exposure.mask.pixels().reshape(-1))


@both
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_carried_comes_back_with_its_motion(version, data):
    carried = VERSIONS[version].carries | ({"motion"} if version == 3 else set())
    job = unrested(data.draw(jobs(carried, grey_levels=128)))
    again = VERSIONS[version].read(written(job, version, key=data.draw(st.sampled_from([None, *KEYS]))))
    assert said(again, {"motion", "pitch"}) == said(job, {"motion", "pitch"})


@both
@pytest.mark.parametrize("key", KEYS)
def test_a_key_hides_the_pictures_and_changes_nothing_else(version, key):
    job = film(50, 50, 50, panel=PANEL)
    data, open_data = written(job, version, key=key), written(job, version, key=0)
    assert parsed(data)["header"]["key"] == key
    assert [code for *_, code in parsed(data)["layers"]] == [code for *_, code in parsed(open_data)["layers"]]
    assert (data == open_data) == (key == 0)


@both
def test_the_key_is_of_the_job_and_not_0(version):
    one, other = film(50, 50, panel=PANEL), film(50, 50, panel=PANEL, exposures_s=[6.0, 7.0])
    keys = [parsed(written(job, version))["header"]["key"] for job in (one, one, other)]
    assert keys[0] == keys[1] != keys[2]
    assert 0 not in keys


class TestVersion2:
    SLOW = LIFT.model_copy(update={"lift_mm": 8.0, "lift_mm_s": 0.5})

    def test_has_a_lift_and_a_power_for_the_bottom_and_one_for_the_rest(self):
        job = steady(*[(30.0, self.SLOW, 1.0)] * 2, *[(6.0, LIFT, 102 / 255)] * 3)
        found = parsed(written(job, 2))
        header, params = found["header"], found["params"]
        assert (header["version"], header["bottoms"], params["bottoms"], params["end"]) == (2, 2, 2, 0x1234)
        assert (header["bottom_exposure"], header["exposure"]) == (30, 6)
        assert (header["bottom_pwm"], header["pwm"]) == (255, 102)
        assert (params["bottom_lift_d"], params["bottom_lift_v"]) == (8, 30)
        assert (params["lift_d"], params["lift_v"], params["retract_v"]) == (5, 60, 150)
        assert (params["bottom_light_off"], params["light_off"]) == (single(8 / 0.5 + 8 / 2.5 + 0.5), 7.5)
        assert [entry["record"] for entry, _, _ in found["layers"]] == [36] * 5
        assert V2.read(written(job, 2)).layers[4].motion == LIFT

    def test_calls_on_the_table_only_where_the_header_is_not_enough(self):
        plain_job = steady(*[(30.0, LIFT, 1.0)] * 2, *[(6.0, LIFT, 1.0)] * 3)
        fade = steady(*[(s, LIFT, 1.0) for s in (30.0, 20.0, 10.0, 6.0)])
        rests = steady(*[(6.0, LIFT.model_copy(update={"wait_before_exposure_s": s}), 1.0) for s in (1.0, 2.0, 3.0)])
        for job, flag in ((plain_job, 0), (fade, 0x20), (rests, 0x20)):
            assert parsed(written(job, 2))["slicer"]["per_layer"] == flag
            assert said(V2.read(written(job, 2)), {"motion"}) == said(job, {"motion"})

    @pytest.mark.parametrize(
        ("name", "odd"),
        [
            ("motion", (6.0, SLOW, 1.0)),
            ("motion", (6.0, LIFT.model_copy(update={"retract_mm_s": 1.0}), 1.0)),
            ("power", (6.0, LIFT, 0.2)),
        ],
    )
    def test_refuses_another_lift_or_power_amid_the_film(self, name, odd, tmp_path):
        usual = (6.0, LIFT, 1.0)
        job = steady(usual, usual, odd, usual, usual)
        assert [(loss.name, loss.layers) for loss in losses(job, V2)] == [(name, (2,))]
        assert losses(job, V3) == []
        write_job(job, tmp_path / "film.v2.ctb", allow={name})
        assert said(read_job(tmp_path / "film.v2.ctb"), {"motion"}) == said(steady(*[usual] * 5), {"motion"})


class TestLosses:
    @both
    def test_a_rest_before_the_lift(self, version, tmp_path):
        resting = LIFT.model_copy(update={"wait_after_exposure_s": 1.0})
        job, fmt = steady((6.0, LIFT, 1.0), (6.0, resting, 1.0)), VERSIONS[version]
        target = tmp_path / f"film{fmt.suffixes[0]}"
        with pytest.raises(LossyExport, match=r"motion \(.*rest after the exposure.* in layer 2\)"):
            write_job(job, target)
        write_job(job, target, allow={"motion"})
        assert all(layer.motion == LIFT for layer in read_job(target).layers)

    @both
    def test_rests_finer_than_a_tenth_of_a_millisecond(self, version):
        rests_s = (0.5, 0.0001, 0.00001, 1 / 3)
        job = steady(*[(6.0, LIFT.model_copy(update={"wait_before_exposure_s": s}), 1.0) for s in rests_s])
        assert [(loss.name, loss.layers) for loss in losses(job, VERSIONS[version])] == [("motion", (2, 3))]

    @both
    def test_numbers_that_do_not_come_back(self, version):
        odd = Motion(lift_mm=1 / 3, lift_mm_s=1.0, retract_mm_s=1.0)
        job = steady((1 / 3, odd, 1 / 3))
        power = 85 / 255
        assert [loss.name for loss in losses(job, VERSIONS[version])] == ["exposure", "motion"]
        assert [loss.name for loss in losses(steady((6.0, LIFT, 0.3333)), VERSIONS[version])] == ["power"]
        assert losses(steady((6.0, LIFT, power)), VERSIONS[version]) == []
        third = PANEL.model_copy(update={"pitch_x_um": 33.3333333})
        assert [loss.name for loss in losses(film(50, panel=third), VERSIONS[version])] == ["pitch"]

    @both
    def test_more_greys_than_128(self, version, tmp_path):
        panel, fmt = PANEL.model_copy(update={"grey_levels": 256}), VERSIONS[version]
        shown = mask_of(picture("ramp", panel), panel)
        job = job_of([(50_000, [Exposure(shown, 6.0)], LIFT)], panel)
        target = tmp_path / f"film{fmt.suffixes[0]}"
        with pytest.raises(LossyExport, match=r"grey \(more than 128 levels in layer 1\)"):
            write_job(job, target)
        write_job(job, target, allow={"grey"})
        again = read_job(target).layers[0].exposures[0].mask.pixels()
        assert np.abs(again.astype(int) - shown.pixels()).max() == 1
        assert set(again.reshape(-1)) <= set(LEVELS)

    @both
    def test_a_layer_without_light_stays_one(self, version, tmp_path):
        job, fmt = film(50, 50, panel=PANEL), VERSIONS[version]
        job = replace(job, layers=(job.layers[0], replace(job.layers[1], exposures=())))
        write_job(job, tmp_path / f"film{fmt.suffixes[0]}", allow={"exposures"})
        again = read_job(tmp_path / f"film{fmt.suffixes[0]}")
        assert [len(layer.exposures) for layer in again.layers] == [1, 0]


class TestPreviews:
    @pytest.mark.parametrize(("which", "size"), [("large", (400, 300)), ("small", (200, 125))])
    def test_are_coded_colours_of_the_size_that_machines_take(self, which, size):
        data = written(film(50, 50, panel=PANEL))
        record = unpacked(PREVIEW, data, parsed(data)["header"][which])
        assert (record["width"], record["height"]) == size
        words = np.frombuffer(data[record["data"] :][: record["size"]], dtype="<u2").tolist()
        colours = shown(words)
        assert len(colours) == size[0] * size[1]
        assert len(words) < len(colours) / 4
        assert colours[0] == 0
        assert len(set(colours)) > 2
        assert all(colour >> 11 == colour & 31 == colour >> 6 & 31 for colour in set(colours))

    def test_fit_their_room_whatever_they_show(self):
        """Next to each other no two pixels alike is the most that a preview takes."""
        from voxelyte.formats._rle_preview import repeated

        noise = np.random.default_rng(1).integers(0, 2**16, (300, 400), dtype=np.uint16)
        assert len(repeated(noise)) <= 2 * 400 * 300
        assert shown(np.frombuffer(repeated(noise), dtype="<u2").tolist()) == [
            int(one) & ~0x20 for one in noise.reshape(-1)
        ]
        assert len(repeated(np.zeros((300, 400), dtype=np.uint16))) == 4 * 30


def shown(words):
    """Pixels of a preview's words, one by one."""
    colours, at = [], 0
    while at < len(words):
        colour, further = words[at], 0
        if colour & 0x20:
            at += 1
            assert words[at] >> 12 == 3
            further = words[at] & 0xFFF
            assert further <= 0xFFE
        colours += [colour & ~0x20] * (further + 1)
        at += 1
    return colours


class TestOthersFiles:
    FILE = written(steady(*[(6.0, LIFT, 1.0)] * 3), key=0)
    OLDER = written(steady(*[(6.0, LIFT, 1.0)] * 3), 2, key=0)

    def test_a_light_off_time_shorter_than_the_motion_is_no_rest(self):
        """5 mm at 1 mm/s and back at 2.5 mm/s are 7 s."""
        for light_off, rest_s in ((7.5, 0.5), (7.0, 0), (1.0, 0), (0, 0), (8.25, 1.25)):
            job = V3.read(patched_layer(self.FILE, 1, light_off=light_off))
            assert job.layers[1].motion.wait_before_exposure_s == rest_s

    def test_a_lamp_power_of_nothing_is_full(self):
        job = V3.read(patched_layer(self.FILE, 0, pwm=0))
        assert job.layers[0].exposures[0].power == 1
        assert "a lamp power of 0 is taken for full, in layer 1" in job.provenance.notes
        older = V2.read(patched(self.OLDER, pwm=0, bottom_pwm=0))
        assert "a lamp power of 0 is taken for full, in layers 1-3" in older.provenance.notes

    def test_a_header_that_contradicts_the_table_is_told_where_a_machine_may_go_by_it(self):
        told = "the header, by which a machine may go, makes other layers than the table that is read: layer 1"
        assert told not in V2.read(self.OLDER).provenance.notes
        assert told in V2.read(patched(self.OLDER, bottom_exposure=30)).provenance.notes
        assert told not in V3.read(patched(self.FILE, bottom_exposure=30)).provenance.notes

    def test_places_are_free(self):
        """The same file with everything after the header 1000 bytes further on."""
        header = unpacked(HEADER, self.FILE, 0)
        moved = self.FILE[:112] + bytes(1000) + self.FILE[112:]
        names = ("large", "small", "table", "params", "slicer")
        moved = patched(moved, **{name: header[name] + 1000 for name in names})
        moved = patched(
            moved, SLICER, header["slicer"] + 1000, name=unpacked(SLICER, self.FILE, header["slicer"])["name"] + 1000
        )
        for index in range(3):
            at = header["table"] + 1000 + 36 * index
            place = unpacked(ENTRY, moved, at)["data"]
            moved = patched(moved, ENTRY, at, data=place + 1000)
        assert said(V3.read(moved), {"motion"}) == said(V3.read(self.FILE), {"motion"})

    def test_a_version_3_without_records_has_the_lifts_of_its_header(self):
        at = unpacked(HEADER, self.FILE, 0)["table"]
        data = self.FILE
        for index in range(3):
            data = patched(data, ENTRY, at + 36 * index, record=36)
        assert said(V3.read(data), {"motion"}) == said(V3.read(self.FILE), {"motion"})

    def test_a_place_beyond_four_gigabytes(self):
        with pytest.raises(FormatError, match=f"picture of layer 2 .* at offset {3 * 2**32 + 290588}"):
            V3.read(patched_layer(self.FILE, 1, page=3, data=290588))

    def test_the_printer_and_its_size(self):
        job = V3.read(self.FILE)
        assert (job.printer.name, job.printer.build_height_mm, job.printer.format) == ("A rig", 75.5, ".ctb")
        assert V2.read(self.OLDER).printer.format == ".v2.ctb"
        assert job.panel == PANEL


class TestRefusals:
    FILE = TestOthersFiles.FILE

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"magic": 0x12FD0019}, "CBDDLP.* is not read"),
            ({"magic": 0x12FD0106, "version": 4}, "version 4 or 5 is not read; UVtools converts it"),
            ({"magic": 0x12FD0107, "version": 5}, "encrypted CTB is not read; UVtools converts it"),
            ({"magic": 0xFF220810}, "GKtwo is not read; UVtools converts it"),
            ({"version": 4}, "CTB of version 4 is not read; UVtools converts it to version 3"),
            ({"version": 1}, "CTB of version 1 is not read; there are versions 2 and 3"),
            ({"magic": 7}, "not a CTB file: starts with 0x00000007"),
            ({"layers": 0}, "0 layers must be 1 to 100000"),
            ({"layers": 2**32 - 1}, "4294967295 layers must be 1 to 100000"),
            ({"layers": 99_999}, "layer table of 3599964 bytes at offset .* passes the end of the file"),
            ({"table": 2**32 - 1}, "layer table"),
            ({"params": 2**32 - 1}, "print parameters"),
            ({"slicer": 2**32 - 1}, "slicer's record"),
            ({"width": 0}, "width_px=0"),
            ({"width": 2**31, "height": 2**31}, "width_px=2147483648"),
            ({"height_mm": float("nan")}, "pitch_y_um"),
            ({"width_mm": -1}, "pitch_x_um"),
        ],
    )
    def test_of_a_header(self, changes, words):
        with pytest.raises(FormatError, match=words):
            V3.read(patched(self.FILE, **changes))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"z": 0.05}, "layer 2: its top at 50000 nm must be above 50000 nm"),
            ({"z": float("nan")}, "z_mm of layer 2|contradicts"),
            ({"exposure": -1}, "layer 2: exposure_s=-1"),
            ({"lift_v": 0}, "layer 2: lift_mm_s=0"),
            ({"lift_d": float("inf")}, "layer 2: lift_mm=inf"),
            ({"light_off": float("inf")}, "layer 2: wait_before_exposure_s=inf"),
            ({"pwm": 300}, "layer 2: lamp power 300.0 must be 0 to 255"),
            ({"size": 2**32 - 1}, "picture of layer 2 of 4294967295 bytes at offset"),
        ],
    )
    def test_of_a_layer(self, changes, words):
        with pytest.raises(FormatError, match=words):
            V3.read(patched_layer(self.FILE, 1, **changes))

    def test_of_a_table_that_the_records_contradict(self):
        at = unpacked(HEADER, self.FILE, 0)["table"]
        with pytest.raises(FormatError, match=r"record of layer 2 at offset \d+ contradicts the layer table"):
            V3.read(patched(self.FILE, ENTRY, at + 36, exposure=7))
        with pytest.raises(FormatError, match="record of layer 2 would begin before the file, at -74"):
            V3.read(patched(self.FILE, ENTRY, at + 36, data=10))

    def test_of_a_name_without_end(self):
        at = unpacked(HEADER, self.FILE, 0)["slicer"]
        with pytest.raises(FormatError, match="the machine's name must have at most 1024 bytes, not 99999"):
            V3.read(patched(self.FILE, SLICER, at, name_size=99_999))

    def test_of_a_picture(self):
        wide = V3.read(patched(self.FILE, width=7, width_mm=7 * 0.062))
        with pytest.raises(FormatError, match="picture of layer 1: runs end after 24 of 28 pixels"):
            wide.layers[0].exposures[0].mask.pixels()
        other = V3.read(patched(written(film(50, panel=PANEL), key=5), key=6))
        with pytest.raises(FormatError, match="picture of layer 1: "):
            other.layers[0].exposures[0].mask.pixels()

    @both
    def test_of_a_job_and_of_a_key(self, version, tmp_path):
        fmt = VERSIONS[version]
        with pytest.raises(FormatError, match="0 layers must be 1 to 100000"):
            write_job(replace(film(50), layers=()), tmp_path / f"film{fmt.suffixes[0]}")
        for key in (-1, 2**32):
            with pytest.raises(FormatError, match=f"key={key} must be 0 to 4294967295"):
                fmt.write(film(50, panel=PANEL), BytesIO(), key=key)

    @pytest.mark.parametrize("magic", [0x12FD0019, 0x12FD0106, 0x12FD0107, 0xFF220810])
    def test_relatives_are_known_by_content_and_told_so(self, magic, tmp_path):
        data = patched(self.FILE, magic=magic)
        assert V3.recognises(data)
        assert not V2.recognises(data)
        (tmp_path / "film.bin").write_bytes(data)
        with pytest.raises(FormatError, match=r"film.bin: .* is not read"):
            read_job(tmp_path / "film.bin")


def damaged(rng, data):
    """Another byte, number, hole or doubling anywhere but in the room of the previews."""
    data = bytearray(data)
    at = rng.choice([rng.randrange(112), rng.randrange(290176, len(data))])
    kind = rng.randrange(4)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + 4] = rng.choice(
            [b"\xff\xff\xff\xff", b"\xff\xff\x7f\x7f", bytes(4), b"\1\0\0\0", b"\0\0\xc0\x7f"]
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
def test_damage_outside_the_previews_is_refused_or_harmless(version):
    rng, data = random.Random(5), written(film(50, 50, 50, panel=PANEL), version)
    assert sum(not survives(VERSIONS[version], damaged(rng, data)) for _ in range(300)) > 100


@pytest.mark.slow
@both
def test_ten_thousand_damaged_files(version):
    rng, data = random.Random(6), written(film(50, 50, 50, panel=PANEL), version)
    assert sum(not survives(VERSIONS[version], damaged(rng, data)) for _ in range(10_000)) > 3_000


def golden_job():
    base, pillar = np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    pillar[1:3, 2:4] = LEVELS[[[32, 64], [96, 127]]]
    masks = [mask_of(base, PANEL), *[mask_of(pillar, PANEL)] * 2]
    times_s = (9.0, 1.001, 1.001)
    return job_of([(50_000, [Exposure(mask, s)], LIFT) for mask, s in zip(masks, times_s, strict=True)], PANEL)


def golden(version):
    """Without the previews' pixels; each table, record and picture on lines of its own."""
    data = written(golden_job(), version, key=0x01020304)
    header = parsed(data)["header"]
    spans = [(0, 112), *((at, at + 32) for at in (header["large"], header["small"]))]
    spans += [
        (header["params"], header["slicer"]),
        (header["slicer"], header["slicer"] + 76),
        (header["slicer"] + 76, header["table"]),
    ]
    at = header["table"]
    for index, (entry, record, _) in enumerate(parsed(data)["layers"]):
        spans.append((at + 36 * index, at + 36 * index + 36))
        spans += [(entry["data"] - 84, entry["data"])] if record else []
        spans.append((entry["data"], entry["data"] + entry["size"]))
    return dump(data, *sorted(spans))


@both
def test_the_golden_job_is_written_as_its_golden_bytes(version):
    assert golden(version) == (GOLDENS / f"film{VERSIONS[version].suffixes[0]}.hex").read_text()


if __name__ == "__main__":
    for each, fmt in VERSIONS.items():
        (GOLDENS / f"film{fmt.suffixes[0]}.hex").write_text(golden(each))
