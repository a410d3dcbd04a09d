"""Which frames are keys: by coverage, by change, by number, shot by shot."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.flow import load
from lib_parallax.flow.reach import Step, reaches, turned
from lib_parallax.loops.animate.choosing import Key, Look, check_length, choose, keys_of, rule_of
from lib_parallax.options import AnimateOptions, parse

SIZE = (160, 96)


def texture(seed=0, size=(900, 300)):
    """Cloudy noise that flow can follow."""
    noise = np.random.default_rng(seed).random((size[1], size[0])).astype(np.float32)
    made = sum(cv2.GaussianBlur(noise, (0, 0), s) * s for s in (1.5, 4, 10))
    return np.clip((made - made.mean()) / made.std() * 50 + 128, 0, 255).astype(np.uint8)


def pan(count, step, seed=0):
    """A camera that moves `step` pixels a frame to the right."""
    wide = texture(seed)
    return [wide[50 : 50 + SIZE[1], round(i * step) : round(i * step) + SIZE[0]].copy() for i in range(count)]


def looks(*shots):
    """The looks of a clip of those shots."""
    flat = [(grey, place == 0) for shot in shots for place, grey in enumerate(shot)]
    return [Look(index, cut, grey) for index, (grey, cut) in enumerate(flat)]


def chosen(clip, **values):
    return [key.index for key in choose(clip, parse(AnimateOptions, values))]


def passing(count, step=6):
    """Something that passes in front of a still scene."""
    back, front = texture(1)[: SIZE[1], : SIZE[0]], texture(2)
    clip = []
    for i in range(count):
        grey = back.copy()
        left = step * i
        grey[20:80, left : min(left + 30, SIZE[0])] = front[:60, : max(0, min(30, SIZE[0] - left))]
        clip.append(grey)
    return clip


def black(count):
    return [np.zeros(SIZE[::-1], np.uint8)] * count


# by coverage


def test_a_pan_needs_a_key_for_every_share_that_comes_in():
    """8 px a frame are 5 % of the width; two keys n frames apart show all between, so only the end counts."""
    found = chosen(looks(pan(28, 8)), unseen=3, longest_gap=12)
    gaps = np.diff(found)
    assert found[0] == 0 and (gaps[:-1] >= 10).all() and (gaps <= 12).all()
    # what comes in after the last key no key shows
    assert found[-1] == 27


def test_a_still_clip_needs_keys_for_its_length_alone():
    clip = looks([texture()[: SIZE[1], : SIZE[0]]] * 50)
    assert chosen(clip, longest_gap=24) == [0, 24, 48]
    assert chosen(looks(black(50)), longest_gap=24) == [0, 24, 48]


def test_less_may_stay_unseen_for_more_keys():
    """Something passes in front: what it covers in both keys nobody shows between them."""
    clip = passing(24)
    few, many = (len(chosen(looks(clip), unseen=unseen, shortest_gap=1)) for unseen in (30, 1))
    assert few < many


def test_keys_are_the_fewest_that_show_everything():
    """Against all ways there are to choose them, each stretch looked at by itself."""
    clip, most = passing(8, 9), 0.03
    estimate = load("dis-fast")
    steps = [Step(estimate(a, b), estimate(b, a)) for a, b in pairwise(clip)]

    def enough(first, last):
        """Whether the keys `first` and `last`, or where that is None the first alone, show the rest."""
        end = len(clip) - 1 if last is None else last
        ahead = [reach.trust > 0 for reach in reaches(steps[first:end])]
        if last is not None:
            behind = [reach.trust > 0 for reach in reaches(turned(steps[first:end]))]
            ahead = [a | b for a, b in zip(ahead[:-1], behind[-2::-1], strict=True)]
        return all(1 - seen.mean() <= most for seen in ahead)

    fewest = {len(clip): 0}
    for first in reversed(range(len(clip))):
        ways = [1 + fewest[last] for last in range(first + 1, len(clip)) if enough(first, last)]
        fewest[first] = min(ways + [1] * enough(first, None))
    found = chosen(looks(clip), unseen=100 * most, shortest_gap=1)
    assert len(found) == fewest[0] > 2
    assert all(enough(first, last) for first, last in pairwise(found)) and enough(found[-1], None)


def test_gaps_are_kept():
    noise = [np.random.default_rng(i).integers(0, 256, SIZE[::-1], dtype=np.uint8) for i in range(20)]
    found = chosen(looks(noise), shortest_gap=4, longest_gap=9, unseen=1)
    assert found == [0, 4, 8, 12, 16]  # nothing is ever seen twice, and closer they may not be
    assert chosen(looks(noise), shortest_gap=1, unseen=1) == list(range(20))
    found = chosen(looks(pan(30, 1)), shortest_gap=2, longest_gap=5, unseen=50)
    assert max(np.diff(found)) == 5


def test_nothing_is_carried_across_a_cut():
    first, second = pan(10, 2, seed=1), pan(12, 2, seed=2)
    clip = looks(first, second)
    found = list(choose(clip, parse(AnimateOptions, {"unseen": 20})))
    assert Key(0, True) in found and Key(10, True) in found
    assert [key.index for key in found if key.cut] == [0, 10]


def test_the_looks_are_held_no_longer_than_a_gap():
    """A key is given before the clip is read much further than the longest gap."""
    read = []

    def stream():
        for look in looks(pan(60, 3)):
            read.append(look.index)
            yield look

    for key in choose(stream(), parse(AnimateOptions, {"longest_gap": 6})):
        assert read[-1] <= key.index + 2 * 6 + 2


# by change


@pytest.mark.parametrize("rule", ["edges", "mse"])
def test_keys_stand_where_the_picture_changes_most(rule):
    base, other = pan(9, 1, seed=3), pan(20, 1, seed=4)
    clip = looks([*base, *other])  # no cut was marked: the change alone tells
    assert chosen(clip, keys=rule, longest_gap=24)[:2] == [0, 9]


@pytest.mark.parametrize("rule", ["edges", "mse"])
def test_without_peaks_the_longest_gap_counts(rule):
    assert chosen(looks(pan(50, 2)), keys=rule, longest_gap=20) == [0, 20, 40]
    assert chosen(looks(black(50)), keys=rule, longest_gap=20) == [0, 20, 40]


# by number


def test_every_n_begins_anew_with_a_shot():
    clip = looks(black(7), black(5))
    assert chosen(clip, keys="every:3") == [0, 3, 6, 7, 10]
    assert chosen(clip, keys="all") == list(range(12))


def test_numbers_alone_are_keys():
    clip = looks(black(7), black(5))
    assert chosen(clip, keys=" 8, 2 9,2") == [2, 8, 9]
    found = list(choose(clip, parse(AnimateOptions, {"keys": "2,8,9"})))
    assert found == [Key(2, True), Key(8, True), Key(9, False)]
    assert found == keys_of([9, 8, 2], [0, 7])


def test_numbers_that_are_not_there():
    with pytest.raises(
        OptionError, match=r"there is no frame 12; the clip has 12 frames, 0 to 11"
    ) as refused:
        chosen(looks(black(7), black(5)), keys="0,12,400")
    assert refused.value.field == "keys"
    with pytest.raises(OptionError, match="there is no frame 1; the clip has one frame, number 0"):
        check_length(rule_of("1"), 1)
    check_length(rule_of("coverage"), 1)


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "there are none"),
        (" , ", "there are none"),
        ("sometimes", "'sometimes' is not one of coverage"),
        ("every", "write every:12"),
        ("every:0", "write every:12"),
        ("every:-3", "write every:12"),
        ("every:1.5", "write every:12"),
        ("0,10,x", "'x' is not the number of a frame"),
        ("0,1.5", "'1.5' is not the number of a frame"),
        ("0,-5", "'-5' is before the first frame"),
        ("99999999999", "is not the number of a frame"),
    ],
)
def test_rules_that_cannot_be_read(text, why):
    with pytest.raises(OptionError, match=why) as refused:
        rule_of(text)
    assert refused.value.field == "keys"


# what clips may be like

RULES = ("coverage", "edges", "mse", "every:5", "all")


@pytest.mark.parametrize("rule", RULES)
def test_one_frame(rule):
    assert chosen(looks(black(1)), keys=rule) == [0]
    assert chosen(looks([np.zeros((1, 1), np.uint8)] * 3), keys=rule)[0] == 0
    assert chosen([], keys=rule) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_cut_every_second_frame(rule):
    clip = looks(*[pan(2, 1, seed=seed) for seed in range(6)])
    found = list(choose(clip, parse(AnimateOptions, {"keys": rule})))
    assert [key.index for key in found if key.cut] == [0, 2, 4, 6, 8, 10]
    assert len(found) == (12 if rule == "all" else 6)


@pytest.mark.parametrize("rule", RULES)
def test_the_same_clip_has_the_same_keys(rule):
    clip = looks(pan(20, 5))
    assert chosen(clip, keys=rule) == chosen(clip, keys=rule)


def test_a_shortest_gap_beyond_the_longest_is_the_only_one():
    assert chosen(looks(black(30)), shortest_gap=10, longest_gap=5) == [0, 10, 20]
