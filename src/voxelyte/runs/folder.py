"""The folder of one print: `run.json`, the job itself, and whatever else belongs to it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from threading import Event
from zipfile import ZipFile

from voxelyte.errors import VoxelyteError
from voxelyte.formats import read_job, write_job
from voxelyte.formats.native import MANIFEST, Manifest
from voxelyte.job import Job, Layer, Mask

JOB = "job.voxelyte"
LOOK_S = 0.05
_FAR = 2**40
"""The byte that is locked while a print goes on: where Windows locks, nobody can read, so it is none of the job's."""


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
class KeptJob:
    """A job as it lies in a run's folder: read back, it has the same layers, and the same masks in the same order."""

    job: Job
    sha256: str
    """Of the file."""
    mask_sha256: tuple[str, ...]
    """The pixels of each distinct mask, by first use."""


def keep_job(job: Job, folder: Path) -> KeptJob:
    """Write the job into `folder`; each mask is painted once. Masks of equal pixels are one from here on."""
    job = job if job.name else replace(job, name="film")
    path = folder / JOB
    write_job(job, path)
    manifest = _manifest(path)
    if len(manifest.masks) < sum(1 for _ in job.masks()):
        job = replace(job, layers=tuple(_merged(job, manifest)))
    return KeptJob(job, _sha256(path), _mask_hashes(manifest))


def _merged(job: Job, manifest: Manifest) -> Iterator[Layer]:
    """The layers with one mask for all of equal pixels, as a reader of the archive has them."""
    masks: dict[str, Mask] = {}
    for layer, entry in zip(job.layers, manifest.layers, strict=True):
        pairs = zip(layer.exposures, entry.exposures, strict=True)
        yield replace(
            layer, exposures=tuple(replace(one, mask=masks.setdefault(said.mask, one.mask)) for one, said in pairs)
        )


def kept_job(folder: Path, sha256: str) -> KeptJob:
    """The job of a run, to go on with. VoxelyteError unless it is the very file that was written."""
    path = folder / JOB
    if not path.is_file():
        raise VoxelyteError(f"{path}: the job of this run is not there any more, and must be to go on")
    if (found := _sha256(path)) != sha256:
        raise VoxelyteError(f"{path}: sha256={found[:12]}… must be {sha256[:12]}…, that of the job which was begun")
    return KeptJob(read_job(path), sha256, _mask_hashes(_manifest(path)))


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """For as long as a print goes on: no other process may go on with it. A killed holder lets go."""
    with (folder / JOB).open("r+b") as file:
        if not _locked(file.fileno(), tries=5):
            raise VoxelyteError(f"{folder}: this print is going on in another process")
        yield


def is_held(folder: Path) -> bool:
    """Whether a print in this folder is going on now, on this computer."""
    try:
        with (folder / JOB).open("r+b") as file:
            return not _locked(file.fileno(), tries=1)
    except OSError:
        return False


def _locked(file: int, tries: int) -> bool:
    """Whether it is ours now. Somebody who only asks holds it too, but not for long."""
    for attempt in range(tries):
        Event().wait(LOOK_S if attempt else 0)
        try:
            _lock(file)
        except OSError:
            continue
        return True
    return False


def _lock(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt
        import os

        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _manifest(path: Path) -> Manifest:
    with ZipFile(path) as archive:
        return Manifest.of(json.loads(archive.read(MANIFEST)))


def _mask_hashes(manifest: Manifest) -> tuple[str, ...]:
    used = dict.fromkeys(one.mask for layer in manifest.layers for one in layer.exposures)
    return tuple(manifest.masks[name].pixels_sha256 for name in used)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
