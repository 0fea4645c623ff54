"""A mesh as a solid: its sections against geometry that is known, and against shapely and trimesh, which share no code with them."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from meshed_parts import ball, box, inverted, lathe, moved, solid, stl, together, torus
from trimesh.intersections import mesh_plane

from voxelyte import load_printer, load_recipe, load_resin, mesh_of, read_mesh, slice_solid, write_mesh
from voxelyte.errors import FormatError, RecipeError, SliceError
from voxelyte.meshed import Drawn, MeshSolid
from voxelyte.meshed.crossing import crossing_notes
from voxelyte.printer import Panel
from voxelyte.raster import coverage, paint, paint_all
from voxelyte.region import EMPTY, Part, Region
from voxelyte.segments import Segments, edges_of
from voxelyte.shapes import Disc, Polygon
from voxelyte.tone import tone_for

PANEL = Panel(width_px=64, height_px=48, pitch_x_um=50.0, pitch_y_um=40.0)
PRINTER, RESIN = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")
CLOSE = 1e-9


def area_of(part, z):
    return part.section(z).area_um2


def inscribed(sides):
    """Area of a regular polygon in a circle, as part of the circle's."""
    return sides / (2 * pi) * np.sin(2 * pi / sides)


class TestSections:
    """Areas that are known, to the bound of the tessellation."""

    def test_of_a_cylinder(self):
        part = solid(lathe(lambda *_: 700.0, [0, 300], 64))
        for z in (0.0, 150.0, 299.9):
            assert area_of(part, z) == pytest.approx(pi * 700**2 * inscribed(64), rel=CLOSE)
        assert part.section(-0.1) is EMPTY
        assert part.section(300.0) is EMPTY

    def test_of_a_sphere(self):
        part = solid(ball(800.0, 120, 96))
        assert part.levels_um == (0.0, 1600.0)
        for z in np.linspace(50, 1550, 7):
            circle = pi * (800**2 - (z - 800) ** 2)
            assert circle * inscribed(96) * 0.998 < area_of(part, z) <= circle * inscribed(96) * (1 + CLOSE)

    def test_of_a_torus(self):
        part = solid(torus(1000.0, 300.0, 96, 96))
        for z in (100.0, 300.0, 450.0):
            ring = 4 * pi * 1000 * np.sqrt(300**2 - (z - 300) ** 2)
            assert area_of(part, z) == pytest.approx(ring, rel=3e-3)
        assert part.section(300.0).parts[0].shape.pieces == 1
        assert len(part.section(300.0).parts[0].shape.rings(1.0)) == 2

    def test_of_a_twisted_star(self):
        """The area of r = R (1 + a cos(5 t + k z)) is the same at every height."""
        z = np.linspace(0, 2000, 41)
        part = solid(lathe(lambda t, z: 500 * (1 + 0.2 * np.cos(5 * t + z / 700)), z, 240))
        for at in (25.0, 999.0, 1975.0):
            assert area_of(part, at) == pytest.approx(pi * 500**2 * 1.02, rel=2e-3)

    @pytest.mark.parametrize("z", [0.0, 100.0, 200.0, 250.0])
    def test_a_plane_through_corners_and_faces_is_half_open(self, z):
        """Steps at 100 and 200: the section at a level is that of what lies above it."""
        steps = box((-400, -400, 0), (400, 400, 100)), box((-200, -200, 100), (200, 200, 200)), box((0, 0, 200), (90, 90, 300))
        part = solid(together(*steps))
        expected = {0.0: 800**2, 100.0: 400**2, 200.0: 90**2, 250.0: 90**2}
        assert area_of(part, z) == pytest.approx(expected[z], rel=CLOSE)
        assert area_of(part, np.nextafter(z, 1e9)) == pytest.approx(expected[z], rel=CLOSE)

    def test_needles_and_flat_triangles_change_nothing(self):
        """A side with a corner in the middle of an edge, closed by a triangle without area."""
        points, faces = box((0, 0, 0), (500, 500, 400))
        points = np.vstack([points, (points[0] + points[1]) / 2])
        whole = solid((points[:8], faces))
        cut = [face for face in faces.tolist() if not {0, 1} <= set(face)]
        for a, b, c in (face for face in faces.tolist() if {0, 1} <= set(face)):
            third = ({a, b, c} - {0, 1}).pop()
            order = [a, b, c]
            start = order.index(third)
            one, two = order[(start + 1) % 3], order[(start + 2) % 3]
            cut += [[third, one, 8], [third, 8, two]] if third == 3 else [[third, one, two]]
            needle = [[two, 8, one]] if third == 3 else []
            cut += needle
        part = solid((points, np.array(cut)))
        for z in (0.0, 100.0, 200.0, 399.0):
            assert area_of(part, z) == pytest.approx(area_of(whole, z), rel=CLOSE)


class TestHolesAndBodies:
    def test_a_cavity_is_a_hole(self):
        part = solid(together(ball(800.0, 40, 64), inverted(ball(500.0, 40, 64))))
        ring = area_of(solid(ball(800.0, 40, 64)), 800.0) - area_of(solid(ball(500.0, 40, 64)), 500.0)
        assert area_of(part, 800.0) == pytest.approx(ring, rel=CLOSE)
        assert part.section(800.0).count == 1
        assert part.volume_um3 == pytest.approx(solid(ball(800.0, 40, 64)).volume_um3 - solid(ball(500.0, 40, 64)).volume_um3)
        assert not any("overlap" in note for note in part.notes)

    def test_a_body_within_a_body_is_swallowed(self):
        part = solid(together(ball(800.0), ball(500.0)))
        assert area_of(part, 800.0) == pytest.approx(area_of(solid(ball(800.0)), 800.0), rel=CLOSE)
        assert any("2 of 2 bodies are in each other's boxes: where they overlap they are united" in note for note in part.notes)

    def test_a_body_in_a_cavity_stays(self):
        part = solid(together(ball(800.0), inverted(ball(600.0)), ball(300.0)))
        areas = [area_of(solid(ball(radius)), radius) for radius in (800.0, 600.0, 300.0)]
        assert area_of(part, 800.0) == pytest.approx(areas[0] - areas[1] + areas[2], rel=CLOSE)
        assert part.section(800.0).count == 2

    def test_overlapping_bodies_are_united(self):
        one, other = box((0, 0, 0), (600, 400, 300)), box((400, 100, 0), (900, 300, 500))
        part = solid(together(one, other))
        assert area_of(part, 150.0) == pytest.approx(600 * 400 + 500 * 200 - 200 * 200, rel=CLOSE)
        assert part.section(150.0).parts[0].shape.perimeter_um == pytest.approx(2 * (600 + 400) + 2 * 300)
        assert area_of(part, 400.0) == pytest.approx(500 * 200, rel=CLOSE)
        assert part.levels_um == (0.0, 300.0, 500.0)

    def test_bodies_side_by_side_are_left_alone(self):
        part = solid(together(*(moved(ball(200.0), 500.0 * i, 0, 0) for i in range(5))))
        assert part.section(200.0).count == 5
        assert part.shells == 5
        assert not part._together.notes

    def test_a_mask_of_bodies_that_share_room_is_that_of_their_union(self):
        one, other = moved(ball(500.0), -200, 0, 500), moved(ball(500.0), 250, 100, 500)
        part = solid(together(one, other), shift_um=(0.0, 0.0))
        singles = [solid(mesh, shift_um=(0.0, 0.0)).section(480.0).to_shapely(1.0) for mesh in (one, other)]
        union = shapely.union_all(singles)
        assert area_of(part, 480.0) == pytest.approx(union.area, rel=1e-9)
        rings = [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(shapely.orient_polygons(shapely.get_parts(union)))]
        wanted = coverage(Region((Part(Polygon(tuple(rings))),)), PANEL)
        assert np.abs(coverage(part.section(480.0), PANEL) - wanted).max() < 1e-9

    def test_what_crosses_itself_is_solid_once(self):
        """One body whose bottom is a figure that winds around twice: coverage ends at 1."""
        turn = np.arange(80) * 4 * np.pi / 80
        radius = 600 + 100 * np.cos(turn / 2)
        ring = np.column_stack((radius * np.cos(turn), radius * np.sin(turn)))
        region = Region((Part(Segments(edges_of([ring]))),))
        covered = coverage(region, PANEL)
        assert covered.max() == 1
        assert covered[24, 32] == 1
        assert paint(region, PANEL, tone_for(256)).max() == 255


class TestHeights:
    def test_a_film_as_stl_has_the_films_layers(self, tmp_path):
        """75 + 150 µm as 32-bit mm are 74.99999... and 225.00000...: the plan is that of the recipe."""
        film = load_recipe("p-3dse").with_outline("disc:3000").solid()
        write_mesh(film, tmp_path / "film.stl")
        part = read_mesh(tmp_path / "film.stl")
        assert part.levels_um == film.levels_um == (0.0, 75.0, 225.0)
        job = slice_solid(part, PRINTER, RESIN)
        assert [layer.thickness_um for layer in job.layers] == [25, 50, 50, 50, 50]
        assert len(set(job.masks())) == 2
        assert any("heights are 32-bit numbers: those of 3 levels were put on the 1 nm grid" in note for note in part.notes)
        assert part.count == film.count
        for name in ("volume_um3", "footprint_um2", "void_um3"):
            assert getattr(part, name) == pytest.approx(getattr(film, name), rel=1e-4), name
        assert part.side_wall_um2 == pytest.approx(film.side_wall_um2, rel=0.01)  # chords are shorter than arcs

    @pytest.mark.parametrize("unit", ["mm", "inch", "um"])
    @pytest.mark.parametrize("height", [50.05, 0.1234567, 12.5])
    def test_a_height_is_read_as_the_decimal_that_it_stands_for(self, unit, height, tmp_path):
        (tmp_path / "box.stl").write_bytes(stl(*box((0, 0, 0.05), (9, 9, 0.05 + height))))
        part = read_mesh(tmp_path / "box.stl", unit)
        nm = {"mm": 1e6, "inch": 25.4e6, "um": 1e3}[unit]
        top, bottom = (round(float(str(np.float32(z))) * nm) for z in (0.05 + height, 0.05))
        assert part.levels_um[-1] == (top - bottom) / 1000

    def test_a_slab_with_upright_walls_has_one_section(self):
        part = solid(together(box((-900, -900, 0), (900, 900, 75)), box((-90, -90, 75), (90, 90, 225))))
        assert part.levels_um == (0.0, 75.0, 225.0)
        for low, high in ((0.0, 74.9), (75.0, 224.9)):
            assert part.steady(low)
            assert part.section(low) is part.section(high)

    def test_a_leaning_wall_is_not_steady(self):
        part = solid(lathe(lambda _, z: 500 - z / 1000, [0, 100, 200]))
        assert not part.steady(50.0)
        assert part.section(50.0) is not part.section(50.0)
        assert area_of(part, 50.0) > area_of(part, 60.0)

    def test_a_small_step_within_a_slab_is_seen(self):
        """Too small for a level of its own, but the section changes there."""
        part = solid(together(box((-900, -900, 0), (900, 900, 100)), box((0, 0, 100), (20, 20, 150)), box((100, 0, 100), (400, 400, 200))))
        assert part.levels_um == (0.0, 100.0, 200.0)
        assert part.steady(50.0)
        assert not part.steady(120.0)
        assert area_of(part, 140.0) == pytest.approx(300 * 400 + 400)
        assert area_of(part, 160.0) == pytest.approx(300 * 400)
        assert solid(part.mesh_um, flat_mm2=1e-4).levels_um == (0.0, 100.0, 150.0, 200.0)

    def test_what_is_level_but_for_its_rounding_is_one_level(self, tmp_path):
        points, faces = box((0, 0, 0), (9, 9, 60.05))
        points[points[:, 2] > 1, 2] += np.array([0, 4e-6, 0, 0])
        (tmp_path / "box.stl").write_bytes(stl(points, faces))
        assert read_mesh(tmp_path / "box.stl").levels_um == (0.0, 60050.0)

    def test_a_part_on_a_point_says_so(self):
        part = solid(ball(500.0))
        assert part.footprint_um2 == 0
        assert "no flat face of 0.001 mm² lies on the plate: little holds the part there" in part.notes


class TestPlace:
    def test_it_is_centred_on_the_plate_and_stands_on_it(self):
        assert solid(box((1000, 2000, -300), (1400, 2200, -100))).bounds_um == (-200, -100, 0, 200, 100, 200)

    def test_or_stays_where_it_is(self):
        assert solid(box((1000, 2000, -300), (1400, 2200, -100)), shift_um=(0.0, 5.0)).bounds_um == (1000, 2005, 0, 1400, 2205, 200)

    def test_a_part_larger_than_the_plate_is_refused(self):
        with pytest.raises(SliceError, match="120 mm in x"):
            slice_solid(solid(box((0, 0, 0), (120_000, 1000, 1000))), PRINTER, RESIN)

    def test_its_own_mesh_is_written(self, tmp_path):
        part = solid(ball(500.0))
        assert mesh_of(part).volume == pytest.approx(part.volume_um3)
        write_mesh(part, tmp_path / "again.stl")
        assert read_mesh(tmp_path / "again.stl").volume_um3 == pytest.approx(part.volume_um3, rel=1e-6)


class TestMasks:
    @pytest.mark.parametrize("name", ["p-3dse", "s-3dse", "f-mark", "f-se"])
    def test_masks_of_a_mesh_are_those_of_the_solid(self, name, tmp_path):
        """To within the tessellation: 0.2 µm of sagitta costs at most a grey level or two of 255."""
        film = load_recipe(name).with_outline("disc:15000" if name == "f-mark" else "disc:6000").solid()
        write_mesh(film, tmp_path / "film.stl", 0.2)
        part = read_mesh(tmp_path / "film.stl")
        jobs = [slice_solid(one, PRINTER, RESIN) for one in (film, part)]
        assert [layer.thickness_nm for layer in jobs[0].layers] == [layer.thickness_nm for layer in jobs[1].layers]
        for one, other in zip(jobs[0].masks(), jobs[1].masks(), strict=True):
            assert np.abs(one.pixels().astype(int) - other.pixels()).max() <= 2

    def test_a_leaning_part_is_painted_the_same_one_by_one_and_together(self):
        part = solid(lathe(lambda t, z: 800 * (1 + 0.2 * np.cos(5 * t + z / 100)), np.linspace(0, 500, 11), 200))
        sections = [part.section(z) for z in np.arange(5.0, 500, 25)]
        tone = tone_for(256)
        for section, picture in zip(sections, paint_all(sections, PANEL, tone), strict=True):
            assert np.array_equal(paint(section, PANEL, tone), picture)

    @pytest.mark.parametrize("levels", [2, 16, 256])
    def test_painting_by_rows_is_toning_coverage(self, levels):
        """But for pixels whose coverage lies within rounding of the border between two levels."""
        part = solid(together(moved(torus(700.0, 250.0), 13, 7, 250), moved(ball(200.0), 0, 0, 250)))
        section, tone = part.section(250.0), tone_for(levels)
        difference = np.abs(paint(section, PANEL, tone).astype(int) - tone(coverage(section, PANEL)))
        assert np.count_nonzero(difference) <= 1
        assert difference.max() <= 255 / (levels - 1) + 1

    def test_what_lies_beyond_the_panel_is_cut_off(self):
        part = solid(box((0, 0, 0), (5000, 1000, 100)), shift_um=(0.0, -500.0))
        panel = Panel(width_px=20, height_px=10, pitch_x_um=100.0, pitch_y_um=100.0)
        picture = paint(part.section(50.0), panel, tone_for(256))
        assert np.array_equal(picture[:, 10:], np.full((10, 10), 255))
        assert not picture[:, :10].any()
        assert np.array_equal(picture, next(paint_all([part.section(50.0)], panel, tone_for(256))))
        assert np.array_equal(picture, list(paint_all([part.section(50.0)] * 3, panel, tone_for(256)))[2])


coordinate = st.integers(-60, 60).map(lambda n: n * 12.5)
corners = st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=4, max_size=14, unique=True)


def hull(points):
    """A convex polyhedron, by shapely-free means: every supporting plane of three corners; None for a flat one."""
    points = np.array(points)
    found = []
    for i in range(len(points)):
        for j in range(len(points)):
            for k in range(len(points)):
                if i < j and i < k and j != k:
                    normal = np.cross(points[j] - points[i], points[k] - points[i])
                    side = (points - points[i]) @ normal
                    if (np.delete(side, [i, j, k]) < 0).all():
                        found.append((i, j, k))
    return points, np.array(found).reshape(-1, 3)


class TestAgainstOthers:
    @given(corners, st.floats(0.02, 0.98))
    @settings(max_examples=40, deadline=None)
    def test_sections_of_convex_polyhedra_are_what_shapely_says(self, points, share):
        """Corners in general position: the hull's edges cross a plane at the corners of the section's hull."""
        points, faces = hull(points)
        used = np.unique(faces)
        assume(len(used) >= 4)
        try:
            part = solid((points, faces), shift_um=(0.0, 0.0))
        except FormatError:
            assume(False)
        z = share * part.levels_um[-1]
        own = points[used] - [0, 0, points[used, 2].min()]
        low, high = own[own[:, 2] <= z], own[own[:, 2] > z]
        cut = [a + (z - a[2]) / (b[2] - a[2]) * (b - a) for a in low for b in high]
        assert area_of(part, z) == pytest.approx(shapely.MultiPoint(np.array(cut)[:, :2]).convex_hull.area, rel=1e-6, abs=1e-6)

    @given(st.lists(st.tuples(coordinate, coordinate, st.integers(4, 30).map(lambda n: n * 12.5)), min_size=1, max_size=5))
    @settings(max_examples=30, deadline=None)
    def test_balls_anywhere_are_the_union_of_their_sections(self, balls):
        """However they overlap, and one with equal ones too."""
        assume(len(set(balls)) == len(balls))
        meshes = [moved(ball(radius, 8, 12), x, y, radius) for x, y, radius in balls]
        part = solid(together(*meshes), shift_um=(0.0, 0.0))
        singles = [solid(mesh, shift_um=(0.0, 0.0)) for mesh in meshes]
        z = 0.37 * part.levels_um[-1]
        shapes = [one.section(z).to_shapely(1.0) for one in singles]
        union = shapely.union_all(shapes)
        assert area_of(part, z) == pytest.approx(union.area, rel=1e-6, abs=1e-3)
        box_um = PANEL.size_um
        seen = shapely.intersection(union, shapely.box(-box_um[0] / 2, -box_um[1] / 2, box_um[0] / 2, box_um[1] / 2)).area
        assert coverage(part.section(z), PANEL).sum() * PANEL.pixel_area_um2 == pytest.approx(seen, rel=1e-6, abs=1e-3)

    @given(st.integers(0, 3), st.booleans(), st.floats(0.05, 0.95))
    @settings(max_examples=20, deadline=None)
    def test_turning_and_mirroring_the_mesh_turns_and_mirrors_the_mask(self, quarters, mirror, share):
        panel = Panel(width_px=40, height_px=40, pitch_x_um=50.0, pitch_y_um=50.0)
        points, faces = lathe(lambda t, z: 500 + 150 * np.cos(3 * t + z / 200) + 90 * np.sin(t), np.linspace(0, 600, 7), 90)
        z = share * 600
        plain = coverage(solid((points, faces), shift_um=(3.0, 7.0)).section(z), panel)
        c, s = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters]
        turn = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) @ np.diag([-1 if mirror else 1, 1, 1])
        shift = np.array([3.0, 7.0, 0.0]) @ turn
        other = solid((points @ turn, faces[:, ::-1] if mirror else faces), shift_um=tuple(shift[:2]))
        wanted = np.rot90(plain, quarters)
        wanted = wanted[:, ::-1] if mirror else wanted
        assert np.abs(coverage(other.section(z), panel) - wanted).max() < 1e-9

    def test_trimesh_measures_the_same(self):
        part = solid(torus(1000.0, 300.0))
        lines = mesh_plane(mesh_of(part), plane_normal=[0, 0, 1], plane_origin=[0, 0, 200.0])
        length = np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1).sum()
        assert part.section(200.0).perimeter_um == pytest.approx(length, rel=1e-6)


class TestSegments:
    def test_rings_are_found_again_in_any_order(self):
        rings = [Disc(300.0).rings(1.0)[0], Disc(100.0).rings(1.0)[0][::-1], Disc(50.0).rings(1.0)[0]]
        ends = edges_of(rings)
        mixed = Segments(ends[:, np.random.default_rng(5).permutation(ends.shape[1])])
        assert (len(mixed.rings(1.0)), mixed.pieces) == (3, 2)
        for what in ("area_um2", "perimeter_um", "bounds_um"):
            assert getattr(mixed, what) == pytest.approx(getattr(Polygon(tuple(rings)), what))

    def test_squares_that_touch_in_a_corner_are_two(self):
        square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
        both = Segments(edges_of([square, square + 1]))
        assert both.pieces == 2
        assert sorted(len(ring) for ring in both.rings(1.0)) == [4, 4]

    def test_what_does_not_close_is_an_error(self):
        with pytest.raises(ValueError, match="do not close"):
            Segments(np.array([[0.0, 1.0], [0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])).rings(1.0)


class TestWrong:
    def refused(self, mesh, *said):
        with pytest.raises(FormatError) as caught:
            solid(mesh)
        for words in said:
            assert words in str(caught.value)

    def test_open_edges_are_named(self):
        points, faces = box((0, 0, 0), (4, 4, 4))
        self.refused((points, faces[:-1]), "3 open edges, with a triangle on one side only: (", "um")

    def test_so_is_a_triangle_turned_over(self):
        points, faces = box((0, 0, 0), (4, 4, 4))
        faces[3] = faces[3, ::-1]
        self.refused((points, faces), "3 edges between triangles of opposite sense (inconsistent winding): (4, 0, 0) to")

    def test_a_body_inside_out(self):
        self.refused(inverted(ball(5.0)), "1 of 1 bodies is inside out", "the first from (")
        self.refused(together(ball(5.0), moved(inverted(ball(2.0)), 20, 0, 0)), "1 of 2 bodies is inside out", "from (18")

    def test_numbers_that_are_none(self):
        points, faces = box((0, 0, 0), (4, 4, 4))
        points[7] = np.nan
        self.refused((points, faces), "triangles have a corner that is no finite number: the first is triangle ")

    def test_everything_twice(self):
        points, faces = box((0, 0, 0), (4, 4, 4))
        self.refused((points, np.vstack([faces, faces])), "12 triangles are there twice")

    def test_nothing_but_points(self):
        self.refused((np.zeros((3, 3)), np.array([[0, 1, 2]])), "no triangle has three different corners")

    def test_triangles_without_area_are_passed_over_and_told(self):
        points, faces = box((0, 0, 0), (400, 400, 400))
        part = solid((points, np.vstack([faces, [[1, 1, 3]]])))
        assert "1 triangles without area, of which two corners are one, are passed over" in part.notes

    def test_options(self):
        with pytest.raises(RecipeError, match="flat_mm2=0 must be greater than 0"):
            solid(box((0, 0, 0), (4, 4, 4)), flat_mm2=0)

    def test_a_solid_needs_height(self):
        with pytest.raises(FormatError):
            MeshSolid(Drawn(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2], [0, 2, 1]]), "mm"))


class TestTouching:
    @pytest.mark.parametrize("turned", [False, True])
    def test_bodies_that_share_a_face_are_one(self, turned):
        """Whether the shared face is cut along one diagonal or along both."""
        one, other = box((0, 0, 0), (4, 3, 1)), box((4, 0, 0), (6, 3, 1))
        if turned:
            points, faces = other
            other = points * [1, -1, 1] + [0, 3, 0], faces[:, ::-1]
        part = solid(together(one, other))
        assert part.shells == 1
        assert part.volume_um3 == pytest.approx(18.0)
        assert part.section(0.5).area_um2 == pytest.approx(18.0)

    def test_bodies_that_share_an_edge_are_two(self):
        part = solid(together(box((0, 0, 0), (1, 1, 1)), box((1, 1, 0), (2, 2, 1))))
        assert part.shells == 2

    def test_triangles_that_are_there_twice_are_told_beside_open_edges(self):
        points, faces = box((0, 0, 0), (4, 3, 1))
        with pytest.raises(FormatError, match="2 triangles are there twice"):
            _ = solid((points, np.vstack((faces, faces[:2]))))


class TestCrossing:
    def test_a_body_that_crosses_itself_is_told(self):
        """A prism on a pentagram, whose middle its outline runs around twice."""
        turn = 4 * np.pi * np.arange(5) / 5
        star = np.column_stack((np.cos(turn), np.sin(turn))) * 1000
        points = np.array([(x, y, z) for z in (0, 500) for x, y in (*star, (0, 0))], dtype=float)
        faces = [
            three
            for i, j in zip(range(5), (1, 2, 3, 4, 0), strict=True)
            for three in ((i, j, j + 6), (i, j + 6, i + 6), (5, j, i), (11, i + 6, j + 6))
        ]
        part = solid((points, np.array(faces)))
        (note,) = crossing_notes(part)
        assert note.startswith("a body crosses itself: at ")
        inner = star[:, 0].max() * np.sin(np.pi / 10) / np.sin(3 * np.pi / 10)
        twice_mm2 = 2.5 * (inner / 1000) ** 2 * np.sin(2 * np.pi / 5)
        area_mm2 = part.section(250.0).area_um2 / 1e6
        assert f"its area is {area_mm2 - twice_mm2:.4g} mm², and counts as {area_mm2:.4g} mm²" in note

    def test_other_parts_are_not(self):
        hollow = together(box((0, 0, 0), (9, 9, 9)), (lambda b: (b[0], b[1][:, ::-1]))(box((1, 1, 1), (8, 8, 8))))
        touching = together(box((0, 0, 0), (4, 3, 1)), box((4, 0, 0), (6, 3, 1)))
        over = together(box((0, 0, 0), (4, 3, 2)), box((2, 1, 1), (6, 4, 3)))
        for part in (hollow, touching, over, ball(5.0)):
            assert crossing_notes(solid(part)) == ()
