"""Real processes on a real wire: `voxelyte serve` in one, `voxelyte print` in another, and what happens when either dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Event, Thread

import pytest
from quick_film import quick_film

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


class Printing:
    """A host that prints; what it said, and its end."""

    def __init__(self, address: str, folder, *words: str, design: object = None) -> None:
        design = design or quick_film(folder)
        command = [*VOXELYTE, "print", str(design), "--to", address, "--runs", str(folder / "runs"), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.pid, self.err = self.process.pid, ""
        self.strike = self.process.send_signal

    def until_said(self, words: str) -> None:
        """Wait until it has said so on its error output."""
        for line in self.process.stderr:
            self.err += line
            if words in line:
                return
        raise AssertionError(f"{words!r} is not in {self.err!r}")

    def ended(self) -> str:
        """All that it said on its standard output; `err` is the rest."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        self.err += err
        return out

    @property
    def returncode(self) -> int:
        return self.process.returncode


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
        host = Printing(machine.address, tmp_path, design="p-3dse")
        out = host.ended()
        machine.until("done")
    assert host.returncode == 0, host.err
    assert "as designed" in out
    assert record_in(tmp_path / "runs")["outcome"] == "complete"


def test_ctrl_c_once_stops_after_the_exposure(tmp_path):
    with serving("--speed", "6") as machine:
        host = Printing(machine.address, tmp_path)
        machine.until("lamp-on")
        host.strike(signal.SIGINT)
        assert machine.until("lamp-off")["on_time_s"] == 6
        assert machine.until("stopped", "lamp-on")["event"] == "stopped"
        host.ended()
    assert host.returncode == 1, host.err
    assert "stops after this exposure; Ctrl-C once more stops at once" in host.err
    assert "stopped on request, the lamp is off" in host.err
    record = record_in(tmp_path / "runs")
    assert record["outcome"] == "stopped"
    (made,) = record["exposures"]
    assert not made["cut_short"]


@pytest.mark.parametrize("blows", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,), (signal.SIGHUP,)])
def test_ctrl_c_twice_or_a_polite_kill_stops_at_once(tmp_path, blows):
    with serving("--real-time") as machine:
        host = Printing(machine.address, tmp_path)
        machine.until("lamp-on")
        for blow in blows[:-1]:
            host.strike(blow)
            host.until_said("Ctrl-C once more stops at once")  # two signals of a kind at once are one
        host.strike(blows[-1])
        stopped = machine.until("stopped")
        host.ended()
        assert 0 <= stopped["on_time_s"] < 6
        assert dark_at_the_end(machine.events[1:])
    assert host.returncode == 1, host.err
    (fault,) = [line for line in host.err.splitlines() if line.startswith("error: ")]
    assert "stopped on request, the lamp is off: 0 of 5 layers are done" in fault
    record = record_in(tmp_path / "runs")
    assert record["outcome"] == "stopped"
    # What the machine says of the exposure that was cut short is what the record says.
    (cut,) = record["exposures"]
    assert cut["cut_short"]
    assert cut["on_time_s"] == stopped["on_time_s"]


def test_a_killed_host_leaves_a_machine_that_goes_on_alone(tmp_path):
    with serving("--speed", "6") as machine:
        host = Printing(machine.address, tmp_path)
        machine.until("lamp-on")
        host.process.kill()
        host.ended()
        assert machine.until("lamp-off")["on_time_s"] == 6
        machine.until("layer-started")
    assert record_in(tmp_path / "runs")["outcome"] == "begun"


@pytest.mark.parametrize("blow", [signal.SIGTERM, signal.SIGKILL])
def test_machine_killed_in_mid_exposure_is_machine_trouble(tmp_path, blow):
    command = [*VOXELYTE, "serve", "--listen", "socket://127.0.0.1:0", "--json", "--real-time"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        machine = Served(process)
        host = Printing(machine.address, tmp_path, "--reconnect-s", "0.2")
        machine.until("lamp-on")
        process.send_signal(blow)
        host.ended()
        process.wait(PATIENCE_S)
    assert host.returncode == 1, host.err
    assert "error:" in host.err
    assert "Traceback" not in host.err
    assert record_in(tmp_path / "runs")["outcome"] == "failed"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP")
def test_a_host_that_hangs_loses_its_link_and_finds_its_print_again(tmp_path):
    with serving("--speed", "3") as machine:
        host = Printing(machine.address, tmp_path)
        machine.until("lamp-on")
        os.kill(host.pid, signal.SIGSTOP)
        machine.until("session-over")
        os.kill(host.pid, signal.SIGCONT)
        machine.until("session")
        machine.until("lamp-on")
        host.strike(signal.SIGTERM)
        machine.until("stopped")
        out = host.ended()
    assert "the link is lost, looking for the machine" in out
    assert "stopped on request" in host.err
    record = record_in(tmp_path / "runs")
    assert [one["layer"] for one in record["exposures"]] == list(range(len(record["exposures"])))


def test_a_third_ctrl_c_ends_a_host_whose_machine_does_not_answer(tmp_path):
    """Two that come at once are one, and then the host gives up by itself: it ends either way."""
    with serving("--speed", "6", "--fault", "mute@0") as machine:
        host = Printing(machine.address, tmp_path, "--reconnect-s", "0")
        machine.until("lamp-off")  # it is mute from the middle of the exposure on
        for _ in range(3):
            host.strike(signal.SIGINT)
            Event().wait(0.3)
        host.ended()
    assert host.returncode == 1, host.err
    assert "Traceback" not in host.err
    assert record_in(tmp_path / "runs")["outcome"] in ("stopped", "failed")


def test_help_imports_neither_numpy_nor_pydantic():
    heavy = "{'numpy', 'pydantic', 'shapely', 'trimesh', 'PIL', 'serial', 'rich'}"
    program = f"import sys; from voxelyte.cli import main; main(['--help'], standalone_mode=False); print({heavy} & sys.modules.keys())"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "set()"


def test_every_command_is_told_on_one_line():
    said = subprocess.run([*VOXELYTE, "--help"], capture_output=True, text=True, check=True).stdout
    told = said.partition("Commands:\n")[2].splitlines()
    assert len(told) >= 8
    assert not [line for line in told if line.endswith("...")]


def test_a_reader_that_has_read_enough_is_no_fault():
    host = subprocess.Popen([*VOXELYTE, "schema", "geometry"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    host.stdout.close()
    with host.stderr:
        assert host.stderr.read() == ""
    assert host.wait(PATIENCE_S) in (0, 1)


def test_a_terminal_without_the_signs_still_works(tmp_path):
    words = ["slice", "p-3dse", "--layering", "round", "-o", str(tmp_path / "film.voxelyte")]
    ended = subprocess.run([*VOXELYTE, *words], capture_output=True, env=os.environ | {"PYTHONIOENCODING": "latin-1"}, check=True)
    assert "75 ? 100 µm" in ended.stdout.decode("latin-1")
