"""The command line. One file a group of commands; here only the group itself and what an error becomes.

Exit codes: 0 done, 1 the machine or the way to it failed, 2 wrong input.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any

import click

from voxelyte.cli.archives import convert_command, inspect_command
from voxelyte.cli.commanding import continue_command, pause_command, stop_command
from voxelyte.cli.ending import ended_in_order
from voxelyte.cli.exporting import export_command
from voxelyte.cli.keys import key_group
from voxelyte.cli.leaner import start_lean
from voxelyte.cli.making import mesh_command, preview_command, slice_command
from voxelyte.cli.pixels import pixels_command
from voxelyte.cli.printing import print_command
from voxelyte.cli.resuming import resume_command
from voxelyte.cli.rigs import rig_group
from voxelyte.cli.runs import runs_group
from voxelyte.cli.serving import serve_command
from voxelyte.cli.showing import list_command, schema_command
from voxelyte.errors import PrinterError, VoxelyteError


class Commands(click.Group):
    """A group that says what was wrong in plain words, without a traceback."""

    def main(self, *words: Any, **more: Any) -> Any:
        """The whole program. A terminal that cannot write µm or → shows another sign in its place."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")
        start_lean()
        return super().main(*words, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors of ours and of the disk become one line for each fault, and an exit code."""
        try:
            with ended_in_order():
                return super().invoke(ctx)
        except click.UsageError as fault:
            _fail(ctx, fault.format_message(), 2)
        except PrinterError as fault:
            _fail(ctx, str(fault), 1, fault.trace if ctx.params["trace"] else ())
        except VoxelyteError as fault:
            _fail(ctx, str(fault), 2)
        except BrokenPipeError:
            raise  # whoever read the output has read enough; click ends quietly
        except OSError as fault:
            _fail(ctx, f"{fault.filename or 'file'}: {fault.strerror or fault}", 2)
        except KeyboardInterrupt as end:
            _fail(ctx, str(end) or "stopped", 1)


def _fail(ctx: click.Context, text: str, code: int, trace: Sequence[str] = ()) -> None:
    for line in text.splitlines():
        click.secho(f"error: {line}", fg="red", err=True)
    for line in trace:
        click.secho(f"  {line}", dim=True, err=True)
    ctx.exit(code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="voxelyte")
@click.option("--trace", is_flag=True, help="After a machine's error, show the last frames on the wire.")
def main(trace: bool) -> None:
    """From the design of a solid-electrolyte film to masks, archives and a printed film.

    Start with `voxelyte print p-3dse`: the paper's pillar film on a virtual Asiga MAX.
    """


for _command in (
    print_command,
    resume_command,
    runs_group,
    pause_command,
    continue_command,
    stop_command,
    serve_command,
    key_group,
    rig_group,
    slice_command,
    export_command,
    inspect_command,
    convert_command,
    preview_command,
    pixels_command,
    mesh_command,
    list_command,
    schema_command,
):
    main.add_command(_command)
