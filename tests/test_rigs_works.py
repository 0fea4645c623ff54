"""What a rig does for one exposure and in which order, by a clock that stands still unless somebody waits."""

from __future__ import annotations

import threading
import time

import pytest
from rig_fakes import FakeLight, FakeStage, Notes, rig_file, shot, works

from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.rigs._either import Either
from voxelyte.rigs.rig import load_rig
from voxelyte.rigs.works import RigWorks

NEVER = threading.Event()


class TestOrder:
    def test_show_wait_light_dark_black_and_then_move(self, tmp_path):
        rig = works(tmp_path)
        rig.expose(shot(exposure_s=2.0, power=0.5), NEVER)
        assert rig.off() == pytest.approx(2.0)
        rig.move(3.0, 1.5, NEVER)
        assert rig.notes == [
            (0.0, "light", "show 200"),
            (0.25, "stage", "lamp on 0.5"),
            (2.25, "stage", "lamp off"),
            (2.25, "light", "black"),
            (2.25, "stage", "move 3 at 1.5"),
        ]

    def test_an_engine_with_a_lamp_of_its_own_is_shown_first_too(self, tmp_path):
        rig = works(tmp_path, lamp="light", light="visitech")
        rig.expose(shot(exposure_s=1.0), NEVER)
        assert rig.off() == pytest.approx(1.0)
        assert [(at, what) for at, _, what in rig.notes] == [(0.0, "show 200"), (0.25, "lit 200"), (1.25, "unlit"), (1.25, "black")]

    def test_what_an_always_lit_projector_shows_is_exposed_so_it_is_not_shown_before(self, tmp_path):
        rig = works(tmp_path, lamp="light", light="gating")
        rig.expose(shot(exposure_s=1.0), NEVER)
        assert [(at, what) for at, _, what in rig.notes] == [(0.0, "lit 200"), (1.0, "unlit"), (1.0, "black")]

    @pytest.mark.parametrize(("lamp", "light"), [("stage", "folder"), ("light", "visitech"), ("light", "gating")])
    def test_light_is_told_of_when_it_is_there(self, tmp_path, lamp, light):
        rig, seen = works(tmp_path, lamp, light), []
        rig.expose(shot(lit=lambda: seen.append((rig.lit, rig.notes.words[-1]))), NEVER)
        assert seen in ([(True, "stage lamp on 1")], [(True, "light lit 200")])
        assert not rig.lit

    def test_homing_ends_on_the_floor_slowly_and_with_a_film_it_stays_away_from_it(self, tmp_path):
        rig = works(tmp_path)
        rig.home(NEVER)
        assert rig.notes.words == ["stage home", "stage move 0 at 2"]
        rig.notes.clear()
        rig.home_away(NEVER)
        assert rig.notes.words == ["stage home"]


class TestDark:
    @pytest.mark.parametrize(("lamp", "light"), [("stage", "folder"), ("light", "visitech"), ("light", "gating")])
    def test_from_another_thread_in_the_middle(self, tmp_path, lamp, light):
        def darken():
            other = threading.Thread(target=rig.darken)
            other.start()
            other.join()

        during = {"during": darken}
        rig = works(tmp_path, lamp, light, **({"stage": during} if lamp == "stage" else during))
        with pytest.raises(Cut):
            rig.expose(shot(exposure_s=2.0), NEVER)
        assert rig.off() == pytest.approx(1.0)
        assert not rig.lit
        assert "light dark" in rig.notes.words
        assert ("stage lamp_off" in rig.notes.words) == (lamp == "stage")
        rig.notes.clear()
        with pytest.raises(Cut):
            rig.expose(shot(layer=1), NEVER)
        assert not [word for word in rig.notes.words if "lamp on" in word or "lit" in word]
        rig.stage.during = rig.light.during = None
        rig.allow("job")
        rig.expose(shot(layer=1), NEVER)

    def test_the_prints_own_event_ends_it_too(self, tmp_path):
        cut = threading.Event()
        rig = works(tmp_path, stage={"during": cut.set})
        with pytest.raises(Cut):
            rig.expose(shot(exposure_s=2.0), cut)
        assert rig.off() == pytest.approx(1.0)
        assert rig.notes.words[-2:] == ["stage lamp off", "light dark"]

    def test_between_picture_and_lamp_there_is_no_light_at_all(self, tmp_path):
        rig = works(tmp_path)
        show = rig.light.show
        rig.light.show = lambda pixels: (show(pixels), rig.darken())
        with pytest.raises(Cut):
            rig.expose(shot(), NEVER)
        assert rig.off() == 0.0
        assert rig.notes.words == ["light show 200", "light dark"]

    def test_a_board_that_finishes_its_dwell_lights_a_black_picture(self, tmp_path):
        """The lamp burns on, and the film gets what it got until the picture was black."""
        rig = works(tmp_path, stage={"during": lambda: rig.darken()})
        rig.stage.stops_at_once = False
        with pytest.raises(Cut):
            rig.expose(shot(exposure_s=2.0), NEVER)
        assert rig.stage.lit_s() == pytest.approx(2.0)
        assert rig.off() == pytest.approx(1.0)

    def test_while_it_moves_it_leaves_the_board_alone(self, tmp_path):
        """GRBL's reset in a motion would lose the plate's place."""
        rig = works(tmp_path)
        rig.darken()
        assert rig.notes.words == ["light dark"]

    def test_a_lamp_that_cannot_be_reached_does_not_keep_the_picture_up(self, tmp_path):
        rig = works(tmp_path, stage={"trouble": "lamp_off", "during": lambda: rig.darken()})
        with pytest.raises(Cut):
            rig.expose(shot(), NEVER)
        assert rig.notes.words.index("light dark") == rig.notes.words.index("stage lamp_off") + 1

    def test_a_lost_picture_is_trouble_and_the_time_is_known(self, tmp_path):
        rig = works(tmp_path, stage={"during": lambda: rig.light.lost("the window ended")})
        with pytest.raises(MachineTrouble, match="the window ended"):
            rig.expose(shot(exposure_s=2.0), NEVER)
        assert rig.off() == pytest.approx(1.0)
        assert "stage lamp_off" in rig.notes.words

    def test_when_the_board_was_reset_nobody_knows(self, tmp_path):
        rig = works(tmp_path, stage={"trouble": "expose"})
        with pytest.raises(MachineTrouble, match="reset"):
            rig.expose(shot(), NEVER)
        assert rig.off() is None
        assert rig.notes.words[-1] == "light dark"

    def test_closing_is_dark_and_closes_both(self, tmp_path):
        rig = works(tmp_path)
        rig.close()
        assert rig.notes.words == ["light dark", "stage close", "light close"]


class TestOnce:
    def test_no_exposure_is_lit_twice_unless_it_is_asked_again(self, tmp_path):
        rig = works(tmp_path)
        rig.expose(shot(), NEVER)
        with pytest.raises(MachineTrouble, match="layer=0 exposure=0 was lit before"):
            rig.expose(shot(), NEVER)
        rig.expose(shot(again=True), NEVER)
        rig.expose(shot(exposure=1), NEVER)
        rig.allow("another job")
        rig.expose(shot(), NEVER)
        assert rig.notes.words.count("stage lamp on 1") == 4

    def test_one_that_was_cut_before_the_lamp_was_not_lit(self, tmp_path):
        rig, cut = works(tmp_path), threading.Event()
        cut.set()
        with pytest.raises(Cut):
            rig.expose(shot(), cut)
        assert rig.off() == 0.0
        rig.expose(shot(), NEVER)


class TestOpening:
    @pytest.mark.parametrize(("lamp", "light", "first"), [("stage", "folder", "stage"), ("light", "gating", "light")])
    def test_what_lights_is_darkened_first(self, tmp_path, lamp, light, first):
        notes = Notes()
        RigWorks(load_rig(rig_file(tmp_path, lamp, light)), FakeStage(notes), FakeLight(notes), notes.clock).open()
        assert notes.words[0] == f"{first} open"

    @pytest.mark.parametrize(("who", "closed"), [("light", ["stage close"]), ("stage", [])])
    def test_neither_stays_open_alone(self, tmp_path, who, closed):
        notes, faults = Notes(), {"trouble": "open"}
        stage = FakeStage(notes, **(faults if who == "stage" else {}))
        light = FakeLight(notes, **(faults if who == "light" else {}))
        with pytest.raises(MachineTrouble):
            RigWorks(load_rig(rig_file(tmp_path)), stage, light, notes.clock).open()
        assert [word for word in notes.words if "close" in word] == closed


class TestEither:
    def test_is_set_by_itself_or_by_the_other(self):
        for own in (True, False):
            other = threading.Event()
            either = Either(other)
            assert not either.is_set()
            assert not either.wait(0)
            (either if own else other).set()
            assert either.is_set()
            assert either.wait()

    def test_a_wait_notices_the_other_at_once_and_its_own_end(self):
        other = threading.Event()
        begun_s = time.monotonic()
        assert not Either(other).wait(0.05)
        assert time.monotonic() - begun_s >= 0.05
        threading.Timer(0.05, other.set).start()
        assert Either(other).wait(30)
