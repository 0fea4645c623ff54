"""When a job may go on: RESUME against what the journal knows and where the stage stands (section 4.2)."""

from __future__ import annotations

from typing import Any

from voxelyte.machine._history import History, Made
from voxelyte.machine._job import HeldJob, check_job
from voxelyte.machine.design import Design
from voxelyte.machine.hardware import Hardware
from voxelyte.machine.journal import Journal
from voxelyte.machine.refusals import Refused


def same_job(design: Design, keys: dict[str, Any], last: History | None) -> History:
    """The last job, if that is the one named and it is still the same; else Refused `state` or `order`."""
    if last is None or keys["job"] != last.id:
        own = "it has had none" if last is None else f"must be {last.id}"
        raise Refused("state", f"job={keys['job']} is not this machine's last one: {own}")
    wrong = [
        f"{key}={keys[key]} must be {last.keys[key]}"
        for key in ("layers", "height_nm", "panel")
        if keys[key] != last.keys[key]
    ]
    if wrong:
        raise Refused("order", "; ".join(wrong))
    check_job(design, keys)
    return last


def check_begun(works: Hardware, last: History, choice: str) -> None:
    """Refused when it is done, when the film's place is not known, or when an exposure was cut and nothing was chosen."""
    if last.done:
        raise Refused("state", f"job={last.id} is done: all {last.layers} layers are made")
    if last.begun and not (works.knows_place or works.may_home_with_film):
        law = "and must not home with a film on the plate"
        raise Refused("position", f"the stage does not know where the plate stands, {law}")
    if last.cut:
        _check_cut(*last.cut, choice)


def resumed(journal: Journal, job: HeldJob, alive: bool) -> dict[str, Any]:
    """The keys of RESUMED but for `to`."""
    with journal.lock:
        return {
            "alive": alive,
            "next_layer": job.next_layer,
            "masks": sorted(job.masks),
            "layers_done": job.history.layers_done,
            "exposures_done": job.history.exposures_done,
            "cut": None if alive else _cut_told(job.history),
        }


def job_told(journal: Journal, state: str) -> dict[str, Any] | None:
    """The `job` of WELCOME: the last one, unless it is done. `state` is the machine's while a print goes on, else empty."""
    with journal.lock:
        last = journal.last
        if last is None or (last.done and not state):
            return None
        told = {"layers_done": last.layers_done, "exposures_done": last.exposures_done}
        state = "printing" if state == "homing" else state or last.ended or "interrupted"
        return {"job": last.id, "state": state} | told


def _cut_told(last: History) -> dict[str, Any] | None:
    if last.cut is None:
        return None
    layer, made = last.cut
    return {"layer": layer, "exposure": made.exposure, "asked_s": made.asked_s, "on_time_s": made.on_time_s}


def _check_cut(layer: int, made: Made, choice: str) -> None:
    got = f"on_time_s={made.on_time_s:g}" if made.on_time_s is not None else "on_time_s is not known"
    told = f"layer={layer} exposure={made.exposure} was cut: {got}, asked_s={made.asked_s:g}"
    if choice == "stop":
        raise Refused("cut", f"{told}; cut=stop must be complete or redo to go on")
    if choice == "complete" and made.on_time_s is None:
        raise Refused("cut", f"{told}; cut=complete must be redo or stop where that is not known")
