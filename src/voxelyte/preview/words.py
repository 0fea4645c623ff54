"""What the preview says: facts of a job in short lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.preview.pictures import Box
from voxelyte.solids import Solid
from voxelyte.tables import rows_of

MOST_EXPOSURES = 3
"""Of one layer, that are told one by one."""


def facts(job: Job, solid: Solid | None, box: Box) -> str:
    """One line: features, size, layers, exposure, dose, printer, pixels."""
    panel = job.panel
    size_mm = _size_mm(job, solid, box)
    pitch = " x ".join(dict.fromkeys((f"{panel.pitch_x_um:g}", f"{panel.pitch_y_um:g}")))
    words = [
        f"{solid.count:,} {solid.feature}" if solid and solid.count > 1 else "",
        f"{size_mm[0]:.5g} x {size_mm[1]:.5g} mm, {job.height_nm / 1000:g} µm high",
        f"{len(job.layers):,} layers" if len(job.layers) != 1 else "1 layer",
        *_light(job),
        job.printer.name,
        f"pixels of {pitch} µm",
    ]
    return "   ·   ".join(word for word in words if word)


def _size_mm(job: Job, solid: Solid | None, box: Box) -> tuple[float, float]:
    if solid is None:
        return box.width * job.panel.pitch_x_um / 1000, box.height * job.panel.pitch_y_um / 1000
    x0, y0, _, x1, y1, _ = solid.bounds_um
    return (x1 - x0) / 1000, (y1 - y0) / 1000


def _light(job: Job) -> tuple[str, str]:
    """Exposure and dose of the layers; where films share them, of the films."""
    if not job.layers:
        return "", ""
    rows = rows_of(job) if any(len(layer.exposures) > 1 for layer in job.layers) else []
    times = [row["exposure_s"] for row in rows] or [layer.exposure_s for layer in job.layers]
    doses = [row["dose_mj_cm2"] for row in rows if row.get("dose_mj_cm2") is not None]
    dose = f"{spread(doses)} mJ/cm²" if doses else _dose(job)
    return f"{spread(times)} s a {'film' if rows else 'layer'}", dose


def _dose(job: Job) -> str:
    irradiance = job.resin.irradiance_mw_cm2
    if irradiance is None:
        return ""
    doses = (irradiance * sum(e.exposure_s * e.power for e in layer.exposures) for layer in job.layers)
    return f"{spread(doses)} mJ/cm²"


def spread(numbers: Iterable[float]) -> str:
    """The number, or least and greatest."""
    known = sorted(set(numbers))
    return f"{known[0]:.5g}" if len(known) == 1 else f"{known[0]:.5g} - {known[-1]:.5g}"


def ranges(layers: Sequence[Layer]) -> str:
    """`1, 3-5`: layers counted from 1."""
    counted = enumerate(layer.index + 1 for layer in layers)
    runs = [[number for _, number in run] for _, run in groupby(counted, lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def heights(layers: Sequence[Layer]) -> str:
    """Least bottom to greatest top."""
    bottom = min(layer.top_nm - layer.thickness_nm for layer in layers)
    return f"z {bottom / 1000:g} - {max(layer.top_nm for layer in layers) / 1000:g} µm"


def levels_um(job: Job) -> tuple[float, ...]:
    """Heights at which the masks change, from 0 to the top."""
    shown = [tuple(e.mask for e in layer.exposures) for layer in job.layers]
    pairs = zip(job.layers, pairwise(shown), strict=False)
    changes = [layer.z_um for layer, (own, above) in pairs if own != above]
    return (0.0, *changes, job.height_nm / 1000)


def plan(job: Job, names: dict[Mask, str]) -> list[tuple[str, ...]]:
    """The layer plan as a table: equal neighbours in one row."""
    table: list[tuple[str, ...]] = []
    equal = groupby(job.layers, lambda layer: (layer.thickness_nm, layer.exposures))
    for (thickness, exposures), run in equal:
        layers = list(run)
        count = f"{len(layers)} x " if len(layers) > 1 else ""
        masks = list(dict.fromkeys(names[one.mask] for one in exposures))
        shown, seconds = ", ".join(masks) or "dark", " + ".join(_exposure(one) for one in exposures) or "0 s"
        if len(exposures) > MOST_EXPOSURES:
            total_s = sum(one.exposure_s for one in exposures)
            shown, seconds = f"{masks[0]} to {masks[-1]}", f"{total_s:.6g} s in {len(exposures)} exposures"
        z_um = heights(layers).removeprefix("z ")
        table.append((ranges(layers), f"{count}{thickness / 1000:g} µm", z_um, seconds, shown))
    return table


def _exposure(one: Exposure) -> str:
    return f"{one.exposure_s:g} s" + (f" at {one.power:.0%}" if one.power < 1 else "")
