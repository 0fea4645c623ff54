"""What a page of ours shows in fences, as a reader would copy it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    """The text of each fence of this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """Each line of ours in the page's shell blocks."""
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line.startswith("voxelyte ")]


def recipes(page: Path) -> list[str]:
    """What the page shows of recipes: whole ones, and some keys of one."""
    return [text for text in blocks(page, "toml") if "panel" not in tomllib.loads(text)]


def write_files(page: Path, folder: Path) -> None:
    """The files that the page shows: a recipe under its name, the table that recipes call `pillars.csv`."""
    for text in recipes(page):
        if name := tomllib.loads(text).get("name"):
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    for text in blocks(page, "csv"):
        (folder / "pillars.csv").write_text(text, encoding="utf-8")
