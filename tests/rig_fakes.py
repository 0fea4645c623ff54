"""A stage and a light that write down what they are told and when, by a clock that nobody waits for."""

from __future__ import annotations

import threading

import numpy as np

from voxelyte.machine._job import HeldExposure, HeldLayer
from voxelyte.machine.hardware import Shot
from voxelyte.machine.mask import Mask
from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.png import encode
from voxelyte.rigs.rig import load_rig
from voxelyte.rigs.works import RigWorks

WIDTH_PX, HEIGHT_PX = 12, 8
RIG = """
name = "test-rig"
title = "Rig of the tests"
build_height_mm = 50
wavelength_nm = 405
approach_mm_s = 2
panel = { width_px = 12, height_px = 8, pitch_x_um = 50, pitch_y_um = 50 }
layer = { min_um = 10, max_um = 200, step_um = 1 }
limits = { max_exposure_s = 60, max_lift_mm = 20, max_speed_mm_s = 10 }
lamp = { by = "LAMP", settle_s = 0.25 }

[stage]
dialect = "grbl"
address = "ADDRESS"
travel_mm = 80
max_speed_mm_s = 10
home = "away"
home_mm = 4
park_mm = 40
lamp_on = "M3 S{level}"
lamp_off = "M5"
lamp_full = 1000

[light]
LIGHT
"""
LIGHTS = {
    "folder": 'engine = "folder"\nfolder = "shown"',
    "window": 'engine = "window"\ndisplay = 0',
    "gating": 'engine = "window"\ndisplay = 0\nalways_lit = true',
    "visitech": 'engine = "visitech"\naddress = "socket://127.0.0.1:5000"\ndisplay = 0\namplitude_full = 1000',
}


def rig_text(lamp="stage", light="folder", address="loop://"):
    return RIG.replace("LAMP", lamp).replace("LIGHT", LIGHTS[light]).replace("ADDRESS", address)


def rig_file(folder, lamp="stage", light="folder", address="loop://"):
    path = folder / "rig.toml"
    path.write_text(rig_text(lamp, light, address), encoding="utf-8")
    return path


class StillClock:
    """A machine's clock that only waiting moves."""

    now_s = 0.0

    def wait_until(self, end_s, cut):
        if cut.is_set():
            raise Cut
        self.now_s = max(self.now_s, end_s)


class Notes(list):
    """(time, who, what) of everything, and the clock by which it is."""

    def __init__(self):
        super().__init__()
        self.clock = StillClock()

    def add(self, who, what):
        self.append((round(self.clock.now_s, 9), who, what))

    @property
    def words(self):
        return [f"{who} {what}" for _, who, what in self]


class FakeStage:
    greeting = "fake board 1"
    stops_at_once, may_home_with_film = True, True

    def __init__(self, notes, during=None, trouble=None):
        self.notes, self.during, self.trouble = notes, during, trouble
        self.knows_place, self.lit, self.told_s, self.height_mm = False, False, 0.0, None

    def open(self):
        self.notes.add("stage", "open")
        if self.trouble == "open":
            raise MachineTrouble("no board answers")

    def home(self, cut):
        self.notes.add("stage", "home")
        self.knows_place = True

    def move(self, height_mm, speed_mm_s, cut):
        self.notes.add("stage", f"move {height_mm:g} at {speed_mm_s:g}")
        self.height_mm = height_mm

    def expose(self, exposure_s, power, cut, lit):
        if cut.is_set():
            raise Cut
        begun_s, self.lit = self.notes.clock.now_s, True
        self.notes.add("stage", f"lamp on {power:g}")
        try:
            lit()
            if self.during:
                self.notes.clock.wait_until(begun_s + exposure_s / 2, cut)
                self.during()
            if self.trouble == "expose":
                raise MachineTrouble("the board was reset")
            self.notes.clock.wait_until(begun_s + exposure_s, threading.Event() if not self.stops_at_once else cut)
        finally:
            self.told_s = None if self.trouble == "expose" else self.notes.clock.now_s - begun_s
            self.lit = False
            self.notes.add("stage", "lamp off")
        return self.told_s

    def lit_s(self):
        return self.told_s

    def lamp_off(self):
        self.notes.add("stage", "lamp_off")
        if self.trouble == "lamp_off":
            raise MachineTrouble("the port is gone")

    def close(self):
        self.notes.add("stage", "close")


class FakeLight:
    identity = "fake light"

    def __init__(self, notes, during=None, trouble=None):
        self.notes, self.during, self.trouble = notes, during, trouble
        self.shown, self.lost, self.allowed = None, None, False

    def open(self, lost):
        self.notes.add("light", "open")
        self.lost = lost
        if self.trouble == "open":
            raise MachineTrouble("no such display")

    def allow(self):
        self.allowed = True

    def show(self, pixels):
        self.notes.add("light", f"show {int(pixels[0, 0])}")

    def black(self):
        self.notes.add("light", "black")

    def expose(self, pixels, exposure_s, power, cut, lit):
        begun_s = self.notes.clock.now_s
        self.notes.add("light", f"lit {int(pixels[0, 0])}")
        lit()
        try:
            if self.during:
                self.notes.clock.wait_until(begun_s + exposure_s / 2, cut)
                self.during()
            self.notes.clock.wait_until(begun_s + exposure_s, cut)
        finally:
            self.notes.add("light", "unlit")
        return self.notes.clock.now_s - begun_s

    def dark(self):
        self.notes.add("light", "dark")

    def close(self):
        self.notes.add("light", "close")


def works(folder, lamp="stage", light="folder", stage=None, **faults):
    """Works of two fakes, opened, with a first job allowed; what they note from now on is in `notes`."""
    notes = Notes()
    rig = load_rig(rig_file(folder, lamp, light))
    made = RigWorks(rig, FakeStage(notes, **(stage or {})), FakeLight(notes, **faults), notes.clock)
    made.open()
    made.allow("job")
    notes.clear()
    made.notes = notes
    return made


def shot(layer=0, exposure=0, exposure_s=2.0, power=1.0, level=200, again=False, lit=lambda: None, size=(HEIGHT_PX, WIDTH_PX)):
    pixels = np.full(size, level, dtype=np.uint8)
    mask = Mask("0" * 64, encode(pixels))
    motion = {"lift_mm": 1.0, "lift_mm_s": 1.0}
    one = HeldExposure(exposure, 0, mask, exposure_s, power)
    return Shot(HeldLayer(layer, 50_000, 50_000 * (layer + 1), motion, (one,)), one, lit, lambda: None, again)
