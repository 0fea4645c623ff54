"""A serving process killed with SIGKILL at any event and started again: every exposure once, none skipped, none invented."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from sim_host import EVENT, HISTORY, PATIENCE_S, RESUME, START, GoneError, Host, full

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
LAYERS, TWO = 3, [(0, 6.0, 1.0), (0, 2.0, 0.5)]
QUICK = {"wait_before_exposure_s": 0.0, "wait_after_exposure_s": 0.0, "lift_mm": 0.5, "lift_mm_s": 10.0, "retract_mm_s": 10.0}
SERVING = """
import sys
from voxelyte.sim import serve
from voxelyte.sim.asiga_max import MACHINE
design = MACHINE.with_panel(width_px=12, height_px=8, pitch_um=50.0).with_stage("away")
serve(design.start(speed=200.0, journal=sys.argv[1]), "socket://127.0.0.1:0", lambda text: print(text, flush=True))
"""


@contextmanager
def process(folder):
    """A serving process and a host that called it; killed at the end, whatever it does."""
    running = subprocess.Popen([sys.executable, "-c", SERVING, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        port = int(running.stdout.readline().strip().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as link:
            yield Host(link)
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait(PATIENCE_S)
        running.stdout.close()


class Seen:
    """What the host was told over all lives of the machine."""

    def __init__(self) -> None:
        self.lit: list[tuple[int, int]] = []
        self.redone: list[tuple[int, int]] = []

    def hear(self, host, most: int) -> bool:
        """Events until `most` of them came, the end of the film (True), or of the machine."""
        heard = 0
        while heard < most:
            event = host.events.pop(0) if host.events else next_event(host)
            heard += 1
            if event["event"] == "lamp-on":
                self.lit.append((event["layer"], event["exposure"]))
            if event == {"event": "state", "clock_s": event["clock_s"], "state": "done"}:
                return True
        return False


def next_event(host) -> dict:
    kind, keys = host.receive()
    assert kind == EVENT, keys
    return keys


def begun_or_resumed(host, job: dict | None, seen: Seen) -> dict | None:
    """The job, started or gone on with; None when the machine says that it is done."""
    told = host.hello()["job"]
    first = 0
    if job is None:
        job = host.job(layers=LAYERS)
    elif told is None:
        return None
    else:
        assert (told["job"], told["state"]) == (job["job"], "interrupted")
        _, answer = host.ask(RESUME, job | {"cut": "stop"})
        if answer.get("code") == "cut":  # begun, and nobody knows how long it was lit
            resumed = host.resume(job, "redo")
            assert resumed["cut"]["on_time_s"] is None
            seen.redone.append((resumed["cut"]["layer"], resumed["cut"]["exposure"]))
            first = resumed["next_layer"]
        else:
            first = answer["next_layer"]
    host.mask(0, full())
    for number in range(first, LAYERS):
        host.layer(number, TWO, **QUICK)
    host.send(START)
    return job


def print_through_kills(folder, kills: list[int]) -> Seen:
    """A film whose machine is killed after so many events of each life, and then left alone."""
    seen, job = Seen(), None
    for most in [*kills, 10**6]:
        with process(folder) as host:
            try:
                if (begun := begun_or_resumed(host, job, seen)) is None:
                    return finished(host, job, seen)
                job = begun
                host.answer()
                if seen.hear(host, most):
                    return finished(host, job, seen)
            except GoneError:
                raise AssertionError("the machine went by itself") from None
    raise AssertionError("the film was never done")


def finished(host, job: dict, seen: Seen) -> Seen:
    told = host.ok(HISTORY, {"job": job["job"], "from_layer": 0, "count": 100})["layers"]
    assert [one["done"] for one in told] == [True] * LAYERS
    every = [(one["layer"], k["exposure"]) for one in told for k in one["exposures"]]
    assert every == [(layer, exposure) for layer in range(LAYERS) for exposure in range(2)]
    assert all(k["whole"] for one in told for k in one["exposures"])
    times = {(one["layer"], k["exposure"]): k["on_time_s"] for one in told for k in one["exposures"]}
    for each, on_time_s in times.items():
        assert on_time_s == (None if each in seen.redone else TWO[each[1]][1])
    twice = [each for each in set(seen.lit) if seen.lit.count(each) > 1 + seen.redone.count(each)]
    assert not twice
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_a_film_through_kills(tmp_path, seed):
    draw = random.Random(seed)
    print_through_kills(tmp_path, [draw.randrange(1, 20) for _ in range(3)])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_films_through_many_kills(tmp_path, seed):
    draw = random.Random(seed)
    print_through_kills(tmp_path, [draw.randrange(1, 12) for _ in range(6)])


def test_killed_in_mid_exposure_the_lamp_is_off_and_what_it_got_is_not_known(tmp_path):
    seen = print_through_kills(tmp_path, [3])
    assert seen.redone in ([], [(0, 0)])
