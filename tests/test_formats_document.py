"""docs/formats.md says what the formats declare: names, suffixes, what is carried, grey levels, who has read them."""

from __future__ import annotations

import re

import pytest
from write_formats_table import BESIDES, PAGE, rewritten

from voxelyte import load_printer
from voxelyte.cli.formats import COLUMNS
from voxelyte.datafiles import names
from voxelyte.formats import CARRIED, all_formats, format_for

TEXT = PAGE.read_text(encoding="utf-8")
FORMATS = {fmt.name: fmt for fmt in all_formats()}


def cells_of(block):
    """The rows of the table in a block, as a dictionary of column to text for each first cell."""
    body = re.search(rf"<!-- begin: {block} -->\n(.*?)\n<!-- end: {block} -->", TEXT, re.DOTALL)[1]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()]
    assert all(len(row) == len(head) for row in rows)
    return {row[0].strip("`"): dict(zip(head, row, strict=True)) for row in rows}


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


def test_the_page_is_as_its_writer_writes_it():
    assert rewritten(TEXT) == TEXT, "run python tests/write_formats_table.py"


def test_what_is_not_between_marks_stays():
    changed = TEXT.replace("| each |", "| some |", 1).replace("# Layer archives", "# My archives")
    assert rewritten(changed) == TEXT.replace("# Layer archives", "# My archives")


def test_a_page_without_its_marks_is_told():
    with pytest.raises(ValueError, match="must hold <!-- begin: machines -->"):
        rewritten("no marks")


def test_every_format_is_in_both_tables_once():
    assert list(cells_of("prints")) == list(cells_of("describes")) == list(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_row_says_what_its_format_declares(name):
    fmt, prints, besides = FORMATS[name], cells_of("prints")[name], cells_of("describes")[name]
    assert tuple(words(prints["suffixes"])) == fmt.suffixes
    assert {column for column in COLUMNS if prints[column] == "each"} == fmt.carries & set(COLUMNS)
    assert {column for column in COLUMNS if prints[column] == "law"} == fmt.laws.keys() & set(COLUMNS) - fmt.carries - fmt.silent
    assert {column for column in COLUMNS if prints[column] == "machine"} == fmt.silent & set(COLUMNS) - fmt.carries
    assert {column for column in BESIDES if besides[column] == "yes"} == fmt.carries & set(BESIDES)
    assert prints["grey"] == ("contours" if fmt.contours else str(fmt.grey_levels))
    assert prints["read by"] == (", ".join(fmt.checked) or "nobody")
    assert {*COLUMNS, *BESIDES, "grey"} == CARRIED.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_the_rules_of_a_format_are_there(name):
    rules = TEXT.partition("<!-- begin: rules -->")[2]
    assert f"**{FORMATS[name].title}**" in rules
    assert all(f"- {note}\n" in rules for note in FORMATS[name].notes)


def test_every_machine_has_the_suffix_of_its_profile():
    told = cells_of("machines")
    assert list(told) == list(names("printer"))
    for name, cells in told.items():
        suffix = load_printer(name).format
        assert words(cells["suffix"]) == ([suffix] if suffix else [])
        assert suffix is None or format_for(f"film{suffix}")


def test_links_and_commands_lead_somewhere():
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (PAGE.parent / link).exists(), link
    for loss in re.findall(r"--allow-loss ([a-z,]+)", TEXT):
        assert set(loss.split(",")) <= CARRIED.keys()
    for file in re.findall(r"^voxelyte .*?(\S+\.\S+)$", TEXT, re.MULTILINE):
        assert format_for(file)
