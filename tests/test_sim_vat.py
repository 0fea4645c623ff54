"""The virtual vat's measures, the clock, the lamp and the stage: laws of the parts."""

from __future__ import annotations

from math import inf
from threading import Event, Timer

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from voxelyte.machine.clock import Clock
from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.sim._islands import islands
from voxelyte.sim._lamp import Lamp
from voxelyte.sim._stage import Stage
from voxelyte.sim._vat import measured

images = arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def pieces(image: np.ndarray, steps: list[tuple[int, int]]) -> int:
    """Connected pieces of the set pixels, counted by walking."""
    left = {(int(y), int(x)) for y, x in np.argwhere(image)}
    count = 0
    while left:
        count, walk = count + 1, [left.pop()]
        while walk:
            y, x = walk.pop()
            near = {(y + dy, x + dx) for dy, dx in steps} & left
            left -= near
            walk += near
    return count


EIGHT = [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]


@given(images)
def test_islands_are_pieces_whatever_holes_they_have(image):
    assert islands(image) == pieces(image, EIGHT)


@given(columns=st.integers(0, 8), rows=st.integers(0, 8), side=st.integers(1, 4), gap=st.integers(1, 3))
def test_every_pillar_is_an_island(columns, rows, side, gap):
    image = np.zeros((max(1, rows * (side + gap)), max(1, columns * (side + gap))), np.bool_)
    for row in range(rows):
        for column in range(columns):
            y, x = row * (side + gap), column * (side + gap)
            image[y : y + side, x : x + side] = True
    assert islands(image) == rows * columns


def test_a_wall_that_winds_through_the_whole_panel_is_one_island():
    image = np.zeros((1080, 1920), np.bool_)
    image[::2] = True
    image[1::4, 0], image[3::4, -1] = True, True
    assert islands(image) == 1


@given(images, images, st.integers(1, 3))
def test_islands_of_images_side_by_side_add_up(one, other, gap):
    height = max(one.shape[0], other.shape[0])
    parts = [np.pad(part, ((0, height - part.shape[0]), (0, gap))) for part in (one, other)]
    assert islands(np.hstack(parts)) == islands(one) + islands(other)


@given(arrays(np.float32, (5, 7), elements=st.floats(0, 100, width=16)), st.floats(0.125, 8))
def test_areas_do_not_depend_on_the_dose(dose, factor):
    one, other = measured(dose, 100.0), measured((dose * np.float32(factor)).astype(np.float32), 100.0)
    assert other.dose_mj_cm2 == pytest.approx(one.dose_mj_cm2 * factor, rel=1e-5)
    assert other.dose_area_um2 == pytest.approx(one.dose_area_um2, rel=1e-4)
    assert one.dose_area_um2 <= dose.size * 100.0 * (1 + 1e-6)
    assert (one.cured_area_um2 == 0) == (dose.max() == 0)


@pytest.mark.parametrize("speed", [inf, 50.0])
def test_a_simulated_wait_ends_exactly_where_it_was_to_end(speed):
    clock = Clock(speed)
    for end_s in (clock.now_s + 1.0, clock.now_s + 3.0):
        clock.wait_until(end_s, Event())
        assert clock.now_s == end_s
        assert clock.now_s == end_s


def test_a_running_clock_runs_by_its_speed():
    real_s = [0.0]
    clock = Clock(60.0, real=lambda: real_s[0])
    real_s[0] = 2.0
    assert clock.now_s == 120.0
    clock.wait_until(120.0, Event())
    real_s[0] = 3.0
    assert clock.now_s == 120.0  # it stands between waits
    clock.run_on()
    real_s[0] = 4.0
    assert clock.now_s == 180.0


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_a_wait_can_be_cut(speed):
    clock, cut = Clock(speed), Event()
    Timer(0.05, cut.set).start()
    with pytest.raises(Cut):
        clock.wait_until(clock.now_s + 1000.0, cut)
    assert clock.now_s < 500
    with pytest.raises(Cut):
        clock.wait_until(clock.now_s, cut)


def test_the_lamp_stays_dark_until_allowed_and_after_darken():
    lamp = Lamp(Clock(inf))
    with pytest.raises(Cut):
        lamp.on(0, 0, 1.0)
    lamp.allow("a")
    lamp.on(0, 0, 1.0)
    assert lamp.lit
    lamp.darken()
    assert not lamp.lit
    with pytest.raises(Cut):
        lamp.on(0, 1, 1.0)
    assert len(lamp.history) == 1


def test_the_lamp_lights_no_exposure_twice_and_no_two_at_once():
    lamp = Lamp(Clock(inf))
    lamp.allow("a")
    lamp.on(0, 0, 1.0)
    with pytest.raises(MachineTrouble):
        lamp.on(0, 1, 1.0)
    lamp.off()
    with pytest.raises(MachineTrouble):
        lamp.on(0, 0, 1.0)


def test_the_lamp_remembers_its_job_over_a_stop_and_lights_again_only_when_told():
    lamp = Lamp(Clock(inf))
    lamp.allow("a")
    lamp.on(0, 0, 1.0)
    lamp.darken()
    lamp.allow("a")
    with pytest.raises(MachineTrouble):
        lamp.on(0, 0, 1.0)
    assert lamp.on(0, 0, 1.0, again=True).again
    lamp.darken()
    lamp.allow("b")
    lamp.on(0, 0, 1.0)


def test_a_stage_knows_its_place_when_it_has_homed():
    stage, cut = Stage(Clock(inf), 5.0, 10.0), Event()
    assert not stage.knows_place
    stage.home_away(cut)
    assert stage.knows_place
    assert stage.height_mm == stage.park_mm == 5.0
    stage.home(cut)
    assert stage.height_mm == 0.0
    lost = Stage(Clock(inf), 5.0, 10.0)
    cut.set()
    with pytest.raises(Cut):
        lost.home(cut)
    assert not lost.knows_place


def test_a_move_takes_its_way_by_its_speed():
    clock = Clock(inf)
    stage, cut = Stage(clock, 5.0, 10.0), Event()
    start_s = clock.now_s
    stage.move(2.0, 1.5, cut)
    assert clock.now_s - start_s == pytest.approx(2.0, abs=1e-3)
    cut.set()
    with pytest.raises(Cut):
        stage.move(4.0, 1.0, cut)
    assert stage.height_mm == pytest.approx(2.0, abs=0.01)
