"""The command line. One file a group of commands; here only the group itself and what an error becomes.

Exit codes: 0 done, 1 the machine or the way to it failed, 2 wrong input.
"""

from __future__ import annotations

from typing import Any

import click

from voxelyte.cli.making import inspect_command, mesh_command, preview_command, slice_command
from voxelyte.cli.printing import print_command
from voxelyte.cli.serving import serve_command
from voxelyte.cli.showing import list_command, schema_command
from voxelyte.errors import PrinterError, VoxelyteError


class Commands(click.Group):
    """A group that says what was wrong in plain words, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors of ours and of the disk become one message and an exit code."""
        try:
            return super().invoke(ctx)
        except PrinterError as fault:
            _fail(ctx, str(fault), 1, [f"  {line}" for line in fault.trace])
        except VoxelyteError as fault:
            _fail(ctx, str(fault), 2)
        except OSError as fault:
            _fail(ctx, f"{fault.filename or 'file'}: {fault.strerror or fault}", 2)
        except KeyboardInterrupt:
            _fail(ctx, "stopped", 1)


def _fail(ctx: click.Context, text: str, code: int, trace: list[str] | None = None) -> None:
    for line in text.splitlines():
        click.secho(f"error: {line}", fg="red", err=True)
    for line in trace or []:
        click.secho(line, dim=True, err=True)
    ctx.exit(code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="voxelyte")
def main() -> None:
    """From the design of a solid-electrolyte film to masks, archives and a printed film.

    Start with `voxelyte print p-3dse`: the paper's pillar film on a virtual Asiga MAX.
    """


for _command in (
    print_command, serve_command, slice_command, inspect_command, preview_command, mesh_command, list_command, schema_command
):
    main.add_command(_command)
