"""The keys of an animation in a browser: suggested, taken away, added."""

from __future__ import annotations

import pytest
from tab_page import TabPage


@pytest.fixture
def tab(chromium, site, artefacts):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = TabPage(context.new_page(), site.address, artefacts, f"{site.name}-animate", site.in_host)
    page.open()
    yield page
    context.close()
    assert page.faults == []


def test_keys_are_suggested_taken_away_and_added(tab, clip):
    tab.sub_tab("Animate")
    page = tab.page
    tab.upload(clip, loop="animate")
    field = page.locator("#parallax_animate_keys :is(input, textarea)").first
    field.fill("every:20")
    field.press("Tab")
    page.locator("#parallax_animate .label-wrap").filter(has_text="Keys by eye").first.click()

    def wait_for(text):
        page.wait_for_function(
            "text => document.querySelector('#parallax_animate_keys :is(input, textarea)').value === text",
            arg=text,
        )
        shown = page.locator("#parallax_animate_keys_pictures [data-key]")
        page.wait_for_function(
            "count => document.querySelectorAll('.parallax-keys [data-key]').length === count",
            arg=text.count(",") + 1,
        )
        assert shown.evaluate_all("all => all.map(one => one.dataset.key).join(',')") == text

    tab.press("keys_suggest", "animate")
    wait_for("0,20,40")
    tab.shot("keys")
    page.locator(".parallax-keys [data-key='20']").click()
    wait_for("0,40")
    number = page.locator("#parallax_animate_keys_frame input[type=number]").first
    number.fill("13")
    number.press("Tab")
    tab.press("keys_add", "animate")
    wait_for("0,13,40")
