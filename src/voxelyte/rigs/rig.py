"""A rig as data: rig.toml to a frozen value. All bad keys are reported together, each with the nearest known one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, create_model, model_validator

from voxelyte.datafiles import open_path
from voxelyte.errors import RecipeError, unknown
from voxelyte.lights import LightSettings
from voxelyte.machine.design import MAX_RESUME_S, OnLinkLoss
from voxelyte.members import member, members
from voxelyte.printer import LayerLimits, Panel, Printer
from voxelyte.recipes import load_printer
from voxelyte.source import Sources
from voxelyte.stages import StageSettings
from voxelyte.values import NotNegative, Positive, Text, Value, explain


class Limits(Value):
    """What the rig can do; a job that wants more is refused."""

    max_exposure_s: Positive
    max_lift_mm: Positive
    max_speed_mm_s: Positive


class Lamp(Value):
    """Who lights: a lamp that hangs on the motion board, or the light engine itself; and how long a picture takes to stand."""

    by: Literal["stage", "light"]
    settle_s: NotNegative = 0.1


class Rig(Value):
    """One rig. `panel` is what the light engine shows; masks come turned over already, as the host's printer profile says.

    `approach_mm_s`: how fast the plate goes down to the vat's floor after homing. `journal`: the folder that remembers every exposure.
    """

    name: Text
    title: Text
    printer: Text | None = None
    panel: Panel
    build_height_mm: Positive
    layer: LayerLimits
    limits: Limits
    wavelength_nm: Positive
    irradiance_mw_cm2: Positive | None = None
    approach_mm_s: Positive = 1.0
    stage: StageSettings
    light: LightSettings
    lamp: Lamp
    journal: Text | None = None
    on_link_loss: OnLinkLoss = "finish"
    resume_s: NotNegative = Field(default=600.0, le=MAX_RESUME_S)
    notes: tuple[Text, ...] = ()
    sources: Sources = Field(default={})

    @model_validator(mode="after")
    def _together(self) -> Rig:
        """Laws between the tables."""
        by, engine, faults = self.lamp.by, self.light.engine, []
        fast, most, travel_mm = self.limits.max_speed_mm_s, self.stage.max_speed_mm_s, self.stage.travel_mm
        if by == "light" and not self.light.exposes:
            faults.append(
                f"lamp.by='light' must be 'stage': light.engine='{engine}' as set here lights nothing by itself"
            )
        if by == "stage" and self.light.gates:
            faults.append("lamp.by='stage' must be 'light': what an always lit projector shows is exposed")
        if by == "stage" and not self.stage.lamp_on:
            faults.append("lamp.by='stage' must be 'light': the stage has no lamp_on")
        if self.approach_mm_s > fast:
            faults.append(f"approach_mm_s={self.approach_mm_s:g} must not exceed limits.max_speed_mm_s={fast:g}")
        if fast > most:
            faults.append(f"limits.max_speed_mm_s={fast:g} must not exceed stage.max_speed_mm_s={most:g}")
        if (top_mm := self.build_height_mm + self.limits.max_lift_mm) > travel_mm:
            law = f"with max_lift_mm ({top_mm:g}) must not exceed stage.travel_mm={travel_mm:g}"
            faults.append(f"build_height_mm={self.build_height_mm:g} {law}")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def changed(self, **keys: Any) -> Self:
        """The same rig with other values; what is None stays."""
        return type(self)(**{**dict(self), **{key: value for key, value in keys.items() if value is not None}})


@cache
def rig_model(engine: str) -> type[Rig]:
    """All keys of a rig with this light engine."""
    settings = member("lights", engine).Settings
    return create_model("rig", __base__=Rig, __doc__=Rig.__doc__, light=(settings, ...))


def load_rig(path: str | os.PathLike[str]) -> Rig:
    """The rig that a file describes; RecipeError with every fault of it."""
    file = open_path(path)
    table, faults = _with_printer(file.table)
    rig = _checked(table, faults)
    if rig is None or faults:
        raise RecipeError("\n".join(f"{file.origin}: {fault}" for fault in faults))
    return _placed(rig, file.path)


def _checked(table: Mapping[str, Any], faults: list[str]) -> Rig | None:
    light = table.get("light")
    engine = light.get("engine") if isinstance(light, Mapping) else None
    known = isinstance(engine, str) and engine in members("lights")
    if isinstance(engine, str) and not known:
        faults.append(unknown("light engine", engine, members("lights")))
    model = rig_model(engine) if isinstance(engine, str) and known else Rig
    try:
        return model.model_validate(table)
    except ValidationError as fault:
        # Without a known engine nobody knows the keys of its table.
        lines = explain(fault, model)
        faults += lines if known else [line for line in lines if not _of_unknown_engine(line, engine)]
    return None


def _of_unknown_engine(line: str, engine: object) -> bool:
    return isinstance(engine, str) and line.startswith("light.")


def _with_printer(table: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The table with what its `printer` brings; what the rig states itself counts."""
    name = table.get("printer")
    if not isinstance(name, str):
        return dict(table), []
    try:
        taken = _taken(load_printer(name))
    except RecipeError as fault:
        return dict(table), [f"printer: {line}" for line in str(fault).splitlines()]
    return _merged(taken, table), []


def _taken(printer: Printer) -> dict[str, Any]:
    keys = {"panel", "build_height_mm", "layer", "wavelength_nm", "irradiance_mw_cm2"}
    taken = printer.model_dump(include=keys, exclude_none=True)
    limit_s = printer.max_exposure_s
    return taken if limit_s is None else taken | {"limits": {"max_exposure_s": limit_s}}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables; the upper one wins, key by key."""
    merged = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], Mapping) and isinstance(above[key], Mapping):
            merged[key] = _merged(below[key], above[key])
    return merged


def _placed(rig: Rig, path: Path) -> Rig:
    """With every file's name absolute; without a `journal` key the journal lies beside the rig file."""
    journal = str(path.parent / (rig.journal or f"{path.stem}-journal"))
    return rig.model_copy(update={"light": rig.light.placed(path.parent), "journal": journal})
