"""Even layers in whole steps of the printer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voxelyte import load_printer, load_recipe, load_resin, plan_layers, slice_solid


@given(st.integers(1, 400), st.integers(1, 60), st.integers(1, 20))
def test_even_layers_keep_step_pitch_and_sum(steps, pitch_steps, step_um):
    slab_um, pitch_um = steps * step_um, pitch_steps * step_um
    thickness = plan_layers((0.0, slab_um), pitch_um, "even", step_um).thickness_nm
    assert sum(thickness) == slab_um * 1000
    assert all(nm % (step_um * 1000) == 0 for nm in thickness)
    assert max(thickness) <= pitch_um * 1000
    assert max(thickness) - min(thickness) <= step_um * 1000
    assert len(thickness) == -(-steps // pitch_steps)


def test_the_papers_base_in_two_even_layers_of_whole_micrometres():
    printer = load_printer("asiga-max")
    job = slice_solid(load_recipe("f-se").solid(), printer, load_resin("pegda-litfsi-llzto"), layering="even")
    assert [layer.thickness_um for layer in job.layers] == [37.0, 38.0]
