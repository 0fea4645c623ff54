"""An SLC file as a design: the same film, the same masks, in the file's own layers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from test_formats_slc import POSTS, SLAB, SQUARE, drawn, film, made

from voxelyte import load_printer, load_recipe, load_resin, mesh_of, read_job, slice_solid, write_job, write_preview
from voxelyte.cli import main
from voxelyte.contours import MOST_SHAPES, ContourSolid, facts, outlined, read_solid
from voxelyte.errors import FormatError
from voxelyte.formats.slc import read_contours
from voxelyte.printer import Panel
from voxelyte.raster import coverage
from voxelyte.region import EMPTY, Part, Points
from voxelyte.shapes import Disc, Polygon, Rectangle, ring_area

FILMS = ["p-3dse", "s-3dse", "f-se", "f-mark"]
PRINTER, RESIN = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")


def sliced(name, outline="disc:16000"):
    solid = load_recipe(name).with_outline(outline).solid()
    return slice_solid(solid, PRINTER, RESIN, name=name), solid


@pytest.fixture(scope="module", params=FILMS)
def both(request, tmp_path_factory):
    """A recipe's job and solid, and the solid of its SLC."""
    job, solid = sliced(request.param)
    path = tmp_path_factory.mktemp("slc") / "film.slc"
    write_job(job, path)
    return job, solid, read_solid(path)


def solid_of(*layers, top=0.2, **more):
    return ContourSolid(read_contours(made(layers, top, **more)))


def moved(ring, x, y):
    return [[a + x, b + y] for a, b in ring]


class TestTheSameFilm:
    def test_masks_differ_by_at_most_one_level(self, both):
        job, _, again = both
        other = slice_solid(again, PRINTER, RESIN, layering=again.thickness_um)
        assert [layer.thickness_nm for layer in other.layers] == [layer.thickness_nm for layer in job.layers]
        for one, two in zip(job.masks(), other.masks(), strict=True):
            difference = np.abs(one.pixels().astype(int) - two.pixels())
            assert difference.max() <= 1
            assert np.count_nonzero(difference) < 100

    def test_measures(self, both):
        _, solid, again = both
        for name in ("volume_um3", "footprint_um2", "side_wall_um2", "void_um3"):
            assert getattr(again, name) == pytest.approx(getattr(solid, name), rel=1e-3), name
        assert again.volume_um3 == pytest.approx(solid.volume_um3, rel=1e-5)
        assert again.levels_um == solid.levels_um
        assert again.count == solid.count
        assert np.abs(np.subtract(again.bounds_um, solid.bounds_um)).max() < 0.1
        assert again.cell_area_factor is None

    def test_sections_are_half_open_and_the_same_object(self, both):
        _, solid, again = both
        assert again.section(-0.001) is EMPTY
        assert again.section(again.levels_um[-1]) is EMPTY
        for bottom, top in zip(again.levels_um, again.levels_um[1:], strict=False):
            assert again.section(bottom) is again.section(np.nextafter(top, 0))
            assert again.section(bottom).count == solid.section(bottom).count
        assert len({again.section(z) for z in again.levels_um[:-1]}) == len(again.levels_um) - 1

    def test_its_own_slc_is_the_same_again(self, both, tmp_path):
        """Contours are not drawn anew, so that they do not wander."""
        _, _, again = both
        write_job(slice_solid(again, PRINTER, RESIN, layering=again.thickness_um), tmp_path / "again.slc")
        third = read_solid(tmp_path / "again.slc")
        for one, two in zip(again.contours.layers, third.contours.layers, strict=True):
            assert one[:2] == two[:2]
            assert one.outlines.area_um2 == pytest.approx(two.outlines.area_um2, rel=1e-5)
            assert np.abs(np.subtract(one.outlines.bounds_um, two.outlines.bounds_um)).max() < 0.02


class TestPlace:
    @pytest.mark.parametrize("outline", ["plate", "disc:66960"])
    def test_a_film_as_large_as_the_plate_fits(self, outline, tmp_path):
        solid = load_recipe("f-se").with_outline(outline).solid(PRINTER.panel)
        write_job(slice_solid(solid, PRINTER, RESIN), tmp_path / "film.slc")
        again = read_solid(tmp_path / "film.slc")
        assert again.bounds_um == solid.bounds_um
        (mask,) = slice_solid(again, PRINTER, RESIN, layering=again.thickness_um).masks()
        lit_um2 = int(mask.pixels().sum(dtype=np.int64)) / 255 * PRINTER.panel.pixel_area_um2
        assert lit_um2 == pytest.approx(solid.footprint_um2, rel=1e-5)

    def test_a_film_is_centred_on_any_plate(self):
        for x, y in ((0, 0), (50, 20), (-7.5, 3)):
            bounds = solid_of((0, [moved(SQUARE, x, y)])).bounds_um
            assert bounds == pytest.approx((-500, -500, 0, 500, 500, 200))

    def test_or_put_where_one_wants_it(self):
        contours = read_contours(made([(0, [moved(SQUARE, 3, 4)])], 0.2))
        assert ContourSolid(contours, (-1000.0, 0.0)).bounds_um == pytest.approx((2000, 4000, 0, 3000, 5000, 200))

    def test_the_lowest_layer_lies_on_the_plate(self):
        solid = solid_of((10.0, [SQUARE]), (10.1, [moved(SQUARE, 0, 0)]), top=10.2, table=[(10.0, 0.05, 0, 0)])
        assert solid.levels_um == (0.0, 200.0)
        assert solid.thickness_um == (50.0,) * 4

    def test_nothing_may_float(self):
        with pytest.raises(FormatError, match="the lowest layer has no contour"):
            solid_of((0, []), (0.1, [SQUARE]))

    def test_an_empty_layer_further_up_is_empty(self):
        solid = solid_of((0, [SQUARE]), (0.1, []))
        assert solid.section(150.0) is EMPTY
        assert solid.volume_um3 == pytest.approx(1e6 * 100)
        assert solid.count == 0


class TestRegions:
    def test_copies_become_places(self, tmp_path):
        rings = [ring + at for at in np.random.default_rng(2).uniform(0, 9000, (50, 2)) for ring in Disc(40.0).rings(0.1)]
        rounded = [(ring / 1000).astype(np.float32).astype(np.float64) * 1000 for ring in rings]
        region = outlined(tuple(rounded), 50, (5.0, -5.0))
        (part,) = region.parts
        assert (part.places.count, region.count) == (50, 50)
        drawn_again = part.shape.rings(1.0)[0] + part.places.at_um[:, None]
        assert np.abs(drawn_again - np.array(rings) - (5.0, -5.0)).max() < 0.002
        assert region.area_um2 == pytest.approx(sum(map(ring_area, rings)), rel=1e-6)

    def test_several_shapes_become_several_parts(self):
        shapes = [Disc(40.0).rings(0.1)[0], Rectangle(80.0, 60.0).rings(0.1)[0], Rectangle(60.0, 80.0).rings(0.1)[0]]
        rings = tuple(np.add(ring, [300.0 * i, 0]) for i, ring in enumerate(shapes * 4))
        region = outlined(rings, 12, (0.0, 0.0))
        assert sorted(part.places.count for part in region.parts) == [4, 4, 4]
        assert region.count == 12

    def test_too_many_shapes_stay_one_figure(self):
        rings = tuple(Rectangle(10.0 + i, 20.0).rings(1)[0] + [100.0 * i, 0] for i in range(MOST_SHAPES + 1))
        region = outlined(rings, len(rings), (0.0, 0.0))
        assert (len(region.parts), region.count) == (1, MOST_SHAPES + 1)

    def test_holes_stay_with_what_is_around_them(self):
        frame, hole = Rectangle(100.0, 100.0).rings(1)[0], Rectangle(50.0, 50.0).rings(1)[0][::-1]
        rings = tuple(np.add(ring, [300.0 * i, 0]) for i in range(3) for ring in (frame, hole))
        region = outlined(rings, 3, (0.0, 0.0))
        assert (len(region.parts), region.count) == (1, 3)
        assert region.area_um2 == pytest.approx(3 * 7500)
        assert region.to_shapely(1.0).area == pytest.approx(3 * 7500)
        panel = Panel(width_px=80, height_px=20, pitch_x_um=20.0, pitch_y_um=20.0)
        assert coverage(region, panel).sum() * panel.pixel_area_um2 == pytest.approx(3 * 7500)


def test_facts_are_the_files_own(tmp_path):
    pierced = drawn(Part(Polygon((Rectangle(100.0, 80.0).rings(1)[0], Rectangle(50.0, 40.0).rings(1)[0][::-1]))))
    write_job(film((25_000, SLAB), (50_000, pierced), (50_000, POSTS)), tmp_path / "film.slc")
    told = json.loads(json.dumps(facts(read_contours(tmp_path / "film.slc"))))
    assert (told["unit"], told["package"], told["layers"], told["height_um"]) == ("MM", "voxelyte", 3, 125.0)
    assert told["x_mm"] == pytest.approx([1.04, 1.44], abs=1e-4)
    assert told["y_mm"] == pytest.approx([0.83, 1.03], abs=1e-4)
    assert [(row["bottom_um"], row["z_um"], row["thickness_um"]) for row in told["layer"]] == [(0, 25, 25), (25, 75, 50), (75, 125, 50)]
    assert [(row["pieces"], row["holes"]) for row in told["layer"]] == [(1, 0), (1, 1), (3, 0)]
    assert [row["area_mm2"] for row in told["layer"]] == pytest.approx([0.08, 0.006, POSTS.area_um2 / 1e6], rel=1e-5)
    assert told["volume_mm3"] == pytest.approx(0.08 * 0.025 + 0.006 * 0.05 + POSTS.area_um2 / 1e6 * 0.05, rel=1e-5)


def test_meshes_and_previews_know_it(tmp_path):
    job, solid = sliced("p-3dse", "disc:2000")
    write_job(job, tmp_path / "film.slc")
    again = read_solid(tmp_path / "film.slc")
    mesh = mesh_of(again)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(solid.volume_um3, rel=1e-4)
    write_preview(slice_solid(again, PRINTER, RESIN, layering=again.thickness_um), tmp_path / "film.png", again)
    assert (tmp_path / "film.png").stat().st_size > 1000


class TestCommands:
    @pytest.fixture
    def slc(self, tmp_path):
        job, _ = sliced("p-3dse", "disc:2000")
        write_job(job, tmp_path / "small.slc")
        return tmp_path / "small.slc"

    def run(self, *words):
        return CliRunner().invoke(main, [str(word) for word in words])

    def test_an_slc_is_sliced_as_a_recipe_is(self, slc, tmp_path):
        done = self.run("slice", slc, "--printer", "asiga-max-x27", "--exposure-s", "7", "-o", tmp_path / "film.voxelyte")
        assert done.exit_code == 0, done.output
        job = read_job(tmp_path / "film.voxelyte")
        assert (job.name, job.printer.name) == ("small", "asiga-max-x27")
        assert [layer.thickness_nm for layer in job.layers] == [25_000, *[50_000] * 4]
        assert {layer.exposure_s for layer in job.layers} == {7.0}
        assert job.provenance.parameters == {"geometry": "contours", "file": "small.slc"}

    @pytest.mark.parametrize("option", [["--set", "base_um=50"], ["--outline", "plate"], ["--layering", "even"], ["--layer-um", "25"]])
    def test_what_only_a_recipe_can_change_is_refused(self, option, slc, tmp_path):
        for command in ("slice", "preview"):
            done = self.run(command, slc, *option, "-o", tmp_path / "film.png")
            assert done.exit_code == 2
        done = self.run("slice", slc, *option, "-o", tmp_path / "film.voxelyte")
        assert done.exit_code == 2
        assert f"{option[0]}: {slc} holds contours with layers of their own; only a recipe can be changed" in done.output
        assert list(tmp_path.iterdir()) == [slc]

    def test_a_damaged_one_is_named(self, slc, tmp_path):
        slc.write_bytes(slc.read_bytes()[:-9])
        done = self.run("slice", slc, "-o", tmp_path / "film.voxelyte")
        assert done.exit_code == 2
        assert "small.slc: byte " in done.output

    def test_what_is_passed_over_becomes_a_remark(self, tmp_path):
        (tmp_path / "other.slc").write_bytes(made([(0, [SQUARE])], 0.1, table=[(0, 0.05, 0.1, 0)]))
        done = self.run("slice", tmp_path / "other.slc", "-o", tmp_path / "film.voxelyte")
        assert done.exit_code == 0, done.output
        notes = read_job(tmp_path / "film.voxelyte").provenance.notes
        assert "a line-width compensation of 0.1 is asked for: it is not applied" in notes

    def test_mesh_takes_it_too(self, slc, tmp_path):
        done = self.run("mesh", slc, "-o", tmp_path / "film.stl")
        assert done.exit_code == 0, done.output
        assert (tmp_path / "film.stl").stat().st_size > 1000


@pytest.mark.parametrize("name", ["asiga-max", "generic-50um"])
def test_any_panel_lights_its_area(name):
    solid, resin = solid_of((0, [SQUARE])), RESIN.model_copy(update={"printed_on": None})
    (mask,) = slice_solid(solid, load_printer(name), resin, layering=solid.thickness_um).masks()
    lit_um2 = int(mask.pixels().sum(dtype=np.int64)) / 255 * mask.panel.pixel_area_um2
    assert lit_um2 == pytest.approx(1e6, rel=1e-3)


def test_places_are_points():
    (part,) = outlined(tuple(Disc(9.0).rings(0.1)[0] + [100.0 * i, 0] for i in range(3)), 3, (0.0, 0.0)).parts
    assert isinstance(part.places, Points)
