"""A scripted machine for the driver's tests: its own codec, from docs/stream-protocol.md, strict about every frame.

It is honest unless told otherwise: `refuse` names requests to refuse, `tamper` sees each event before it goes out,
`drops` are frames at which the link breaks. `keeping(...)` is a machine that keeps its job when the link is lost.
"""

import hashlib
import hmac
import io
import json
import secrets
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
         9: "FORGET", 10: "REPORT", 11: "BYE", 16: "AUTH", 32: "RESUME", 33: "PAUSE", 34: "CONTINUE",
         35: "HISTORY"}  # fmt: skip
TYPES = {"WELCOME": 0x81, "OK": 0x82, "REFUSED": 0x83, "EVENT": 0x84, "PONG": 0x85, "REPORT": 0x86,
         "FAULT": 0x87, "CHALLENGE": 0x90, "RESUMED": 0xA0, "HISTORY": 0xA3}  # fmt: skip
KEYS = {
    "HELLO": {"protocol", "versions", "client", "nonce"}, "AUTH": {"proof"},
    "RESUME": {"job", "name", "layers", "height_nm", "panel", "wavelength_nm", "cut"},
    "PAUSE": set(), "CONTINUE": set(), "HISTORY": {"job", "from_layer", "count"},
    "JOB": {"job", "name", "layers", "height_nm", "panel", "wavelength_nm"},
    "MASK": {"mask", "encoding", "bytes", "sha256", "width_px", "height_px"},
    "LAYER": {"layer", "thickness_nm", "top_nm", "motion", "exposures"},
    "START": set(), "STOP": {"reason"}, "PING": set(), "FORGET": {"mask"}, "REPORT": {"from_layer", "count"},
    "BYE": set(),
}  # fmt: skip

PANEL = Panel(width_px=24, height_px=10, pitch_x_um=62, pitch_y_um=62)
MOTION = Motion(lift_mm=3.0, lift_mm_s=1.0, retract_mm_s=3.0, wait_before_exposure_s=1.0, wait_after_exposure_s=0.5)


def a_frame(number, sequence, payload=b"", *, magic=b"VXL1", flags=0, length=None, key=None):
    length = len(payload) if length is None else length
    head = struct.pack("<4sBBHII", magic, number, flags or (key is not None), 0, sequence, length)
    head += struct.pack("<I", zlib.crc32(head))
    seal = b"" if key is None else hmac.new(key, b"M" + head + payload, hashlib.sha256).digest()
    return head + payload + struct.pack("<I", zlib.crc32(payload)) + seal


def secret(key, role, host_nonce, machine_nonce):
    return hmac.new(key, b"voxelyte " + role + host_nonce + machine_nonce, hashlib.sha256).digest()


def welcome(**changes):
    said = {
        "protocol": "voxelyte-stream", "version": 2, "session": "0" * 32,
        "machine": {"name": "fake", "maker": "tests", "firmware": "1", "serial": "0"},
        "panel": {"width_px": 24, "height_px": 10, "pitch_x_um": 62.0, "pitch_y_um": 62.0,
                  "grey_levels": 256},
        "wavelength_nm": 405.0, "irradiance_mw_cm2": 9.0,
        "limits": {"build_height_nm": 75000000, "min_thickness_nm": 10000, "max_thickness_nm": 200000,
                   "thickness_step_nm": 1000, "max_exposure_s": 60.0, "max_lift_mm": 20.0,
                   "max_speed_mm_s": 10.0, "max_layers": 100000},
        "holds": {"masks": 8, "layers": 16}, "max_mask_bytes": 16777216, "max_payload_bytes": 65536,
        "watchdog_s": 2.0, "on_link_loss": "dark", "resume_s": 600.0, "can": ["report"],
        "state": "idle", "job": None,
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


def keeping(**how):
    """A machine that keeps its job when the link is lost."""
    return Fake(on_link_loss="finish", can=["report", "resume", "pause"], **how)


class Fake:
    """One machine behind a loopback port, at `address`. Leaving it asserts that the host did nothing wrong.

    `drops`: ("in", n) the link breaks before the n-th request is read, ("done", n) after it is done but before it is answered,
    ("out", n) before the n-th frame goes out; all counted from 0 over all sessions.
    """

    def __init__(self, refuse=(), tamper=None, before=None, pong=True, said=None, key=None, drops=(), **changes):
        self.welcome = said or welcome(**changes)
        self.keeps = self.welcome["on_link_loss"] == "finish"
        self.refuse, self.tamper, self.before, self.pong = dict(refuse), tamper, before, pong
        self.key, self.drops, self.session_key, self.nonces = key, set(drops), None, None
        self.came = self.went = self.sessions = 0
        self.frames, self.raw, self.wrong, self.lamp = [], bytearray(), [], False
        self.held, self.ever, self.pictures, self.queue = {}, [], [], []
        self.sequence = self.expected = self.clock = self.layers_done = self.exposures = 0
        self.loading, self.running, self.job, self.waiting = None, False, None, False
        self.last, self.journal, self.paused, self.stop_after = None, {}, False, None
        self.wire, self.lost, self.left, self.greeted = None, False, False, False
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
        """Wait until the frames that came obey `law`; it may look at anything of this machine's."""
        for _ in range(2000):
            if law(self.names()):
                return
            self.over.wait(0.01)
        raise AssertionError(self.names())

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
            while not self.over.is_set():
                if select.select([self.door], [], [], 0.002)[0]:
                    self._session()
                    if self.left or not self.keeps:
                        break
                elif self.running:
                    self._print_some()
        except (OSError, ValueError):
            pass
        except Exception as fault:
            self.wrong.append(repr(fault))
        self.lamp = False

    def _session(self):
        self.wire, _ = self.door.accept()
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sequence = self.expected = 0
        self.greeted = False
        self.session_key, self.loading, self.lost, self.sessions = None, None, False, self.sessions + 1
        try:
            with self.wire:
                while not self.over.is_set() and not self.lost:
                    if select.select([self.wire], [], [], 0.002)[0]:
                        self._take()
                    elif self.running:
                        self._print_some()
        except (OSError, EOFError):
            pass
        self.wire = None
        self._drop_what_cannot_go_on()

    def _drop_what_cannot_go_on(self):
        """A job that was not started is dropped with its link; one that is printed is kept, if this machine keeps jobs."""
        if not self.keeps:
            self.lamp = False
        elif self.job and not self.running:
            self._over_with("stopped")

    def _print_some(self):
        with suppress(EnoughError):
            self._print_one()

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
        if self._drop("in", self.came):
            raise EOFError
        self.came += 1
        head = self._exactly(20)
        magic, number, flags, reserved, sequence, length, crc = struct.unpack("<4sBBHIII", head)
        payload, tail = self._exactly(length), self._exactly(4)
        good = crc == zlib.crc32(head[:16]) and tail == struct.pack("<I", zlib.crc32(payload))
        sealed = self.session_key is not None and number != 16
        if (magic, flags, reserved, sequence, good) != (b"VXL1", sealed, 0, self.expected, True) or length > 65536:
            self.wrong.append(f"frame {head.hex()}, expected sequence {self.expected}")
        if sealed and self._exactly(32) != hmac.new(self.session_key, b"H" + head + payload, hashlib.sha256).digest():
            self.wrong.append(f"seal of frame {head.hex()}")
        self.expected += 1
        name = NAMES[number]
        said = payload if name == "DATA" else json.loads(payload or b"{}")
        free = {"wavelength_nm", "when"}
        if name != "DATA" and set(said) | free != KEYS[name] | free:
            self.wrong.append(f"{name} has keys {sorted(said)}")
        self.frames.append((name, sequence, said))
        if self.before is not None and self.before(self, name, said):
            return
        self._answer(name, sequence, said)

    def _answer(self, name, sequence, said):
        if self.job is None and name in ("MASK", "DATA", "LAYER", "START", "FORGET"):
            self.send("REFUSED", to=sequence, code="state", message="there is no job")
        elif name in self.refuse:
            code, message = self.refuse[name]
            self.send("REFUSED", to=sequence, code=code, message=message)
        else:
            if self._drop("done", self.came - 1):
                self.lost = True
            getattr(self, f"_{name.lower()}")(sequence, said)

    def _drop(self, way, number):
        broken = (way, number) in self.drops
        self.drops.discard((way, number))
        return broken

    def _need(self, law, text):
        if not law:
            self.wrong.append(text)

    def send(self, name, **said):
        if self._drop("out", self.went):
            self.lost = True
        self.went += 1
        self.send_raw(a_frame(TYPES[name], self.sequence, json.dumps(said).encode(), key=self.session_key))
        self.sequence += 1

    def send_raw(self, data):
        if self.wire is None or self.lost:
            return
        try:
            self.wire.sendall(data)
        except OSError:
            if not self.keeps:
                raise
            self.lost = True

    def event(self, event, **said):
        self.clock += 1
        said = {"event": event, "clock_s": float(self.clock), **said}
        if self.tamper is not None:
            try:
                said = self.tamper(self, said)
            except EOFError:
                if not self.keeps:
                    raise
                self.lost = True
        for one in said if isinstance(said, list) else [said]:
            if one and self.greeted:
                self.send("EVENT", **one)

    def _hello(self, sequence, said):
        self._need(said["protocol"] == "voxelyte-stream" and said["versions"] == [2], f"HELLO {said}")
        self._need(len(bytes.fromhex(said["nonce"])) == 32, "nonce")
        if self.key is None:
            self._welcome()
            return
        self.nonces = bytes.fromhex(said["nonce"]), secrets.token_bytes(32)
        proof = secret(self.key, b"machine", *self.nonces).hex()
        self.send("CHALLENGE", nonce=self.nonces[1].hex(), proof=proof)

    def _auth(self, sequence, said):
        if said["proof"] != secret(self.key, b"host", *self.nonces).hex():
            self.send("REFUSED", to=sequence, code="key", message="wrong proof")
            raise EOFError
        self.session_key = secret(self.key, b"session", *self.nonces)
        self._welcome()

    def _welcome(self):
        state = "paused" if self.paused else "waiting" if self.waiting else "printing" if self.running else "idle"
        last = self.last and self.last["state"] != "done" and {
            "job": self.last["job"], "state": state if self.running else self.last["state"],
            "layers_done": self.layers_done, "exposures_done": self.exposures,
        }  # fmt: skip
        said = {**self.welcome, "state": state, "job": last or None} if self.keeps else self.welcome
        self.send("WELCOME", **said)
        self.greeted = True

    def _job(self, sequence, said):
        self.job, self.top, self.next_layer = said, 0, 0
        self.last, self.journal, self.layers_done, self.exposures = {**said, "state": "stopped"}, {}, 0, 0
        self.event("state", state="loading")
        self.send("OK", to=sequence)

    def _resume(self, sequence, said):
        cut, last = said["cut"], self.last
        said = {key: said[key] for key in said if key != "cut"}
        if last is None or last["job"] != said["job"] or last["state"] == "done":
            self.send("REFUSED", to=sequence, code="state", message="that is not my last job, or it is done")
            return
        self._need(said == {key: last[key] for key in last if key != "state"}, f"RESUME {said}")
        broken = self._cut_one()
        if broken and (cut == "stop" or (cut == "complete" and broken[1]["on_time_s"] is None)):
            self.send("REFUSED", to=sequence, code="cut", message="an exposure was cut")
            return
        alive = self.running
        if not alive:
            self.job, self.held, self.queue = said, {}, []
            self.next_layer = self.layers_done
            self.top = said["height_nm"] // said["layers"] * self.next_layer
            if broken:
                where = {"layer": broken[0], **broken[1]}
                broken = {key: where[key] for key in ("layer", "exposure", "asked_s", "on_time_s")}
        self.send(
            "RESUMED", to=sequence, alive=alive, next_layer=self.next_layer, masks=sorted(self.held),
            layers_done=self.layers_done, exposures_done=self.exposures, cut=broken,
        )  # fmt: skip

    def _cut_one(self):
        """The exposure that is begun, not ended, and not being made."""
        for layer, made in self.journal.items():
            for one in made["exposures"]:
                if not one["whole"] and not self.running:
                    return layer, one
        return None

    def _history(self, sequence, said):
        if self.last is None or self.last["job"] != said["job"]:
            self.send("REFUSED", to=sequence, code="state", message="that is not my last job")
            return
        first = said["from_layer"]
        layers = [{"layer": at, **self.journal[at]} for at in range(first, first + said["count"]) if at in self.journal]
        self.send("HISTORY", to=sequence, job=said["job"], layers=layers)

    def _pause(self, sequence, said):
        self.paused = True
        self.send("OK", to=sequence)

    def _continue(self, sequence, said):
        self.paused = False
        self.send("OK", to=sequence)
        self.event("state", state="printing")

    def interrupt(self, cut_s=..., done=None):
        """Switch it off and on again; with `cut_s` in the middle of the next exposure (None: nobody knows how far)."""
        self.running, self.job, self.held, self.queue, self.paused, self.waiting = False, None, {}, [], False, False
        self.last["state"] = "interrupted"
        if cut_s is not ...:
            made = self.journal.setdefault(self.layers_done, {"done": False, "exposures": []})
            number = len(made["exposures"])
            made["exposures"].append({"exposure": number, "asked_s": 6.0, "on_time_s": cut_s, "whole": False})

    def _over_with(self, state):
        self.running, self.job, self.loading = False, None, None
        self.held.clear()
        self.queue.clear()
        if self.last:
            self.last["state"] = state

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
        self._need(not self.running, "START while printing")
        self.running, self.waiting = True, False
        self.send("OK", to=sequence)
        self.event("state", state="printing")

    def _print_one(self):
        if self.paused:
            return
        if not self.queue:
            if not self.waiting:
                self.waiting = True
                self.event("waiting", layer=self.layers_done)
            return
        said = self.queue[0]
        if self.waiting:
            self.waiting = False
            self.event("waited", layer=said["layer"], waited_s=0.25)
        made = self.journal.get(said["layer"], {"done": False, "exposures": []})
        self.event("layer-started", layer=said["layer"])
        for one in said["exposures"]:
            number = one["exposure"]
            if any(old["exposure"] == number and old["whole"] for old in made["exposures"]):
                continue
            self._expose(said["layer"], one, made)
            if self.stop_after is not None:
                self._stop_now(self.stop_after)
                return
        del self.queue[0]
        self.layers_done += 1
        made["done"] = True
        self.event("layer-done", layer=said["layer"], top_nm=said["top_nm"])
        if self.paused:
            self.event("state", state="paused")
        if self.layers_done == self.job["layers"]:
            self._over_with("done")
            self.event("done", layers=self.layers_done, exposures=self.exposures)
            self.event("state", state="idle")

    def _expose(self, layer, one, made):
        where = {"layer": layer, "exposure": one["exposure"]}
        record = {"exposure": one["exposure"], "asked_s": one["exposure_s"], "on_time_s": None, "whole": False}
        made["exposures"] = [old for old in made["exposures"] if old["exposure"] != one["exposure"]] + [record]
        self.journal[layer] = made
        self.lamp = True
        self.event("lamp-on", **where)
        self.pictures.append(self.held[one["mask"]])
        self.lamp = False
        record.update(on_time_s=one["exposure_s"], whole=True)
        self.exposures += 1
        self.event("lamp-off", **where, on_time_s=one["exposure_s"])

    def _stop(self, sequence, said):
        self.send("OK", to=sequence)
        if said.get("when") == "exposure" and self.running:
            self.stop_after = said["reason"]
        else:
            self._stop_now(said["reason"])

    def _stop_now(self, reason):
        self.lamp, self.stop_after = False, None
        alive = self.job is not None
        self._over_with("stopped")
        if alive:
            self.event("stopped", reason=reason, layer=None, exposure=None, on_time_s=0.0)

    def _ping(self, sequence, said):
        if self.pong:
            said = {"state": "printing" if self.running else "idle", "lamp": self.lamp, "layer": None, "clock_s": float(self.clock)}
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
        self.left = self.job is None
        self.send("OK" if self.left else "REFUSED", to=sequence, **({} if self.left else {"code": "state", "message": "no"}))
        raise EOFError
