"""The journal: nothing that it holds is lost or doubled by a kill, a power cut or a full disk, at whatever byte it comes."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_host import (
    FAULT,
    HISTORY,
    JOB,
    RESUME,
    SMALL,
    START,
    STOP,
    called,
    full,
    job_keys,
    switched_on,
    wait_for,
)

from voxelyte.errors import VoxelyteError
from voxelyte.machine._log import line_of
from voxelyte.machine.journal import FileJournal, Journal
from voxelyte.machine.refusals import MachineTrouble

JOB_KEYS = job_keys(layers=3)
AWAY = replace(SMALL, homing="away")
QUICK = {"wait_before_exposure_s": 0.0, "wait_after_exposure_s": 0.0, "lift_mm": 0.5, "lift_mm_s": 10.0, "retract_mm_s": 10.0}
TWO = [(0, 6.0, 1.0), (0, 2.0, 0.5)]


def written(folder) -> list[dict]:
    """The records of the last file, as a person reads them."""
    path = max(folder.glob("job-*.jsonl"))
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def exposed(journal, layer: int, exposure: int = 0, asked_s: float = 6.0, got_s: float | None = None, again: bool = False) -> None:
    journal.will("lit", layer=layer, exposure=exposure, top_nm=(layer + 1) * 50_000, asked_s=asked_s, lit_s=asked_s, again=again)
    got_s = asked_s if got_s is None else got_s
    journal.did("dark", layer=layer, exposure=exposure, on_time_s=got_s, whole=got_s >= asked_s)


def layers_made(journal, count: int) -> None:
    for layer in range(count):
        exposed(journal, layer)
        journal.did("layer", layer=layer, top_nm=(layer + 1) * 50_000)


def state(history) -> tuple:
    """All that a history says."""
    cut = history.cut and (history.cut[0], history.cut[1].exposure)
    return (history.id, history.ended, history.layers_done, history.exposures_done, history.top_nm, cut, history.told(0, 100))


# -- one file -------------------------------------------------------------------------------------------------

def test_what_was_written_is_read_again(tmp_path):
    journal = FileJournal(tmp_path)
    assert journal.last is None
    journal.begin(JOB_KEYS)
    layers_made(journal, 1)
    exposed(journal, 1, got_s=2.5)
    journal.did("stopped", reason="enough", layer=1, exposure=0, on_time_s=2.5)
    said = state(journal.last)
    journal.close()
    again = FileJournal(tmp_path)
    assert state(again.last) == said
    assert again.last.keys == JOB_KEYS
    assert (again.last.cut[0], again.last.cut[1].on_time_s) == (1, 2.5)
    again.will("resumed", cut="complete")
    exposed(again, 1, got_s=3.5, again=True)
    assert again.last.made(1, 0).on_time_s == 6.0
    assert again.last.made(1, 0).whole
    again.close()
    assert [line["n"] for line in written(tmp_path)] == list(range(len(written(tmp_path))))
    assert [line["what"] for line in written(tmp_path)] == [
        "job", "lit", "dark", "layer", "lit", "dark", "stopped", "resumed", "lit", "dark",
    ]


def test_memory_and_file_say_the_same(tmp_path):
    kept, held = FileJournal(tmp_path), Journal()
    for journal in (kept, held):
        journal.begin(JOB_KEYS)
        layers_made(journal, 2)
        exposed(journal, 2, got_s=0.0)
        exposed(journal, 2, got_s=1.0)
        journal.did("interrupted", reason="off")
    assert state(kept.last) == state(held.last)
    kept.close()


def test_no_exposure_can_be_begun_twice(tmp_path):
    journal = FileJournal(tmp_path)
    journal.begin(JOB_KEYS)
    exposed(journal, 0)
    before = written(tmp_path)
    for again in (False, True):  # it is whole: not even if asked
        with pytest.raises(ValueError, match="must not be made twice"):
            exposed(journal, 0, again=again)
    exposed(journal, 0, exposure=1, got_s=1.0)
    with pytest.raises(ValueError, match="must not be made twice"):
        exposed(journal, 0, exposure=1)
    with pytest.raises(ValueError, match="must be 0"):
        exposed(journal, 1)
    exposed(journal, 0, exposure=1, again=True)
    assert written(tmp_path)[: len(before)] == before
    journal.close()


def test_each_job_has_a_file_whatever_its_id(tmp_path):
    journal = FileJournal(tmp_path)
    for name in ("../../etc/passwd", "a/b", "x" * 64, "µ \0"):
        journal.begin(JOB_KEYS | {"job": name})
    journal.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [*(f"job-{n:06d}.jsonl" for n in range(1, 5)), "lock"]
    (tmp_path / "job-1000000.jsonl").write_bytes((tmp_path / "job-000003.jsonl").read_bytes())
    again = FileJournal(tmp_path)
    assert again.last.id == "x" * 64
    again.close()


def test_a_folder_is_for_one_machine(tmp_path):
    journal = FileJournal(tmp_path)
    with pytest.raises(VoxelyteError, match="in use by another machine"):
        FileJournal(tmp_path)
    journal.close()
    FileJournal(tmp_path).close()


def test_a_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(VoxelyteError, match=r"file.* cannot be used"):
        FileJournal(tmp_path / "file")


# -- damage ---------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """The bytes of a whole job's journal, and what each of its lines led to."""
    folder = tmp_path_factory.mktemp("journal")
    journal = FileJournal(folder)
    journal.begin(JOB_KEYS)
    layers_made(journal, 2)
    exposed(journal, 2, got_s=1.0)
    journal.did("interrupted", reason="off")
    journal.close()
    return (folder / "job-000001.jsonl").read_bytes()


def opened(folder, data: bytes):
    """What a journal makes of these bytes; None when there is no job."""
    (folder / "job-000001.jsonl").write_bytes(data)
    journal = FileJournal(folder)
    try:
        return journal.last and state(journal.last)
    finally:
        journal.close()


def test_a_file_torn_at_any_byte_is_what_its_whole_lines_say(film, tmp_path):
    ends = [0, *(at + 1 for at, byte in enumerate(film) if byte == ord("\n"))]
    says = {end: opened(tmp_path, film[:end]) for end in ends}
    assert says[0] is None
    assert len({str(one) for one in says.values()}) == len(ends)
    for size in range(len(film)):
        assert opened(tmp_path, film[:size]) == says[max(end for end in ends if end <= size)]


def test_a_torn_line_is_taken_away_by_the_next(film, tmp_path):
    lines = film.splitlines(keepends=True)
    (tmp_path / "job-000001.jsonl").write_bytes(b"".join(lines[:4]) + lines[4][:20] + b"\0" * 30)
    journal = FileJournal(tmp_path)
    exposed(journal, 1)
    said = state(journal.last)
    journal.close()
    assert state(FileJournal(tmp_path).last) == said


@pytest.mark.parametrize("torn", [b"", b"{", b"\0" * 500, b"{}\n"])
def test_a_job_whose_first_line_was_torn_was_never_begun(film, tmp_path, torn):
    opened(tmp_path, film)
    (tmp_path / "job-000002.jsonl").write_bytes(torn)
    journal = FileJournal(tmp_path)
    assert journal.last.id == JOB_KEYS["job"]
    journal.begin(JOB_KEYS | {"job": "next"})
    journal.close()
    assert written(tmp_path)[0]["job"]["job"] == "next"


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_other_damage_is_an_error_that_names_the_file(film, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    lines = film.splitlines(keepends=True)
    at = data.draw(st.integers(0, len(film) - len(lines[-1]) - 1))
    damaged = film[:at] + bytes([film[at] ^ (1 << data.draw(st.integers(0, 7)))]) + film[at + 1 :]
    with pytest.raises(VoxelyteError, match=r"journal .*job-000001.jsonl"):
        opened(folder, damaged)
    assert list(folder.glob("lock"))


@pytest.mark.parametrize("change", [
    lambda lines: lines[:2] + lines[3:],
    lambda lines: [*lines[:3], lines[2], *lines[3:]],
    lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    lambda lines: lines[1:],
    lambda lines: [*lines[:-2], lines[-2][:-1] + lines[-1]],
])
def test_lines_lost_doubled_or_in_disorder_are_an_error(film, tmp_path, change):
    with pytest.raises(VoxelyteError, match="is damaged"):
        opened(tmp_path, b"".join(change(film.splitlines(keepends=True))))


FIRST = {"what": "job", "journal": "voxelyte-journal-1", "job": JOB_KEYS}


FIRST = {"what": "job", "journal": "voxelyte-journal-1", "job": JOB_KEYS}


@pytest.mark.parametrize("records", [
    [{"what": "lit"}],
    [FIRST | {"journal": "another-1"}],
    [FIRST | {"job": {}}],
    [FIRST, {"what": "danced"}],
    [FIRST, {"what": "dark", "layer": 0, "exposure": 0, "on_time_s": 1, "whole": True}],
])
def test_sound_lines_that_make_no_sense_are_an_error(tmp_path, records):
    data = b"".join(line_of({"n": number, **record}) for number, record in enumerate(records))
    with pytest.raises(VoxelyteError, match=r"job-000001.jsonl does not make sense: .*; move it away"):
        opened(tmp_path, data)


# -- a full disk ----------------------------------------------------------------------------------------------

class FullDisk:
    """`os.fsync` of a disk that is full or broken while it is asked to be."""

    def __init__(self, monkeypatch) -> None:
        self.full, self._real = False, os.fsync
        monkeypatch.setattr(os, "fsync", self)

    def __call__(self, file: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._real(file)


def test_what_was_done_is_owed_until_the_disk_takes_it(tmp_path, monkeypatch):
    disk, journal = FullDisk(monkeypatch), FileJournal(tmp_path)
    journal.begin(JOB_KEYS)
    journal.will("lit", layer=0, exposure=0, top_nm=50_000, asked_s=6.0, lit_s=6.0, again=False)
    disk.full = True
    with pytest.raises(MachineTrouble, match=r"job-000001.jsonl cannot be written: No space left"):
        journal.did("dark", layer=0, exposure=0, on_time_s=6.0, whole=True)
    with pytest.raises(MachineTrouble):
        journal.did("stopped", reason="no disk")
    assert journal.last.exposures_done == 1  # it is true, written or not
    with pytest.raises(MachineTrouble):
        journal.will("resumed", cut="stop")
    assert journal.last.ended == "stopped"  # that was not done
    disk.full = False
    journal.will("resumed", cut="stop")
    said = state(journal.last)
    journal.close()
    assert [line["what"] for line in written(tmp_path)] == ["job", "lit", "dark", "stopped", "resumed"]
    assert state(FileJournal(tmp_path).last) == said


def test_a_full_disk_keeps_the_lamp_dark_and_the_job_can_go_on_when_there_is_room(tmp_path, monkeypatch):
    disk = FullDisk(monkeypatch)
    with switched_on(AWAY, speed=60.0, journal=tmp_path) as machine:
        with called(machine) as host:
            job = begun(host)
            host.until("lamp-on", layer=1, exposure=0)
            disk.full = True
            frames = host.ended()
            (fault,) = [keys for kind, keys in frames if kind == FAULT]
            assert fault["code"] == "machine"
            assert "job-000001.jsonl cannot be written: No space left" in fault["message"]
        wait_for(lambda: machine.state == "stopped")
        assert lit(machine) == [(0, 0), (0, 1), (1, 0)]
        with called(machine) as host:
            assert host.hello()["job"]["state"] == "stopped"
            kind, keys = host.ask(RESUME, job | {"cut": "stop"})
            assert (kind, keys["code"]) == (FAULT, "machine")
        disk.full = False
        with called(machine) as host:
            host.hello()
            resumed = host.resume(job)
            assert (resumed["exposures_done"], resumed["cut"]) == (3, None)
            gone_on(host, job, resumed)
        assert lit(machine) == EVERY
    assert written(tmp_path)[-1]["what"] == "done"


def test_a_job_that_cannot_be_written_down_is_not_begun(tmp_path, monkeypatch):
    disk = FullDisk(monkeypatch)
    with switched_on(journal=tmp_path) as machine:
        with called(machine) as host:
            host.hello()
            disk.full = True
            kind, keys = host.ask(JOB, job_keys())
            assert (kind, keys["code"]) == (FAULT, "machine")
            disk.full = False
        with called(machine) as host:
            assert host.hello()["job"] is None
            host.job()
            host.ok(STOP, {"reason": ""})


def test_full_disk_as_a_fault_on_request():
    with switched_on(fault="full-disk@1") as machine:
        with called(machine) as host:
            begun(host)
            assert [keys["code"] for kind, keys in host.ended() if kind == FAULT] == ["machine"]
        wait_for(lambda: machine.state == "stopped")
        assert lit(machine) == [(0, 0), (0, 1)]


# -- a machine that was off -----------------------------------------------------------------------------------

EVERY = [(layer, exposure) for layer in range(3) for exposure in range(2)]


def lit(machine) -> list[tuple[int, int]]:
    return [(one.layer, one.exposure) for one in machine.lamp.history]


def begun(host, job: dict | None = None) -> dict:
    """A job of three layers of two exposures, all held and started."""
    host.hello()
    job = host.job(layers=3) if job is None else job
    host.mask(0, full())
    for number in range(3):
        host.layer(number, TWO, **QUICK)
    host.ok(START)
    return job


def gone_on(host, job: dict, resumed: dict) -> None:
    host.mask(0, full())
    for number in range(resumed["next_layer"], 3):
        host.layer(number, TWO, **QUICK)
    host.ok(START)
    host.until("done", exposures=6)
    host.until("state", state="done")


@pytest.fixture
def whole(tmp_path_factory):
    """A whole job's journal, its keys, and its lines."""
    folder = tmp_path_factory.mktemp("whole")
    with switched_on(journal=folder) as machine, called(machine) as host:
        job = begun(host)
        host.until("state", state="done")
    return job, (folder / "job-000001.jsonl").read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("kept", range(1, 17))
def test_a_power_cut_at_any_record_loses_nothing_and_doubles_nothing(whole, tmp_path, kept):
    """What a kill leaves on the disk is what had been written then: each record before its step."""
    job, lines = whole
    assert len(lines) == 17
    (tmp_path / "job-000001.jsonl").write_bytes(b"".join(lines[:kept]))
    records = [json.loads(line) for line in lines[:kept]]
    ended = [(one["layer"], one["exposure"]) for one in records if one["what"] == "dark"]
    begun_ = [(one["layer"], one["exposure"]) for one in records if one["what"] == "lit"]
    layers = [one for one in records if one["what"] == "layer"]
    with switched_on(AWAY, journal=tmp_path) as machine, called(machine) as host:
        told = host.hello()["job"]
        if len(layers) == 3:
            assert told is None
            return
        assert told == {"job": job["job"], "state": "interrupted", "layers_done": len(layers), "exposures_done": len(ended)}
        if begun_ != ended:
            assert host.refusal(RESUME, job | {"cut": "stop"}) == "cut"
            assert host.refusal(RESUME, job | {"cut": "complete"}) == "cut"
        resumed = host.resume(job, "stop" if begun_ == ended else "redo")
        told = host.ok(HISTORY, {"job": job["job"], "from_layer": 0, "count": 100})["layers"]
        assert [(one["layer"], k["exposure"]) for one in told for k in one["exposures"]] == begun_
        assert [k["on_time_s"] for one in told for k in one["exposures"]].count(None) == len(begun_) - len(ended)
        if begun_ != ended:
            layer, exposure = begun_[-1]
            assert resumed["cut"] == {"layer": layer, "exposure": exposure, "asked_s": TWO[exposure][1], "on_time_s": None}
        gone_on(host, job, resumed)
        assert lit(machine) == [one for one in EVERY if one not in ended]
        assert [one.again for one in machine.lamp.history] == [one in begun_ for one in lit(machine)]
        report = host.ok(4 + 6, {"from_layer": 0, "count": 100})
        assert [one["layer"] for one in report["layers"]] == sorted({layer for layer, _ in lit(machine)})


@pytest.mark.parametrize(("homing", "knows", "may"), [("floor", False, False), ("away", False, True), ("floor", True, True)])
def test_a_stage_that_does_not_know_its_place_homes_only_where_a_film_may_be(whole, tmp_path, homing, knows, may):
    job, lines = whole
    (tmp_path / "job-000001.jsonl").write_bytes(b"".join(lines[:6]))
    design = SMALL.with_stage(homing, int(knows))
    with switched_on(design, journal=tmp_path) as machine, called(machine) as host:
        host.hello()
        if not may:
            assert host.refusal(RESUME, job | {"cut": "stop"}) == "position"
            host.job(layers=3)  # a new film begins by homing on the floor
            host.ok(STOP, {"reason": ""})
            return
        homed = []
        real = machine.stage.home_away
        machine.stage.home_away = lambda cut: homed.append(machine.stage.height_mm) or real(cut)
        machine.stage.home = None  # the vat's floor is not for a film on the plate
        gone_on(host, job, host.resume(job))
        assert len(homed) == (0 if knows else 1)


def test_a_job_of_which_nothing_was_lit_begins_on_the_floor(whole, tmp_path):
    job, lines = whole
    (tmp_path / "job-000001.jsonl").write_bytes(lines[0])
    with switched_on(journal=tmp_path) as machine, called(machine) as host:
        host.hello()
        gone_on(host, job, host.resume(job))
        assert lit(machine) == EVERY


def test_switched_off_in_mid_exposure_is_interrupted_with_the_time_it_got(tmp_path):
    with switched_on(speed=60.0, journal=tmp_path) as machine, called(machine) as host:
        job = begun(host)
        host.until("lamp-on", layer=1, exposure=0)
        machine.close()
        got_s = machine.lamp.history[-1].on_time_s
        first = lit(machine)
    with switched_on(AWAY, journal=tmp_path) as machine, called(machine) as host:
        assert host.hello()["job"]["state"] == "interrupted"
        resumed = host.resume(job, "complete")
        assert resumed["cut"] == {"layer": 1, "exposure": 0, "asked_s": 6.0, "on_time_s": got_s}
        gone_on(host, job, resumed)
        assert machine.lamp.history[0].on_time_s == pytest.approx(6.0 - got_s)
        assert first + lit(machine)[1:] == EVERY


def test_the_address_of_an_embedded_machine_may_name_a_journal(tmp_path):
    from voxelyte.sim.protocol_sim import machine_at

    machine = machine_at(f"sim://asiga-max?journal={tmp_path}&homing=away&resume_s=3&on_link_loss=dark&knows_place=1")
    with pytest.raises(VoxelyteError, match="in use"):
        machine_at(f"sim://asiga-max?journal={tmp_path}")
    assert (machine.design.resume_s, machine.design.on_link_loss) == (3.0, "dark")
    assert (machine.works.may_home_with_film, machine.works.knows_place) == (True, True)
    machine.close()
    machine_at(f"sim://asiga-max?journal={tmp_path}").close()
