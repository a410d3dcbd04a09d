"""The page that a job makes of a picture with its depth, in a browser that has no network."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax import jobs, media

WIDTH, HEIGHT = 240, 160
FRONT = (slice(50, 110), slice(90, 150))


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A red thing before a wall of green and blue, and its depth beside it."""
    folder = tmp_path_factory.mktemp("photo")
    noise = np.random.default_rng(3).integers(0, 255, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    picture = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    picture[..., 0], picture[FRONT] = 0, (255, 0, 0)
    depth = np.zeros((HEIGHT, WIDTH), np.uint8)
    depth[FRONT] = 255
    cv2.imwrite(str(folder / "photo.png"), picture[..., ::-1])
    cv2.imwrite(str(folder / "depth.png"), depth)
    return folder, picture, depth


def opened(chromium, path):
    """The page of a file, what its console said, and what it asked for beside itself.

    What a driver says of the screenshots' own speed is left out.
    """
    context = chromium.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda told: said.append(told.text) if "GL Driver Message" not in told.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("#view:visible")
    page.evaluate("document.getElementById('controls').style.visibility = 'hidden'")
    page.evaluate("document.getElementById('strength').value = 8")
    return page, said, [url for url in asked if not url.startswith("data:")][1:]


def shot(page, x, y):
    """What is seen once the pointer is at (x, y) and nothing moves any more."""
    page.mouse.move(x, y)
    page.wait_for_timeout(300)
    data = page.screenshot()
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)


def red(image):
    return (image[..., 0] > 128) & (image[..., 1] < 128)


def test_the_depth_loop_makes_a_page_that_moves(chromium, photo, tmp_path):
    folder, picture, _ = photo
    options = {"depth": str(folder / "depth.png"), "sharpen_depth": False}
    result = jobs.run(
        "depth", folder / "photo.png", options, tmp_path / "photo.html", jobs_dir=tmp_path / "jobs"
    )
    page, said, asked = opened(chromium, result.outputs[0])
    assert page.title() == "photo"
    middle, right = shot(page, WIDTH / 2, HEIGHT / 2), shot(page, WIDTH - 1, HEIGHT / 2)
    left = shot(page, 0, HEIGHT / 2)
    assert np.abs(middle - picture).mean() < 6
    places = [np.nonzero(red(image)[HEIGHT // 2])[0].mean() for image in (left, middle, right)]
    assert places[0] - places[1] > 8 and places[1] - places[2] > 8  # it moves against the viewpoint
    assert said == [] and asked == []


def test_what_is_uncovered_is_the_sheet_behind(chromium, photo, tmp_path):
    _, picture, depth = photo
    wall = np.full_like(picture, (0, 0, 255))
    behind = (wall, np.zeros_like(depth))
    path = tmp_path / "layers.html"
    with media.open_writer(path, (WIDTH, HEIGHT), rate=None) as writer:
        writer.write(media.Relief(picture, depth, behind, "A thing before a wall"), 0)
    page, said, _ = opened(chromium, path)
    right = shot(page, WIDTH - 1, HEIGHT / 2)
    near = 0.65 * 0.08 * WIDTH
    edge, opened_up = round(FRONT[1].stop - near), round(0.08 * WIDTH)
    torn = right[FRONT[0], edge + 3 : edge + opened_up - 3]
    assert torn.shape[1] > 8
    assert (torn[..., 2] > 200).mean() > 0.95 and (torn[..., :2] < 60).mean() > 0.95
    assert red(right)[FRONT].any() and said == []
