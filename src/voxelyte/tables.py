"""What is where on a plate: one row a film, for people, for the job and as CSV."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from io import StringIO
from math import isfinite
from typing import Any

from voxelyte.errors import RecipeError
from voxelyte.exposing import normal_s
from voxelyte.files import written_whole
from voxelyte.job import Job
from voxelyte.resin import Resin
from voxelyte.solids import Placed, Shared, Solid
from voxelyte.values import Value

FILMS = "films"
"""Where a job keeps the table: in its provenance, among the parameters."""

FIRST, LAST = ("label", "design", "x_um", "y_um"), ("exposure_s", "dose_mj_cm2")
"""Columns before and after the parameters."""

Row = dict[str, Any]


def film_rows(plate: Shared, resin: Resin) -> list[Row]:
    """Label, design, place, every parameter (nested ones by dotted keys), exposure and dose of a normal layer; in order of the films."""
    times = {wish: normal_s(plate, wish, resin) for wish in plate.every_wish}
    return [_row(film, times[film.wish], resin.irradiance_mw_cm2) for film in plate.films]


def _row(film: Placed, exposure_s: float, irradiance_mw_cm2: float | None) -> Row:
    dose = None if irradiance_mw_cm2 is None else float(f"{irradiance_mw_cm2 * exposure_s:.12g}")
    place = {"label": film.label, "design": film.design, "x_um": film.x_um, "y_um": film.y_um}
    told = _flat(film.parameters or _own(film.solid))
    return place | told | _of_file(film.solid, told) | {"exposure_s": exposure_s, "dose_mj_cm2": dose}


def _of_file(solid: Solid, told: Row) -> Row:
    """Which file sizes come from, where a film's array is one of a CSV file: by name in place of them, and by its SHA-256."""
    table = getattr(getattr(solid, "lattice", None), "table", None)
    if table is None:
        return {}
    sizes = {key: f"from {table.name}" for key in ("diameter_um", "height_um") if told.get(key) == "csv"}
    return sizes | {"lattice.csv_sha256": table.digest}


def _own(solid: Solid) -> Mapping[str, Any]:
    """What a film says of itself, where no recipe does."""
    return solid.model_dump(exclude_none=True) if isinstance(solid, Value) else {}


def _flat(table: Mapping[str, Any], under: str = "") -> Row:
    found: Row = {}
    for key, value in table.items():
        found |= _flat(value, f"{under}{key}.") if isinstance(value, Mapping) else {f"{under}{key}": value}
    return found


def rows_of(job: Job) -> list[Row]:
    """The rows that a job holds; none where it is no plate of films, or where another program wrote something else there."""
    rows = job.provenance.parameters.get(FILMS)
    if not isinstance(rows, list | tuple) or not all(map(_is_row, rows)):
        return []
    return [dict(row) for row in rows]


def _is_row(row: object) -> bool:
    if not (isinstance(row, Mapping) and isinstance(row.get("label"), str)):
        return False
    numbers = [row.get(key) for key in ("x_um", "y_um", "exposure_s")]
    return all(isinstance(one, int | float) and isfinite(one) for one in numbers)


def columns(rows: Sequence[Row]) -> list[str]:
    """Every key of any row: label, design and place, then parameters by name, then exposure and dose."""
    keys = {key for row in rows for key in row}
    first, last = ([key for key in some if key in keys] for some in (FIRST, LAST))
    return [*first, *sorted(keys.difference(FIRST, LAST)), *last]


def differing(rows: Sequence[Row]) -> list[str]:
    """The columns in which not all rows agree, without label and place: what was varied."""
    known = ("label", "x_um", "y_um", "label.text")
    return [key for key in columns(rows) if key not in known and any(row.get(key) != rows[0].get(key) for row in rows)]


def csv_text(rows: Sequence[Row]) -> str:
    """With a head; numbers with all their digits, nothing where a film has no such parameter."""
    text = StringIO()
    writer = csv.DictWriter(text, columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _said(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def write_table(job: Job, path: str | os.PathLike[str]) -> None:
    """Write the job's table as CSV. Raises RecipeError where the job is no plate of films."""
    rows = rows_of(job)
    if not rows:
        raise RecipeError(f"{job.name} is no plate of films: there is no table of what is where")
    with written_whole(path) as file:
        file.write(csv_text(rows).encode())
