"""Plates as recipes: designs of experiments, places, labels; what is wrong is said with its film; and the command line."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from plates_made import PANEL

from voxelyte import Panel, PillarFilm, RecipeError, load_printer, load_recipe, mesh_of
from voxelyte.schema import json_schema
from voxelyte.solids import Named, Site
from voxelyte.solids.plate import PlateDesign
from voxelyte.tables import csv_text, differing

MAX = load_printer("asiga-max").panel
SQUARE = 'shape = "rectangle", width_um = 500, depth_um = 500'
HEAD = 'name = "mine"\ntitle = "My plate"\ngeometry = "plate"\n'
FILM = f"""{HEAD.replace("plate", "pillars")}
base_um = 75
diameter_um = 150
height_um = 150
gap_um = 200
outline = {{ shape = "disc", diameter_um = 1500 }}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("plates")
    (place / "film.toml").write_text(FILM)
    (place / "sub").mkdir()
    (place / "sub" / "other.toml").write_text(FILM.replace("150\nheight", "120\nheight"))
    return place


def plate_of(text: str, folder: Path, panel: Panel = PANEL):
    file = folder / "mine.toml"
    file.write_text(HEAD + text)
    return load_recipe(file).solid(panel)


def fault_of(text: str, folder: Path) -> str:
    with pytest.raises(RecipeError) as caught:
        plate_of(text, folder)
    return str(caught.value)


def values(low, high):
    return st.lists(st.integers(low, high), min_size=1, max_size=4, unique=True)


class TestExperiment:
    @settings(max_examples=40)
    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "height_um": values(20, 300), "diameter_um": values(50, 180), "exposure_s": values(1, 20), "base_um": values(50, 120)
            },
        ),
        st.integers(1, 2), st.none() | st.integers(0, 9),
    )
    def test_every_combination_is_there_as_often_as_asked_and_the_table_says_so(self, folder, factors, repeats, seed):
        if not factors:
            return
        shuffled = "" if seed is None else f"shuffle_seed = {seed}\n"
        lists = "".join(f"{key} = {chosen}\n" for key, chosen in factors.items())
        text = f'film = "film.toml"\ngap_um = 64\nrepeats = {repeats}\n{shuffled}[changes]\noutline = {{ {SQUARE} }}\n[factors]\n{lists}'
        panel = PANEL.model_copy(update={"width_px": 2000, "height_px": 2000})
        plate = plate_of(text, folder, panel)
        wanted = sorted(list(product(*factors.values())) * repeats)
        got = []
        for film in plate.films:
            own = {**film.parameters, "exposure_s": film.wish.exposure_s}
            got.append(tuple(own[key] for key in factors))
            solid = {"height_um": film.solid.height_um, "diameter_um": film.solid.diameter_um, "base_um": film.solid.base_um}
            assert all(solid[key] == own[key] for key in solid if key in factors)
        assert sorted(got) == wanted
        if seed is None and repeats == 1:
            assert got == list(product(*factors.values()))
        assert len({film.label for film in plate.films}) == len(plate.films)
        assert len({(film.x_um, film.y_um) for film in plate.films}) == len(plate.films)
        assert len({id(film.solid) for film in plate.films}) == len({tuple(film.parameters.items().__repr__()) for film in plate.films})

    def test_drawn_by_lot_is_the_same_at_every_time_and_another_by_another_seed(self, folder):
        text = 'film = "film.toml"\n{}[factors]\nheight_um = [50, 60, 70, 80, 90, 100]\n'
        seeds = ("", "shuffle_seed = 1\n", "shuffle_seed = 2\n")
        orders = [[film.solid.height_um for film in plate_of(text.format(seed), folder).films] for seed in seeds]
        assert orders[0] == sorted(orders[0]) == sorted(orders[1])
        assert orders[1] != orders[2] != orders[0]
        assert orders[1] == [film.solid.height_um for film in plate_of(text.format("shuffle_seed = 1\n"), folder).films]

    def test_runs_are_films_of_their_own(self, folder):
        text = """film = "film.toml"
[[runs]]
height_um = 50
exposure_s = 7.3
label = "first"
[[runs]]
film = "sub/other.toml"
count = 2
"outline.diameter_um" = 1200
[[runs]]
exposure_factor = 1.5
outline = { shape = "rectangle", width_um = 900, depth_um = 700 }
"""
        films = plate_of(text, folder).films
        assert [film.label for film in films] == ["first", "2", "3", "4"]
        assert [film.design for film in films] == ["mine"] * 4
        assert [film.solid.diameter_um for film in films] == [150, 120, 120, 150]
        assert [film.solid.outline.shape for film in films] == ["disc", "disc", "disc", "rectangle"]
        assert films[1].solid is films[2].solid
        assert [(film.wish.exposure_s, film.wish.factor) for film in films] == [(7.3, 1), (None, 1), (None, 1), (None, 1.5)]

    def test_factors_can_be_designs_and_nested_parameters(self, folder):
        text = '[factors]\nfilm = ["film.toml", "sub/other.toml"]\n"outline.diameter_um" = [900, 1000]\n'
        films = plate_of(text, folder).films
        sizes = [(film.solid.diameter_um, film.solid.outline.diameter_um) for film in films]
        assert sizes == [(150, 900), (150, 1000), (120, 900), (120, 1000)]

    def test_labels_hold_any_parameter(self, folder):
        label = 'label = "{n}/{repeat} h{height_um} d{diameter_um} {outline.diameter_um} x{exposure_factor}"\n'
        text = f'film = "film.toml"\n{label}[factors]\nheight_um=[50, 60]\nexposure_factor=[0.5]\n'
        assert [film.label for film in plate_of(text, folder).films] == ["1/1 h50 d150 1500 x0.5", "2/1 h60 d150 1500 x0.5"]


class TestPlaces:
    def test_as_many_as_fit(self, folder):
        plate = plate_of('film = "film.toml"\ngap_um = 100\nedge_um = 50\n', folder)
        assert len(plate.films) == ((12_800 - 100 + 100) // 1664) * ((7680 - 100 + 100) // 1664) == 28
        assert not plate.notes

    def test_a_film_as_large_as_the_plate_fits_also_where_the_middle_is_within_a_pixel(self, folder):
        panel = PANEL.model_copy(update={"width_px": 199, "height_px": 119})
        plate = plate_of('film = "film.toml"\n[changes]\noutline = { shape = "plate" }\n', folder, panel)
        assert [(film.x_um, film.y_um) for film in plate.films] == [(0, 0)]

    def test_arrays_run_from_the_back_left(self, folder):
        plate = plate_of('film = "film.toml"\ncolumns = 3\nrows = 2\npitch_x_um = 1600\npitch_y_um = 1664\n', folder)
        at = [(x, y) for y in (832, -832) for x in (-1600, 0, 1600)]
        assert [(film.x_um, film.y_um) for film in plate.films] == at

    def test_an_array_takes_the_rows_that_the_films_need(self, folder):
        plate = plate_of('film = "film.toml"\ncount = 5\ncolumns = 3\npitch_x_um = 1664\npitch_y_um = 1664\n', folder)
        assert [film.y_um for film in plate.films] == [832] * 3 + [-832] * 2

    def test_between_pixels_is_told(self, folder):
        plate = plate_of('film = "film.toml"\ncentres_um = [[0, 0], [1650, 0]]\n', folder)
        assert plate.notes == ("films do not stand a whole number of pixels (64 µm) apart: equal films are drawn by unequal pixels",)

    def test_outline_on_the_command_line_is_that_of_every_film(self, folder):
        (folder / "mine.toml").write_text(f'{HEAD}film = "film.toml"\ncount = 2\n')
        films = load_recipe(folder / "mine.toml").with_outline("rectangle:900x800").solid(PANEL).films
        assert {film.solid.outline.shape for film in films} == {"rectangle"}

    def test_the_plate_of_another_printer_holds_another_number(self):
        recipe = load_recipe("fig-s8").with_settings(["count=1"])
        with pytest.raises(RecipeError, match="count=1: the factors or runs say how many films there are"):
            recipe.solid(MAX)
        with pytest.raises(RecipeError, match=r"8 films do not fit the plate of 51.84 x 29.16 mm in rows of columns=4"):
            load_recipe("fig-s8").solid(load_printer("asiga-max-x27").panel)


PITCH = "pitch_x_um = 2000\npitch_y_um = 2000"
MANY = list(range(1, 200))
WRONG = {
    'film = "nix"': "no geometry 'nix'",
    'film = "nix.toml"': "nix.toml: no such file",
    'film = "mine.toml"': "film='mine' must be one film: its geometry is 'plate'",
    'film = "symmetric"': "film='symmetric' must be one film: its geometry is 'symmetric'",
    "film = 3": "film=3 must be text",
    "": "film is missing: the name or path of the recipe",
    'film = "film.toml"\ngap_um = -1': "gap_um=-1 must be greater than or equal to 0",
    'film = "film.toml"\nedge_um = nan': "edge_um=nan must be a finite number",
    'film = "film.toml"\nedge_um = 4000': "film mine, 1.5 x 1.5 mm, does not fit the plate of 12.8 x 7.68 mm with edge_um=4000",
    'film = "film.toml"\ncount = 0': "count=0 must be greater than or equal to 1",
    'film = "film.toml"\ncount = 90': "90 films do not fit the plate of 12.8 x 7.68 mm with gap_um=1000 and edge_um=0; 15 of them would",
    'film = "film.toml"\n[factors]\n"outline.diameter_um" = [1500, 9000]': "film 2, mine, 9 x 9 mm, does not fit the plate",
    'film = "film.toml"\nrepeats = 0': "repeats=0 must be greater than or equal to 1",
    'film = "film.toml"\nrepeats = 9999\ncount = 2': "2 films times repeats=9999: must not exceed 10000 films",
    'film = "film.toml"\nshuffle_seed = -1': "shuffle_seed=-1 must be greater than or equal to 0",
    'film = "film.toml"\ncolumns = 2.5': "columns=2.5 must be a whole number",
    'film = "film.toml"\nrows = 2': "rows=2 needs pitch_x_um and pitch_y_um",
    'film = "film.toml"\npitch_x_um = 2': "pitch_x_um=2.0 and pitch_y_um=None: both or none must be given",
    'film = "film.toml"\npitch_x_um = 2\npitch_y_um = 2': "pitch_x_um=2 needs columns",
    f'film = "film.toml"\ncolumns = 2\nrows = 1\ncount = 3\n{PITCH}': "the array has 2 places, and there are 3 films",
    f'film = "film.toml"\ncolumns = 9\n{PITCH}': "film '1' at (-8000, 0) µm reaches 8750 µm in x; the plate ends at 6400",
    'film = "film.toml"\ncentres_um = [[0, 0], [100, 0]]': "films '1' and '2' overlap at x=50 y=0 µm",
    'film = "film.toml"\ncentres_um = [[0, 0, 0]]': "centres_um.0=[0, 0, 0]",
    'film = "film.toml"\ncentres_um = [[0, inf]]': "centres_um.0.1=inf must be a finite number",
    'film = "film.toml"\ncentres_um = [[0, 0]]\ncount = 2': "centres_um has 1 places, and there are 2 films",
    'film = "film.toml"\ncentres_um = [[0, 0]]\ncolumns = 2': "centres_um and columns: only one of the two can be given",
    'film = "film.toml"\nlabel = "a"\ncount = 2': "label='a' is that of films 1, 2: each must have one of its own, such as {n}",
    'film = "film.toml"\nlabel = "{heigt_um}"': "label names {heigt_um}, which is not known of film 1; did you mean {height_um}?",
    'film = "film.toml"\nmerge = 1': "merge=1 must be true or false",
    'film = "film.toml"\ngap = 1': "gap is not a known key; did you mean gap_um?",
    'film = "film.toml"\n[changes]\nhight_um = 1': "hight_um is not a known key; did you mean height_um?",
    'film = "film.toml"\n[changes]\nheight_um = 0': "height_um=0 must be greater than 0",
    'film = "film.toml"\n[factors]\nheight_um = []': "factors.height_um=[]",
    'film = "film.toml"\n[factors]\nheight_um = 3': "factors.height_um=3 must be a list",
    'film = "film.toml"\n[factors]\nheight_um = [50, 50]': "factors.height_um=[50, 50] must not hold a value twice",
    'film = "film.toml"\n[factors]\nheight_um = [50, 0]': "film 2: film.toml as changed: height_um=0 must be greater than 0",
    'film = "film.toml"\n[factors]\nexposure_s = [5, "x"]': "exposure_s='x' must be a number",
    'film = "film.toml"\n[factors]\nexposure_s = [5, true]': "exposure_s=True must be a number",
    'film = "film.toml"\n[factors]\nexposure_s = [5, 0]': "film '2': exposure_s=0 must be above 0",
    'film = "film.toml"\n[factors]\nexposure_s = [1.0005]': "film '1': exposure_s=1.0005 must be whole milliseconds",
    'film = "film.toml"\n[factors]\nexposure_factor = [nan]': "film '1': exposure_factor=nan must be above 0",
    'film = "film.toml"\n[factors]\nexposure_s = [1]\nexposure_factor = [1]': "only one of the two can be given",
    "film = 'film.toml'\n[factors]\na = [1]\n[[runs]]\nb = 1": "factors and runs: only one of the two can be given",
    f'film = "film.toml"\n[factors]\nheight_um = {MANY}\nbase_um = {MANY}': "factors give 39601 films; must not exceed 10000",
    "[[runs]]\nheight_um = 50": "runs.0: film is missing",
    'film = "film.toml"\n[[runs]]\nhight_um = 50': "film 1: film.toml as changed: hight_um is not a known key",
    'film = "film.toml"\n[[runs]]\ncentre_um = [0, 0]\n[[runs]]\ncount = 1': "centre_um of a run: then every run needs its own",
    'film = "film.toml"\n[[runs]]\ncentre_um = [0, 0]\ncount = 2': "runs.0: centre_um and count=2: films cannot stand in one place",
    'film = "film.toml"\n[[runs]]\nexposure_s = -1': "runs.0.exposure_s=-1 must be greater than 0",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_its_film_and_law(text, folder):
    assert WRONG[text] in fault_of(text, folder)


@pytest.mark.parametrize("text", [text for text in WRONG if not text.endswith("columns = 2.5")])
def test_no_fault_is_a_line_without_the_files_name(text, folder):
    assert all(line.startswith("mine.toml: ") or str(folder) in line for line in fault_of(text, folder).splitlines())


def test_a_plate_needs_a_printer(folder):
    (folder / "mine.toml").write_text(f'{HEAD}film = "film.toml"\n')
    with pytest.raises(RecipeError, match=r"a plate of films needs a printer: solid\(panel\)"):
        load_recipe(folder / "mine.toml").solid()


ANYTHING = st.one_of(
    st.integers(-3, 3000), st.floats(), st.booleans(),
    st.sampled_from(["p-3dse", {}, [[0, 0]], [[0, 0], [4000, 0]], {"height_um": [1, 2]}, [{"height_um": 1}], "{n}"]),
)
WIDE = PillarFilm(outline={"shape": "disc", "diameter_um": 3000.0}, base_um=75.0, diameter_um=100.0, height_um=50.0, gap_um=900.0)


@given(st.dictionaries(st.sampled_from(sorted(PlateDesign.model_fields)), ANYTHING, max_size=6))
def test_any_values_are_a_plate_or_a_plain_refusal(values):
    try:
        plate = PlateDesign(**values).composed(lambda name, changes: Named(name, WIDE, {}), Site(PANEL.size_um, (64.0, 64.0)))
    except RecipeError:
        return
    assert plate.films
    plate.refuse_beyond(PANEL.size_um)


@pytest.mark.parametrize("name", ["fig-s8", "exposure-ladder", "symmetric"])
def test_shipped_plates_fit_their_schema_and_the_papers_machine(name):
    recipe = load_recipe(name)
    table = {"name": recipe.name, "title": recipe.title, "geometry": recipe.geometry, **recipe.parameters}
    Draft202012Validator(json_schema("geometry")).validate(table)
    assert recipe.solid(MAX).films


def test_fig_s8_is_the_papers_sweep():
    films = load_recipe("fig-s8").solid(MAX).films
    wanted = [load_recipe(f"p-3dse-d{d}-h{h:03}").solid() for d in (200, 300) for h in (50, 100, 150, 200)]
    assert [film.solid.films[0].solid for film in films] == wanted  # beside each a tag


class TestLabels:
    ENGRAVE = "engrave = {{ height_um = 300, relief_um = {relief_um}, relief = '{relief}', place = '{place}' }}\n"

    @pytest.mark.parametrize(("relief", "relief_um"), [("engraved", 25), ("raised", 50)])
    def test_lie_in_the_margin_where_there_is_room(self, folder, relief, relief_um):
        text = self.ENGRAVE.format(relief=relief, relief_um=relief_um, place="front")
        changes = "[changes]\nmargin_um = 450\noutline.diameter_um = 3000\n"
        plate = plate_of(f'film = "film.toml"\ncount = 2\nlabel = "F{{n}}"\n{text}{changes}', folder)
        for film, name in zip(plate.films, ("F1", "F2"), strict=True):
            assert (film.label, film.solid.label.text, film.parameters["label"]["text"]) == (name, name, name)
        level = 60.0 if relief == "engraved" else 80.0
        lettered, plain = (plate.section(level), film_of(folder, 3000, 450).section(level))
        letters = sum(film.solid.dressed.letters.area_um2 for film in plate.films)
        sign = -1 if relief == "engraved" else 1
        assert lettered.area_um2 == pytest.approx(2 * plain.area_um2 + sign * letters, rel=1e-6)

    def test_are_on_tags_where_there_is_none(self, folder):
        text = self.ENGRAVE.format(relief="raised", relief_um=50, place="front")
        plate = plate_of(f'film = "film.toml"\ncount = 2\nlabel = "film {{n}}"\n{text}', folder)
        assert any("no room for a label in the margin of film 1, film 2: it is on a tag beside" in note for note in plate.notes)
        assert any("µm wide, a pixel 64 µm: it prints weak" in note for note in plate.notes)
        assert len(plate.notes) == 2
        for placed in plate.films:
            film, tag = placed.solid.films
            assert film.solid.label is None
            assert tag.solid.label.text == placed.label
            assert tag.bounds_um[3] < film.bounds_um[1]
        assert plate.section(10.0).count == 4
        assert mesh_of(plate, 4.0).volume == pytest.approx(plate.volume_um3, rel=1e-3)

    @pytest.mark.parametrize(
        ("place", "wrong", "said"),
        [
            ("front", "height_um = -1", "engrave.height_um=-1 must be greater than 0"),
            ("nowhere", "", "engrave.place='nowhere' must be 'front'"),
            ("front", "edge = 1", "engrave.edge is not a known key; did you mean edge_um?"),
            ("beside", "relief_um = 75", "label.relief_um=75 must be less than base_um=75"),
        ],
    )
    def test_wrong_ones_say_why(self, folder, place, wrong, said):
        keys = {"height_um": "height_um = 300", "relief_um": "relief_um = 25"}
        keys[wrong.partition(" ")[0]] = wrong
        text = "\n".join(key for key in keys.values() if key)
        assert said in fault_of(f'film = "film.toml"\ncount = 1\n[engrave]\n{text}\nplace = "{place}"\n', folder)


def film_of(folder, diameter_um, margin_um):
    return load_recipe(folder / "film.toml").with_settings([f"outline.diameter_um={diameter_um}", f"margin_um={margin_um}"]).solid()


class TestCommandLine:
    def test_slice_writes_the_table_and_inspect_shows_it(self, run, tmp_path):
        done = run("slice", "fig-s8", "-o", "s8.voxelyte", "--table", "s8.csv")
        for text in (done.output, run("inspect", "s8.voxelyte").output):
            lines = [line.split() for line in text.splitlines()]
            assert ["d300", "h150", "8.866", "-8.866", "300", "150", "6", "54"] in lines
        assert run("inspect", "s8.voxelyte", "--table", "again.csv")
        assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "s8.csv").read_bytes()
        rows = list(csv.DictReader((tmp_path / "s8.csv").read_text(encoding="utf-8").splitlines()))
        sizes = [(row["diameter_um"], row["height_um"]) for row in rows]
        assert sizes == [(d, h) for d in ("200", "300") for h in ("50", "100", "150", "200")]
        same = ("base_um", "outline.shape", "exposure_s", "dose_mj_cm2")
        assert {tuple(row[key] for key in same) for row in rows} == {("75", "disc", "6", "54")}

    def test_json_has_the_rows(self, run):
        run("slice", "exposure-ladder", "--outline", "disc:2000", "-o", "l.voxelyte")
        told = json.loads(run("inspect", "l.voxelyte", "--json").output)
        assert [row["exposure_s"] for row in told["films"]] == [3.0, 3.498, 4.08, 4.764, 5.556, 6.48, 7.56, 8.82, 10.284, 12.0]
        assert differing(told["films"]) == ["exposure_s", "dose_mj_cm2"]
        assert csv_text(told["films"]).count("\n") == 11
        assert [len(layer["exposures"]) for layer in told["layer"]] == [10] * 5

    def test_print_says_how_several_exposures_count(self, run):
        done = run("print", "exposure-ladder", "--outline", "disc:1500", "--set", "factors.exposure_factor=[0.5,1.2]")
        assert "in up to 2 exposures; 9 mW/cm² as read in pegda-litfsi-llzto, each film's dose above" in done.output
        assert "count by their dose, in units of the longest exposure's own" in done.output
        assert "as designed" in done.output
        assert "NOT" not in done.output

    def test_merge(self, run, folder):
        (folder / "mine.toml").write_text(f'{HEAD}film = "film.toml"\ncentres_um = [[0, 0], [1000, 0]]\n')
        assert "overlap at x=500 y=0 µm" in run("slice", str(folder / "mine.toml"), "-o", "m.voxelyte", code=2).output
        assert "2 films" in run("slice", str(folder / "mine.toml"), "--merge", "-o", "m.voxelyte").output

    def test_sizes_of_a_file_are_told_with_its_name_and_digest(self, run, tmp_path):
        """Files of one name in two folders are told apart by what they hold."""
        files = {}
        for name, diameter in (("one", 100), ("other", 140)):
            (tmp_path / name).mkdir()
            file = tmp_path / name / "spots.csv"
            file.write_text(f"x_um,y_um,diameter_um\n0,0,{diameter}\n500,0,{diameter + 9}\n")
            files[f"from {name}"] = sha256(file.read_bytes()).hexdigest()
        film = 'name = "p"\ntitle = "p"\ngeometry = "pillars"\nbase_um = 75\nheight_um = 150\ndiameter_um = "csv"\n'
        places = 'lattice = { kind = "points", csv = "one/spots.csv" }\n'
        (tmp_path / "p.toml").write_text(f'{film}outline = {{ shape = "disc", diameter_um = 3000 }}\n{places}')
        text = 'film = "p.toml"\n[factors]\n"lattice.csv" = ["one/spots.csv", "other/spots.csv"]\n'
        (tmp_path / "a.toml").write_text(HEAD + text)
        run("slice", "a.toml", "-o", "a.voxelyte", "--table", "a.csv")
        run("inspect", "a.voxelyte", "--table", "again.csv")
        assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()
        rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
        assert [row["lattice.csv_sha256"] for row in rows] == list(files.values())
        assert {row["diameter_um"] for row in rows} == {"from spots.csv"}
        assert {row["height_um"] for row in rows} == {"150"}

    def test_a_table_of_no_plate_is_refused_and_nothing_is_written(self, run, tmp_path):
        done = run("slice", "f-se", "-o", "f.voxelyte", "--table", "f.csv", code=2)
        assert "f-se is no plate of films" in done.output
        assert not list(tmp_path.glob("f.*"))

    def test_export_lays_the_table_beside(self, run, tmp_path):
        run("export", "fig-s8", "--set", "changes.outline.diameter_um=3000", "--for", "asiga-max", "-o", "out")
        assert (tmp_path / "out" / "films.csv").read_text().startswith("label,design,x_um,y_um,")
        sheet = (tmp_path / "out" / "process-sheet.html").read_text()
        assert ">d300 h150</text>" in sheet
        assert "films.csv" in sheet

    def test_many_films_are_told_without_their_middle(self, run):
        sets = [word for change in ("repeats=9", 'label="{n}"', "columns=12") for word in ("--set", change)]
        done = run("slice", "fig-s8", *sets, "--outline", "disc:2000", "-o", "m.voxelyte")
        assert "films between: --table FILE.csv has them all" in done.output
        assert len(done.output.splitlines()) < 60
