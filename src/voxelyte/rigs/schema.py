"""JSON Schema of rig.toml: what an editor completes, explains and marks. Laws between tables are `load_rig`'s alone."""

from __future__ import annotations

from typing import Any

from voxelyte.members import members
from voxelyte.rigs.rig import Rig, rig_model

FROM_PRINTER = {
    "panel": ("width_px", "height_px", "pitch_x_um", "pitch_y_um"),
    "layer": ("min_um", "max_um", "step_um"),
    "limits": ("max_exposure_s",),
    "build_height_mm": (),
    "wavelength_nm": (),
}
"""What a printer profile may bring, and the rig must state without one; the greatest exposure it may leave to the rig."""
WORDS = {
    "printer": "Printer profile, a name or a TOML file, that brings panel, build height, layers, light and longest exposure.",
    "panel": "What the light engine shows. mirror_x and mirror_y only turn the target of `voxelyte rig check`.",
    "limits": "What the rig can do; a job that wants more is refused.",
    "irradiance_mw_cm2": "Irradiance in mW/cm², where it was measured.",
    "approach_mm_s": "Speed down to the vat's floor after homing, in mm/s.",
    "journal": "Folder of the journal; a relative path begins at the rig file.",
    "on_link_loss": "Without its host, finish what is held and wait in the dark, or end dark at once.",
    "resume_s": "How long a film waits in the dark for a lost host, in seconds.",
    "stage": "The motion board.",
    "light": "The light engine.",
    "lamp": "Who lights, and how long a picture takes to stand.",
    "by": "Who lights: a lamp on the motion board (stage), or the engine by itself (light).",
    "settle_s": "From the picture's presentation to the lamp, in seconds.",
    "dialect": "What the motion board speaks.",
    "address": "Where it is: any pyserial address, such as /dev/ttyUSB0, COM3 or socket://HOST:PORT.",
    "baud": "Speed of the serial line, in bits a second.",
    "travel_mm": "How far the stage may go above the vat's floor, in mm.",
    "home": "Where it homes: away from the vat, or at the vat's floor.",
    "home_mm": "Height above the vat's floor at which homing ends, in mm: 0 for vat, travel_mm for away, unless it is said.",
    "home_line": "The line that homes, where it is not the dialect's own.",
    "park_mm": "Height at which a film is out of the resin, in mm.",
    "lamp_on": "The lamp's line; {power} is 0 to 1, {level} 0 to lamp_full. Without it the board has no lamp.",
    "lamp_off": "The line that darkens the lamp.",
    "lamp_full": "The {level} of full power.",
    "start_lines": "What else the board is told first.",
    "end_lines": "What else the board is told last.",
    "answer_s": "Longest wait for an answer, beyond the time that a thing takes, in seconds.",
    "home_s": "Longest wait for homing, in seconds.",
    "dwell_step_s": "Finest step of the board's dwell, in seconds, where it is not the dialect's.",
    "engine": "Kind of light engine; its other keys depend on it.",
    "display": "Which display, counted from 0 as the system does.",
    "always_lit": "The projector's lamp is always on, and the picture is the light's switch.",
    "folder": "Where the pictures go; a relative path begins at the rig file.",
    "amplitude_full": "SET AMPLITUDE's number for full power.",
}


def rig_schema() -> dict[str, Any]:
    """The schema without its `$schema`; the other keys' descriptions are for whoever explains units."""
    schema = _of(Rig)
    definitions, engines = schema["$defs"], members("lights")
    del definitions["LightSettings"]
    names = []
    for engine in engines:
        light = _of(rig_model(engine))
        names.append(light["properties"]["light"]["$ref"].rpartition("/")[2])
        definitions |= {name: light["$defs"][name] for name in names[-1:]}
    schema["properties"]["light"] = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
    definitions["StageSettings"]["properties"]["dialect"]["enum"] = list(members("stages"))
    _let_printers_bring(schema)
    for one in (schema, *definitions.values()):
        for key, entry in one.get("properties", {}).items():
            if key in WORDS:
                entry["description"] = WORDS[key]
    return schema


def _of(model: type[Rig]) -> dict[str, Any]:
    return model.model_json_schema(ref_template="#/$defs/{model}")


def _let_printers_bring(schema: dict[str, Any]) -> None:
    """All keys of a table that a printer may bring are needed only where none is named."""
    whole = dict[str, Any]()
    for table, keys in FROM_PRINTER.items():
        if keys:
            its = schema["$defs"][schema["properties"][table]["$ref"].rpartition("/")[2]]
            its["required"] = [key for key in its["required"] if key not in keys]
            whole[table] = {"required": list(keys)}
    schema["required"] = [key for key in schema["required"] if key not in FROM_PRINTER or key == "limits"]
    schema["anyOf"] = [{"required": ["printer"]}, {"required": list(FROM_PRINTER), "properties": whole}]
