"""What a machine says it cured, held against what the job asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voxelyte.exposing import section, sharing, shots
from voxelyte.job import Job, Layer, Mask
from voxelyte.slicing import Layers

if TYPE_CHECKING:
    from voxelyte.solids import Solid

NOISE = 1e-5
"""Relative difference of areas that is none: machines may sum in single precision."""


@dataclass(frozen=True)
class LayerResult:
    """One layer: areas in mm² as designed (None without the solid), as its masks light it, and as cured; and its pieces.

    `rounding_mm2` is the most by which masks of whole grey levels can miss the design: half a level in every edge pixel.
    """

    layer: int
    z_um: float
    thickness_um: float
    design_mm2: float | None
    mask_mm2: float
    rounding_mm2: float
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
        room_mm2 = NOISE * self.wanted_mm2 + (0 if self.design_mm2 is None else self.rounding_mm2)
        near = abs(self.cured_mm2 - self.wanted_mm2) <= room_mm2
        return near and self.design_pieces in (None, self.cured_pieces)


@dataclass(frozen=True)
class Comparison:
    """The whole film."""

    layers: tuple[LayerResult, ...]
    height_um: float
    cured_height_um: float
    kind: str = "virtual-vat"
    """What saw it: the report's own word."""

    @property
    def agrees(self) -> bool:
        """Every layer up to the top and the height agree."""
        told_um = self.layers[-1].z_um if self.layers else 0.0
        return told_um == self.height_um == self.cured_height_um and all(layer.agrees for layer in self.layers)


def compare(job: Job, solid: Solid | None, report: Mapping[str, Any]) -> Comparison:
    """Hold a machine's REPORT (docs/stream-protocol.md, section 6) against the job, and the solid where it is known."""
    known: dict[Doses, Light] = {}
    pairs = zip(job.layers, report["layers"], strict=False)
    results = [_layer(job, solid, layer, told, _light(layer, job, known)) for layer, told in pairs]
    return Comparison(tuple(results), job.height_nm / 1000, report["height_nm"] / 1000, str(report["kind"]))


Doses = tuple[tuple[Mask, float], ...]
"""What a layer's dose is made of: each mask with its exposure time at full power."""


@dataclass(frozen=True)
class Light:
    """A layer's light. `peak` is its greatest dose, as a share of the longest exposure's own."""

    area_mm2: float
    rounding_mm2: float
    peak: float


def _layer(job: Job, solid: Solid | None, layer: Layer, told: Mapping[str, Any], light: Light) -> LayerResult:
    design_mm2, pieces = (None, None) if solid is None else _design(job, solid, layer)
    return LayerResult(
        layer.index,
        layer.z_um,
        layer.thickness_um,
        design_mm2,
        light.area_mm2,
        light.rounding_mm2,
        # The report counts area in units of its greatest dose; where no pixel is fully lit that is less than a full one.
        told["dose_area_um2"] * light.peak / 1e6,
        pieces,
        told["islands"],
    )


def _design(job: Job, solid: Solid, layer: Layer) -> tuple[float | None, int | None]:
    """Area in mm², and pieces. Films of several exposures count by their dose, in units of the longest exposure's own.

    Their pieces are not known: a machine tells those of at least half the greatest dose, which the edges of a film with less light
    are not. Nor is anything known of exposures that are not those of the solid.
    """
    z_um = section_z_um(job, layer)
    wanted = shots(sharing(solid), job.resin, layer.index, z_um)
    if len(wanted) != len(layer.exposures):
        return None, None
    sections = [section(solid, z_um, one.wishes) for one in wanted]
    longest_s = max(one.exposure_s for one in wanted)
    shares = [one.exposure_s / longest_s for one in wanted]
    area_um2 = sum(one.area_um2 * share for one, share in zip(sections, shares, strict=True))
    return area_um2 / 1e6, sections[0].count if len(sections) == 1 else None


def section_z_um(job: Job, layer: Layer) -> float:
    """Where in the solid the layer's section was taken; a rounded plan shows the section of its own slab."""
    if isinstance(job.layers, Layers):
        return job.layers.plan.section_z_um[layer.index]
    return layer.z_um - layer.thickness_um / 2


def _light(layer: Layer, job: Job, known: dict[Doses, Light]) -> Light:
    """Each distinct combination of masks and doses is painted once."""
    doses = tuple((exposure.mask, exposure.exposure_s * exposure.power) for exposure in layer.exposures)
    if doses not in known:
        known[doses] = _measured(doses, job)
    return known[doses]


def _measured(doses: Doses, job: Job) -> Light:
    longest = max(share for _, share in doses)
    dose, edges = np.zeros((job.panel.height_px, job.panel.width_px)), 0
    for mask, share in doses:
        pixels = mask.pixels()
        dose += pixels * (share / longest)
        edges += int(((pixels > 0) & (pixels < 255)).sum())
    pixel_mm2 = job.panel.pixel_area_um2 / 1e6
    half_level = 0.5 / (job.panel.grey_levels - 1)
    return Light(float(dose.sum()) / 255 * pixel_mm2, edges * half_level * pixel_mm2, float(dose.max()) / 255)
