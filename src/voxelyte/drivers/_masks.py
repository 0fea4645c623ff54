"""Masks on their way: encoded ahead, kept while few, and cut into pieces that leave the line free for a STOP."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

from voxelyte.drivers._link import Link
from voxelyte.drivers._requests import mask_request
from voxelyte.job import Mask
from voxelyte.printer import Panel

KEPT = 4
"""Encoded masks in the host's memory."""
PIECE_BYTES = 4096
"""Longest piece in one DATA frame (section 4, watchdog)."""
FIRST_BURST_BYTES, LEAST_BURST_BYTES, MOST_BURST_BYTES = 1024, 256, 1 << 20


class Encoded:
    """The PNG bytes of a job's masks, the last few kept. One thread paints and encodes; `ahead` lets it begin."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Mask, Future[bytes]] = OrderedDict()
        self._worker = ThreadPoolExecutor(1, "voxelyte-encoder")

    def png(self, mask: Mask) -> bytes:
        """The mask as the wire carries it."""
        return self._begun(mask).result()

    def ahead(self, mask: Mask) -> None:
        """Begin with a mask that is needed soon, while others travel and layers print."""
        self._begun(mask)

    def close(self) -> None:
        """End the thread; what it paints now is lost."""
        self._worker.shutdown(cancel_futures=True)

    def _begun(self, mask: Mask) -> Future[bytes]:
        if mask not in self._kept:
            while len(self._kept) >= KEPT:
                self._kept.popitem(last=False)
            self._kept[mask] = self._worker.submit(_encoded, mask)
        self._kept.move_to_end(mask)
        return self._kept[mask]


def _encoded(mask: Mask) -> bytes:
    from voxelyte.png import encode

    return encode(mask.pixels())


class Feed:
    """Sends masks in bursts, each followed by a PING whose answer shows that the machine has read it.

    So no more than a burst is ever on the way, in whatever buffers lie between: a STOP is not stuck behind it,
    and the answers that prove the machine alive come in time. A burst grows while its answer comes quickly,
    and shrinks when it does not.
    """

    def __init__(self, link: Link, watchdog_s: float, max_payload_bytes: int) -> None:
        self._link, self._watchdog_s = link, watchdog_s
        self._piece_bytes = min(PIECE_BYTES, max_payload_bytes - 8)
        self._burst_bytes = FIRST_BURST_BYTES

    def send(self, number: int, png: bytes, panel: Panel) -> Iterator[None]:
        """Send one mask; yields after every burst, for the caller to look around."""
        self._link.ask("MASK", mask_request(number, png, panel))
        offset = 0
        while offset < len(png):
            end = min(len(png), offset + self._burst_bytes)
            self._burst(number, png, offset, end)
            offset = end
            yield

    def _burst(self, number: int, png: bytes, start: int, end: int) -> None:
        begun_s = monotonic()
        for offset in range(start, end, self._piece_bytes):
            piece = png[offset : min(end, offset + self._piece_bytes)]
            if offset + len(piece) == len(png):
                self._link.ask_data(number, offset, piece)
                return
            self._link.send_data(number, offset, piece)
        self._link.ask("PING")
        self._adapt(monotonic() - begun_s)

    def _adapt(self, took_s: float) -> None:
        if took_s < self._watchdog_s / 8:
            self._burst_bytes = min(2 * self._burst_bytes, MOST_BURST_BYTES)
        elif took_s > self._watchdog_s / 2:
            self._burst_bytes = max(self._burst_bytes // 2, LEAST_BURST_BYTES)
