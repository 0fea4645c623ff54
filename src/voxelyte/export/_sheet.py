"""The process sheet: one page of HTML, without script and without anything from elsewhere, that prints on A4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import file_digest
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

from voxelyte.export import _words
from voxelyte.export._drawing import figures
from voxelyte.export._masks import TABLE
from voxelyte.export._measures import doses, exposures, lamp, mm, number, um, wavelength
from voxelyte.export._sources import Cited
from voxelyte.export._subject import MASKS, MESH, TABLE_OF_FILMS, Subject
from voxelyte.job import Job, Layer
from voxelyte.printer import Printer
from voxelyte.resin import Resin

MOST_ROWS = 12
"""Layers up to which each has a row of its own, and rows up to which a table of runs is whole."""


def sheet(subject: Subject) -> str:
    """The whole page. Equal jobs make equal pages: it has no date."""
    job, cited = subject.job, Cited()
    page = Template(Path(__file__).with_name("sheet.html").read_text(encoding="utf-8"))
    blocks = {
        "title": escape(f"{job.name} on {job.printer.name}: process sheet"),
        "name": escape(job.name),
        "machine": escape(job.printer.title),
        "keys": _keys(job),
        "layers": _layers(subject),
        "place": _place(subject, cited),
        "light": _light(job, cited),
        "remarks": _remarks(subject),
        "figures": figures(subject),
        "steps_title": "What to enter in Composer" if subject.composer else "At the machine",
        "steps": _items(_words.steps(subject)),
        "unknown": _items(_words.unknown(subject)),
        "files": _files(subject),
        "footer": escape(_words.origin(job)),
    }
    return page.substitute(blocks, sources=cited.listed())


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{escape(text)}</li>" for text in texts)


def _remarks(subject: Subject) -> str:
    """What the resin's profile says beside its light; nothing where it says nothing."""
    resin = subject.job.resin
    notes = [note for note in resin.notes if note not in _words.of_light(resin)]
    return f'<h2>{escape(resin.title)}</h2><ul class="small">{_items(notes)}</ul>' if notes else ""


def _said(texts: Iterable[str]) -> str:
    return "".join(f'<p class="soft">{escape(text)}</p>' for text in texts)


def _table(rows: Iterable[Sequence[str]], head: Sequence[str] = (), right: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already; columns in `right` are aligned to the right."""
    side = ['class="r"' if column in right else "" for column in range(9)]
    lines = [("th", head)] if head else []
    lines += [("td", row) for row in rows]
    cells = (
        "".join(f"<{tag} {side[column]}>{cell}</{tag}>" for column, cell in enumerate(line)) for tag, line in lines
    )
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in cells)}</table>"


def _facts(rows: Iterable[Sequence[str]]) -> str:
    """A table of names and values."""
    return _table(rows).replace("<table>", '<table class="facts">')


def _keys(job: Job) -> str:
    """The numbers that one looks for first."""
    keys = {
        "wavelength": wavelength(job),
        "a layer": exposures(job),
        "dose a layer": doses(job),
        "height": f"{um(job.height_nm)} µm",
    }
    return "".join(f"<div><b>{value or 'not known'}</b>{name}</div>" for name, value in keys.items())


def _layers(subject: Subject) -> str:
    """Every layer of a short film, runs of equal ones of a long one."""
    layers = list(subject.job.layers)
    groups = [[layer] for layer in layers]
    if len(layers) > MOST_ROWS:
        equal = groupby(layers, lambda layer: (layer.thickness_nm, layer.exposures))
        groups = [list(run) for _, run in equal]
    rows = [_layer_row(subject, group) for group in groups]
    if len(rows) > MOST_ROWS:
        rows = [*rows[: MOST_ROWS - 4], ["…"] * 5, *rows[-3:]]
    head = "layer", "thickness, µm", "from – to, µm", "exposure", "mask"
    more = [] if len(groups) == len(layers) <= MOST_ROWS else [f"Every layer: {MASKS}/{TABLE}."]
    return _table(rows, head, right=(1, 2, 3)) + _said(more)


def _layer_row(subject: Subject, group: Sequence[Layer]) -> list[str]:
    first, last = group[0], group[-1]
    index = str(first.index + 1) + (f" – {last.index + 1}" if last is not first else "")
    thickness = f"{len(group)} × " * (len(group) > 1) + um(first.thickness_nm)
    heights = f"{um(first.top_nm - first.thickness_nm)} – {um(last.top_nm)}"
    masks = dict.fromkeys(subject.pictures[one.mask].name for one in first.exposures)
    return [index, thickness, heights, lamp(first), ", ".join(masks) or "dark"]


def _place(subject: Subject, cited: Cited) -> str:
    """The panel's grid, and where on it the film lies."""
    panel, sources = subject.job.panel, subject.job.printer.sources
    pixels = cited.of(sources, "panel.width_px", "panel.height_px")
    pitch = " × ".join(dict.fromkeys((number(panel.pitch_x_um), number(panel.pitch_y_um))))
    pitches = cited.of(sources, "panel.pitch_x_um", "panel.pitch_y_um")
    (x0, y0, x1, y1), (x, y) = subject.box_mm, (side / 2000 for side in panel.size_um)
    rows = {
        "pixels": f"{panel.width_px} × {panel.height_px}{pixels} of {pitch} µm{pitches}",
        "plate": f"{mm(2 * x)} × {mm(2 * y)} mm",
        "film": f"{mm(x1 - x0)} × {mm(y1 - y0)} × {number(subject.job.height_nm / 1e6)} mm",
        "from the plate's corner": f"x {mm(x0)} to {mm(x1)}, y {mm(y0)} to {mm(y1)} mm",
        "from its centre": f"x {mm(x0 - x)} to {mm(x1 - x)}, y {mm(y0 - y)} to {mm(y1 - y)} mm",
    }
    return _facts(rows.items()) + _said(_words.frame(subject))


def _light(job: Job, cited: Cited) -> str:
    """Wavelength, exposure, irradiance and dose, each with its source; without those that nobody knows."""
    resin = job.resin
    rows = _wavelengths(job, cited)
    rows["exposure"] = f"{exposures(job)} a layer{cited.of(resin.sources, 'exposure_s')}"
    if resin.irradiance_mw_cm2 is not None:
        mark = cited.of(resin.sources, "irradiance_mw_cm2")
        rows[_words.irradiance(resin)] = f"{number(resin.irradiance_mw_cm2)} mW/cm²{mark}"
        rows["dose"] = f"{doses(job)} in {exposures(job)}"
    rows["layer of these data"] = f"{number(resin.layer_um)} µm{cited.of(resin.sources, 'layer_um')}"
    return _facts(rows.items()) + _said((*_words.of_light(resin), *job.provenance.notes))


def _wavelengths(job: Job, cited: Cited) -> dict[str, str]:
    """One line where machine and resin agree."""
    both: dict[str, Printer | Resin] = {"wavelength of the machine": job.printer, "wavelength of these data": job.resin}
    known = {name: one for name, one in both.items() if one.wavelength_nm}
    marks = {name: cited.of(one.sources, "wavelength_nm") for name, one in known.items()}
    if len(known) == 2 and job.printer.wavelength_nm == job.resin.wavelength_nm:
        return {"wavelength": f"{wavelength(job)}{''.join(marks.values())}"}
    return {name: f"{number(one.wavelength_nm or 0)} nm{marks[name]}" for name, one in known.items()}


def _files(subject: Subject) -> str:
    """What lies beside the sheet, and how to know that it is still the same."""
    place = subject.place
    names = [
        name for name in (subject.film, MESH, TABLE_OF_FILMS, f"{MASKS}/{TABLE}") if name and (place / name).is_file()
    ]
    rows = [(name, f"{(place / name).stat().st_size:,}", _hash(place / name)) for name in names]
    pictures = f"{len(list((place / MASKS).glob('*.png')))} pictures"
    says = f"as the panel would show them{', and without greys' if subject.composer else ''}; {TABLE} names their layers and hashes"
    return _table([*rows, (f"{MASKS}/*.png", pictures, says)], ("file", "bytes", "SHA-256"), right=(1,))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return f'<span class="hash">{file_digest(file, "sha256").hexdigest()}</span>'
