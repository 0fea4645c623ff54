"""What a machine says it cured, held against what the job asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voxelyte.job import Job, Layer, Mask

if TYPE_CHECKING:
    from voxelyte.solids import Solid

AGREES = 1e-3
"""Areas that differ by less count as equal: 8-bit masks round each pixel by up to half a level, which averages out far below this."""


@dataclass(frozen=True)
class LayerResult:
    """One layer: areas in mm² as designed (None without the solid), as the mask lights it, as cured; pieces designed and cured."""

    layer: int
    z_um: float
    thickness_um: float
    design_mm2: float | None
    mask_mm2: float
    cured_mm2: float
    design_pieces: int | None
    cured_pieces: int

    @property
    def wanted_mm2(self) -> float:
        """The design's area, or the mask's where there is no design."""
        return self.mask_mm2 if self.design_mm2 is None else self.design_mm2

    @property
    def agrees(self) -> bool:
        """Area and number of pieces are those of the design."""
        near = abs(self.cured_mm2 - self.wanted_mm2) <= AGREES * self.wanted_mm2
        return near and self.design_pieces in (None, self.cured_pieces)


@dataclass(frozen=True)
class Comparison:
    """The whole film."""

    layers: tuple[LayerResult, ...]
    height_um: float
    cured_height_um: float

    @property
    def agrees(self) -> bool:
        """Every layer up to the top and the height agree."""
        told_um = self.layers[-1].z_um if self.layers else 0.0
        return told_um == self.height_um == self.cured_height_um and all(layer.agrees for layer in self.layers)


def compare(job: Job, solid: Solid | None, report: Mapping[str, Any]) -> Comparison:
    """Hold a machine's REPORT (docs/stream-protocol.md, section 6) against the job, and against the solid where it is known."""
    lit_mm2: dict[Mask, float] = {}
    results = [_layer(job, solid, layer, told, lit_mm2) for layer, told in zip(job.layers, report["layers"], strict=False)]
    return Comparison(tuple(results), job.height_nm / 1000, report["height_nm"] / 1000)


def _layer(job: Job, solid: Solid | None, layer: Layer, told: Mapping[str, Any], lit_mm2: dict[Mask, float]) -> LayerResult:
    # The section at the middle of a layer stands for the whole of it; a rounded plan shows the section of its own slab.
    section = None if solid is None else solid.section(section_z_um(job, layer))
    return LayerResult(
        layer.index,
        layer.z_um,
        layer.thickness_um,
        None if section is None else section.area_um2 / 1e6,
        _lit_mm2(layer, job.panel.pixel_area_um2, lit_mm2),
        told["dose_area_um2"] / 1e6,
        None if section is None else section.count,
        told["islands"],
    )


def section_z_um(job: Job, layer: Layer) -> float:
    """Where in the solid the layer's section was taken."""
    plan = getattr(job.layers, "plan", None)
    return float(plan.section_z_um[layer.index]) if plan else layer.z_um - layer.thickness_um / 2


def _lit_mm2(layer: Layer, pixel_um2: float, known: dict[Mask, float]) -> float:
    """Area of the layer's masks, weighted by their share of the dose of the layer; each distinct mask is painted once."""
    dose = [exposure.exposure_s * exposure.power for exposure in layer.exposures]
    for exposure in layer.exposures:
        if exposure.mask not in known:
            known[exposure.mask] = float(exposure.mask.pixels().sum(dtype="u8")) / 255 * pixel_um2 / 1e6
    return sum(known[one.mask] * share for one, share in zip(layer.exposures, dose, strict=True)) / max(dose)
