"""The record of a print: what was asked, what the machine said and measured, and how it ended."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from voxelyte.comparing import Comparison
from voxelyte.files import written_whole
from voxelyte.job import Job, pixel_hash

if TYPE_CHECKING:
    from voxelyte.drivers import Progress

Outcome = Literal["begun", "complete", "stopped", "failed"]


def run_folder(root: Path, name: str, started: datetime) -> Path:
    """A new folder for one print, named by its UTC time and its film; never one that exists."""
    root.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^\w.-]+", "-", name)[:60] or "film"
    stem = f"{started:%Y-%m-%dT%H-%M-%SZ}-{plain}"
    for number in range(1, 1000):
        folder = root / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(17, "a thousand runs of this second exist", str(root / stem))


@dataclass(frozen=True)
class Run:
    """One print, whole or not. Times are UTC; the machine's times are its own clock's seconds.

    It is written as `begun` before the print and again at its end, so that a host that is killed leaves a true record too.
    """

    job: Job
    address: str
    machine: dict[str, str]
    """Name, maker, firmware and serial, as the machine says."""
    mask_sha256: tuple[str, ...]
    """The pixels of each distinct mask, by first use."""
    started: datetime
    ended: datetime | None = None
    outcome: Outcome = "begun"
    reason: str = ""
    """Why it did not end well, or what was missed after it had."""
    trace: tuple[str, ...] = ()
    """The last frames on the wire before a machine's trouble."""
    events: Sequence[Progress] = ()
    comparison: Comparison | None = None

    @classmethod
    def begun(cls, job: Job, address: str, machine: dict[str, str], started: datetime) -> Run:
        """A print of which nothing has happened yet; every distinct mask is painted once, for its hash."""
        return cls(job, address, machine, tuple(pixel_hash(mask.pixels()) for mask in job.masks()), started)

    def write(self, folder: Path) -> Path:
        """Write `run.json` into `folder` and give its path."""
        path = folder / "run.json"
        with written_whole(path) as file:
            file.write((json.dumps(self._fields(), indent=1, ensure_ascii=False) + "\n").encode())
        return path

    def _fields(self) -> dict[str, Any]:
        job, cured = self.job, self.comparison
        return {
            "job": {
                "name": job.name,
                "layers": len(job.layers),
                "height_nm": job.height_nm,
                "exposure_s": job.exposure_s,
            },
            "outcome": self.outcome,
            "reason": self.reason,
            "started": self.started.isoformat(),
            "ended": self.ended and self.ended.isoformat(),
            "address": self.address,
            "machine": self.machine,
            "provenance": asdict(job.provenance),
            "printer": job.printer.model_dump(mode="json", exclude_none=True),
            "resin": job.resin.model_dump(mode="json", exclude_none=True),
            "mask_sha256": self.mask_sha256,
            "asked": _asked(job),
            "exposures": _measured(self.events),
            "waited_s": self.events[-1].waited_s if self.events else 0.0,
            "cured": None if cured is None else asdict(cured) | {"agrees": cured.agrees},
            "trace": self.trace,
        }


def _asked(job: Job) -> list[dict[str, Any]]:
    numbers = {mask: number for number, mask in enumerate(job.masks())}
    return [
        {
            "layer": layer.index,
            "thickness_nm": layer.thickness_nm,
            "top_nm": layer.top_nm,
            "exposures": [
                {"mask": numbers[one.mask], "exposure_s": one.exposure_s, "power": one.power} for one in layer.exposures
            ],
        }
        for layer in job.layers
    ]


def _measured(events: Sequence[Progress]) -> list[dict[str, Any]]:
    """Every exposure that has ended. One that a stop cut short ends with `lamp-off` and again, as such, with `stopped`."""
    ends = {(event.layer, event.exposure): event for event in events if event.what in ("lamp-off", "stopped")}
    return [
        {
            "layer": layer,
            "exposure": exposure,
            "on_time_s": event.on_time_s,
            "clock_s": event.clock_s,
            "cut_short": event.what == "stopped",
        }
        for (layer, exposure), event in ends.items()
        if exposure is not None
    ]
