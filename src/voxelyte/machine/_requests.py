"""The keys of every request: docs/stream-protocol.md, section 3, without what differs between machines."""

from __future__ import annotations

from voxelyte.machine._fields import Kind, Listing, Number, Table, Whole, Words

_POSITIVE = Number(above=True)

EMPTY = Table({})
_HEX = Words(64, 64, "[0-9a-fA-F]{64}")
HELLO = Table(
    {
        "protocol": Words(1, 100, "voxelyte-stream"),
        "versions": Listing(Whole()),
        "client": Words(),
        "nonce": _HEX,
    },
    optional=frozenset({"nonce"}),  # version 1 had none, and is to hear that its version is the trouble
)
AUTH = Table({"proof": _HEX})
_JOB: dict[str, Kind] = {
    "job": Words(1, 64),
    "name": Words(),
    "layers": Whole(1),
    "height_nm": Whole(1),
    "panel": Table(
        {
            "width_px": Whole(1),
            "height_px": Whole(1),
            "pitch_x_um": _POSITIVE,
            "pitch_y_um": _POSITIVE,
        }
    ),
    "wavelength_nm": _POSITIVE,
}
JOB = Table(_JOB, optional=frozenset({"wavelength_nm"}))
RESUME = Table(_JOB | {"cut": Words(1, 8, "stop|complete|redo")}, optional=frozenset({"wavelength_nm"}))
MASK = Table(
    {
        "mask": Whole(0, 2**32 - 1),
        "encoding": Words(),
        "bytes": Whole(1),
        "sha256": _HEX,
        "width_px": Whole(1),
        "height_px": Whole(1),
    }
)
LAYER = Table(
    {
        "layer": Whole(),
        "thickness_nm": Whole(1),
        "top_nm": Whole(1),
        "motion": Table(
            {
                "lift_mm": Number(),
                "lift_mm_s": _POSITIVE,
                "retract_mm_s": _POSITIVE,
                "wait_before_exposure_s": Number(),
                "wait_after_exposure_s": Number(),
            }
        ),
        "exposures": Listing(
            Table(
                {
                    "exposure": Whole(),
                    "mask": Whole(0, 2**32 - 1),
                    "exposure_s": _POSITIVE,
                    "power": Number(0, 1, above=True),
                }
            )
        ),
    }
)
STOP = Table({"reason": Words(), "when": Words(1, 8, "now|exposure")}, optional=frozenset({"when"}))
FORGET = Table({"mask": Whole(0, 2**32 - 1)})
REPORT = Table({"from_layer": Whole(), "count": Whole(1, 100)})
HISTORY = Table({"job": Words(1, 64), "from_layer": Whole(), "count": Whole(1, 100)})
