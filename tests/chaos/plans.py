"""Everything that a print of the test is, drawn from one seed: its film, its machine, its user, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

import numpy as np

from chaos import wire
from chaos.wire import LinkFault
from voxelyte.drivers import Cut
from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.printer import LayerLimits, Motion, Panel, Printer
from voxelyte.resin import Resin
from voxelyte.sim._design import VirtualDesign
from voxelyte.sim.asiga_max import MACHINE

PANEL = Panel(width_px=12, height_px=8, pitch_x_um=50, pitch_y_um=50)
MOTION = Motion(lift_mm=1.0, lift_mm_s=5.0, retract_mm_s=5.0, wait_before_exposure_s=0.2, wait_after_exposure_s=0.1)
SPEED = 300.0
WATCHDOG_S = 0.4
STALL_S = (0.5, 1.2)
THICKNESS_NM = 50_000
KILLS = ("power-cut", "torn-record", "power-cut-after", "power-cut-lit")
"""The machine dies before, in and after a record of its journal, and somewhere in an exposure."""
OWN = ("board-reset", "board-reset-lit", "full-disk")
"""Trouble of the machine's own, which it lives through."""
USER = ("user-stops", "user-stops-after", "user-pauses")
"""What the user does from elsewhere: at once, or after the exposure; a pause ends after a while."""
WORLD = ("host-killed", *KILLS, *OWN, *USER)
REAL = ("host-SIGKILL", "machine-SIGKILL", "full-disk-RLIMIT")
"""Between processes of their own."""


@dataclass(frozen=True)
class Trouble:
    """What befalls a host or a machine, at the n-th frame, record, move or exposure of the print."""

    kind: str
    at: int
    share: float
    """Of the exposure, of the record's bytes, or of a short pause."""
    back_s: float
    """After which it is there again, in real seconds."""


@dataclass(frozen=True)
class Plan:
    """One print."""

    seed: int
    way: Literal["tcp", "pty"]
    key: bytes | None
    real: bool
    design: VirtualDesign
    layers: tuple[tuple[tuple[int, float], ...], ...]
    """(mask, exposure_s) for each exposure of each layer."""
    link_faults: tuple[LinkFault, ...]
    troubles: tuple[Trouble, ...]
    known_cut: Cut
    """What the user does with an exposure of which the time is known."""
    unknown_cut: Cut
    """And where it is not."""
    tries: int
    """How often the user goes on by hand."""
    waits: bool
    """Whether a print that is given up is left to the machine; else its user stops it."""

    @property
    def job(self) -> Job:
        """The film."""
        masks = {number: a_mask(number) for layer in self.layers for number, _ in layer}
        layers = [
            Layer(at, THICKNESS_NM, (at + 1) * THICKNESS_NM, tuple(Exposure(masks[n], t) for n, t in shown), MOTION)
            for at, shown in enumerate(self.layers)
        ]
        return Job("film", PRINTER, RESIN, layers)

    @property
    def asked_s(self) -> dict[tuple[int, int], float]:
        """The time of each exposure, by (layer, exposure)."""
        return {(at, n): each[1] for at, shown in enumerate(self.layers) for n, each in enumerate(shown)}


_LAYERS = LayerLimits(min_um=10, max_um=200, step_um=1)
PRINTER = Printer(
    name="p", title="P", panel=PANEL, build_height_mm=75, motion=MOTION, wavelength_nm=405.0, layer=_LAYERS
)
RESIN = Resin(name="r", title="R", layer_um=50.0, exposure_s=6.0, wavelength_nm=405.0)


def drawn(seed: int, real: bool = False) -> Plan:
    """The print of a seed."""
    draw = Random(seed)
    way: Literal["tcp", "pty"] = "pty" if draw.random() < 0.4 else "tcp"
    count = draw.choices((0, 1, 2, 3, 4), (5, 50, 27, 12, 6))[0]
    from_world = [draw.random() < 0.4 for _ in range(count)]
    on_link_loss = "dark" if draw.random() < 0.15 else "finish"
    waits = draw.random() < 0.3
    return Plan(
        seed=seed,
        way=way,
        key=draw.randbytes(32) if draw.random() < 0.4 else None,
        real=real,
        design=_design(draw, on_link_loss, 0.5 if waits else draw.choice((0.3, 4.0))),
        layers=tuple(_shown(draw) for _ in range(draw.choice((3, 4, 4, 5)))),
        link_faults=_link_faults(draw, from_world.count(False)),
        troubles=_real_troubles(draw) if real else _troubles(draw, from_world.count(True)),
        known_cut=draw.choices(("complete", "redo", "stop"), (5, 4, 1))[0],
        unknown_cut=draw.choices(("redo", "stop"), (8, 2))[0],
        tries=draw.choices((1, 3, 5 if real else 10), (1, 1, 8))[0],
        waits=waits,
    )


def _design(draw: Random, on_link_loss: str, resume_real_s: float) -> VirtualDesign:
    from dataclasses import replace

    small = MACHINE.with_panel(width_px=PANEL.width_px, height_px=PANEL.height_px, pitch_um=50.0)
    small = small.with_link_loss(on_link_loss, resume_real_s * SPEED)
    small = small.with_stage("away" if draw.random() < 0.85 else "floor", int(draw.random() < 0.2))
    holds = {"masks": draw.choice((2, 3, 8)), "layers": draw.choice((1, 2, 16))}
    return replace(small, watchdog_s=WATCHDOG_S, holds=holds)


def _shown(draw: Random) -> tuple[tuple[int, float], ...]:
    return tuple((draw.randrange(3), draw.choice((2.0, 3.5, 6.0))) for _ in range(draw.choice((1, 1, 2))))


def _link_faults(draw: Random, count: int) -> tuple[LinkFault, ...]:
    return tuple(_link_fault(draw) for _ in range(count))


def _link_fault(draw: Random) -> LinkFault:
    kind, to_machine = draw.choice(wire.KINDS), draw.random() < 0.5
    longest_s = STALL_S if kind in ("stalled", "muted") else (0.005, 0.2)
    frame = draw.randrange(16 if to_machine else 36)
    return LinkFault(kind, to_machine, frame, draw.random(), draw.randint(1, 12), draw.uniform(*longest_s))


def _troubles(draw: Random, count: int) -> tuple[Trouble, ...]:
    return tuple(_trouble(draw, draw.choice(WORLD)) for _ in range(count))


def _trouble(draw: Random, kind: str) -> Trouble:
    most = {
        "host-killed": 40,
        **dict.fromkeys(USER, 30),
        "board-reset": 10,
        "board-reset-lit": 5,
        "power-cut-lit": 5,
    }.get(kind, 14)
    return Trouble(kind, draw.randrange(most), draw.random(), draw.uniform(0.0, 0.3))


def _real_troubles(draw: Random) -> tuple[Trouble, ...]:
    return tuple(_trouble(draw, kind) for kind in draw.choices(REAL, (4, 4, 2), k=draw.choice((1, 1, 2))))


def a_mask(number: int) -> Mask:
    size = (PANEL.height_px, PANEL.width_px)
    return Mask(PANEL, lambda: np.random.default_rng(number).integers(0, 256, size, np.uint8))
