"""Many prints, a few at a time, each with a bounded time; and the figures of all."""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread

from chaos.plans import drawn
from chaos.world import Result, World

AT_ONCE = 6
LONGEST_S, LONGEST_REAL_S = 45.0, 90.0
"""A print of these takes a second or two, with processes of its own ten; one that takes so long hangs."""


class FailedError(AssertionError):
    """A print that broke the law, failed or hung."""


def print_of(seed: int, real: bool = False) -> Result:
    """One print. FailedError, with its seed and its story, if it did not end, or not as it must."""
    with TemporaryDirectory(prefix="voxelyte-chaos-", ignore_cleanup_errors=True) as folder:
        world, found = World(drawn(seed, real), Path(folder)), list[Result]()
        trouble: list[BaseException] = []
        thread = Thread(target=_printed, args=(world, found, trouble), daemon=True, name=f"chaos-print-{seed}")
        thread.start()
        thread.join(LONGEST_REAL_S if real else LONGEST_S)
        if found and not found[0].wrong:
            return found[0]
        raise FailedError(_failure(seed, real, world, thread, found, trouble)) from (trouble or [None])[0]


def _printed(world: World, found: list[Result], trouble: list[BaseException]) -> None:
    try:
        found.append(world.print())
    except BaseException as fault:  # whatever it was, it is told with its seed
        trouble.append(fault)


def _failure(seed: int, real: bool, world: World, thread: Thread, found: list[Result], trouble: list) -> str:
    lines = [f"VOXELYTE_CHAOS_SEED={'real-' * real}{seed}"]
    if thread.is_alive():
        lines += [f"it hangs: not over after {LONGEST_REAL_S if real else LONGEST_S:g} s", *_where(thread)]
    lines += [f"failed: {fault!r}" for fault in trouble]
    lines += [f"breach: {line}" for one in found for line in one.wrong]
    return "\n".join(lines + world.notes)


def _where(thread: Thread) -> list[str]:
    frame = sys._current_frames().get(thread.ident or 0)
    return [line.rstrip() for line in traceback.format_stack(frame)] if frame else []


def printed(prints: Iterable[tuple[int, bool]]) -> Iterator[Result | FailedError]:
    """All of them, each as it ends."""
    waiting: SimpleQueue[tuple[int, bool]] = SimpleQueue()
    ended: SimpleQueue[Result | FailedError] = SimpleQueue()
    for one in prints:
        waiting.put(one)
    count = waiting.qsize()

    def work() -> None:
        with suppress(Empty):
            while True:
                try:
                    ended.put(print_of(*waiting.get_nowait()))
                except FailedError as fault:
                    ended.put(fault)

    for _ in range(AT_ONCE):
        Thread(target=work, daemon=True, name="chaos-batch").start()
    for _ in range(count):
        yield ended.get()


def figures(results: list[Result]) -> str:
    """How the prints ended: in all, and for each kind of what went wrong in them."""
    ends = ("complete at once", "complete after reconnecting", "complete after resume", "stopped dark")
    rows = [("all", results), ("nothing met", [one for one in results if not one.met])]
    kinds = Counter(kind for one in results for kind in set(one.met))
    rows += [(kind, [one for one in results if kind in one.met]) for kind in sorted(kinds)]
    for told in ("cut, time known", "cut, time unknown"):
        rows.append((told, [one for one in results if told in one.cuts]))
    rows += [("several in one print", [one for one in results if len(one.met) > 1])]
    lines = [f"{'':24}{'prints':>8}{'at once':>10}{'reconnected':>13}{'resumed':>9}{'stopped':>9}"]
    for name, those in rows:
        counts = Counter(one.outcome for one in those)
        at_once, reconnected, resumed, stopped = (counts[end] for end in ends)
        lines.append(f"{name:24}{len(those):8}{at_once:10}{reconnected:13}{resumed:9}{stopped:9}")
    slowest = max((one.took_s for one in results), default=0.0)
    return "\n".join([*lines, f"longest print {slowest:.1f} s"])
