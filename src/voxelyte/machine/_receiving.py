"""The last bytes of a mask: it is looked at outside the machine's lock, so that neither the print nor a stop waits for that."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition

from voxelyte.machine._job import HeldJob


def received(changed: Condition, held: Callable[[str], HeldJob], payload: bytes) -> bool:
    """DATA; True when it completes a mask. `changed` is the machine's lock, `held` gives its job, or refuses."""
    with changed:
        job = held("DATA")
        whole = job.take_data(payload)
    if whole is None:
        return False
    mask = None
    try:
        mask = job.checked(whole)
    finally:
        with changed:
            job.keep(whole, mask)
    with changed:
        held("DATA")  # else it ended meanwhile
    return True
