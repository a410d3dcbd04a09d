"""Which frames are carried from which keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_parallax.errors import OptionError
from lib_parallax.loops.animate.recorded import numbers_of, recorded
from lib_parallax.loops.animate.spans import LONGEST, Span, first_of, longest_at, spans_of
from lib_parallax.options import parse
from lib_parallax.options.animate import AnimateOptions


def test_between_two_keys_and_after_the_last():
    assert spans_of(30, [0], [0, 10, 20]) == [
        Span(0, 9, 0, 10), Span(10, 19, 10, 20), Span(20, 29, 20, None),
    ]  # fmt: skip


def test_never_across_a_cut():
    found = spans_of(30, [0, 15], [5, 20])
    assert found == [
        Span(0, 4, None, 5), Span(5, 14, 5, None), Span(15, 19, None, 20), Span(20, 29, 20, None),
    ]  # fmt: skip


def test_a_shot_without_a_key_has_none():
    assert spans_of(30, [0, 15], [20])[0] == Span(0, 14, None, None)


def test_a_shot_goes_on_for_hours_after_its_last_key():
    found = spans_of(3 * LONGEST + 7, [0], [0])
    assert [span.onward for span in found] == [True, True, True, False]
    assert [span.before for span in found] == [span.first for span in found]


@given(
    frames=st.integers(1, 2000),
    cuts=st.sets(st.integers(1, 1999), max_size=6),
    keys=st.sets(st.integers(0, 1999), max_size=8),
)
def test_every_frame_lies_in_one_span(frames, cuts, keys):
    cuts = [0, *sorted(cut for cut in cuts if cut < frames)]
    keys = [key for key in keys if key < frames]
    found = spans_of(frames, cuts, keys)
    covered = [number for span in found for number in range(span.first, span.last + 1)]
    assert covered == list(range(frames))
    assert all(span.last - span.first < LONGEST or span.before is span.after is None for span in found)
    for span in found:
        assert span.after in (None, span.last + 1) and span.before in (None, span.first)
        assert not any(span.first < cut <= (span.after or span.last + span.onward) for cut in cuts)


def test_a_job_goes_on_where_a_span_begins():
    found = spans_of(30, [0], [0, 10, 20])
    assert first_of(found, 10) == 1
    with pytest.raises(ValueError):
        first_of(found, 11)


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (["0000", "0010"], [0, 10]),
        (["frame_0", "frame_10"], [0, 10]),
        (["00000-3735928559", "00010-3735928559"], [0, 10]),
        (["00000-1", "00010-2"], [0, 10]),
        (["take3_00000", "take3_00010"], [0, 10]),
        (["key_7"], [7]),
        (["cover", "key_7"], [None, 7]),
    ],
)
def test_the_number_in_a_name(names, numbers):
    assert numbers_of(names) == numbers


def picture(path):
    import numpy as np
    from PIL import Image

    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)


def refusal(folder, frames=30, **values):
    with pytest.raises(OptionError) as caught:
        recorded(parse(AnimateOptions, {"stylised": str(folder), **values}), frames)
    return str(caught.value)


def test_pictures_by_their_numbers(tmp_path):
    for number in (0, 10):
        picture(tmp_path / f"{number:04d}.png")
    (tmp_path / "notes.txt").write_text("12")
    found = recorded(parse(AnimateOptions, {"stylised": str(tmp_path)}), 30)
    assert found.numbers == (0, 10) and found.picture(10).shape == (8, 8, 3)


def test_refusals_name_what_is_wrong(tmp_path):
    assert "no picture with the number" in refusal(tmp_path)
    picture(tmp_path / "0030.png")
    assert "frame 30, and the clip has 30, from 0 to 29" in refusal(tmp_path)
    assert "no picture of frame 5" in refusal(tmp_path, frames=31, keys="5")
    picture(tmp_path / "00030.png")
    assert "both frame 30" in refusal(tmp_path, frames=31)


def test_fewer_frames_are_held_where_they_are_large():
    assert longest_at((512, 512)) == LONGEST
    assert longest_at((3840, 2160)) * 3840 * 2160 * 3 <= 2**30
    found = spans_of(100, [0], [0], longest=10)
    assert [span.last - span.first + 1 for span in found] == [10] * 10


def test_hidden_files_are_none(tmp_path):
    picture(tmp_path / "frame_0.png")
    (tmp_path / "._frame_0.png").write_bytes(b"a Mac was here")
    assert recorded(parse(AnimateOptions, {"stylised": str(tmp_path)}), 30).numbers == (0,)


def test_a_picture_beyond_the_clip_does_no_harm_where_keys_are_numbered(tmp_path):
    for number in (0, 40):
        picture(tmp_path / f"{number}.png")
    assert 0 in recorded(parse(AnimateOptions, {"stylised": str(tmp_path), "keys": "0"}), 30).numbers
