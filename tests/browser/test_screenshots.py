"""The pictures of the page in the docs, made by `PARALLAX_ARTEFACTS=FOLDER`; each must be small and whole.

They show the page alone on the current gradio, in a light theme, with the project's own sample clip.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from PIL import Image, ImageChops
from tab_page import TabPage

SMALL = 300_000  # bytes
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 860}
COLOURS = 255
MARGIN = 24  # pixels below what there is


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    from lib_parallax.samples.clip import write_clip

    return write_clip(tmp_path_factory.mktemp("street") / "street.mp4", (960, 540), 2, Fraction(25))


@pytest.fixture(params=["wide", "narrow"])
def tab(chromium, site, artefacts, request):
    if site.name != "gradio6":
        pytest.skip("the docs show the page alone")
    looks = {"viewport": NARROW if request.param == "narrow" else WIDE, "color_scheme": "light"}
    context = chromium.new_context(**looks)
    page = TabPage(context.new_page(), site.address, artefacts, request.param, site.in_host)
    page.open()
    yield page
    context.close()


def kept(tab: TabPage, title: str) -> int:
    """Takes a picture of the whole page as docs/pictures have it; how many bytes it takes."""
    tab.page.mouse.move(0, 0)
    tab.page.evaluate("window.scrollTo(0, 0)")
    raw = tab.shot(title)
    small = raw.with_name(f"page-{title}.png")
    with Image.open(raw) as picture:
        whole = picture.convert("RGB")
    raw.unlink()
    filled = ImageChops.difference(whole, Image.new("RGB", whole.size, whole.getpixel((0, 0)))).getbbox()
    whole = whole.crop((0, 0, whole.width, min(whole.height, filled[3] + MARGIN)))
    whole.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(small, optimize=True)
    return small.stat().st_size


def test_pictures_of_the_page(tab, street):
    tab.upload(street)
    tab.press("preview")
    tab.page.wait_for_selector("#parallax_stereo_stage [data-view='Result'] img")
    if tab.page.viewport_size == NARROW:
        assert kept(tab, "narrow") < SMALL
        assert tab.width() <= NARROW["width"]
        return
    tab.look_at("Depth")
    assert kept(tab, "preview") < SMALL
    tab.press("generate")
    tab.wait_for_state("done")
    tab.video()
    still = "() => { const v = document.querySelector('#parallax_stereo_result video'); return !v.seeking; }"
    tab.page.wait_for_function(still)
    tab.page.evaluate("document.querySelector('#parallax_stereo_result video').controls = false")
    assert kept(tab, "stereo") < SMALL

    tab.page.evaluate("document.querySelector('#parallax_stereo_result video').controls = true")
    tab.press("use")
    tab.page.wait_for_selector("#parallax_depth_card .parallax-card")
    tab.press("generate", "depth")
    tab.wait_for_state("done", loop="depth")
    tab.sub_tab("Stereo 3D")
    tab.press("generate")
    tab.wait_for_state("running")
    tab.page.wait_for_selector("#parallax_stereo_progress .parallax-live")
    tab.press("interrupt")
    stopped = tab.wait_for_state("cancelled")
    tab.field("strength").fill("1.5")  # the same again would go on with the job that was stopped
    tab.field("strength").press("Tab")
    tab.press("generate")
    tab.wait_for_state("running", other_than=stopped)
    tab.sub_tab("Jobs")
    for state in ("running", "cancelled", "done"):
        tab.page.wait_for_selector(f"#parallax_jobs_table tr[data-state={state}]")
    assert kept(tab, "jobs") < SMALL
