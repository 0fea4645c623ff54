"""Work done a little ahead of whoever takes it, by as many processes or threads as there are processors, and handed over in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from voxelyte.formats import _forked

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 4
"""Workers: more would hold more pictures than they gain."""


def ahead(work: Callable[[Item], Result], items: Sequence[Item], long: bool = False) -> Iterator[Result]:
    """What `work` makes of each item, in the order of the items; at most a few are held that nobody has taken.

    Work that is `long` is done by processes where they can be had: they cost some ms, and results must be picklable.
    """
    workers = min(MOST, os.cpu_count() or 1, len(items))
    if workers < 2:
        return map(work, items)
    if long and _forked.possible():
        return _forked.forked(work, items, workers)
    return _threaded(work, items, workers)


def _threaded(work: Callable[[Item], Result], items: Sequence[Item], threads: int) -> Iterator[Result]:
    """Numpy and igzip let other threads run, Python does not."""
    from concurrent.futures import Future, ThreadPoolExecutor

    pool, waiting = ThreadPoolExecutor(threads), deque[Future[Result]]()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
