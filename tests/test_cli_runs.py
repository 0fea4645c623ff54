"""`voxelyte runs` and `voxelyte resume` as a user gives them: on a scripted machine, and with processes that are killed."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import pytest
from click.testing import CliRunner
from driver_fake import a_job, keeping
from quick_film import quick_film
from test_cli_processes import PATIENCE_S, VOXELYTE, Served, serving

from voxelyte import write_job
from voxelyte.cli import main
from voxelyte.drivers import _printing
from voxelyte.runs import from_database, from_folder, index

JOB = a_job([[0], [1, 0], [2], [0]])
ASKED_S = [6.0, 7.0, 6.0, 8.0, 6.0]


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("VOXELYTE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(_printing, "FIRST_PAUSE_S", 0.01)
    monkeypatch.chdir(tmp_path)
    write_job(JOB, tmp_path / "film.voxelyte")


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def printed(machine, *words, code=0):
    run("print", "film.voxelyte", "--to", machine.address, "--reconnect-s", "0", *words, code=code)
    return json.loads(run("runs", "--json").stdout)[0]["id"]


def told(run_id):
    """What the database and the folder say; they must agree."""
    row = json.loads(run("runs", "show", run_id, "--json").stdout)
    with index() as database:
        known = from_database(database, database.find(run_id))
    assert known == from_folder(known.folder)
    return row


def is_whole(machine, row):
    """Every exposure once, with all its light; its masks were shown once each."""
    assert (row["outcome"], row["layers_done"], row["exposures_done"]) == ("complete", 4, 5)
    assert [one["state"] for one in row["exposures"]] == ["made"] * 5
    assert len(machine.pictures) == 5
    assert not machine.lamp


@pytest.fixture
def machine():
    with keeping() as fake:
        yield fake


# runs


def test_nothing_is_remembered_yet():
    assert "no run is remembered yet" in run("runs").output
    assert json.loads(run("runs", "--json").stdout) == []
    run("runs", "export", "-o", "none.json")
    run("runs", "export", "-o", "none.csv")
    assert "no run 'abc'" in run("runs", "show", "abc", code=2).output
    assert "there is none to go on with" in run("resume", code=2).output


def test_a_print_is_told_with_all_that_was_said_of_it(machine, tmp_path):
    run_id = printed(machine, "--note", "the first", "--temperature-c", 21.5, "--humidity-percent", 33, "--film", "F-17", "--batch", "B2")
    line = run("runs").output.splitlines()[1].split()
    assert [line[0], *line[-3:]] == [run_id, "fake", "4/4", "complete"]
    assert run("runs", "note", run_id[:7], "second thoughts").output == f"{run_id}: noted\n"
    said = run("runs", "show", run_id[:7]).output
    row = told(run_id)
    for words in ("the first", "second thoughts", "21.5 °C", "33 %", "F-17", "B2", machine.address, "fake, tests, 1, 0",
                  row["job_sha256"], "5 of 5 exposures, 4 of 4 layers", "\n      2        50        13      13.000\n"):  # fmt: skip
        assert words in said
    is_whole(machine, row)
    assert [one["on_time_s"] for one in row["exposures"]] == ASKED_S == [one["asked_s"] for one in row["exposures"]]
    assert [one["text"] for one in row["notes"]] == ["the first", "second thoughts"]
    assert row["state"] == "complete"


@pytest.mark.parametrize("words", [["--temperature-c", "hot"], ["--humidity-percent", "101"], ["--note", ""], ["--film", "f\n"]])
def test_wrong_conditions_are_refused_before_anything_is_done(words, tmp_path):
    said = run("print", "film.voxelyte", "--to", "socket://127.0.0.1:1", *words, code=2).output
    assert words[0].strip("-").replace("-", "_").partition("_")[0] in said
    assert not (tmp_path / "voxelyte-runs").exists()


def test_a_note_is_kept_though_the_folder_is_gone(machine, tmp_path):
    run_id = printed(machine)
    (tmp_path / "voxelyte-runs").rename(tmp_path / "elsewhere")
    said = run("runs", "note", run_id, "moved")
    assert "not in the run's folder" in said.stderr
    assert "moved" in run("runs", "show", run_id).output
    assert "2,000 characters" in run("runs", "note", run_id, "n" * 2001, code=2).output


def test_exports(machine, tmp_path):
    with keeping() as another:
        ids = [printed(machine, "--note", "a, b"), printed(another)]
    assert "2 runs" in run("runs", "export", "-o", "all.json").output
    whole = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in whole] == ids
    assert whole == [json.loads(json.dumps({key: row[key] for key in row if key != "state"})) for row in map(told, ids)]
    run("runs", "export", "--csv", "-o", "all.txt")
    with (tmp_path / "all.txt").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["outcome"], row["notes"]) for row in rows] == [(ids[0], "complete", "a, b"), (ids[1], "complete", "")]
    assert "10 exposures" in run("runs", "export", "--exposures", "-o", "all.csv").output
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["on_time_s"]) for row in rows] == ASKED_S * 2
    assert [row["run"] for row in rows] == [ids[0]] * 5 + [ids[1]] * 5


@pytest.mark.parametrize(
    ("words", "said"),
    [(["-o", "all.txt"], "is to be --csv or --json"), (["--exposures", "-o", "a.json"], "--exposures is for --csv"), ([], "Missing option"),
     (["-o", "none/a.csv"], "cannot be written")],
)  # fmt: skip
def test_an_export_that_cannot_be_is_refused(words, said, tmp_path):
    assert said in run("runs", "export", *words, code=2).output
    assert not list(tmp_path.glob("a*"))


def test_a_damaged_database_is_said_in_words(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "runs.sqlite3").write_bytes(b"no database" * 1000)
    for words in (["runs"], ["runs", "show", "a"], ["runs", "note", "a", "b"], ["runs", "export", "-o", "a.csv"], ["resume"]):
        assert "is no database: move it away" in run(*words, code=2).output
    assert not list(tmp_path.glob("a*"))


# resume


def lost_in(machine, layer, **how):
    """The machine is switched off in (or before) the first exposure of a layer, and on again; the host gave up."""

    def kill(fake, name, said):
        if name == "LAYER" and said["layer"] == layer and fake.sessions == 1:
            fake.interrupt(**how)
            raise EOFError
        return False

    machine.before = kill
    run_id = printed(machine, code=1)
    machine.before = None
    return run_id


@pytest.fixture
def small():
    """It holds one layer."""
    with keeping(holds__layers=1) as fake:
        yield fake


def test_a_print_goes_on_with_the_next_exposure(small):
    run_id = lost_in(small, 2)
    assert told(run_id)["outcome"] == "failed"
    said = run("resume").output
    for words in (f"run {run_id}: film, 4 layers", "interrupted, 2 of 4 layers and 3 exposures made", "goes on with layer 3 of 4"):
        assert words in said
    row = told(run_id)
    is_whole(small, row)
    assert [one["on_time_s"] for one in row["exposures"]] == ASKED_S
    (interruption,) = row["interruptions"]
    assert interruption["cause"] == "failed"
    assert interruption["resumed_by"] == "voxelyte resume --cut stop"
    assert interruption["at"] < interruption["resumed_at"] < row["ended"]
    assert "is complete: there is nothing to go on with" in run("resume", run_id, code=2).output


def test_a_cut_exposure_is_told_with_the_choices_and_nothing_is_lit(small):
    run_id = lost_in(small, 2, cut_s=2.5)
    said = run("resume", code=1)
    assert "layer 3, exposure 1, was cut: it got 2.5 s of 6 s; the lamp is off. Choose: --cut complete gives the other 3.5 s" in said.stderr
    assert small.names().count("START") == 1
    row = told(run_id)
    assert (row["outcome"], row["exposures_done"]) == ("failed", 3)
    assert [(one["state"], one["on_time_s"]) for one in row["exposures"]][3:] == [("cut", 2.5), ("due", None)]
    assert "exposure 1 cut after 2.5 s" in run("runs", "show", run_id).output
    assert "layer 3 exposure 1 was lit 2.5 s" in run("runs", "show", run_id).output


def test_a_cut_exposure_is_told_with_its_dose_where_the_irradiance_is_known(small, tmp_path):
    resin = JOB.resin.model_copy(update={"irradiance_mw_cm2": 9.0})
    write_job(replace(JOB, resin=resin), tmp_path / "film.voxelyte")
    lost_in(small, 2, cut_s=2.5)
    said = run("resume", code=1).stderr
    assert "it got 2.5 s of 6 s (22.5 of 54 mJ/cm²); the lamp is off. Choose: --cut complete gives the other 3.5 s" in said


@pytest.mark.parametrize(("cut", "cut_s", "total_s"), [("complete", 2.5, 10.5), ("redo", 2.5, 10.5), ("redo", None, None)])
def test_what_becomes_of_a_cut_exposure_is_chosen(small, cut, cut_s, total_s):
    """The scripted machine says 8 s of each further lighting, whatever was asked."""
    run_id = lost_in(small, 2, cut_s=cut_s)
    run("resume", run_id, "--cut", cut)
    row = told(run_id)
    is_whole(small, row)
    assert row["exposures"][3]["on_time_s"] == total_s
    assert row["interruptions"][0]["resumed_by"] == f"voxelyte resume --cut {cut}"


def test_a_cut_of_unknown_length_can_only_be_made_again(small):
    lost_in(small, 2, cut_s=None)
    assert "nobody knows how much of its 6 s it got" in run("resume", code=1).stderr


def test_the_rest_of_a_cut_of_unknown_length_is_not_known(small):
    lost_in(small, 2, cut_s=None)
    said = run("resume", "--cut", "complete", code=1)
    assert "an exposure of layer 3 was cut: nobody knows how long it was lit, and so what its rest is; nothing is done" in said.output
    shown = run("runs", "show", json.loads(run("runs", "--json").stdout)[0]["id"]).output
    assert "exposure 1 cut after a time that nobody knows" in shown
    assert "layer 3 exposure 1 was lit for a time that nobody knows" in shown
    assert "as the machine's journal tells" in shown


def test_what_was_made_unheard_for_a_time_that_nobody_knows_is_told_so(small):
    """Cut by a kill, made again, and finished by the machine when its second host was lost as well."""
    run_id = lost_in(small, 2, cut_s=None)

    def lose(fake, said):
        if said["event"] == "lamp-on" and said["layer"] == 2:
            fake.tamper = None
            raise EOFError
        return said

    def remember(fake, name, said):
        if name == "HISTORY" and fake.sessions == 3:
            fake.journal[2]["exposures"][0]["on_time_s"] = None
        return False

    small.tamper, small.before = lose, remember
    said = run("resume", run_id, "--cut", "redo").output
    assert "the link is lost, looking for the machine" in said
    assert "layer 3, exposure 1, was made, and nobody knows how long it was lit" in said
    row = told(run_id)
    is_whole(small, row)
    assert (row["exposures"][3]["on_time_s"], row["exposures"][3]["recalled"]) == (None, True)
    shown = run("runs", "show", run_id).output
    assert "not known  exposure 1 made, lit for a time that nobody knows" in shown
    assert "(1 exposure as the machine's journal tells: nobody listened at the time)" in shown


def test_a_print_that_was_finished_meanwhile_is_complete(machine):
    """All was held when the host was lost."""

    def lose(fake, said):
        if said["event"] == "lamp-off" and said["layer"] == 1:
            fake.tamper = None
            raise EOFError
        return said

    machine.tamper = lose
    run_id = printed(machine, code=1)
    machine.wait_for(lambda _: not machine.running)
    said = run("resume", run_id, "--json")
    assert json.loads(said.stdout)["outcome"] == "complete"
    is_whole(machine, told(run_id))
    assert [bool(one["resumed_at"]) for one in told(run_id)["interruptions"]] == [True]


def test_another_way_to_the_same_machine_but_not_to_another_one(small):
    run_id = lost_in(small, 2)
    with keeping(machine__serial="1") as other:
        said = run("resume", run_id, "--to", other.address, code=2)
        assert f"serial='1' of this machine must be '0', that of the one which began run {run_id}" in said.stderr
    run("resume", run_id, "--to", small.address.replace("127.0.0.1", "localhost"))
    is_whole(small, told(run_id))


def test_a_machine_that_has_forgotten_it_leaves_the_record_as_it_was(small):
    run_id = lost_in(small, 2)
    before = told(run_id)
    small.last = None
    assert "cannot go on with this job" in run("resume", run_id, code=1).stderr
    after = told(run_id)
    assert {key: after[key] for key in ("outcome", "reason", "ended", "exposures", "interruptions")} == {
        key: before[key] for key in ("outcome", "reason", "ended", "exposures", "interruptions")
    }


def test_a_folder_alone_is_enough_to_go_on(small, tmp_path):
    run_id = lost_in(small, 2)
    (tmp_path / "data" / "runs.sqlite3").write_bytes(b"no database" * 1000)
    (folder,) = (tmp_path / "voxelyte-runs").iterdir()
    said = run("resume", folder)
    assert "is no database" in said.stderr
    assert from_folder(folder).outcome == "complete"
    (tmp_path / "data" / "runs.sqlite3").unlink()
    assert "is complete" in run("resume", folder, code=2).output
    assert from_folder(folder).id == run_id


def test_a_changed_job_is_refused(small, tmp_path):
    run_id = lost_in(small, 2)
    (path,) = tmp_path.glob("voxelyte-runs/*/job.voxelyte")
    write_job(a_job([[0], [1], [2], [3]]), path)
    assert "that of the job which was begun" in run("resume", run_id, code=2).stderr
    path.unlink()
    assert "is not there any more" in run("resume", run_id, code=2).stderr


# Processes that are killed


def voxelyte(*words):
    return subprocess.run([*VOXELYTE, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def begun_at(machine, tmp_path):
    command = [*VOXELYTE, "print", "film.voxelyte", "--to", machine.address]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("killed", ["host", pytest.param("stopped", marks=pytest.mark.slow)])
def test_a_film_is_whole_though_its_host_was_killed(tmp_path, killed):
    """The virtual machine finishes what it holds; or its print is stopped in mid exposure and completed by another host."""
    quick_film(tmp_path)
    with serving("--speed", "15", "--journal", str(tmp_path / "journal")) as machine:
        host = begun_at(machine, tmp_path)
        for _ in range(2):
            machine.until("lamp-on")
        host.send_signal(signal.SIGKILL if killed == "host" else signal.SIGTERM)
        host.wait(PATIENCE_S)
        (known,) = json.loads(run("runs", "--json").stdout)
        assert known["state"] == ("broken off" if killed == "host" else "stopped")
        done = voxelyte("resume", "--cut", "complete")
        assert done.returncode == 0, done.stderr
        machine.until("done")
    row = told(known["id"])
    assert (row["outcome"], row["layers_done"], row["exposures_done"]) == ("complete", 5, 5)
    assert [one["on_time_s"] for one in row["exposures"]] == pytest.approx([6.0] * 5, abs=1e-3)
    assert [one["cause"] for one in row["interruptions"]] == ["host" if killed == "host" else "stopped"]
    lit = [event for event in machine.events if event.get("event") == "lamp-on"]
    assert len(lit) == 5 + (killed == "stopped")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_machine_that_was_killed_is_a_truthful_record(tmp_path):
    """Its virtual stage does not know where the film is afterwards: nothing more is lit, and all that is known is told."""
    quick_film(tmp_path)
    serve = [*VOXELYTE, "serve", "--listen", "socket://127.0.0.1:0", "--json", "--speed", "6", "--journal", str(tmp_path / "journal")]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        machine = Served(process)
        words = ["print", "film.voxelyte", "--to", machine.address, "--reconnect-s", "0"]
        host = subprocess.Popen([*VOXELYTE, *words], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2):
            machine.until("lamp-on")
        process.kill()
        assert host.wait(PATIENCE_S) == 1
    (known,) = json.loads(run("runs", "--json").stdout)
    row = told(known["id"])
    first, second, *rest = [one["state"] for one in row["exposures"]]
    # The kill may overtake the word that the lamp is on: then the host has not heard of it, and only the journal knows.
    assert (first, second in ("lit", "due"), rest) == ("made", True, ["due"] * 3)
    with serving("--speed", "6", "--journal", str(tmp_path / "journal")) as again:
        done = voxelyte("resume", "--to", again.address)
        assert done.returncode == 1
        assert not [event for event in again.events if event.get("event") == "lamp-on"]
    row = told(known["id"])
    assert [one["state"] for one in row["exposures"]] == ["made", "cut", "due", "due", "due"]
    assert row["exposures"][1]["on_time_s"] is None
    assert (row["outcome"], row["exposures_done"]) == ("failed", 1)
    with suppress(ProcessLookupError):
        host.kill()
