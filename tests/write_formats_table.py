"""Write the tables of docs/formats.md anew, from what formats and profiles declare: `python tests/write_formats_table.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from voxelyte import load_printer
from voxelyte.cli.formats import COLUMNS, row
from voxelyte.datafiles import names
from voxelyte.formats import CARRIED, Format, all_formats

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
BESIDES = [name for name in CARRIED if name not in (*COLUMNS, "grey")]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(words: Iterable[str]) -> str:
    """`a`, `b`; a dash when there is none."""
    return ", ".join(f"`{word}`" for word in words) or "–"


def machines() -> str:
    """Which suffix each printer profile names."""
    printers = [load_printer(name) for name in names("printer")]
    rows = [(f"`{one.name}`", one.title, code([one.format] if one.format else [])) for one in printers]
    return table(("profile", "machine", "suffix"), rows)


def prints(formats: list[Format]) -> str:
    """How a job prints: the same words as `voxelyte list formats`."""
    rows = []
    for fmt in formats:
        _, *cells, _, _ = row(fmt)
        rows.append((f"`{fmt.name}`", code(fmt.suffixes), *cells, ", ".join(fmt.checked) or "nobody"))
    return table(("format", "suffixes", *COLUMNS, "grey", "read by"), rows)


def describes(formats: list[Format]) -> str:
    """What else of a job comes back."""
    rows = [(f"`{fmt.name}`", *("yes" if name in fmt.carries else "–" for name in BESIDES)) for fmt in formats]
    return table(("format", *BESIDES), rows)


def rules(formats: list[Format]) -> str:
    """What each format does in its own way."""
    parts = []
    for fmt in formats:
        notes = [f"- {note}" for note in fmt.notes] or ["- Nothing is lost, nothing is left to the machine."]
        parts.append("\n".join([f"**{fmt.title}** ({code(fmt.suffixes)})", "", *notes]))
    return "\n\n".join(parts)


def blocks() -> dict[str, str]:
    """The text of each part of the page that is written by this program."""
    formats = all_formats()
    return {
        "machines": machines(),
        "prints": prints(formats),
        "describes": describes(formats),
        "rules": rules(formats),
    }


def rewritten(page: str) -> str:
    """The page with every such part as it must be."""
    for name, text in blocks().items():
        begin, end = (f"<!-- {side}: {name} -->" for side in ("begin", "end"))
        page, count = re.subn(f"{begin}.*?{end}", lambda _, t=f"{begin}\n{text}\n{end}": t, page, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{PAGE.name} must hold {begin} and {end} once, holds them {count} times")
    return page


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
