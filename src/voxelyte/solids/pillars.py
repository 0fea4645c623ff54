"""The pillar film (p-3DSE of the paper): pillars in any array on a base."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from voxelyte.arrays.lattices import Periodic, Square
from voxelyte.arrays.room import Room
from voxelyte.arrays.sizes import Size
from voxelyte.arrays.standing import Array, ArrayLattice
from voxelyte.bodies import Body
from voxelyte.cross_section import DISC, CrossSection
from voxelyte.heights import to_nm
from voxelyte.outline import EDGE_SAGITTA_UM, drawn
from voxelyte.region import ORIGIN
from voxelyte.solids._film import Film
from voxelyte.solids._pillars import CHORDS, Feet, Look, cut, stands_apart, stood
from voxelyte.solids._spacing import check_apart, check_sizes, check_spacing, check_step
from voxelyte.values import Length, NotNegative

Ratio = Annotated[float, Field(gt=0, le=1000, strict=True, allow_inf_nan=False)]


class PillarFilm(Film):
    """Pillars of `diameter_um` and `height_um` on a `lattice`, either `gap_um` apart edge to edge or `pitch_um` centre to centre.

    Both sizes are numbers, `Graded`, one number for each listed point, "csv", or from Python functions of x_um and y_um (float64[n],
    giving float64[n] or one number). Heights that are not on the 1 nm grid need `height_step_um`, to whose multiples they are rounded.

    Pillars have a `cross_section`, taper to `top_diameter_um` or to the share `top_ratio` of their diameter, have a fillet of radius
    `fillet_um` at the foot, and a hole of diameter `hollow_um`.

    Only whole pillars that keep `margin_um` to the outline stand; with `at_edge="clipped"` also what is left of the others.
    Pillars that overlap or touch are an error that names the place; `merge` unites them.
    """

    feature: ClassVar[str] = "pillars"
    diameter_um: Size
    height_um: Size
    height_step_um: Length | None = None
    lattice: ArrayLattice = Square()
    gap_um: Length | None = None
    pitch_um: Length | None = None
    margin_um: NotNegative = 0.0
    cross_section: CrossSection = DISC
    top_diameter_um: Length | None = None
    top_ratio: Ratio | None = None
    fillet_um: NotNegative = 0.0
    hollow_um: NotNegative = 0.0
    at_edge: Literal["whole", "clipped"] = "whole"
    merge: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _array_possible(self) -> PillarFilm:
        check_spacing(self.lattice, self.gap_um, self.pitch_um)
        check_sizes(self.lattice, self.diameter_um, self.height_um, self.gap_um)
        if not self.merge:
            check_apart(self.lattice, self.diameter_um, self.pitch_um)
        if self.height_step_um is not None and isinstance(self.height_um, float):
            check_step(self.height_um, self.height_step_um)
        if not self.bodies:
            across = f"={self.diameter_um:g}" if isinstance(self.diameter_um, float) else ""
            raise ValueError(f"diameter_um{across} with margin_um={self.margin_um:g}: no whole pillar fits the outline")
        return self

    @property
    def spacing_um(self) -> float | None:
        """Centre to centre distance, however it was given; None where the array has no one distance."""
        if self.gap_um is None or self.lattice.spaced != "lattice" or not isinstance(self.diameter_um, float):
            return self.pitch_um
        return self.diameter_um + self.gap_um

    @property
    def thinnest_um(self) -> dict[str, float]:
        """The diameter, where all have one."""
        return {"diameter_um": self.diameter_um} if isinstance(self.diameter_um, float) else {}

    @property
    def narrowest_um(self) -> dict[str, float]:
        """The gap that is asked for, or is left between neighbours of one size on a lattice."""
        lattice, across_um, pitch_um = self.lattice, self.diameter_um, self.spacing_um
        if isinstance(lattice, Periodic) and isinstance(across_um, float) and pitch_um is not None:
            return {"gap_um": lattice.least_um(pitch_um) - across_um}
        return {} if self.gap_um is None else {"gap_um": self.gap_um}

    @property
    def cell_fraction(self) -> float | None:
        """Pillar area at the foot per unit cell of the endless lattice; None where pillars differ or stand on none."""
        cell = self._cell
        return cell and cell[0].part(0.0).area_um2 / cell[1]

    @property
    def cell_area_factor(self) -> float | None:
        """1 + side wall / cell: surface over footprint of the endless lattice; None where pillars differ or stand on none."""
        cell = self._cell
        return cell and 1 + cell[0].wall_um2 / cell[1]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, rounded or united."""
        cut_short = self.at_edge == "clipped" and self.bodies != self._feet.bodies
        told = (
            (f"pillars that cross the edge are cut there, {CHORDS} by at most {EDGE_SAGITTA_UM:g} µm",) if cut_short else ()
        )
        return (*super().notes, *self._feet.notes, *told)

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """Pillars of one height are a body; those on a hexagonal or staggered lattice two."""
        bodies = self._feet.bodies
        return bodies if self.at_edge == "whole" else cut(bodies, self._room)

    @cached_property
    def _cell(self) -> tuple[Body, float] | None:
        """One of equal pillars that stand apart on an endless lattice, and the area that each has there."""
        lattice, across, height, pitch = self.lattice, self.diameter_um, self.height_um, self.spacing_um
        if not (isinstance(lattice, Periodic) and isinstance(across, float) and isinstance(height, float) and pitch):
            return None
        meet_um = stands_apart(self._look, lattice, pitch, across, to_nm(height, "height_um"))
        if meet_um is None:
            return self._look.form(height).body(ORIGIN, across), lattice.cell(pitch).place_um2
        if self.merge:
            return None
        reach_um = float(self._look.form(height).reach_um(across)[0])
        if pitch <= across and meet_um == pitch:
            raise ValueError(f"pitch_um={pitch:g} must exceed diameter_um={across:g}")
        raise ValueError(
            f"pitch_um={pitch:g} brings pillars within {meet_um:g} µm of each other, centre to centre, where they touch: "
            f"they reach {reach_um:g} µm from their centres"
        )

    @cached_property
    def _feet(self) -> Feet:
        across, height = self.diameter_um, self.height_um
        if self._cell and isinstance(across, float) and isinstance(height, float):
            form = self._look.form(height)
            lattices = self._array.lattices(float(form.reach_um(across)[0]))
            if lattices is not None:
                return Feet(tuple(body for one in lattices for body in form.bodies(one, across)))
        return stood(self._array, self._look, self.merge)

    @property
    def _room(self) -> Room:
        x0, y0, x1, y1 = drawn(self.outline).figure.bounds_um
        return Room(self.drawn, self.margin_um, ((x0 + x1) / 2, (y0 + y1) / 2))

    @property
    def _look(self) -> Look:
        return Look(self.cross_section, self.top_diameter_um, self.top_ratio, self.fillet_um, self.hollow_um)

    @property
    def _array(self) -> Array:
        return Array(
            lattice=self.lattice,
            room=self._room,
            across_um=self.diameter_um,
            height_um=self.height_um,
            height_step_um=self.height_step_um,
            gap_um=self.gap_um,
            pitch_um=self.spacing_um,
            whole=self.at_edge == "whole",
            reach_um=self._look.reach_um,
        )


SOLID = PillarFilm
