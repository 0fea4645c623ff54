"""What a print file of version 5 may say, restated from its published schema: the keys of each object and their bounds.

The schema's own bounds are kept. Where it has none, a bound stands that no machine reaches, so that sums stay finite.
`held` says what of a file that obeys the rules a job cannot hold; it is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from voxelyte.errors import FormatError, unknown
from voxelyte.formats._json import Table

MEMBER = "print_settings.json"
MAX_EXPOSURE_MS = 10_000
FULL_POWER = 1000

Rule = Callable[[Table, str], object]
Rules = Mapping[str, Rule]


def check(table: Table, rules: Rules, needed: tuple[str, ...] = ()) -> Table:
    """The table itself, when it holds all that is needed and nothing but what the rules allow."""
    for key in table:
        if key not in rules:
            raise FormatError(f"{table.fault(key, 'is not known')}: {unknown('key', key, rules)}")
        rules[key](table, key)
    for key in needed:
        if key not in table:
            raise table.fault(key, "is missing")
    return table


def _number(least: float, most: float = 1e9) -> Rule:
    return lambda table, key: table.number(key, least, most)


def _whole(least: int, most: int) -> Rule:
    return lambda table, key: table.whole(key, least, most)


def _object(rules: Rules) -> Rule:
    return lambda table, key: check(table.table(key), rules)


def _above_0(table: Table, key: str) -> None:
    if not table.number(key, 0, 1e9):
        raise table.fault(key, "must be greater than 0")


def _text(table: Table, key: str) -> None:
    table.text(key, most=10**7)


def _flag(table: Table, key: str) -> None:
    if not isinstance(table.values[key], bool):
        raise table.fault(key, "must be true or false")


def _scalar(table: Table, key: str) -> None:
    if not isinstance(table.values[key], str | int | Decimal):
        raise table.fault(key, "must be a text, a number, true or false")


def _any(table: Table, key: str) -> None:
    """Looked into elsewhere."""


_WAIT_MS = _number(0, 1e12)
_COUNT = _whole(1, 10**9)

HEADER: Rules = {"Schema version": _text, "Image directory": _text, "Comment": _text}
DESIGN: Rules = dict.fromkeys(
    (
        "Comment",
        "User",
        "Purpose",
        "Description",
        "Resin",
        "3D printer",
        "Design file",
        "STL file",
        "Slicer",
        "Date",
    ),
    _text,
)
_SQUEEZE: Rules = {
    "Enable squeeze": _flag,
    "Squeeze count": _whole(0, 10**9),
    "Squeeze force (N)": _number(0),
    "Squeeze time (ms)": _WAIT_MS,
}
POSITION: Rules = {
    "Comment": _text,
    "Using named position settings": _text,
    "Layer thickness (um)": _number(0),
    "Distance up (mm)": _above_0,
    "Initial wait (ms)": _WAIT_MS,
    "BP up speed (mm/sec)": _number(0),
    "BP up acceleration (mm/sec^2)": _number(0),
    "Up wait (ms)": _WAIT_MS,
    "BP down speed (mm/sec)": _number(0),
    "BP down acceleration (mm/sec^2)": _number(0),
    "Final wait (ms)": _WAIT_MS,
    "Special layer techniques": _object({"Squeeze out resin": _object(_SQUEEZE)}),
}
_FILM: Rules = {
    "Enable print on film": _flag,
    "Distance up (mm)": _above_0,
    "Wait before exposure (ms)": _WAIT_MS,
}
_ZERO: Rules = {"Enable 0 um layer": _flag, "Number of duplications": _COUNT}
IMAGE: Rules = {
    "Comment": _text,
    "Using named image settings": _text,
    "Image file": _text,
    "Do grayscale correction": _flag,
    "Mirror image short axis": _flag,
    "Mirror image long axis": _flag,
    "Image x offset (um)": _number(-1e9),
    "Image y offset (um)": _number(-1e9),
    "Layer exposure time (ms)": _number(0, MAX_EXPOSURE_MS),
    "Light engine": _text,
    "Light engine power setting": _whole(0, FULL_POWER),
    "Light engine wavelength (nm)": _whole(-(10**9), 10**9),
    "Relative focus position (um)": _number(-1e9),
    "Wait before exposure (ms)": _WAIT_MS,
    "Wait after exposure (ms)": _WAIT_MS,
    "Special image techniques": _object({"0 um layer": _object(_ZERO), "Print on film": _object(_FILM)}),
}
POSITION_NEEDED = tuple(key for key in POSITION if key.endswith(")"))
IMAGE_NEEDED = (
    "Image file",
    "Layer exposure time (ms)",
    "Light engine",
    "Light engine power setting",
    "Light engine wavelength (nm)",
    "Relative focus position (um)",
    "Wait before exposure (ms)",
    "Wait after exposure (ms)",
)
LAYER: Rules = {
    "Comment": _text,
    "Number of duplications": _COUNT,
    "Position settings": _object(POSITION),
    "Using named default image settings": _text,
    "Image settings list": lambda table, key: [check(one, IMAGE) for one in table.tables(key, 10**6)],
}
DEFAULT: Rules = {
    "Comment": _text,
    "Number of duplications": _COUNT,
    "Position settings": lambda table, key: check(table.table(key), POSITION, POSITION_NEEDED),
    "Image settings": lambda table, key: check(table.table(key), IMAGE, IMAGE_NEEDED),
}
DEFAULT_NEEDED = ("Number of duplications", "Position settings", "Image settings")
CALL: Rules = {
    "Comment": _text,
    "Using named layer group": _text,
    "Number of duplications": _COUNT,
    "Variables": lambda table, key: variables(table.table(key)),
}
_VACUUM: Rules = {
    "Enable vacuum": _flag,
    "Target vacuum level (Torr)": _number(0),
    "Vacuum wait time (sec)": _number(0),
}
TECHNIQUES: Rules = {"Comment": _text, "Print under vacuum": _object(_VACUUM)}
TOP: Rules = dict.fromkeys(
    (
        "Header",
        "Design",
        "Default layer settings",
        "Variables",
        "Named position settings",
        "Named image settings",
        "Named layer groups",
        "Special print techniques",
        "Layers",
    ),
    _any,
)


def variables(table: Table) -> dict[str, object]:
    """Names and values of an object of variables."""
    for key in table:
        (_text if key == "Comment" else _scalar)(table, key)
    return {key: value for key, value in table.values.items() if key != "Comment"}


def held(table: Table) -> None:
    """Refuse settings that change a print and that a job has no place for."""
    for key in ("Relative focus position (um)", "Image x offset (um)", "Image y offset (um)"):
        if table.values.get(key, 0) != 0:
            raise table.fault(key, "must be 0: a job holds neither focus nor offsets")
    for key in ("Mirror image short axis", "Mirror image long axis"):
        if table.values.get(key, False):
            raise table.fault(key, "must be false: a job's masks are what the panel is fed with")
    for group in ("Special print techniques", "Special layer techniques", "Special image techniques"):
        for name, technique in table.values.get(group, {}).items():
            if name != "Comment" and any(key.startswith("Enable ") and on for key, on in technique.items()):
                raise table.fault(group, f"asks for {name!r}, which a job cannot hold")
