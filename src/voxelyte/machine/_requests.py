"""The keys of every request: docs/stream-protocol.md, section 3, without what differs between machines."""

from __future__ import annotations

from voxelyte.machine._fields import Listing, Number, Table, Whole, Words

_POSITIVE = Number(above=True)

EMPTY = Table({})
HELLO = Table({"protocol": Words(1, 100, "voxelyte-stream"), "versions": Listing(Whole()), "client": Words()})
JOB = Table(
    {
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
    },
    optional=frozenset({"wavelength_nm"}),
)
MASK = Table(
    {
        "mask": Whole(0, 2**32 - 1),
        "encoding": Words(),
        "bytes": Whole(1),
        "sha256": Words(64, 64, "[0-9a-fA-F]{64}"),
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
STOP = Table({"reason": Words()})
FORGET = Table({"mask": Whole(0, 2**32 - 1)})
REPORT = Table({"from_layer": Whole(), "count": Whole(1, 100)})
