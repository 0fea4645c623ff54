"""slice, preview, mesh: a design to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.archives import ALLOW, JSON, TABLE, allowed, say_written, write_films
from voxelyte.cli.options import ordered, shaped
from voxelyte.cli.ordering import Order
from voxelyte.cli.telling import counted, facts, say_job

if TYPE_CHECKING:
    from voxelyte.solids import Solid

FILE = click.Path(path_type=Path)
LARGE_BYTES = 20_000_000
APART = "for programs that keep components together; PrusaSlicer 2.5 does not, and needs the file without --components"
SMALLER = (
    "what stands on this film repeats: a .3mf with --components draws it once and is a small part of this size, "
    "for programs that keep components together (PrusaSlicer 2.5 does not)"
)
OUT = click.option("-o", "--output", type=FILE, required=True, help="The file to write; its suffix picks the format.")


@click.command("slice")
@click.argument("design")
@ordered
@OUT
@ALLOW
@TABLE
@JSON
def slice_command(output: Path, allow: str, table: Path | None, as_json: bool, **order: Any) -> None:
    """Slice a design into a layer archive.

    DESIGN is a name, a TOML file, a mesh (STL, 3MF, PLY, OBJ) or an archive; the suffix of the output picks the format
    (`voxelyte list formats`).
    """
    from voxelyte.formats import format_for, write_job

    format_for(output)
    made, solid = Order(**order).made()
    job = made.listed()
    if not as_json:
        say_job(job, solid)
    write_films(job, table, as_json)
    fmt = write_job(job, output, allowed(allow))
    say_written(facts(job, solid), output, fmt, as_json)


@click.command("preview")
@click.argument("design")
@ordered
@OUT
def preview_command(output: Path, **order: Any) -> None:
    """Draw a design, its masks and its pixels.

    The picture shows the masks of DESIGN, a magnified corner with the pixel grid, and the film from the side.
    """
    from voxelyte.errors import FormatError
    from voxelyte.preview import write_preview

    if output.suffix.lower() != ".png":
        raise FormatError(f"output={output} must end in .png")
    job, solid = Order(**order).made()
    say_job(job, solid)
    write_preview(job, output, solid)
    click.echo(f"wrote {output}")


@click.command("mesh")
@click.argument("design")
@shaped
@OUT
@click.option("--sagitta-um", type=float, help="How far flat faces may leave curves; 1 without it.")
@click.option(
    "--components", is_flag=True, help="3MF as a base and bodies placed on it: small, but PrusaSlicer takes it apart."
)
@click.option(
    "--unit-cell", is_flag=True, help="The periodic cell of the film's lattice as tetrahedra, for simulation (.msh)."
)
@click.option("--size-um", type=float, help="Size of the cell's elements; a twelfth of its shorter side without it.")
def mesh_command(
    output: Path, sagitta_um: float | None, components: bool, unit_cell: bool, size_um: float | None, **order: Any
) -> None:
    """Write a design as a watertight mesh.

    The suffix of the output picks .stl, .ply or .3mf, all in millimetres; with --unit-cell it is Gmsh's .msh.
    """
    from voxelyte.mesh import MESH_SAGITTA_UM

    _refuse_mixed(output, components, unit_cell, size_um)
    asked = Order(**order)
    solid = asked.solid()
    for note in asked.snap_notes():
        click.secho(f"  note      {note}", fg="yellow")
    sagitta = MESH_SAGITTA_UM if sagitta_um is None else sagitta_um
    said, note = (
        _cell_written(solid, output, size_um, sagitta)
        if unit_cell
        else _mesh_written(solid, output, sagitta, components)
    )
    click.echo(f"wrote {output} ({output.stat().st_size:,} bytes): {said}")
    if note:
        click.secho(f"  note      {note}", fg="yellow")


def _refuse_mixed(output: Path, components: bool, unit_cell: bool, size_um: float | None) -> None:
    """Options that do not go together, before anything is drawn."""
    from voxelyte.errors import FormatError

    if unit_cell != (output.suffix.lower() == ".msh"):
        raise FormatError(f"output={output}: a unit cell is written as .msh, with --unit-cell, and nothing else is")
    if size_um is not None and not unit_cell:
        raise FormatError("--size-um is that of a cell's elements: it goes with --unit-cell")
    if components and output.suffix.lower() != ".3mf":
        raise FormatError("--components is for .3mf: no other format here has them")


def _mesh_written(solid: Solid, output: Path, sagitta_um: float, components: bool) -> tuple[str, str]:
    from voxelyte.mesh import write_mesh

    done = write_mesh(solid, output, sagitta_um, components=components)
    x0, y0, z0, x1, y1, z1 = solid.bounds_um
    shape = "one closed surface" if done.components == 1 else f"{done.components:,} placed closed meshes"
    features = f", {counted(solid.count, solid.feature or 'features')}" if solid.count else ""
    said = (
        f"{done.triangles:,} triangles, {shape}, {_box_mm(x1 - x0, y1 - y0, z1 - z0)}, {done.volume_um3 / 1e9:.4f} mm³ "
        f"(the design: {solid.volume_um3 / 1e9:.4f} mm³){features}"
    )
    return said, _components_note(solid, output, sagitta_um, done.components)


def _components_note(solid: Solid, output: Path, sagitta_um: float, written: int) -> str:
    """Whom a mesh in components is for, or, of a large one in one surface, that it could be in components."""
    from voxelyte.mesh.instances import pieces_of

    if written > 1:
        return APART
    large = output.stat().st_size > LARGE_BYTES
    return SMALLER if large and pieces_of(solid, sagitta_um) is not None else ""


def _cell_written(solid: Solid, output: Path, size_um: float | None, sagitta_um: float) -> tuple[str, str]:
    from voxelyte.mesh import write_unit_cell

    cell = write_unit_cell(solid, output, size_um, sagitta_um)
    parts = ", ".join(f"{name} {cell.volume_um3(name) / 1e9:.6f} mm³" for name in ("electrolyte", "void"))
    return f"{len(cell.tetrahedra):,} tetrahedra, {_box_mm(*cell.size_um)}, {parts}", ""


def _box_mm(*sides_um: float) -> str:
    return " x ".join(f"{side / 1000:.4g}" for side in sides_um) + " mm"
