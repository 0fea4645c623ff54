"""The paper's pillar film in an archive, moved as fast as the virtual machine may: for tests of processes, which wait in real time."""

from __future__ import annotations

from dataclasses import replace

from voxelyte import Motion, load_printer, load_recipe, load_resin, slice_solid, write_job

MOTION = Motion(lift_mm=0.5, lift_mm_s=10, retract_mm_s=10, wait_before_exposure_s=0, wait_after_exposure_s=0)


def quick_film(folder):
    """The path of an archive in this folder: five layers of 6 s each."""
    printer, path = load_printer("asiga-max"), folder / "film.voxelyte"
    job = slice_solid(load_recipe("p-3dse").solid(printer.panel), printer, load_resin("pegda-litfsi-llzto"), name="p-3dse")
    write_job(replace(job, layers=[replace(layer, motion=MOTION) for layer in job.layers]), path)
    return path
