"""Archives that a job is written to and read from: one file a format, each ending in `FORMAT`.

A format declares what it carries. Writing what it cannot carry raises LossyExport, which names every loss and
the layers it touches; `allow={"thickness", ...}` permits exactly those. The suffix of a file picks the format, the
longest one that fits: `film.v2.ctb` is another format than `film.ctb`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from voxelyte.errors import FormatError, LossyExport, unknown
from voxelyte.files import written_folder, written_whole
from voxelyte.formats._losses import Loss, choices, losses
from voxelyte.job import Job
from voxelyte.members import member, members

__all__ = [
    "CARRIED",
    "Content",
    "Format",
    "Loss",
    "all_formats",
    "format_for",
    "losses",
    "read_job",
    "recognised",
    "write_job",
]

Content = Path | bytes
"""A file or an unpacked archive's folder to read, or all bytes of a file."""

CARRIED = {
    "thickness": "a thickness for each layer",
    "exposure": "an exposure time for each layer",
    "exposures": "any number of exposures in a layer",
    "motion": "lift, retract and waits for each layer",
    "power": "lamp power for each exposure",
    "grey": "as many grey levels as the panel shows",
    "pitch": "pixel pitch in x and y",
    "mirror": "which way the panel turns masks over",
    "wavelength": "wavelength of the lamp",
    "name": "the job's name",
    "profiles": "printer and resin profiles whole, with wavelength and sources",
    "provenance": "recipe, parameters, versions and remarks",
}
"""Everything a format may carry. The first six are how a job prints: losing one of them needs permission."""


@dataclass(frozen=True)
class Format:
    """One archive format.

    `carries` holds names of CARRIED. `laws` take the place of the general check where a format has a rule of
    its own, such as a fade of exposures. `recognises` looks at content only and never raises;
    `read` takes a path or all bytes and may keep the file open for masks that are decoded later.
    `checked` names the programs, of other people, that a test or a documented trial has read such files with;
    empty when nobody but us has. `folders` are those suffixes that stand for a folder instead of a file.
    `silent` names what of a print its files do not hold, or not whole, so that the machine's own settings count.
    `contours`: it holds outlines in place of masks, so that only a sliced solid can be written.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    carries: frozenset[str]
    write: Callable[[Job, IO[bytes]], None]
    read: Callable[[Content], Job]
    recognises: Callable[[Content], bool]
    grey_levels: int = 256
    laws: Mapping[str, Callable[[Job], Loss | None]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    silent: frozenset[str] = frozenset()
    contours: bool = False


def write_job(job: Job, path: str | Path, allow: Iterable[str] = ()) -> Format:
    """Write `job` in the format of the suffix, whole or not at all; `allow` names accepted losses."""
    fmt, allowed = format_for(path), frozenset(allow)
    job = job.listed()
    for name in sorted(allowed - CARRIED.keys()):
        raise FormatError(unknown("loss", name, CARRIED))
    _consistent(job)
    found = [loss for loss in losses(job, fmt) if loss.name not in allowed]
    if found:
        raise LossyExport(fmt.name, [str(loss) for loss in found], choices(job, found))
    if Path(path).name.lower().endswith(fmt.folders or ("/",)):  # no name holds a slash
        _unpacked(job, path, fmt)
        return fmt
    with written_whole(path) as file:
        fmt.write(job, file)
    return fmt


def _unpacked(job: Job, path: str | Path, fmt: Format) -> None:
    """A folder that holds what a zip would."""
    from tempfile import TemporaryFile

    with written_folder(path) as folder, TemporaryFile(dir=folder.parent) as file:
        fmt.write(job, file)
        ZipFile(file).extractall(folder)


def read_job(path: str | Path) -> Job:
    """Read a job of any known format. The content decides; the suffix only orders the tries."""
    path = Path(path)
    fmt = recognised(path)
    try:
        job = fmt.read(path)
    except FormatError as fault:
        raise FormatError(f"{path.name}: {fault}") from None
    return job if job.name else replace(job, name=path.name.split(".")[0] or "film")


def recognised(path: str | Path) -> Format:
    """The format of a file by its content; by its suffix where the content is that of none, being damaged."""
    path = Path(path)
    if not path.exists():
        raise FormatError(f"{path}: no such file")
    formats = sorted(all_formats(), key=lambda fmt: -_fit(path, fmt))
    named = formats[0] if _fit(path, formats[0]) else None
    fmt = next((fmt for fmt in formats if fmt.recognises(path)), named)
    if fmt is None:
        raise FormatError(f"{path.name}: is none of {', '.join(sorted(fmt.name for fmt in formats))}")
    return fmt


def format_for(path: str | Path) -> Format:
    """The format that a file name's suffix stands for."""
    named = Path(path).suffix.lower().removeprefix(".")
    if Path(path).name.count(".") == 1 and named in members("formats"):
        only: Format = member("formats", named)
        if f".{named}" in only.suffixes:  # one dot leaves no room for a longer suffix: the others need not be loaded
            return only
    fmt = max(all_formats(), key=lambda fmt: _fit(path, fmt))
    if _fit(path, fmt):
        return fmt
    known = [suffix for fmt in all_formats() for suffix in fmt.suffixes]
    raise FormatError(unknown("format", Path(path).suffix or Path(path).name, known))


def all_formats() -> list[Format]:
    """Every format there is, by name."""
    return [member("formats", name) for name in members("formats")]


def _fit(path: str | Path, fmt: Format) -> int:
    """Length of the longest suffix of `fmt` that the name ends in; 0 when it ends in none."""
    name = Path(path).name.lower()
    return max((len(suffix) for suffix in fmt.suffixes if name.endswith(suffix)), default=0)


def _consistent(job: Job) -> None:
    """Formats store indices, thicknesses and tops each in its way, so these must agree in the job itself."""
    tops_nm = accumulate(layer.thickness_nm for layer in job.layers)
    for index, (layer, top_nm) in enumerate(zip(job.layers, tops_nm, strict=True)):
        if (layer.index, layer.top_nm) != (index, top_nm):
            said = f"index={layer.index} top_nm={layer.top_nm}"
            raise FormatError(f"layer {index}: {said} must be {index} and {top_nm}")
        for exposure in layer.exposures:
            if exposure.mask.panel != job.panel:
                raise FormatError(f"layer {index}: its mask is for another panel than the job's")
