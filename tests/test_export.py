"""The export folder: every file in it says the same film, and the sheet says what nobody knows."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest
import trimesh
from click.testing import CliRunner

from voxelyte import load_printer, load_recipe, load_resin, mesh_of, read_job, slice_solid
from voxelyte.cli import main
from voxelyte.contours import ContourSolid, read_solid
from voxelyte.errors import LossyExport, SliceError, VoxelyteError
from voxelyte.export import export, film_suffix
from voxelyte.formats.slc import read_contours
from voxelyte.job import Exposure, Mask, pixel_hash
from voxelyte.png import decode
from voxelyte.slicing import painted

ASIGA, SLURRY = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")


def sliced(name="p-3dse", printer=ASIGA, resin=SLURRY, outline="disc:3000", **more):
    solid = load_recipe(name).with_outline(outline).solid(printer.panel)
    return slice_solid(solid, printer, resin, name=name, **more), solid


def exported(folder, *given, **more):
    job, solid = sliced(*given, **more)
    return job, solid, export(job, solid, folder / "film-asiga")


@pytest.fixture(scope="module")
def asiga(tmp_path_factory):
    """The paper's film, exported for an Asiga: job, solid, folder."""
    return exported(tmp_path_factory.mktemp("export"), outline="disc:16000")


def names(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


class Page(HTMLParser):
    """Text, tags and attributes of a page; every tag that is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.words, self.attributes, self.open = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def page(folder):
    return Page((folder / "process-sheet.html").read_text(encoding="utf-8"))


class TestFolder:
    def test_holds_what_an_asiga_owner_needs_and_nothing_else(self, asiga):
        masks = [f"masks/{name}" for name in ("layers.csv", "mask-1-binary.png", "mask-1.png", "mask-2-binary.png", "mask-2.png")]
        assert names(asiga[2]) == ["film.slc", "film.stl", *masks, "process-sheet.html"]

    def test_contours_on_the_panels_grid_are_the_masks(self, asiga):
        """Their frame begins at the plate's corner: half a plate back they must paint what the job paints."""
        job, _, folder = asiga
        width_um, depth_um = job.panel.size_um
        solid = ContourSolid(read_contours(folder / "film.slc"), (-width_um / 2, -depth_um / 2))
        for layer in job.layers:
            section = solid.section(layer.z_um - layer.thickness_um / 2)
            difference = np.abs(painted(lambda section=section: section, job.panel).astype(int) - layer.exposures[0].mask.pixels())
            assert difference.max() <= 1
            assert np.count_nonzero(difference) < 100
        assert [one.top_nm for one in solid.contours.layers] == [layer.top_nm for layer in job.layers]

    def test_straight_edges_on_the_grid_give_the_very_same_masks(self, tmp_path):
        job, _, folder = exported(tmp_path, "f-se", outline="rectangle:620x1240")
        (mask,) = job.masks()
        width_um, depth_um = job.panel.size_um
        section = ContourSolid(read_contours(folder / "film.slc"), (-width_um / 2, -depth_um / 2)).section(1.0)
        assert np.array_equal(painted(lambda section=section: section, job.panel), mask.pixels())
        assert sorted(np.unique(mask.pixels())) == [0, 255]

    def test_mesh_and_contours_lie_in_the_same_place(self, asiga):
        job, solid, folder = asiga
        mesh = trimesh.load_mesh(folder / "film.stl")
        assert mesh.is_watertight
        assert mesh.volume == pytest.approx(solid.volume_um3 / 1e9, rel=1e-3)
        (least, most), centre_mm = mesh.bounds, np.array(job.panel.size_um) / 2000
        assert least.min() >= 0
        assert (least[:2] + most[:2]) / 2 == pytest.approx(centre_mm, abs=1e-5)
        assert most - least == pytest.approx([16.0, 16.0, 0.225], abs=2e-3)
        x0, y0, x1, y1 = read_contours(folder / "film.slc").layers[0].outlines.bounds_um
        assert [x0, y0, x1, y1] == pytest.approx([*least[:2] * 1000, *most[:2] * 1000], abs=2.0)

    def test_masks_are_the_jobs_and_the_table_says_whose(self, asiga):
        job, _, folder = asiga
        with (folder / "masks" / "layers.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(job.layers)
        for row, layer in zip(rows, job.layers, strict=True):
            data = (folder / "masks" / row["mask"]).read_bytes()
            pixels = decode(data, job.panel.width_px, job.panel.height_px)
            assert np.array_equal(pixels, layer.exposures[0].mask.pixels())
            assert (row["png_sha256"], row["pixels_sha256"]) == (sha256(data).hexdigest(), pixel_hash(pixels))
            heights = [float(row[name]) for name in ("layer", "top_um", "thickness_um")]
            assert heights == [layer.index + 1, layer.z_um, layer.thickness_um]
            assert float(row["bottom_um"]) == layer.z_um - layer.thickness_um
            assert (float(row["exposure_s"]), float(row["power"])) == (6.0, 1.0)
            assert float(row["lit_mm2"]) == pytest.approx(layer.exposures[0].mask.section.area_um2 / 1e6, rel=2e-4)
            twin = (folder / "masks" / row["mask"].replace(".png", "-binary.png")).read_bytes()
            assert np.array_equal(decode(twin, *pixels.shape[::-1]), np.where(pixels >= 128, 255, 0))

    def test_two_exports_are_equal_to_the_byte(self, tmp_path):
        folders = [exported(tmp_path / name)[2] for name in ("one", "two") if not (tmp_path / name).mkdir()]
        assert names(folders[0]) == names(folders[1])
        for name in names(folders[0]):
            assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name

    def test_appears_whole_or_not_at_all(self, tmp_path):
        def torn():
            raise RuntimeError("the lamp fell")

        job, solid = sliced()
        layers = [*job.layers]
        section = layers[-1].exposures[0].mask.section
        broken = Mask(job.panel, torn, lambda: section)
        layers[-1] = replace(layers[-1], exposures=(Exposure(broken, 6.0),))
        with pytest.raises(RuntimeError, match="the lamp fell"):
            export(replace(job, layers=tuple(layers)), solid, tmp_path / "film-asiga")
        assert list(tmp_path.iterdir()) == []

    def test_nothing_that_is_there_is_touched(self, tmp_path):
        (tmp_path / "film-asiga").mkdir()
        (tmp_path / "film-asiga" / "notes.txt").write_text("mine")
        with pytest.raises(VoxelyteError, match="is there already"):
            exported(tmp_path)
        assert names(tmp_path) == ["film-asiga/notes.txt"]

    def test_equal_pictures_are_one_file(self, tmp_path):
        job, solid = sliced("f-se")
        copies = [one.exposures[0].mask.painted_by(job.panel) for one in job.layers]
        layers = [replace(layer, exposures=(Exposure(mask, 6.0),)) for layer, mask in zip(job.layers, copies, strict=True)]
        folder = export(replace(job, layers=tuple(layers)), solid, tmp_path / "film")
        assert names(folder / "masks") == ["layers.csv", "mask-1-binary.png", "mask-1.png"]

    def test_a_film_without_a_mesh_is_told(self, asiga, tmp_path):
        """An overhang: the mesh of this package is for films that get no wider upwards."""
        contours = read_contours(asiga[2] / "film.slc")
        upside_down = [one._replace(outlines=other.outlines) for one, other in zip(contours.layers, contours.layers[::-1], strict=True)]
        solid = ContourSolid(replace(contours, layers=tuple(upside_down)))
        with pytest.raises(SliceError):
            mesh_of(solid)
        made = export(slice_solid(solid, ASIGA, SLURRY, layering=solid.thickness_um), solid, tmp_path / "film")
        assert "film.stl" not in names(made)
        assert "There is no film.stl: section above z_um=" in page(made).text


class TestLosses:
    RESIN = SLURRY.model_copy(update={"bottom_layers": 1, "bottom_exposure_s": 12.0})

    def test_exposures_that_an_slc_cannot_say_need_permission(self, tmp_path):
        job, solid = sliced(resin=self.RESIN)
        with pytest.raises(LossyExport, match=r"slc cannot carry: exposure \(12 s in layer 1, 6 s in layers 2-5\)"):
            export(job, solid, tmp_path / "film")
        assert list(tmp_path.iterdir()) == []

    def test_and_stand_on_the_sheet(self, tmp_path):
        job, solid = sliced(resin=self.RESIN)
        text = page(export(job, solid, tmp_path / "film", allow={"exposure"})).text
        assert "Exposure 6 to 12 s, layer by layer as listed above; 405 nm." in text
        assert "54 to 108 mJ/cm²" in text
        assert "1 25 0 – 25 12 s mask-1" in text
        assert "2 50 25 – 75 6 s mask-1" in text


class TestSheet:
    def test_says_the_papers_numbers(self, asiga):
        text = page(asiga[2]).text
        for said in ("405 nm", "6 s a layer", "54 mJ/cm²", "225 µm", "9 mW/cm²", "published as 9 W cm⁻²", "read as 9 mW cm⁻²"):
            assert said in text
        rows = ("1 25 0 – 25 6 s mask-1", "2 50 25 – 75 6 s mask-1", "3 50 75 – 125 6 s mask-2")
        assert " ".join((*rows, "4 50 125 – 175 6 s mask-2", "5 50 175 – 225 6 s mask-2")) in text

    def test_says_where_the_film_lies(self, asiga):
        text = page(asiga[2]).text
        assert "x 51.52 to 67.52, y 25.48 to 41.48 mm" in text
        assert "x −8.00 to 8.00, y −8.00 to 8.00 mm" in text
        assert "1920 × 1080" in text
        assert "in the middle of the plate" in text
        assert all(word in text for word in ("back", "front", "left", "right"))

    def test_claims_nothing_of_asigas_firmware(self, asiga):
        text = page(asiga[2]).text
        assert "Nothing here talks to Asiga firmware" in text
        assert "No Asiga and no Composer has opened these files" in text
        assert "Whether the firmware paints greys, or only black and white" in text

    def test_says_how_far_a_panel_without_greys_is_off(self, asiga):
        _, solid, folder = asiga
        binary = decode((folder / "masks" / "mask-2-binary.png").read_bytes(), 1920, 1080)
        missed = 1 - np.count_nonzero(binary) * 62e-3**2 / (solid.features.area_um2 / 1e6)
        assert f"Without greys mask-2 would light {missed:.1%} less than was drawn." in page(folder).text

    def test_every_source_that_is_cited_is_listed_and_the_other_way_round(self, asiga):
        text = (asiga[2] / "process-sheet.html").read_text(encoding="utf-8")
        cited = {int(one) for part in text.split("<sup>")[1:] for one in part.split("</sup>")[0].split(",")}
        listed = text.split('<ol class="small three">')[1].split("</ol>")[0].count("<li>")
        assert cited == set(range(1, listed + 1))
        for profile, keys in ((ASIGA, ("panel.pitch_x_um", "wavelength_nm")), (SLURRY, ("exposure_s", "irradiance_mw_cm2"))):
            assert all(profile.sources[key].where in page(asiga[2]).text for key in keys)

    def test_hashes_and_sizes_are_those_of_the_files(self, asiga):
        text = page(asiga[2]).text
        for name in ("film.slc", "film.stl", "masks/layers.csv"):
            data = (asiga[2] / name).read_bytes()
            assert f"{name} {len(data):,} {sha256(data).hexdigest()}" in text

    def test_needs_nothing_from_elsewhere(self, asiga):
        sheet = page(asiga[2])
        text = (asiga[2] / "process-sheet.html").read_text(encoding="utf-8")
        assert not any(tag in ("script", "link", "iframe", "a") for tag, *_ in sheet.attributes)
        places = [value for _, name, value in sheet.attributes if name in ("src", "href", "srcset", "data")]
        assert places
        assert all(value.startswith("data:image/png;base64,") for value in places)
        assert "url(" not in text
        assert "@import" not in text
        assert "http" not in text
        assert "@page { size: A4;" in text

    def test_words_of_others_stay_words(self, tmp_path):
        trick = '<script>alert("x")</script> & <b>'
        job, solid = sliced("f-se")
        resin = job.resin.model_copy(update={"title": trick, "notes": (trick, f"irradiance {trick}")})
        printer = job.printer.model_copy(update={"title": f"Asiga {trick}"})
        origin = replace(job.provenance, parameters={trick: {trick: trick}}, notes=(trick,))
        made = replace(job, name=trick, printer=printer, resin=resin, provenance=origin, layers=tuple(job.layers))
        sheet = page(export(made, solid, tmp_path / "film"))
        assert "script" not in {tag for tag, *_ in sheet.attributes}
        assert sheet.text.count(trick) >= 6

    def test_long_films_are_told_in_runs(self, tmp_path):
        solid = load_recipe("p-3dse").with_outline("disc:1000").with_settings(["height_um=2000"]).solid()
        text = page(export(slice_solid(solid, ASIGA, SLURRY), solid, tmp_path / "film")).text
        assert "1 25 0 – 25 6 s mask-1 2 50 25 – 75 6 s mask-1 3 – 42 40 × 50 75 – 2075 6 s mask-2" in text
        assert "25 µm in layer 1, 50 µm in layers 2 to 42" in text
        assert "Every layer: masks/layers.csv." in text

    def test_longer_ones_without_their_middle(self, tmp_path):
        solid = load_recipe("f-se").with_outline("disc:1000").with_settings(["base_um=420"]).solid()
        job = slice_solid(solid, ASIGA, SLURRY, layering=[20, 22] * 10)
        text = page(export(job, solid, tmp_path / "film")).text
        assert "8 22 146 – 168 6 s mask-1 … … … … … 18 22 356 – 378" in text
        assert "20 µm in layer 1, 22 µm in layer 2, 20 µm in layer 3, and 17 ranges more" in text

    def test_no_numbers_where_nobody_knows_them(self, tmp_path):
        resin = SLURRY.model_copy(update={"irradiance_mw_cm2": None, "wavelength_nm": None, "sources": {}})
        printer = ASIGA.model_copy(update={"wavelength_nm": None})
        text = page(exported(tmp_path, "f-se", printer, resin)[2]).text
        assert "not known wavelength" in text
        assert "not known dose a layer" in text
        assert "The dose: no irradiance is known." in text
        assert "mJ/cm²" not in text.replace("which gives 54 mJ cm⁻²", "")


class TestOtherPrinters:
    def test_get_the_archive_that_they_take(self, tmp_path):
        resin = SLURRY.model_copy(update={"printed_on": None, "layer_um": 25.0, "exposure_s": 7.0})
        job, _, folder = exported(tmp_path, printer=load_printer("prusa-sl1s"), resin=resin)
        assert names(folder) == ["film.sl1", "film.stl", "masks/layers.csv", "masks/mask-1.png", "masks/mask-2.png", "process-sheet.html"]
        again = read_job(folder / "film.sl1")
        assert [pixel_hash(one.pixels()) for one in again.masks()] == [pixel_hash(one.pixels()) for one in job.masks()]
        text = page(folder).text
        assert "Put film.sl1 (Prusa SL1 and SL1S) on the machine as it is" in text
        assert "Composer" not in text
        assert "Exposure 7 s in every layer" in text

    def test_a_loss_is_a_loss_here_too(self, tmp_path):
        resin = SLURRY.model_copy(update={"printed_on": None})
        with pytest.raises(LossyExport, match="sl1 cannot carry: thickness"):
            exported(tmp_path, printer=load_printer("prusa-sl1s"), resin=resin)
        assert list(tmp_path.iterdir()) == []

    def test_without_an_archive_get_pictures(self, tmp_path):
        printer = load_printer("generic-50um").model_copy(update={"format": None, "name": "of-mine"})
        _, _, folder = exported(tmp_path, printer=printer, resin=SLURRY.model_copy(update={"printed_on": None}))
        assert "film.stl" in names(folder)
        assert not [name for name in names(folder) if name.startswith("film.") and name != "film.stl"]
        assert "No file that of-mine takes is written here" in page(folder).text

    @pytest.mark.parametrize("name", ["asiga-max", "asiga-max-x27", "asiga-max-x35", "asiga-max-x43"])
    def test_every_asiga_gets_contours(self, name):
        job, _ = sliced("f-se")
        assert film_suffix(replace(job, printer=load_printer(name))) == ".slc"
        mine = load_printer(name).model_copy(update={"name": "our-machine"})
        assert film_suffix(replace(job, printer=mine)) == ".slc"


class TestCommand:
    def run(self, *words):
        return CliRunner().invoke(main, [str(word) for word in words])

    def test_one_command(self, tmp_path):
        done = self.run("export", "p-3dse", "--for", "asiga-max", "--outline", "disc:2000", "-o", tmp_path / "film-asiga")
        assert done.exit_code == 0, done.output
        assert f"wrote {tmp_path / 'film-asiga'}" in done.output
        for name in names(tmp_path / "film-asiga"):
            assert name in done.output

    def test_as_json(self, tmp_path):
        done = self.run("export", "f-se", "--for", "asiga-max", "--outline", "disc:2000", "-o", tmp_path / "film", "--json")
        told = json.loads(done.output)
        assert (told["printer"], told["thickness_um"]) == ("asiga-max", [25.0, 50.0])
        assert told["files"] == {name: (tmp_path / "film" / name).stat().st_size for name in names(tmp_path / "film")}

    def test_an_slc_is_a_design(self, tmp_path):
        for design, folder in (("f-mark", "one"), (tmp_path / "one" / "film.slc", "two")):
            done = self.run("export", design, "--for", "asiga-max", "-o", tmp_path / folder)
            assert done.exit_code == 0, done.output
        one, two = (read_solid(tmp_path / folder / "film.slc") for folder in ("one", "two"))
        assert one.volume_um3 == pytest.approx(two.volume_um3, rel=1e-6)

    def test_an_archive_is_none(self, tmp_path):
        self.run("slice", "f-se", "--outline", "disc:2000", "-o", tmp_path / "film.voxelyte")
        done = self.run("export", tmp_path / "film.voxelyte", "--for", "asiga-max", "-o", tmp_path / "film")
        assert done.exit_code == 2
        assert "is an archive of finished layers: export needs the recipe, or an .slc" in done.output
        assert names(tmp_path) == ["film.voxelyte"]

    def test_needs_to_know_for_what(self, tmp_path):
        done = self.run("export", "f-se", "-o", tmp_path / "film")
        assert done.exit_code == 2
        assert "--for" in done.output

    def test_losses_are_named_and_allowed(self, tmp_path):
        words = "export", "f-se", "--for", "prusa-sl1s", "--exposure-s", "7", "--outline", "disc:2000", "-o", tmp_path / "film"
        done = self.run(*words)
        assert done.exit_code == 2
        assert "sl1 cannot carry: thickness" in done.output
        assert self.run(*words, "--allow-loss", "thickness").exit_code == 0
