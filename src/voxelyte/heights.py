"""Heights on the 1 nm grid, so that 75 + 3 x 50 µm is exactly 225."""

from __future__ import annotations

from math import isfinite

from voxelyte.errors import SliceError


def to_nm(value_um: float, name: str) -> int:
    """`value_um` as a whole number of nanometres; a height between two of them is an error, not rounded."""
    if not isfinite(value_um):
        raise SliceError(f"{name}={value_um} must be a finite number")
    nearest = round(value_um * 1000)
    # Decimal µm such as 0.007 are not exact in binary: a millionth of a nanometre separates that from a real fraction.
    if abs(value_um * 1000 - nearest) > 1e-6 * max(1.0, abs(nearest) * 1e-6):
        raise SliceError(f"{name}={value_um!r} must lie on the 1 nm grid (0.001 µm)")
    return nearest
