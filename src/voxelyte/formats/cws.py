"""Creation Workshop's scene file, .cws: pictures and the g-code that its host runs line by line.

manifest.xml     the names of the pictures in their order, of the g-code and of the slicing profile
<name>.slicing   the profile as XML: what was set, for people and for slicing again (Creation Workshop)
<name>.gcode     the print: see _cws_body for its lines and _cws_header for the remarks at its head
<name>NNNN.png   picture NNNN, from 0000: 32-bit RGBA, r = g = b, alpha 255, the size of the panel

Facts: UVtools (CWSFile.cs) and uv3dp (cws/format.go) as readers and writers; Creation Workshop's own SceneFile.cs,
BuildManager.cs and SliceBuildConfig.cs, which show how it loads a scene and runs its g-code; Photonic3D's
CreationWorkshopSceneFileProcessor.java, another host, which finds pictures by the g-code's name: so <name> never
ends in a digit. A panel of more than 67 million pixels gets grey pictures.

What is carried
- All that prints, because the g-code says it: thickness, exposures and motion of each layer, any number of
  exposures, and lamp power in 255ths (M106). Lifts of whole nm, times of whole ms, speeds of whole millionths of
  mm/min: finer ones are a loss. A layer without light is one too.
- Pitch, by the exact sides of the panel, and its mirrors (Flip X, Flip Y): pictures are stored as the panel is fed.
- No name, profiles or provenance.

The print starts where the plate stands, as in Creation Workshop, which homes nothing by itself: put the plate on
the vat's floor. Then it goes up by the first layer's thickness; Creation Workshop's own files expose their first
layer at once, so that its thickness is what the plate was left at. Reading one takes the header's for it. After
the last layer the plate stays where its lift leaves it.
"""

from __future__ import annotations

from typing import IO
from zipfile import ZipFile

from voxelyte.errors import FormatError
from voxelyte.formats import Content, Format, _xml
from voxelyte.formats._archive import Members, opened, put
from voxelyte.formats._bottom import bottom_of
from voxelyte.formats._coloured import as_rgba, grey_of
from voxelyte.formats._cws_body import (
    base_name,
    blank_ms,
    body,
    exposure_law,
    exposure_ms,
    exposures_law,
    feed_text,
    motion_law,
    shown,
)
from voxelyte.formats._cws_header import Header, header
from voxelyte.formats._cws_read import rows, run
from voxelyte.formats._foreign import MAX_LAYERS, Origin, foreign_job, usual
from voxelyte.formats._numbers import mm_text
from voxelyte.formats._pictures import Pictures
from voxelyte.formats._pwm import power_law
from voxelyte.job import Job

MANIFEST = "manifest.xml"
START = ["G21 ;Set units to be mm", "G91 ;Relative Positioning", "M17 ;Enable motors", ";<Slice> Blank", "M106 S0"]
END = ["", "M106 S0", "M18 ;Disable Motors", ";<Completed>"]


def write(job: Job, file: IO[bytes]) -> None:
    """Write the pictures, each mask painted and encoded once, then the g-code and the two lists."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    job, name, names = shown(job), base_name(job.name), list[str]()
    with ZipFile(file, "w") as archive:
        for _, pictures in Pictures(job, as_rgba).all():
            for data in pictures:
                names.append(f"{name}{len(names):04}.png")
                put(archive, names[-1], data)
        code = [*header(job, "UV_DLP"), "", *START, *body(job), *END, ""]
        put(archive, f"{name}.gcode", "\n".join(code).encode())
        put(archive, f"{name}.slicing", _xml.written("SliceBuildConfig", 2, _slicing(job)))
        put(archive, MANIFEST, _xml.written("manifest", 1, _manifest(name, names)))


def _manifest(name: str, names: list[str]) -> _xml.Tree:
    return {
        "Models": "",
        "Slices": {"Slice": [{"name": one} for one in names]},
        "SliceProfile": {"name": f"{name}.slicing"},
        "GCode": {"name": f"{name}.gcode"},
    }


def _slicing(job: Job) -> _xml.Tree:
    panel, motion = job.panel, usual(layer.motion for layer in job.layers)
    return {
        "DotsPermmX": f"{1000 / panel.pitch_x_um:.5f}",
        "DotsPermmY": f"{1000 / panel.pitch_y_um:.5f}",
        "XResolution": f"{panel.width_px}",
        "YResolution": f"{panel.height_px}",
        "BlankTime": f"{usual(map(blank_ms, job.layers))}",
        "TopTime": "0",
        "ExportSVG": "0",
        "Export": "False",
        "XOffset": "0",
        "YOffset": "0",
        "Direction": "Bottom_Up",
        "LiftDistance": f"{motion.lift_mm:g}",
        "SlideTiltValue": "0",
        "AntiAliasing": "True",
        "UseMainLiftGCode": "False",
        "AntiAliasingValue": "1",
        "LiftFeedRate": feed_text(motion.lift_mm_s),
        "BottomLiftFeedRate": feed_text(job.layers[0].motion.lift_mm_s),
        "LiftRetractRate": feed_text(motion.retract_mm_s),
        "ExportOption": "ZIP",
        "RenderOutlines": "False",
        "FlipX": f"{panel.mirror_x}",
        "FlipY": f"{panel.mirror_y}",
        "InkConfig": _ink(job),
        "SelectedInk": job.resin.name,
    }


def _ink(job: Job) -> _xml.Tree:
    bottom = bottom_of([exposure_ms(layer.exposures[0]) for layer in job.layers])
    return {
        "Name": job.resin.name,
        "SliceHeight": mm_text(usual(layer.thickness_nm for layer in job.layers)),
        "LayerTime": f"{bottom.usual}",
        "FirstLayerTime": f"{bottom.first}",
        "NumberofBottomLayers": f"{bottom.count}",
    }


def read(content: Content) -> Job:
    """Read what the g-code prints; pictures are decoded when their pixels are asked for."""
    archive = opened(content)
    manifest = _xml.parsed(MANIFEST, archive.text(MANIFEST), "manifest")
    code_name = _xml.text_at(manifest, "GCode/name")
    code = archive.text(code_name)
    said = Header(code_name, code.splitlines())
    panel, host = said.panel(), run(code_name, code, said)
    names = [_xml.text_at(one, "name") for one in manifest.iterfind("Slices/Slice")]
    if len(names) != said.slices:
        raise FormatError(f"{MANIFEST}: {len(names)} slices are listed, {code_name} says {said.slices}")
    masks = list(archive.masks(names, panel, grey_of))
    layers = rows(host, said, masks)
    origin = Origin(
        resin=_resin(archive, _xml.text_at(manifest, "SliceProfile/name")),
        build_height_mm=said.build_height_mm,
        notes=tuple(sorted(host.notes)),
    )
    return foreign_job(panel, layers, ".cws", origin)


def _resin(archive: Members, name: str) -> str:
    """The ink of the slicing profile, which may be absent."""
    if name not in archive:
        return ""
    return _xml.text_at(_xml.parsed(name, archive.text(name), "SliceBuildConfig"), "SelectedInk")


def recognises(content: Content) -> bool:
    """A zip whose manifest.xml lists slices and g-code."""
    try:
        archive = opened(content)
        return MANIFEST in archive and "<GCode" in archive.text(MANIFEST)
    except FormatError:
        return False


FORMAT = Format(
    name="cws",
    title="Creation Workshop scene",
    suffixes=(".cws", ".xml.cws"),
    carries=frozenset({"thickness", "exposure", "exposures", "motion", "power", "grey", "pitch", "mirror"}),
    laws={"exposure": exposure_law, "exposures": exposures_law, "motion": motion_law, "power": power_law},
    write=write,
    read=read,
    recognises=recognises,
    notes=(
        "its g-code is the print: times in whole ms, lifts in whole nm, lamp power in 255ths",
        "delays hold the time of the moves without acceleration; a slower stage rests that much less",
        "nothing homes: the plate must stand on the vat's floor, and stays where the last lift leaves it",
    ),
    checked=("Pillow (pictures)",),
)
