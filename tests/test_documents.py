"""The documents stay true: commands, recipes and Python of each page are run, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest
from click.testing import CliRunner
from pages import DOCS, README, blocks, commands, recipes, write_files

from voxelyte import load_printer, load_recipe
from voxelyte.cli import main

HEAD = 'name = "mine"\ntitle = "mine"\ngeometry = "pillars"\nlike = "p-3dse"\n'
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


def named(page):
    return page.name


def each(find, *pages):
    """A case for each thing that `find` finds on a page."""
    return [pytest.param(page, one, id=f"{page.name}-{n}") for page in pages for n, one in enumerate(find(page), 1)]


@pytest.mark.parametrize("page", [page for page in DOCS if commands(page)], ids=named)
def test_commands_in_their_order(tmp_path, monkeypatch, page):
    """In one folder, in which the page's recipes lie, as a reader would."""
    monkeypatch.chdir(tmp_path)
    write_files(page, tmp_path)
    for command in commands(page):
        done = CliRunner().invoke(main, shlex.split(command)[1:])
        assert done.exit_code == 0, f"{command}\n{done.output}"


@pytest.mark.parametrize(("page", "text"), each(recipes, README, *DOCS))
def test_recipes(tmp_path, page, text):
    """Each makes a film with something on it; what is no whole recipe changes the paper's."""
    write_files(page, tmp_path)
    path = tmp_path / "mine.toml"
    path.write_text(text if "geometry" in tomllib.loads(text) else HEAD + text, encoding="utf-8")
    assert load_recipe(path).solid(load_printer("asiga-max").panel).count > 1


@pytest.mark.parametrize(("page", "code"), each(lambda page: blocks(page, "python"), *DOCS))
def test_python(tmp_path, monkeypatch, page, code):
    monkeypatch.chdir(tmp_path)
    exec(code, {})


def test_there_is_something_to_run():
    assert sum(len(commands(page)) for page in DOCS) >= 15
    assert sum(len(recipes(page)) for page in DOCS) >= 7
    assert sum(len(blocks(page, "python")) for page in DOCS) >= 5


@pytest.mark.parametrize("page", DOCS, ids=named)
def test_a_page_begins_with_its_title(page):
    assert page.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("page", [README, *DOCS], ids=named)
def test_links(page):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        there = page.parent / target if target else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def anchors(page):
    """The headings of a page as links call them: lower case, only letters, digits, hyphens."""
    headings = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
