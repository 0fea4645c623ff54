"""What all films share: a base plate with an outline, and upright features on it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from pydantic import model_validator

from voxelyte.errors import SliceError
from voxelyte.heights import to_nm
from voxelyte.outline import DrawnOutline, Outline, PlateOutline, drawn, region_of
from voxelyte.region import EMPTY, Region
from voxelyte.values import Length, Value


class Film(Value):
    """A base of thickness `base_um`; subclasses add features of one height on it."""

    feature: ClassVar[str] = ""
    outline: Outline
    base_um: Length

    @model_validator(mode="after")
    def _drawable(self) -> Any:
        if isinstance(self.outline, PlateOutline):
            raise ValueError("outline.shape='plate' needs a printer: outline.on(panel.size_um)")
        for name in ("base_um", "height_um"):
            try:
                to_nm(getattr(self, name, 0.0), name)
            except SliceError as fault:
                raise ValueError(str(fault)) from None
        return self

    @property
    def drawn(self) -> DrawnOutline:
        """The outline, which has a size."""
        return drawn(self.outline)

    @cached_property
    def base(self) -> Region:
        """Section of the base."""
        return region_of(self.drawn)

    @cached_property
    def features(self) -> Region:
        """Section of what stands on the base."""
        return EMPTY

    @property
    def feature_height_um(self) -> float:
        """Height of the features above the base."""
        return 0.0

    @cached_property
    def levels_um(self) -> tuple[float, ...]:
        """Plate, top of the base, top of the features."""
        base, height = to_nm(self.base_um, "base_um"), to_nm(self.feature_height_um, "height_um")
        return (0.0, base / 1000, (base + height) / 1000) if height else (0.0, base / 1000)

    @property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z."""
        x0, y0, x1, y1 = self.base.bounds_um
        return x0, y0, 0.0, x1, y1, self.levels_um[-1]

    def section(self, z_um: float) -> Region:
        """Base, features, or nothing; half open in z."""
        if not 0 <= z_um < self.levels_um[-1]:
            return EMPTY
        return self.base if z_um < self.levels_um[1] else self.features

    @property
    def count(self) -> int:
        """How many features stand on the base."""
        return self.features.count

    @property
    def cell_area_factor(self) -> float | None:
        """Surface over footprint of the features' endless lattice, where they stand on one."""
        return None

    @property
    def volume_um3(self) -> float:
        """Base and features."""
        return self.footprint_um2 * self.base_um + self.features.area_um2 * self.feature_height_um

    @property
    def footprint_um2(self) -> float:
        """Area of the base."""
        return self.base.area_um2

    @property
    def side_wall_um2(self) -> float:
        """Perimeter of the features times their height."""
        return self.features.perimeter_um * self.feature_height_um

    @property
    def void_um3(self) -> float:
        """Room between the features, over the whole footprint, up to their tops."""
        return (self.footprint_um2 - self.features.area_um2) * self.feature_height_um
