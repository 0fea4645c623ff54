"""Misbehaviour on request: `drop-link@2,slow-link:115200`.

drop-link@N      the link is closed in the middle of layer N's first exposure
corrupt@N        one bit of the `lamp-on` event of layer N is flipped
mute@N           from layer N's first exposure on, nothing is sent any more
refuse@N         layer N is refused
full-disk@N      the journal cannot be written before layer N's first exposure
fault@N          the machine's own trouble in the middle of layer N's first exposure
slow-link:BAUD   what the host sends is read no faster than a serial line of BAUD carries it
wrong-panel      the panel is half as wide
old-version      the machine knows only version 0 of the protocol
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypeVar

from voxelyte.errors import VoxelyteError, unknown
from voxelyte.machine.design import Design

Some = TypeVar("Some", bound=Design)

AT_LAYER = ("drop-link", "corrupt", "mute", "refuse", "fault", "full-disk")
ALWAYS = ("wrong-panel", "old-version")
WITH_NUMBER = ("slow-link",)
MIN_BAUD = 300


@dataclass(frozen=True)
class Faults:
    """What the machine shall do wrong: (name, layer or baud or 0)."""

    asked: frozenset[tuple[str, int]] = frozenset()

    def at(self, name: str, layer: int) -> bool:
        """Whether this fault was asked for at this layer."""
        return (name, layer) in self.asked

    @property
    def baud(self) -> int | None:
        """Speed of the slow link, in bits per second of an 8N1 line."""
        return min((number for name, number in self.asked if name == "slow-link"), default=None)

    def applied_to(self, design: Some) -> Some:
        """The machine with what is wrong from the start."""
        if ("wrong-panel", 0) in self.asked:
            design = design.with_panel(width_px=max(1, design.width_px // 2))
        return replace(design, versions=(0,)) if ("old-version", 0) in self.asked else design


def faults_of(text: str) -> Faults:
    """The faults that a text asks for, divided by commas."""
    return Faults(frozenset(_fault(one.strip()) for one in text.split(",") if one.strip()))


def _fault(text: str) -> tuple[str, int]:
    mark = "@" if "@" in text else ":" if ":" in text else ""
    name, _, number = text.partition(mark) if mark else (text, "", "")
    if name not in AT_LAYER + ALWAYS + WITH_NUMBER:
        raise VoxelyteError(unknown("fault", name, AT_LAYER + ALWAYS + WITH_NUMBER))
    wanted = "@" if name in AT_LAYER else ":" if name in WITH_NUMBER else ""
    sound = re.fullmatch("[0-9]{1,9}", number) if wanted else not number
    if mark != wanted or not sound or (name in WITH_NUMBER and int(number) < MIN_BAUD):
        laws = {"@": f"{name}@LAYER", ":": f"{name}:BAUD with at least {MIN_BAUD} baud", "": f"{name} alone"}
        raise VoxelyteError(f"fault={text!r} must be {laws[wanted]}")
    return name, int(number or 0)
