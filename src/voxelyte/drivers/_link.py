"""One session over one port: requests and their answers, events, the keep-alive, and the end.

A thread reads, a second one keeps the machine's watchdog quiet, and any thread may ask. The first fault ends
the session for all of them: it is kept, and every later call raises it. Whether a last STOP is sent then hangs on
`stops_at`: a job that outlives its link is not to be stopped because of the link.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from secrets import token_bytes
from threading import Condition, Lock, Thread
from threading import Event as Flag
from time import monotonic
from typing import Any, Literal

from voxelyte.drivers._answers import Challenge, Machine, Reasons
from voxelyte.drivers._asked import Asked, Question
from voxelyte.drivers._auth import NONCE_BYTES, derived, same
from voxelyte.drivers._events import Event, read_event
from voxelyte.drivers._frames import FIRST_LIMIT_BYTES, MOST_BYTES, DamagedError, data_payload, frame, to_json
from voxelyte.drivers._port import READ_S, Port
from voxelyte.drivers._reader import Frames, HungUpError
from voxelyte.drivers._said import read
from voxelyte.drivers._trace import Trace, in_words
from voxelyte.errors import PrinterConfused, PrinterError, PrinterRefused, PrinterTimeout, PrinterUnreachable

ANSWER_S = 10.0
"""Longest wait for an answer."""
GREETING_S = 5.0
UNREAD_BYTES = 1 << 24
"""Most bytes of events that may wait for a slow caller; a job's own events are far fewer."""
StopsAt = Literal["nothing", "confusion", "any fault"]
"""At which end of the session the machine is told to stop; `confusion`: at all but those that are the link's."""
LINK_CODES = ("corrupt-frame", "sequence", "watchdog")
"""FAULTs that are the link's, not the machine's own trouble."""


def is_loss(fault: PrinterError) -> bool:
    """Whether the fault that ended a session is the link's: the machine itself may be well."""
    if isinstance(fault, PrinterRefused):
        return fault.code in LINK_CODES
    return isinstance(fault, PrinterUnreachable | PrinterTimeout | DamagedError)


class Link:
    """An open session. `close` ends its threads."""

    def __init__(self, port: Port, *, line: bool, trace: Trace | None = None) -> None:
        self.trace = trace or Trace()
        self.stops_at: StopsAt = "nothing"
        self.stop_was_sent = False
        """The session ended by our doing, and its last frame was STOP."""
        self._port = port
        self._changed, self._sending, self._over = Condition(), Lock(), Flag()
        self._asked = Asked()
        self._answers: dict[int, tuple[str, dict[str, Any]]] = {}
        self._events: deque[tuple[Event, int]] = deque()
        self._unread_bytes = 0
        self._fault: PrinterError | None = None
        self._refusal: PrinterRefused | None = None
        self._next_sequence = 0
        self._leaving = False
        self._limit_bytes = FIRST_LIMIT_BYTES
        self._sent_at = self._heard_at = monotonic()
        self._frames = Frames(port, self._over, self._heard, line=line)
        self._reader = Thread(target=self._read, name="voxelyte-reader", daemon=True)
        self._alive: Thread | None = None
        self._reader.start()

    @property
    def fault(self) -> PrinterError | None:
        """What ended the session, if anything did."""
        return self._fault

    def greet(self, client: str, key: bytes | None = None) -> Machine:
        """HELLO and WELCOME, with proofs between them where there is a key; from here on the keep-alive runs."""
        nonce = token_bytes(NONCE_BYTES)
        hello = {"protocol": "voxelyte-stream", "versions": [2], "client": client, "nonce": nonce.hex()}
        name, said = self._ask("HELLO", hello, GREETING_S)
        if name == "CHALLENGE":
            name, said = self._prove(key, nonce, read(Challenge, name, said))
        elif key is not None:
            raise PrinterRefused("key", "the machine does not know the key: it asked for no proof", self.trace.lines())
        machine = read(Machine, "WELCOME", said)
        self._limit_bytes = min(machine.max_payload_bytes, MOST_BYTES)
        self._frames.limit_bytes = self._limit_bytes
        alive = Thread(target=self._keep_alive, args=(machine.watchdog_s,), name="voxelyte-alive", daemon=True)
        alive.start()
        self._alive = alive
        return machine

    def ask(self, name: str, payload: dict[str, Any] | None = None, timeout_s: float = ANSWER_S) -> dict[str, Any]:
        """Send a request and wait for its answer; REFUSED is raised."""
        return self._ask(name, payload or {}, timeout_s)[1]

    def send_data(self, mask: int, offset: int, piece: bytes) -> None:
        """A piece of a mask that is not its last; it is not answered."""
        self._send("DATA", data_payload(mask, offset, piece), f"mask {mask}", wanted=False)

    def ask_data(self, mask: int, offset: int, piece: bytes, timeout_s: float = ANSWER_S) -> None:
        """The last piece of a mask: its answer says whether the mask is held."""
        sequence = self._send("DATA", data_payload(mask, offset, piece), f"mask {mask}, last", wanted=True)
        self._answer(sequence, "DATA", timeout_s)

    def event(self, timeout_s: float) -> Event | None:
        """The next event, or None when none came in time. What came before the link's end is told first."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._events or self._fault or self._refusal), timeout_s)
            if self._events:
                event, size = self._events.popleft()
                self._unread_bytes -= size
                return event
            self._raise_fault()
            return None

    def end(self, fault: PrinterError, *, stop: bool = False) -> PrinterError:
        """End the session because of `fault`, with a last STOP where that is due; gives the fault that was first."""
        due = stop or self.stops_at == "any fault" or (self.stops_at == "confusion" and not is_loss(fault))
        if self._keep(fault) and due:
            self._last_words()
        return self._fault or fault

    def leave(self) -> None:
        """BYE, then hang up."""
        self._leaving = True
        try:
            with suppress(PrinterError):
                self.ask("BYE", timeout_s=2.0)
        finally:
            self.close()

    def close(self) -> None:
        """Hang up. The machine goes dark by itself when the link ends."""
        self._over.set()
        for thread in (self._alive, self._reader):
            if thread is not None:
                thread.join(timeout=10 * READ_S)
        with suppress(OSError):
            self._port.close()
        self._keep(PrinterUnreachable("the link is closed"))

    # What follows serves the calls above.

    def _prove(self, key: bytes | None, nonce: bytes, said: Challenge) -> tuple[str, dict[str, Any]]:
        if key is None:
            raise PrinterRefused("key", "this machine wants a key: --key FILE", self.trace.lines())
        theirs = bytes.fromhex(said.nonce)
        if not same(bytes.fromhex(said.proof), derived(key, "machine", nonce, theirs)):
            raise PrinterRefused("key", "the machine does not know the key: its proof is wrong", self.trace.lines())
        self._frames.session_key = derived(key, "session", nonce, theirs)
        return self._ask("AUTH", {"proof": derived(key, "host", nonce, theirs).hex()}, GREETING_S)

    def _ask(self, name: str, said: dict[str, Any], timeout_s: float) -> tuple[str, dict[str, Any]]:
        data = to_json(said) if said else b""
        if len(data) > self._limit_bytes:
            text = f"{name} takes {len(data)} bytes, the machine at most {self._limit_bytes}"
            raise PrinterRefused("field", text)
        return self._answer(self._send(name, data, in_words(said), wanted=True), name, timeout_s)

    def _send(self, name: str, payload: bytes, words: str, *, wanted: bool) -> int:
        with self._sending:
            with self._changed:
                self._raise_fault()
                sequence = self._next_sequence
                self._next_sequence = (sequence + 1) % 2**32
                self._asked.sent(Question(sequence, name, wanted))
            self.trace.sent(name, words)
            self._write(frame(name, sequence, payload, None if name == "AUTH" else self._frames.session_key))
            self._sent_at = monotonic()
        return sequence

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (OSError, TypeError) as fault:  # TypeError: pyserial's port was closed by another thread
            # If the machine said why it hung up, the reader is about to find it: that is the better reason.
            self._reader.join(timeout=1.0)
            self._keep(PrinterUnreachable(f"the link takes no more bytes: {fault}"))

    def _answer(self, sequence: int, name: str, timeout_s: float) -> tuple[str, dict[str, Any]]:
        with self._changed:
            self._changed.wait_for(lambda: bool(sequence in self._answers or self._fault or self._refusal), timeout_s)
            answer = self._answers.pop(sequence, None)
            if answer is None:
                self._raise_fault()
        if answer is None:
            text = f"no answer to {name} within {timeout_s:g} s{self._heard_instead()}"
            raise self.end(PrinterTimeout(text))
        if answer[0] == "REFUSED":
            raise self._refused(name, answer[1])
        return answer

    def _heard_instead(self) -> str:
        skipped = self._frames.skipped_bytes
        return f"; {skipped} bytes came that are no frame of this protocol" if skipped else ""

    def _refused(self, name: str, said: dict[str, Any]) -> PrinterRefused:
        why = read(Reasons, "REFUSED", said)
        return PrinterRefused(why.code, f"the machine refused {name}: {why.message}", self.trace.lines())

    def _raise_fault(self) -> None:
        if self._refusal is not None:
            refusal, self._refusal = self._refusal, None
            raise refusal
        if self._fault is not None:
            raise self._fault

    def _keep(self, fault: PrinterError) -> bool:
        with self._changed:
            first = self._fault is None
            if first:
                fault.trace = self.trace.lines()
                self._fault = fault
            self._over.set()
            self._changed.notify_all()
        return first

    def _last_words(self) -> None:
        if not self._sending.acquire(timeout=0.5):
            return  # a frame is stuck that the machine does not take; it goes dark by itself
        try:
            reason = to_json({"reason": "the host ends the session"})
            stop = frame("STOP", self._next_sequence, reason, self._frames.session_key)
            with suppress(OSError, TypeError):
                self._port.write(stop)
                self.stop_was_sent = True
        finally:
            self._sending.release()

    def _heard(self) -> None:
        self._heard_at = monotonic()

    def _read(self) -> None:
        try:
            for name, said, size in self._frames:
                self.trace.received(name, said)
                self._take(name, said, size)
        except HungUpError:
            pass
        except PrinterRefused as fault:
            self._keep(fault)
        except PrinterError as fault:
            self.end(fault)
        except Exception as fault:  # pyserial's handlers raise many kinds when a device goes away
            text = "the link is closed" if self._leaving else f"the link broke: {fault}"
            self._keep(PrinterUnreachable(text))

    def _take(self, name: str, said: dict[str, Any], size: int) -> None:
        if name == "FAULT":
            why = read(Reasons, name, said)
            raise PrinterRefused(why.code, f"the machine ended the session: {why.message}")
        if name == "EVENT":
            self._take_event(read_event(said), size)
        else:
            self._take_answer(name, said)

    def _take_event(self, event: Event, size: int) -> None:
        with self._changed:
            self._events.append((event, size))
            self._unread_bytes += size
            if self._unread_bytes > UNREAD_BYTES:
                raise PrinterConfused(f"more than {UNREAD_BYTES} bytes of events, which nobody could read in time")
            self._changed.notify_all()

    def _take_answer(self, name: str, said: dict[str, Any]) -> None:
        with self._changed:
            asked = self._asked.answered_by(name, said)
            if asked.wanted:
                self._answers[asked.sequence] = (name, said)
            elif name == "REFUSED":
                self._refusal = self._refused(asked.name, said)
            self._changed.notify_all()

    def _keep_alive(self, watchdog_s: float) -> None:
        # Section 4: a frame at least every watchdog_s / 4; half of that leaves room for a busy host.
        while not self._over.wait(watchdog_s / 8):
            silence_s = monotonic() - self._heard_at
            if silence_s > 2 * watchdog_s:
                text = f"the machine is silent for {silence_s:.1f} s (watchdog_s={watchdog_s:g})"
                self.end(PrinterTimeout(text))
            elif monotonic() - self._sent_at >= watchdog_s / 8:
                with suppress(PrinterError):
                    self._send("PING", b"", "", wanted=False)
