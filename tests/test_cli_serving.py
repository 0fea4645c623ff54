"""`voxelyte serve`: its key, its journal and its patience, and what is wrong with them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from sim_host import PATIENCE_S, Host

from voxelyte.cli import main
from voxelyte.keys import new_key, read_key


@contextmanager
def serving(*words: str):
    """A host that called a serving process."""
    command = [sys.executable, "-m", "voxelyte", "serve", "--listen", "socket://127.0.0.1:0", "--json", "--speed", "inf", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(json.loads(process.stdout.readline())["listening"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as link:
            yield Host(link)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        process.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_key_journal_and_patience_are_the_machines(tmp_path):
    new_key(tmp_path / "key")
    words = ["--key", str(tmp_path / "key"), "--journal", str(tmp_path / "journal"), "--resume-s", "7.5"]
    with serving(*words, "--on-link-loss", "dark") as host:
        welcome = host.hello(read_key(tmp_path / "key"))
        assert (welcome["resume_s"], welcome["on_link_loss"], welcome["job"]) == (7.5, "dark", None)
        job = {"job": "kept", "name": "", "layers": 1, "height_nm": 50_000}
        panel = {key: value for key, value in welcome["panel"].items() if key != "grey_levels"}
        host.ok(2, job | {"panel": panel})
    with serving(*words) as host:
        told = host.hello(read_key(tmp_path / "key"))["job"]
        assert told == {"job": "kept", "state": "stopped", "layers_done": 0, "exposures_done": 0}


def refused(*words: str) -> str:
    done = CliRunner().invoke(main, ["serve", "--listen", "socket://127.0.0.1:0", *words])
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return done.output


def test_what_is_wrong_is_said_on_one_line(tmp_path):
    (tmp_path / "key").write_text("not a key")
    (tmp_path / "key").chmod(0o600)
    assert "must be one line" in refused("--key", str(tmp_path / "key"))
    assert "cannot be read" in refused("--key", str(tmp_path / "nowhere"))
    assert "cannot be used" in refused("--journal", str(tmp_path / "key"))
    assert "resume_s=-1 must be 0 to" in refused("--resume-s", "-1")
    assert "resume_s=nan must be 0 to" in refused("--resume-s", "nan")
    assert "'finish', 'dark'" in refused("--on-link-loss", "never")
    assert "must have a key" in refused("--listen", "socket://0.0.0.0:0")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user who may not write everywhere")
def test_a_journal_where_nothing_may_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    assert "cannot be used: Permission denied" in refused("--journal", str(tmp_path / "journal"))
