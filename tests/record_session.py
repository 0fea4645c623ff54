"""Record a session of the driver with the virtual machine: `python tests/record_session.py > docs/stream-session.txt`."""

from __future__ import annotations

import json
import struct
import sys
from threading import Lock

import numpy as np
import serial

from voxelyte import Exposure, Job, Layer, Mask, Panel, connect, load_printer, load_resin

HEAD = 20
NAMES = {
    0x01: "HELLO",
    0x02: "JOB",
    0x03: "MASK",
    0x04: "DATA",
    0x05: "LAYER",
    0x06: "START",
    0x07: "STOP",
    0x08: "PING",
    0x09: "FORGET",
    0x0A: "REPORT",
    0x0B: "BYE",
    0x10: "AUTH",
    0x20: "RESUME",
    0x21: "PAUSE",
    0x22: "CONTINUE",
    0x23: "HISTORY",
    0x81: "WELCOME",
    0x82: "OK",
    0x83: "REFUSED",
    0x84: "EVENT",
    0x85: "PONG",
    0x86: "REPORT",
    0x87: "FAULT",
    0x90: "CHALLENGE",
    0xA0: "RESUMED",
    0xA3: "HISTORY",
}
TEXT = """\
A recorded session of version 2 (docs/stream-protocol.md): a film of two layers on a panel of 12 x 8 pixels.
Each frame is one line of what it says and then its bytes in hex; > is from the host, < from the machine.
The virtual machine's clock ran at infinite speed. `nonce`, `session` and `clock_s` differ from run to run.
"""


def small_job() -> Job:
    """25 µm with a full mask, then 50 µm with a checkerboard and a second exposure at half power."""
    panel = Panel(width_px=12, height_px=8, pitch_x_um=62, pitch_y_um=62)
    printer = load_printer("asiga-max").model_copy(update={"panel": panel})
    full = Mask(panel, lambda: np.full((8, 12), 255, np.uint8))
    checker = Mask(panel, lambda: (np.indices((8, 12)).sum(axis=0) % 2 * 255).astype(np.uint8))
    layers = (
        Layer(0, 25_000, 25_000, (Exposure(full, 6.0),), printer.motion),
        Layer(1, 50_000, 75_000, (Exposure(checker, 6.0), Exposure(full, 1.5, 0.5)), printer.motion),
    )
    return Job("recorded", printer, load_resin("pegda-litfsi-llzto"), layers)


class Tap:
    """A port that keeps what passes, in the order in which it passed."""

    def __init__(self, port) -> None:
        self._port, self.passed, self._lock = port, [], Lock()

    def read(self, size=1):
        data = self._port.read(size)
        with self._lock:
            self.passed += [("<", data)] if data else []
        return data

    def write(self, data):
        with self._lock:
            self.passed.append((">", bytes(data)))
        return self._port.write(data)

    def __getattr__(self, name):
        return getattr(self._port, name)


def frames(passed) -> list[tuple[str, bytes]]:
    """Whole frames of both directions, in the order in which they were complete."""
    held, whole = {">": b"", "<": b""}, []
    for way, data in passed:
        held[way] += data
        while len(held[way]) >= HEAD and len(held[way]) >= (
            size := HEAD + struct.unpack_from("<I", held[way], 12)[0] + 4
        ):
            whole.append((way, held[way][:size]))
            held[way] = held[way][size:]
    return whole


def said(frame: bytes) -> str:
    """A frame in words."""
    payload = frame[HEAD:-4]
    words = f"{NAMES[frame[4]]} #{struct.unpack_from('<I', frame, 8)[0]}"
    if frame[4] == 0x04:
        mask, offset = struct.unpack_from("<II", payload)
        return f"{words} mask {mask}, offset {offset}, {len(payload) - 8} bytes"
    return f"{words} {json.dumps(json.loads(payload))}" if payload else words


def recorded() -> list[tuple[str, bytes]]:
    """All frames of one session that was too short for a keep-alive."""
    sessions = (_recorded() for _ in range(20))
    return next(session for session in sessions if all(frame[4] != 0x08 for _, frame in session))


def _recorded() -> list[tuple[str, bytes]]:
    taps, real = [], serial.serial_for_url

    def tapped(*args, **kwargs):
        taps.append(Tap(real(*args, **kwargs)))
        return taps[-1]

    serial.serial_for_url = tapped
    try:
        with connect("sim://asiga-max?speed=inf&width_px=12&height_px=8") as driver:
            job = small_job()
            driver.check(job)
            list(driver.run(job))
            driver.report()
    finally:
        serial.serial_for_url = real
    return frames(taps[0].passed)


def main() -> None:
    """Write the session."""
    sys.stdout.write(TEXT)
    for way, frame in recorded():
        sys.stdout.write(f"\n{way} {said(frame)}\n")
        text = frame.hex(" ")
        sys.stdout.writelines(f"  {text[start : start + 96].rstrip()}\n" for start in range(0, len(text), 96))


if __name__ == "__main__":
    main()
