"""The virtual vat: what every pixel of every layer has got, as references to masks and their doses."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxelyte.machine.mask import Mask
from voxelyte.machine.refusals import MachineTrouble
from voxelyte.sim._islands import islands

MAX_FILM_BYTES = 2**30
"""Most bytes of distinct masks that the film of one job keeps."""
FULL = 255


@dataclass(frozen=True)
class Cured:
    """What one layer's dose image says; the keys are those of REPORT, section 6."""

    dose_mj_cm2: float
    dose_area_um2: float
    cured_area_um2: float
    islands: int


@dataclass
class CuredLayer:
    """One layer of the film: (mask, dose of a fully lit pixel in mJ/cm²) for each exposure it got."""

    layer: int
    top_nm: int
    thickness_nm: int
    doses: list[tuple[Mask, float]] = field(default_factory=list)


class Vat:
    """The film of the last job."""

    def __init__(self, width_px: int, height_px: int, pixel_area_um2: float) -> None:
        self._shape, self._pixel_area_um2 = (height_px, width_px), pixel_area_um2
        self._lock = Lock()
        self.clear("")

    def clear(self, job: str) -> None:
        """A new job: fresh resin."""
        with self._lock:
            self.job = job
            self._layers: dict[int, CuredLayer] = {}
            self._masks: dict[str, Mask] = {}
            self._measured: dict[tuple[tuple[str, float], ...], Cured] = {}

    @property
    def layers(self) -> tuple[CuredLayer, ...]:
        """The layers that were exposed, lowest first."""
        with self._lock:
            return tuple(self._layers.values())

    @property
    def height_nm(self) -> int:
        """Top of the highest layer in which anything was cured, in nm above the plate."""
        tops = (one.top_nm for one in reversed(self.layers) if self.cured(one.layer).cured_area_um2 > 0)
        return next(tops, 0)

    def expose(self, layer: int, top_nm: int, thickness_nm: int, mask: Mask, dose_mj_cm2: float) -> None:
        """One exposure of a layer; `dose_mj_cm2` is that of a fully lit pixel."""
        with self._lock:
            mask = self._masks.setdefault(mask.sha256, mask)
            if sum(len(one.png) for one in self._masks.values()) > MAX_FILM_BYTES:
                raise MachineTrouble(f"the film's distinct masks exceed {MAX_FILM_BYTES} bytes")
            cured = self._layers.setdefault(layer, CuredLayer(layer, top_nm, thickness_nm))
            cured.doses.append((mask, dose_mj_cm2))

    def dose(self, layer: int) -> NDArray[np.float32]:
        """The dose image of a layer, float32[height_px, width_px], in mJ/cm²."""
        image = np.zeros(self._shape, dtype=np.float32)
        for mask, dose_mj_cm2 in self._doses(layer):
            image += (np.arange(FULL + 1) * dose_mj_cm2 / FULL).astype(np.float32)[mask.pixels()]
        return image

    def cured(self, layer: int) -> Cured:
        """What the layer's dose image says; equal layers are measured once."""
        key = tuple((mask.sha256, dose_mj_cm2) for mask, dose_mj_cm2 in self._doses(layer))
        if key not in self._measured:
            self._measured[key] = measured(self.dose(layer), self._pixel_area_um2)
        return self._measured[key]

    def report(self, from_layer: int, count: int) -> dict[str, Any]:
        """The keys of REPORT, section 6, but for `to`."""
        layers = self.layers
        return {
            "kind": "virtual-vat",
            "job": self.job,
            "layers_total": len(layers),
            "height_nm": self.height_nm,
            "layers": [self._line(one) for one in layers if one.layer >= from_layer][:count],
        }

    def _line(self, one: CuredLayer) -> dict[str, Any]:
        head = {"layer": one.layer, "top_nm": one.top_nm, "thickness_nm": one.thickness_nm}
        return head | vars(self.cured(one.layer))

    def _doses(self, layer: int) -> list[tuple[Mask, float]]:
        with self._lock:
            return list(self._layers[layer].doses) if layer in self._layers else []


def measured(dose: NDArray[np.float32], pixel_area_um2: float) -> Cured:
    """Greatest dose, areas and islands of a dose image."""
    greatest = float(dose.max(initial=0.0))
    if greatest == 0.0:
        return Cured(0.0, 0.0, 0.0, 0)
    solid = dose >= np.float32(greatest / 2)
    return Cured(
        dose_mj_cm2=greatest,
        dose_area_um2=float(dose.sum(dtype=np.float64)) / greatest * pixel_area_um2,
        cured_area_um2=int(np.count_nonzero(solid)) * pixel_area_um2,
        islands=islands(solid),
    )
