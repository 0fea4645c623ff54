"""The job that a machine holds: what was announced, the masks in their places, the layers in their queue.

Every method checks everything before it changes anything, so that a refused request leaves no trace.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from hashlib import sha256
from math import isclose
from struct import Struct
from typing import Any

from voxelyte.machine._history import History
from voxelyte.machine.design import Design
from voxelyte.machine.mask import Mask, checked_mask
from voxelyte.machine.refusals import Refused

DATA_HEAD = Struct("<II")
MAX_EXPOSURES = 64
MAX_WAIT_S = 3600.0
MIN_SPEED_MM_S = 0.001


@dataclass(frozen=True)
class HeldExposure:
    """One exposure of a held layer."""

    exposure: int
    mask_id: int
    mask: Mask
    exposure_s: float
    power: float


@dataclass(frozen=True)
class HeldLayer:
    """One layer in the queue."""

    layer: int
    thickness_nm: int
    top_nm: int
    motion: dict[str, float]
    exposures: tuple[HeldExposure, ...]


@dataclass
class Transfer:
    """A mask whose bytes are on their way."""

    mask: int
    bytes_: int
    sha256: str
    data: bytearray


class HeldJob:
    """One job, from JOB or RESUME to its end. `cut`: what is done with an exposure that was cut, as RESUME has it."""

    def __init__(self, design: Design, history: History, cut: str = "stop") -> None:
        self.design, self.history, self._cut = design, history, cut
        self.id, self.layers, self.height_nm = history.id, history.layers, int(history.keys["height_nm"])
        self.queue: deque[HeldLayer] = deque()
        self.masks: dict[int, Mask] = {}
        self.transfers: dict[int, Transfer] = {}
        self.next_layer, self.top_nm = history.layers_done, history.top_nm

    def due(self, layer: int, one: HeldExposure) -> tuple[HeldExposure, bool] | None:
        """What is still to be made of an exposure, and whether it was begun before; None when nothing is."""
        if (made := self.history.made(layer, one.exposure)) is None:
            return one, False
        if made.whole:
            return None
        got_s = made.on_time_s if self._cut == "complete" and made.on_time_s else 0.0
        return replace(one, exposure_s=one.exposure_s - got_s), True

    def announce(self, keys: dict[str, Any]) -> None:
        """MASK: a place for a mask is taken."""
        number, places = keys["mask"], self.design.holds["masks"]
        check_mask(self.design, keys)
        if number in self.masks or number in self.transfers:
            raise Refused("field", f"mask={number} is held already and must be another; FORGET it first")
        if len(self.masks) + len(self.transfers) >= places:
            raise Refused("mask-slots", f"mask={number} has no place: all {places} are taken")
        self.transfers[number] = Transfer(number, keys["bytes"], keys["sha256"].lower(), bytearray())

    def take_data(self, payload: bytes) -> Transfer | None:
        """DATA: the transfer when that completes it. What cannot be taken drops the mask that was on its way."""
        if len(payload) <= DATA_HEAD.size:
            raise Refused("field", f"DATA of {len(payload)} bytes must have more than {DATA_HEAD.size}")
        number, offset = DATA_HEAD.unpack_from(payload)
        if (transfer := self.transfers.get(number)) is None:
            raise Refused("mask-unknown", f"mask={number} must be announced by MASK before its data")
        try:
            self._grow(transfer, offset, payload[DATA_HEAD.size :])
        except Refused:
            del self.transfers[number]
            raise
        return transfer if len(transfer.data) == transfer.bytes_ else None

    def checked(self, transfer: Transfer) -> Mask:
        """The mask that came; Refused if its bytes are not what was announced. It changes nothing, and needs no lock."""
        came = sha256(transfer.data).hexdigest()
        if came != transfer.sha256:
            raise Refused("mask-hash", f"mask={transfer.mask}: sha256={came} must be {transfer.sha256}")
        return checked_mask(bytes(transfer.data), self.design.width_px, self.design.height_px)

    def keep(self, transfer: Transfer, mask: Mask | None) -> None:
        """The end of a transfer: its mask is held, or it was none and its place is free."""
        del self.transfers[transfer.mask]
        if mask:
            self.masks[transfer.mask] = mask

    def add_layer(self, keys: dict[str, Any]) -> None:
        """LAYER: it waits in the queue, with its masks."""
        check_layer(self.design, keys)
        self._check_order(keys)
        self._check_begun(keys)
        exposures = tuple(self._exposure(one) for one in keys["exposures"])
        if len(self.queue) >= (places := self.design.holds["layers"]):
            raise Refused("layer-slots", f"layer={keys['layer']} has no place: all {places} are taken")
        top_nm = keys["top_nm"]
        self.queue.append(HeldLayer(keys["layer"], keys["thickness_nm"], top_nm, keys["motion"], exposures))
        self.next_layer, self.top_nm = self.next_layer + 1, top_nm

    def forget(self, number: int) -> None:
        """FORGET: the place of a mask that no queued layer needs is free."""
        if number not in self.masks:
            raise Refused("mask-unknown", f"mask={number} is not held")
        users = [one.layer for one in self.queue if any(e.mask_id == number for e in one.exposures)]
        if users:
            raise Refused("mask-in-use", f"mask={number} is needed by layer={users[0]}, which is not done")
        del self.masks[number]

    def _grow(self, transfer: Transfer, offset: int, data: bytes) -> None:
        if offset != len(transfer.data):
            raise Refused("order", f"mask={transfer.mask}: offset={offset} must be {len(transfer.data)}")
        if (end := offset + len(data)) > transfer.bytes_:
            raise Refused("mask-size", f"mask={transfer.mask}: {end} bytes must be bytes={transfer.bytes_}")
        transfer.data += data

    def _exposure(self, keys: dict[str, Any]) -> HeldExposure:
        number = keys["mask"]
        if number not in self.masks:
            raise Refused("mask-unknown", f"exposure={keys['exposure']}: mask={number} is not held")
        return HeldExposure(keys["exposure"], number, self.masks[number], keys["exposure_s"], keys["power"])

    def _check_order(self, keys: dict[str, Any]) -> None:
        layer, top_nm, thickness_nm = keys["layer"], keys["top_nm"], keys["thickness_nm"]
        if layer != self.next_layer or layer >= self.layers:
            raise Refused("order", f"layer={layer} must be {self.next_layer}, of {self.layers} layers")
        if top_nm != self.top_nm + thickness_nm:
            own_nm = self.top_nm + thickness_nm
            raise Refused("order", f"top_nm={top_nm} must be {own_nm}, the sum of all thicknesses")
        last = layer == self.layers - 1
        if (top_nm != self.height_nm) if last else (top_nm >= self.height_nm):
            law = f"must {'be' if last else 'be below'} height_nm={self.height_nm}"
            raise Refused("order", f"layer={layer} of {self.layers}: top_nm={top_nm} {law}")
        for index, one in enumerate(keys["exposures"]):
            if one["exposure"] != index:
                raise Refused("order", f"exposures[{index}].exposure={one['exposure']} must be {index}")

    def _check_begun(self, keys: dict[str, Any]) -> None:
        """A layer of which something was made before must be as it was then."""
        if not (begun := self.history.layer(keys["layer"])):
            return
        if keys["top_nm"] != begun.top_nm:
            raise Refused(
                "order", f"layer={begun.layer}: top_nm={keys['top_nm']} must be {begun.top_nm}, as it was begun"
            )
        asked = {one["exposure"]: one["exposure_s"] for one in keys["exposures"]}
        for made in begun.exposures.values():
            if (now_s := asked.get(made.exposure)) != made.asked_s:
                name = f"layer={begun.layer} exposure={made.exposure}"
                raise Refused("order", f"{name}: exposure_s={now_s} must be {made.asked_s:g}, as it was begun")


def check_job(design: Design, keys: dict[str, Any]) -> None:
    """Panel, wavelength, volume and count of a JOB against the machine's own."""
    own, its, limits = design.panel, keys["panel"], design.limits
    wrong = [f"{key}={its[key]:g} must be {own[key]:g}" for key in own if not _same(its[key], own[key])]
    if wrong:
        raise Refused("panel", f"panel: {'; '.join(wrong)}")
    wavelength_nm = keys.get("wavelength_nm", design.wavelength_nm)
    if not _same(wavelength_nm, design.wavelength_nm):
        raise Refused("wavelength", f"wavelength_nm={wavelength_nm:g} must be {design.wavelength_nm:g}")
    _at_most("volume", "height_nm", keys["height_nm"], "build_height_nm", limits.build_height_nm)
    _at_most("exposure", "layers", keys["layers"], "max_layers", limits.max_layers)


def check_mask(design: Design, keys: dict[str, Any]) -> None:
    """Encoding and sizes of a MASK against the machine's own."""
    if keys["encoding"] != "png":
        raise Refused("unsupported", f"encoding={keys['encoding'][:60]} must be png")
    for key, own in (("width_px", design.width_px), ("height_px", design.height_px)):
        if keys[key] != own:
            raise Refused("mask-size", f"{key}={keys[key]} must be the panel's {own}")
    _at_most("mask-size", "bytes", keys["bytes"], "max_mask_bytes", design.max_mask_bytes)


def check_layer(design: Design, keys: dict[str, Any]) -> None:
    """Thickness, exposures and motion of a LAYER against the machine's limits."""
    limits, thickness_nm = design.limits, keys["thickness_nm"]
    in_range = limits.min_thickness_nm <= thickness_nm <= limits.max_thickness_nm
    if not in_range or thickness_nm % limits.thickness_step_nm:
        law = f"{limits.min_thickness_nm} to {limits.max_thickness_nm} in steps of {limits.thickness_step_nm}"
        raise Refused("thickness", f"thickness_nm={thickness_nm} must be {law}")
    if len(keys["exposures"]) > MAX_EXPOSURES:
        raise Refused("exposure", f"exposures={len(keys['exposures'])} must be at most {MAX_EXPOSURES}")
    for one in keys["exposures"]:
        _at_most("exposure", "exposure_s", one["exposure_s"], "max_exposure_s", limits.max_exposure_s)
    _check_motion(design, keys["motion"])


def _check_motion(design: Design, motion: dict[str, float]) -> None:
    fast, limits = design.limits.max_speed_mm_s, design.limits
    ranges = {
        "lift_mm": (0.0, limits.max_lift_mm),
        "lift_mm_s": (MIN_SPEED_MM_S, fast),
        "retract_mm_s": (MIN_SPEED_MM_S, fast),
        "wait_before_exposure_s": (0.0, MAX_WAIT_S),
        "wait_after_exposure_s": (0.0, MAX_WAIT_S),
    }
    wrong = [
        f"{key}={motion[key]:g} must be {low:g} to {high:g}"
        for key, (low, high) in ranges.items()
        if not low <= motion[key] <= high
    ]
    if wrong:
        raise Refused("motion", "; ".join(wrong))


def _at_most(code: str, name: str, value: float, limit: str, most: float) -> None:
    if value > most:
        raise Refused(code, f"{name}={value} must be at most {limit}={most}")


def _same(a: float, b: float) -> bool:
    return isclose(a, b, rel_tol=1e-9)
