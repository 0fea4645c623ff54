"""Commands for a print that runs: keys, a word from another terminal, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Condition, Event, Thread

import pytest
from click.testing import CliRunner
from quick_film import quick_film

from voxelyte.cli import commanding, main
from voxelyte.cli.control import FILE, WORDS, left, taken
from voxelyte.cli.following import follow
from voxelyte.cli.keyboard import pressed_keys
from voxelyte.drivers import Progress
from voxelyte.errors import PrinterRefused

PATIENCE_S = 60
VOXELYTE = [sys.executable, "-m", "voxelyte"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals and signals")


@pytest.fixture(autouse=True)
def _no_thread_left():
    yield
    assert [one.name for one in threading.enumerate() if one.name.startswith("voxelyte-")] == []


# The control file


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_taken_once(tmp_path, word):
    left(tmp_path, word)
    assert taken(tmp_path) == word
    assert taken(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_of_two_words_the_later_counts(tmp_path):
    left(tmp_path, "stop")
    left(tmp_path, "stop-now")
    assert taken(tmp_path) == "stop-now"


def test_a_file_that_anybody_wrote_is_read_in_bounds(tmp_path):
    (tmp_path / FILE).write_bytes(b"\xff" * 100_000)
    assert len(taken(tmp_path)) <= 64


# A print in this process


class Asked:
    """A driver that prints until it is told to stop, and remembers what it was told."""

    def __init__(self, no=None) -> None:
        self.told, self._over, self._no = [], Event(), no
        self.begun, self._heard = Event(), Condition()

    def _tell(self, *words):
        with self._heard:
            self.told.append(words)
            self._heard.notify_all()
        if self._no:
            raise self._no

    def pause(self):
        self._tell("pause")

    def proceed(self):
        self._tell("proceed")

    def stop(self, reason, when="now"):
        self._tell("stop", when)
        if when == "now":
            self._over.set()

    def wait_told(self, count):
        """Until it was told so much."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.told) >= count, PATIENCE_S)

    def run(self, until=None):
        """Until it is told to stop at once; or was told so often."""
        yield Progress("state", 5, 5)
        self.begun.set()
        while not self._over.wait(0.02):
            yield Progress("state", 5, 5)
            if until and len(self.told) >= until:
                return
        yield Progress("stopped", 5, 5)


def ended(driver, folder=None, job=None):
    """Follow it to its end; what was told to the machine."""
    with pytest.raises(KeyboardInterrupt, match="stopped on request"):
        follow(driver, driver.run(), job, [], quiet=True, folder=folder)
    return driver.told


def beside(folder, *words):
    """Another terminal, which waits until each word was taken."""

    def leave():
        for word in words:
            (folder / FILE).write_text(word, encoding="ascii")
            while (folder / FILE).exists():
                Event().wait(0.01)

    thread = Thread(target=leave)
    thread.start()
    return thread


def test_words_reach_the_machine_in_their_order(tmp_path):
    other = beside(tmp_path, "pause", "continue", "stop", "stop-now")
    assert ended(Asked(), tmp_path) == [("pause",), ("proceed",), ("stop", "exposure"), ("stop", "now")]
    other.join()


def test_a_second_stop_is_at_once(tmp_path):
    other = beside(tmp_path, "stop", "stop")
    assert ended(Asked(), tmp_path) == [("stop", "exposure"), ("stop", "now")]
    other.join()


def test_an_unknown_word_is_told_and_changes_nothing(tmp_path, capsys):
    other = beside(tmp_path, "halt", "stop-now")
    assert ended(Asked(), tmp_path) == [("stop", "now")]
    other.join()
    assert "control: 'halt' must be one of pause, continue, stop, stop-now" in capsys.readouterr().err


def test_what_the_machine_refuses_is_told_and_the_print_goes_on(tmp_path, capsys):
    driver = Asked(no=PrinterRefused("state", "not now"))
    other = beside(tmp_path, "pause")
    follow(driver, driver.run(until=1), None, [], quiet=True, folder=tmp_path)
    other.join()
    assert driver.told == [("pause",)]
    assert "pause: not now" in capsys.readouterr().err


@posix
@pytest.mark.parametrize(
    ("blows", "told"),
    [
        ([signal.SIGINT, signal.SIGINT], [("stop", "exposure"), ("stop", "now")]),
        ([signal.SIGTERM], [("stop", "now")]),
        ([signal.SIGINT, signal.SIGTERM], [("stop", "exposure"), ("stop", "now")]),
    ],
)
def test_signals(blows, told, monkeypatch):
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    monkeypatch.setattr(signal, "default_int_handler", signal.getsignal(signal.SIGINT))
    old = signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    driver = Asked()

    def strike():
        assert driver.begun.wait(PATIENCE_S)
        for number, blow in enumerate(blows):
            driver.wait_told(number)  # two signals of a kind at once are one
            os.kill(os.getpid(), blow)

    thread = Thread(target=strike)
    thread.start()
    try:
        assert ended(driver) == told
    finally:
        thread.join()
        signal.signal(signal.SIGTERM, old)
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


# Commands


def test_a_print_that_nobody_runs_is_machine_trouble_and_leaves_no_word(tmp_path, monkeypatch):
    monkeypatch.setattr(commanding, "PATIENCE_S", 0.2)
    (tmp_path / "2026-01-01T00-00-00Z-film").mkdir()
    said = CliRunner().invoke(main, ["stop", "--runs", str(tmp_path)])
    assert said.exit_code == 1
    assert "nobody took the word" in said.output
    assert list(tmp_path.rglob(FILE)) == []


@pytest.mark.parametrize(("words", "text"), [(["pause"], "has no run yet"), (["continue", "nothing"], "no run 'nothing'")])
def test_a_run_that_is_not_there_is_wrong_input(tmp_path, words, text):
    said = CliRunner().invoke(main, [*words, "--runs", str(tmp_path)])
    assert said.exit_code == 2
    assert text in said.output


class Machine:
    """A virtual machine in a process of its own, and its events."""

    def __init__(self, process) -> None:
        self.process, self._lines = process, Queue()
        Thread(target=lambda: [self._lines.put(line) for line in process.stdout], daemon=True).start()
        self.address = self.until("listening")["listening"]

    def until(self, *words):
        while True:
            try:
                event = json.loads(self._lines.get(timeout=PATIENCE_S))
            except Empty:
                raise AssertionError(f"the machine is silent, and should say {words}") from None
            if event.get("event", "listening") in words:
                return event


@contextmanager
def serving(*words):
    command = [*VOXELYTE, "serve", "--listen", "socket://127.0.0.1:0", "--json", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Machine(process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
        process.stdout.close()


@posix
def test_another_terminal_pauses_continues_and_stops_a_print(tmp_path):
    runs, film = ["--runs", str(tmp_path / "runs")], str(quick_film(tmp_path))
    with serving("--speed", "6") as machine:
        command = [*VOXELYTE, "print", film, "--to", machine.address, *runs]
        host = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        machine.until("lamp-on")
        for command, words in (("pause", ["layer-done"]), ("continue", ["lamp-on"]), ("stop", ["stopped"])):
            said = CliRunner().invoke(main, [command, *runs])
            assert said.exit_code == 0, said.output
            assert f"{command}: told" in said.output
            machine.until(*words)
        out, _ = host.communicate(timeout=PATIENCE_S)
    assert host.returncode == 1
    assert "paused, dark" in out
    assert "1 of 5 layers are done" in out
    assert list(tmp_path.rglob(FILE)) == []


# The keyboard


def test_without_a_terminal_there_are_no_keys():
    with pressed_keys() as keys:
        assert keys() == ""


@posix
@pytest.mark.parametrize("end", [b"ss", b"\x03\x03", signal.SIGTERM])
def test_keys_command_a_print_and_the_terminal_is_restored(tmp_path, end):
    """p pauses, c continues; the print is then ended by keys, Ctrl-C or a polite kill."""
    import pty
    import termios

    film, runs = str(quick_film(tmp_path)), str(tmp_path / "runs")
    with serving("--speed", "6") as machine:
        child, terminal = pty.fork()
        if child == 0:
            os.execv(sys.executable, [*VOXELYTE, "print", film, "--to", machine.address, "--runs", runs])
        try:
            shown = Shown(terminal)
            before = termios.tcgetattr(terminal)
            machine.until("lamp-on")
            shown.until("p pause")
            assert not termios.tcgetattr(terminal)[3] & (termios.ICANON | termios.ECHO)
            os.write(terminal, b"xp")
            shown.until("pauses after this layer")
            os.write(terminal, b"c")
            shown.until("goes on")
            if isinstance(end, bytes):
                for key in end:
                    os.write(terminal, bytes([key]))
                    Event().wait(0.3)
            else:
                os.kill(child, end)
            machine.until("stopped")
            shown.until("stopped on request")
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
            assert termios.tcgetattr(terminal) == before
        finally:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            os.close(terminal)


class Shown:
    """What a terminal has shown."""

    def __init__(self, terminal: int) -> None:
        self._terminal, self.text = terminal, ""

    def until(self, words: str) -> None:
        import select

        for _ in range(PATIENCE_S * 10):
            if words in self.text:
                return
            if select.select([self._terminal], [], [], 0.1)[0]:
                with suppress(OSError):  # Linux: the other side has closed
                    self.text += os.read(self._terminal, 65536).decode("utf-8", "replace")
        raise AssertionError(f"{words!r} is not in {self.text!r}")


def test_the_run_folder_is_where_the_word_lies(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "a").mkdir()
    other = Thread(target=lambda: _take(tmp_path / "b"))
    other.start()
    said = CliRunner().invoke(main, ["stop", "--now", "--runs", str(tmp_path)])
    other.join()
    assert said.exit_code == 0
    assert Path(said.output.split()[-1]).name == "b"


def _take(folder):
    while taken(folder) != "stop-now":
        Event().wait(0.01)
