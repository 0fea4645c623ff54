"""Work done a little ahead by forked processes, and handed over in order: threads of Python share one lock, these share none.

A child begins as a copy of this process, so that nothing has to be sent to it. What it makes comes back through a pipe,
which holds about a batch that nobody has taken; then the child waits. It ends by itself when nobody reads any more.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Generic, TypeVar
from warnings import catch_warnings, simplefilter

from voxelyte.errors import VoxelyteError

Item = TypeVar("Item")
Result = TypeVar("Result")

PIPE_BYTES = 1 << 20
"""As much as Linux lets anybody ask for (`pipe-max-size` in pipe(7)): the masks of a batch."""


def possible() -> bool:
    """Whether this process may fork: a copy has one thread, and would wait for ever for a lock that another one held."""
    return sys.platform == "linux" and threading.active_count() == 1


def forked(work: Callable[[Item], Result], items: Sequence[Item], processes: int) -> Iterator[Result]:
    """What `work` makes of each item, in the order of the items; `possible` must have been asked."""
    workers: list[_Worker[Result]] = []
    try:
        for first in range(processes):
            workers.append(_Worker.begun(work, items[first::processes]))
        for index in range(len(items)):
            yield workers[index % processes].next()
    finally:
        for worker in workers:
            worker.end()


@dataclass(frozen=True)
class _Worker(Generic[Result]):
    """A child, as its parent sees it."""

    process: int
    results: IO[bytes]

    @classmethod
    def begun(cls, work: Callable[[Item], Result], items: Sequence[Item]) -> _Worker[Result]:
        """A child that works on these items."""
        reading, writing = os.pipe()
        _widen(writing)
        with catch_warnings():
            # Python 3.12 and later count threads that run no Python, such as those of numpy's algebra, which stops them itself.
            simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if not process:
            _live(work, items, reading, writing)
        os.close(writing)
        return cls(process, os.fdopen(reading, "rb"))

    def next(self) -> Result:
        """Its next result; raises what was raised there."""
        told: tuple[Result, Exception | None]
        try:
            told = pickle.load(self.results)  # from our own child, by our own code
        except (EOFError, pickle.UnpicklingError):
            raise VoxelyteError("a process that paints masks was ended from outside: is there enough memory?") from None
        result, fault = told
        if fault is not None:
            raise fault
        return result

    def end(self) -> None:
        """Whatever it does, nobody wants it now."""
        self.results.close()
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.process, 0)


def _widen(pipe: int) -> None:
    import fcntl

    with suppress(OSError):  # others may have used up what this user may have
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _live(work: Callable[[Item], Result], items: Sequence[Item], reading: int, writing: int) -> None:
    """All that a child does. It never returns: what is above it on the stack is its parent's."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C too, and ends its children
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(reading)
        with os.fdopen(writing, "wb") as results:
            for item in items:
                pickle.dump(_tried(work, item), results, pickle.HIGHEST_PROTOCOL)
                results.flush()
    finally:
        os._exit(0)


def _tried(work: Callable[[Item], Result], item: Item) -> tuple[Result | None, Exception | None]:
    try:
        return work(item), None
    except Exception as fault:
        return None, fault
