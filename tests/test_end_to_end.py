"""From the design to the vat: all three films of the paper, over an in-process link, TCP and a pseudo-terminal.

The virtual machine is built from the protocol's document and shares no code with what slices and sends; its vat is held against the
solid itself: area, pieces, dose of every pixel, height, and the lamp's own history.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from math import inf
from queue import Queue
from threading import Event, Thread

import numpy as np
import pytest
import serial

from voxelyte import connect, coverage, load_printer, load_recipe, load_resin, slice_solid
from voxelyte.comparing import compare
from voxelyte.members import member
from voxelyte.sim import serve

FILMS = ("f-se", "s-3dse", "p-3dse")
PRINTER, RESIN = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")
GREATEST_DOSE = 54.0


@contextmanager
def served(listen: str):
    """A machine behind a wire, served by a thread: its address and itself."""
    machine, stop, addresses = member("sim", "asiga-max").start(speed=inf), Event(), Queue()
    thread = Thread(target=serve, args=(machine, listen, addresses.put), kwargs={"stop": stop})
    thread.start()
    try:
        yield addresses.get(timeout=10), machine
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def embedded(monkeypatch):
    """A machine in this process, and the port by which pyserial reached it."""
    opened = []
    real = serial.serial_for_url

    def kept(*args, **kwargs):
        opened.append(real(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(serial, "serial_for_url", kept)

    class Later:
        def __getattr__(self, name):
            return getattr(opened[0].machine, name)

    yield "sim://asiga-max?speed=inf", Later()


@pytest.fixture(params=["sim", "tcp", "pty"])
def wire(request, monkeypatch):
    if request.param == "pty" and not hasattr(os, "openpty"):
        pytest.skip("no pseudo-terminals here")
    ways = {
        "sim": lambda: embedded(monkeypatch),
        "tcp": lambda: served("socket://127.0.0.1:0"),
        "pty": lambda: served("pty:"),
    }
    with ways[request.param]() as way:
        yield way


@pytest.mark.parametrize("name", FILMS)
def test_film_is_cured_as_designed(wire, name):
    address, machine = wire
    solid = load_recipe(name).solid(PRINTER.panel)
    job = slice_solid(solid, PRINTER, RESIN, name=name)
    with connect(address) as driver:
        driver.check(job)
        events = list(driver.run(job))
        result = compare(job, solid, driver.report())
        doses = [machine.vat.dose(layer.index) for layer in job.layers]
    assert result.agrees, result
    assert result.cured_height_um == solid.levels_um[-1]
    assert events[-1].what == "done"
    assert events[-1].waited_s == 0
    assert [e.on_time_s for e in events if e.what == "lamp-off"] == pytest.approx([6.0] * len(job.layers), abs=1e-3)
    check_doses(job, solid, doses)
    check_lamp(job, machine)


def check_doses(job, solid, doses):
    """Every pixel of every layer got its covered share of the dose, to half a grey level."""
    known = {}
    for layer, dose in zip(job.layers, doses, strict=True):
        section = solid.section(layer.z_um - layer.thickness_um / 2)
        if section not in known:
            known[section] = coverage(section, job.panel)
        # Flattening the spiral's curves may add 0.35 of a level to the half level of rounding.
        assert np.abs(dose / GREATEST_DOSE - known[section]).max() <= 0.86 / 255


def check_lamp(job, machine):
    """Lit exactly once for each exposure, in order, and dark now."""
    flashes = machine.lamp.history
    assert [(flash.layer, flash.exposure) for flash in flashes] == [(layer.index, 0) for layer in job.layers]
    assert not machine.lamp.lit
    assert all(before.off_s <= after.on_s for before, after in zip(flashes, flashes[1:], strict=False))


def test_paper_film_has_its_layers_and_pillars():
    solid = load_recipe("p-3dse").solid(PRINTER.panel)
    job = slice_solid(solid, PRINTER, RESIN)
    assert [layer.thickness_um for layer in job.layers] == [25, 50, 50, 50, 50]
    assert {layer.exposure_s for layer in job.layers} == {6.0}
    assert job.resin.dose_mj_cm2 == 54
    assert len(list(job.masks())) == 2


def test_an_exposure_cut_short_is_not_done():
    solid = load_recipe("f-se").solid(PRINTER.panel)
    with connect("sim://asiga-max?speed=3") as driver:
        events = []
        for event in driver.run(slice_solid(solid, PRINTER, RESIN)):
            events.append(event)
            if event.what == "lamp-on":
                driver.stop("enough")
    assert events[-1].what == "stopped"
    assert events[-1].on_time_s < 6
    assert (events[-1].exposures_done, events[-1].layers_done) == (0, 0)
    assert not events[-1].lamp
