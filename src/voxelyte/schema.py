"""JSON Schemas of recipes, profiles and rigs: a TOML editor completes keys, shows units and marks mistakes.

An editor that follows the `#:schema` comment takes the file that `voxelyte schema geometry` prints:

    #:schema ./geometry.schema.json
"""

from __future__ import annotations

from typing import Any, Literal

from voxelyte.datafiles import Kind
from voxelyte.members import members
from voxelyte.printer import Printer
from voxelyte.recipes import RecipeFile, recipe_model
from voxelyte.resin import Resin

DRAFT = "https://json-schema.org/draft/2020-12/schema"

UNITS = {  # longest first: `_mm_s` is no `_s`
    "_mw_cm2": "mW/cm²",
    "_mj_cm2": "mJ/cm²",
    "_mm_s": "mm/s",
    "_nm": "nm",
    "_um": "µm",
    "_mm": "mm",
    "_px": "pixels",
    "_deg": "degrees",
    "_s": "seconds",
}

HEAD = {
    "name": "What the recipe is called: the file's name without `.toml`.",
    "title": "One line for lists.",
    "geometry": "Kind of solid; the other keys are its parameters.",
    "like": "Name or path of another recipe of this geometry: what is not stated here is taken from there.",
    "format": "Suffix of the archive that the machine takes; absent where it takes none that is written here.",
    "outline": "Edge of the film, centred on the plate.",
    "lattice": "Where pillars stand; without it in columns and rows.",
    "turn_deg": "How far it is turned counter-clockwise, seen from above, in degrees.",
    "origin_um": "A place of the lattice: x and y from the plate's centre in µm.",
    "points_um": "Places [x, y] in µm.",
    "csv": "File of places, from the recipe's folder: columns x_um, y_um and if one likes diameter_um, height_um.",
    "seed": "Any whole number: each is another random array.",
    "count": "How many pillars; without it as many as fit.",
    "cross_section": "What pillars look like from above; without it discs.",
    "height_step_um": "Heights are rounded to multiples of this in µm.",
    "at_edge": "Only whole pillars, or also what the edge leaves of the others.",
    "merge": "Unite pillars that overlap, which are refused otherwise.",
    "from_um": "Size at the start in µm.",
    "to_um": "Size at the end in µm.",
    "start_um": "Where the start is, without it at the outline's edge or for a radius at its centre, counted in µm.",
    "end_um": "Where the end is, without it at the outline's edge, counted in µm.",
    "frame": "A ring along the edge, above the base.",
    "tab": "A tab to hold the film by, as thick as the base.",
    "notch": "A slot in the edge that tells which way the film lies.",
    "label": "A line of text beside the features, engraved or raised.",
    "corner_radius_um": "Radius of the rounded corners, 0 for square ones, in µm.",
    "corners_um": "Corners [x, y] from the plate's centre, in either sense, in µm.",
    "holes_um": "Corners of each hole, as of the outline itself, in µm.",
    "preset": "The coin cell that the disc is punched for.",
    "part": "What the disc is in the cell, which says its size.",
    "path": "File that draws the outline, from the recipe's folder.",
    "unit": "Unit of the numbers in the file, where it does not say it.",
    "sagitta_um": "How far chords may leave the drawn curves, in µm.",
    "at_deg": "Which way from the centre in degrees: 0 is right, 90 is back.",
    "at_um": "Middle of the text, [x, y] from the plate's centre, in µm.",
    "edge_um": "How far the text keeps from the edge, in µm.",
    "relief_um": "How deep the text is engraved, or how high it is raised, in µm.",
    "notes": "Remarks for whoever prints this.",
    "sources": "Key path, such as outline.diameter_um, to the origin of that number.",
}


def json_schema(kind: Kind | Literal["rig"]) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of all geometries' recipes, of a printer or resin profile, or of a rig file."""
    if kind == "geometry":
        return _recipe_schema()
    if kind == "rig":
        from voxelyte.rigs.schema import rig_schema

        return {"$schema": DRAFT, **_explained(rig_schema())}
    model = Printer if kind == "printer" else Resin
    return {"$schema": DRAFT, **_explained(model.model_json_schema(ref_template="#/$defs/{model}"))}


def _recipe_schema() -> dict[str, Any]:
    """One of the geometries, told apart by `geometry`."""
    definitions: dict[str, Any] = {}
    for name in members("solids"):
        schema = _explained(recipe_model(name).model_json_schema(ref_template="#/$defs/{model}"))
        definitions |= schema.pop("$defs", {})
        definitions[name] = _of_geometry(name, schema)
    choice = [{"$ref": f"#/$defs/{name}"} for name in members("solids")]
    return {"$schema": DRAFT, "title": "Recipe", "type": "object", "oneOf": choice, "$defs": definitions}


def _of_geometry(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """With `geometry` fixed; the parameters are required unless `like` brings them."""
    schema["properties"]["geometry"] |= {"const": name}
    required = dict.fromkeys(schema["required"])
    head = [key for key in required if key in RecipeFile.model_fields]
    parameters = [key for key in required if key not in head]
    return schema | {"required": head, "anyOf": [{"required": ["like"]}, {"required": parameters}]}


def _explained(schema: dict[str, Any]) -> dict[str, Any]:
    """With a description at every property, and without pydantic's titles, which only repeat the key."""
    for one in (schema, *schema.get("$defs", {}).values()):
        for key, entry in one.get("properties", {}).items():
            entry.pop("title", None)
            entry.setdefault("description", HEAD.get(key) or _described(key))
        tags = [key for key, entry in one.get("properties", {}).items() if "const" in entry]
        if tags:  # a shape must be named to be told from others, though it has only one value
            one["required"] = list(dict.fromkeys([*tags, *one.get("required", [])]))
    return schema


def _described(key: str) -> str:
    """`inner_radius_um` is 'Inner radius in µm.'"""
    for suffix, unit in UNITS.items():
        if key.endswith(suffix):
            return f"{_words(key.removesuffix(suffix))} in {unit}."
    return f"{_words(key)}."


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()
