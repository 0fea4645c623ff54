"""What the sheet says in sentences: what to enter at the machine, and what nobody here knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import gcd

from voxelyte.export._masks import Picture
from voxelyte.export._measures import doses, exposures, mm, um, wavelength
from voxelyte.export._subject import MASKS, MESH, Subject
from voxelyte.formats import format_for
from voxelyte.job import Job, Layer
from voxelyte.resin import Resin

MOST_LETTERS = 200
"""Longer values, such as lists of points, are shown without their end."""


def of_light(resin: Resin) -> list[str]:
    """What the resin's profile remarks on its light."""
    return [note for note in resin.notes if "irradiance" in note.lower()]


def irradiance(resin: Resin) -> str:
    """The name of the irradiance; one that was published otherwise is `as read`."""
    source = resin.sources.get("irradiance_mw_cm2")
    return "irradiance, as read" if source and "read as" in source.where else "irradiance"


def origin(job: Job) -> str:
    """Which software, from which parameters."""
    parameters = ", ".join(_flat(job.provenance.parameters))
    return f"{job.provenance.software or 'voxelyte'}: {parameters}" if parameters else job.provenance.software


def _flat(table: Mapping[str, object], under: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{under}{key}.")
        else:
            text = str(value)
            yield f"{under}{key} {text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + '...'}"


def frame(subject: Subject) -> Iterator[str]:
    """What the coordinates of the files mean."""
    files = [name for name in (subject.film if subject.composer else "", "" if subject.no_mesh else MESH) if name]
    if files:
        verb = "count" if len(files) > 1 else "counts"
        law = "so that the edges of pixels lie at whole multiples of their pitch"
        yield f"{' and '.join(files)} {verb} from the plate's front left corner, {law}."


def steps(subject: Subject) -> Iterator[str]:
    """What to do at the machine's own software."""
    yield from _in_composer(subject) if subject.composer else _with_archive(subject)


def _in_composer(subject: Subject) -> Iterator[str]:
    job = subject.job
    yield f"Open {subject.film}. It holds the outline and the heights of every layer: {_thicknesses(job)}."
    yield _exposure(job)
    yield "No scaling, turning, mirroring, compensation, repair or supports."
    yield f"Lower left corner of the part at {_corner(subject)}."
    yield f"Check what it shows: {len(job.layers)} layers, {um(job.height_nm)} µm in all, and the film as drawn above."
    if subject.no_mesh:
        yield f"There is no {MESH}: {subject.no_mesh}."
    else:
        yield f"If it takes no SLC: {MESH} is the same film in the same place, in mm. {_recut(job)}"


def _thicknesses(job: Job) -> str:
    """`25 µm in layer 1, 50 µm in layers 2 to 5`; a long list is cut."""
    runs = [list(run) for _, run in groupby(job.layers, lambda layer: layer.thickness_nm)]
    said = [f"{um(run[0].thickness_nm)} µm in {_range(run)}" for run in runs]
    return ", ".join(said if len(said) <= 4 else [*said[:3], f"and {len(said) - 3} ranges more"])


def _range(layers: Sequence[Layer]) -> str:
    first, last = layers[0].index + 1, layers[-1].index + 1
    return f"layer {first}" if first == last else f"layers {first} to {last}"


def _corner(subject: Subject) -> str:
    """Where the lower left corner of the film's box lies, counted in both ways."""
    x, y = subject.box_mm[:2]
    half_x, half_y = (um / 2000 for um in subject.job.panel.size_um)
    said = (
        f"x {mm(x)}, y {mm(y)} mm from the plate's corner, or x {mm(x - half_x)}, y {mm(y - half_y)} mm from its centre"
    )
    return f"{said}: in the middle of the plate" if subject.centred else said


def _recut(job: Job) -> str:
    """Which single thickness meets every height of the film."""
    thicknesses = {layer.thickness_nm for layer in job.layers}
    common_nm = gcd(*thicknesses)
    if len(thicknesses) == 1:
        return f"Its layers are {um(common_nm)} µm."
    count = f"{um(common_nm)} µm, {job.height_nm // common_nm} layers"
    return f"The greatest single thickness that meets its heights is {count}: another print."


def _exposure(job: Job) -> str:
    wave = wavelength(job) or "the wavelength is not known"
    if len({layer.exposure_s for layer in job.layers}) == 1:
        return f"Exposure {exposures(job)} in every layer, the first ones too; {wave}."
    return f"Exposure {exposures(job)}, layer by layer as listed above; {wave}."


def _with_archive(subject: Subject) -> Iterator[str]:
    job = subject.job
    if subject.film:
        fmt = format_for(subject.film)
        yield f"Put {subject.film} ({fmt.title}) on the machine as it is: a slicer that opens it may change it."
        yield from (f"The file does not hold {name}: the machine's own setting counts." for name in sorted(fmt.silent))
        yield from (f"{note[:1].upper()}{note[1:]}." for note in fmt.notes)
    else:
        yield f"No file that {job.printer.name} takes is written here: {MASKS}/ holds the pictures, for a converter of its own."
    yield _exposure(job)
    yield f"There is no {MESH}: {subject.no_mesh}." if subject.no_mesh else f"{MESH} is the same film as a mesh, in mm."


def unknown(subject: Subject) -> Iterator[str]:
    """What nobody here knows, and what to do about it."""
    yield from _of_composer(subject) if subject.composer else _of_archive(subject)
    dose = doses(subject.job)
    if dose is None:
        yield "The dose: no irradiance is known. Begin with a test of exposures."
    elif subject.job.printer.irradiance_mw_cm2 is None:
        yield f"The irradiance of your machine: measure it at the plate. {dose} divided by it, in mW/cm², is the time in s."
    yield "Which way your machine turns pictures over: print the F first (design f-mark) and hold it against the drawing."


def _of_composer(subject: Subject) -> Iterator[str]:
    yield "Nothing here talks to Asiga firmware: Asiga publishes no protocol, no build file, and no keys of its material files (.ini)."
    yield "No Asiga and no Composer has opened these files. What Composer makes of several thicknesses, and of x and y, it must show you."
    yield f"Whether the firmware paints greys, or only black and white. {_binary(subject.distinct)}".strip()


def _of_archive(subject: Subject) -> Iterator[str]:
    if subject.film:
        checked = ", ".join(format_for(subject.film).checked)
        read = f"Read in a test by {checked}" if checked else "No other program was seen to read such a file"
        yield f"{read}; no machine has printed this one."
    yield "What the machine makes of greys: an LCD's are far from linear in dose, and a projector applies gamma unless told not to."


def _binary(pictures: Sequence[Picture]) -> str:
    """By how much a panel without greys would miss the drawn area, at worst."""
    known = ((one.name, one.binary_mm2, one.drawn_mm2) for one in pictures)
    missed = [(lit / drawn - 1, name) for name, lit, drawn in known if lit is not None and drawn]
    if not missed:
        return ""
    worst, name = max(missed, key=lambda pair: abs(pair[0]))
    share = f"{abs(worst):.1%} {'less' if worst < 0 else 'more'}"
    return f"Without greys {name} would light {share} than was drawn."
