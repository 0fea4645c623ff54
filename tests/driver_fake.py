"""A scripted machine for the driver's tests: its own codec, from docs/stream-protocol.md, strict about every frame.

It is honest unless told otherwise: `refuse` names requests to refuse, `tamper` sees each event before it goes out.
"""

import hashlib
import io
import json
import select
import socket
import struct
import threading
import zlib
from contextlib import suppress

import numpy as np
from PIL import Image

from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.printer import LayerLimits, Motion, Panel, Printer
from voxelyte.resin import Resin

NAMES = {1: "HELLO", 2: "JOB", 3: "MASK", 4: "DATA", 5: "LAYER", 6: "START", 7: "STOP", 8: "PING",
         9: "FORGET", 10: "REPORT", 11: "BYE"}  # fmt: skip
TYPES = {"WELCOME": 0x81, "OK": 0x82, "REFUSED": 0x83, "EVENT": 0x84, "PONG": 0x85, "REPORT": 0x86,
         "FAULT": 0x87}  # fmt: skip
KEYS = {
    "HELLO": {"protocol", "versions", "client"},
    "JOB": {"job", "name", "layers", "height_nm", "panel", "wavelength_nm"},
    "MASK": {"mask", "encoding", "bytes", "sha256", "width_px", "height_px"},
    "LAYER": {"layer", "thickness_nm", "top_nm", "motion", "exposures"},
    "START": set(), "STOP": {"reason"}, "PING": set(), "FORGET": {"mask"}, "REPORT": {"from_layer", "count"},
    "BYE": set(),
}  # fmt: skip

PANEL = Panel(width_px=24, height_px=10, pitch_x_um=62, pitch_y_um=62)
MOTION = Motion(lift_mm=3.0, lift_mm_s=1.0, retract_mm_s=3.0, wait_before_exposure_s=1.0, wait_after_exposure_s=0.5)


def a_frame(number, sequence, payload=b"", *, magic=b"VXL1", flags=0, length=None):
    length = len(payload) if length is None else length
    head = struct.pack("<4sBBHII", magic, number, flags, 0, sequence, length)
    return head + struct.pack("<I", zlib.crc32(head)) + payload + struct.pack("<I", zlib.crc32(payload))


def welcome(**changes):
    said = {
        "protocol": "voxelyte-stream", "version": 1, "session": "0" * 32,
        "machine": {"name": "fake", "maker": "tests", "firmware": "1", "serial": "0"},
        "panel": {"width_px": 24, "height_px": 10, "pitch_x_um": 62.0, "pitch_y_um": 62.0,
                  "grey_levels": 256},
        "wavelength_nm": 405.0, "irradiance_mw_cm2": 9.0,
        "limits": {"build_height_nm": 75000000, "min_thickness_nm": 10000, "max_thickness_nm": 200000,
                   "thickness_step_nm": 1000, "max_exposure_s": 60.0, "max_lift_mm": 20.0,
                   "max_speed_mm_s": 10.0, "max_layers": 100000},
        "holds": {"masks": 8, "layers": 16}, "max_mask_bytes": 16777216, "max_payload_bytes": 65536,
        "watchdog_s": 2.0, "on_link_loss": "dark", "can": ["report"], "state": "idle",
    }  # fmt: skip
    for path, value in changes.items():
        *way, last = path.split("__")
        place = said
        for step in way:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return said


def a_mask(seed, panel=PANEL):
    size = (panel.height_px, panel.width_px)
    return Mask(panel, lambda: np.random.default_rng(seed).integers(0, 256, size, np.uint8))


def a_job(uses, thickness_nm=25000, masks=None, **printer):
    """A job whose layer i shows the masks uses[i]."""
    masks = masks or {number: a_mask(number) for layer in uses for number in layer}
    known = {"name": "p", "title": "P", "panel": PANEL, "build_height_mm": 75, "motion": MOTION,
             "wavelength_nm": 405.0, "layer": LayerLimits(min_um=10, max_um=200, step_um=1)}  # fmt: skip
    resin = Resin(name="r", title="R", layer_um=25.0, exposure_s=6.0, wavelength_nm=405.0)
    exposures = [tuple(Exposure(masks[number], 6.0 + number) for number in layer) for layer in uses]
    layers = [Layer(at, thickness_nm, (at + 1) * thickness_nm, shown, MOTION) for at, shown in enumerate(exposures)]
    return Job("film", Printer(**(known | printer)), resin, layers)


class EnoughError(Exception):
    """A tamper raises it when the machine is to do no more of this layer."""


class Fake:
    """One machine behind a loopback port, at `address`. Leaving it asserts that the host did nothing wrong."""

    def __init__(self, refuse=(), tamper=None, before=None, pong=True, said=None, **changes):
        self.welcome = said or welcome(**changes)
        self.refuse, self.tamper, self.before, self.pong = dict(refuse), tamper, before, pong
        self.frames, self.raw, self.wrong, self.lamp = [], bytearray(), [], False
        self.held, self.ever, self.pictures, self.queue = {}, [], [], []
        self.sequence = self.expected = self.clock = self.layers_done = self.exposures = 0
        self.loading, self.running, self.job, self.waiting = None, False, None, False
        self.moved = threading.Condition()  # told at every frame
        self.most_masks = self.most_layers = self.top = self.next_layer = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"socket://127.0.0.1:{self.door.getsockname()[1]}"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    # what tests ask

    def names(self, *without):
        return [name for name, *_ in self.frames if name not in without]

    def wait_for(self, law):
        """Wait until the frames that came obey `law`."""
        with self.moved:
            assert self.moved.wait_for(lambda: law(self.names()), 20), self.names()

    def join(self):
        """Wait for the session's end, as the host made it."""
        self.thread.join(10)
        assert not self.thread.is_alive(), "the driver did not hang up"

    def all_names(self, *without):
        """What came in the whole session, which the host has ended; the last frames may still be on their way."""
        self.join()
        return self.names(*without)

    def __enter__(self):
        return self

    def __exit__(self, kind, fault, trace):
        self.close()
        if kind is None:
            assert self.wrong == []
            assert not self.lamp

    def close(self):
        self.over.set()
        self.door.close()
        self.thread.join(10)

    # the machine

    def _serve(self):
        try:
            self.wire, _ = self.door.accept()
            self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.wire:
                while not self.over.is_set():
                    if select.select([self.wire], [], [], 0.002)[0]:
                        self._take()
                    elif self.running:
                        with suppress(EnoughError):
                            self._print_one()
        except (OSError, EOFError):
            pass
        except Exception as fault:
            self.wrong.append(repr(fault))
        self.lamp = False

    def _exactly(self, size):
        got = b""
        while len(got) < size:
            piece = self.wire.recv(size - len(got))
            if not piece:
                raise EOFError
            got += piece
        self.raw += got
        return got

    def _take(self):
        head = self._exactly(20)
        magic, number, flags, reserved, sequence, length, crc = struct.unpack("<4sBBHIII", head)
        payload, tail = self._exactly(length), self._exactly(4)
        good = crc == zlib.crc32(head[:16]) and tail == struct.pack("<I", zlib.crc32(payload))
        if (magic, flags, reserved, sequence, good) != (b"VXL1", 0, 0, self.expected, True) or length > 65536:
            self.wrong.append(f"frame {head.hex()}, expected sequence {self.expected}")
        self.expected += 1
        name = NAMES[number]
        said = payload if name == "DATA" else json.loads(payload or b"{}")
        if name != "DATA" and set(said) | {"wavelength_nm"} != KEYS[name] | {"wavelength_nm"}:
            self.wrong.append(f"{name} has keys {sorted(said)}")
        with self.moved:
            self.frames.append((name, sequence, said))
            self.moved.notify_all()
        if self.before is not None and self.before(self, name, said):
            return
        if self.job is None and name in ("MASK", "DATA", "LAYER", "START", "FORGET"):
            self.send("REFUSED", to=sequence, code="state", message="there is no job")
        elif name in self.refuse:
            code, message = self.refuse[name]
            self.send("REFUSED", to=sequence, code=code, message=message)
        else:
            getattr(self, f"_{name.lower()}")(sequence, said)

    def _need(self, law, text):
        if not law:
            self.wrong.append(text)

    def send(self, name, **said):
        self.send_raw(a_frame(TYPES[name], self.sequence, json.dumps(said).encode()))
        self.sequence += 1

    def send_raw(self, data):
        self.wire.sendall(data)

    def event(self, event, **said):
        self.clock += 1
        said = {"event": event, "clock_s": float(self.clock), **said}
        if self.tamper is not None:
            said = self.tamper(self, said)
        for one in said if isinstance(said, list) else [said]:
            if one:
                self.send("EVENT", **one)

    def _hello(self, sequence, said):
        self._need(said["protocol"] == "voxelyte-stream" and said["versions"] == [1], f"HELLO {said}")
        self.send("WELCOME", **self.welcome)

    def _job(self, sequence, said):
        self.job, self.top, self.next_layer = said, 0, 0
        self.event("state", state="loading")
        self.send("OK", to=sequence)

    def _mask(self, sequence, said):
        self._need(len(self.held) < self.welcome["holds"]["masks"], "no place for a mask")
        self._need(said["mask"] not in self.held, f"mask {said['mask']} is held already")
        self.loading = (said, bytearray())
        self.send("OK", to=sequence)

    def _data(self, sequence, payload):
        mask, offset = struct.unpack("<II", payload[:8])
        said, got = self.loading
        self._need((mask, offset) == (said["mask"], len(got)), f"DATA {mask} {offset}")
        self._need(len(payload) <= 4104, f"DATA of {len(payload)} bytes")
        got += payload[8:]
        if len(got) >= said["bytes"]:
            self._need(hashlib.sha256(got).hexdigest() == said["sha256"], "mask hash")
            self._need(len(got) == said["bytes"], "mask bytes")
            picture = np.asarray(Image.open(io.BytesIO(got)))
            self._need(picture.shape == (said["height_px"], said["width_px"]), "mask size")
            self.held[mask], self.loading = picture, None
            self.ever.append(mask)
            self.most_masks = max(self.most_masks, len(self.held))
            self.send("OK", to=sequence)

    def _forget(self, sequence, said):
        used = {one["mask"] for layer in self.queue for one in layer["exposures"]}
        self._need(said["mask"] in self.held and said["mask"] not in used, f"FORGET {said['mask']}")
        del self.held[said["mask"]]
        self.send("OK", to=sequence)

    def _layer(self, sequence, said):
        self.top += said["thickness_nm"]
        place = (said["layer"], said["top_nm"])
        self._need(place == (self.next_layer, self.top), f"order of layer {said['layer']}")
        self._need(len(self.queue) < self.welcome["holds"]["layers"], "no place for a layer")
        numbers = [one["exposure"] for one in said["exposures"]]
        self._need(numbers == list(range(len(numbers))), "exposures")
        self._need(all(one["mask"] in self.held for one in said["exposures"]), "a mask is not held")
        self.next_layer += 1
        self.queue.append(said)
        self.most_layers = max(self.most_layers, len(self.queue))
        self.send("OK", to=sequence)

    def _start(self, sequence, said):
        self._need(bool(self.queue), "START without a layer")
        self.running, self.layers_done, self.exposures, self.waiting = True, 0, 0, False
        self.send("OK", to=sequence)
        self.event("state", state="printing")

    def _print_one(self):
        if not self.queue:
            if not self.waiting:
                self.waiting = True
                self.event("waiting", layer=self.layers_done)
            return
        said = self.queue[0]
        if self.waiting:
            self.waiting = False
            self.event("waited", layer=said["layer"], waited_s=0.25)
        self.event("layer-started", layer=said["layer"])
        for one in said["exposures"]:
            where = {"layer": said["layer"], "exposure": one["exposure"]}
            self.lamp = True
            self.event("lamp-on", **where)
            self.pictures.append(self.held[one["mask"]])
            self.lamp = False
            self.event("lamp-off", **where, on_time_s=one["exposure_s"])
            self.exposures += 1
        del self.queue[0]
        self.layers_done += 1
        self.event("layer-done", layer=said["layer"], top_nm=said["top_nm"])
        if self.layers_done == self.job["layers"]:
            self.running, self.job = False, None
            self.held.clear()
            self.event("done", layers=self.layers_done, exposures=self.exposures)
            self.event("state", state="idle")

    def _stop(self, sequence, said):
        self.lamp, self.running = False, False
        self.send("OK", to=sequence)
        if self.job is not None:
            self.job, self.loading = None, None
            self.held.clear()
            self.queue.clear()
            self.event("stopped", reason=said["reason"], layer=None, exposure=None, on_time_s=0.0)

    def _ping(self, sequence, said):
        if self.pong:
            said = {"state": "idle", "lamp": self.lamp, "layer": None, "clock_s": float(self.clock)}
            self.send("PONG", to=sequence, **said)

    def _report(self, sequence, said):
        first, total = said["from_layer"], 250
        layers = [
            {"layer": at, "top_nm": (at + 1) * 1000, "thickness_nm": 1000, "dose_mj_cm2": 54.0,
             "dose_area_um2": 1.0, "cured_area_um2": 1.0, "islands": 1}
            for at in range(first, min(total, first + said["count"]))
        ]  # fmt: skip
        page = {"kind": "test", "job": "j", "layers_total": total, "height_nm": 250000, "layers": layers}
        self.send("REPORT", to=sequence, **page)

    def _bye(self, sequence, said):
        self.send("OK", to=sequence)
        raise EOFError
