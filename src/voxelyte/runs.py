"""The record of a print: what was asked, what the machine said and measured, and how it ended."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voxelyte.comparing import Comparison
from voxelyte.files import written_whole
from voxelyte.job import Job, Layer, pixel_hash

if TYPE_CHECKING:
    from voxelyte.drivers import Progress


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
    """One print, whole or not. Times are UTC; the machine's times are its own clock's seconds."""

    job: Job
    address: str
    machine: dict[str, str]
    started: datetime
    ended: datetime
    outcome: str
    events: Sequence[Progress]
    comparison: Comparison | None

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
            "provenance": asdict(job.provenance),
            "mask_sha256": [pixel_hash(mask.pixels()) for mask in job.masks()],
            "printer": job.printer.model_dump(mode="json", exclude_none=True),
            "resin": job.resin.model_dump(mode="json", exclude_none=True),
            "address": self.address,
            "machine": self.machine,
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
            "outcome": self.outcome,
            "asked": [_asked(layer) for layer in job.layers],
            "exposures": [_measured(event) for event in self.events if event.what == "lamp-off"],
            "waited_s": self.events[-1].waited_s if self.events else 0.0,
            "cured": None if cured is None else asdict(cured) | {"agrees": cured.agrees},
        }


def _asked(layer: Layer) -> dict[str, Any]:
    exposures = [{"exposure_s": one.exposure_s, "power": one.power} for one in layer.exposures]
    return {"layer": layer.index, "thickness_nm": layer.thickness_nm, "top_nm": layer.top_nm, "exposures": exposures}


def _measured(event: Progress) -> dict[str, Any]:
    return {"layer": event.layer, "exposure": event.exposure, "on_time_s": event.on_time_s, "clock_s": event.clock_s}
