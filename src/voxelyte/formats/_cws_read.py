"""Layers from the g-code of a .cws, read as a host would run it: line by line, to the end of the print.

A picture is exposed while it is shown, the lamp is not off and the host waits. Pictures without a move between
them are exposures of one layer; its thickness is how much higher the plate stands than at the layer before.
Also read: `G4 P0` of other programs (the board stands still then), a remark's keyword without its semicolon,
`M106 SO` with a letter O and `@cmdOpenShutter`, as NovaMaker and Creation Workshop write them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from voxelyte.errors import FormatError
from voxelyte.formats._cws_body import MAX_MS, MS
from voxelyte.formats._cws_gap import Gap
from voxelyte.formats._cws_header import Header
from voxelyte.formats._foreign import Read, foreign_motion
from voxelyte.formats._gcode import command
from voxelyte.formats._numbers import NM_PER_MM, nm
from voxelyte.formats._pwm import PWM
from voxelyte.job import Exposure, Mask
from voxelyte.printer import Motion

FROM_HERE = "the print starts where the plate stands: its first layer is as thick as the header says"
G4_MS = "G4 P is read as ms, as Marlin boards take it"

_REMARK = re.compile(r";?\s*<\s*(Slice|Delay|Takes|Completed)\s*>\s*(\S*)", re.IGNORECASE)
_CODE = re.compile(r"[A-Z][0-9]+")
_SHUTTER = {"@cmdopenshutter": 1.0, "@cmdcloseshutter": 0.0}
_FARTHEST_NM = 10**15


@dataclass(frozen=True)
class Shown:
    """A picture by its number, and how it is shown."""

    number: int
    exposure_s: float
    power: float


@dataclass
class Host:
    """What the host and the board know while a print runs."""

    shown: list[list[Shown]] = field(default_factory=list)
    """The exposures of each layer."""
    notes: set[str] = field(default_factory=set)
    gaps: list[Gap] = field(init=False)
    """What happens before each layer, and after the last."""
    _picture: int | None = None
    _lamp: float | None = None
    _feed: Decimal | None = None
    _relative: bool = False

    def __post_init__(self) -> None:
        self.gaps = [Gap(self.notes)]

    def obey(self, where: str, line: str) -> bool:
        """Run one line; false at the end of the print."""
        if remark := _REMARK.match(line):
            return self._remark(where, remark[1].lower(), remark[2])
        code = line.partition(";")[0].strip()
        if code.startswith("@"):
            self._lamp = _SHUTTER.get(code.lower(), self._lamp)
        elif code:
            return self._command(where, code)
        return True

    def _remark(self, where: str, word: str, value: str) -> bool:
        if word == "slice":
            self._picture = None if value.lower() == "blank" else int(_number(where, value, 10**6))
        elif word == "delay":
            self._delay(_number(where, value, 10**22))
        return word != "completed"

    def _delay(self, time_ms: Decimal) -> None:
        if self._picture is None or self._lamp == 0 or not time_ms:
            self.gaps[-1].rest(Fraction(time_ms))
            return
        power = 1.0 if self._lamp is None else self._lamp
        one = Shown(self._picture, MS.heard(time_ms), power)
        if self.gaps[-1].moves or not self.shown:
            self.shown.append([])
            self.gaps.append(Gap(self.notes))
        elif self.gaps[-1].rest_ms:
            raise FormatError(f"picture {one.number}: a rest between pictures of one layer is not read")
        self.shown[-1].append(one)

    def _command(self, where: str, code: str) -> bool:
        name = _CODE.match(code)
        if name is None:
            raise FormatError(f"{where}: {code[:40]!r} is no command")
        if name[0] in ("G0", "G1"):
            self._move(where, code)
        elif name[0] == "G4":
            self._dwell(where, code)
        elif name[0] in ("M106", "M107"):
            self._light(where, name[0], code)
        elif name[0] in ("G90", "G91"):
            self._relative = name[0] == "G91"
        elif (name[0] == "G28" and self.shown) or name[0] in ("M18", "M84"):
            return False
        elif name[0].startswith("G") and name[0] not in ("G21", "G28"):
            raise FormatError(f"{where}: {name[0]} is not read")
        return True

    def _move(self, where: str, code: str) -> None:
        said = command(where, re.sub(r"([A-Z])\s+(?=[-+.0-9])", r"\1", code))
        assert said is not None
        if "F" in said.values:
            self._feed = said.number("F", 0.000001, 10**12)
        if "Z" not in said.values:
            return
        if not self._relative:
            raise FormatError(f"{where}: moves must be relative, and no G91 stands before this one")
        if self._feed is None:
            raise FormatError(f"{where}: no feed is given")
        if self._picture is not None and self._lamp != 0:
            raise FormatError(f"{where}: the plate moves while picture {self._picture} is lit")
        distance_mm = said.number("Z", -(10**9), 10**9)
        self.gaps[-1].move(round(distance_mm * NM_PER_MM), self._feed)

    def _dwell(self, where: str, code: str) -> None:
        said = command(where, code)
        time_ms = said.number("P", 0, MAX_MS) if said else Decimal(0)
        self.gaps[-1].settle()
        if time_ms:
            self.notes.add(G4_MS)
            self._delay(time_ms)

    def _light(self, where: str, name: str, code: str) -> None:
        said = command(where, re.sub(r"\bSO\b", "S0", code))
        level = said.number("S", 0, 255) if said and "S" in said.values else Decimal(255)
        self._lamp = 0.0 if name == "M107" else PWM.heard(level)


def run(member: str, text: str, header: Header) -> Host:
    """Everything that a print shows and does; each of the header's pictures must have been shown."""
    host = Host()
    for number, line in enumerate(text.splitlines(), 1):
        if not host.obey(f"{member}: line {number}", line.strip()):
            break
    seen = {one.number for layer in host.shown for one in layer}
    missing = next((number for number in range(header.slices) if number not in seen), None)
    if missing is not None or len(seen) != header.slices:
        more = f"picture {missing} is never shown" if missing is not None else f"picture {max(seen)} is shown"
        raise FormatError(f"{member}: Number of Slices={header.slices}, and {more}")
    return host


def rows(host: Host, header: Header, masks: Sequence[Mask]) -> list[Read]:
    """The layers, with `masks[n]` for picture n."""
    read = []
    for index, (shown, (before, after)) in enumerate(zip(host.shown, pairwise(host.gaps), strict=True)):
        try:
            motion = _motion(before, after, host.gaps[1], index == len(host.shown) - 1)
            thickness_nm = _thickness_nm(host, header) if index == 0 else before.net_nm
        except FormatError as fault:
            raise FormatError(f"layer {index + 1}: {fault}") from None
        if not 0 < thickness_nm <= _FARTHEST_NM:
            raise FormatError(f"layer {index + 1}: the plate goes up by {thickness_nm} nm, must be 1 to {_FARTHEST_NM}")
        exposures = tuple(Exposure(masks[one.number], one.exposure_s, one.power) for one in shown)
        read.append(Read(thickness_nm, exposures, motion))
    return read


def _thickness_nm(host: Host, header: Header) -> int:
    if net_nm := host.gaps[0].net_nm:
        return net_nm
    host.notes.add(FROM_HERE)
    return nm(header.thickness_mm, NM_PER_MM, "Layer Thickness")


def _motion(before: Gap, after: Gap, second: Gap, last: bool) -> Motion:
    """A first layer without an approach comes at the speed of the second; what never moves, at the other's."""
    lift_mm, lift_mm_s = after.lift(last)
    retract_mm_s = before.approach_mm_s or second.approach_mm_s or lift_mm_s or 1.0
    return foreign_motion(
        lift_mm=lift_mm,
        lift_mm_s=lift_mm_s or retract_mm_s,
        retract_mm_s=retract_mm_s,
        wait_before_exposure_s=before.wait_before_s,
        wait_after_exposure_s=after.wait_after_s,
    )


def _number(where: str, text: str, most: int) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,23}(\.[0-9]{1,20})?", text) or Decimal(text) > most:
        raise FormatError(f"{where}: {text[:40]!r} must be a number from 0 to {most}")
    return Decimal(text)
