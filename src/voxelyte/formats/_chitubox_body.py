"""The body of a run.gcode: what a ChiTuBox machine does, layer by layer.

A layer is `M6054 "1.png"`, moves up and down to its place, a rest, the lamp on, a rest, and the lamp off. Its lift
comes first, so that it separates the layer before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from voxelyte.errors import FormatError
from voxelyte.formats._foreign import MAX_LAYERS, foreign_motion
from voxelyte.formats._gcode import Command
from voxelyte.formats._numbers import NM_PER_MM, Unit, nm
from voxelyte.printer import Motion

LIFT = Unit(1_000_000, "whole")  # mm as nm
FEED = Unit(60_000, "whole")  # mm/s as thousandths of mm/min
MS = Unit(1000, "whole")  # s as ms
MAX = 1e300
"""Bound of what is read here; `Motion` and `Layer` have their own, nearer ones."""

TWO_STAGES = "lifts in two stages are read as one lift at the first speed"
REST_ABOVE = "rests between lift and retract are read as rests before the light"


@dataclass
class Block:
    """What stands from one picture to the next."""

    shown: Command
    moves: list[Command] = field(default_factory=list)
    lamp: Literal["before", "on", "after"] = "before"
    power: int = 0
    rests_ms: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(("before", "on", "after"), Decimal(0)))
    later: list[Command] = field(default_factory=list)
    rests_above: bool = False

    @property
    def top_mm(self) -> Decimal:
        """Where the layer is exposed: after the last move before the light."""
        if not self.moves:
            raise FormatError(f"{self.shown.where}: no move to the layer's place")
        return self.moves[-1].values["Z"]

    @property
    def exposure_s(self) -> float:
        """How long the lamp is on; 0 for a layer without light."""
        return MS.heard(self.rests_ms["on"])

    @property
    def lift(self) -> tuple[Decimal, Decimal]:
        """Height above that place, in mm, and its F."""
        peak_mm = max(move.values["Z"] for move in self.moves)
        return peak_mm - self.top_mm, self.moves[0].values["F"]

    @property
    def retract(self) -> Decimal:
        """F of the first move down; of the only move where there is one."""
        return self._down[0].values["F"] if self._down else self.moves[0].values["F"]

    @property
    def in_stages(self) -> bool:
        """More than one move up, or more than one down."""
        return len(self._down) > 1 or len(self.moves) - len(self._down) > 1

    @property
    def _down(self) -> list[Command]:
        heights = [move.values["Z"] for move in self.moves]
        return self.moves[heights.index(max(heights)) + 1 :]


class Body:
    """All layers of a body. `G0` before the last rise is the last layer's lift, as this package writes it."""

    def __init__(self, commands: Iterator[Command]) -> None:
        self.blocks: list[Block] = []
        for one in commands:
            act = _ACTS.get(one.code)
            if act is None:
                raise FormatError(f"{one.where}: {one.code} is not known here")
            act(self, one)
        self._end_block("the end")
        if not self.blocks:
            raise FormatError("run.gcode: shows no picture (M6054)")

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the moves a job does not hold."""
        stages = any(block.in_stages for block in self.blocks)
        rests = any(block.rests_above for block in self.blocks)
        return tuple(note for note, is_so in ((TWO_STAGES, stages), (REST_ABOVE, rests)) if is_so)

    def thicknesses_nm(self) -> list[int]:
        """Of every layer, from the places where they are exposed."""
        tops_nm = [nm(block.top_mm, NM_PER_MM, f"{block.shown.where}: Z") for block in self.blocks]
        return [top_nm - below_nm for below_nm, top_nm in pairwise([0, *tops_nm])]

    def motions(self) -> Iterator[Motion]:
        """Of every layer: its own way down and rests, and the lift of the block behind it."""
        lifts = [block.lift for block in self.blocks[1:]] + [self._last_lift()]
        for block, (lift_mm, feed) in zip(self.blocks, lifts, strict=True):
            yield foreign_motion(
                lift_mm=LIFT.heard(lift_mm * NM_PER_MM),
                lift_mm_s=FEED.heard(feed * 1000),
                retract_mm_s=FEED.heard(block.retract * 1000),
                wait_before_exposure_s=MS.heard(block.rests_ms["before"]),
                wait_after_exposure_s=MS.heard(block.rests_ms["after"]),
            )

    def _last_lift(self) -> tuple[Decimal, Decimal]:
        last = self.blocks[-1]
        lift, rise = (*last.later, None, None)[:2]
        if lift is None or rise is None or (lift.code, rise.code) != ("G0", "G1"):
            return last.lift
        return lift.values["Z"] - last.top_mm, lift.values["F"]

    def show(self, one: Command) -> None:
        """A picture begins a layer."""
        self._end_block(one.where)
        if self.blocks and self.blocks[-1].later:
            raise FormatError(f"{self.blocks[-1].later[0].where}: moves after the light, before the next picture")
        if len(self.blocks) == MAX_LAYERS:
            raise FormatError(f"{one.where}: more than {MAX_LAYERS} layers")
        self.blocks.append(Block(one))

    def move(self, one: Command) -> None:
        """A move to Z; those before the first picture do not count."""
        one.number("Z", 0, MAX)
        one.number("F", 0, MAX)
        for block in self.blocks[-1:]:
            if block.lamp == "on":
                raise FormatError(f"{one.where}: moves while the lamp is on")
            if block.lamp == "before":
                block.rests_above |= block.rests_ms["before"] > 0
            (block.moves if block.lamp == "before" else block.later).append(one)

    def rest(self, one: Command) -> None:
        """A rest; while the lamp is on it is the exposure."""
        ms = one.number("P", 0, MAX)
        for block in self.blocks[-1:]:
            block.rests_ms[block.lamp] += ms

    def light(self, one: Command) -> None:
        """The lamp goes on once in a layer, and off again."""
        power = one.whole("S", 0, 255)
        if power and not (self.blocks and self.blocks[-1].lamp == "before"):
            raise FormatError(f"{one.where}: the lamp must go on once in a layer")
        if power:
            self.blocks[-1].lamp, self.blocks[-1].power = "on", power
        elif self.blocks and self.blocks[-1].lamp == "on":
            self.blocks[-1].lamp = "after"

    def home(self, one: Command) -> None:
        """Before the first layer, or after the last."""
        for block in self.blocks[-1:]:
            if block.lamp != "after":
                raise FormatError(f"{one.where}: G28 within a layer")
            block.later.append(one)

    def _end_block(self, where: str) -> None:
        if self.blocks and self.blocks[-1].lamp == "on":
            raise FormatError(f"{self.blocks[-1].shown.where}: the lamp is still on at {where}")


def _nothing(body: Body, one: Command) -> None:
    """Millimetres, absolute places and motors are what is meant anyway."""


_ACTS: dict[str, Callable[[Body, Command], None]] = {
    "M6054": Body.show,
    "G0": Body.move,
    "G1": Body.move,
    "G4": Body.rest,
    "M106": Body.light,
    "G28": Body.home,
    **dict.fromkeys(("G21", "G90", "M17", "M18", "M84"), _nothing),
}
