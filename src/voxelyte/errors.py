"""What can go wrong, split by what the user can do about it.

VoxelyteError
├─ RecipeError            a geometry or profile text is wrong      (fix the file)
├─ SliceError             the solid does not fit or resolve        (change size, layer, printer)
├─ FormatError            the bytes are not what the name says
│  └─ LossyExport         the format cannot carry this job
└─ PrinterError           carries .trace, the last lines on the wire
   ├─ PrinterUnreachable  cable, power, address
   ├─ PrinterTimeout      it does not answer any more
   ├─ PrinterRefused      the machine said no, with its own code and words
   │  └─ ExposureCut      an exposure was cut in the middle: complete it, redo it, or stop
   └─ PrinterConfused     it said something that cannot be read

A message names the field, the value and the law: `pitch_um=250 must exceed diameter_um=300`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class VoxelyteError(Exception):
    """Anything this package refuses or reports; its text is meant to be read by the user."""


class RecipeError(VoxelyteError):
    """A geometry, profile or parameter is wrong; one line for each fault."""


class SliceError(VoxelyteError):
    """The solid does not fit the printer, or cannot be cut into its layers."""


class FormatError(VoxelyteError):
    """A file is not what its name says; names the member or the offset."""


class LossyExport(FormatError):
    """A format cannot carry what the job says; `losses` has one line for each loss."""

    def __init__(self, format_name: str, losses: Sequence[str], choices: Sequence[str] = ()) -> None:
        self.format_name, self.losses, self.choices = format_name, tuple(losses), tuple(choices)
        text = f"{format_name} cannot carry: {'; '.join(losses)}"
        super().__init__(text + (f". Possible: {'; '.join(choices)}" if choices else ""))


class PrinterError(VoxelyteError):
    """The machine or the way to it failed; `trace` holds the last lines on the wire."""

    def __init__(self, text: str, trace: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.trace = tuple(trace)


class PrinterUnreachable(PrinterError):
    """Nobody answers at the address: cable, power, address."""


class PrinterTimeout(PrinterError):
    """The machine was there and does not answer any more."""


class PrinterRefused(PrinterError):
    """The machine said no; `code` and the message are its own."""

    def __init__(self, code: str, text: str, trace: Sequence[str] = ()) -> None:
        super().__init__(f"{text} [{code}]", trace)
        self.code = code


class ExposureCut(PrinterRefused):
    """An exposure was begun and not made whole. `on_time_s` of `asked_s` is known; None: nobody knows how long it was lit."""

    def __init__(
        self,
        text: str,
        *,
        layer: int,
        exposure: int,
        asked_s: float,
        on_time_s: float | None,
        trace: Sequence[str] = (),
    ) -> None:
        super().__init__("cut", text, trace)
        self.layer, self.exposure = layer, exposure
        self.asked_s, self.on_time_s = asked_s, on_time_s


class PrinterConfused(PrinterError):
    """The machine said something that cannot be read, or that breaks the protocol."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """`no printer 'asiga-mx'; did you mean 'asiga-max'? …` with the nearest known name, or all of them."""
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names) or 'none'}"
    return f"no {kind} {name!r}; {hint}"
