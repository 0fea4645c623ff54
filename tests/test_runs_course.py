"""What goes in comes out: of the database, and of run.json, whatever happens to a print."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs_told import ASKED_S, EVERY, a_print, lit, pytest_fail, remembered, told

from voxelyte.runs import taken_up
from voxelyte.runs.course import Course

HAPPENINGS = (
    "told", "told", "told", "lost after lamp-on", "lost before", "host killed in it", "host killed before",
    "stopped in it, completed", "stopped in it, redone", "machine killed in it, redone", "paused",
    "stopped in it, completed without a host",
)  # fmt: skip


class Teller:
    """Prints as a machine does that keeps a journal; what was really lit is in `truth`."""

    def __init__(self, folder):
        self.folder, self.truth, self.legs, self.layers_done = folder, {}, 0, 0
        self.context = a_print(folder)
        self.recording = self.context.__enter__()

    def say(self, *events):
        for event in events:
            self.recording.take(event)

    def next_host(self, outcome):
        """This host ends, or is killed; another takes the print up from one of both memories."""
        if outcome is not None:
            self.recording.end(outcome, "because")
            assert remembered(self.recording)[0].course() == remembered(self.recording)[1].course()
        self.context.__exit__(None, None, None)
        known = remembered(self.recording)[self.legs % 2 if outcome else 0]
        self.legs += 1
        self.context = taken_up(known, f"host {self.legs}", pytest_fail)
        self.recording = self.context.__enter__()
        assert self.recording.course.known <= self.truth.keys()

    def expose(self, key, what, part):
        asked_s, part_s = ASKED_S[key], ASKED_S[key] * part
        totals_s = {"stopped in it, redone": part_s + asked_s, "machine killed in it, redone": None}
        on, off = lit(*key)
        recalled = told("lamp-off", *key, asked_s, recalled=True)
        if what == "told":
            self.say(on, off)
        elif what == "paused":
            self.say(told("state", text="paused", state="paused"), told("layer-held", state="paused"), on, off)
        elif what == "lost after lamp-on":
            self.say(on, told("reconnecting", text="gone"), told("reconnecting", text="gone"), recalled)
        elif what == "lost before":
            self.say(told("reconnecting", text="gone"), told("lamp-on", *key, recalled=True), recalled)
        elif what == "host killed in it":
            self.say(on)
            self.next_host(None)
            self.say(told("lamp-on", *key, recalled=True), recalled)
        elif what == "host killed before":
            self.next_host(None)
            self.say(told("lamp-on", *key, recalled=True), off)
        else:
            self.cut(key, what, part_s, on)
        self.truth[key] = totals_s.get(what, asked_s)

    def cut(self, key, what, part_s, on):
        self.say(on)
        if what.startswith("stopped"):
            self.say(told("lamp-off", *key, part_s), told("stopped", *key, part_s, "enough"))
            self.next_host("stopped")
            self.say(told("cut", *key, part_s, recalled=True))
        else:
            self.next_host("failed")
            self.say(told("cut", *key, 0.0, "nobody knows how long it was lit", recalled=True))
        if what.endswith("without a host"):
            self.say(told("state", text="homing"), on)
            self.next_host(None)
            self.say(told("lamp-off", *key, ASKED_S[key], recalled=True))
            return
        rest_s = ASKED_S[key] - part_s if what.endswith("completed") else ASKED_S[key]
        self.say(told("state", text="homing"), on, told("lamp-off", *key, rest_s))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.floats(0.01, 0.99)), min_size=5, max_size=5))
def test_every_exposure_is_known_once_with_all_its_light(happenings):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXELYTE_DATA", f"{folder}/data")
        teller = Teller(Path(folder))
        try:
            for number, (key, (what, part)) in enumerate(zip(EVERY, happenings, strict=True)):
                teller.expose(key, what, part)
                if number + 1 == len(EVERY) or EVERY[number + 1][0] > key[0]:
                    teller.layers_done += 1
                    teller.say(told("layer-done", key[0], layers_done=teller.layers_done))
            teller.say(told("done", layers_done=4))
            teller.recording.end("complete")
        finally:
            teller.context.__exit__(None, None, None)
        of_database, of_folder = remembered(teller.recording)
        assert of_database.course() == of_folder.course()
        course = of_database.course()
        assert {key: one.on_time_s for key, one in course.made.items()} == pytest.approx(teller.truth)
        assert {one.state for one in course.made.values()} == {"made"}
        assert (course.outcome, course.layers_done, course.exposures_done) == ("complete", 4, 5)
        assert all(one.resumed_at for one in course.interruptions)
        wanted = sum((what != "told") + what.endswith("without a host") for what, _ in happenings)
        assert len(course.interruptions) == wanted


words = st.sampled_from(["lamp-on", "lamp-off", "cut", "stopped", "reconnecting", "state", "layer-done", "done", "waiting"])
anything = st.builds(
    lambda what, key, time_s, text, recalled: told(what, *key, time_s, text, recalled=recalled),
    words, st.sampled_from([*EVERY, (None, None), (2, None)]), st.floats(0, 100), st.sampled_from(["", "paused"]), st.booleans(),
)  # fmt: skip


@settings(max_examples=25)
@given(st.lists(st.lists(anything, max_size=8), max_size=4), st.sampled_from(["complete", "stopped", "failed"]))
def test_whatever_a_machine_says_both_memories_say_the_same(parts, outcome):
    """Also of events that no honest machine would send in this order; and no part of it is lost by being written down."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXELYTE_DATA", f"{folder}/data")
        with a_print(Path(folder), note="a note", film="F-17", humidity_percent=33.5) as recording:
            for part in parts:
                for event in part:
                    recording.take(event)
                assert remembered(recording)[0].course() == recording.course
            recording.end(outcome, "because")
            assert not recording.course.news
        of_database, of_folder = remembered(recording)
        assert of_database.course() == of_folder.course() == recording.course
        assert of_database.notes == of_folder.notes
        assert of_database.model_dump() == of_folder.model_dump()


@pytest.fixture
def now():
    return datetime(2026, 1, 2, tzinfo=UTC)


def test_a_stop_before_the_lamp_was_lit_is_no_exposure(now):
    course = Course()
    course.take(told("stopped", 1, 0, 0.0, "enough"), now)
    assert not course.made
    assert [one.cause for one in course.interruptions] == ["stopped"]


def test_a_time_that_the_machine_could_not_measure_is_not_known(now):
    course = Course()
    for event in (told("lamp-on", 1, 0), told("stopped", 1, 0, 0.0, "the board does not answer")):
        course.take(event, now)
    assert (course.made[1, 0].state, course.made[1, 0].on_time_s) == ("cut", None)
    assert [(one.layer, one.on_time_s) for one in course.interruptions] == [(1, None)]


def test_a_recalled_exposure_is_made_though_nobody_knows_its_time(now):
    course = Course()
    course.take(told("lamp-off", 1, 0, 0.0, "nobody knows how long it was lit", recalled=True), now)
    assert (course.made[1, 0].state, course.made[1, 0].on_time_s, course.exposures_done) == ("made", None, 1)


def test_a_resume_that_never_went_on_leaves_the_end_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("VOXELYTE_DATA", str(tmp_path))
    with a_print(tmp_path) as recording:
        recording.take(told("lamp-on", 0, 0))
        recording.end("stopped", "enough")
    before = remembered(recording)[0]
    with taken_up(before, "somebody", pytest_fail) as again:
        again.take(told("cut", 0, 0, 2.5, recalled=True))
        again.end("failed", "an exposure was cut")
    after = remembered(again)[0]
    assert (after.outcome, after.reason, after.ended) == ("stopped", "enough", before.ended)
    assert after.course().made[0, 0].on_time_s == 2.5
    assert [(one.cause, one.on_time_s, one.resumed_at) for one in after.interruptions] == [("stopped", 2.5, None)]
