"""Archives in memory for the format tests: members to bytes and back."""

from __future__ import annotations

import warnings
from io import BytesIO
from zipfile import ZipFile


def packed(members, **options):
    """A zip of these members: a dictionary, or pairs where a name shall be there twice."""
    file = BytesIO()
    with warnings.catch_warnings(), ZipFile(file, "w", **options) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of names that are there twice
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, data)
    return file.getvalue()


def members_of(fmt, job, **more):
    """What a format, or a module that is one, writes of a job."""
    file = BytesIO()
    fmt.write(job, file, **more)
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
