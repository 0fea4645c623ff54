"""What a lattice must be told of spacings and sizes, before anything is placed."""

from __future__ import annotations

from voxelyte.arrays.free import Listed
from voxelyte.arrays.sizes import AnySize
from voxelyte.arrays.standing import AnyLattice
from voxelyte.errors import SliceError
from voxelyte.heights import to_nm


def check_spacing(lattice: AnyLattice, gap_um: float | None, pitch_um: float | None) -> None:
    """Which of gap and pitch a lattice needs."""
    given, kind = f"gap_um={gap_um} and pitch_um={pitch_um}", f"lattice.kind={lattice.kind!r}"
    if lattice.spaced == "listed":
        if pitch_um is not None:
            raise ValueError(
                f"pitch_um={pitch_um:g} has no meaning with {kind}; gap_um is the least gap that is accepted there"
            )
    elif lattice.spaced == "area":
        if pitch_um is None or gap_um is not None:
            raise ValueError(f"{given}: with {kind} only pitch_um must be given")
    elif (gap_um is None) == (pitch_um is None):
        raise ValueError(f"{given}: exactly one of the two must be given")


def check_apart(lattice: AnyLattice, diameter_um: AnySize, pitch_um: float | None) -> None:
    """Random pillars whose least distance lets them overlap."""
    if lattice.spaced == "random" and pitch_um and isinstance(diameter_um, float) and pitch_um <= diameter_um:
        raise ValueError(f"pitch_um={pitch_um:g} must exceed diameter_um={diameter_um:g}")


def check_sizes(lattice: AnyLattice, diameter_um: AnySize, height_um: AnySize, gap_um: float | None) -> None:
    """Which kinds of sizes a lattice can have."""
    kind = f"lattice.kind={lattice.kind!r}"
    for name, size in (("diameter_um", diameter_um), ("height_um", height_um)):
        if isinstance(size, str | tuple) and lattice.spaced != "listed":
            raise ValueError(f"{name} for each pillar needs listed points; {kind} has none")
        if isinstance(lattice, Listed) and lattice.table and name in lattice.table.columns and size != "csv":
            raise ValueError(f"{lattice.table.name} has a column {name}: {name}='csv' takes it")
    if gap_um is not None and lattice.spaced == "lattice" and not isinstance(diameter_um, float):
        raise ValueError(
            f"gap_um={gap_um:g} with {kind} must have one diameter_um; where it differs, pitch_um must be given"
        )


def check_step(height_um: float, step_um: float) -> None:
    """One height for all is not rounded."""
    try:
        off = to_nm(height_um, "height_um") % to_nm(step_um, "height_step_um")
    except SliceError as fault:
        raise ValueError(str(fault)) from None
    if off:
        raise ValueError(f"height_um={height_um:g} must be a multiple of height_step_um={step_um:g}")
