"""A board may say anything at any time: a stage returns or says MachineTrouble, in bounded time, and lights nothing for longer.

The port is a fake one with a clock of its own, so that nothing waits.
"""

from __future__ import annotations

import pytest
import serial
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from stage_boards import LAMPS, never, settings

from voxelyte.machine.refusals import MachineTrouble
from voxelyte.members import member
from voxelyte.stages._wire import LONGEST_ANSWER

TICK_S = 0.02
MOST_READS = 200_000
KNOWN = [
    b"ok\n", b"ok", b"\n", b"\r\n", b"start\n", b"wait\n", b"Grbl 1.1h ['$' for help]\r\n", b"Grbl 99999999999999999.1\n", b"Grbl 0.1\n",
    b"<Idle|MPos:0.000,0.000,0.000|FS:0,0>\r\n", b"<Idle|WPos:0.000,0.000,0.000>\n", b"<Hold:0|MPos:1,2>\n", b"<|MPos:x,y,z>\n",
    b"<Alarm|MPos:0,0,nan>\n",
    b"error:9\n", b"error:99999999999999999999999999\n", b"error:\n", b"ALARM:1\n", b"ALARM:x\n", b"Z_move_comp\n", b"Z_move_comp",
    b"Resend: 3\n", b"Resend: -1\n", b"rs N4\n", b"rs 999999999999999\n", b"Resend:\n", b"echo:busy: processing\n",
    b"Error:Printer halted. kill() called!\n",
    b"X:0.00 Y:0.00 Z:0.00 E:0.00 Count X:0\n", b"ok X:0 Y:0 Z:1e999\n", b"X:0 Z:9999999999999999999999\n", b"FIRMWARE_NAME:Marlin 2.1\n",
    b"FIRMWARE_NAME:\n",
    b"Cap:EMERGENCY_PARSER:1\n", b"!! halted\n", "Übertemperatur °C\n".encode(), b"\x00\xff\x80\n", b"A" * 5000, b"B" * 500 + b"\n",
]
SAID = st.lists(st.one_of(st.sampled_from(KNOWN), st.binary(max_size=40)), max_size=60)
HONEST = {
    "grbl": {b"\x18": b"Grbl 1.1h ['$' for help]\r\n", b"?": b"<Idle|MPos:0.000,0.000,0.000|FS:0,0>\r\n"},
    "marlin": {b"M115": b"FIRMWARE_NAME:Marlin 2.1\n", b"M114": b"X:0.00 Y:0.00 Z:0.00 E:0.00\n"},
    "nanodlp": {},
}


class Port:
    """Answers `honest`ly for as long as it is told to, then says what it was given."""

    def __init__(self, dialect):
        self.dialect, self.clock_s, self.reads = dialect, 0.0, 0
        self.honest, self.says, self.written, self.waiting = True, [], b"", b""
        self.due = []

    def now(self):
        return self.clock_s

    def open(self):
        pass

    def close(self):
        pass

    @property
    def in_waiting(self):
        return len(self.waiting)

    def write(self, data):
        self.written += data
        if self.honest:
            self._answer(data)

    def read(self, most):
        self.reads += 1
        assert self.reads < MOST_READS, "it reads for ever"
        while self.due and self.due[0][0] <= self.clock_s:
            self.waiting += self.due.pop(0)[1]
        if not self.waiting and not self.honest and self.says:
            self.waiting = self.says.pop(0)
        said, self.waiting = self.waiting[:most], self.waiting[most:]
        self.clock_s += 0.0 if said and self.honest else TICK_S
        return said

    def _answer(self, data):
        """An ok for each line, after its dwell."""
        at_s = max([self.clock_s, *(due_s for due_s, _ in self.due)])
        for line in data.replace(b"?", b"?\n").replace(b"\x18", b"\x18\n").split(b"\n")[:-1]:
            words = [word.partition(b"*")[0] for word in line.split()]
            if b"G4" in words:
                at_s += float(words[-1][1:]) * (1.0 if self.dialect == "grbl" else 0.001) + 0.001
            said = b"".join(answer for word, answer in HONEST[self.dialect].items() if word in line)
            realtime = line in (b"?", b"\x18", b"")
            self.due.append((at_s, said + (b"" if realtime else b"ok\n")))


def stage_on(monkeypatch, dialect, **changed):
    port = Port(dialect)
    monkeypatch.setattr(serial, "serial_for_url", lambda *_, **__: port)
    return port, member("stages", dialect)("x", settings(dialect, **{"answer_s": 1.0, "home_s": 2.0} | changed), port.now)


def quietly(call):
    """Any MachineTrouble is well; anything else is not."""
    said = ""
    try:
        call()
    except MachineTrouble as trouble:
        said = str(trouble)
    assert "\n" not in said
    assert len(said) < 3000


@pytest.mark.parametrize("dialect", LAMPS)
@given(said=SAID)
@hypothesis_settings(max_examples=60, deadline=None)
def test_on_opening(dialect, said):
    with pytest.MonkeyPatch.context() as patch:
        port, stage = stage_on(patch, dialect)
        port.honest, port.says = False, list(said)
        quietly(stage.open)
        stage.close()
        assert LAMPS[dialect]["lamp_on"].partition(" ")[0].encode() + b" " not in port.written


@pytest.mark.parametrize("dialect", LAMPS)
@given(said=SAID, what=st.sampled_from(["home", "move", "expose", "lit_s"]))
@hypothesis_settings(max_examples=80, deadline=None)
def test_in_the_middle_of_anything(dialect, said, what):
    with pytest.MonkeyPatch.context() as patch:
        port, stage = stage_on(patch, dialect)
        stage.open()
        stage.home(never())
        del port.due[:]
        port.written, port.honest, port.says = b"", False, list(said)
        calls = {
            "home": lambda: stage.home(never()),
            "move": lambda: stage.move(1.0, 5.0, never()),
            "expose": lambda: stage.expose(1.0, 1.0, never(), lambda: None),
            "lit_s": stage.lit_s,
        }
        quietly(calls[what])
        assert_ends_dark(port, dialect, what)
        quietly(calls["expose"])
        assert_ends_dark(port, dialect, "expose")
        stage.close()


def assert_ends_dark(port, dialect, what):
    """Wherever a lamp-on goes out, its lamp-off goes out behind it; in the very same write when it is the first."""
    lamp_on, lamp_off = (LAMPS[dialect][key].partition(" ")[0].encode() for key in ("lamp_on", "lamp_off"))
    assert port.written.rfind(lamp_off) >= port.written.rfind(lamp_on)
    if what == "expose" and dialect != "marlin":
        assert port.written.count(lamp_on + b" ") <= 2


@pytest.mark.parametrize("dialect", LAMPS)
def test_a_line_without_an_end_is_not_kept(dialect):
    with pytest.MonkeyPatch.context() as patch:
        port, stage = stage_on(patch, dialect)
        port.honest, port.says = False, [b"x" * 1000] * 1000
        with pytest.raises(MachineTrouble, match="without a line's end, and at most 4096"):
            stage.open()
        assert len(port.says) > 1000 - LONGEST_ANSWER / 1000 - 3


@pytest.mark.parametrize("dialect", LAMPS)
def test_endless_talk_ends(dialect):
    with pytest.MonkeyPatch.context() as patch:
        port, stage = stage_on(patch, dialect)
        stage.open()
        stage.home(never())
        for endless in (b"echo:busy: processing\n", b"T:21.0 /0.0\n", b"Resend: 1\n", b"<Run|MPos:0,0,0>\n"):
            port.honest, port.says, port.reads = False, [endless] * 100_000, 0
            for call in (lambda: stage.move(1.0, 5.0, never()), lambda: stage.expose(1.0, 1.0, never(), lambda: None)):
                with pytest.raises(MachineTrouble):
                    call()
