"""What the tests of runs share: events as a driver tells them, and a print of a small job that is written down."""

from __future__ import annotations

from contextlib import contextmanager

from driver_fake import a_job

from voxelyte.drivers import Progress
from voxelyte.errors import VoxelyteError
from voxelyte.runs import Conditions, begun, from_database, from_folder, index

USES = [[0], [1, 0], [2], [0]]
EVERY = [(0, 0), (1, 0), (1, 1), (2, 0), (3, 0)]
ASKED_S = {(0, 0): 6.0, (1, 0): 7.0, (1, 1): 6.0, (2, 0): 8.0, (3, 0): 6.0}
MACHINE = {"name": "fake", "maker": "tests", "firmware": "1", "serial": "0"}


def told(what, layer=None, exposure=None, on_time_s=0.0, text="", **more):
    return Progress(what, layers=4, exposures=5, layer=layer, exposure=exposure, on_time_s=on_time_s, text=text, **more)


def lit(layer, exposure, on_time_s=None):
    """An exposure, on and off."""
    on_time_s = ASKED_S[layer, exposure] if on_time_s is None else on_time_s
    return [told("lamp-on", layer, exposure, lamp=True), told("lamp-off", layer, exposure, on_time_s)]


@contextmanager
def a_print(folder, warnings=None, uses=USES, **said):
    """A print of which nothing has happened; a database that is in trouble fails the test unless `warnings` takes it."""
    warn = pytest_fail if warnings is None else warnings.append
    with begun(a_job(uses), "socket://127.0.0.1:1", MACHINE, folder / "voxelyte-runs", Conditions(**said), warn) as recording:
        yield recording


def pytest_fail(text):
    raise AssertionError(text)


def remembered(recording):
    """What the database and the folder say."""
    with index() as database:
        row = database.find(recording.run.id)
        return from_database(database, row), from_folder(recording.run.folder)


@contextmanager
def well_or_in_words(name):
    """Nothing but one line for the user, that names the file, may come of it."""
    try:
        yield
    except VoxelyteError as fault:
        if name not in str(fault):
            raise
