"""Layer plans: exact sums, every level a boundary, nothing rounded unless asked for."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, inf, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from voxelyte.errors import SliceError
from voxelyte.heights import to_nm
from voxelyte.layering import MAX_LAYERS, check_limits, plan_layers
from voxelyte.printer import LayerLimits

PAPER_UM = (0.0, 75.0, 225.0)
LIMITS = LayerLimits(min_um=10.0, max_um=200.0, step_um=1.0)
WAYS = ("first", "last", "even")

slabs_nm = st.lists(st.integers(1, 400_000), min_size=1, max_size=6)
pitches_nm = st.integers(900, 120_000)


def levels_um(slabs):
    return [sum(slabs[:n]) / 1000 for n in range(len(slabs) + 1)]


def um(plan):
    return [nm / 1000 for nm in plan.thickness_nm]


class TestCuts:
    @given(slabs_nm, pitches_nm, st.sampled_from(WAYS))
    def test_every_slab_is_cut_into_the_fewest_layers_no_thicker_than_the_pitch(self, slabs, pitch, way):
        plan = plan_layers(levels_um(slabs), pitch / 1000, way)
        assert sum(plan.thickness_nm) == plan.top_nm[-1] == sum(slabs)
        assert all(0 < nm <= pitch for nm in plan.thickness_nm)
        assert len(plan.thickness_nm) == sum(ceil(slab / pitch) for slab in slabs)
        assert {sum(slabs[: n + 1]) for n in range(len(slabs))} <= set(plan.top_nm)
        assert not plan.notes

    @given(slabs_nm, pitches_nm, st.sampled_from(WAYS))
    def test_each_layer_shows_its_own_middle(self, slabs, pitch, way):
        plan = plan_layers(levels_um(slabs), pitch / 1000, way)
        for z_um, nm, top in zip(plan.section_z_um, plan.thickness_nm, plan.top_nm, strict=True):
            assert z_um * 1000 == pytest.approx(top - nm / 2, abs=1e-6)
            assert top - nm < z_um * 1000 < top

    @given(slabs_nm, pitches_nm)
    def test_where_the_remainder_goes(self, slabs, pitch):
        first, last, even = (_slabs(plan_layers(levels_um(slabs), pitch / 1000, way), slabs) for way in WAYS)
        for at_first, at_last, spread in zip(first, last, even, strict=True):
            assert at_first == at_last[::-1]
            assert all(nm == pitch for nm in at_first[1:])
            assert max(spread) - min(spread) <= 1

    @given(st.lists(st.integers(1, 20), min_size=1, max_size=6), pitches_nm, st.sampled_from((*WAYS, "round")))
    def test_whole_pitches_are_the_same_in_every_way_and_make_no_note(self, numbers, pitch, way):
        plan = plan_layers(levels_um([number * pitch for number in numbers]), pitch / 1000, way)
        assert plan.thickness_nm == (pitch,) * sum(numbers)
        assert not plan.notes

    @pytest.mark.parametrize(
        ("pitch_um", "way", "wanted"),
        [
            (50, "first", [25, 50, 50, 50, 50]),
            (50, "last", [50, 25, 50, 50, 50]),
            (50, "even", [37.5, 37.5, 50, 50, 50]),
            (25, "first", [25] * 9),
            (75, "first", [75] * 3),
            (50, [75, 50, 50, 50], [75, 50, 50, 50]),
            (50, [75, 150], [75, 150]),
            (50, [12.5] * 6 + [50] * 3, [12.5] * 6 + [50] * 3),
        ],
    )
    def test_the_papers_film(self, pitch_um, way, wanted):
        assert um(plan_layers(PAPER_UM, pitch_um, way)) == wanted

    def test_decimal_heights_are_exact(self):
        """0.1 + 0.2 is not 0.3 in binary; in nanometres it is."""
        plan = plan_layers([0, 0.1, 0.3, 0.6], 0.1)
        assert plan.top_nm == (100, 200, 300, 400, 500, 600)


def _slabs(plan, slabs):
    """The plan's layers, slab by slab."""
    layers, cut = list(plan.thickness_nm), []
    for slab in slabs:
        cut.append([])
        while sum(cut[-1]) < slab:
            cut[-1].append(layers.pop(0))
    return cut


class TestRounding:
    @given(slabs_nm, pitches_nm)
    def test_moves_each_level_by_at_most_half_a_pitch_and_says_which(self, slabs, pitch):
        levels = levels_um(slabs)
        moved = [(2 * to_nm(level, "") + pitch) // (2 * pitch) for level in levels]
        if any(upper <= lower for lower, upper in pairwise(moved)):
            with pytest.raises(SliceError, match="would make a slab of the film vanish"):
                plan_layers(levels, pitch / 1000, "round")
            return
        plan = plan_layers(levels, pitch / 1000, "round")
        assert set(plan.thickness_nm) == {pitch}
        assert len(plan.thickness_nm) == moved[-1]
        assert abs(plan.top_nm[-1] - sum(slabs)) <= pitch / 2
        off = [level for level in levels if to_nm(level, "") % pitch]
        assert bool(plan.notes) == bool(off)
        for level in off:
            nearest = (2 * to_nm(level, "") + pitch) // (2 * pitch) * pitch / 1000
            assert f"{level:g} → {nearest:g} µm ({nearest - level:+g})" in plan.notes[0]

    @given(slabs_nm, pitches_nm)
    def test_no_layer_shows_the_section_of_another_slab(self, slabs, pitch):
        levels = levels_um(slabs)
        assume(all((b * 1000 + pitch / 2) // pitch > (a * 1000 + pitch / 2) // pitch for a, b in pairwise(levels)))
        plan = plan_layers(levels, pitch / 1000, "round")
        for lower, upper in pairwise(levels):
            assert any(lower < z_um < upper for z_um in plan.section_z_um)
        assert list(plan.section_z_um) == sorted(plan.section_z_um)

    def test_the_papers_film(self):
        plan = plan_layers(PAPER_UM, 50, "round")
        assert um(plan) == [50] * 5
        assert plan.notes == ("heights were rounded to 50 µm layers as asked: 75 → 100 µm (+25); 225 → 250 µm (+25)",)
        assert [z_um < 75 for z_um in plan.section_z_um] == [True, True, False, False, False]


class TestExplicit:
    @given(st.lists(st.integers(1, 300_000), min_size=1, max_size=12), st.data())
    def test_is_taken_as_it_is_when_it_meets_every_level(self, thickness, data):
        tops = [sum(thickness[: n + 1]) for n in range(len(thickness))]
        levels = sorted({0, tops[-1], *data.draw(st.lists(st.sampled_from(tops)))})
        plan = plan_layers([nm / 1000 for nm in levels], 50, [nm / 1000 for nm in thickness])
        assert plan.thickness_nm == tuple(thickness)

    @pytest.mark.parametrize(
        ("given_um", "law"),
        [
            ([75, 50, 50], r"sums to 175 µm: must reach 225 µm with a layer boundary at 75, 225 µm"),
            ([75, 50, 50, 50, 50], "sums to 275 µm: must reach 225 µm"),
            ([50, 50, 50, 50, 25], "boundary at 75, 225 µm"),
            ([], "sums to 0 µm: must reach 225 µm"),
            ([225, 0], "must hold thicknesses greater than 0"),
            ([300, -75], "must hold thicknesses greater than 0"),
            ([nan], "layering=nan must be a finite number"),
            ([75, inf], "layering=inf must be a finite number"),
            ([75, 149.9999, 0.0001], "must lie on the 1 nm grid"),
            ([1] * (MAX_LAYERS + 1), f"lists {MAX_LAYERS + 1} layers; must not exceed {MAX_LAYERS}"),
        ],
    )
    def test_refuses(self, given_um, law):
        with pytest.raises(SliceError, match=law):
            plan_layers(PAPER_UM, 50, given_um)


class TestRefusals:
    @pytest.mark.parametrize("levels", [[], [0], [1, 2], [0, 0], [0, 75, 75], [0, 75, 50], [-1, 0, 5], [0, -5], [0.0, 1e-10]])
    def test_levels_ascend_from_nothing(self, levels):
        with pytest.raises(SliceError, match=r"levels_um=\[.*\] must ascend from 0"):
            plan_layers(levels, 50)

    @pytest.mark.parametrize("value", [nan, inf, -inf])
    def test_numbers_are_finite(self, value):
        with pytest.raises(SliceError, match=f"level_um={value} must be a finite number"):
            plan_layers([0, value], 50)
        with pytest.raises(SliceError, match=f"layer_um={value} must be a finite number"):
            plan_layers(PAPER_UM, value)

    @pytest.mark.parametrize("value", [75.0001, 0.0005, 1 / 3, 74.99999])
    def test_what_is_off_the_grid_is_not_rounded(self, value):
        with pytest.raises(SliceError, match=rf"level_um={value!r} must lie on the 1 nm grid \(0.001 µm\)"):
            plan_layers([0, value], 50)
        with pytest.raises(SliceError, match=f"layer_um={value!r} must lie on the 1 nm grid"):
            plan_layers(PAPER_UM, value)

    @pytest.mark.parametrize("value", [0, -50, 5e-324])
    def test_layers_have_a_thickness(self, value):
        with pytest.raises(SliceError, match=r"layer_um=.* must be greater than 0"):
            plan_layers(PAPER_UM, value)

    @pytest.mark.parametrize("way", [*WAYS, "round"])
    def test_the_number_of_layers_is_bounded_before_they_are_made(self, way):
        with pytest.raises(SliceError, match=f"layer_um=0.001 gives more than {MAX_LAYERS} layers"):
            plan_layers([0, 1e9], 0.001, way)

    @pytest.mark.parametrize("way", ["middle", "", "First"])
    def test_unknown_ways(self, way):
        with pytest.raises(SliceError, match=f"layering={way!r} must be first, last, even, round or a list"):
            plan_layers(PAPER_UM, 50, way)

    @given(st.integers(0, 10**12))
    def test_every_whole_nanometre_is_on_the_grid(self, nm):
        assert to_nm(nm / 1000, "z_um") == nm


class TestLimits:
    @pytest.mark.parametrize(
        ("layering", "said"),
        [
            ([75, 150], None),
            ([225], "225 µm must be 10 to 200 µm in steps of 1"),
            ([5, 70, 150], "5 µm must be 10 to 200 µm"),
            ([12.5, 62.5, 150], "12.5 µm must be 10 to 200 µm in steps of 1; 62.5 µm must be"),
        ],
    )
    def test_thickness_and_step_are_the_printers(self, layering, said):
        plan = plan_layers([0, 225], 50, layering)
        if said is None:
            check_limits(plan, LIMITS, 75.0)
        else:
            with pytest.raises(SliceError, match=said):
                check_limits(plan, LIMITS, 75.0)

    def test_each_fault_is_said_once(self):
        with pytest.raises(SliceError) as caught:
            check_limits(plan_layers([0, 10], 0.5), LIMITS, 75.0)
        assert str(caught.value) == "layer thickness: 0.5 µm must be 10 to 200 µm in steps of 1"

    def test_height_is_the_machines(self):
        plan = plan_layers(PAPER_UM, 50, "last")
        check_limits(plan, LIMITS, 0.225)
        with pytest.raises(SliceError, match=r"height of the film, 0.225 mm, must not exceed build_height_mm=0.224"):
            check_limits(plan, LIMITS, 0.224)
