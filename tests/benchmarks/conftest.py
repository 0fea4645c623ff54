"""Benchmarks run with `pytest tests/benchmarks --benchmark-enable`; each speed claim is a ratio to a peer of the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest


def best_s(work: Callable[[], Any], rounds: int) -> float:
    """The least time of `rounds` calls: what the work costs when nobody else is at work."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.fixture
def against(benchmark: Any) -> Callable[..., float]:
    """Time `work` by pytest-benchmark, `peer` in the same test before and after it, and give the ratio of their best times."""

    def timed(work: Callable[[], Any], peer: Callable[[], Any], most: float, rounds: int = 20, peers: int = 50) -> float:
        if benchmark.disabled:
            work()
            pytest.skip("timed with --benchmark-enable")
        before = best_s(peer, peers)
        benchmark.pedantic(work, rounds=rounds, warmup_rounds=2)
        peer_s = min(before, best_s(peer, peers))
        ratio = float(benchmark.stats.stats.min) / peer_s
        benchmark.extra_info.update(ratio=round(ratio, 2), most=most, peer_ms=round(peer_s * 1e3, 4))
        assert ratio <= most, f"{ratio:.1f} times its peer, must not exceed {most:g}"
        return ratio

    return timed


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line a claim: the ratio to its peer, and the most that is allowed."""
    session = getattr(terminalreporter.config, "_benchmarksession", None)
    for bench in getattr(session, "benchmarks", []):
        info = bench.extra_info
        if "ratio" in info:
            terminalreporter.write_line(
                f"{bench.name:<50} {info['ratio']:>10g} x its peer ({info['peer_ms']:g} ms), at most {info['most']:g}"
            )
