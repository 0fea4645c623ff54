"""serve: a virtual machine as a process of its own, so that the wire is real."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("serve")
@click.option("--sim", "machine", default="asiga-max", show_default=True, help="Which virtual machine.")
@click.option(
    "--listen",
    default="socket://127.0.0.1:7624",
    show_default=True,
    metavar="ADDRESS",
    help="socket://HOST:PORT (port 0: any free one), serial:///dev/ttyX?baud=115200, or pty: for a pseudo-terminal.",
)
@click.option(
    "--speed", type=float, default=60.0, show_default=True, help="How much faster than real time its clock runs."
)
@click.option("--real-time", is_flag=True, help="The same as --speed 1.")
@click.option(
    "--fault", default="", metavar="FAULTS", help="Let it misbehave, such as drop-link@2 or corrupt@2,mute@3."
)
@click.option("--anywhere", is_flag=True, help="Allow an address that others can reach: anybody there can print.")
@click.option("--json", "as_json", is_flag=True, help="Say events as JSON, one a line.")
def serve_command(
    machine: str, listen: str, speed: float, real_time: bool, fault: str, anywhere: bool, as_json: bool
) -> None:
    """Serve a virtual machine as a process of its own.

    It speaks the voxelyte stream protocol until Ctrl-C. It is not an Asiga: no Asiga firmware speaks that protocol.
    """
    from voxelyte.members import member
    from voxelyte.sim import serve

    def tell(event: dict[str, Any]) -> None:
        click.echo(json.dumps(event) if as_json else _line(event))

    running = member("sim", machine).start(speed=1.0 if real_time else speed, fault=fault, on_event=tell)

    def announce(address: str) -> None:
        click.echo(json.dumps({"listening": address}) if as_json else f"listening at {address}")

    serve(running, listen, announce, anywhere=anywhere)
    if not as_json:
        click.echo(f"off, lamp {'ON' if running.works.lit else 'dark'}")


def _line(event: dict[str, Any]) -> str:
    """One event as a line: its clock, its word, then the rest."""
    rest = "  ".join(f"{key}={value}" for key, value in event.items() if key not in ("event", "clock_s"))
    return f"{event.get('clock_s', 0.0):>10.3f} s  {event['event']:<14} {rest}"
