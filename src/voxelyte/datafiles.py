"""Recipes and profiles as files: where they lie, what they are called, and how their TOML is read.

A name with a folder in it, or ending in `.toml`, is a path. Any other name is looked up in the folders that
the environment variable VOXELYTE_PATH lists, each laid out as FOLDERS says, then in the copies that ship with
the package. The working folder is not searched.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from voxelyte.errors import RecipeError, unknown

Kind = Literal["geometry", "printer", "resin"]

FOLDERS: dict[Kind, str] = {
    "geometry": "geometries",
    "printer": "profiles/printers",
    "resin": "profiles/resins",
}

MAX_BYTES = 2**20
"""Longest file that is read: a thousand times the longest that ships."""


@dataclass(frozen=True)
class TomlFile:
    """A file as read; `origin` names it in error messages."""

    origin: str
    path: Path
    text: str
    table: dict[str, Any]


def open_toml(kind: Kind, name_or_path: str | os.PathLike[str], folder: Path | None = None) -> TomlFile:
    """The file of a name or path; a relative path begins at `folder`, without one at the working folder."""
    wanted = os.fspath(name_or_path)
    if not _is_path(wanted):
        return _read(_find(kind, wanted))
    return _read(folder / wanted if folder else Path(wanted), wanted)


def open_path(path: str | os.PathLike[str]) -> TomlFile:
    """The file at a path, whatever it is called."""
    return _read(Path(path), os.fspath(path))


def shipped(path: str) -> Path:
    """A file that ships with the package, by its place in the checkout."""
    return _shipped() / path


def names(kind: Kind) -> tuple[str, ...]:
    """Every name that can be looked up, sorted."""
    return tuple(sorted(_files(kind)))


def titles(kind: Kind) -> dict[str, str]:
    """Name to title of every file that can be looked up."""
    return {name: str(_read(path).table.get("title", "")) for name, path in sorted(_files(kind).items())}


def _is_path(wanted: str) -> bool:
    return wanted.endswith(".toml") or "/" in wanted or "\\" in wanted


def _find(kind: Kind, name: str) -> Path:
    files = _files(kind)
    if name not in files:
        raise RecipeError(unknown(kind, name, files))
    return files[name]


def _files(kind: Kind) -> dict[str, Path]:
    """Name to file; the folders that are searched first win."""
    found: dict[str, Path] = {}
    for root in _roots():
        for file in sorted((root / FOLDERS[kind]).glob("*.toml")):
            found.setdefault(file.stem, file)
    return found


def _roots() -> list[Path]:
    """The user's folders, then the package's own."""
    listed = os.environ.get("VOXELYTE_PATH", "").split(os.pathsep)
    return [Path(root) for root in listed if root] + [_shipped()]


def _shipped() -> Path:
    """`data/` of an installed wheel, or else the top level of the checkout."""
    package = Path(__file__).parent
    return package / "data" if (package / "data").is_dir() else package.parents[1]


def _read(path: Path, origin: str | None = None) -> TomlFile:
    origin = origin or path.name
    text = _text(path, origin)
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise RecipeError(f"{origin}: tables or lists are nested too deep") from None
    except ValueError as fault:
        raise RecipeError(f"{origin}: {_placed(str(fault), text)}") from None
    return TomlFile(origin, path.resolve(), text, table)


def _text(path: Path, origin: str) -> str:
    try:
        if not path.is_file():
            raise RecipeError(f"{origin}: {'is not a file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise RecipeError(f"{origin}: longer than {MAX_BYTES} bytes")
        return data.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as fault:
        raise RecipeError(f"{origin}: byte {fault.start} is not UTF-8 text") from None
    except (OSError, ValueError) as fault:
        raise RecipeError(f"{origin}: cannot be read: {getattr(fault, 'strerror', None) or fault}") from None


_PLACE = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


def _placed(message: str, text: str) -> str:
    """`line 3, column 7: what is wrong`, out of tomllib's words; they lack numbers at the text's end."""
    found = _PLACE.fullmatch(message)
    if not found:
        return message
    line = found["line"] or text.count("\n") + 1
    column = found["column"] or len(text) - text.rfind("\n")
    return f"line {line}, column {column}: {found['what']}"
