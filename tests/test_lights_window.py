"""The window, as SDL presents it: its dummy video driver saves every frame that goes to the screen as a BMP.

Where Xvfb is installed, a real X server's own frame buffer is compared as well.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from voxelyte.lights import _screen, light_of
from voxelyte.lights.window import WindowSettings
from voxelyte.machine.refusals import Cut, MachineTrouble

pytest.importorskip("pygame", reason="the extra `rig` is not installed")

NEVER = threading.Event()
WIDTH_PX, HEIGHT_PX = 1024, 768
"""The one display of SDL's dummy driver."""
PATIENCE_S = 30


@pytest.fixture
def screen(tmp_path, monkeypatch):
    """A folder that gets every presented frame."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_VIDEO_DUMMY_SAVE_FRAMES", "1")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    end_all(tmp_path)
    for left in _screen._LEFT_BLACK:
        left.wait(PATIENCE_S)


@pytest.fixture
def window(screen):
    made = light_of(WindowSettings(engine="window", display=0), WIDTH_PX, HEIGHT_PX)
    made.lost = []
    made.open(made.lost.append)
    made.allow()
    yield made
    made.close()


def holder(folder):
    """Process and state of the window on display 0."""
    file = folder / "voxelyte" / "display-0"
    words = file.read_text("ascii").split() if file.exists() else []
    return (int(words[0]), words[1]) if words else (0, "")


def end_all(folder):
    process, _ = holder(folder)
    if process and alive(process):
        os.kill(process, signal.SIGTERM)
        wait_for(lambda: not alive(process))


def alive(process):
    """A window that is left to itself may be a child of ours that nobody has waited for."""
    state = Path(f"/proc/{process}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition):
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def frames(folder):
    return sorted(folder.glob("SDL_window*.bmp"))


def last_frame(folder):
    """The last frame that is whole: one may be being written."""
    *before, last = frames(folder)
    try:
        return pixels(last)
    except OSError:
        return pixels(before[-1])


def pixels(file):
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT_PX, WIDTH_PX), dtype=np.uint8)


class TestPictures:
    def test_are_on_the_screen_pixel_for_pixel_when_show_returns(self, screen, window):
        for seed in range(3):
            window.show(picture(seed))
            assert (last_frame(screen) == picture(seed)[..., None]).all()

    def test_all_256_levels_are_themselves(self, screen, window):
        levels = np.arange(WIDTH_PX * HEIGHT_PX, dtype=np.uint32).astype(np.uint8).reshape(HEIGHT_PX, WIDTH_PX)
        window.show(levels)
        assert (last_frame(screen) == levels[..., None]).all()

    def test_black_first_of_all_between_and_last(self, screen, window):
        assert not last_frame(screen).any()
        window.show(picture(1))
        window.black()
        assert not last_frame(screen).any()
        window.show(picture(1))
        window.close()
        assert not last_frame(screen).any()

    def test_a_mask_of_another_size_is_never_scaled(self, window):
        with pytest.raises(MachineTrouble, match=r"\[2, 3\] must be uint8\[768, 1024\]"):
            window.show(np.zeros((2, 3), dtype=np.uint8))


class TestGate:
    """A projector that is always lit: the picture is the light."""

    @pytest.fixture
    def window(self, screen):
        made = light_of(WindowSettings(engine="window", display=0, always_lit=True), WIDTH_PX, HEIGHT_PX)
        made.open(lambda why: None)
        made.allow()
        yield made
        made.close()

    def test_shows_then_is_black_again(self, screen, window):
        before = len(frames(screen))
        lit = []
        on_time_s = window.expose(picture(4), 0.05, 1.0, NEVER, lambda: lit.append(len(frames(screen))))
        shown, black = (pixels(file) for file in frames(screen)[before:])
        assert (shown == picture(4)[..., None]).all()
        assert not black.any()
        assert lit == [before + 1]
        assert 0.01 < on_time_s < 30  # how exactly is measured by tests/test_rigs_timing.py, on a computer that does nothing else

    def test_dark_from_another_thread_ends_it_and_forbids_the_next(self, screen, window):
        threading.Timer(0.1, window.dark).start()
        begun_s = time.monotonic()
        with pytest.raises(Cut):
            window.expose(picture(5), 60.0, 1.0, NEVER, lambda: None)
        assert time.monotonic() - begun_s < 30
        assert not last_frame(screen).any()
        window.black()
        count = len(frames(screen))
        with pytest.raises(Cut):
            window.expose(picture(5), 0.01, 1.0, NEVER, lambda: None)
        assert len(frames(screen)) == count
        window.allow()
        window.expose(picture(5), 0.01, 1.0, NEVER, lambda: None)

    def test_the_prints_event_ends_it(self, screen, window):
        cut = threading.Event()
        threading.Timer(0.1, cut.set).start()
        with pytest.raises(Cut):
            window.expose(picture(5), 60.0, 1.0, cut, lambda: None)
        assert not last_frame(screen).any()

    def test_has_one_power(self, window):
        with pytest.raises(MachineTrouble, match=r"power=0.5 must be 1"):
            window.expose(picture(5), 1.0, 0.5, NEVER, lambda: None)

    def test_it_stays_black_after_the_print_until_the_next_one_takes_over(self, screen, window):
        window.close()
        wait_for(lambda: holder(screen)[1] == "black")
        first = holder(screen)[0]
        assert alive(first)
        other = light_of(WindowSettings(engine="window", display=0, always_lit=True), WIDTH_PX, HEIGHT_PX)
        other.open(lambda why: None)
        wait_for(lambda: not alive(first))
        assert holder(screen) != (first, "black")
        assert holder(screen)[1] == "held"
        other.close()


HOST = """
import sys, threading, numpy as np
from voxelyte.lights import _screen, light_of
from voxelyte.lights.window import WindowSettings
light = light_of(WindowSettings(engine="window", display=0, always_lit=True), {width}, {height})
light.open(lambda why: None)
light.allow()
white = np.full(({height}, {width}), 255, dtype=np.uint8)
light.expose(white, 600.0, 1.0, threading.Event(), lambda: print("lit", flush=True))
"""


def test_a_killed_host_leaves_it_black_at_once_and_it_stays_so(screen):
    words = [sys.executable, "-c", HOST.format(width=WIDTH_PX, height=HEIGHT_PX)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout.readline() == "lit\n"
        assert (last_frame(screen) == 255).all()
        process, _ = holder(screen)
        host.kill()
        host.wait()
    wait_for(lambda: not last_frame(screen).any())
    wait_for(lambda: holder(screen) == (process, "black"))
    assert alive(process)
    os.kill(process, signal.SIGTERM)
    wait_for(lambda: not alive(process))
    assert not last_frame(screen).any()


class TestTrouble:
    def test_a_crashed_window_is_told_at_once_and_shows_nothing_more(self, screen, window):
        os.kill(holder(screen)[0], signal.SIGKILL)
        wait_for(lambda: window.lost)
        assert window.lost == ["the window on display=0 ended"]
        with pytest.raises(MachineTrouble, match="the window on display=0 ended"):
            window.show(picture(0))

    def test_another_print_does_not_take_a_display_that_is_in_use(self, window):
        other = light_of(WindowSettings(engine="window", display=0), WIDTH_PX, HEIGHT_PX)
        with pytest.raises(MachineTrouble, match=r"display=0 is in use: process [0-9]+ shows masks there"):
            other.open(lambda why: None)
        other.close()
        window.show(picture(0))

    @pytest.mark.parametrize(
        ("display", "width_px", "said"),
        [
            (0, 1920, "display=0 has 1024 x 768 pixels and must be the panel's 1920 x 768: nothing is ever scaled"),
            (3, 1024, r"display=3 must be one of those that are connected \(0: 1024 x 768\)"),
        ],
    )
    def test_a_display_that_is_not_the_panel_is_refused(self, screen, display, width_px, said):
        light = light_of(WindowSettings(engine="window", display=display), width_px, HEIGHT_PX)
        with pytest.raises(MachineTrouble, match=said):
            light.open(lambda why: None)
        light.close()
        assert not frames(screen)

    def test_without_pygame_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setattr("voxelyte.lights._screen.find_spec", lambda name: None)
        with pytest.raises(MachineTrouble, match=r"pip install 'voxelyte\[rig\]'"):
            light_of(WindowSettings(engine="window", display=0), 4, 4).open(lambda why: None)

    @pytest.mark.parametrize("said", [b"X" * 40, b"L" + struct.pack("<II", 1, 5) + b"12345", b"S" + struct.pack("<II", 1, 2**31)])
    def test_commands_that_no_host_says_make_it_black(self, screen, said):
        words = [sys.executable, "-m", "voxelyte.lights._window", "0", str(WIDTH_PX), str(HEIGHT_PX)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert json.loads(child.stdout.readline())["what"] == "open"
            child.stdin.write(said)
            child.stdin.flush()
            wait_for(lambda: holder(screen)[1] == "black")
            assert not last_frame(screen).any()
            child.terminate()


def xwd(path):
    """Pixels of an Xvfb frame buffer file: the X window dump format, XWDFile.h, version 7."""
    data = path.read_bytes()
    head = struct.unpack(">25I", data[:100])
    size, width, height, line, colours = head[0], head[4], head[5], head[12], head[19]
    rows = np.frombuffer(data, np.uint8, height * line, size + 12 * colours).reshape(height, line // 4, 4)
    return rows[:, :width, :3]


@pytest.mark.skipif(not shutil.which("Xvfb"), reason="Xvfb is not installed")
def test_a_real_x_server_shows_just_the_mask(tmp_path, monkeypatch):
    size = f"{WIDTH_PX}x{HEIGHT_PX}x24"
    words = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-fbdir", str(tmp_path), "-nolisten", "tcp"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        monkeypatch.setenv("DISPLAY", f":{server.stdout.readline().strip()}")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
        light = light_of(WindowSettings(engine="window", display=0), WIDTH_PX, HEIGHT_PX)
        light.open(lambda why: None)
        try:
            for seed in range(3):
                light.show(picture(seed))
                assert (xwd(tmp_path / "Xvfb_screen0") == picture(seed)[..., None]).all()
                light.black()
                assert not xwd(tmp_path / "Xvfb_screen0").any()
        finally:
            light.close()
            server.terminate()
