"""`python -m voxelyte`."""

from voxelyte.cli import main

main(prog_name="voxelyte")
