"""`layers.csv` of a PNG stack: what the manifest says of layers, as a table for people and spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from itertools import zip_longest

from voxelyte.errors import FormatError
from voxelyte.formats._numbers import plain, um_text
from voxelyte.formats._pngs_manifest import MANIFEST, Manifest

TABLE = "layers.csv"
MOTION = ("lift_mm", "lift_mm_s", "retract_mm_s", "wait_before_exposure_s", "wait_after_exposure_s")
COLUMNS = ("layer", "exposure", "png", "top_um", "thickness_um", "exposure_s", "power", *MOTION)


def table(said: Manifest) -> bytes:
    """A row for each exposure, numbered from 1 within its layer."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(_rows(said))
    return text.getvalue().encode()


def agree(text: str, said: Manifest) -> None:
    """FormatError where a table says otherwise than the manifest. Numbers may be written in another way."""
    rows = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        for number, (found, wanted) in enumerate(zip_longest(rows, _rows(said)), 1):
            if found is None or wanted is None or len(found) != len(wanted):
                raise FormatError(f"{TABLE}: row {number} is not among those of {MANIFEST}, or is missing")
            for column, cell, value in zip(COLUMNS, found, wanted, strict=True):
                if not (cell == value or _equal(cell, value)):
                    raise FormatError(
                        f"{TABLE}: row {number}: {column}={cell[:40]!r} must be {value[:40]} as in {MANIFEST}"
                    )
    except csv.Error as fault:
        raise FormatError(f"{TABLE}: {fault}") from None


def _rows(said: Manifest) -> Iterator[list[str]]:
    yield list(COLUMNS)
    for layer in said.layers:
        motion = [_text(value) for value in layer.motion.model_dump(include=set(MOTION)).values()]
        heights = [um_text(layer.top_nm), um_text(layer.thickness_nm)]
        for number, one in enumerate(layer.exposures, 1):
            place = [str(layer.layer), str(number), one.png]
            yield [*place, *heights, _text(one.exposure_s), _text(one.power), *motion]


def _text(value: float) -> str:
    return plain(Decimal(repr(value)))


def _equal(cell: str, value: str) -> bool:
    try:
        return Decimal(cell) == Decimal(value)
    except ArithmeticError:
        return False
