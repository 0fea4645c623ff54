"""A small host for the tests of the virtual machine, written from docs/stream-protocol.md alone."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import socket
import struct
import threading
import zlib
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from time import monotonic

import numpy as np
from PIL import Image

from voxelyte.machine.links import SocketLink
from voxelyte.machine.session import serve_link
from voxelyte.sim.asiga_max import MACHINE

HELLO, JOB, MASK, DATA, LAYER, START, STOP, PING, FORGET, REPORT, BYE = range(1, 12)
AUTH, RESUME, PAUSE, CONTINUE, HISTORY = 0x10, 0x20, 0x21, 0x22, 0x23
WELCOME, OK, REFUSED, EVENT, PONG, REPORTED, FAULT = range(0x81, 0x88)
CHALLENGE, RESUMED, HISTORY_TOLD = 0x90, 0xA0, 0xA3
ANSWERS = (OK, WELCOME, PONG, REPORTED, CHALLENGE, RESUMED, HISTORY_TOLD)
NONCE = "5a" * 32
GREETING = {"protocol": "voxelyte-stream", "versions": [2], "client": "test", "nonce": NONCE}
SMALL = replace(
    MACHINE.with_panel(width_px=12, height_px=8, pitch_um=50.0), limits=replace(MACHINE.limits, max_speed_mm_s=100.0)
)  # homes in 0.05 s, for what is tested at its true speed
MOTION = {
    "lift_mm": 3.0, "lift_mm_s": 1.0, "retract_mm_s": 3.0,
    "wait_before_exposure_s": 1.0, "wait_after_exposure_s": 0.5,
}
ONE_EXPOSURE = ((0, 6.0, 1.0),)
PATIENCE_S = 10.0
_jobs = itertools.count()


def frame(type_: int, sequence: int, payload: bytes = b"", flags: int = 0, reserved: int = 0) -> bytes:
    head = struct.pack("<4sBBHII", b"VXL1", type_, flags, reserved, sequence, len(payload))
    return head + struct.pack("<I", zlib.crc32(head)) + payload + struct.pack("<I", zlib.crc32(payload))


def proof(key: bytes, word: bytes, hosts: str, machines: str) -> bytes:
    return hmac.digest(key, word + bytes.fromhex(hosts) + bytes.fromhex(machines), "sha256")


def sealed(data: bytes, session_key: bytes, direction: bytes = b"H") -> bytes:
    """A frame with its flag set and its MAC behind it."""
    head, payload, crc = data[:16], data[20:-4], data[-4:]
    head = head[:5] + b"\1" + head[6:]
    head += struct.pack("<I", zlib.crc32(head))
    return head + payload + crc + hmac.digest(session_key, direction + head + payload, "sha256")


def png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


class GoneError(Exception):
    """The machine closed the link."""


class Host:
    """Sends requests over anything with `sendall` and `recv`; keeps the events it meets."""

    def __init__(self, link: socket.socket) -> None:
        self.link, self.sequence, self.heard, self.bytes = link, 0, 0, b""
        self.events: list[dict] = []
        self.session_key = b""

    def send(self, type_: int, keys: dict | bytes | None = None) -> int:
        payload = keys if isinstance(keys, bytes) else json.dumps(keys).encode() if keys else b""
        data = frame(type_, self.sequence, payload)
        self.link.sendall(sealed(data, self.session_key) if self.session_key else data)
        self.sequence += 1
        return self.sequence - 1

    def receive(self) -> tuple[int, dict]:
        head = self._take(20)
        magic, type_, flags, reserved, sequence, length, crc = struct.unpack("<4sBBHIII", head)
        assert crc == zlib.crc32(head[:16])
        assert length <= (65536 if self.heard else 4096)
        payload = self._take(length)
        assert (magic, flags, reserved, sequence) == (b"VXL1", int(bool(self.session_key)), 0, self.heard)
        assert struct.unpack("<I", self._take(4))[0] == zlib.crc32(payload)
        if self.session_key:
            assert self._take(32) == hmac.digest(self.session_key, b"M" + head + payload, "sha256")
        self.heard += 1
        return type_, json.loads(payload) if payload else {}

    def ask(self, type_: int, keys: dict | bytes | None = None) -> tuple[int, dict]:
        """Send a request and give its answer; events on the way are kept."""
        sent = self.send(type_, keys)
        kind, answer = self.answer()
        assert answer.get("to", sent) == sent
        return kind, answer

    def answer(self) -> tuple[int, dict]:
        while True:
            kind, keys = self.receive()
            if kind != EVENT:
                return kind, keys
            self.events.append(keys)

    def ok(self, type_: int, keys: dict | bytes | None = None) -> dict:
        kind, answer = self.ask(type_, keys)
        assert kind in ANSWERS, answer
        return answer

    def refusal(self, type_: int, keys: dict | bytes | None = None) -> str:
        kind, answer = self.ask(type_, keys)
        assert kind == REFUSED, answer
        assert answer["message"]
        return answer["code"]

    def until(self, name: str, **keys: object) -> dict:
        """The next event of this name, among the kept ones or to come."""
        while True:
            for index, event in enumerate(self.events):
                if event["event"] == name and keys.items() <= event.items():
                    del self.events[: index + 1]
                    return event
            kind, event = self.receive()
            assert kind == EVENT, (kind, event)
            self.events.append(event)

    def hello(self, key: bytes | None = None) -> dict:
        """WELCOME; with a key, after both sides have proved that they hold it."""
        if key is None:
            return self.ok(HELLO, GREETING)
        kind, asked = self.ask(HELLO, GREETING | {"nonce": (nonce := os.urandom(32).hex())})
        assert kind == CHALLENGE, asked
        assert bytes.fromhex(asked["proof"]) == proof(key, b"voxelyte machine", nonce, asked["nonce"])
        self.send(AUTH, {"proof": proof(key, b"voxelyte host", nonce, asked["nonce"]).hex()})
        self.session_key = proof(key, b"voxelyte session", nonce, asked["nonce"])
        kind, answer = self.answer()
        assert kind == WELCOME, answer
        return answer

    def resume(self, job: dict, cut: str = "stop") -> dict:
        return self.ok(RESUME, job | {"cut": cut})

    def job(self, layers: int = 1, height_nm: int | None = None, design=SMALL, **more: object) -> dict:
        keys = job_keys(layers, height_nm, design) | more
        self.ok(JOB, keys)
        return keys

    def mask(self, number: int, pixels: np.ndarray, chunk: int = 100) -> None:
        data = png(pixels)
        self.ok(MASK, mask_keys(number, data, pixels.shape))
        parts = [data[at : at + chunk] for at in range(0, len(data), chunk)]
        for index, part in enumerate(parts):
            self.send(DATA, struct.pack("<II", number, index * chunk) + part)
        assert self.answer() == (OK, {"to": self.sequence - 1})

    def layer(self, number: int, exposures=ONE_EXPOSURE, **more: float) -> None:
        self.ok(LAYER, layer_keys(number, exposures, **more))

    def ended(self) -> list[tuple[int, dict]]:
        """All frames up to the end of the link."""
        frames = []
        try:
            while True:
                frames.append(self.receive())
        except GoneError:
            return frames

    def _take(self, count: int) -> bytes:
        while len(self.bytes) < count:
            try:
                data = self.link.recv(65536)
            except (ConnectionError, BrokenPipeError):
                data = b""
            if not data:
                raise GoneError
            self.bytes += data
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken


def job_keys(layers: int = 1, height_nm: int | None = None, design=SMALL) -> dict:
    return {
        "job": f"job-{next(_jobs)}", "name": "film", "layers": layers, "height_nm": height_nm or layers * 50_000,
        "panel": design.panel, "wavelength_nm": 405.0,
    }


def mask_keys(number: int, data: bytes, shape: tuple[int, int]) -> dict:
    digest = hashlib.sha256(data).hexdigest()
    size = {"bytes": len(data), "width_px": shape[1], "height_px": shape[0]}
    return {"mask": number, "encoding": "png", "sha256": digest} | size


def layer_keys(
    number: int, exposures=ONE_EXPOSURE, thickness_nm: int = 50_000, top_nm: int | None = None, **motion: float
) -> dict:
    shown = [{"exposure": i, "mask": m, "exposure_s": s, "power": p} for i, (m, s, p) in enumerate(exposures)]
    heights = {"thickness_nm": thickness_nm, "top_nm": top_nm or (number + 1) * thickness_nm}
    return {"layer": number, "motion": MOTION | motion, "exposures": shown} | heights


def full(design=SMALL, value: int = 255) -> np.ndarray:
    return np.full((design.height_px, design.width_px), value, np.uint8)


@contextmanager
def machine_and_host(design=SMALL, speed: float = float("inf"), fault: str = "", on_event=None, **more):
    """A machine that is switched on, and a host on a socket pair; at the end everything is dark and ended."""
    with switched_on(design, speed, fault, on_event, **more) as machine, called(machine) as host:
        yield machine, host


@contextmanager
def switched_on(design=SMALL, speed: float = float("inf"), fault: str = "", on_event=None, **more):
    machine = design.start(speed, fault, on_event, **more)
    try:
        yield machine
    finally:
        machine.close()
        assert_orderly(machine)


@contextmanager
def called(machine, key: bytes | None = None):
    """A host of this machine, until it hangs up."""
    ours, its = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    served = threading.Thread(target=serve_link, args=(machine, SocketLink(its), key))
    served.start()
    try:
        yield Host(ours)
    finally:
        ours.close()
        served.join(PATIENCE_S)
        assert not served.is_alive()


def assert_orderly(machine) -> None:
    """Dark; never lit outside an exposure, never two at once, never the same twice unless it was told to."""
    assert not machine.lamp.lit
    history = machine.lamp.history
    seen = [(one.job, one.layer, one.exposure) for one in history if not one.again]
    assert len(seen) == len(set(seen))
    for one, following in itertools.pairwise(history):
        assert one.on_s <= one.off_s <= following.on_s


def wait_for(condition, patience_s: float = PATIENCE_S) -> None:
    pause, until = threading.Event(), monotonic() + patience_s
    while not condition():
        assert monotonic() < until
        pause.wait(0.005)
