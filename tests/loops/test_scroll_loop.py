"""The scroll loop against the truth: its land, its frames and its motion."""

from __future__ import annotations

import math
from fractions import Fraction

import cv2
import numpy as np
import pytest
from scroll_painters import SIZE, Painter, drawing_of, options, picture, scene_in, scrolled

from lib_parallax import loops
from lib_parallax.generate.around import Around
from lib_parallax.loops.scroll.motion import toward
from lib_parallax.loops.scroll.recorded import Record
from lib_parallax.loops.scroll.shape import LONGEST, PAINTED, shape_of
from lib_parallax.loops.source import Given

ANGLES = (0, 37, 90, 143, 180, 270)


def staged(seen):
    """Collects the canvas of every step as it was before it was painted."""

    def tell(event):
        if event.kind == "stage":
            seen.append(event.data["image"])

    return tell


@pytest.fixture(scope="module")
def exact_depth(tmp_path_factory):
    """Depth of three layers: a sky, a land, and a thing that stands on it."""
    depth = np.zeros(SIZE[::-1], np.uint8)
    depth[12:], depth[24:, 20:40] = 128, 255
    path = tmp_path_factory.mktemp("depth") / "depth.png"
    cv2.imwrite(str(path), depth)
    return str(path)


# land


@pytest.mark.parametrize("angle", ANGLES)
def test_what_a_step_knows_stays_to_the_bit(angle):
    """In the picture that each step leaves, whatever the painter did to it: it paints noise everywhere."""
    before, painter = [], Painter()
    _, store = scrolled(painter=painter, direction=angle, on_event=staged(before))
    assert len(before) == len(painter.asked) >= 3
    for number, seen in enumerate(before, 1):
        kept = store.picture(f"step-{number:04d}")
        known = (seen > 0).any(axis=2)
        assert 0 < (~known).mean() < 0.9
        assert np.array_equal(kept[known], seen[known]) and kept[~known].min() > 0
    assert np.array_equal(store.picture("step-0000"), picture())


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("endless", [False, True])
def test_land_is_painted_once(angle, endless):
    """No piece of a strip covers another, in a ring neither."""
    _, store = scrolled(direction=angle, endless=endless, duration=8)
    scene, _ = scene_in(store, direction=angle, endless=endless, duration=8)
    for strip in scene.world.strips:
        left, top, right, bottom = strip.bounds()
        seen = np.zeros((bottom - top, right - left), int)
        for _, here, _ in strip._over(left, top, (right - left, bottom - top)):
            seen[here] += 1
        assert seen.max() == 1


def test_strips_are_what_the_steps_painted():
    """A band's land at its first appearance is the picture of that step, at the layer's place."""
    _, store = scrolled(direction=180)
    for step, travel in ((0, (0, 0, 0)), (1, (3, 6, 12)), (2, (6, 12, 24)), (3, (9, 18, 36))):
        kept = store.picture(f"step-{step:04d}")
        told = list(Record(store).steps())[step]
        assert {piece["layer"] for piece in told["pieces"]} == {0, 1, 2}
        for layer, piece in Record(store).pieces(told):
            x, image = piece.x - travel[layer], piece.load()
            width, height = piece.size
            assert np.array_equal(image[..., :3], kept[piece.y : piece.y + height, x : x + width])
            assert step == 0 or (x + width == SIZE[0] and width == (3, 6, 12)[layer])


def test_the_painter_is_given_the_whole_picture_and_a_mask_that_grows_into_it():
    painter, before = Painter(), []
    scrolled(painter=painter, on_event=staged(before), overlap=10, feather=0)
    for seen, request in zip(before, painter.asked, strict=True):
        missing = (seen == 0).all(axis=2)
        assert request.image.shape == seen.shape and (request.mask[missing] == 1).all()
        first = np.argmax(missing, axis=1)  # all the rows end with what is missing
        expected = np.arange(SIZE[0]) >= first[:, None] - 4
        assert np.array_equal(request.mask > 0, expected)


@pytest.mark.parametrize("size", [(60, 40), (160, 100), (97, 61)])
def test_a_painter_of_another_size_sees_nothing_of_the_gap_and_paints_the_same_land(size):
    """White, where what is missing is black: no known pixel may be darker for it, nor any that is shown."""
    painter, before = Painter(colour=255), []
    white = np.full((size[1], size[0], 3), 255, np.uint8)
    images, _ = scrolled(white, painter, on_event=staged(before), keyframe_size="96x64", overlap=0, feather=0)
    for request, seen in zip(painter.asked, before, strict=True):
        assert request.image.shape == (64, 96, 3)
        assert request.image[request.mask == 0].min() == 255
        share = (seen == 0).all(axis=2).mean()
        assert share <= (request.mask > 0).mean() < share + 0.06
    assert min(int(image.min()) for image in images) == 255


def test_the_depth_of_layers_steers_a_control_net():
    painter = Painter(control=("depth",))
    scrolled(painter=painter, control="depth")
    for request in painter.asked:
        (unit,) = request.control
        assert unit.model == "depth" and unit.image.shape == request.image.shape
        assert [int(np.median(unit.image[row])) for row in (6, 20, 36)] == [64, 128, 255]


def test_tags_are_what_the_painter_sees():
    painter = Painter()
    scrolled(painter=painter, tags=True, prompt="a street", prefix="oil", negative="mud")
    assert {request.prompt for request in painter.asked} == {"oil a street, a wall"}
    assert all(r.negative == "mud" for r in painter.asked)


# how many steps


@pytest.mark.parametrize(("count", "steps"), [(None, 3), (1, 1), (2, 2), (6, 6)])
def test_a_count_of_fewer_or_more_steps(count, steps):
    painter = Painter(colour=255)
    images, store = scrolled(np.full((40, 60, 3), 255, np.uint8), painter, count=count)
    assert len(painter.asked) == steps and len(images) == 12
    right = max(s.bounds()[2] for s in scene_in(store, count=count)[0].world.strips)
    assert right == SIZE[0] + 12 * max(3, steps)
    assert min(int(image.min()) for image in images) == 255


def test_steps_longer_than_what_is_seen_of_a_layer_are_made_in_parts():
    told, painter = [], Painter(colour=255)
    white = np.full((40, 60, 3), 255, np.uint8)
    images, _ = scrolled(white, painter, on_event=told.append, direction=90, heights="30,5,5")
    assert any("each step is made in" in e.text for e in told if e.kind == "warning")
    assert min(int(image.min()) for image in images) == 255


# frames


def laid_by_hand(store, number, angle):
    """Frame `number`, put together from the strips row by row; at whole pixels and with hard borders."""
    scene, _ = scene_in(store, direction=angle)
    image = np.zeros((*SIZE[::-1], 3), np.uint8)
    way = toward(angle)
    for layer, (top, bottom) in enumerate(((0, 13), (13, 27), (27, 40))):
        travel = (3, 6, 12)[layer] * number * (60 if way[0] else 40) / 240
        x, y = -way[0] * travel, -way[1] * travel
        if x != int(x) or y != int(y):
            return None
        seen = scene.world.strips[layer].window(int(x), int(y), SIZE)
        image[top:bottom] = seen[top:bottom, :, :3]
    return image


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_frames_at_whole_pixels_are_the_strips_themselves(angle):
    images, store = scrolled(direction=angle)
    compared = 0
    for number, image in enumerate(images):
        expected = laid_by_hand(store, number, angle)
        if expected is not None:
            compared += 1
            assert np.array_equal(image, expected)
    assert compared == (3 if angle in (0, 180) else 6) and np.array_equal(images[0], picture())


@pytest.mark.parametrize("kind", ["bands", "soft", "order", "depth", "endless", "ping_pong"])
@pytest.mark.parametrize(("angle", "smoothness"), [*((angle, 2.3) for angle in ANGLES), (37, 50), (270, 400)])
def test_no_frame_shows_land_that_was_never_painted(angle, kind, smoothness, exact_depth):
    """White on white: what is missing is black. A corner that is never in the picture may take one level."""
    white = np.full((*SIZE[::-1], 3), 255, np.uint8)
    more = {
        "soft": {"soft": 9}, "order": {"order": "2,0,1"}, "endless": {"endless": True},
        "ping_pong": {"ping_pong": True}, "bands": {},
        "depth": {"layers": "depth:3", "depth": exact_depth, "distances": None, "behind": "paint"},
    }[kind]  # fmt: skip
    images, _ = scrolled(
        white, Painter(colour=255), direction=angle, smoothness=smoothness, duration=2.7, fps=3, **more
    )
    assert min(int(image.min()) for image in images) >= 254


def phase(image, way, period):
    """How far a cosine in an image has moved along `way`, pixels; by least squares."""
    height, width = image.shape
    y, x = np.mgrid[:height, :width]
    angle = 2 * math.pi / period * (x * way[0] + y * way[1])
    terms = np.stack([np.cos(angle), np.sin(angle), np.ones_like(angle)]).reshape(3, -1).T
    cos, sin, _ = np.linalg.lstsq(terms, image.ravel().astype(float), rcond=None)[0]
    return math.atan2(sin, cos) / (2 * math.pi) * period


@pytest.mark.parametrize("angle", [0, 37, 90, 180, 270])
@pytest.mark.parametrize("endless", [False, True])
def test_motion_is_even(angle, endless):
    """A striped picture: each layer moves as far in every frame, to a fiftieth of a pixel."""
    size, period, way = (160, 150), 16.0, toward(angle)
    y, x = np.mgrid[: size[1], : size[0]]
    wave = 128 + 90 * np.cos(2 * math.pi / period * (x * way[0] + y * way[1]))
    source = np.repeat(np.rint(wave).astype(np.uint8)[..., None], 3, axis=2)
    values = {"direction": angle, "duration": 1.6, "fps": 15, "soft": 3, "smoothness": 30}
    if endless:
        values |= {"duration": 40, "fps": 1}
    number = 24
    _, store = scrolled(source, Painter(colour=128), **{**values, "endless": endless})
    drawing, _ = drawing_of(store, source, **{**values, "endless": endless})
    motion = drawing.world.motion
    for layer, rows in enumerate(((0, 50), (50, 100), (100, 150))):
        speed = motion.speeds[layer] / 15
        if speed == 0:
            continue
        found = []
        for frame in range(number):
            image = drawing.moment(frame / 15)
            # what was there at the start: a margin of 14 pixels is farther than anything goes
            found.append(phase(image[rows[0] + 16 : rows[1] - 16, 16:-16, 0], way, period))
        step = np.diff(np.unwrap(found, period=period))
        assert np.abs(step - speed).max() < 0.02, (layer, step, speed)


# the result


def test_as_many_frames_as_the_duration_has_and_boundaries_every_ten_seconds():
    made = list(
        loops.run("scroll", picture(), options(duration=25.1, fps=2, smoothness=500), Around(Painter()))
    )
    assert len(made) == 50 and [frame.pts for frame in made[:3]] == [0, Fraction(1, 2), 1]
    marks = {n: f.boundary for n, f in enumerate(made) if f.boundary}
    assert list(marks) == [20, 40] and marks[20].index == 20


def test_frames_from_a_boundary_are_the_same():
    from lib_parallax.types import Boundary

    images, store = scrolled(duration=25, fps=2, smoothness=500)
    asked = Painter()
    rest, _ = scrolled(
        painter=asked, store=store, start=Boundary(40, False), duration=25, fps=2, smoothness=500
    )
    assert not asked.asked and len(rest) == 10
    assert all(np.array_equal(a, b) for a, b in zip(rest, images[40:], strict=True))


def test_everything_twice_is_identical():
    one, other = (scrolled(direction=37, overlay="rain", tags=True) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one[0], other[0], strict=True))
    assert one[1]._texts == other[1]._texts


def test_a_result_of_another_size_is_the_picture_at_that_size():
    images, _ = scrolled(size="33x21")
    assert images[0].shape == (21, 33, 3)


@pytest.mark.parametrize("size", [(8, 8), (1, 1), (60, 1), (1, 60), (61, 37), (200, 20), (20, 200)])
@pytest.mark.parametrize("angle", [0, 37, 90, 180])
def test_odd_and_tiny_pictures(size, angle):
    white = np.full((size[1], size[0], 3), 255, np.uint8)
    images, _ = scrolled(
        white,
        Painter(colour=255),
        direction=angle,
        layers=str(min(3, size[1])),
        distances=None,
        soft=4,
        fps=2,
    )
    assert len(images) == 6 and {image.shape for image in images} == {white.shape}
    assert min(int(image.min()) for image in images) >= 254


@pytest.mark.parametrize("size", [(8, 8), (61, 37), (200, 20)])
def test_odd_and_tiny_pictures_by_depth(size, tmp_path):
    ramp = np.tile(np.linspace(0, 255, size[1]).astype(np.uint8)[:, None], (1, size[0]))
    cv2.imwrite(str(tmp_path / "depth.png"), ramp)
    white = np.full((size[1], size[0], 3), 255, np.uint8)
    images, _ = scrolled(
        white, Painter(colour=255), layers="depth:2", depth=str(tmp_path / "depth.png"), distances=None,
        behind="paint", fps=2,
    )  # fmt: skip
    assert len(images) == 6 and min(int(image.min()) for image in images) >= 254


def test_what_is_behind_is_painted_at_the_painting_size_too(tmp_path):
    large = picture((256, 160))
    near = np.zeros((160, 256), np.uint8)
    near[40:120, 60:180] = 255
    cv2.imwrite(str(tmp_path / "near.png"), near)
    painter = Painter(colour=255)
    scrolled(
        large, painter, layers=str(tmp_path / "near.png"), distances="2, 1", behind="paint",
        keyframe_size="128x80", count=1, duration=1, fps=2,
    )  # fmt: skip
    first = painter.asked[0]
    assert {request.image.shape[:2] for request in painter.asked} == {(80, 128)}
    assert first.mask[20:60, 30:90].all() and not first.mask[:16].any()


@pytest.mark.parametrize(
    ("size", "slides", "painted"),
    [
        ((8660, 5774), (3840, 2560), (1024, 683)),
        ((800, 474), (800, 474), (800, 474)),
        ((20000, 2), (3840, 1), (1024, 1)),
    ],
)
def test_a_huge_picture_is_reduced(size, slides, painted):
    source = Given([np.zeros((1, 1, 3), np.uint8)])
    source.size = size
    shape = shape_of(source, options(layers="1", distances=None))
    assert shape.size == slides and shape.painting == painted
    assert max(shape.size) <= LONGEST and max(shape.painting) <= PAINTED


# effects


def test_frames_are_mixed_of_moments_of_half_their_time():
    """What a slow shutter shows is the mean of what quick ones show at those moments."""
    slow, store = scrolled(frame_blend=4)
    drawing, _ = drawing_of(store)
    moments = np.stack([drawing.moment((2 + k / 8) / 4) for k in range(4)]).astype(int)
    assert np.abs(slow[2] - moments.mean(axis=0)).max() <= 0.5


@pytest.mark.parametrize("overlay", ["rain", "snow", "moonlight", "ripple"])
def test_overlays_lie_over_the_whole_and_amount_0_leaves_it(overlay):
    plain, store = scrolled(duration=1)
    over, _ = scrolled(store=store, duration=1, overlay=overlay, overlay_amount=1)
    none, _ = scrolled(store=store, duration=1, overlay=overlay, overlay_amount=0)
    assert all((a != b).any() for a, b in zip(plain, over, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(plain, none, strict=True))


@pytest.mark.parametrize(
    ("angle", "rim"),
    [(180, np.s_[:, -5:]), (0, np.s_[:, :5]), (90, np.s_[-5:]), (270, np.s_[:5])],
)
def test_a_rim_is_painted_anew_where_land_comes_in_and_nowhere_else(angle, rim):
    made, store = scrolled(direction=angle, layers="1", distances="1", rim=5)
    first = store.picture("step-0001")
    painted = np.zeros(first.shape[:2], bool)
    painted[rim] = True
    assert np.array_equal(first[~painted], picture()[~painted])
    assert not np.array_equal(first[painted], picture()[painted])
    assert np.array_equal(made[0], first)
