"""Outlines of SVG files: paths and basic shapes, read by svgelements from a cleaned copy of the file.

The copy has shapes and groups alone, with what places them. The middle of a stroke is the outline: its width does not
count. What would change the picture and is not read (text, images, copies by `use`, clips, places in a style) is refused
by name, and what is hidden is no part of the outline.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from math import acos, ceil, inf, sqrt
from typing import Any
from xml.etree import ElementTree

import numpy as np

from voxelyte.errors import RecipeError
from voxelyte.outline.joined import MAX_POINTS, Drawing
from voxelyte.outline.svg_places import MM_OF, NUMBER, length, placed, styled
from voxelyte.shapes import Ring

SPACE = "{http://www.w3.org/2000/svg}"
SHAPES = {"path", "rect", "circle", "ellipse", "polygon", "polyline", "line"}
GROUPS = {"svg", "g", "a"}
SILENT = {"defs", "title", "desc", "metadata", "style", "script"}
FAR = 1e12
"""Radii that are this many times the sagitta are no outline of a film."""
MAX_DEPTH = 50
MAX_ELEMENTS = 20_000


def read_svg(data: bytes, unit_mm: float | None, sagitta_mm: float) -> Drawing:
    """What an SVG draws, in mm, y down. `unit_mm` is that of a user unit, for a file that does not say its size."""
    root = _tree(data)
    scale = _scale_mm(root, unit_mm)
    drawing = Drawing([], [])
    try:
        for shape in _shapes(root):
            for line, is_closed in _lines(shape, sagitta_mm / scale):
                (drawing.closed if is_closed else drawing.open).append(line * scale)
    except RecipeError:
        raise
    except Exception as fault:  # whatever a parser of hand-written numbers may trip over
        raise RecipeError(f"cannot be read: {str(fault)[:200] or 'a path lacks a number'}") from None
    return drawing


def _tree(data: bytes) -> ElementTree.Element:
    if b"<!ENTITY" in data or b"\0" in data:  # UTF-16 could hide them
        raise RecipeError("declares entities, or is not UTF-8; save it as plain SVG")
    root: ElementTree.Element | None = None
    depth = count = 0
    try:
        for event, element in ElementTree.iterparse(BytesIO(data), events=("start", "end")):
            root = element if root is None else root
            depth, count = (depth + 1, count + 1) if event == "start" else (depth - 1, count)
            if depth > MAX_DEPTH or count > MAX_ELEMENTS:
                raise RecipeError(f"has more than {MAX_ELEMENTS} elements, or nests them deeper than {MAX_DEPTH}")
    except (ElementTree.ParseError, ValueError, LookupError) as fault:
        raise RecipeError(f"is not SVG: {fault}") from None
    if root is None or _tag(root) != "svg":
        raise RecipeError("is not SVG: its root must be svg")
    return root


def _tag(element: ElementTree.Element) -> str | None:
    """The name of an SVG element; None for one of another namespace, which draws nothing."""
    tag = str(element.tag).removeprefix(SPACE)
    return None if tag.startswith("{") else tag


def _scale_mm(root: ElementTree.Element, unit_mm: float | None) -> float:
    """Millimetres of a user unit."""
    stated = _stated_mm(root)
    if stated is None and unit_mm is None:
        raise RecipeError('does not say how large it is (width and height in mm, with a viewBox); give unit = "mm"')
    if stated is not None and unit_mm is not None and abs(stated / unit_mm - 1) > 1e-6:
        raise RecipeError(f"says that its unit is {stated:g} mm; the unit given is {unit_mm:g} mm")
    return unit_mm if stated is None else stated  # type: ignore[return-value]


def _stated_mm(root: ElementTree.Element) -> float | None:
    """Millimetres of a user unit as the root's size and viewBox say; None where they do not."""
    sizes = [_length_mm(root.get(key, "")) for key in ("width", "height")]
    if None in sizes:
        return None
    if "viewBox" not in root.attrib:
        return 25.4 / 96  # a user unit is a px of CSS
    box = [float(number) for number in NUMBER.findall(root.attrib["viewBox"])]
    if len(box) != 4 or not all(1e-6 <= side <= 1e9 for side in box[2:]):
        raise RecipeError(f"viewBox={root.attrib['viewBox'][:60]!r} must be four numbers, the last two 1e-6 to 1e9")
    across, down = (size / side for size, side in zip(sizes, box[2:], strict=True) if size is not None)
    if abs(across / down - 1) > 1e-3:
        raise RecipeError(f"width, height and viewBox stretch it: {across:g} mm a unit in x, {down:g} in y")
    return across


def _length_mm(text: str) -> float | None:
    number, unit = length(text) or (0.0, "")
    return number * MM_OF[unit] if unit in MM_OF and 1e-6 <= number <= 1e9 else None


def _shapes(root: ElementTree.Element) -> Iterator[Any]:
    """The shapes with all transforms applied, in user units."""
    from svgelements import SVG, Path, Shape

    if "transform" in root.attrib:
        raise RecipeError("has a transform at its root, which programs read differently: put it on a group")
    for element in (root, *(one for one in root.iter() if _tag(one) == "style")):
        styled(element, _tag(element) or "svg")
    clean = ElementTree.Element("svg")
    _copy(root, clean, root.get("visibility", "visible"))
    drawn = SVG.parse(BytesIO(ElementTree.tostring(clean)), reify=True, ppi=96, on_error="raise")
    return (abs(Path(one)) for one in drawn.elements() if isinstance(one, Shape))


def _copy(element: ElementTree.Element, into: ElementTree.Element, visibility: str) -> None:
    """The shapes and groups below `element`, with what places them; `visibility` is what they inherit."""
    for child in element:
        tag = _tag(child)
        if tag is None or tag in SILENT or not isinstance(child.tag, str):
            continue
        style = styled(child, tag)
        if style.get("display", child.get("display")) == "none":
            continue
        seen = style.get("visibility", child.get("visibility", visibility))
        if tag not in SHAPES | (GROUPS - {"svg"}):
            raise RecipeError(f"has <{tag[:40]}>, which is not read as an outline: turn it into a path, or delete it")
        if tag in GROUPS or seen == "visible":
            _copy(child, ElementTree.SubElement(into, tag, placed(child, tag)), seen)


def _lines(path: Any, sagitta: float) -> Iterator[tuple[Ring, bool]]:
    """Each stretch of a path as points in user units, and whether it is closed."""
    from svgelements import Close, Move

    points, is_closed = list[Any](), False
    for segment in path:
        if isinstance(segment, Move):
            yield from _done(points, is_closed)
            points, is_closed = [(segment.end.x, segment.end.y)], False
        elif isinstance(segment, Close):
            is_closed = True
        else:
            points += _chords(segment, sagitta)
            if len(points) > MAX_POINTS:
                raise RecipeError(f"draws more than {MAX_POINTS} points; a larger sagitta_um makes fewer")
    yield from _done(points, is_closed)


def _done(points: list[Any], is_closed: bool) -> Iterator[tuple[Ring, bool]]:
    if len(points) > 1:
        line = np.array(points, dtype=np.float64)
        yield line, is_closed or bool((line[0] == line[-1]).all())


def _chords(segment: Any, sagitta: float) -> list[Any]:
    """Ends of the chords of a segment, without its beginning."""
    from svgelements import Arc, Line

    if isinstance(segment, Line):
        return [(segment.end.x, segment.end.y)]
    if isinstance(segment, Arc):
        radius = max(abs(segment.rx), abs(segment.ry))
        step = 2 * acos(max(-1.0, 1 - sagitta / radius)) if sagitta < radius < FAR * sagitta else 1.0
        number = abs(segment.sweep) / step if radius < FAR * sagitta else inf
    else:
        controls = np.array([(point.x, point.y) for point in segment if point is not None])
        bend = np.hypot(*np.diff(controls, 2, axis=0).T).max()
        degree = len(controls) - 1
        number = sqrt(degree * (degree - 1) * bend / (8 * sagitta))
    if not number <= MAX_POINTS:
        raise RecipeError(f"draws more than {MAX_POINTS} points; a larger sagitta_um makes fewer")
    at = np.linspace(0, 1, max(2, ceil(number) + 1))[1:]
    drawn = np.asarray(segment.npoint(at), dtype=np.float64)
    drawn[-1] = segment.end.x, segment.end.y
    return list(drawn)
