"""Which films of a layer get how much light: one exposure of all of them, or a common base and then the rest for those who want more.

Films that share a plate may want different exposures t1 < t2 < ... of one layer. Exposure k lasts t(k) - t(k-1) and shows every
film that wants at least t(k), so that each film gets exactly its own time. Times of such a plate are whole milliseconds, which
is what machines count in: their differences add up to the very same times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from voxelyte.errors import SliceError
from voxelyte.region import Region
from voxelyte.resin import Resin
from voxelyte.solids import Shared, Solid, Wish

COMMON = frozenset({Wish()})


class Shot(NamedTuple):
    """One exposure of a layer, and whom it shows: films by their wishes; None: all that is solid."""

    exposure_s: float
    wishes: frozenset[Wish] | None = None


def sharing(solid: Solid) -> Shared | None:
    """The solid, if its films want different exposures."""
    return solid if isinstance(solid, Shared) and solid.every_wish != COMMON else None


def shots(shared: Shared | None, resin: Resin, index: int, z_um: float) -> tuple[Shot, ...]:
    """The exposures of layer `index`, whose section is that at `z_um`; `shared` is what `sharing` says of the solid."""
    if shared is None:
        return (Shot(resin.layer_exposure_s(index)),)
    times = {wish: exposure_ms(wish, resin, index) for wish in shared.wishes(z_um)}
    found, before = [], 0
    for time in sorted(set(times.values())):
        found.append(Shot((time - before) / 1000, frozenset(wish for wish in times if times[wish] >= time)))
        before = time
    return tuple(found)


def section(solid: Solid, z_um: float, wishes: frozenset[Wish] | None) -> Region:
    """What a shot shows."""
    if wishes is None or not isinstance(solid, Shared):
        return solid.section(z_um)
    return solid.wanting(z_um, wishes)


def exact_s(wish: Wish, resin: Resin, index: int) -> float:
    """The exposure of a film in layer `index`, by the resin's law for the first layers.

    An `exposure_s` of its own takes the place of the resin's in normal layers, towards which the first ones fade from the resin's
    `bottom_exposure_s`; a `factor` multiplies both.
    """
    if wish.exposure_s is None:
        return resin.layer_exposure_s(index) * wish.factor
    return resin.model_copy(update={"exposure_s": wish.exposure_s}).layer_exposure_s(index)


def exposure_ms(wish: Wish, resin: Resin, index: int) -> int:
    """The same in whole ms."""
    time = round(exact_s(wish, resin, index) * 1000)
    if time < 1:
        raise SliceError(f"exposure_factor={wish.factor:g} gives layer {index + 1} less than 1 ms")
    return time


def normal_s(solid: Shared, wish: Wish, resin: Resin) -> float:
    """A film's exposure in a normal layer, as it is printed."""
    if solid.every_wish == COMMON:
        return resin.exposure_s
    return exposure_ms(wish, resin, resin.bottom_layers + resin.fade_layers) / 1000


def rounding_notes(solid: Solid, resin: Resin) -> Iterator[str]:
    """What whole milliseconds change of the times asked for."""
    shared = sharing(solid)
    if shared is None:
        return
    layers = range(resin.bottom_layers + resin.fade_layers + 1)
    pairs = [(wish, index) for wish in shared.every_wish for index in (*layers[:1], *layers[resin.bottom_layers :])]
    error = max(abs(exposure_ms(wish, resin, index) / 1000 - exact_s(wish, resin, index)) for wish, index in pairs)
    if error > 1e-9:
        yield f"films share their layers' light in whole milliseconds: exposures are up to {error * 1000:.2g} ms off"
