"""The tab in a real webui's own page, in real Chromium."""

from __future__ import annotations

import contextlib
import sys
import time

import pytest
from PIL import Image

from lib_parallax import samples

tab_page = pytest.importorskip("tab_page")

# where the webui's tabs show the picture they were given: an <img>, or Forge's canvas around one
SHOWN = {"img2img": "#img2img_image", "inpaint": "#img2maskimg", "extras": "#extras_image"}


@contextlib.contextmanager
def opened(chromium, webui, artefacts):
    """The webui's page in a browser of its own, at Parallax's tab."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    tab = tab_page.TabPage(context.new_page(), webui.address, artefacts, webui.kind, in_host=True)
    try:
        tab.open()
        yield tab
    finally:
        context.close()
    assert [fault for fault in tab.faults if "parallax" in fault.lower()] == []


@pytest.fixture
def tab(chromium, webui, artefacts):
    with opened(chromium, webui, artefacts) as page:
        yield page


@pytest.fixture
def picture(tmp_path):
    Image.new("RGB", (96, 64), (200, 80, 40)).save(tmp_path / "still.png")
    return tmp_path / "still.png"


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return samples.write_clip(tmp_path_factory.mktemp("film") / "short.mp4", size=(192, 108), seconds=1)


@pytest.fixture(scope="module")
def long_film(tmp_path_factory):
    return samples.write_clip(tmp_path_factory.mktemp("film") / "long.mp4", size=(320, 180), seconds=8)


def test_a_stereo_job_and_its_result_as_the_next_source(tab, film):
    tab.upload(film)
    tab.press("preview")
    tab.page.wait_for_selector("#parallax_stereo_stage [data-view='Result'] img")
    tab.press("generate")
    tab.wait_for_state("done")
    video = tab.video()
    assert video["readyState"] >= 2 and (video["width"], video["height"]) == (384, 108)
    tab.shot("result")
    tab.press("use")
    tab.page.wait_for_selector("#parallax_depth_card .parallax-card")
    assert "384 x 108" in tab.text("depth_card")


def test_interrupt_on_the_page(tab, long_film):
    tab.upload(long_film)
    tab.press("generate")
    job = tab.wait_for_state("running")
    tab.page.wait_for_selector("#parallax_stereo_progress .parallax-live")
    tab.press("interrupt")
    assert tab.wait_for_state("cancelled") == job


@pytest.mark.parametrize("to", SHOWN)
def test_a_picture_goes_to_the_webuis_own_tabs(tab, picture, to):
    tab.upload(picture)
    tab.press("generate")
    tab.wait_for_state("done")
    tab.page.wait_for_selector("#parallax_stereo_gallery img")
    tab.press(f"send_{to}")
    arrived = """selector => {
        const pictures = document.querySelectorAll(`${selector} img, ${selector} canvas`);
        const size = (p) => [p.naturalWidth || p.width, p.naturalHeight || p.height].join("x");
        return Array.from(pictures).some((p) => p.offsetParent && size(p) === "192x64");
    }"""
    tab.page.wait_for_function(arrived, arg=SHOWN[to])
    tab.shot(f"sent-to-{to}")


@pytest.mark.skipif(sys.platform != "linux", reason="another command shows folders there")
def test_a_folder_opens_for_whom_sits_before_it(tab, webui, picture):
    tab.upload(picture)
    tab.press("generate")
    tab.wait_for_state("done")
    tab.page.wait_for_selector("#parallax_stereo_gallery img")
    tab.press("open_folder")
    shown = webui.data / "shown.txt"
    deadline = time.monotonic() + 60
    while not (shown.exists() and shown.read_text()) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert shown.read_text() == str(webui.data / "outputs" / "parallax" / "results")


def test_where_others_reach_it_no_path_is_named_and_no_folder_opens(chromium, guarded, artefacts):
    with opened(chromium, guarded, artefacts) as tab:
        assert tab.page.locator("#parallax_stereo_source_path").count() == 0
        assert tab.page.locator("#parallax_stereo_open_folder").count() == 0


def test_it_speaks_the_webuis_language(chromium, guarded, artefacts):
    with opened(chromium, guarded, artefacts) as tab:
        assert tab.text("stereo_generate") == "Erzeugen"
        assert tab.text("stereo_interrupt") == "Anhalten"
        tab.page.wait_for_function(
            "() => document.querySelector('#parallax_stereo_layout').innerText.includes('Anordnung')"
        )
        tab.shot("german")
