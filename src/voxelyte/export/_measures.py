"""Numbers of a job as the sheet writes them."""

from __future__ import annotations

from collections.abc import Sequence

from voxelyte.job import Job, Layer


def number(value: float) -> str:
    """As many digits as it needs, up to twelve."""
    return f"{value:.12g}"


def numbers(values: Sequence[float], unit: str) -> str:
    """`6 s`, or `6 to 12 s`."""
    return " to ".join(dict.fromkeys((number(min(values)), number(max(values))))) + f" {unit}"


def mm(length: float) -> str:
    """A place in mm, to the hundredth, with a true minus sign."""
    return f"{length:.2f}".replace("-", "−")


def um(length_nm: int) -> str:
    """A height or thickness in µm, exact."""
    return number(length_nm / 1000)


def lamp(layer: Layer) -> str:
    """`6 s`, `6 s + 2 s at 50%`."""
    said = (
        f"{number(one.exposure_s)} s" + (f" at {one.power:.0%}" if one.power < 1 else "") for one in layer.exposures
    )
    return " + ".join(said) or "0 s"


def exposures(job: Job) -> str:
    """Lamp time of the layers."""
    return numbers([layer.exposure_s for layer in job.layers], "s")


def doses(job: Job) -> str | None:
    """Dose of the layers; None where the irradiance is not known."""
    light = job.resin.irradiance_mw_cm2
    if light is None:
        return None
    shares_s = (sum(one.exposure_s * one.power for one in layer.exposures) for layer in job.layers)
    return numbers([light * share_s for share_s in shares_s], "mJ/cm²")


def wavelength(job: Job) -> str | None:
    """The machine's, or that of the resin's data; None where neither is known."""
    known = job.printer.wavelength_nm or job.resin.wavelength_nm
    return f"{number(known)} nm" if known else None
