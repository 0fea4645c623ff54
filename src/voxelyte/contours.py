"""A film that is known by its outlines: an SLC file as a design, sliced for a printer as a recipe is.

The outlines are put where recipes put a film: the middle of their bounding box at the plate's centre, the
lowest layer on the plate. Its layers are the file's own; `thickness_um` is the layering that keeps them.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats.slc import ContourLayer, Contours, read_contours
from voxelyte.region import EMPTY, Bounds, Part, Points, Region
from voxelyte.shapes import Polygon, Ring

SAME_UM = 0.02
"""Corners of two copies of one shape differ by less: twice what 32-bit mm are rounded by within 256 mm."""
MOST_SHAPES = 16


@dataclass(frozen=True, eq=False)
class Outlined(Region):
    """A region that somebody else drew; `pieces` is how many outer outlines it has."""

    pieces: int = 0

    @property
    def count(self) -> int:
        """How many separate pieces it has."""
        return self.pieces


class Slab(NamedTuple):
    """What lies between two heights with one section."""

    bottom_um: float
    top_um: float
    section: Region

    @property
    def height_um(self) -> float:
        """From bottom to top."""
        return self.top_um - self.bottom_um


@dataclass(frozen=True, eq=False)
class ContourSolid:
    """The solid that an SLC file describes. `shift_um` moves its x and y; without it the film is centred.

    Raises FormatError where nothing is solid in the lowest layer, which has to hold the film on the plate.
    """

    contours: Contours
    shift_um: tuple[float, float] | None = None
    feature: ClassVar[str] = "pieces"

    def __post_init__(self) -> None:
        if not self.contours.layers[0].outlines.rings:
            raise FormatError("the lowest layer has no contour: nothing would hold the film on the plate")

    @property
    def thickness_um(self) -> tuple[float, ...]:
        """The file's layers from the plate up, as `slice_solid` takes them for its `layering`."""
        return tuple((layer.top_nm - layer.bottom_nm) / 1000 for layer in self.contours.layers)

    @cached_property
    def slabs(self) -> tuple[Slab, ...]:
        """Runs of layers with one outline, from the plate up."""
        regions = {
            one: outlined(one.rings, one.outer, self._shift_um)
            for one in {layer.outlines: None for layer in self.contours.layers}
        }
        runs = (list(run) for _, run in groupby(self.contours.layers, lambda layer: layer.outlines))
        return tuple(Slab(*self._heights_um(run), regions[run[0].outlines]) for run in runs)

    @cached_property
    def levels_um(self) -> tuple[float, ...]:
        """Every height at which the outlines change, from 0 to the top."""
        return (0.0, *(slab.top_um for slab in self.slabs))

    @cached_property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z. In x and y to 0.1 µm, so that a film of the plate's own size is not larger than it.

        What that leaves out is the rounding of 32-bit numbers, and how far the polygon of a circle's area leaves the circle.
        """
        (x0, y0, x1, y1), (x, y) = file_bounds_um(self.contours), self._shift_um
        x0, y0, x1, y1 = (round(um, 1) for um in (x0 + x, y0 + y, x1 + x, y1 + y))
        return x0, y0, 0.0, x1, y1, self.levels_um[-1]

    def section(self, z_um: float) -> Region:
        """What is solid at height `z_um`; half open in z."""
        if not 0 <= z_um < self.levels_um[-1]:
            return EMPTY
        return self.slabs[bisect_right(self.levels_um, z_um) - 1].section

    @property
    def count(self) -> int:
        """How many pieces the topmost section has, where it stands on another one."""
        return self.slabs[-1].section.count if len(self.slabs) > 1 else 0

    def steady(self, z_um: float) -> bool:
        """The file's layers have one outline each."""
        return True

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not well with the file."""
        return self.contours.notes

    @property
    def cell_area_factor(self) -> float | None:
        """Not known of outlines."""
        return None

    @cached_property
    def volume_um3(self) -> float:
        """Of all layers."""
        return sum(slab.section.area_um2 * slab.height_um for slab in self.slabs)

    @property
    def footprint_um2(self) -> float:
        """Area of the lowest section."""
        return self.slabs[0].section.area_um2

    @cached_property
    def side_wall_um2(self) -> float:
        """Perimeter times height of all that stands on the lowest section."""
        return sum(slab.section.perimeter_um * slab.height_um for slab in self.slabs[1:])

    @cached_property
    def void_um3(self) -> float:
        """Room above the lowest section, beside what stands on it."""
        return sum((self.footprint_um2 - slab.section.area_um2) * slab.height_um for slab in self.slabs[1:])

    @cached_property
    def _shift_um(self) -> tuple[float, float]:
        if self.shift_um is not None:
            return self.shift_um
        x0, y0, x1, y1 = file_bounds_um(self.contours)
        return -(x0 + x1) / 2, -(y0 + y1) / 2

    def _heights_um(self, run: list[ContourLayer]) -> tuple[float, float]:
        floor_nm = self.contours.layers[0].bottom_nm
        return (run[0].bottom_nm - floor_nm) / 1000, (run[-1].top_nm - floor_nm) / 1000


def read_solid(path: str | os.PathLike[str]) -> ContourSolid:
    """The film of an SLC file (exact contours, as `export` writes them for Composer), a solid that can be sliced anew.

    Heights are those of the file, on the 1 nm grid; the film is centred on the plate. FormatError names the file.
    """
    try:
        return ContourSolid(read_contours(Path(path)))
    except FormatError as fault:
        raise FormatError(f"{Path(path).name}: {fault}") from None


def file_bounds_um(contours: Contours) -> Bounds:
    """Least x and y, greatest x and y of all outlines, as the file counts them; all zero where there is none."""
    found = {layer.outlines: layer.outlines.bounds_um for layer in contours.layers if layer.outlines.rings}
    if not found:
        return 0.0, 0.0, 0.0, 0.0
    x0, y0, x1, y1 = zip(*found.values(), strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def outlined(rings: tuple[Ring, ...], pieces: int, shift_um: tuple[float, float]) -> Region:
    """The region within these rings. Where none is a hole, copies of a few shapes become parts with many places."""
    if not rings:
        return EMPTY
    moved = [ring + shift_um for ring in rings]
    repeated = _repeated(moved) if pieces == len(rings) > 1 else None
    return Outlined(repeated or (Part(Polygon(tuple(moved))),), pieces)


def _repeated(rings: list[Ring]) -> tuple[Part, ...] | None:
    """Each shape once, as the mean of its copies, which are equal but for their rounding; None for too many shapes."""
    by_size: dict[int, list[Ring]] = {}
    for ring in rings:
        by_size.setdefault(len(ring), []).append(ring)
    parts: list[Part] = []
    for same_size in by_size.values():
        corners = np.stack(same_size)
        middles = (corners.min(axis=1) + corners.max(axis=1)) / 2
        corners -= middles[:, None]
        while len(corners) and len(parts) < MOST_SHAPES:
            copy = np.abs(corners - corners[0]).max(axis=(1, 2)) < SAME_UM
            parts.append(_part(corners[copy], middles[copy]))
            corners, middles = corners[~copy], middles[~copy]
        if len(corners):
            return None
    return tuple(parts)


def _part(copies: NDArray[np.float64], middles: NDArray[np.float64]) -> Part:
    return Part(Polygon((copies.mean(axis=0),)), Points(middles))


def facts(contours: Contours) -> dict[str, Any]:
    """What an SLC file holds, ready for JSON; bounds are those of its own frame."""
    x0, y0, x1, y1 = (um / 1000 for um in file_bounds_um(contours))
    bottom, top = contours.layers[0].bottom_nm / 1000, contours.layers[-1].top_nm / 1000
    return {
        "unit": contours.unit,
        "package": contours.package,
        "layers": len(contours.layers),
        "height_um": top - bottom,
        "x_mm": [x0, x1],
        "y_mm": [y0, y1],
        "volume_mm3": sum(row["area_mm2"] * row["thickness_um"] for row in map(_row, contours.layers)) / 1000,
        "notes": list(contours.notes),
        "layer": [{"layer": index} | _row(layer) for index, layer in enumerate(contours.layers)],
    }


def _row(layer: ContourLayer) -> dict[str, Any]:
    shown = layer.outlines
    return {
        "bottom_um": layer.bottom_nm / 1000,
        "z_um": layer.top_nm / 1000,
        "thickness_um": (layer.top_nm - layer.bottom_nm) / 1000,
        "pieces": shown.outer,
        "holes": len(shown.rings) - shown.outer,
        "area_mm2": shown.area_um2 / 1e6,
    }
