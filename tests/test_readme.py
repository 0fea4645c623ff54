"""README as a user follows it: its commands run in order in one folder, its Python runs, its links lead somewhere.

The two set-up commands are run by `.ci/run`, in a virtual environment of their own. Blocks marked `text` need a real device.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from contextlib import ExitStack, contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
LONGEST_S = 120


def blocks(*languages):
    return [text for language, text in BLOCK.findall(README) if language in languages]


def commands():
    """Every command line that starts with voxelyte, wherever it is installed, without a prompt."""
    lines = [line.removeprefix("$ ").strip() for text in blocks("sh", "console") for line in text.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines if "&&" not in line]
    return [line[1:] for line in words if line and line[0] in ("voxelyte", ".venv/bin/voxelyte")]


def start(words, folder):
    return subprocess.Popen(
        [sys.executable, "-m", "voxelyte", *words], cwd=folder, text=True, encoding="utf-8", stdout=subprocess.PIPE
    )


@contextmanager
def serving(words, folder):
    """The virtual machine as a process of its own; it is listening within, and ends dark."""
    with start(words, folder) as process:
        try:
            assert "listening at" in process.stdout.readline()
            yield
        finally:
            process.terminate()
            said, _ = process.communicate(timeout=LONGEST_S)
    assert said.splitlines()[-1] == "off, lamp dark"


def test_readme_shows_every_command():
    found = commands()
    assert len(found) >= 8
    assert {"print", "slice", "inspect", "preview", "mesh", "list", "serve"} <= {words[0] for words in found}


def test_commands_run_in_order(tmp_path):
    with ExitStack() as undo:
        for words in commands():
            if words[0] == "serve":
                undo.enter_context(serving(words, tmp_path))
                continue
            ended = subprocess.run(
                [sys.executable, "-m", "voxelyte", *words], cwd=tmp_path, capture_output=True, timeout=LONGEST_S, check=False
            )
            assert ended.returncode == 0, (words, ended.stderr.decode())
            written = [words[at + 1] for at, word in enumerate(words) if word in ("-o", "--output")]
            assert all((tmp_path / name).stat().st_size > 0 for name in written)


def test_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = blocks("python")
    assert found
    for text in found:
        said = StringIO()
        with redirect_stdout(said):
            exec(compile(text, "README.md", "exec"), {})
        assert said.getvalue().strip()
    assert list(tmp_path.iterdir()), "the example writes a file"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    relative = [link.partition("#")[0] for link in LINK.findall(text) if "://" not in link and not link.startswith("#")]
    missing = [link for link in relative if not (page.parent / link).exists()]
    assert not missing


def test_the_links_that_are_looked_for_are_found():
    assert LINK.findall("see [the page](docs/a.md) and ![a picture](b.png)") == ["docs/a.md", "b.png"]
