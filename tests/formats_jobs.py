"""Random jobs for the format tests, and what two jobs must have in common."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from voxelyte.job import Exposure, Job, Layer, Mask, Provenance, pixel_hash
from voxelyte.printer import LayerLimits, Motion, Panel, Printer
from voxelyte.resin import Resin

LIFT = Motion(lift_mm=5.0, lift_mm_s=1.0, retract_mm_s=2.5, wait_before_exposure_s=0.5)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
LENGTHS_UM = st.floats(1, 500, allow_nan=False)


def printer_for(panel, name="rig"):
    limits = LayerLimits(min_um=10.0, max_um=500.0, step_um=0.5)
    return Printer(name=name, title="A rig", panel=panel, build_height_mm=75.5, layer=limits, motion=LIFT)


def resin(exposure_s=6.0):
    return Resin(name="slurry", title="A slurry", layer_um=50.0, exposure_s=exposure_s)


def picture(kind, panel, seed=0):
    """uint8[h, w]: dark, full, ramp, or noise with `seed`."""
    shape = panel.height_px, panel.width_px
    if kind == "ramp":
        return np.resize(np.arange(256, dtype=np.uint8), shape)
    if kind == "noise":
        return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return np.full(shape, {"dark": 0, "full": 255}[kind], dtype=np.uint8)


def levelled(pixels, grey_levels):
    """The same picture with only so many grey levels, in equal steps from 0 to 255."""
    steps = np.rint(np.linspace(0, 255, grey_levels)).astype(np.uint8)
    return steps[np.rint(pixels.astype(float) * (grey_levels - 1) / 255).astype(int)]


def mask_of(pixels, panel):
    return Mask(panel, lambda: pixels)


def job_of(layers, panel, name="film", **more):
    """A job of (thickness_nm, exposures, motion) rows."""
    built, top_nm = [], 0
    for index, (thickness_nm, exposures, motion) in enumerate(layers):
        top_nm += thickness_nm
        built.append(Layer(index, thickness_nm, top_nm, tuple(exposures), motion))
    printer, slurry = more.pop("printer", printer_for(panel)), more.pop("resin", resin())
    return Job(name, printer, slurry, tuple(built), **more)


def film(*thicknesses_um, panel=None, exposures_s=None, name="film"):
    """A job of equal masks, one exposure a layer."""
    panel = panel or Panel(width_px=7, height_px=5, pitch_x_um=62.0, pitch_y_um=62.0)
    mask = mask_of(levelled(picture("ramp", panel), panel.grey_levels), panel)
    times_s = exposures_s or [6.0] * len(thicknesses_um)
    rows = zip(thicknesses_um, times_s, strict=True)
    return job_of([(round(um * 1000), [Exposure(mask, s)], LIFT) for um, s in rows], panel, name)


panels = st.builds(
    Panel,
    width_px=st.integers(1, 23),
    height_px=st.integers(1, 17),
    pitch_x_um=LENGTHS_UM,
    pitch_y_um=LENGTHS_UM,
    mirror_x=st.booleans(),
    mirror_y=st.booleans(),
)
motions = st.builds(
    Motion,
    lift_mm=st.floats(0, 20),
    lift_mm_s=st.floats(0.01, 20),
    retract_mm_s=st.floats(0.01, 20),
    wait_before_exposure_s=st.floats(0, 9),
    wait_after_exposure_s=st.floats(0, 9),
)
coarse_panels = st.builds(
    Panel,
    width_px=st.integers(1, 23),
    height_px=st.integers(1, 17),
    pitch_x_um=st.integers(10, 200).map(lambda half: half / 2),
    pitch_y_um=st.integers(10, 200).map(lambda half: half / 2),
    mirror_x=st.booleans(),
    mirror_y=st.booleans(),
)
speeds = st.integers(1, 20).map(lambda half: half / 2)
coarse_motions = st.builds(
    Motion,
    lift_mm=st.integers(1, 200).map(lambda tenth: tenth / 10),
    lift_mm_s=speeds,
    retract_mm_s=speeds,
    wait_before_exposure_s=st.integers(0, 90).map(lambda tenth: tenth / 10),
    wait_after_exposure_s=st.integers(0, 90).map(lambda tenth: tenth / 10),
)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
provenances = st.builds(
    Provenance,
    recipe=st.text(),
    parameters=st.dictionaries(st.text(), json_values, max_size=3),
    software=st.text(),
    notes=st.lists(st.text(), max_size=2).map(tuple),
)
pictures = st.tuples(st.sampled_from(["dark", "full", "ramp", "noise"]), st.integers(0, 99))


@st.composite
def jobs(draw, carries=frozenset(), most_layers=30, fine=False, grey_levels=256):
    """Jobs that vary in what `carries` names, and in nothing else that a format may lose.

    Their numbers are those that people and machines use: whole µm, ms and fifths of the lamp, tenths of mm,
    speeds of 30 mm/min and its multiples. Finer ones are for `fine=True`.
    """

    def each(name, strategy):
        fixed = draw(strategy)
        return strategy if name in carries else st.just(fixed)

    panel = draw(panels if fine else coarse_panels)
    panel = panel.model_copy(update={"grey_levels": grey_levels})
    shown = draw(st.lists(pictures, min_size=1, max_size=4))
    masks = [mask_of(levelled(picture(kind, panel, seed), grey_levels), panel) for kind, seed in shown]
    times_s = each("exposure", st.integers(1, 60_000).map(lambda ms: ms / 1000))
    powers = st.floats(0, 1, exclude_min=True) if fine else st.integers(1, 5).map(lambda fifth: fifth / 5)
    power = powers if "power" in carries else st.just(1.0)
    exposure = st.builds(Exposure, st.sampled_from(masks), times_s, power)
    exposures = st.lists(exposure, min_size=1, max_size=3 if "exposures" in carries else 1)
    thickness = each("thickness", st.integers(10_000, 500_000) if fine else st.integers(10, 500).map(lambda um: um * 1000))
    moved = motions if fine else coarse_motions
    row = st.tuples(thickness, exposures, moved if "motion" in carries else st.just(LIFT))
    rows = draw(st.lists(row, min_size=1, max_size=most_layers))
    origin = draw(provenances) if "provenance" in carries else Provenance()
    return job_of(rows, panel, draw(NAMES), printer=printer_for(panel, draw(NAMES)), provenance=origin)


def said(job, carries=frozenset()):
    """All that a format which carries `carries` must give back of a job."""
    panel = job.panel
    common = {
        "size_px": (panel.width_px, panel.height_px),
        "thickness_nm": [(one.index, one.thickness_nm, one.top_nm) for one in job.layers],
        "exposures": [[(one.exposure_s, one.power) for one in layer.exposures] for layer in job.layers],
        "pixels": [[pixel_hash(one.mask.pixels()) for one in layer.exposures] for layer in job.layers],
    }
    more = {
        "name": job.name,
        "wavelength": job.printer.wavelength_nm,
        "pitch": (panel.pitch_x_um, panel.pitch_y_um),
        "mirror": (panel.mirror_x, panel.mirror_y),
        "motion": [layer.motion for layer in job.layers],
        "profiles": (job.printer, job.resin),
        "provenance": job.provenance,
    }
    return common | {key: value for key, value in more.items() if key in carries}
