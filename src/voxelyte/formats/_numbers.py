"""Quantities as archives write them: another unit, and a number of limited size. What does not come back is a loss.

A writer's law compares `unit.kept(value)` with the value itself; nothing is rounded without being told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from voxelyte.errors import FormatError

NM_PER_MM, NM_PER_UM = 1_000_000, 1000


@dataclass(frozen=True)
class Unit:
    """A quantity that a file holds `factor` times as large: 60 for mm/s as mm/min, 1000 for s as ms.

    `float32` numbers are read as their shortest decimal, so that 0.05 mm is 0.05 mm; `whole` numbers are
    rounded to the nearest; `decimal` is text of as many digits as it needs.
    """

    factor: int | float
    form: Literal["float32", "whole", "decimal"]

    def told(self, value: float) -> Decimal:
        """What the file says of `value`."""
        scaled = _decimal(value) * Decimal(str(self.factor))
        if self.form == "decimal":
            return scaled
        return Decimal(round(scaled)) if self.form == "whole" else Decimal(str(np.float32(float(scaled))))

    def heard(self, said: float | Decimal) -> float:
        """The quantity that a number of the file stands for."""
        exact = Decimal(str(np.float32(said))) if self.form == "float32" else _decimal(said)
        return float(exact / Decimal(str(self.factor)))

    def text(self, value: float) -> str:
        """`told` without exponent and without zeros at the end."""
        return plain(self.told(value))

    def keeps(self, value: float) -> bool:
        """Whether a file gives `value` back."""
        return self.heard(self.told(value)) == value


def plain(value: Decimal) -> str:
    """Without exponent and without zeros at the end."""
    return f"{value.normalize():f}"


def mm_text(length_nm: int) -> str:
    """A length in mm, exact."""
    return plain(Decimal(length_nm) / NM_PER_MM)


def um_text(length_nm: int) -> str:
    """A length in µm, exact."""
    return plain(Decimal(length_nm) / NM_PER_UM)


def side_mm(pixels: int, pitch_um: float) -> str:
    """Side of a panel as exact decimal, so that dividing it by the pixels gives the very pitch back."""
    return plain(Decimal(repr(pitch_um)) * pixels / 1000)


def pitch_um(pixels: int, side_mm: float | Decimal) -> float:
    """Pitch of a panel from its side."""
    return float(_decimal(side_mm) * 1000 / pixels)


def nm(length: float | Decimal, per: int, what: str) -> int:
    """A length in units of `per` nm to the nearest nm; `what` names the place for the error."""
    exact = _decimal(length)
    if not exact.is_finite() or not 0 <= exact * per <= 10**12:
        raise FormatError(f"{what}={length} must be 0 to {10**12 // per}")
    return round(exact * per)


def float32_nm(mm: float, what: str) -> int:
    """A height that a file holds as 32-bit float in mm, read as its shortest decimal."""
    if not math.isfinite(mm):
        raise FormatError(f"{what}={mm} must be finite")
    return nm(Decimal(str(np.float32(mm))), NM_PER_MM, what)


def _decimal(value: float | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)))
