"""The database of runs: whole after a kill, shared by processes, and never the end of a print."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from itertools import takewhile
from operator import eq
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs_told import EVERY, a_print, lit, remembered, told, well_or_in_words

from voxelyte.errors import VoxelyteError
from voxelyte.runs import Conditions, database, from_database, from_folder, index, recording
from voxelyte.runs._schema import VERSION
from voxelyte.runs.place import data_folder, database_path
from voxelyte.runs.record import RunNote

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("VOXELYTE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(recording, "EVENT_WAIT_S", 0.01)
    monkeypatch.setattr(recording, "END_WAIT_S", 0.02)


def whole_print(folder, warnings=None, **said):
    with a_print(folder, warnings, **said) as run:
        for key in EVERY:
            for event in lit(*key):
                run.take(event)
        run.take(told("done", layers_done=4))
        run.end("complete")
    return run


def in_sqlite(sql, *values):
    with closing(sqlite3.connect(database_path())) as connection:
        return connection.execute(sql, values).fetchall()


def is_whole():
    assert in_sqlite("PRAGMA integrity_check") == [("ok",)]
    assert in_sqlite("PRAGMA foreign_key_check") == []


# What it holds


def test_a_stranger_finds_all_in_it(tmp_path):
    run = whole_print(tmp_path, note="the first", temperature_c=21.5, humidity_percent=33.0, film="F-17", batch="B2")
    columns = "id, film, outcome, layers_done, layer_count, exposures_done, temperature_c, humidity_percent, film_label, batch_label"
    wanted = (run.run.id, "film", "complete", 4, 4, 5, 21.5, 33.0, "F-17", "B2")
    assert in_sqlite(f"SELECT {columns} FROM runs") == [wanted]
    assert in_sqlite("SELECT layer, exposure, asked_s, on_time_s, state FROM exposures") == [
        (0, 0, 6.0, 6.0, "made"), (1, 0, 7.0, 7.0, "made"), (1, 1, 6.0, 6.0, "made"), (2, 0, 8.0, 8.0, "made"), (3, 0, 6.0, 6.0, "made"),
    ]  # fmt: skip
    assert in_sqlite("SELECT text FROM notes") == [("the first",)]


def test_each_event_is_there_for_others_as_soon_as_it_is_taken(tmp_path):
    with a_print(tmp_path) as run:
        assert in_sqlite("SELECT outcome FROM runs") == [("begun",)]
        for number, key in enumerate(EVERY):
            run.take(lit(*key)[0])
            assert in_sqlite("SELECT count(*) FROM exposures WHERE state = 'lit'") == [(1,)]
            run.take(lit(*key)[1])
            assert in_sqlite("SELECT count(*) FROM exposures WHERE state = 'made'") == [(number + 1,)]


@pytest.mark.parametrize(
    "said",
    [{"temperature_c": 151}, {"temperature_c": float("nan")}, {"humidity_percent": -1}, {"humidity_percent": "wet"}, {"note": ""},
     {"note": "a\x1b[2J"}, {"note": "n" * 2001}, {"film": "f" * 101}, {"batch": "two\nlines"}, {"flim": "f"}],
)  # fmt: skip
def test_conditions_are_bounded(said):
    (key,) = said
    with pytest.raises(VoxelyteError, match=key):
        Conditions(**said)


def test_columns_are_bounded_too(tmp_path):
    whole_print(tmp_path)
    for change in ("temperature_c = 1e9", "humidity_percent = 101", "outcome = 'fine'", "layers_done = 5", "waited_s = -1"):
        with pytest.raises(VoxelyteError, match=r"runs.sqlite3 cannot be used: .* constraint failed"):
            change_in_words(change)


def change_in_words(change):
    with index() as runs, runs.at_one_moment():
        runs._db.execute(f"UPDATE runs SET {change}")


def test_an_id_may_be_shortened_while_it_is_clear(tmp_path):
    ids = [whole_print(tmp_path).run.id for _ in range(40)]
    with index() as runs:
        for one in ids:
            others = [sum(takewhile(bool, map(eq, one, other))) for other in ids if other != one]
            assert runs.find(one[: max(others) + 1])["id"] == one
            assert runs.find(one.upper())["id"] == one
            if max(others):
                with pytest.raises(VoxelyteError, match=rf"{one} .film, 20..-..-..T..:..\).*: give more of its id"):
                    runs.find(one[: max(others)])
        with pytest.raises(VoxelyteError, match="no run 'ilou'"):
            runs.find("ilou")
        with pytest.raises(VoxelyteError, match="no run '%'"):
            runs.find("%")


# Trouble with it


def test_a_locked_database_is_told_once_and_gets_all_of_it_later(tmp_path):
    warnings = []
    whole_print(tmp_path)
    with closing(sqlite3.connect(database_path(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with a_print(tmp_path, warnings) as run:
            for key in EVERY[:3]:
                for event in lit(*key):
                    run.take(event)
            (warning,) = warnings
            assert "is being written by another program" in warning
            assert str(run.run.path) in warning
            other.execute("ROLLBACK")
            run.take(told("layer-done", 1))
            assert remembered(run)[0].course() == run.course
            run.end("stopped", "enough")
    assert len(warnings) == 1
    assert remembered(run)[0] == remembered(run)[1]


def no_database(path):
    path.write_bytes(Random(1).randbytes(5000))


def another_programs(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")


def a_newer_one(path):
    with index() as runs:
        runs._db.execute(f"PRAGMA user_version = {VERSION + 1}")


def a_folder(path):
    path.mkdir()


def damaged(path):
    with index():
        pass
    content = bytearray(path.read_bytes())
    content[4096:] = Random(2).randbytes(len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (no_database, "is no database: move it away"),
        (another_programs, "is another program's database: move it away"),
        (a_newer_one, f"is of version {VERSION + 1}, and this voxelyte knows version {VERSION} only: update voxelyte"),
        (a_folder, "cannot be opened"),
        (damaged, "is damaged: move it away"),
    ],
)
def test_no_trouble_with_it_stops_a_print(tmp_path, trouble, words):
    database_path().parent.mkdir()
    trouble(database_path())
    before = database_path().read_bytes() if database_path().is_file() else None
    warnings = []
    run = whole_print(tmp_path, warnings, note="kept")
    assert len(warnings) == 1
    assert words in warnings[0]
    record = from_folder(run.run.folder)
    assert record.course() == run.course
    assert (record.outcome, [one.text for one in record.notes]) == ("complete", ["kept"])
    assert before is None or database_path().read_bytes() == before
    with pytest.raises(VoxelyteError, match=r"runs\.sqlite3"), index() as runs:
        runs.runs()


def test_a_database_that_is_moved_away_in_the_middle_is_made_anew(tmp_path):
    warnings = []
    with a_print(tmp_path, warnings) as run:
        for event in lit(0, 0):
            run.take(event)
        run.close()
        database_path().write_bytes(b"no database at all" * 1000)
        run.take(told("layer-done", 0, layers_done=1))
        assert len(warnings) == 1
        database_path().unlink()
        run.take(lit(1, 0)[0])
        assert remembered(run)[0].course() == run.course
        run.end("failed", "enough")
    assert remembered(run)[0] == remembered(run)[1]


def test_a_data_folder_that_cannot_be_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VOXELYTE_DATA", str(tmp_path / "file" / "data"))
    warnings = []
    whole_print(tmp_path, warnings)
    assert len(warnings) == 1
    assert "cannot be opened" in warnings[0]


@pytest.mark.parametrize(("pragma", "words"), [("query_only = ON", "is read-only"), ("max_page_count = 1", "the disk is full")])
def test_a_read_only_database_or_a_full_disk_is_told(tmp_path, monkeypatch, pragma, words):
    whole_print(tmp_path)
    real = database._made

    def hindered(connection, path):
        real(connection, path)
        connection.execute(f"PRAGMA {pragma}")

    monkeypatch.setattr(database, "_made", hindered)
    warnings = []
    run = whole_print(tmp_path, warnings, note="n" * 2000)
    assert len(warnings) == 1
    assert words in warnings[0]
    assert from_folder(run.run.folder).outcome == "complete"
    is_whole()


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=60))
def test_a_damaged_file_is_an_error_in_words(flips):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXELYTE_DATA", folder)
        whole_print(Path(folder))
        content = bytearray(database_path().read_bytes())
        for at, value in flips:
            content[at % len(content)] = value
        database_path().write_bytes(content)
        with well_or_in_words("runs.sqlite3"), index() as runs, runs.at_one_moment():
            for row in runs.runs():
                from_database(runs, row)
        whole_print(Path(folder), [])


# Others who write, and a writer that is killed

PRINT = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from runs_told import a_print, lit, told
with a_print(Path(sys.argv[2]), uses=[[0]] * 400) as run:
    print(run.run.id, flush=True)
    for layer in range(int(sys.argv[3])):
        for what, on_time_s in (("lamp-on", 0.0), ("lamp-off", 6.0), ("layer-done", 0.0)):
            run.take(told(what, layer, 0 if "lamp" in what else None, on_time_s, layers_done=layer + (what == "layer-done")))
        print(layer, flush=True)
    run.end("complete")
"""


def printing(folder, layers):
    command = [sys.executable, "-c", PRINT, str(Path(__file__).parent), str(folder), str(layers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_note_of_another_process_is_kept_in_the_folder_too(tmp_path):
    with a_print(tmp_path, note="first") as run:
        with index() as other:
            other.note(run.run.id, RunNote(datetime.now(UTC), "meanwhile"))
        run.end("complete")
    assert [one.text for one in from_folder(run.run.folder).notes] == ["first", "meanwhile"]


def test_two_may_make_it_at_once(monkeypatch):
    real = database._is_new

    def overtaken(connection, path):
        monkeypatch.setattr(database, "_is_new", real)
        with index():
            return True

    monkeypatch.setattr(database, "_is_new", overtaken)
    with index() as runs:
        assert runs.count() == 0
    is_whole()


def test_three_processes_print_at_once(tmp_path):
    hosts = [printing(tmp_path, 100) for _ in range(3)]
    said = [host.communicate(timeout=PATIENCE_S) for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0, 0], said
    ids = {out.split()[0] for out, _ in said}
    assert {one for (one,) in in_sqlite("SELECT id FROM runs WHERE outcome = 'complete' AND exposures_done = 100")} == ids
    is_whole()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("after", [3, 17, 60])
def test_a_killed_writer_leaves_it_whole_and_loses_nothing(tmp_path, after):
    host = printing(tmp_path, 400)
    run = host.stdout.readline().strip()
    for _ in range(after):
        host.stdout.readline()
    host.send_signal(signal.SIGKILL)
    told_layers = after + len(host.stdout.readlines())
    host.communicate(timeout=PATIENCE_S)
    is_whole()
    made = in_sqlite("SELECT layer FROM exposures WHERE run = ? AND state = 'made' ORDER BY layer", run)
    assert [layer for (layer,) in made] == list(range(len(made)))
    assert told_layers <= len(made) <= told_layers + 1
    ((outcome, done),) = in_sqlite("SELECT outcome, exposures_done FROM runs")
    assert (outcome, done) == ("begun", len(made))


# Where it lies


@pytest.mark.parametrize(
    ("environment", "platform", "place"),
    [
        ({"VOXELYTE_DATA": "/d"}, "linux", "/d"),
        ({"XDG_DATA_HOME": "/x"}, "linux", "/x/voxelyte"),
        ({"XDG_DATA_HOME": "x"}, "linux", "/home/h/.local/share/voxelyte"),
        ({}, "linux", "/home/h/.local/share/voxelyte"),
        ({}, "darwin", "/home/h/Library/Application Support/voxelyte"),
        ({"LOCALAPPDATA": "/a"}, "win32", "/a/voxelyte"),
    ],
)
def test_place(environment, platform, place):
    assert data_folder(environment, platform, Path("/home/h")) == Path(place)


# Its document

DOCUMENT = (Path(__file__).parent.parent / "docs" / "runs.md").read_text(encoding="utf-8")


def test_the_document_names_every_column(tmp_path):
    whole_print(tmp_path)
    for table in ("runs", "exposures", "interruptions", "notes"):
        section = DOCUMENT.partition(f"### `{table}`:")[2].partition("\n### ")[0]
        named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)))
        assert sorted(named) == sorted(column[1] for column in in_sqlite(f"PRAGMA table_info({table})"))


def test_the_examples_of_the_document_run(tmp_path):
    whole_print(tmp_path, batch="B2")
    (block,) = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)
    answers = [in_sqlite(one) for one in block.split(";") if one.strip()]
    assert [len(one) for one in answers] == [1, 1, 0, 0]
    assert answers[0] == [("fake", "1", 5, 0.0)]
