"""The remarks at the head of a .cws's g-code. They describe the print to people and programs; the body makes it.

One a line, `;(Layer Thickness         = 0.05 mm )`, and without brackets `;Number of Slices         = 5`. Where
layers differ it holds the commonest value. Lift Distance is rounded up to whole mm, which uv3dp needs; the
body has it exactly. Platform X and Y Size are the panel's sides, exact: the pitch is read from them, because
Pix per mm is rounded by every writer, and uv3dp writes its inverse there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from math import ceil

from voxelyte.errors import FormatError, unknown
from voxelyte.formats._bottom import bottom_of
from voxelyte.formats._cws_body import blank_ms, exposure_ms, feed_text
from voxelyte.formats._foreign import foreign_panel, usual
from voxelyte.formats._numbers import NM_PER_MM, mm_text, pitch_um, side_mm
from voxelyte.job import Job
from voxelyte.printer import Panel

_ENTRY = re.compile(r";\s*\(?\s*([A-Za-z /]+?)\s*=\s*(-?[0-9]+(?:\.[0-9]+)?|[A-Za-z_]+)")
MAX_SLICES = 200_000


def header(job: Job, machine_type: str) -> list[str]:
    """The remarks for a job."""
    about = [f";({name:<24}= {text} )" for name, text in _build(job).items()]
    machine = [f";({name:<24}= {text} )" for name, text in _machine(job, machine_type).items()]
    slices = sum(len(layer.exposures) for layer in job.layers)
    return [
        "; voxelyte",
        ";(****Build and Slicing Parameters****)",
        *about,
        f";{'Number of Slices':<25}= {slices}",
        ";(****Machine Configuration ******)",
        *machine,
    ]


def _build(job: Job) -> dict[str, str]:
    panel, motion = job.panel, usual(layer.motion for layer in job.layers)
    bottom = bottom_of([exposure_ms(layer.exposures[0]) for layer in job.layers])
    return {
        "Pix per mm X": f"{1000 / panel.pitch_x_um:.5f}",
        "Pix per mm Y": f"{1000 / panel.pitch_y_um:.5f}",
        "X Resolution": f"{panel.width_px}",
        "Y Resolution": f"{panel.height_px}",
        "Layer Thickness": f"{mm_text(usual(layer.thickness_nm for layer in job.layers))} mm",
        "Layer Time": f"{bottom.usual} ms",
        "Render Outlines": "False",
        "Outline Width Inset": "2",
        "Outline Width Outset": "0",
        "Bottom Layers Time": f"{bottom.first} ms",
        "Number of Bottom Layers": f"{bottom.count}",
        "Blanking Layer Time": f"{usual(map(blank_ms, job.layers))} ms",
        "Build Direction": "Bottom_Up",
        "Lift Distance": f"{ceil(motion.lift_mm)} mm",
        "Slide/Tilt Value": "0",
        "Use Mainlift GCode Tab": "False",
        "Anti Aliasing": "True",
        "Anti Aliasing Value": "1",
        "Z Lift Feed Rate": f"{feed_text(motion.lift_mm_s)} mm/min",
        "Z Bottom Lift Feed Rate": f"{feed_text(job.layers[0].motion.lift_mm_s)} mm/min",
        "Z Lift Retract Rate": f"{feed_text(motion.retract_mm_s)} mm/min",
        "Flip X": f"{panel.mirror_x}",
        "Flip Y": f"{panel.mirror_y}",
    }


def _machine(job: Job, machine_type: str) -> dict[str, str]:
    panel = job.panel
    return {
        "Platform X Size": f"{side_mm(panel.width_px, panel.pitch_x_um)}mm",
        "Platform Y Size": f"{side_mm(panel.height_px, panel.pitch_y_um)}mm",
        "Platform Z Size": f"{mm_text(round(job.printer.build_height_mm * NM_PER_MM))}mm",
        "Max X Feedrate": "200mm/min",
        "Max Y Feedrate": "200mm/min",
        "Max Z Feedrate": "200mm/min",
        "Machine Type": machine_type,
    }


class Header:
    """A parsed head. Faults name the member and the entry."""

    def __init__(self, member: str, lines: Iterable[str]) -> None:
        self._member, self._fields = member, dict[str, str]()
        for line in lines:
            if line.strip() and not line.lstrip().startswith(";"):
                break  # the first command ends it
            if match := _ENTRY.match(line.strip()):
                self._fields.setdefault(match[1], match[2])

    @property
    def slices(self) -> int:
        """How many pictures the body shows."""
        return self._whole("Number of Slices", MAX_SLICES)

    @property
    def thickness_mm(self) -> Decimal:
        """Thickness of a layer whose height the body does not say."""
        return self._number("Layer Thickness", 0, 1000)

    @property
    def build_height_mm(self) -> float | None:
        """Height of the machine, if it is there."""
        return float(self._number("Platform Z Size", 0, 10**9, "0")) or None

    def panel(self) -> Panel:
        """The panel that the pictures are for."""
        width_px, height_px = self._whole("X Resolution", 100_000), self._whole("Y Resolution", 100_000)
        return foreign_panel(
            width_px=width_px,
            height_px=height_px,
            pitch_x_um=self._pitch_um("X", width_px),
            pitch_y_um=self._pitch_um("Y", height_px),
            mirror_x=self._fields.get("Flip X") == "True",
            mirror_y=self._fields.get("Flip Y") == "True",
        )

    def _pitch_um(self, axis: str, pixels: int) -> float:
        side = self._number(f"Platform {axis} Size", 0, 10**9, "0")
        if side:
            return pitch_um(pixels, side)
        return float(1000 / self._number(f"Pix per mm {axis}", 0.000001, 10**9))

    def _number(self, name: str, least: float, most: float, default: str | None = None) -> Decimal:
        text = self._fields.get(name, default)
        if text is None:
            raise FormatError(f"{self._member}: {unknown('entry', name, self._fields)}")
        try:
            value = Decimal(text if len(text) <= 60 else "none")
        except ArithmeticError:
            raise FormatError(f"{self._member}: {name}={text[:40]} is no number") from None
        if not Decimal(repr(least)) <= value <= Decimal(repr(most)):
            raise FormatError(f"{self._member}: {name}={text[:40]} must be {least:g} to {most:g}")
        return value

    def _whole(self, name: str, most: int) -> int:
        value = self._number(name, 1, most)
        if value != int(value):
            raise FormatError(f"{self._member}: {name}={value} must be a whole number")
        return int(value)
