"""The viewer's page, and what a real browser makes of it: points move by their depth, and nothing tears."""

import base64
import html
import os
import re
import shutil
import subprocess

import cv2
import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.faces import viewer
from lib_parallax.media.page import Relief, encode_page

WIDTH, HEIGHT = 400, 240
STEADY = 0.35  # of the page: the depth that stays where it is
STRENGTH = 8  # % of the width between nearest and farthest
FRONT = (slice(60, 180), slice(150, 250))


def page(image, depth, title="", behind=None):
    return encode_page(Relief(image, depth, behind, title))


def decoded(text, kind, flags):
    data = base64.b64decode(re.search(rf'src="data:{kind};base64,([^"]+)"', text)[1])
    return cv2.imdecode(np.frombuffer(data, np.uint8), flags)


def texture(seed=3):
    """Smooth and never the same twice, so that a shift can be told to the pixel."""
    noise = np.random.default_rng(seed).uniform(0, 255, (HEIGHT // 8, WIDTH // 8, 3)).astype(np.float32)
    return np.clip(cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def two_planes():
    """A red thing at depth 1 before a wall, green and blue, at 0."""
    picture = texture()
    picture[..., 0] = 0
    picture[FRONT] = (255, 0, 0)
    depth = np.zeros((HEIGHT, WIDTH), np.float32)
    depth[FRONT] = 1
    return picture, depth


# the page


def test_the_page_holds_all_it_needs():
    picture, depth = texture(), np.linspace(0, 1, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
    text = page(picture, depth, "A street")
    assert "<title>A street</title>" in text and "{{" not in text
    outside = [a for a in re.findall(r'(?:src|href)="([^"]*)"', text) if not a.startswith("data:")]
    assert outside == [] and "http:" not in text and "https:" not in text and "@import" not in text
    assert np.abs(decoded(text, "image/jpeg", cv2.IMREAD_COLOR)[..., ::-1].astype(int) - picture).mean() < 2
    assert np.abs(decoded(text, "image/png", cv2.IMREAD_UNCHANGED) - depth * 255).max() <= 0.51


@pytest.mark.parametrize(("kind", "full"), [(np.uint8, 255), (np.uint16, 65535)])
def test_depth_of_any_kind_and_size_is_8_bits_of_its_full_scale(kind, full):
    ramp = np.linspace(0, full, 64 * 48).reshape(48, 64).astype(kind)
    found = decoded(page(texture(), ramp), "image/png", cv2.IMREAD_UNCHANGED)
    assert found.dtype == np.uint8 and np.abs(found - ramp / full * 255).max() <= 0.51


def test_what_is_large_is_embedded_smaller():
    text = page(np.zeros((20, 3000, 3), np.uint8), np.zeros((20, 3000), np.uint16))
    assert decoded(text, "image/jpeg", cv2.IMREAD_COLOR).shape == (14, 2048, 3)
    assert decoded(text, "image/png", cv2.IMREAD_UNCHANGED).shape == (14, 2048)


def test_a_title_is_text_and_nothing_else():
    title = '"><script>alert(1)</script> & {{picture}}'
    text = page(*two_planes(), title)
    assert "<script>alert" not in text and html.escape(title) in text
    frame = viewer.embed(*two_planes(), title)
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == text
    assert frame.count("<") == 2  # the frame's own tag and its end


def test_what_does_not_fit_is_refused():
    picture, depth = two_planes()
    with pytest.raises(OptionError, match=r"image: shape \(240, 400\)"):
        page(depth, depth)
    with pytest.raises(OptionError, match=r"depth: shape \(240, 400, 3\)"):
        page(picture, picture)


# in a browser

MOVED = """<script>
addEventListener("load", function move() {
  const view = document.getElementById("view");
  if (view.hidden) return setTimeout(move, 50);
  document.getElementById("controls").style.visibility = "hidden";
  document.getElementById("strength").value = %d;
  const [clientX, clientY] = [innerWidth * (%g + 1) / 2, innerHeight * (%g + 1) / 2];
  const told = {clientX, clientY, pointerType: "mouse", bubbles: true};
  view.dispatchEvent(new PointerEvent("pointermove", told));
});
</script></body>"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Function (pages, views) -> what Chromium shows of each page, [H, W, 3]."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is here to look at the page with")
    folder = tmp_path_factory.mktemp("viewer")

    def look(pages):
        frames = "".join(
            f'<iframe srcdoc="{html.escape(page)}" width={WIDTH} height={HEIGHT}></iframe>' for page in pages
        )
        style = "<style>body { margin: 0 } iframe { border: 0; display: block }</style>"
        (folder / "all.html").write_text(style + frames, encoding="utf-8")
        command = [
            chromium, "--headless", "--disable-gpu", "--hide-scrollbars", "--force-prefers-reduced-motion",
            f"--window-size={WIDTH},{HEIGHT * len(pages) + 100}", "--virtual-time-budget=4000",
            f"--user-data-dir={folder / 'profile'}", f"--screenshot={folder / 'all.png'}",
            (folder / "all.html").as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
        shot = cv2.imread(str(folder / "all.png"))
        assert shot is not None, ran.stderr
        return [shot[n * HEIGHT : (n + 1) * HEIGHT, ..., ::-1].astype(int) for n in range(len(pages))]

    return look


@pytest.fixture(scope="module")
def shots(seen):
    flat = texture(), np.ones((HEIGHT, WIDTH), np.float32)
    places = {
        "rest": (two_planes(), 0, 0),
        "flat, right": (flat, 1, 0),
        "flat, down": (flat, 0, 1),
        "right": (two_planes(), 1, 0),
        "left": (two_planes(), -1, 0),
    }
    pages = [page(*scene).replace("</body>", MOVED % (STRENGTH, x, y)) for scene, x, y in places.values()]
    return dict(zip(places, seen(pages), strict=True))


def test_at_rest_the_picture_is_itself(shots):
    assert np.abs(shots["rest"] - two_planes()[0]).mean() < 2


def test_a_plane_moves_as_a_whole_and_is_mirrored_outside(shots):
    shift = (1 - STEADY) * STRENGTH / 100 * WIDTH
    place = np.arange(WIDTH) + 0.5 + shift
    place = WIDTH - np.abs(WIDTH - place)
    expected = cv2.remap(
        texture(), *np.meshgrid((place - 0.5).astype(np.float32), np.arange(HEIGHT, dtype=np.float32)),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    assert np.abs(shots["flat, right"] - expected).mean() < 2.5
    down = round(shift)  # as many pixels as sideways
    assert np.abs(shots["flat, down"][: HEIGHT - down - 1] - texture()[down : HEIGHT - 1]).mean() < 6


@pytest.mark.parametrize(("side", "sign"), [("right", 1), ("left", -1)])
def test_near_and_far_part_and_what_opens_is_the_wall(shots, side, sign):
    red = (shots[side][..., 0] > 128) & (shots[side][..., 1] < 128)
    columns = np.nonzero(red[120])[0]
    near = sign * (1 - STEADY) * STRENGTH / 100 * WIDTH
    assert abs(columns[0] - (150 - near)) <= 2 and abs(columns[-1] - (249 - near)) <= 2
    assert len(columns) == columns[-1] - columns[0] + 1  # one piece: no echo of it and no hole in it
    assert (shots[side].sum(axis=2) > 0).mean() > 0.999
    wall = shots[side][~cv2.dilate(red.astype(np.uint8), np.ones((5, 5))).astype(bool)]
    assert (wall[:, 0] < 60).all()
