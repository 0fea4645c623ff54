"""A resin's exposure on another machine than its own: the dose is kept, and the time follows from it.

Dose is irradiance times time: 1 mW/cm² for 1 s is 1 mJ/cm². An exposure time alone says nothing on another machine. A
dose does, at the same wavelength, and as far as a resin cures by dose alone: filled resins drift with irradiance, so a
converted time is where a test print begins.
"""

from __future__ import annotations

from collections.abc import Iterator

from voxelyte.errors import SliceError
from voxelyte.printer import Printer
from voxelyte.resin import Resin
from voxelyte.source import Source

IRRADIANCE = "irradiance_mw_cm2"
UNSURE = ("inferred", "chosen")
LONGEST_S = 1e9
"""Greatest number that a profile holds."""


def resin_for(printer: Printer, resin: Resin) -> tuple[Resin, tuple[str, ...]]:
    """The resin with the exposures (s) that `printer` shall give it, and remarks for whoever prints.

    A resin that was printed on this very printer is unchanged. One that names no printer (`printed_on` is None) keeps its
    exposures. Any other keeps its dose (mJ/cm²). Raises SliceError at another wavelength, and where no dose is known.
    """
    _check_wavelength(printer, resin)
    if resin.printed_on == printer.name:
        return resin, tuple(_disagreement(printer, resin))
    return _converted(printer, resin) if resin.printed_on else _as_it_is(printer, resin)


def _check_wavelength(printer: Printer, resin: Resin) -> None:
    known = printer.wavelength_nm is not None and resin.wavelength_nm is not None
    if known and printer.wavelength_nm != resin.wavelength_nm:
        law = f"must equal wavelength_nm={printer.wavelength_nm:g} of {printer.name}"
        why = "an exposure at one wavelength says nothing of another, so give an exposure_s of your own"
        raise SliceError(f"wavelength_nm={resin.wavelength_nm:g} of {resin.name} {law}: {why}")


def _disagreement(printer: Printer, resin: Resin) -> Iterator[str]:
    """Two irradiances of one machine: the exposure was seen to work, so it stays."""
    light, read = printer.irradiance_mw_cm2, resin.irradiance_mw_cm2
    if light and read and light != read:
        said = f"irradiance_mw_cm2={light:g} of {printer.name} is not the {read:g} that {resin.name} states for it"
        yield f"{said}: exposure_s={_s(resin.exposure_s)} stays, and gives {_product(resin.exposure_s, light)}"


def _as_it_is(printer: Printer, resin: Resin) -> tuple[Resin, tuple[str, ...]]:
    """The exposures stay; the dose is what this printer's light makes of them."""
    light, read = printer.irradiance_mw_cm2, resin.irradiance_mw_cm2
    if light is None:
        return resin, ()
    said = f"exposure_s is taken as it is: {_product(resin.exposure_s, light)} on {printer.name}"
    if read and read != light:
        said += f", where {resin.name} states {_product(resin.exposure_s, read)}"
    return _under(printer, resin), (said,)


def _converted(printer: Printer, resin: Resin) -> tuple[Resin, tuple[str, ...]]:
    """The dose stays, and each exposure becomes the time that gives it here: nobody has printed that yet."""
    light, read = printer.irradiance_mw_cm2, resin.irradiance_mw_cm2
    if light is None or read is None:
        raise SliceError(_question(printer, resin))
    times, notes = {}, []
    for name, old_s in _exposures(resin).items():
        times[name] = _time_s(name, old_s, read / light, printer)
        asked, given = _product(old_s, read), _product(times[name], light)
        notes.append(f"{name} keeps the dose of {resin.name} on {resin.printed_on}, {asked}: {given} on {printer.name}")
    origin = Source(sure="inferred", where=f"the dose on {resin.printed_on}, converted for {printer.name}")
    sources = {**resin.sources, **dict.fromkeys(times, origin)}
    here = resin.model_copy(update={**times, "printed_on": None, "sources": sources})
    return _under(printer, here), (*notes, *_grounds(printer, resin))


def _exposures(resin: Resin) -> dict[str, float]:
    """All exposure times that the resin states."""
    bottom_s = resin.bottom_exposure_s
    return {"exposure_s": resin.exposure_s} | ({} if bottom_s is None else {"bottom_exposure_s": bottom_s})


def _time_s(name: str, old_s: float, factor: float, printer: Printer) -> float:
    """In whole ms, which is what machines count in."""
    time_s = round(old_s * factor, 3)
    if not 0 < time_s <= LONGEST_S:
        law = f"must be 0.001 to {LONGEST_S:g}: it keeps the dose of {_s(old_s)} s"
        raise SliceError(f"{name}={time_s:g} on {printer.name} {law}")
    return time_s


def _under(printer: Printer, resin: Resin) -> Resin:
    """The resin with the irradiance of this printer, so that its dose is the one it gets here."""
    sources = {path: source for path, source in resin.sources.items() if path != IRRADIANCE}
    if IRRADIANCE in printer.sources:
        sources[IRRADIANCE] = printer.sources[IRRADIANCE]
    return resin.model_copy(update={IRRADIANCE: printer.irradiance_mw_cm2, "sources": sources})


def _question(printer: Printer, resin: Resin) -> str:
    """What is missing for a conversion, and what the user can do."""
    read = resin.irradiance_mw_cm2
    spent = f"{_s(resin.exposure_s)} s" if read is None else _product(resin.exposure_s, read)
    known = f"{resin.name} was given {spent} on {resin.printed_on}"
    missing = [one.name for one in (resin, printer) if one.irradiance_mw_cm2 is None]
    law = f"to keep that dose needs {IRRADIANCE} in the profile of {' and of '.join(missing)}"
    cure = "state it there as measured, or give an exposure_s of your own (--exposure-s)"
    return f"exposure_s on {printer.name} is not known: {known}; {law}: {cure}"


def _grounds(printer: Printer, resin: Resin) -> Iterator[str]:
    """What the converted time rests on, where that is not sure."""
    for one in (resin, printer):
        source = one.sources.get(IRRADIANCE)
        if source and source.sure in UNSURE:
            said = f"{IRRADIANCE}={one.irradiance_mw_cm2:g} of {one.name}"
            yield f"the converted time rests on {said}, which is {source.sure}: {source.where}"
        if one.wavelength_nm is None:
            yield f"wavelength_nm of {one.name} is not known: its dose is carried over as if the wavelength were the same"


def _product(time_s: float, irradiance_mw_cm2: float) -> str:
    """`6 s x 9 mW/cm² = 54 mJ/cm²`."""
    return f"{_s(time_s)} s x {irradiance_mw_cm2:g} mW/cm² = {time_s * irradiance_mw_cm2:g} mJ/cm²"


def _s(time_s: float) -> str:
    """A time with all its ms, where six digits would drop them."""
    return f"{time_s:.12g}"
