"""The dry run's pictures and log, read back by another decoder."""

from __future__ import annotations

import json
import threading
import warnings
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from voxelyte.lights import light_of
from voxelyte.lights.folder import FolderSettings
from voxelyte.machine.refusals import Cut, MachineTrouble

NEVER = threading.Event()


def opened(folder):
    light = light_of(FolderSettings(engine="folder", folder=str(folder)), 6, 4)
    light.open(lambda why: None)
    light.allow()
    return light


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (4, 6), dtype=np.uint8)


def pixels(file):
    with Image.open(file) as image:
        return np.asarray(image)


def log(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


def test_every_picture_is_there_in_order_pixel_for_pixel(tmp_path):
    light = opened(tmp_path / "shown")
    for number in range(3):
        light.show(picture(number))
        light.black()
    light.close()
    files = sorted((tmp_path / "shown").glob("*.png"))
    assert [file.name for file in files] == ["000001.png", "000002.png", "000003.png"]
    for number, file in enumerate(files):
        assert np.array_equal(pixels(file), picture(number))
    said = [(line["what"], line.get("file")) for line in log(tmp_path / "shown")]
    shown = [("show", f"{n:06d}.png") for n in (1, 2, 3)]
    assert said == [("open", None), ("black", None), *[one for each in shown for one in (each, ("black", None))], ("close", None)]
    assert all(before["clock_s"] <= after["clock_s"] for before, after in pairwise(log(tmp_path / "shown")))


def test_what_is_there_stays(tmp_path):
    for seed in (1, 2):
        light = opened(tmp_path)
        light.show(picture(seed))
        light.close()
    assert np.array_equal(pixels(tmp_path / "000001.png"), picture(1))
    assert np.array_equal(pixels(tmp_path / "000002.png"), picture(2))


def test_an_exposure_lasts_its_time_and_says_so(tmp_path):
    light, lit = opened(tmp_path), []
    light.show(picture(0))
    on_time_s = light.expose(picture(0), 0.05, 0.5, NEVER, lambda: lit.append(True))
    assert on_time_s >= 0.05
    assert lit == [True]
    lines = log(tmp_path)[-2:]
    assert (lines[0]["what"], lines[0]["power"]) == ("lit", 0.5)
    assert (lines[1]["what"], lines[1]["on_time_s"]) == ("dark", on_time_s)


def test_a_cut_one_ends_and_says_how_long_it_was(tmp_path):
    light, cut = opened(tmp_path), threading.Event()
    threading.Timer(0.05, cut.set).start()
    with pytest.raises(Cut):
        light.expose(picture(0), 30.0, 1.0, cut, lambda: None)
    last = log(tmp_path)[-1]
    assert last["what"] == "dark"
    assert 0 < last["on_time_s"] < 30


def test_dark_forbids_light_until_it_is_allowed(tmp_path):
    light = opened(tmp_path)
    light.dark()
    with pytest.raises(Cut):
        light.expose(picture(0), 0.0, 1.0, NEVER, lambda: None)
    light.allow()
    light.expose(picture(0), 0.0, 1.0, NEVER, lambda: None)


def test_a_mask_of_another_size_and_a_folder_that_cannot_be_are_trouble(tmp_path):
    with pytest.raises(MachineTrouble, match=r"\[4, 5\] must be \[4, 6\]"):
        opened(tmp_path).show(np.zeros((4, 5), dtype=np.uint8))
    (tmp_path / "file").write_text("")
    with warnings.catch_warnings(), pytest.raises(MachineTrouble, match="file"):
        opened(tmp_path / "file")
