"""How urgent a machine's process is: what was wished is taken or refused, and told either way."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from voxelyte.errors import PrinterError
from voxelyte.machine import urgency

PATIENCE_S = 60
linux = pytest.mark.skipif(sys.platform != "linux", reason="SCHED_RR is Linux's")


@pytest.fixture(autouse=True)
def _turns():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def system(monkeypatch):
    """What was asked of the system, which permits what is in `permits`."""

    class System:
        permits, asked = {"real-time", "raised"}, []

    def scheduler(process, policy, parameter):
        System.asked.append((process, policy, parameter.sched_priority))
        if "real-time" not in System.permits:
            raise PermissionError

    def nice(kind, process, level):
        System.asked.append((kind, process, level))
        if "raised" not in System.permits:
            raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", scheduler)
    monkeypatch.setattr(os, "setpriority", nice)
    System.asked.clear()
    return System


@linux
def test_the_best_is_real_time_for_all_threads_to_come(system):
    assert urgency.urgent("best") == urgency.urgent("real-time") == "real-time (SCHED_RR 1)"
    assert system.asked == [(0, os.SCHED_RR, 1)] * 2
    assert sys.getswitchinterval() == pytest.approx(urgency.TURN_S)


@linux
@pytest.mark.parametrize(("permits", "word"), [({"raised"}, "raised: "), (set(), "ordinary: ")])
def test_what_is_not_permitted_is_told_plainly(system, permits, word):
    system.permits = permits
    said = urgency.urgent("best")
    assert said.startswith(f"{word}real-time is not permitted to this user (see ulimit -r")
    assert said.endswith("may be tens of ms late when it is busy; what a board times is not")
    with pytest.raises(PrinterError, match="priority=real-time must be permitted: "):
        urgency.urgent("real-time")


def test_an_ordinary_process_asks_for_nothing(system):
    assert urgency.urgent("ordinary").startswith("ordinary: light that this computer times itself may be tens of ms late")
    assert system.asked == []


def test_other_systems_say_that_they_do_not_know_it(system, monkeypatch):
    monkeypatch.delattr(os, "SCHED_RR", raising=False)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert urgency.urgent("best").startswith("raised: real-time is known here on Linux alone, not on darwin; ")
    monkeypatch.delattr(os, "setpriority")
    assert urgency.urgent("best").startswith("ordinary: ")


def test_what_is_loaded_is_not_looked_through_again():
    try:
        urgency.without_pauses()
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


@linux
@pytest.mark.parametrize(("wish", "policy"), [("best", "SCHED_RR"), ("ordinary", "SCHED_OTHER")])
def test_a_served_machine_is_as_urgent_as_it_says(wish, policy):
    command = [sys.executable, "-m", "voxelyte", "serve", "--listen", "pty:", "--json", "--priority", wish]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = json.loads(process.stdout.readline())["priority"]
            threads = [int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir()]
            policies = {os.sched_getscheduler(thread) for thread in threads}
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
    if wish == "best" and not told.startswith("real-time"):
        policy = "SCHED_OTHER"  # this user may not
    assert policies == {getattr(os, policy)}, told
