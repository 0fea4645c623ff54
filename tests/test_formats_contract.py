"""What every archive format must hold; a new file in formats/ is tested without being named here."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from formats_jobs import LIFT, film, job_of, jobs, levelled, mask_of, picture, printer_for, said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxelyte.errors import FormatError, LossyExport, VoxelyteError
from voxelyte.formats import CARRIED, format_for, losses, read_job, write_job
from voxelyte.job import Exposure, Mask
from voxelyte.members import member, members
from voxelyte.printer import Panel

FORMATS = [fmt for fmt in (member("formats", name) for name in members("formats")) if not fmt.contours]
every_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=40.0)
unhealthy = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]  # tmp_path may be shared here
quickly = settings(max_examples=60, deadline=None, suppress_health_check=unhealthy)


def written(job, fmt, folder, name="film"):
    path = folder / f"{name}{fmt.suffixes[0]}"
    write_job(job, path)
    return path


def panel_for(fmt, **changes):
    """A panel whose grey levels the format carries."""
    return PANEL.model_copy(update={"grey_levels": fmt.grey_levels, **changes})


def small_job(fmt):
    """Three layers with two pictures, carried by every format that can print at all."""
    panel = panel_for(fmt)
    one, two = (mask_of(levelled(picture("noise", panel, seed), fmt.grey_levels), panel) for seed in (1, 2))
    return job_of([(50_000, [Exposure(mask, 6.0)], LIFT) for mask in (one, two, one)], panel)


@every_format
def test_declares_what_is_known(fmt):
    assert fmt.carries <= CARRIED.keys()
    assert fmt.laws.keys() <= CARRIED.keys()
    assert fmt.suffixes
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in fmt.suffixes)
    assert all(format_for(f"x{suffix.upper()}") is fmt for suffix in fmt.suffixes)


def test_no_suffix_belongs_to_two():
    suffixes = [suffix for fmt in FORMATS for suffix in fmt.suffixes]
    assert len(suffixes) == len(set(suffixes))


@every_format
@quickly
@given(data=st.data())
def test_round_trip_is_identity(fmt, data, tmp_path):
    job = data.draw(jobs(fmt.carries, grey_levels=fmt.grey_levels))
    assert losses(job, fmt) == []
    again = read_job(written(job, fmt, tmp_path))
    assert said(again, fmt.carries) == said(job, fmt.carries)


@every_format
@quickly
@given(data=st.data())
def test_what_is_lost_is_refused_and_what_is_not_comes_back(fmt, data, tmp_path):
    """Jobs that vary in everything, in the finest steps: either LossyExport, or the identity; nothing between."""
    job = data.draw(jobs(frozenset(CARRIED), most_layers=3, fine=True))
    path = tmp_path / f"film{fmt.suffixes[0]}"
    path.unlink(missing_ok=True)
    if losses(job, fmt):
        with pytest.raises(LossyExport) as refusal:
            write_job(job, path)
        assert list(refusal.value.losses) == [str(loss) for loss in losses(job, fmt)]
        assert not path.exists()
    else:
        write_job(job, path)
        assert said(read_job(path), fmt.carries) == said(job, fmt.carries)


@every_format
@pytest.mark.parametrize("kind", ["dark", "full", "ramp", "noise"])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (255, 2), (97, 61)])
def test_every_picture_comes_back(fmt, kind, size, tmp_path):
    panel = panel_for(fmt, width_px=size[0], height_px=size[1], pitch_x_um=19.0, pitch_y_um=24.0)
    pixels = levelled(picture(kind, panel), fmt.grey_levels)
    job = job_of([(50_000, [Exposure(mask_of(pixels, panel), 6.0)], LIFT)], panel)
    again = read_job(written(job, fmt, tmp_path))
    assert np.array_equal(again.layers[0].exposures[0].mask.pixels(), pixels)


@every_format
def test_three_hundred_layers_come_back(fmt, tmp_path):
    """As many pictures as layers; thicknesses and exposures differ where the format carries that."""
    panel = panel_for(fmt)
    masks = [mask_of(levelled(picture("noise", panel, seed), fmt.grey_levels), panel) for seed in range(300)]
    thick = [50_000 + 1000 * (k % 7) if "thickness" in fmt.carries else 50_000 for k in range(300)]
    times_s = [(600 + k) / 100 if "exposure" in fmt.carries else 6.0 for k in range(300)]
    rows = zip(thick, masks, times_s, strict=True)
    job = job_of([(nm, [Exposure(mask, s)], LIFT) for nm, mask, s in rows], panel)
    assert said(read_job(written(job, fmt, tmp_path)), fmt.carries) == said(job, fmt.carries)


@every_format
def test_bytes_are_deterministic(fmt, tmp_path):
    paths = [written(small_job(fmt), fmt, tmp_path, name) for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


@every_format
def test_equal_pictures_are_painted_once_and_shared_again(fmt, tmp_path):
    painted, panel = [], panel_for(fmt)
    pixels = levelled(picture("noise", panel), fmt.grey_levels)
    mask = Mask(panel, lambda: painted.append(1) or pixels)
    job = job_of([(50_000, [Exposure(mask, 6.0)], LIFT)] * 5, panel)
    path = written(job, fmt, tmp_path)
    assert len(painted) == 1
    assert len(list(read_job(path).masks())) == 1


@every_format
def test_known_by_content_whatever_the_suffix(fmt, tmp_path):
    path = written(small_job(fmt), fmt, tmp_path)
    assert [one.name for one in FORMATS if one.recognises(path)] == [fmt.name]
    assert [one.name for one in FORMATS if one.recognises(path.read_bytes())] == [fmt.name]
    other = path.rename(tmp_path / "film.unknown")
    assert said(read_job(other)) == said(small_job(fmt))


@every_format
def test_reads_bytes_as_well_as_files(fmt, tmp_path):
    path = written(small_job(fmt), fmt, tmp_path)
    assert said(fmt.read(path.read_bytes())) == said(fmt.read(path))


@every_format
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not an archive at all" * 9, bytes(5000)])
def test_wrong_file_raises(fmt, content, tmp_path):
    path = tmp_path / f"wrong{fmt.suffixes[0]}"
    path.write_bytes(content)
    assert not fmt.recognises(content)
    with pytest.raises(FormatError, match="wrong"):
        read_job(path)


@every_format
def test_paint_that_fails_midway_leaves_what_was_there(fmt, tmp_path):
    def torn():
        raise RuntimeError("the lamp fell")

    path = written(small_job(fmt), fmt, tmp_path)
    before = path.read_bytes()
    good, bad = mask_of(picture("full", PANEL), PANEL), Mask(PANEL, torn)
    job = job_of([(50_000, [Exposure(mask, 6.0)], LIFT) for mask in (good, bad)], PANEL)
    with pytest.raises(RuntimeError, match="the lamp fell"):
        write_job(job, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


LIFTS = [LIFT.model_copy(update={"lift_mm": mm}) for mm in (5.0, 6.0)]
UNEQUAL = {  # rows of thickness, exposures of a mask, motion
    "thickness": lambda mask: [(nm, [Exposure(mask, 6.0)], LIFT) for nm in (25_000, 50_000, 50_000)],
    "exposure": lambda mask: [(50_000, [Exposure(mask, s)], LIFT) for s in (6.0, 9.0, 6.0, 6.0)],
    "exposures": lambda mask: [(50_000, [Exposure(mask, 6.0)] * n, LIFT) for n in (1, 2)],
    "motion": lambda mask: [(50_000, [Exposure(mask, 6.0)], lift) for lift in LIFTS],
    "power": lambda mask: [(50_000, [Exposure(mask, 6.0, 51 / 255)], LIFT)],
}


@every_format
@pytest.mark.parametrize("name", sorted(UNEQUAL))
def test_a_loss_is_refused_by_name_and_allowed_by_name(fmt, name, tmp_path):
    panel, path = panel_for(fmt), tmp_path / f"film{fmt.suffixes[0]}"
    job = job_of(UNEQUAL[name](mask_of(picture("full", panel), panel)), panel)
    if not losses(job, fmt):
        write_job(job, path)
        assert said(read_job(path), fmt.carries) == said(job, fmt.carries)
        return
    with pytest.raises(LossyExport, match=rf"cannot carry: {name} \(.*layers? \d") as refusal:
        write_job(job, path)
    assert refusal.value.format_name == fmt.name
    assert not list(tmp_path.iterdir())
    with pytest.raises(LossyExport):
        write_job(job, path, allow=CARRIED.keys() - {name})
    write_job(job, path, allow={name})
    assert len(read_job(path).layers) == len(job.layers)


@every_format
def test_an_inconsistent_job_is_refused(fmt, tmp_path):
    job = film(50, 50)
    wrong = replace(job, layers=(job.layers[0], replace(job.layers[1], top_nm=99_000)))
    with pytest.raises(FormatError, match="layer 1: index=1 top_nm=99000 must be 1 and 100000"):
        write_job(wrong, tmp_path / f"film{fmt.suffixes[0]}")
    alien = replace(job, printer=printer_for(PANEL))
    with pytest.raises(FormatError, match="another panel"):
        write_job(alien, tmp_path / f"film{fmt.suffixes[0]}")


def test_unknown_names_give_the_nearest(tmp_path):
    with pytest.raises(FormatError, match=r"no format '.voxelite'; did you mean '.voxelyte'"):
        write_job(film(50), tmp_path / "film.voxelite")
    with pytest.raises(FormatError, match=r"no format '.qqqq'; known: .*\.sl1"):
        format_for("film.qqqq")
    with pytest.raises(FormatError, match="no loss 'thicknes'; did you mean 'thickness'"):
        write_job(film(50), tmp_path / "film.voxelyte", allow={"thicknes"})
    with pytest.raises(FormatError, match="no such file"):
        read_job(tmp_path / "film.sl1")


def attempt(fmt, content):
    """What can be read of it, to the last pixel; None for damage that is told. Any other fault is a fault."""
    try:
        return said(fmt.read(bytes(content)), fmt.carries)
    except FormatError:
        return None


@every_format
def test_truncations_raise(fmt, tmp_path):
    whole = written(small_job(fmt), fmt, tmp_path).read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 150)):
        with pytest.raises(FormatError):
            fmt.read(whole[:length])


def mutate(rng, whole):
    """Flipped bits, lying numbers, cut, repeated or lost pieces."""
    data, at = bytearray(whole), rng.randrange(len(whole))
    kind = rng.randrange(5)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4), b"\x01\0\0\0"])
    elif kind == 2:
        del data[at : at + rng.randrange(1, 40)]
    elif kind == 3:
        data[at:at] = data[at : at + rng.randrange(1, 200)]
    else:
        for _ in range(rng.randrange(1, 20)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    return data


def fuzz(fmt, folder, count, seed):
    """How many of `count` damaged files were refused."""
    rng, whole = random.Random(seed), written(small_job(fmt), fmt, folder).read_bytes()
    return sum(attempt(fmt, mutate(rng, whole)) is None for _ in range(count))


@every_format
def test_mutated_files_end_in_format_error(fmt, tmp_path):
    assert fuzz(fmt, tmp_path, 300, seed=1) > 100


@pytest.mark.slow
@every_format
def test_ten_thousand_mutated_files_end_in_format_error(fmt, tmp_path):
    assert fuzz(fmt, tmp_path, 10_000, seed=2) > 3_000


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(VoxelyteError, match="cannot be written"):
        write_job(film(50), tmp_path / "no" / "folder" / "film.voxelyte")
