"""A job against a machine: every difference is named, all at once, and nothing is sent that moves."""

import re
from dataclasses import replace

import numpy as np
import pytest
from driver_fake import MOTION, PANEL, Fake, a_job, a_mask

from voxelyte.drivers import connect
from voxelyte.drivers._requests import Numbered, job_id
from voxelyte.errors import PrinterRefused, RecipeError
from voxelyte.job import Exposure, Job, Layer, Mask


def refusal(job, **machine):
    """What the driver says; the machine must have heard nothing but the greeting."""
    with Fake(**machine) as fake:
        with connect(fake.address) as driver:
            with pytest.raises(PrinterRefused) as checked:
                driver.check(job)
            with pytest.raises(PrinterRefused) as ran:
                next(iter(driver.run(job)))
        fake.join()
        assert fake.names("PING") == ["HELLO", "BYE"]
    assert str(checked.value) == str(ran.value)
    return checked.value


def with_layer(at, **change):
    job = a_job([[0], [0], [0]])
    layers = list(job.layers)
    layers[at] = replace(layers[at], **change)
    return Job(job.name, job.printer, job.resin, layers)


JOB = a_job([[0], [0], [0]])
ONE = JOB.layers[0].exposures[0]


@pytest.mark.parametrize(
    ("job", "machine", "code", "text"),
    [
        (JOB, {"panel__width_px": 25}, "panel", "width_px=24 of the job must be the machine's 25"),
        (JOB, {"panel__height_px": 9}, "panel", "height_px=10"),
        (JOB, {"panel__pitch_x_um": 50.0}, "panel", "pitch_x_um=62 of the job must be the machine's 50"),
        (JOB, {"panel__pitch_y_um": 62.001}, "panel", "pitch_y_um=62 of the job must .* 62.001"),
        (JOB, {"panel__grey_levels": 2}, "panel", "grey_levels=256 of the job must be at most 2"),
        (JOB, {"wavelength_nm": 385.0}, "wavelength", "wavelength_nm=405 of the resin must .* 385"),
        (JOB, {"limits__build_height_nm": 74999}, "volume", "height_nm=75000 must be at most 74999"),
        (JOB, {"limits__min_thickness_nm": 30000}, "thickness", r"layer 0: thickness_nm=25.* \(and 2 more\)"),
        (JOB, {"limits__max_thickness_nm": 24999}, "thickness", "must be 10000 to 24999"),
        (JOB, {"limits__thickness_step_nm": 10000}, "thickness", "must be a multiple of 10000"),
        (JOB, {"limits__max_exposure_s": 5.0}, "exposure", "exposure_s=6 must be at most 5"),
        (JOB, {"limits__max_lift_mm": 2.0}, "motion", "lift_mm=3 must be at most 2"),
        (JOB, {"limits__max_speed_mm_s": 2.0}, "motion", "retract_mm_s=3 must be at most 2"),
        (JOB, {"limits__max_layers": 2}, "exposure", "layers=3 must be 1 to 2"),
        (JOB, {"max_mask_bytes": 50}, "mask-size", "mask 0: .* bytes must be at most 50"),
        (a_job([[0], [0, 1, 2]]), {"holds__masks": 2}, "mask-slots", "layer 1: 3 masks must .* 2"),
        (with_layer(1, top_nm=50001), {}, "order", "top_nm=50001 must be 50000"),
        (with_layer(1, index=2), {}, "order", "index=2 must be 1"),
        (with_layer(2, exposures=()), {}, "exposure", "layer 2: 0 exposures must be 1 to 64"),
        (with_layer(2, exposures=(ONE,) * 65), {}, "exposure", "65 exposures"),
        (with_layer(2, exposures=(ONE,) * 40), {"max_payload_bytes": 1024}, "field", "bytes=1024"),
        (Job("n" * 70000, JOB.printer, JOB.resin, JOB.layers), {}, "field", "name: .* bytes must be at most"),
        (Job("empty", JOB.printer, JOB.resin, []), {}, "exposure", "layers=0 must be 1 to"),
    ],
)
def test_a_difference_is_named(job, machine, code, text):
    fault = refusal(job, **machine)
    assert fault.code == code
    assert re.search(text, str(fault))


def test_all_differences_come_in_one_line():
    limits = {"limits__max_exposure_s": 1.0, "limits__max_lift_mm": 1.0}
    fault = refusal(JOB, panel__width_px=25, wavelength_nm=385.0, **limits)
    assert all(key in str(fault) for key in ("width_px", "wavelength_nm", "exposure_s", "lift_mm"))
    assert "\n" not in str(fault)


@pytest.mark.parametrize(("job_nm", "machine_nm"), [(None, 385.0), (405.0, ...), (405.0, 405)])
def test_a_wavelength_that_one_side_does_not_know_is_no_difference(job_nm, machine_nm):
    job = a_job([[0]], wavelength_nm=job_nm)
    if job_nm is None:
        job = Job(job.name, job.printer, job.resin.model_copy(update={"wavelength_nm": None}), job.layers)
    with Fake(wavelength_nm=machine_nm) as fake, connect(fake.address) as driver:
        driver.check(job)
        list(driver.run(job))
    sent = next(said for name, _, said in fake.frames if name == "JOB") if job_nm else {}
    assert sent.get("wavelength_nm") == job_nm


def test_a_mask_for_another_panel_is_found_before_it_is_painted():
    small = Mask(PANEL.model_copy(update={"width_px": 3}), lambda: pytest.fail("painted"))
    assert refusal(a_job([[0]], masks={0: small})).code == "mask-size"


def test_what_the_machine_can_do_passes_at_its_very_limits():
    limits = {
        "limits__build_height_nm": 75000,
        "limits__min_thickness_nm": 25000,
        "limits__max_thickness_nm": 25000,
        "limits__thickness_step_nm": 25000,
        "limits__max_exposure_s": 6.0,
        "limits__max_lift_mm": 3.0,
        "limits__max_speed_mm_s": 3.0,
        "limits__max_layers": 3,
        "holds__masks": 1,
        "holds__layers": 1,
    }
    with Fake(**limits) as fake, connect(fake.address) as driver:
        assert [p.what for p in driver.run(JOB)].count("done") == 1


def test_masks_are_encoded_for_the_check_only_where_their_size_is_in_doubt():
    painted = []
    mask = Mask(PANEL, lambda: painted.append(1) or np.zeros((10, 24), np.uint8))
    with Fake() as fake, connect(fake.address) as driver:
        driver.check(a_job([[0]], masks={0: mask}))
        assert painted == []


def test_a_job_is_named_by_all_that_it_asks_for():
    def name(job, run_id=None):
        return job_id(job, Numbered.of(job), run_id)

    mask = a_mask(0)
    layers = [
        Layer(0, 25000, 25000, (Exposure(mask, 6.0),), MOTION),
        Layer(0, 25001, 25001, (Exposure(mask, 6.0),), MOTION),
        Layer(0, 25000, 25000, (Exposure(mask, 6.1),), MOTION),
        Layer(0, 25000, 25000, (Exposure(mask, 6.0, 0.5),), MOTION),
        Layer(0, 25000, 25000, (Exposure(mask, 6.0), Exposure(mask, 6.0)), MOTION),
        Layer(0, 25000, 25000, (Exposure(mask, 6.0), Exposure(a_mask(1), 6.0)), MOTION),
        Layer(0, 25000, 25000, (Exposure(mask, 6.0),), MOTION.model_copy(update={"lift_mm": 4.0})),
    ]
    names = [name(Job("film", JOB.printer, JOB.resin, [layer])) for layer in layers]
    names.append(name(Job("other", JOB.printer, JOB.resin, [layers[0]])))
    assert len(set(names)) == len(names)
    assert names[0] == name(Job("film", JOB.printer, JOB.resin, [layers[0]]))
    assert len(name(JOB, "x" * 31)) == 64
    with pytest.raises(RecipeError, match="run_id"):
        name(JOB, "x" * 32)
