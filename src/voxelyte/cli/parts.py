"""A mesh file as a design: its options, and what they make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from voxelyte.meshed import MeshSolid

UNIT = click.option(
    "--unit", metavar="UNIT", help="Unit of a mesh file that states none: mm (default), um, nm, cm, m, inch."
)
REPAIR = click.option(
    "--repair", is_flag=True, default=None, help="Repair a mesh that does not close, and say what was done."
)
_PLACE = (
    click.option(
        "--keep-xy",
        is_flag=True,
        default=None,
        help="Keep a mesh's x and y, from the plate's centre; else it is centred.",
    ),
    click.option(
        "--flat-mm2",
        type=float,
        metavar="MM2",
        help="Least level area of a mesh that a layer must meet (default 0.001).",
    ),
)
OPTIONS = (UNIT, REPAIR, *_PLACE)
SUFFIXES = (".stl", ".3mf", ".ply", ".obj")


@dataclass(frozen=True)
class PartFile:
    """What was said of a mesh file; None where nothing was."""

    file: str
    unit: str | None = None
    repair: bool | None = None
    keep_xy: bool | None = None
    flat_mm2: float | None = None

    @property
    def given(self) -> dict[str, object]:
        """The options by their names, for a design that cannot take them."""
        return {"--unit": self.unit, "--repair": self.repair, "--keep-xy": self.keep_xy, "--flat-mm2": self.flat_mm2}

    def refused(self) -> None:
        """RecipeError for options that change nothing: they are told, not passed over."""
        from voxelyte.errors import RecipeError

        wrong = [name for name, value in self.given.items() if value is not None]
        if wrong:
            raise RecipeError(f"{', '.join(wrong)}: {self.file} is no mesh file")

    def solid(self) -> MeshSolid:
        """The part, whole and sound."""
        from voxelyte.meshed import FLAT_MM2, read_mesh

        shift_um = (0.0, 0.0) if self.keep_xy else None
        flat_mm2 = FLAT_MM2 if self.flat_mm2 is None else self.flat_mm2
        return read_mesh(self.file, self.unit, repair=bool(self.repair), shift_um=shift_um, flat_mm2=flat_mm2)

    def parameters(self, solid: MeshSolid) -> dict[str, object]:
        """What the job's provenance says of it."""
        from hashlib import sha256

        file = Path(self.file)
        said: dict[str, Any] = {"geometry": "mesh", "file": file.name, "unit": solid.drawn.unit}
        options = {
            key: value
            for key, value in (("repair", self.repair), ("keep_xy", self.keep_xy), ("flat_mm2", self.flat_mm2))
            if value
        }
        return said | options | {"sha256": sha256(file.read_bytes()).hexdigest()}


def is_mesh(design: str) -> bool:
    """Is the design a mesh file, by its name? Of these suffixes no archive is."""
    return design.lower().endswith(SUFFIXES) and Path(design).is_file()


def with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of `PartFile`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
