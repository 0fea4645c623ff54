"""Work done ahead, by threads and by processes: the same results in the same order, few at a time, and nobody left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from meshed_parts import lathe, stl

from voxelyte import FormatError, VoxelyteError, load_printer, load_resin, read_mesh, slice_solid, write_job
from voxelyte.formats import _ahead, _forked
from voxelyte.formats._ahead import ahead

FORKS = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
WAYS = [pytest.param(False, id="threads"), pytest.param(True, id="processes", marks=FORKS)]


def children():
    """Processes that this one has begun and not yet waited for."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


@pytest.fixture(autouse=True)
def two(monkeypatch):
    """Two workers, whatever machine this is, and processes though whoever runs the tests may have threads."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(_forked, "possible", lambda: sys.platform == "linux")


@pytest.fixture
def job(tmp_path):
    """A part that changes from layer to layer, in more layers than are painted by threads."""
    part = lathe(lambda angle, z: 3 + 0.5 * np.cos(5 * angle + z), np.linspace(0, 4, 40))
    (tmp_path / "part.stl").write_bytes(stl(*part))
    return slice_solid(read_mesh(tmp_path / "part.stl"), load_printer("asiga-max"), load_resin("pegda-litfsi-llzto"))


@pytest.mark.parametrize("long", WAYS)
class TestAhead:
    def test_results_come_in_their_order(self, long):
        assert list(ahead(lambda item: item * item, range(50), long)) == [item * item for item in range(50)]

    def test_an_error_comes_where_its_result_would(self, long):
        def work(item):
            if item == 3:
                raise FormatError(f"item {item}")
            return item

        results = ahead(work, range(50), long)
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(FormatError, match="item 3"):
            next(results)

    def test_few_items_are_worked_on_before_anybody_asks(self, long, tmp_path):
        def work(item):
            (tmp_path / str(item)).touch()
            return bytes(_forked.PIPE_BYTES)

        results = ahead(work, range(1000), long)
        next(results)
        assert len(list(tmp_path.iterdir())) < 10
        results.close()
        done = len(list(tmp_path.iterdir()))
        assert done < 10

    def test_nobody_is_left_behind(self, long):
        before = threading.active_count()
        results = ahead(lambda item: item, range(1000), long)
        next(results)
        results.close()
        assert list(ahead(lambda item: item, range(4), long)) == [0, 1, 2, 3]
        assert threading.active_count() == before
        assert not children()

    def test_one_item_needs_no_worker(self, long):
        assert list(ahead(lambda item: os.getpid(), range(1), long)) == [os.getpid()]


@FORKS
class TestForked:
    def test_a_worker_is_another_process(self):
        assert os.getpid() not in list(ahead(lambda item: os.getpid(), range(4), long=True))

    @pytest.mark.parametrize(
        ("platform", "threads", "may"), [("linux", 1, True), ("linux", 2, False), ("darwin", 1, False)]
    )
    def test_a_process_with_more_threads_is_not_copied(self, monkeypatch, platform, threads, may):
        monkeypatch.undo()
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(threading, "active_count", lambda: threads)
        assert _forked.possible() is may

    def test_a_worker_that_is_killed_is_told(self):
        def work(item):
            if item == 5:
                os.kill(os.getpid(), signal.SIGKILL)
            return item

        results = ahead(work, range(10), long=True)
        assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
        with pytest.raises(VoxelyteError, match="ended from outside"):
            next(results)
        assert not children()

    def test_where_not_all_can_begin_none_is_left(self, monkeypatch):
        fork, begun = os.fork, []

        def once():
            if begun:
                raise BlockingIOError("no more processes")
            begun.append(1)
            return fork()

        monkeypatch.setattr(os, "fork", once)
        with pytest.raises(BlockingIOError):
            next(ahead(lambda item: item, range(10), long=True))
        assert not children()

    def test_workers_end_when_nobody_reads(self):
        """As after a kill of their parent: the other end of the pipe is gone."""
        workers = _forked.forked(lambda item: bytes(_forked.PIPE_BYTES), range(100), 2)
        next(workers)
        ours = children()
        for worker in workers.gi_frame.f_locals["workers"]:
            worker.results.close()
        ended = {os.waitpid(int(process), 0) for process in ours}
        assert ended == {(int(process), 0) for process in ours}

    def test_a_stop_signal_ends_a_worker_without_a_word(self, capfd):
        for sent in (signal.SIGINT, signal.SIGTERM):
            results = ahead(lambda item: item, range(10), long=True)
            next(results)
            for process in children():
                os.kill(int(process), sent)
            results.close()
            assert not children()
        assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("forks", WAYS)
def test_an_archive_is_the_same_whoever_paints_it(job, tmp_path, monkeypatch, workers, forks):
    write_job(job, tmp_path / "as_it_is.sl1")
    monkeypatch.setattr(os, "cpu_count", lambda: workers)
    monkeypatch.setattr(_forked, "possible", lambda: forks)
    write_job(job, tmp_path / "other.sl1")
    assert (tmp_path / "other.sl1").read_bytes() == (tmp_path / "as_it_is.sl1").read_bytes()


def test_many_masks_are_painted_by_processes_where_they_can_be_had(job, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(_ahead, "_forked", type("Asked", (), {"possible": staticmethod(lambda: asked.append(1))}))
    write_job(job, tmp_path / "film.sl1")
    assert len(job.layers) > 64
    assert asked
