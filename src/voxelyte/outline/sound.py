"""Is a drawn outline one that encloses an area: no crossing, holes inside, one piece?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from voxelyte.shapes import Ring

_FAULT = re.compile(r"(?P<what>.*)\[(?P<x>\S+) (?P<y>\S+)\]")
_WORDS = {
    "Self-intersection": "the outline crosses itself",
    "Ring Self-intersection": "the outline touches itself",
    "Hole lies outside shell": "a second outline lies beside the largest one",
    "Holes are nested": "a hole lies within another hole",
    "Interior is disconnected": "holes cut the outline into pieces",
    "Duplicate Rings": "two rings are the same",
}
_FEW = "a ring has fewer than three distinct corners"


def fault(outer: Ring, holes: Sequence[Ring] = (), unit: str = "µm") -> str | None:
    """What is wrong with an outline, and where (in `unit`, that of its coordinates); None if nothing is."""
    import shapely

    if min(len(ring) for ring in (outer, *holes)) < 3:
        return _FEW
    area = shapely.Polygon(outer, holes)
    if area.is_valid:
        return None if area.area > 0 else "the outline encloses no area"
    found = _FAULT.fullmatch(shapely.is_valid_reason(area))
    if not found or found["what"].startswith("Too few points"):
        return _FEW
    return f"{_WORDS.get(found['what'], found['what'])} at x={float(found['x']):g}, y={float(found['y']):g} {unit}"
