"""The comparison with the vat: exact reports agree, and what is missing or wrong is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from voxelyte import Exposure, Job, Layer, Mask, load_printer, load_recipe, load_resin, slice_solid
from voxelyte.comparing import compare

RESIN = load_resin("pegda-litfsi-llzto")


def report_of(job, irradiance_mw_cm2=9.0):
    """What the vat of docs/stream-protocol.md section 6 says of a job, written anew."""
    layers = []
    for layer in job.layers:
        dose = sum(one.mask.pixels() / 255 * one.exposure_s * one.power * irradiance_mw_cm2 for one in layer.exposures)
        greatest = dose.max()
        area = dose.sum() / greatest * job.panel.pixel_area_um2
        pieces = (
            {"islands": job.layers.solid.section(layer.z_um - 1).count}
            if hasattr(job.layers, "solid")
            else {"islands": 1}
        )
        top = {"layer": layer.index, "top_nm": layer.top_nm, "thickness_nm": layer.thickness_nm}
        layers.append(top | {"dose_mj_cm2": greatest, "dose_area_um2": area, "cured_area_um2": area} | pieces)
    return {"kind": "virtual-vat", "height_nm": job.height_nm, "layers": layers}


@pytest.fixture(params=["asiga-max", "generic-50um"])
def sliced(request):
    """At 50 µm a pitch of 300 µm makes all pillars round alike, which must not look like a fault."""
    printer = load_printer(request.param)
    solid = load_recipe("p-3dse").with_settings(["diameter_um=60", "gap_um=240"]).with_outline("disc:6000").solid()
    return slice_solid(solid, printer, RESIN.model_copy(update={"printed_on": printer.name})), solid


def test_exact_report_agrees_with_design_and_masks(sliced):
    job, solid = sliced
    assert compare(job, solid, report_of(job)).agrees
    assert compare(job, None, report_of(job)).agrees


@pytest.mark.parametrize(
    "wrong", [{"islands": 1}, {"dose_area_um2": 2.5e6}, {"dose_area_um2": 0.0}], ids=["pieces", "too much", "nothing"]
)
def test_a_wrong_layer_is_seen(sliced, wrong):
    job, solid = sliced
    report = report_of(job)
    report["layers"][3] |= wrong
    result = compare(job, solid, report)
    assert [row.layer for row in result.layers if not row.agrees] == [3]
    assert not result.agrees


def test_a_short_film_is_seen(sliced):
    job, solid = sliced
    report = report_of(job)
    assert not compare(job, solid, report | {"layers": report["layers"][:-1]}).agrees
    assert not compare(job, solid, report | {"height_nm": 175_000}).agrees


def test_several_exposures_are_held_against_their_masks():
    printer = load_printer("asiga-max")
    small = printer.model_copy(update={"panel": printer.panel.model_copy(update={"width_px": 20, "height_px": 10})})
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 200, (10, 20)).astype(np.uint8) for _ in range(2)]
    masks = [Mask(small.panel, lambda picture=picture: picture) for picture in pictures]
    exposures = Exposure(masks[0], 6.0), Exposure(masks[1], 3.0, 0.5)
    job = Job("two", small, RESIN, (Layer(0, 50_000, 50_000, exposures, small.motion),))
    report = report_of(job)
    assert compare(job, None, report).agrees
    other = replace(job, layers=(Layer(0, 50_000, 50_000, exposures[:1], small.motion),))
    assert not compare(other, None, report).agrees
