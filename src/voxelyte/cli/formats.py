"""list formats: what each format carries, as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from voxelyte.formats import Format

COLUMNS = ("thickness", "exposure", "exposures", "motion", "power")
"""How a job prints; losing one of them needs `--allow-loss`."""

LEGEND = (
    "each     a value for each layer",
    "law      what the machine's own law can make; any other list is refused",
    "one      one value for all layers (a single exposure, full power), or refused",
    "machine  not, or not whole, in the file: the machine's own settings count; values that differ between layers are refused",
    "grey     levels of a pixel, from dark to full light",
    "read by  programs of other people with which this package's tests read such files; nobody means not checked",
)


def say_formats(as_json: bool) -> None:
    """The table, or all of it as JSON."""
    from voxelyte.formats import CARRIED, all_formats

    formats = all_formats()
    if as_json:
        told = {one.name: facts(one) for one in formats}
        click.echo(json.dumps({"carried": CARRIED, "formats": told}))
        return
    rows = [row(one) for one in formats]
    head = ("suffix", *COLUMNS, "grey", "read by", "format")
    widths = [max(len(line[k]) for line in (head, *rows)) for k in range(len(head))]
    click.secho(_line(head, widths), bold=True)
    for cells in rows:
        click.echo(_line(cells, widths))
    for line in ("", *LEGEND):
        click.echo(line)


def facts(fmt: Format) -> dict[str, object]:
    """Everything that a format declares."""
    return {
        "title": fmt.title,
        "suffixes": fmt.suffixes,
        "carries": sorted(fmt.carries),
        "by_law": sorted(fmt.laws.keys() - fmt.carries),
        "silent": sorted(fmt.silent),
        "grey_levels": fmt.grey_levels,
        "contours": fmt.contours,
        "checked": fmt.checked,
        "notes": fmt.notes,
    }


def row(fmt: Format) -> tuple[str, ...]:
    """One line of the table."""
    grey = "contours" if fmt.contours else str(fmt.grey_levels)
    checked = ", ".join(fmt.checked) or "nobody"
    return (" ".join(fmt.suffixes), *(_cell(fmt, name) for name in COLUMNS), grey, checked, fmt.title)


def _cell(fmt: Format, name: str) -> str:
    if name in fmt.carries:
        return "each"
    if name in fmt.silent:
        return "machine"
    return "law" if name in fmt.laws else "one"


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
