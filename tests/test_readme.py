"""README stays true: each of its commands is run as a process, its Python too."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pages import README, blocks, commands, write_files

PATIENCE_S = 120
PORT = "7624"


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "voxelyte", *shlex.split(command)[1:]]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def test_commands_in_their_order(tmp_path):
    """In one folder with README's recipe, as a reader would; a serving command goes on in the background, at a port of its own."""
    assert len(commands(README)) >= 12
    write_files(README, tmp_path)
    server, address = None, ""
    try:
        for command in commands(README):
            if command.startswith("voxelyte serve"):
                words = shlex.split(command.replace(PORT, "0"))[1:]
                server = subprocess.Popen(
                    [sys.executable, "-m", "voxelyte", *words], cwd=tmp_path, stdout=subprocess.PIPE, text=True
                )
                address = server.stdout.readline().split()[-1]
                continue
            done = run(command.replace(f"socket://127.0.0.1:{PORT}", address), tmp_path)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    finally:
        if server:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=PATIENCE_S)
            assert server.returncode == 0


@pytest.mark.parametrize("code", blocks(README, "python"))
def test_python(tmp_path, code):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir())


def test_there_is_python():
    assert blocks(README, "python")
