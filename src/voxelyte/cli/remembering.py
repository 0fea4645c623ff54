"""A run in words: the table of all, and all of one."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voxelyte.cli.telling import MOST_ROWS, counted

if TYPE_CHECKING:
    from voxelyte.runs.index import Row

COLOURS = {"complete": "green", "stopped": "yellow", "failed": "red", "broken off": "red", "printing": "cyan"}
UNKNOWN = "a time that nobody knows"
CAUSES = {
    "link": "the link was lost",
    "paused": "paused",
    "stopped": "stopped",
    "failed": "failed",
    "host": "the host was lost",
}


def state_of(row: Row) -> str:
    """How it ended; one that did not is going on now, or its host was killed."""
    from voxelyte.runs.folder import is_held

    if row["outcome"] != "begun":
        return str(row["outcome"])
    return "printing" if is_held(Path(str(row["folder"]))) else "broken off"


def runs_said(rows: list[Row], count: int) -> str:
    """A line for each run."""
    if not rows:
        return "no run is remembered yet: voxelyte print makes one"
    head = f"{'id':<8}  {'started (UTC)':<16}  {'film':<20}  {'printer':<16}  {'layers':>11}  outcome"
    lines = [click.style(head, bold=True), *map(_run_line, rows)]
    if len(rows) < count:
        lines.append(f"({count - len(rows)} older ones: --last {count} shows them)")
    return "\n".join(lines)


def _run_line(row: Row) -> str:
    state, layers = state_of(row), f"{row['layers_done']}/{row['layer_count']}"
    told = f"{row['id']:<8}  {_minute(row['started'])}  {_cell(row['film'], 20)}  {_cell(row['machine_name'], 16)}"
    return f"{told}  {layers:>11}  {click.style(state, fg=COLOURS.get(state))}"


def run_said(row: Row) -> str:
    """Everything."""
    head = f"{row['id']}  {_plain(row['film'])} on {_plain(row['machine_name'])}: {state_of(row)}"
    lines = [click.style(head, bold=True)]
    lines += [f"  {name:<12}{_plain(text)}" for name, text in _facts(row)]
    lines += [f"  {'note':<12}{_minute(note['at'])}  {_plain(note['text'])}" for note in row["notes"]]
    for one in row["interruptions"]:
        lines += _interruption_lines(one)
    return "\n".join([*lines, *_layer_lines(row)])


def _facts(row: Row) -> list[tuple[str, str]]:
    made = f"{row['exposures_done']} of {row['exposure_count']} exposures, {row['layers_done']} of {row['layer_count']} layers"
    known = {
        "started": f"{_second(row['started'])} UTC",
        "ended": row["ended"] and f"{_second(row['ended'])} UTC",
        "reason": row["reason"],
        "made": f"{made}; the machine waited {row['waited_s']:g} s on the link",
        "film": row["film_label"],
        "batch": row["batch_label"],
        "temperature": row["temperature_c"] is not None and f"{row['temperature_c']:g} °C",
        "humidity": row["humidity_percent"] is not None and f"{row['humidity_percent']:g} %",
        "printer": f"{row['printer']}, resin {row['resin']}",
        "machine": ", ".join(str(row[f"machine_{key}"]) for key in ("name", "maker", "firmware", "serial")),
        "address": row["address"],
        "job": f"SHA-256 {row['job_sha256']}",
        "made by": row["software"],
        "folder": row["folder"],
    }
    return [(name, str(text)) for name, text in known.items() if text]


def _interruption_lines(one: Row) -> list[str]:
    cause = CAUSES.get(str(one["cause"]), "interrupted")
    text = f"{_second(one['at'])}  {cause} after {counted(one['layers_done'], 'layers')}"
    if one["layer"] is not None:
        lit = f"for {UNKNOWN}" if one["on_time_s"] is None else f"{one['on_time_s']:g} s"
        text += f", layer {one['layer'] + 1} exposure {one['exposure'] + 1} was lit {lit}"
    text += f": {_plain(one['reason'])}" if one["reason"] else ""
    lines = [click.style(f"  {'interrupted':<12}{text}", fg="yellow")]
    if one["resumed_at"]:
        lines.append(f"  {'resumed':<12}{_second(one['resumed_at'])}  by {_plain(one['resumed_by'] or 'the machine')}")
    return lines


def _layer_lines(row: Row) -> list[str]:
    layers = [list(group) for _, group in groupby(row["exposures"], lambda one: one["layer"])]
    head = click.style("  layer    top µm   asked s  measured s", bold=True)
    lines = [_layer_line(exposures) for exposures in layers]
    recalled = sum(bool(one["recalled"]) for one in row["exposures"])
    told = [f"  ({counted(recalled, 'exposures')} as the machine's journal tells: nobody listened at the time)"]
    last = told if recalled else []
    if len(lines) <= MOST_ROWS:
        return [head, *lines, *last]
    between = f"  ({len(lines) - MOST_ROWS} layers between: --json says them all)"
    return [head, *lines[: MOST_ROWS // 2], between, *lines[-MOST_ROWS // 2 :], *last]


def _layer_line(exposures: list[Row]) -> str:
    asked_s = sum(one["asked_s"] for one in exposures)
    odd = [f"exposure {one['exposure'] + 1} {_told(one)}" for one in exposures if _told(one)]
    place = (
        f"  {exposures[0]['layer'] + 1:>5} {exposures[0]['top_nm'] / 1000:>9g} {asked_s:>9g} {_measured(exposures):>11}"
    )
    return click.style(f"{place}  {', '.join(odd)}".rstrip(), fg="yellow" if odd else None)


def _measured(exposures: list[Row]) -> str:
    """All lamp time of a layer; nothing while one of its exposures is still to be made."""
    if any(one["state"] in ("due", "lit") for one in exposures):
        return ""
    times = [one["on_time_s"] for one in exposures]
    return "not known" if None in times else f"{sum(times):.3f}"


def _told(one: Row) -> str:
    """What is out of the ordinary with an exposure."""
    lit = UNKNOWN if one["on_time_s"] is None else f"{one['on_time_s']:g} s"
    if one["state"] == "cut":
        return f"cut after {lit}"
    if one["state"] == "lit":
        return "was begun, and its end not heard of"
    return f"made, lit for {lit}" if one["state"] == "made" and one["on_time_s"] is None else ""


def _minute(time: object) -> str:
    return str(time)[:16].replace("T", " ")


def _second(time: object) -> str:
    return str(time)[:19].replace("T", " ")


def _cell(text: object, width: int) -> str:
    plain = _plain(text)
    return f"{plain if len(plain) <= width else plain[: width - 1] + '…':<{width}}"


def _plain(text: object) -> str:
    """Without what a terminal would obey: the words may be a machine's."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))
