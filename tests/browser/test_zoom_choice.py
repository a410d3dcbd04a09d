"""A zoom in a browser that asks which picture of a step is taken."""

from __future__ import annotations

import pytest
from tab_page import TabPage


@pytest.fixture
def tab(chromium, site, artefacts):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = TabPage(context.new_page(), site.address, artefacts, f"{site.name}-zoom", site.in_host)
    page.open()
    yield page
    context.close()
    assert page.faults == []


def test_pictures_are_clicked_and_others_painted(tab):
    tab.sub_tab("Zoom")
    page = tab.page
    page.locator("#parallax_zoom .label-wrap").filter(has_text="Painting").last.click()

    def set_to(name, text):
        field = page.locator(f"#parallax_zoom_{name} :is(input:not([type=range]), textarea)").first
        field.fill(text)
        field.press("Tab")

    set_to("prompt", "green hills")
    set_to("count", "1")
    set_to("candidates", "2")
    set_to("generator", "classical")
    page.locator("#parallax_zoom_pick input").first.click()
    page.locator("#parallax_zoom_pick li, [role=option]").filter(has_text="ask").first.click()
    tab.press("generate", "zoom")
    page.wait_for_selector(".parallax-choice img")
    tab.shot("choice")
    assert page.locator(".parallax-choice [data-choice]").count() == 3
    page.locator(".parallax-choice [data-choice$='reroll']").click()
    page.wait_for_function("document.querySelector('.parallax-choice img')?.src.length > 0")
    for step in (0, 1):
        page.locator(f".parallax-choice [data-choice='{step}:1']").click()
    tab.wait_for_state("done", loop="zoom")
