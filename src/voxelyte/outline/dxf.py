"""Outlines of DXF files, read by ezdxf (an extra: `pip install 'voxelyte[dxf]'`): lines, arcs, circles, ellipses, polylines, splines.

Lines and arcs that meet end to end are one outline. Arcs are flattened from their own radius, not from a curve that
resembles them. Other entities of the model space (text, hatches, inserted blocks) are refused by name. What the file
hides (invisible entities, layers that are off or frozen) is no part of the outline.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import numpy as np

from voxelyte.errors import RecipeError
from voxelyte.outline.curves import finely, flattened
from voxelyte.outline.joined import MAX_LINES, MAX_MM, Drawing
from voxelyte.shapes import Ring

UNIT_MM = {1: 25.4, 2: 304.8, 4: 1.0, 5: 10.0, 6: 1000.0, 9: 0.0254, 10: 914.4, 12: 1e-6, 13: 1e-3, 14: 100.0}
"""Millimetres of $INSUNITS; 0 is no unit, and the rest are of maps and stars."""
SIZES = ("radius", "center", "start", "end", "major_axis")
_UNIT = re.compile(r"^\s*9\s*\n\s*\$INSUNITS\s*$", re.MULTILINE)
_POLYLINES = ("LWPOLYLINE", "POLYLINE")
_FRAME = 16
"""Flag of a vertex that only bends the curve of a smoothed polyline."""
FLAT = 1e-6
"""Heights above the plane that still are flat, in units of the file."""


def read_dxf(data: bytes, unit_mm: float | None, sagitta_mm: float) -> Drawing:
    """What a DXF draws, in mm. `unit_mm` is that of its numbers, for a file that does not say it."""
    if data.startswith(b"AutoCAD Binary DXF"):
        raise RecipeError("is a binary DXF; save it as text (ASCII)")
    try:
        from ezdxf.filemanagement import read
    except ImportError:
        raise RecipeError("needs ezdxf: pip install 'voxelyte[dxf]'") from None
    logging.getLogger("ezdxf").addHandler(logging.NullHandler())  # its remarks on tables that are not read
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    try:
        document = read(StringIO(text))
        if not _UNIT.search(text):
            document.header["$INSUNITS"] = 0  # ezdxf takes metres for a file without a header
        return _drawing(document, unit_mm, sagitta_mm)
    except RecipeError:
        raise
    except Exception as fault:  # whatever a parser of damaged files may trip over
        said = "".join(one if one.isprintable() else " " for one in str(fault)[:200])
        raise RecipeError(f"cannot be read: {' '.join(said.split()) or type(fault).__name__}") from None


def _drawing(document: Any, unit_mm: float | None, sagitta_mm: float) -> Drawing:
    scale = _scale_mm(document, unit_mm)
    drawing = Drawing([], [])
    hidden = {one.dxf.name.casefold() for one in document.layers if one.is_off() or one.is_frozen()}
    for entity in document.modelspace():
        if entity.dxf.get("invisible", 0) or entity.dxf.layer.casefold() in hidden:
            continue
        if len(drawing.open) + len(drawing.closed) > MAX_LINES:
            raise RecipeError(f"draws more than {MAX_LINES} lines")
        for line in _lines(entity, sagitta_mm / scale, scale):
            is_closed = len(line) > 2 and bool(np.hypot(*(line[0] - line[-1])) * scale < 1e-9)
            (drawing.closed if is_closed else drawing.open).append(line * scale)
    return drawing


def _scale_mm(document: Any, unit_mm: float | None) -> float:
    code = document.header.get("$INSUNITS", 0)
    stated = UNIT_MM.get(code)
    if code and stated is None:
        raise RecipeError(f"$INSUNITS={code} is no unit of small things; known: {', '.join(map(str, UNIT_MM))}")
    if stated is None and unit_mm is None:
        raise RecipeError('does not say its unit ($INSUNITS); give unit = "mm"')
    if stated is not None and unit_mm is not None and abs(stated / unit_mm - 1) > 1e-9:
        raise RecipeError(f"says that its unit is {stated:g} mm; the unit given is {unit_mm:g} mm")
    return unit_mm if stated is None else stated  # type: ignore[return-value]


def _lines(entity: Any, sagitta: float, scale: float) -> Iterator[Ring]:
    """The entity as lines of points in units of the file."""
    kind = entity.dxftype()
    if kind not in _FLATTENED and kind not in _POLYLINES:
        raise RecipeError(f"has {kind[:40]}, which is not read as an outline: explode or delete it")
    _refuse_far(entity, scale)
    if kind in _POLYLINES:
        yield _polyline(entity, sagitta, scale)
        return
    if kind in ("CIRCLE", "ARC") and entity.dxf.get("radius", 0.0) <= 0:
        raise RecipeError(f"has {kind} whose radius is not above 0")
    yield _plane(_FLATTENED[kind](entity, sagitta))


def _polyline(entity: Any, sagitta: float, scale: float) -> Ring:
    """One line of all its straight and curved pieces."""
    if entity.dxftype() == "LWPOLYLINE":
        corners = np.array(entity.get_points("xyb"), dtype=np.float64).reshape(-1, 3)
        height = entity.dxf.elevation
    elif entity.is_2d_polyline or entity.is_3d_polyline:
        kept = [one.dxf for one in entity.vertices if not one.dxf.flags & _FRAME]
        places = np.array([tuple(one.location) for one in kept], dtype=np.float64).reshape(-1, 3)
        bulges = [one.get("bulge", 0.0) if entity.is_2d_polyline else 0.0 for one in kept]
        corners, height = np.column_stack((_plane(places), bulges)), 0.0
    else:
        raise RecipeError("has a POLYLINE that is a mesh, which is not read as an outline")
    if not np.abs(corners[:, :2]).max(initial=0.0) * scale <= MAX_MM:
        raise RecipeError(f"draws beyond {MAX_MM:g} mm")
    line = flattened(corners, bool(entity.is_closed), sagitta)
    if entity.dxftype() == "POLYLINE" and entity.is_3d_polyline:
        return line
    return _plane(list(entity.ocs().points_to_wcs([(x, y, height) for x, y in line.tolist()])))


def _spline(entity: Any, sagitta: float) -> Ring:
    """Points of a spline that begins and ends at its first and last control points; ezdxf leaves the others' range."""
    if not len(entity.control_points):
        raise RecipeError(
            "has a SPLINE of fit points alone, between which each program draws its own curve: make it a polyline or arcs"
        )
    ends = entity.dxf.degree + 1
    knots = np.array(entity.knots)
    if len(knots) and (np.ptp(knots[:ends]) > 0 or np.ptp(knots[-ends:]) > 0):
        raise RecipeError(
            "has a SPLINE whose ends are not clamped (periodic), which is not read: make it a polyline or arcs"
        )
    curve = entity.construction_tool()
    return finely(lambda at: np.array([tuple(point) for point in curve.points(at)]), np.unique(curve.knots()), sagitta)


def _plane(points: Any) -> Ring:
    corners = np.array([tuple(point) for point in points], dtype=np.float64).reshape(len(points), -1)
    if corners.shape[1] > 2 and (np.abs(corners[:, 2] - corners[0, 2]) > FLAT).any():
        raise RecipeError("is not flat: its z changes")
    return corners[:, :2]


def _refuse_far(entity: Any, scale: float) -> None:
    """Sizes are bounded before curves are flattened."""
    sizes = (value for key, value in entity.dxfattribs().items() if key in SIZES)
    if not all(np.abs(np.array(tuple(size) if hasattr(size, "x") else size)).max() * scale <= MAX_MM for size in sizes):
        raise RecipeError(f"draws beyond {MAX_MM:g} mm")
    points = getattr(entity, "control_points", ())
    if len(points) and not np.abs(np.array(points)).max() * scale <= MAX_MM:
        raise RecipeError(f"draws beyond {MAX_MM:g} mm")


def _curve(entity: Any, sagitta: float) -> list[Any]:
    return list(entity.flattening(sagitta))


_FLATTENED: dict[str, Callable[[Any, float], Any]] = {
    "LINE": lambda entity, sagitta: [entity.dxf.start, entity.dxf.end],
    "ARC": _curve,
    "CIRCLE": _curve,
    "ELLIPSE": _curve,
    "SPLINE": _spline,
}
