"""SLC: contours with their own heights, against a decoder written from the layout and nothing else.

The golden is written anew by `python tests/test_formats_slc.py`.
"""

from __future__ import annotations

import random
import re
import struct
import tracemalloc
from dataclasses import dataclass, replace
from math import pi
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from formats_jobs import LIFT, job_of, mask_of, picture, printer_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxelyte import load_printer, load_recipe, load_resin, slice_solid
from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import all_formats, losses, read_job, write_job
from voxelyte.formats.slc import FORMAT, read_contours, sagitta_um
from voxelyte.job import Exposure, Layer, Mask
from voxelyte.printer import Panel
from voxelyte.region import EMPTY, Part, Points, Region
from voxelyte.shapes import Disc, Polygon, Rectangle, ring_area

GOLDEN = Path(__file__).parent / "goldens" / "film.slc.hex"
PANEL = Panel(width_px=40, height_px=30, pitch_x_um=62.0, pitch_y_um=62.0)
LAST = 0xFFFFFFFF
FRAME = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 80.0], [0.0, 80.0]]) - (50, 40)
WINDOW = (FRAME / 2)[::-1]
"""A hole: it runs clockwise."""
quickly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def drawn(*parts):
    return Region(tuple(parts))


SLAB = drawn(Part(Rectangle(400.0, 200.0)))
POSTS = drawn(Part(Disc(50.0), Points(np.array([[-150.0, 0.0], [0.0, 0.0], [150.0, 0.0]]))))
PICTURE_FRAME = drawn(Part(Polygon((FRAME, WINDOW))))
PIERCED = drawn(Part(Polygon((FRAME, WINDOW))), Part(Disc(10.0)))


def film(*rows, panel=PANEL):
    """A job of (thickness_nm, section) rows, equally exposed."""
    masks = {section: Mask(panel, lambda: picture("dark", panel), lambda section=section: section) for _, section in rows}
    return job_of([(nm, [Exposure(masks[section], 6.0)], LIFT) for nm, section in rows], panel)


def written(job, folder):
    path = folder / "film.slc"
    write_job(job, path)
    return path.read_bytes()


@dataclass
class Decoded:
    """An SLC file as its layout says, and no more."""

    header: dict
    table: list
    layers: list
    top_mm: float


def decoded(data):
    """Read front to back; everything that the layout fixes is asserted."""
    end = data.index(b"\r\n\x1a")
    assert end + 3 <= 2048
    header = dict(re.findall(r"-([A-Z]+) ((?:(?! -[A-Z]).)+)", data[:end].decode("ascii")))
    assert data[end + 3 : end + 259] == bytes(256)
    at = end + 259
    entries = data[at]
    table = [struct.unpack_from("<4f", data, at + 1 + 16 * i) for i in range(entries)]
    at += 1 + 16 * entries
    layers = []
    while True:
        least, count = struct.unpack_from("<fI", data, at)
        at += 8
        if count == LAST:
            assert at == len(data)
            return Decoded(header, table, layers, least)
        boundaries = []
        for _ in range(count):
            vertices, gaps = struct.unpack_from("<II", data, at)
            points = np.array(struct.unpack_from(f"<{2 * vertices}f", data, at + 8)).reshape(-1, 2)
            at += 8 + 8 * vertices
            assert gaps == 0
            assert (points[0] == points[-1]).all()
            boundaries.append(points[:-1])
        layers.append((least, boundaries))


def dump(data):
    """The whole file as hex, with what it means beside it."""
    file, end = decoded(data), data.index(b"\r\n\x1a")

    def line(said, *values):
        return " ".join(struct.pack("<I" if isinstance(one, int) else "<f", one).hex() for one in values) + f"  # {said}"

    text = [f"# {data[:end].decode('ascii')}", *(data[at : min(at + 40, end)].hex() for at in range(0, end, 40))]
    text += ["0d0a1a  # end of the header", *[bytes(64).hex()] * 4, f"{len(file.table):02x}  # ranges of equal layers"]
    text += [line("least z, thickness, line-width compensation, reserved", *entry) for entry in file.table]
    for least, boundaries in file.layers:
        text.append(line(f"layer from z {least:g}: {len(boundaries)} boundaries", least, len(boundaries)))
        for points in boundaries:
            text.append(line(f"{len(points) + 1} vertices, 0 gaps", len(points) + 1, 0))
            text += [line(f"{x:g} {y:g}", x, y) for x, y in (*points, points[0])]
    text.append(line(f"end at z {file.top_mm:g}", file.top_mm, LAST))
    assert "".join(re.sub("#.*", "", "\n".join(text)).split()) == data.hex()
    return "\n".join(text) + "\n"


def made(layers, top, header="-SLCVER 2.0 -UNIT MM -TYPE PART -PACKAGE other", table=((0.0, 0.05, 0.0, 0.0),)):
    """An SLC file of somebody else: `layers` are (least z, closed rings in file units)."""
    data = header.encode() + b"\r\n\x1a" + bytes(256) + struct.pack("<B", len(table))
    data += b"".join(struct.pack("<4f", *entry) for entry in table)
    for least, rings in layers:
        data += struct.pack("<fI", least, len(rings))
        for ring in rings:
            data += struct.pack("<II", len(ring), 0) + np.asarray(ring, "<f4").tobytes()
    return data + struct.pack("<fI", top, LAST)


SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


class TestWriting:
    def test_the_layout_is_kept(self, tmp_path):
        file = decoded(written(film((25_000, SLAB), (50_000, SLAB), (50_000, POSTS)), tmp_path))
        assert file.header["SLCVER"] == "2.0"
        assert (file.header["UNIT"], file.header["TYPE"], file.header["PACKAGE"]) == ("MM", "PART", "voxelyte")
        assert file.header["EXTENTS"] == "1.040000,1.440000 0.830000,1.030000 0.000000,0.125000"
        assert float(file.header["CHORDDEV"]) == sagitta_um(PANEL) / 1000 == 0.062 / 1024
        assert file.table == [tuple(np.float32(number) for number in entry) for entry in ((0, 0.025, 0, 0), (0.025, 0.05, 0, 0))]
        assert [least for least, _ in file.layers] == [np.float32(z) for z in (0, 0.025, 0.075)]
        assert file.top_mm == np.float32(0.125)
        assert [len(boundaries) for _, boundaries in file.layers] == [1, 1, 3]

    def test_contours_are_the_sections_to_the_rounding_of_32_bits(self, tmp_path):
        file = decoded(written(film((50_000, SLAB), (50_000, PIERCED)), tmp_path))
        corner_um = np.array(PANEL.size_um) / 2
        for (_, boundaries), section in zip(file.layers, (SLAB, PIERCED), strict=True):
            rings = [ring for part in section.parts for ring in part.shape.rings(sagitta_um(PANEL))]
            for points, ring in zip(boundaries, rings, strict=True):
                assert np.abs(points * 1e6 - (ring + corner_um) * 1000).max() <= 0.12  # nm, below 2 mm
                assert np.sign(ring_area(points)) == np.sign(ring_area(ring))
        assert [ring_area(points) > 0 for points in file.layers[1][1]] == [True, False, True]

    @pytest.mark.parametrize(("pixels", "most_nm"), [(1000, 2), (2000, 4), (4000, 8)])
    def test_rounding_stays_within_what_is_promised(self, pixels, most_nm, tmp_path):
        panel = Panel(width_px=pixels, height_px=9, pitch_x_um=64.0, pitch_y_um=64.0)
        width_um = panel.size_um[0]
        at = np.random.default_rng(1).uniform(-width_um / 2 + 9, width_um / 2 - 9, (500, 2)) * (1, 1e-3)
        section = drawn(Part(Rectangle(3.0, 3.0), Points(at)))
        (_, boundaries), *_ = decoded(written(film((50_000, section), panel=panel), tmp_path)).layers
        exact = at[:, None] + Rectangle(3.0, 3.0).rings(1)[0] + np.array(panel.size_um) / 2
        assert np.abs(np.array(boundaries) * 1e6 - exact * 1000).max() <= most_nm

    def test_a_disc_keeps_its_area(self, tmp_path):
        solid = load_recipe("p-3dse").with_outline("disc:3000").solid()
        job = slice_solid(solid, load_printer("asiga-max"), load_resin("pegda-litfsi-llzto"))
        file = decoded(written(job, tmp_path))
        base, posts = file.layers[0][1], file.layers[-1][1]
        assert ring_area(base[0]) == pytest.approx(pi * 1.5**2, rel=1e-6)
        assert sum(map(ring_area, posts)) == pytest.approx(len(posts) * pi * 0.05**2, rel=1e-6)
        assert len(posts) == job.layers[-1].exposures[0].mask.section.count

    def test_pixel_edges_lie_at_whole_multiples_of_the_pitch(self, tmp_path):
        """Also for an odd number of pixels, where the plate's centre is the middle of a pixel."""
        panel = Panel(width_px=41, height_px=31, pitch_x_um=62.0, pitch_y_um=40.0)
        one_pixel = drawn(Part(Rectangle(62.0, 40.0)))
        (_, (points,)), *_ = decoded(written(film((50_000, one_pixel), panel=panel), tmp_path)).layers
        assert np.allclose(points / (0.062, 0.04), np.rint(points / (0.062, 0.04)), atol=1e-6)
        assert points.min() > 0

    def test_a_layer_without_light_has_no_boundary(self, tmp_path):
        job = film((50_000, SLAB), (50_000, EMPTY), (50_000, SLAB))
        dark = replace(job.layers[2], exposures=())
        path = tmp_path / "film.slc"
        write_job(replace(job, layers=(*job.layers[:2], dark)), path, allow={"exposures", "exposure"})
        assert [len(boundaries) for _, boundaries in decoded(path.read_bytes()).layers] == [1, 0, 0]

    def test_equal_neighbours_share_the_work(self, tmp_path):
        asked = []

        @dataclass(frozen=True)
        class Told(Disc):
            def rings(self, sagitta_um):
                asked.append(sagitta_um)
                return super().rings(sagitta_um)

        section = drawn(Part(Told(50.0)))
        written(film(*[(50_000, section)] * 9), tmp_path)
        assert asked == [sagitta_um(PANEL)]

    def test_bytes_are_deterministic(self, tmp_path):
        assert written(film((25_000, SLAB), (50_000, POSTS)), tmp_path) == written(film((25_000, SLAB), (50_000, POSTS)), tmp_path)

    def test_the_golden_file(self, tmp_path):
        assert dump(written(film((25_000, SLAB), (50_000, PICTURE_FRAME)), tmp_path)) == GOLDEN.read_text(encoding="utf-8")

    def test_pictures_have_no_contours(self, tmp_path):
        job = job_of([(50_000, [Exposure(mask_of(picture("full", PANEL), PANEL), 6.0)], LIFT)], PANEL)
        with pytest.raises(FormatError, match=r"holds pictures, not contours: slice the recipe to \.slc"):
            write_job(job, tmp_path / "film.slc")
        assert not list(tmp_path.iterdir())


    def test_a_job_without_layers_has_none_either(self, tmp_path):
        with pytest.raises(FormatError, match="without layers"):
            write_job(job_of([], PANEL), tmp_path / "film.slc")


class TestLosses:
    @quickly
    @given(st.lists(st.tuples(st.integers(1, 500_000), st.integers(1, 4)), min_size=1, max_size=40))
    def test_thicknesses_come_back_or_are_refused(self, tmp_path, runs):
        thicknesses = [nm for nm, times in runs for _ in range(times)]
        job = film(*((nm, SLAB) for nm in thicknesses))
        if losses(job, FORMAT):
            with pytest.raises(LossyExport, match=r"thickness \(.*layers? \d"):
                write_job(job, tmp_path / "film.slc")
            return
        found = read_contours(written(job, tmp_path)).layers
        assert [one.top_nm - one.bottom_nm for one in found] == thicknesses
        assert [one.top_nm for one in found] == [layer.top_nm for layer in job.layers]

    @quickly
    @given(st.lists(st.integers(1, 200), min_size=1, max_size=60))
    def test_whole_micrometres_are_never_lost(self, tmp_path, thicknesses_um):
        job = film(*((um * 1000, SLAB) for um in thicknesses_um))
        found = read_contours(written(job, tmp_path)).layers
        assert [one.top_nm for one in found] == [layer.top_nm for layer in job.layers]

    def test_heights_finer_than_32_bits_name_their_layers(self):
        (loss,) = losses(film((50_000_000, SLAB), (50_001, SLAB), (49_999, SLAB)), FORMAT)
        assert (loss.name, loss.layers) == ("thickness", (1, 2))

    def test_255_ranges_are_carried_and_256_are_not(self, tmp_path):
        def ranges(count):
            return film(*((10_000 + 1000 * (i % 2), SLAB) for i in range(count)))

        assert len(read_contours(written(ranges(255), tmp_path)).layers) == 255
        (loss,) = losses(ranges(257), FORMAT)
        assert (loss.name, loss.layers) == ("thickness", (255, 256))
        assert "257 ranges" in str(loss)
        write_job(ranges(257), tmp_path / "film.slc", allow={"thickness"})
        assert [least for least, _ in decoded((tmp_path / "film.slc").read_bytes()).layers][-1] == np.float32(256 * 0.0105)

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("exposure", lambda layer: {"exposures": (replace(layer.exposures[0], exposure_s=9.0),)}),
            ("exposures", lambda layer: {"exposures": layer.exposures * 2}),
            ("power", lambda layer: {"exposures": (replace(layer.exposures[0], power=0.5),)}),
            ("motion", lambda layer: {"motion": layer.motion.model_copy(update={"lift_mm": 9.0})}),
        ],
    )
    def test_what_an_slc_has_no_place_for(self, name, change, tmp_path):
        job = film(*[(50_000, SLAB)] * 3)
        job = replace(job, layers=(*job.layers[:2], replace(job.layers[2], **change(job.layers[2]))))
        with pytest.raises(LossyExport, match=rf"{name} \(.*layers? "):
            write_job(job, tmp_path / "film.slc", allow={"thickness"})
        allowed = {loss.name for loss in losses(job, FORMAT)}
        assert name in allowed
        write_job(job, tmp_path / "film.slc", allow=allowed)

    def test_greys_are_no_loss(self):
        """The masks are painted from the very contours that are written."""
        job = film((50_000, POSTS))
        assert losses(replace(job, printer=printer_for(PANEL)), FORMAT) == []


class TestReading:
    def test_agrees_with_the_independent_decoder(self, tmp_path):
        data = written(film((25_000, SLAB), (50_000, SLAB), (50_000, PIERCED), (50_000, POSTS)), tmp_path)
        file, found = decoded(data), read_contours(data)
        assert (found.unit, found.package, found.notes) == ("MM", "voxelyte", ())
        for (least, boundaries), layer in zip(file.layers, found.layers, strict=True):
            assert least == np.float32(layer.bottom_nm / 1e6)
            for points, ring in zip(boundaries, layer.outlines.rings, strict=True):
                assert ring.dtype == np.float64
                assert np.allclose(ring, points * 1000, rtol=1e-12)
            assert layer.outlines.area_um2 == pytest.approx(1e6 * sum(map(ring_area, boundaries)))
        assert [layer.outlines.outer for layer in found.layers] == [1, 1, 2, 3]
        assert found.layers[0].outlines is found.layers[1].outlines

    def test_a_path_is_read_as_well_as_bytes(self, tmp_path):
        data = written(film((50_000, SLAB)), tmp_path)
        by_path, by_bytes = read_contours(tmp_path / "film.slc"), read_contours(data)
        assert by_path.layers[0][:2] == by_bytes.layers[0][:2]
        with pytest.raises(FormatError, match="cannot be read"):
            read_contours(tmp_path)

    def test_inches(self):
        (layer,) = read_contours(made([(0.0, [SQUARE])], 0.002, "-SLCVER 2.0 -UNIT INCH -TYPE PART", [(0.0, 0.002, 0, 0)])).layers
        assert (layer.bottom_nm, layer.top_nm) == (0, 50_800)
        assert layer.outlines.area_um2 == pytest.approx(25_400.0**2)

    def test_layers_that_a_file_leaves_out_are_put_back(self):
        """The specification's cube: one contour from 0 to 1, in layers of 0.01."""
        layers = read_contours(made([(0.0, [SQUARE])], 1.0, table=[(0.0, 0.01, 0, 0)])).layers
        assert [layer.top_nm for layer in layers] == [10_000_000 // 1000 * k for k in range(1, 101)]
        assert len({layer.outlines for layer in layers}) == 1

    def test_each_range_of_the_table_counts_from_its_height_on(self):
        table = [(0.0, 0.025, 0, 0), (0.1, 0.05, 0, 0)]
        layers = read_contours(made([(0.0, [SQUARE]), (0.1, [SQUARE])], 0.2, table=table)).layers
        assert [layer.top_nm - layer.bottom_nm for layer in layers] == [25_000] * 4 + [50_000] * 2

    def test_heights_that_were_summed_up_in_32_bits_are_taken(self):
        heights = np.cumsum(np.full(1200, np.float32(0.05), dtype=np.float32), dtype=np.float32)
        layers = [(z, [SQUARE]) for z in (0.0, *heights[:-1])]
        assert len(read_contours(made(layers, heights[-1])).layers) == 1200

    def test_what_is_passed_over_is_told(self):
        header = "-SLCVER 2.0 -UNITS MM -TYPE PART -PACKAGE C-TOOLS 2.xx -EXTENTS 0,1 0,1 -1,1"
        found = read_contours(made([(0.0, [SQUARE])], 0.05, header, [(0, 0.05, 0.1, 0)]))
        assert found.package == "C-TOOLS 2.xx"
        assert found.notes == ("a line-width compensation of 0.1 is asked for: it is not applied",)

    def test_it_is_no_job(self, tmp_path):
        written(film((50_000, SLAB)), tmp_path)
        with pytest.raises(FormatError, match=r"film\.slc: holds contours, not masks: slice it for a printer"):
            read_job(tmp_path / "film.slc")

    def test_known_by_content_and_by_no_other_format(self, tmp_path):
        data = written(film((50_000, SLAB)), tmp_path)
        for content in (data, tmp_path / "film.slc"):
            assert [fmt.name for fmt in all_formats() if fmt.recognises(content)] == ["slc"]
        for content in (b"", b"PK\x03\x04", b"-SLCVER 2.0", b"solid x\r\n\x1a", bytes(5000), tmp_path, tmp_path / "none"):
            assert not FORMAT.recognises(content)


def open_ring(data, at):
    """The vertex at `at` moved away from where its contour began."""
    return data[:at] + struct.pack("<f", 7.0) + data[at + 4 :]


WHOLE = made([(0.0, [SQUARE]), (0.05, [SQUARE])], 0.1)
START = WHOLE.index(b"\x1a") + 1 + 256
CLOCKWISE = SQUARE[::-1]
FLAT = [[0, 0], [1, 0], [2, 0], [0, 0]]


class TestRefusing:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"-SLCVER 2.0 -UNIT MM -TYPE PART", "byte 0: no header that ends with 0D 0A 1A"),
            (b"-" + b"A" * 3000 + WHOLE, "byte 0: no header that ends with 0D 0A 1A within 2048"),
            (made([(0, [SQUARE])], 0.05, "-SLCVER 3.0 -UNIT MM -TYPE PART"), "header: -SLCVER '3.0' must be 2.0"),
            (made([(0, [SQUARE])], 0.05, "-SLCVER 2.0 -UNIT CM -TYPE PART"), "header: -UNIT 'CM' must be MM or INCH"),
            (made([(0, [SQUARE])], 0.05, "-SLCVER 2.0 -UNIT MM -TYPE WEB"), "header: -TYPE 'WEB' must be PART"),
            (made([(0, [SQUARE])], 0.05, "-SLCVER 2.0 -UNIT MM"), "header: -TYPE is missing and must be PART"),
            (made([(0, [SQUARE])], 0.05, table=()), "the sampling table is empty"),
            (made([(0, [SQUARE])], 0.05, table=[(0, 0, 0, 0)]), "layer thickness must be greater than 0"),
            (made([(0, [SQUARE])], 0.05, table=[(0, -1, 0, 0)]), "layer thickness=-1.0 must be 0 to"),
            (made([(0, [SQUARE])], 0.05, table=[(0, float("nan"), 0, 0)]), "layer thickness=NaN must be 0 to"),
            (made([(0, [SQUARE])], 0.05, table=[(0, 0.05, 0, 0), (0, 0.025, 0, 0)]), "the sampling table must ascend"),
            (made([(0, [SQUARE])], 0.125), r"byte \d+: 125 µm from 0 µm on must be whole layers of the sampling table's 50 µm"),
            (made([(0, [SQUARE])], 0.05, table=[(0.1, 0.05, 0, 0)]), "sampling table's 0 µm"),
            (made([(0.05, [SQUARE]), (0.0, [SQUARE])], 0.1), "height 0 mm must lie above 0.05 mm"),
            (made([(0.05, [SQUARE])], 0.05), "height 0.05 mm must lie above 0.05 mm"),
            (made([(-0.05, [SQUARE])], 0.05), "height=-0.05 must be 0 to"),
            (made([], 0.05), "no layer before the end"),
            (made([(0, [CLOCKWISE])], 0.05), "outer contours of this layer must run counter-clockwise"),
            (made([(0, [FLAT])], 0.05), "must run counter-clockwise and have an area"),
            (made([(0, [[[0, 0], [1, 0], [0, 0]]])], 0.05), "vertices=3 must be 4 to"),
            (made([(0, [[[0, 0], [float("nan"), 0], [1, 1], [0, 0]]])], 0.05), "must be finite and within 10000 mm"),
            (made([(0, [[[0, 0], [1e30, 0], [1, 1], [0, 0]]])], 0.05), "must be finite and within 10000 mm"),
            (made([(0, [SQUARE])], 1000.0, table=[(0, 1e-5, 0, 0)]), "more than 100000 layers"),
            (WHOLE + b"more", "4 bytes after the end"),
            (WHOLE[:-1], "ends too early"),
            (WHOLE.replace(struct.pack("<II", 5, 0), struct.pack("<II", 5, 1), 1), r"an open contour \(1 gaps\)"),
            (open_ring(WHOLE, START + 17 + 8 + 8), "an open contour: its last vertex must be its first"),
            (WHOLE.replace(struct.pack("<II", 5, 0), struct.pack("<II", 0x7FFFFFFF, 0), 1), "vertices=2147483647 must be 4 to"),
            (WHOLE[: START + 17] + struct.pack("<fI", 0, LAST - 1) + WHOLE[START + 25 :], "4294967294 boundaries do not fit into the"),
        ],
    )  # fmt: skip
    def test_names_the_byte_and_the_law(self, data, said):
        with pytest.raises(FormatError, match=said) as refusal:
            read_contours(data)
        assert re.match(r"byte \d+", str(refusal.value))

    def test_every_truncation(self):
        for length in range(len(WHOLE)):
            with pytest.raises(FormatError):
                read_contours(WHOLE[:length])

    def test_lying_counts_take_no_memory(self):
        lies = {17: struct.pack("<fI", 0, LAST - 1), 25: struct.pack("<II", LAST, 0)}
        tracemalloc.start()
        for place, lie in lies.items():
            with pytest.raises(FormatError):
                read_contours(WHOLE[: START + place] + lie + WHOLE[START + place + 8 :])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000

    @staticmethod
    def fuzz(folder, count, seed):
        """How many of `count` damaged files were refused; any other fault is a fault."""
        rng, whole = random.Random(seed), written(film((25_000, SLAB), (50_000, PIERCED), (50_000, POSTS)), folder)
        refused = 0
        for _ in range(count):
            data = bytearray(whole)
            for _ in range(rng.randrange(1, 5)):
                at = rng.choice([rng.randrange(len(data)), rng.randrange(600)])
                kind = rng.randrange(4)
                if kind == 0:
                    data[at : at + 4] = rng.choice([b"\xff" * 4, b"\xff\xff\xff\x7f", bytes(4), b"\1\0\0\0"])
                elif kind == 1:
                    del data[at : at + rng.randrange(1, 40)]
                elif kind == 2:
                    data[at:at] = data[at : at + rng.randrange(1, 200)]
                elif at < len(data):
                    data[at] ^= 1 << rng.randrange(8)
            try:
                read_contours(bytes(data))
            except FormatError:
                refused += 1
        return refused

    def test_mutated_files(self, tmp_path):
        assert self.fuzz(tmp_path, 300, 1) > 150

    @pytest.mark.slow
    def test_ten_thousand_mutated_files(self, tmp_path):
        assert self.fuzz(tmp_path, 10_000, 2) > 5_000


def test_declares_itself():
    assert FORMAT.contours
    assert FORMAT.carries == {"thickness"}
    assert FORMAT.silent == {"exposure", "motion", "power"}
    assert isinstance(film((50_000, SLAB)).layers[0], Layer)


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        GOLDEN.write_text(dump(written(film((25_000, SLAB), (50_000, PICTURE_FRAME)), Path(place))), encoding="utf-8")
