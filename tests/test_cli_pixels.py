"""`voxelyte pixels` and `--snap` as a user gives them."""

from __future__ import annotations

import json
import re

import pytest
from PIL import Image

from voxelyte import read_job

SMALL = ("--outline", "disc:4000")


class TestPixels:
    def test_says_what_the_papers_array_lights(self, run, tmp_path):
        said = run("pixels", "p-3dse", "--printer", "asiga-max", "-o", "picture.png").output
        for words in (
            "2,188 pillars of 100 µm, 2.043 pixels each, in 961 positions",
            "961 (136 up to symmetry)",
            "8 (4 up to symmetry)",
            "1 to 4 pixels each",
            "70 to 140 µm in diameter",
            "area varies by 29%",
            "1 in 692, 2 in 1,472, 3 in 20, 4 in 4 pillars",
            "best ",
            "worst ",
            "Cure: --snap both",
            "wrote picture.png",
        ):
            assert words in said
        with Image.open(tmp_path / "picture.png") as picture:
            assert (picture.format, picture.width) == ("PNG", 1600)

    def test_json_is_one_document(self, run):
        told = json.loads(run("pixels", "p-3dse", *SMALL, "--snap", "pitch", "--json").stdout)
        assert told["snap"]["cell_um"]["after"] == [310.0, 310.0]
        (array,) = told["arrays"]
        assert (array["threshold"]["patterns"], array["grey"]["patterns"], told["grey_levels"]) == (1, 1, 256)
        assert sum(bar["features"] for bar in array["threshold"]["histogram_px"]) == array["features"]

    def test_a_binary_panel_is_told_of_itself(self, run):
        said = run("pixels", "p-3dse", *SMALL, "--grey-levels", "2").output
        assert "on this panel that is not the array that was drawn" in said
        assert "this panel shows grey" not in said

    def test_what_cannot_be_measured_is_said(self, run):
        said = run("pixels", "s-3dse").output
        assert "no copies of one shape, so that there are no patterns to compare" in said
        assert "59% to 136% of its width from place to place, varying by 14% (blocks of 4 x 4 pixels)" in said
        binary = run("slice", "s-3dse", "--grey-levels", "2", "-o", "a.voxelyte").output
        assert "thresholded, a wall is 59% to 136% of its width" in binary
        assert "nothing stands on the base" in run("pixels", "f-se").output
        assert "no array of copies to draw" in run("pixels", "s-3dse", "-o", "a.png", code=2).output

    def test_many_arrays_have_a_line_each(self, run):
        said = run("pixels", "dot-array").output
        assert said.count("  array ") == 8
        assert "12 dots of 559.68 µm (the disc of their area): thresholded 1 pattern, 64 pixels" in said

    def test_another_height(self, run):
        assert "44 marks" not in run("pixels", "vernier", "--z-um", "250").output
        assert "section   at z 250 µm" in run("pixels", "vernier", "--z-um", "250").output

    @pytest.mark.parametrize("z_um", ["225", "900", "-1", "nan", "inf"])
    def test_a_height_that_the_film_has_not_is_wrong_input(self, run, z_um):
        said = run("pixels", "p-3dse", "--z-um", z_um, code=2).output
        assert f"z_um={z_um} must be at least 0 and less than 225, the height of the film" in said

    def test_walls_that_each_film_has_once_are_no_array(self, run, tmp_path):
        """Three honeycombs without loose bits at the edge, and three arrays of pillars beside them."""
        head = 'name = "a"\ntitle = "a"\ngeometry = "plate"\n'
        edge = 'margin_um = 0\noutline = { shape = "rectangle", width_um = 4700, depth_um = 4700 }'
        runs = "".join(f'[[runs]]\nfilm = "{film}"\ncount = 3\n{edge}\n' for film in ("honeycomb", "s-3dse", "p-3dse"))
        (tmp_path / "a.toml").write_text(head + runs)
        told = json.loads(run("pixels", "a.toml", "--json").stdout)
        assert [array["drawn_diameter_um"]["mean"] for array in told["arrays"]] == [pytest.approx(100)]
        assert {piece["copies"] for piece in told["pieces"]} == {3}
        said = run("pixels", "a.toml").output
        assert said.count("3 copies of what is no single feature: drawn ") == 2
        assert "3 features" not in said

    def test_copies_that_are_no_discs_are_not_called_so(self, run):
        assert "marks of 484.69 µm (the disc of their area)" in run("pixels", "vernier").output
        assert "pillars of 100 µm, 2.043 pixels each" in run("pixels", "p-3dse", *SMALL).output

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("p-3dse", "-o", "a.jpg"), "output=a.jpg must end in .png"),
            (("p-3dce",), "did you mean 'p-3dse'?"),
            (("p-3dse", "--printer", "asiga-mx"), "did you mean 'asiga-max'?"),
            (("p-3dse", "--snap", "pich"), "'pich' is not one of 'pitch', 'size', 'both'"),
            (("p-3dse", "--snap-to", "corner"), "--snap-to corner needs --snap pitch, size or both"),
            (("s-3dse", "--snap", "both"), "geometry 'spiral' is no array of pillars"),
            (("vernier", "--snap", "both"), "geometry 'vernier' is no array of pillars"),
            (("symmetric", "--set", "form=assembled", "--snap", "both"), "this solid is no array of pillars"),
            (("exposure-ladder", "--snap", "both"), "of several films each is snapped alone"),
            (("p-3dse", "--set", "diameter_um=30", "--snap", "pitch", "--snap-to", "corner"), "no pixel is lit by half on pixel corners"),
            (("p-3dse", "--outline", "disc:90000"), "features reach to y="),
            (("p-3dse", "--grey-levels", "1"), "panel.grey_levels=1 must be greater than or equal to 2"),
        ],
    )
    def test_wrong_input_says_so(self, run, words, said):
        assert said in run("pixels", *words, code=2).output

    def test_an_archive_shows_no_design(self, run):
        run("slice", "f-se", *SMALL, "-o", "a.voxelyte")
        assert "a.voxelyte holds finished layers" in run("pixels", "a.voxelyte", code=2).output


class TestTooFine:
    @pytest.mark.parametrize("levels", [2, 256])
    @pytest.mark.parametrize(
        ("design", "field", "fine", "other"),
        [
            ("honeycomb", "cell_um", 30, 32),
            ("honeycomb", "width_um", 30, 32),
            ("grid", "gap_um", 0.01, 31),
            ("grid", "width_um", 30.9, 31),
            ("p-3dse", "gap_um", 0.001, 32),
            ("p-3dse", "diameter_um", 30, 32),
            ("rings", "gap_um", 10, 40),
            ("s-3dse", "width_um", 30, 31),
        ],
    )
    def test_what_is_narrower_than_half_a_pixel_is_told_and_nothing_else(self, run, design, field, fine, other, levels):
        """On 62 µm, of grey panels too, by every command that shows masks."""
        order = (design, "--outline", "disc:2200", "--grey-levels", levels)
        note = f"{field}={fine:g} is narrower than half a pixel (62 µm): this panel cannot show it as drawn"
        assert note in run("pixels", *order, "--set", f"{field}={fine}").output
        assert note in run("slice", *order, "--set", f"{field}={fine}", "-o", "a.voxelyte").output
        assert any(note in line for line in read_job("a.voxelyte").provenance.notes)
        assert "narrower than half" not in run("pixels", *order, "--set", f"{field}={other}").output

    @pytest.mark.parametrize("design", ["p-3dse", "s-3dse", "grid", "honeycomb", "rings", "symmetric", "vernier"])
    def test_the_recipes_are_not_too_fine(self, run, design):
        assert json.loads(run("pixels", design, "--json").stdout)["too_fine"] == []

    def test_films_of_a_plate_are_told_once(self, run, tmp_path):
        head = 'name = "a"\ntitle = "a"\ngeometry = "plate"\nfilm = "honeycomb"\ncount = 3\n'
        (tmp_path / "a.toml").write_text(head + '[changes]\ncell_um = 20\n"outline.diameter_um" = 2000\n')
        assert run("slice", "a.toml", "-o", "a.voxelyte").output.count("cell_um=20 is narrower") == 1


class TestSnap:
    def test_a_job_records_what_was_snapped(self, run):
        said = run("slice", "p-3dse", "--snap", "both", "--snap-to", "edge-x", "-o", "a.voxelyte").output
        assert "pitch 300 → 310 µm (5 pixels), diameter 100 → 98.938 µm (2 pixels drawn, 2 lit by a threshold)" in said
        kept = read_job("a.voxelyte").provenance
        assert kept.parameters["pitch_um"] == 310.0
        assert "gap_um" not in kept.parameters
        assert kept.parameters["lattice"] == {"kind": "square", "origin_um": [-124.0, -155.0]}
        assert (kept.parameters["snap"], kept.parameters["snap_to"]) == ("both", "edge-x")
        assert any("area factor 1.5128 →" in note for note in kept.notes)

    def test_a_binary_panel_warns_and_snapping_cures_it(self, run):
        binary = ("--grey-levels", "2", "-o", "a.voxelyte")
        assert "light 1 to 4 pixels each" in run("slice", "p-3dse", *binary).output
        assert "light 1 to 4 pixels each" not in run("slice", "p-3dse", "--snap", "both", *binary).output
        assert "light 1 to 4 pixels each" not in run("slice", "p-3dse", "-o", "a.voxelyte").output

    def test_pillars_that_light_nothing_are_told(self, run):
        said = run("slice", "p-3dse", *SMALL, "--set", "diameter_um=60", "--grey-levels", "2", "-o", "a.voxelyte").output
        assert "pillars light no pixel of this binary panel" in said

    @pytest.mark.parametrize(
        "words",
        [
            ("preview", "p-3dse", "-o", "a.png"),
            ("export", "p-3dse", "--for", "asiga-max", "-o", "folder"),
            ("mesh", "p-3dse", "-o", "a.stl"),
            ("print", "p-3dse", "--to", "sim://asiga-max?speed=inf"),
        ],
    )
    def test_every_order_can_be_snapped(self, run, words):
        said = run(*words, *SMALL, "--snap", "pitch").output
        assert "pitch 300 → 310 µm" in said

    @pytest.mark.parametrize("form", [{"top_ratio": 0.5}, {"fillet_um": 40}])
    def test_pillars_that_are_not_upright_are_told_at_both_heights(self, run, form):
        """The snap looks halfway up, the report at the foot unless told: both say where, and agree where both look."""
        words = [word for key, value in form.items() for word in ("--set", f"{key}={value}")]
        order = ("pixels", "p-3dse", *SMALL, *words, "--snap", "pitch")
        said = run(*order).output
        halfway, foot = re.search(r"halfway up ([\d.]+) pixels drawn.*; at the foot ([\d.]+) pixels drawn", said).groups()
        assert f"pillars of 100 µm, {foot} pixels each" in said or "fillet_um" in form
        assert f", {foot} pixels each" in said
        assert f", {halfway} pixel" in run(*order, "--z-um", 75 + 75).output
        assert halfway != foot
        assert "patterns and variation are those halfway up" in said
        assert "would light, halfway up: " in said
        assert json.loads(run(*order, "--json").stdout)["snap"]["section_height_share"] == 0.5

    def test_upright_pillars_are_told_once(self, run):
        assert "halfway" not in run("pixels", "p-3dse", *SMALL, "--snap", "pitch").output

    def test_finished_layers_cannot(self, run):
        run("slice", "f-se", *SMALL, "-o", "a.voxelyte")
        assert "--snap: a.voxelyte is an archive of layers" in run("preview", "a.voxelyte", "--snap", "both", "-o", "b.png", code=2).output
