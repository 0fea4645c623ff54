"""Real processes on a real wire: `voxelyte serve` in one, `voxelyte print` in another, and what happens when either dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Thread

import pytest

PATIENCE_S = 60
VOXELYTE = [sys.executable, "-m", "voxelyte"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


class Served:
    """A serving process: its address, and its events as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.events, self._lines = process, [], Queue()
        Thread(target=self._read, daemon=True).start()
        self.address = self._next()["listening"]

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)

    def _next(self):
        try:
            event = json.loads(self._lines.get(timeout=PATIENCE_S))
        except Empty:
            raise AssertionError(f"the machine is silent after {self.events}") from None
        self.events.append(event)
        return event

    def until(self, *words: str):
        """Wait for one of these events."""
        while (event := self._next()).get("event") not in words:
            pass
        return event


@contextmanager
def serving(*words: str, listen: str = "socket://127.0.0.1:0"):
    command = [*VOXELYTE, "serve", "--listen", listen, "--json", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Served(process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            process.stdout.close()


def printing(address: str, folder) -> subprocess.Popen[str]:
    command = [*VOXELYTE, "print", "p-3dse", "--to", address, "--runs", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def record_in(folder):
    (run,) = folder.iterdir()
    return json.loads((run / "run.json").read_text(encoding="utf-8"))


def dark_at_the_end(events):
    """Every lamp-on has its end: a lamp-off, or the stop that cut it."""
    lit = [event["event"] for event in events if event["event"] in ("lamp-on", "lamp-off", "stopped")]
    return lit[-1] in ("lamp-off", "stopped")


@pytest.mark.parametrize("listen", ["socket://127.0.0.1:0", "pty:"])
def test_whole_film_over_a_wire(tmp_path, listen):
    with serving("--speed", "inf", listen=listen) as machine:
        host = printing(machine.address, tmp_path / "runs")
        out, err = host.communicate(timeout=PATIENCE_S)
        machine.until("done")
    assert host.returncode == 0, err
    assert "as designed" in out
    assert record_in(tmp_path / "runs")["outcome"] == "complete"


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_host_ended_in_mid_exposure_leaves_the_lamp_off(tmp_path, blow):
    with serving("--real-time") as machine:
        host = printing(machine.address, tmp_path / "runs")
        machine.until("lamp-on")
        host.send_signal(blow)
        stopped = machine.until("stopped")
        _, err = host.communicate(timeout=PATIENCE_S)
        assert 0 <= stopped["on_time_s"] < 6
        assert dark_at_the_end(machine.events[1:])
    if blow == signal.SIGKILL:
        assert host.returncode == -signal.SIGKILL
    else:
        assert host.returncode == 1
        assert "stopped" in err
        assert record_in(tmp_path / "runs")["outcome"].startswith("failed")


@pytest.mark.parametrize("blow", [signal.SIGTERM, signal.SIGKILL])
def test_machine_killed_in_mid_exposure_is_machine_trouble(tmp_path, blow):
    command = [*VOXELYTE, "serve", "--listen", "socket://127.0.0.1:0", "--json", "--real-time"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        machine = Served(process)
        host = printing(machine.address, tmp_path / "runs")
        machine.until("lamp-on")
        process.send_signal(blow)
        _, err = host.communicate(timeout=PATIENCE_S)
        process.wait(PATIENCE_S)
    assert host.returncode == 1
    assert "error:" in err
    assert "Traceback" not in err
    assert record_in(tmp_path / "runs")["outcome"].startswith("failed")


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP")
def test_a_host_that_hangs_is_cut_off_by_the_watchdog(tmp_path):
    with serving("--real-time") as machine:
        host = printing(machine.address, tmp_path / "runs")
        machine.until("lamp-on")
        os.kill(host.pid, signal.SIGSTOP)
        stopped = machine.until("stopped")
        os.kill(host.pid, signal.SIGCONT)
        _, err = host.communicate(timeout=PATIENCE_S)
    assert stopped["on_time_s"] < 6
    assert host.returncode == 1
    assert "error:" in err
