"""serve: a virtual machine, or a rig, as a process of its own behind a wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.errors import RecipeError

if TYPE_CHECKING:
    from voxelyte.machine.machine import Machine
    from voxelyte.machine.urgency import Wish

DEFAULT_SPEED = 60.0

Tell = Callable[[dict[str, Any]], None]


@click.command("serve")
@click.option("--sim", "machine", default="asiga-max", show_default=True, help="Which virtual machine.")
@click.option(
    "--rig", type=click.Path(path_type=Path), help="Serve a real machine: its board and light engine, of this file."
)
@click.option(
    "--listen",
    default="socket://127.0.0.1:7624",
    show_default=True,
    metavar="ADDRESS",
    help="socket://HOST:PORT (port 0: any free one), serial:///dev/ttyX?baud=115200, or pty: for a pseudo-terminal.",
)
@click.option("--key", type=click.Path(path_type=Path), help="Let in only hosts with this key file (voxelyte key new).")
@click.option("--journal", type=click.Path(path_type=Path), help="Folder that keeps every exposure over a power cut.")
@click.option("--resume-s", type=float, help="How long a film waits in the dark for a lost host; 600 unless said.")
@click.option(
    "--on-link-loss",
    type=click.Choice(["finish", "dark"]),
    help="Without its host, finish what is held and wait (as it does), or end dark at once.",
)
@click.option(
    "--speed",
    type=float,
    default=DEFAULT_SPEED,
    show_default=True,
    help="How much faster than real time its clock runs.",
)
@click.option("--real-time", is_flag=True, help="The same as --speed 1: no simulated clock, but the real one.")
@click.option(
    "--priority",
    type=click.Choice(["best", "real-time", "ordinary"]),
    help="How soon the system lets it run. With --rig the best that this user may have, else ordinary, unless you say.",
)
@click.option(
    "--fault", default="", metavar="FAULTS", help="Let it misbehave, such as drop-link@2 or corrupt@2,mute@3."
)
@click.option("--json", "as_json", is_flag=True, help="Say events as JSON, one a line.")
def serve_command(
    rig: Path | None, listen: str, key: Path | None, priority: Wish | None, as_json: bool, **wanted: Any
) -> None:
    """Serve a virtual machine, or a rig, as a process of its own.

    It speaks the voxelyte stream protocol until Ctrl-C. It is not an Asiga: no Asiga firmware speaks that protocol.
    """
    from voxelyte.machine.urgency import urgent, without_pauses

    urgency = urgent(priority or ("best" if rig else "ordinary"))  # before any thread begins, also those of libraries

    from voxelyte.keys import read_key
    from voxelyte.machine.serve import check_listener, serve

    secret = read_key(key) if key else None
    check_listener(listen, secret)  # before any hardware is opened
    tell = partial(_tell, as_json)
    running = _rig(rig, tell, **wanted) if rig else _virtual(tell, **wanted)
    found = (_found(running) if rig else {}) | ({"priority": urgency} if rig or priority else {})
    without_pauses()
    serve(running, listen, partial(_announce, found, as_json), key=secret)
    if not as_json:
        click.echo(f"off, lamp {'ON' if running.works.lit else 'dark'}")


def _virtual(
    tell: Tell,
    *,
    machine: str,
    journal: Path | None,
    resume_s: float | None,
    on_link_loss: str | None,
    speed: float,
    real_time: bool,
    fault: str,
) -> Machine:
    from voxelyte.members import member

    design = member("sim", machine).with_link_loss(on_link_loss, resume_s)
    running: Machine = design.start(speed=1.0 if real_time else speed, fault=fault, on_event=tell, journal=journal)
    return running


def _rig(
    file: Path, tell: Tell, *, journal: Path | None, resume_s: float | None, on_link_loss: str | None, **virtual: Any
) -> Machine:
    if virtual["fault"] or virtual["real_time"] or virtual["speed"] != DEFAULT_SPEED:
        raise RecipeError("--speed, --real-time and --fault are for virtual machines, and --rig is none")
    from voxelyte.rigs.rig import load_rig
    from voxelyte.rigs.starting import start

    return start(load_rig(file).changed(on_link_loss=on_link_loss, resume_s=resume_s), journal, tell)


def _tell(as_json: bool, event: dict[str, Any]) -> None:
    click.echo(json.dumps(event) if as_json else _line(event))


def _announce(found: dict[str, str], as_json: bool, address: str) -> None:
    """What it is made of, and where it listens."""
    if as_json:
        click.echo(json.dumps({"listening": address, **found}))
        return
    for name, text in (found | {"listening": f"at {address}"}).items():
        click.echo(f"{name:<9} {text}")


def _found(machine: Machine) -> dict[str, str]:
    """What a rig is made of, as it says itself."""
    from voxelyte.rigs.works import RigWorks

    works = machine.works
    if not isinstance(works, RigWorks):
        return {}
    return {"rig": f"{works.rig.name}: {works.rig.title}", "board": works.stage.greeting, "light": works.light.identity}


def _line(event: dict[str, Any]) -> str:
    """One event as a line: its clock, its word, then the rest; times to the microsecond."""
    told = {key: round(value, 6) if isinstance(value, float) else value for key, value in event.items()}
    rest = "  ".join(f"{key}={value}" for key, value in told.items() if key not in ("event", "clock_s"))
    return f"{event.get('clock_s', 0.0):>10.3f} s  {event['event']:<14} {rest}"
