"""The machine never waits for its link: masks are painted, compressed and sent while earlier layers print.

`waited_s` is the machine's own count of the time it stood idle for a layer. The other measure is the time between the end of a layer
and the start of the next by the machine's clock, in which the link may also be felt.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import pairwise
from queue import Queue
from threading import Event, Thread

import numpy as np
import pytest

from voxelyte import Exposure, Job, Layer, Mask, Motion, connect, load_printer, load_recipe, load_resin, slice_solid
from voxelyte.members import member
from voxelyte.sim import serve

PRINTER, RESIN = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")


def printed(address, job):
    """All progress, by a driver that is only listened to."""
    with connect(address) as driver:
        said = list(driver.run(job))
    assert said[-1].what == "done"
    return said


def gaps_s(said):
    """From the end of each layer to the start of the next, by the machine's clock."""
    ends = [one.clock_s for one in said if one.what in ("layer-started", "layer-done")][1:-1]
    return [begun - ended for ended, begun in zip(ends[::2], ends[1::2], strict=True)]


@pytest.mark.parametrize(
    "address",
    [
        # Twenty times the speed over twenty times the baud: each byte has as much of a layer's time as in real time at 115200.
        "sim://asiga-max?speed=20&fault=slow-link:2304000",
        pytest.param("sim://asiga-max?speed=1&fault=slow-link:115200", marks=pytest.mark.long),
    ],
)
def test_a_serial_line_never_keeps_the_p_3dse_film_waiting(address):
    """The paper's pillar film of 16 mm on 1920 x 1080 pixels."""
    solid = load_recipe("p-3dse").solid(PRINTER.panel)
    job = slice_solid(solid, PRINTER, RESIN, name="p-3dse")
    assert solid.footprint_um2 == pytest.approx(np.pi * 8000**2, rel=1e-3)
    assert printed(address, job)[-1].waited_s == 0


def test_a_serial_line_never_keeps_a_film_with_a_mask_for_each_layer_waiting():
    """More masks than places, each as long as the pillars' own: they travel while others print."""
    solid = load_recipe("p-3dse").solid(PRINTER.panel)
    film = slice_solid(solid, PRINTER, RESIN, name="p-3dse")
    masks = rolled(list(film.masks())[-1], 12)
    job = film_of(masks, PRINTER, 6.0, film.layers[0].motion)
    said = printed("sim://asiga-max?speed=50&fault=slow-link:5760000", job)
    assert said[-1].waited_s == 0


def rolled(mask, count):
    """So many masks, each the same picture moved by a few pixels."""
    picture = mask.pixels()
    return [Mask(mask.panel, lambda by=by: np.roll(picture, 7 * by, axis=1)) for by in range(count)]


def film_of(masks, printer, exposure_s, motion):
    layers = [Layer(at, 50_000, (at + 1) * 50_000, (Exposure(mask, exposure_s),), motion) for at, mask in enumerate(masks)]
    return Job("masks", printer, RESIN, layers)


@contextmanager
def served(design):
    machine, stop, addresses = design.start(speed=1), Event(), Queue()
    thread = Thread(target=serve, args=(machine, "socket://127.0.0.1:0", addresses.put), kwargs={"stop": stop})
    thread.start()
    try:
        yield addresses.get(timeout=10)
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.long
def test_94_million_pixels_over_tcp_keep_the_machine_waiting_under_50_ms():
    """15120 x 6230 pixels in real time, another mask in each layer, and layers as short as a fast resin makes them."""
    wide = load_printer("elegoo-saturn-4-ultra-16k")
    panel = wide.panel.model_copy(update={"pitch_x_um": 14.0, "pitch_y_um": 14.0, "mirror_x": False})
    printer = PRINTER.model_copy(update={"panel": panel})
    design = member("sim", "asiga-max").with_panel(panel.width_px, panel.height_px, 14.0)
    solid = load_recipe("p-3dse").solid(panel)
    film = slice_solid(solid, printer, RESIN, name="p-3dse")
    masks = rolled(list(film.masks())[-1], 12)
    motion = Motion(lift_mm=3.0, lift_mm_s=6.0, retract_mm_s=6.0, wait_before_exposure_s=0.2, wait_after_exposure_s=0.2)
    with served(design) as address:
        said = printed(address, film_of(masks, printer, 1.0, motion))
    assert said[-1].waited_s < 0.05
    assert max(gaps_s(said)) < 0.05, gaps_s(said)
    assert len(list(pairwise(gaps_s(said)))) == 10
