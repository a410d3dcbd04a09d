"""The tab in real Chromium: alone on gradio 6, and on the gradio of AUTOMATIC1111 within a host's tabs."""

from __future__ import annotations

import contextlib
import json
import shutil

import pytest
from PIL import Image
from tab_page import TabPage


@contextlib.contextmanager
def opened(chromium, site, artefacts, name="light", **looks):
    """The page in a browser of its own; afterwards there must have been no faults."""
    context = chromium.new_context(**{"viewport": {"width": 1400, "height": 1000}, **looks})
    tab = TabPage(context.new_page(), site.address, artefacts, f"{site.name}-{name}", site.in_host)
    try:
        tab.open()
        yield tab
    finally:
        context.close()
    assert tab.faults == []


@pytest.fixture
def tab(chromium, site, artefacts):
    with opened(chromium, site, artefacts) as page:
        yield page


def test_a_clip_is_previewed_converted_and_played(tab, clip):
    tab.upload(clip)
    assert "480 x 270" in tab.text("stereo_card")
    tab.press("preview")
    tab.page.wait_for_selector("#parallax_stereo_stage [data-view='Result'] img")
    tab.shot("preview")

    tab.press("generate")
    job = tab.wait_for_state("running")
    tab.page.wait_for_selector("#parallax_stereo_progress .parallax-live")
    tab.shot("progress")
    shares = tab.shares()
    assert len(set(shares)) >= 3 and shares == sorted(shares)
    assert tab.wait_for_state("done") == job
    video = tab.video()
    assert video["readyState"] >= 2
    assert (video["width"], video["height"]) == (960, 270)
    tab.shot("result")


def test_depth_of_a_clip_plays_though_its_codec_is_for_no_browser(tab, clip):
    tab.sub_tab("Depth")
    tab.upload(clip, loop="depth")
    tab.press("generate", "depth")
    tab.wait_for_state("running", loop="depth")
    tab.wait_for_state("done", loop="depth")
    assert tab.video("depth")["width"] == 480
    assert ".mkv" in tab.text("depth_result")
    tab.shot("depth")


def test_a_pictures_result_is_in_the_gallery(tab, tmp_path):
    Image.new("RGB", (96, 64), (200, 80, 40)).save(tmp_path / "still.png")
    tab.upload(tmp_path / "still.png")
    tab.press("generate")
    tab.wait_for_state("done")
    tab.page.wait_for_selector("#parallax_stereo_gallery img")
    assert tab.page.locator("#parallax_stereo_result video").count() == 0


def test_a_run_is_interrupted_and_resumed_under_jobs(tab, clip):
    tab.upload(clip)
    tab.press("generate")
    job = tab.wait_for_state("running")
    tab.page.wait_for_selector("#parallax_stereo_progress .parallax-live")
    tab.press("interrupt")
    assert tab.wait_for_state("cancelled") == job

    tab.sub_tab("Jobs")
    tab.choose_job(job)
    tab.shot("jobs")
    tab.press("resume", "jobs")
    tab.page.wait_for_selector(f"#parallax_jobs_table tr[data-job='{job}'][data-state=done]")
    tab.press("open", "jobs")
    assert tab.video()["width"] == 960

    tab.sub_tab("Jobs")
    tab.choose_job(job)
    tab.press("delete", "jobs")
    tab.page.wait_for_selector(f"#parallax_jobs_table tr[data-job='{job}']", state="detached")


def test_every_view_of_the_preview_shows_something(tab, clip):
    tab.upload(clip)
    tab.press("preview")
    for view in ("Depth", "Holes", "Anaglyph", "Wiggle", "Before / after", "Move"):
        tab.look_at(view)
        shown = tab.page.locator("#parallax_stereo_stage :is(img, iframe)").first
        shown.wait_for(state="visible")
        assert shown.bounding_box()["width"] > 200
    frame = tab.page.frame_locator("#parallax_stereo_stage iframe")
    assert frame.locator("canvas").first.is_visible()


def test_a_batch_goes_on_after_an_error_and_lists_it(tab, clip, tmp_path):
    files = [shutil.copy(clip, tmp_path / name) for name in ("one.mp4", "two.mp4")]
    (tmp_path / "torn.mp4").write_bytes(b"not a video")
    tab.source_tab("Batch")
    tab.upload(*files, tmp_path / "torn.mp4", item="files")
    tab.press("generate")
    tab.wait_for_state("running")
    tab.wait_for_state("done")
    assert "torn.mp4" in tab.text("stereo_progress")
    assert tab.video()["width"] == 960
    assert tab.page.locator("#parallax_stereo_result video").count() == 2
    tab.shot("batch")


def test_a_folder_on_the_server_is_a_batch(tab, site, clip):
    folder = site.folder / "several"
    (folder / "inner").mkdir(parents=True, exist_ok=True)
    for place in (folder / "a.mp4", folder / "inner" / "b.mp4"):
        shutil.copy(clip, place)
    tab.source_tab("Batch")
    tab.field("folder").fill(str(folder))
    tab.field("output").fill(str(site.folder / "made"))
    tab.press("generate")
    tab.wait_for_state("running")
    tab.press("skip")
    tab.wait_for_state("done")
    made = {
        path.relative_to(site.folder / "made").as_posix() for path in (site.folder / "made").rglob("*.mp4")
    }
    assert made == {"inner/b_LRF_Full_SBS.mp4"}


def test_a_reload_finds_the_job_again(tab, clip):
    tab.upload(clip)
    tab.press("generate")
    job = tab.wait_for_state("running")
    tab.open()
    assert tab.wait_for_state("running") == job
    assert tab.wait_for_state("done") == job
    assert tab.video()["width"] == 960
    tab.open()  # and once more, when it has ended
    assert tab.wait_for_state("done") == job
    assert tab.video()["width"] == 960


def test_two_browser_tabs_keep_to_their_own_jobs(chromium, site, artefacts, clip):
    with opened(chromium, site, artefacts) as one, opened(chromium, site, artefacts) as two:
        for tab in (one, two):
            tab.upload(clip)
        one.press("generate")
        first = one.wait_for_state("running")
        two.press("generate")
        second = two.wait_for_state("queued")
        assert first != second
        assert one.state()["job"] == first
        two.press("interrupt")
        assert two.wait_for_state("cancelled") == second
        assert one.wait_for_state("done") == first


def test_options_come_back_from_a_preset_file(tab, clip, tmp_path):
    options = {"layout": "half-tb", "strength": 4.5, "size": [320, 180], "convergence": 0.25}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"loop": "stereo", "options": options}))
    tab.unfold("Save, share, restore")
    tab.send("restore", file)
    tab.page.wait_for_selector("#parallax_stereo_preset_told .parallax-good")
    assert (tab.field("layout").input_value(), tab.field("strength").input_value()) == ("half-tb", "4.5")

    with tab.page.expect_download() as download:
        tab.press("preset_share")
    shared = json.loads(download.value.path().read_text())
    assert shared["loop"] == "stereo"
    assert {name: shared["options"][name] for name in options} == options

    tab.field("preset_name").fill("For my glasses")
    tab.press("preset_save")
    tab.page.wait_for_selector("#parallax_stereo_preset_told :text('Saved')")
    tab.open()
    tab.choose_preset("For my glasses")
    layout = "() => document.querySelector('#parallax_stereo_layout input').value === 'half-tb'"
    tab.page.wait_for_function(layout)

    tab.upload(clip)
    tab.press("preview")
    size = tab.page.locator("#parallax_stereo_stage img").evaluate("i => [i.naturalWidth, i.naturalHeight]")
    assert size == [320, 180]


def test_options_come_back_from_a_result(tab, tmp_path):
    Image.new("RGB", (96, 64), (200, 80, 40)).save(tmp_path / "still.png")
    tab.upload(tmp_path / "still.png")
    tab.field("strength").fill("4.5")
    tab.field("strength").press("Tab")
    tab.press("generate")
    tab.wait_for_state("done")
    with tab.page.expect_download() as download:
        tab.page.locator("#parallax_stereo_result .parallax-files a").first.click()
    download.value.save_as(tmp_path / "made.png")

    tab.open()
    assert tab.field("strength").input_value() != "4.5"
    tab.unfold("Save, share, restore")
    tab.send("restore", tmp_path / "made.png")
    tab.page.wait_for_selector("#parallax_stereo_preset_told .parallax-good")
    assert tab.field("strength").input_value() == "4.5"


def test_a_result_is_handed_to_another_loop_and_its_options_are_used_again(tab, clip):
    tab.upload(clip)
    tab.field("strength").fill("1.5")
    tab.field("strength").press("Tab")
    tab.press("generate")
    job = tab.wait_for_state("done")
    tab.video()
    tab.press("use")
    tab.page.wait_for_selector("#parallax_depth_card .parallax-card")
    assert "960 x 270" in tab.text("depth_card")

    tab.sub_tab("Jobs")
    tab.choose_job(job)
    tab.open()
    tab.sub_tab("Jobs")
    tab.choose_job(job)
    tab.press("again", "jobs")
    tab.page.wait_for_selector("#parallax_stereo_strength")
    assert tab.field("strength").input_value() == "1.5"


def test_an_upload_that_was_taken_back_is_no_source(tab, clip):
    tab.upload(clip)
    tab.page.locator("#parallax_stereo_upload button[aria-label=Clear]").first.click()
    tab.page.wait_for_selector("#parallax_stereo_card .parallax-card", state="detached")
    tab.press("generate")
    tab.page.wait_for_selector("#parallax_stereo_notice .parallax-error")


def test_a_refusal_names_its_reason_and_marks_its_field(tab, clip):
    tab.press("generate")
    tab.page.wait_for_selector("#parallax_stereo_notice .parallax-error")
    tab.upload(clip)
    tab.unfold("Output")
    tab.field("size").fill("wide")
    tab.press("generate")
    tab.page.wait_for_selector("#parallax_stereo_size.parallax-refused")
    assert "size" in tab.text("stereo_notice")
    tab.shot("refused")


def test_the_keyboard_reaches_the_buttons(tab, clip):
    tab.upload(clip)
    button = tab.page.locator("#parallax_stereo_preview").first
    button.focus()
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector("#parallax_stereo_stage [data-view] img")
    tab.sub_tab("Jobs")
    radio = tab.page.locator("#parallax_jobs_table input[type=radio]").first
    radio.focus()
    tab.page.keyboard.press("Space")
    tab.page.wait_for_selector("#parallax_jobs_details .parallax-details")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_holds_it_all(chromium, site, artefacts, clip, scheme):
    looks = {"viewport": {"width": 420, "height": 900}, "color_scheme": scheme}
    with opened(chromium, site, artefacts, f"{scheme}-narrow", **looks) as tab:
        tab.upload(clip)
        tab.press("preview")
        tab.page.wait_for_selector("#parallax_stereo_stage [data-view] img")
        tab.shot("preview")
        assert tab.width() <= 420
        tab.sub_tab("Jobs")
        tab.page.wait_for_selector("#parallax_jobs_table tr")
        tab.shot("jobs")
        assert tab.width() <= 420


def test_labels_are_shown_without_the_loops_name(tab):
    tab.unfold("Output")
    tab.page.wait_for_selector("#parallax_stereo_codec")
    tab.page.wait_for_function(
        "() => document.querySelector('#parallax_stereo_codec').innerText.trim().startsWith('Codec\\n')"
    )
    assert "(stereo)" not in tab.page.locator("#parallax_stereo").inner_text()
