"""Prints under random faults: each is complete with every exposure made once, or stopped dark with a truthful record.

What goes wrong is drawn from a seed: `VOXELYTE_CHAOS_SEED=123 pytest tests/test_chaos.py` (or `real-123`, with processes of
their own) does that one print again and tells its story. The draw is the same every time; when threads and processes get
their turns is not, so that a rare breach may take a few tries.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace

import pytest
from chaos.batch import FailedError, figures, print_of, printed
from chaos.machines import Lit
from chaos.plans import OWN, REAL, WORLD, drawn
from chaos.truth import Story, breaches
from chaos.user import QUICK, End
from chaos.wire import KINDS, HangUp, LinkFault, Mangler, changed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals and SIGKILL")
SEED = os.environ.get("VOXELYTE_CHAOS_SEED", "")
SHORT, SHORT_REAL = 38, 2
LONG, LONG_REAL = 1060, 40
FIRST = 20_000
"""Seeds of the short run; the long one begins at 1, and each has its own."""
KILLED = ("stopped dark", "complete after resume")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    for module, name, value in QUICK:
        monkeypatch.setattr(module, name, value)


def all_printed(prints, capsys):
    """Every print, or all failures; the figures go to the terminal."""
    ended = list(printed(prints))
    failed = [one for one in ended if isinstance(one, FailedError)]
    results = [one for one in ended if not isinstance(one, FailedError)]
    with capsys.disabled():
        print(f"\n{figures(results)}\nfailed {len(failed)}")  # noqa: T201
    assert not failed, "\n\n".join(str(one) for one in failed[:3])
    return results


@pytest.mark.skipif(not SEED, reason="VOXELYTE_CHAOS_SEED is not set")
@pytest.mark.parametrize("turn", range(5))
def test_the_print_of_one_seed(turn):
    result = print_of(int(SEED.removeprefix("real-")), SEED.startswith("real-"))
    print("\n".join(result.notes))  # noqa: T201


@pytest.mark.skipif(bool(SEED), reason="one seed was asked for")
def test_some_prints(capsys):
    prints = [(FIRST + n, True) for n in range(SHORT_REAL)] + [(FIRST + n, False) for n in range(SHORT)]
    assert len(all_printed(prints, capsys)) == SHORT + SHORT_REAL


@pytest.mark.long
@pytest.mark.skipif(bool(SEED), reason="one seed was asked for")
def test_a_thousand_prints(capsys):
    prints = [(n, True) for n in range(1, LONG_REAL + 1)] + [(n, False) for n in range(1, LONG + 1)]
    results = all_printed(prints, capsys)
    met = {kind for one in results for kind in one.met}
    assert met == {*KINDS, *WORLD, *REAL}
    assert sum(bool(one.met) for one in results) >= 1000
    assert {told for one in results for told in one.cuts} == {"cut, time known", "cut, time unknown"}
    assert {one.outcome for one in results if "host-SIGKILL" in one.met} & set(KILLED)
    assert sum(one.outcome != "stopped dark" for one in results) > LONG / 2


# The law and the link themselves: a test that cannot fail proves nothing.

ASKED = {(0, 0): 2.0, (0, 1): 3.5}
WHOLE = [Lit(0, 0, 2.0), Lit(0, 1, 3.5)]


def remembered(first_s=2.0, second_s=3.5, whole=True, done=True):
    exposures = [
        {"exposure": 0, "asked_s": 2.0, "on_time_s": first_s, "whole": True},
        {"exposure": 1, "asked_s": 3.5, "on_time_s": second_s, "whole": whole},
    ]
    return [{"layer": 0, "done": done, "exposures": exposures}]


def said(on_time_s):
    return {"what": "lamp-off", "layer": 0, "exposure": 1, "on_time_s": on_time_s, "recalled": False, "text": ""}


GOOD = Story(ASKED, WHOLE, remembered(), [said(3.5)], [("stop", End("done"))])
CUT = [("stop", End("cut", "", (0, 1), 1.5)), ("complete", End("done"))]
UNKNOWN = [("stop", End("cut", "", (0, 1), None)), ("redo", End("done"))]


@pytest.mark.parametrize(
    "story",
    [
        GOOD,
        replace(GOOD, lamp=[Lit(0, 0, 2.0), Lit(0, 1, 1.5), Lit(0, 1, 2.0)], ends=CUT),
        replace(GOOD, lamp=[*WHOLE, Lit(0, 1, 3.5)], history=remembered(second_s=None), ends=UNKNOWN),
        replace(GOOD, lamp=[], history=[], said=[], ends=[("stop", End("lost"))]),
    ],
)
def test_an_honest_story_keeps_the_law(story):
    assert breaches(story) == []


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (replace(GOOD, lamp=[*WHOLE, Lit(0, 1, 3.5)]), "was lit 2 times"),
        (replace(GOOD, lamp=[*WHOLE, Lit(0, 1, 3.5)], ends=CUT), "whole, and then again"),
        (replace(GOOD, lamp=WHOLE[::-1]), "out of order"),
        (replace(GOOD, lamp=[*WHOLE, Lit(1, 0, 1.0)]), "nobody asked for"),
        (replace(GOOD, lamp=[Lit(0, 0, 2.0), Lit(0, 1, 3.6)]), "lit for 3.6 s"),
        (replace(GOOD, lamp=WHOLE[:1]), r"done, but \(0, 1\) got"),
        (replace(GOOD, history=[]), "knows nothing of it"),
        (replace(GOOD, history=[]), "the machine remembers"),
        (replace(GOOD, history=remembered(second_s=3.4)), "said to have got 3.4 s"),
        (replace(GOOD, history=remembered(second_s=None)), "nobody died"),
        (replace(GOOD, history=remembered(whole=False)), "says that it is not"),
        (replace(GOOD, history=remembered(whole=False)), "not all of its exposures"),
        (replace(GOOD, lamp=[Lit(0, 0, 2.0), Lit(0, 1, 1.5)], history=remembered(second_s=1.5)), "said to be whole"),
        (replace(GOOD, said=[said(3.4)]), r"told that \(0, 1\) got 3.4 s"),
        (replace(GOOD, ends=[("stop", End("silent"))]), "without done, stopped or an error"),
        (replace(GOOD, said=[said(0.0) | {"what": "lamp-on", "layer": 7}]), "was never lit"),
    ],
)
def test_a_story_that_breaks_the_law_is_found_out(story, words):
    assert any(re.search(words, line) for line in breaches(story))


def a_frame(number, payload=b"payload"):
    from driver_fake import a_frame as framed

    return framed(0x84, number, payload)


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_fault_befalls_its_own_frame_alone(kind):
    fault, met = LinkFault(kind, True, 1, 0.6, 3, 0.5), []
    mangler = Mangler((fault,), met.append, lambda _: None)
    frames = [a_frame(number) for number in range(4)]
    out = [action for frame in frames for half in (frame[:9], frame[9:]) for action in mangler.feed(half)]
    assert met == [fault]
    passed = [one for one in out if isinstance(one, bytes)]
    assert (passed[0], passed[-1]) == (frames[0], frames[3])
    assert out != frames
    assert any(isinstance(one, HangUp) for one in out) == (kind in ("truncated", "disconnected"))


@pytest.mark.parametrize("kind", ["dropped", "duplicated", "reordered", "flipped", "noise"])
def test_changed_bytes_are_changed(kind):
    frame = a_frame(3, bytes(range(50)))
    assert changed(frame, kind, 20, 4) != frame


def test_a_seed_is_a_print():
    assert drawn(7).layers == drawn(7).layers
    assert drawn(7) == drawn(7)
    assert {one.kind for seed in range(400) for one in drawn(seed).troubles} == set(WORLD)
    assert set(OWN) < set(WORLD)
