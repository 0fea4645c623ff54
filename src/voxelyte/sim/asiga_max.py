"""A virtual DLP machine with the panel, wavelength and build volume of the Asiga MAX (405 nm).

1920 x 1080 pixels of 62 µm and 75 mm build height: resellers' data sheets. 9 mW/cm²: as we read the paper.
The limits are this machine's own. It speaks voxelyte's stream protocol, which no Asiga firmware does.
"""

from __future__ import annotations

from voxelyte.machine.design import Limits
from voxelyte.sim._design import VirtualDesign

MACHINE = VirtualDesign(
    name="asiga-max",
    width_px=1920,
    height_px=1080,
    pitch_x_um=62.0,
    pitch_y_um=62.0,
    wavelength_nm=405.0,
    irradiance_mw_cm2=9.0,
    limits=Limits(
        build_height_nm=75_000_000,
        min_thickness_nm=10_000,
        max_thickness_nm=200_000,
        thickness_step_nm=1_000,
        max_exposure_s=60.0,
        max_lift_mm=20.0,
        max_speed_mm_s=10.0,
        max_layers=100_000,
    ),
)
