"""Where numbers are from: small figures beside them, and a list of what the figures mean."""

from __future__ import annotations

from html import escape

from voxelyte.source import Source, Sources


class Cited:
    """Sources in the order in which they are cited; equal ones share a figure."""

    def __init__(self) -> None:
        self._figures: dict[Source, int] = {}

    def of(self, sources: Sources, *paths: str) -> str:
        """HTML of the figures for some key paths; the source of a table stands for all keys in it. Empty where there is none."""
        found = (sources.get(path) or sources.get(path.partition(".")[0]) for path in paths)
        figures = dict.fromkeys(self._figure(source) for source in found if source)
        return f"<sup>{', '.join(map(str, figures))}</sup>" if figures else ""

    def _figure(self, source: Source) -> int:
        return self._figures.setdefault(source, len(self._figures) + 1)

    def listed(self) -> str:
        """HTML of the list."""
        return "".join(f"<li><b>{source.sure}</b>: {escape(source.where)}</li>" for source in self._figures)
