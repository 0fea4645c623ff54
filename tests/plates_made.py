"""Small plates, printers and films for the tests of plates."""

from __future__ import annotations

from voxelyte import LayerLimits, Motion, Panel, Placed, Plate, Printer, Resin, Wish
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.planar import PlanarFilm

MOTION = Motion(lift_mm=3.0, lift_mm_s=1.0, retract_mm_s=3.0, wait_before_exposure_s=1.0)
PITCH_UM = 64.0
PANEL = Panel(width_px=200, height_px=120, pitch_x_um=PITCH_UM, pitch_y_um=PITCH_UM)


def printer(**changes):
    fields = {
        "name": "small",
        "title": "A small panel",
        "panel": PANEL,
        "build_height_mm": 75.0,
        "motion": MOTION,
        "layer": LayerLimits(min_um=1.0, max_um=200.0, step_um=0.5),
    }
    return Printer(**fields | changes)


def resin(**changes):
    fields = {"name": "slurry", "title": "A slurry", "layer_um": 50.0, "exposure_s": 6.0, "irradiance_mw_cm2": 9.0}
    return Resin(**fields | {"printed_on": "small"} | changes)


def disc(diameter_um=2000.0):
    return {"shape": "disc", "diameter_um": diameter_um}


def pillars(**changes):
    fields = {"outline": disc(), "base_um": 75.0, "diameter_um": 150.0, "height_um": 150.0, "gap_um": 170.0}
    return PillarFilm(**fields | changes)


def planar(**changes):
    return PlanarFilm(**{"outline": disc(), "base_um": 75.0} | changes)


def row_of(films, apart_px=40, wishes=()):
    """Films side by side, a whole number of pixels apart."""
    wishes = [*wishes, *[Wish()] * (len(films) - len(wishes))]
    first = -(len(films) - 1) * apart_px // 2
    return Plate(
        tuple(
            Placed(film, (first + n * apart_px) * PITCH_UM, 0.0, str(n + 1), wish)
            for n, (film, wish) in enumerate(zip(films, wishes, strict=True))
        )
    )
