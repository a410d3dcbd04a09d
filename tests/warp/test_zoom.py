"""The endless zoom against pictures whose every frame is known."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from lib_parallax.errors import OptionError
from lib_parallax.warp import ZoomStack

SIDE, KEY, SIZE, STEPS = 1024, 128, 64, 3


def area_mean(picture, centre, half, size):
    """Exact means over the pixels of a square frame, from running sums; float64."""
    for axis in (0, 1):
        edges = centre[axis] + half * (np.arange(size + 1) / size * 2 - 1)
        sums = np.concatenate([np.zeros((1, *picture.shape[1:])), np.cumsum(picture, 0, dtype=np.float64)])
        whole = np.floor(edges).astype(int).clip(0, len(picture) - 1)
        share = (edges - whole)[:, None, None]
        at = sums[whole] * (1 - share) + sums[whole + 1] * share
        picture = (np.diff(at, axis=0) * size / (2 * half)).swapaxes(0, 1)
    return picture


@pytest.fixture(scope="module")
def scene():
    """Edges and grain of all sizes, as strong at every scale."""
    rng = np.random.default_rng(3)
    picture = np.full((SIDE, SIDE, 3), 128.0)
    for _ in range(9000):
        wide, high = np.minimum(3 * rng.pareto(1.0, 2) + 3, SIDE / 3).astype(int)
        x, y = rng.integers(-50, SIDE, 2).clip(0)
        tone = rng.uniform(70, 190, 3)
        picture[y : y + high, x : x + wide] += 0.5 * (tone - picture[y : y + high, x : x + wide])
    soft = (picture + np.roll(picture, 1, 0) + np.roll(picture, 1, 1) + np.roll(picture, (1, 1), (0, 1))) / 4
    return np.rint(soft).astype(np.uint8)


def truth(scene, position, size=SIZE, off=(0.0, 0.0)):
    half = SIDE / 2 * 2.0 ** (position - STEPS)
    return area_mean(scene, (SIDE / 2 + off[0], SIDE / 2 + off[1]), half, size)


@pytest.fixture(scope="module")
def stack(scene):
    return [np.rint(truth(scene, i, KEY)).astype(np.uint8) for i in range(STEPS + 1)]


def rms(a):
    return float(np.sqrt(np.mean(np.square(a, dtype=np.float64))))


@pytest.mark.parametrize("position", [0, 0.4, 1, 1.05, 1.5, 1.95, 2, 2.2, 2.6, 3])
def test_every_frame_is_the_area_mean_of_the_scene(position, scene, stack, psnr, on):
    zoom = ZoomStack(stack, backend=on.name, device=on.device)
    assert psnr(zoom.frame(position, (SIZE, SIZE)), truth(scene, position)) > (
        55 if position == int(position) else 40
    )


def test_a_keyframe_is_shown_whole_at_its_position(stack):
    zoom = ZoomStack(stack)
    for i, keyframe in enumerate(stack):
        assert np.array_equal(zoom.frame(i), keyframe)
    strangers = [np.full((20, 30, 3), 40 * i, np.uint8) for i in range(4)]
    zoom = ZoomStack(strangers)
    for i, keyframe in enumerate(strangers):
        assert np.array_equal(zoom.frame(i), keyframe)


def test_slow_motion_moves_every_frame_and_truly(scene, stack):
    """240 frames a step over a keyframe: whole-pixel crops miss the change by more than the change."""
    zoom = ZoomStack(stack)
    positions = 2 + np.arange(-8, 9) / 240
    made = [zoom.frame(p, (SIZE, SIZE)).astype(float) for p in positions]
    true = [truth(scene, p) for p in positions]
    changes, real = np.diff(made, axis=0), np.diff(true, axis=0)
    assert min(rms(c) for c in changes) > 0
    assert max(rms(c - r) / rms(r) for c, r in zip(changes, real, strict=True)) < 0.8
    sizes = [rms(c) for c in changes]
    for i in (7, 8):  # into the keyframe and out of it
        assert sizes[i] < 1.25 * (sizes[i - 1] + sizes[i + 1]) / 2


def test_the_ring_is_as_sharp_as_the_centre(scene, stack):
    def energies(image):
        inner = image[1:-1, 1:-1]
        laplacian = image[2:, 1:-1] + image[:-2, 1:-1] + image[1:-1, 2:] + image[1:-1, :-2] - 4 * inner
        energy = np.square(laplacian).mean(-1)
        centre = energy[16:-16, 16:-16].mean()
        return (energy.sum() - energy[8:-8, 8:-8].sum()) / (energy.size - energy[8:-8, 8:-8].size) / centre

    zoom = ZoomStack(stack)
    for position in np.linspace(2, 3, 9):
        ratio = energies(zoom.frame(position, (SIZE, SIZE)).astype(float)) / energies(truth(scene, position))
        assert 0.8 < ratio < 1.2


def test_scales_have_one_ratio():
    zoom = ZoomStack(
        [np.zeros((9, 16, 3), np.uint8)] * 6, 1.7, centres=(0.6, 0.4), rotations=[1, 5, -9, 0, 3]
    )
    scales = []
    for position in np.linspace(0, 5, 301):
        step, view = zoom.view(position)
        scales.append(view.scale * 1.7**step)
    ratios = np.array(scales[1:]) / np.array(scales[:-1])
    assert np.abs(ratios / 1.7 ** (5 / 300) - 1).max() < 1e-9


def test_off_the_centre(scene, psnr):
    """K_0 a little right of the middle of K_1 and so on: the camera runs along one line to a point."""
    centre = (0.6, 0.45)
    # where the zoom's still point lies in every keyframe: s = c + (s - 0.5) / 2, in shares
    still = np.array([centre[1], centre[0]]) * 2 - 0.5
    middle = np.full(2, SIDE / 2)

    def seen(position, size):
        half = SIDE / 2 * 2.0 ** (position - STEPS)
        at = middle + (still - 0.5) * 2 * (SIDE / 2 - half)
        return area_mean(scene, at, half, size)

    zoom = ZoomStack([np.rint(seen(i, KEY)).astype(np.uint8) for i in range(STEPS + 1)], centres=centre)
    for position in (0.5, 1.02, 1.9, 2.3, 2.98):
        assert psnr(zoom.frame(position, (SIZE, SIZE)), seen(position, SIZE)) > 40


def waves(turn, shift, size):
    """A smooth scene at the pixel centres of a frame that lies in it by z -> turn * z + shift."""
    width, height = size
    x = (np.arange(width) + 0.5) / width * 2 - 1
    y = ((np.arange(height) + 0.5) / height * 2 - 1) * height / width
    z = turn * (x + 1j * y[:, None]) + shift
    tones = [np.sin(9 * z.real + 4 * z.imag), np.cos(7 * z.imag - 3 * z.real), np.sin(12 * z.real * z.imag)]
    return 128 + 90 * np.stack(tones, -1)


@pytest.mark.parametrize("degrees", [25.0, -70.0])
def test_turning_and_sideways(degrees, psnr, on):
    """Each picture lies in the next turned clockwise about a place right of and above the middle."""
    centre = (0.58, 0.44)
    width, height = 160, 90
    lies = np.exp(1j * np.radians(degrees)) / 2
    at = complex(2 * centre[0] - 1, (2 * centre[1] - 1) * height / width)
    places = [(1, 0), (lies, at), (lies * lies, lies * at + at)][::-1]
    stack = [np.rint(waves(*place, (width, height))).astype(np.uint8) for place in places]
    zoom = ZoomStack(stack, centres=centre, rotations=degrees, backend=on.name, device=on.device)
    wrong = ZoomStack(stack, centres=centre, rotations=-degrees, backend=on.name, device=on.device)
    for position in (0.5, 0.9, 1, 1.3):
        step, view = zoom.view(position)
        turn, shift = places[step]
        seen = waves(turn * view.turn, turn * view.shift + shift, (80, 45))
        inside = (slice(12, -12), slice(12, -12)) if position > 1 else slice(None)
        assert psnr(zoom.frame(position, (80, 45))[inside], seen[inside]) > 40
    assert psnr(wrong.frame(0.5, (80, 45)), zoom.frame(0.5, (80, 45))) < 25


def test_a_frame_of_another_shape_shows_the_most_without_a_border(scene, stack, psnr):
    zoom = ZoomStack(stack)
    whole, wide = zoom.frame(1.5, (64, 64)), zoom.frame(1.5, (64, 32))
    assert wide.shape == (32, 64, 3) and psnr(wide, whole[16:48]) > 55
    tall = zoom.frame(1.5, (32, 64))
    assert tall.shape == (64, 32, 3) and psnr(tall, whole[:, 16:48]) > 55


def test_keyframes_may_differ_in_size(scene, stack, psnr):
    mixed = [np.rint(truth(scene, i, s)).astype(np.uint8) for i, s in enumerate((64, 128, 200, 128))]
    zoom = ZoomStack(mixed)
    for position in (1, 1.5, 2, 2.4):
        assert psnr(zoom.frame(position, (SIZE, SIZE)), truth(scene, position)) > 36


@pytest.mark.parametrize("factor", [1.2, 3.0, 4.0])
def test_other_factors(factor, scene, psnr):
    def seen(position, size):
        return area_mean(scene, (SIDE / 2, SIDE / 2), SIDE / 2 * factor ** (position - 2), size)

    zoom = ZoomStack([np.rint(seen(i, 256)).astype(np.uint8) for i in range(3)], factor)
    for position in (1.03, 1.5, 1.97):
        assert psnr(zoom.frame(position, (SIZE, SIZE)), seen(position, SIZE)) > 38


def test_a_loop_wraps_around_and_a_picture_may_hold_itself(stack):
    zoom = ZoomStack(stack, loop=True)
    assert zoom.steps == 4
    for position in (0.3, 3.6):
        assert np.array_equal(zoom.frame(position), zoom.frame(position + 4))
        assert np.array_equal(zoom.frame(position), zoom.frame(position - 8))
    droste = ZoomStack(stack[:1], loop=True)
    assert np.array_equal(droste.frame(5), stack[0])
    # at the very end of a step the first picture fills the frame again
    change = droste.frame(0.9999).astype(float) - stack[0]
    assert rms(change) < 3


def test_memory_does_not_grow_with_length():
    class Loading:
        """A sequence that makes each picture when asked, and counts."""

        asked: list[int]

        def __init__(self):
            self.asked = []

        def __len__(self):
            return 200

        def __getitem__(self, index):
            self.asked.append(index)
            return np.full((16, 16, 3), index, np.uint8)

    pictures = Loading()
    zoom = ZoomStack(pictures)
    assert pictures.asked == []
    for position in np.linspace(0, 199, 997):
        zoom.frame(position, (8, 8))
    assert pictures.asked == list(range(200))  # each once, and in order
    assert len(zoom._pyramids) <= 4


def test_threads_get_the_same_frames(stack):
    positions = np.linspace(0, STEPS, 40)
    expected = [ZoomStack(stack).frame(p, (48, 48)) for p in positions]
    zoom, made = ZoomStack(stack), [None] * len(positions)

    def work(first):
        for i in range(first, len(positions), 4):
            made[i] = zoom.frame(positions[i], (48, 48))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(made, expected, strict=True))


def test_arrays_come_back_as_they_went_in(stack):
    expected = ZoomStack(stack).frame(1.3, (40, 30))
    assert expected.dtype == np.uint8 and expected.shape == (30, 40, 3)
    tensors = [torch.from_numpy(k).permute(2, 0, 1) for k in stack]
    made = ZoomStack(tensors).frame(1.3, (40, 30))
    assert made.dtype == torch.uint8 and made.shape == (3, 30, 40)
    assert np.array_equal(made.permute(1, 2, 0).numpy(), expected)
    floats = ZoomStack([k.astype(np.float32) / 255 for k in stack]).frame(1.3, (40, 30))
    assert floats.dtype == np.float32 and np.abs(floats * 255 - expected).max() <= 0.51
    deep = ZoomStack([k.astype(np.uint16) * 257 for k in stack]).frame(1.3, (40, 30))
    assert deep.dtype == np.uint16 and np.abs(deep / 257 - expected).max() <= 0.51


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 3)])
def test_tiny_pictures(shape):
    zoom = ZoomStack([np.full((*shape, 3), 10 * (i + 1), np.uint8) for i in range(3)], rotations=(0.0, 20.0))
    for position in (0, 0.5, 1, 1.5, 2):
        for size in ((1, 1), (3, 2), (40, 40)):
            frame = zoom.frame(position, size)
            assert frame.shape == (size[1], size[0], 3)
            assert frame.min() >= 10 and frame.max() <= 30


def test_a_flat_scene_stays_flat():
    zoom = ZoomStack([np.full((30, 40, 3), 173, np.uint8)] * 4, centres=(0.3, 0.7), rotations=25.0)
    for position in np.linspace(0, 3, 31):
        assert (zoom.frame(position, (33, 21)) == 173).all()


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"keyframes": []}, "keyframes"),
        ({"factor": 1.0}, "factor"),
        ({"factor": float("nan")}, "factor"),
        ({"feather": 1.5}, "feather"),
        ({"centres": [(0.5, 0.5)] * 5}, "centres"),
        ({"centres": 0.5}, "centres"),
        ({"rotations": [1.0]}, "rotations"),
        ({"rotations": float("inf")}, "rotations"),
        ({"rotations": "left"}, "rotations"),
    ],
)
def test_what_cannot_be_is_refused(arguments, field):
    keyframes = arguments.pop("keyframes", [np.zeros((4, 4, 3), np.uint8)] * 3)
    with pytest.raises(OptionError) as refusal:
        ZoomStack(keyframes, **arguments)
    assert refusal.value.field == field


@pytest.mark.parametrize("position", [-0.1, 2.1, float("nan"), float("inf")])
def test_positions_outside_are_refused(position):
    with pytest.raises(OptionError, match="position"):
        ZoomStack([np.zeros((4, 4, 3), np.uint8)] * 3).frame(position)


@pytest.mark.parametrize("size", [(0, 4), (4, -1), (4.5, 4)])
def test_sizes_that_are_none_are_refused(size):
    with pytest.raises(OptionError, match="size"):
        ZoomStack([np.zeros((4, 4, 3), np.uint8)] * 3).frame(0, size)


@pytest.mark.parametrize(
    "stranger",
    [np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 3), np.uint16), np.zeros((8, 16, 3), np.uint8)],
)
def test_a_keyframe_unlike_the_others_is_refused(stranger):
    with pytest.raises(OptionError, match="keyframe 1"):
        ZoomStack([np.zeros((8, 8, 3), np.uint8), stranger]).frame(0.5)
