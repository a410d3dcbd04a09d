"""The editor of a scroll's layers in a browser: by mouse, by keyboard, typed, on the picture itself."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tab_page import TabPage

SIZE = (320, 200)
LOOKS = [
    ("wide-light", {"viewport": {"width": 1400, "height": 1000}, "color_scheme": "light"}),
    ("wide-dark", {"viewport": {"width": 1400, "height": 1000}, "color_scheme": "dark"}),
    ("narrow-light", {"viewport": {"width": 400, "height": 900}, "color_scheme": "light"}),
    ("narrow-dark", {"viewport": {"width": 400, "height": 900}, "color_scheme": "dark"}),
]


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    """A sky over a field, with a name that is no markup."""
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    image[:120], image[120:] = (200, 150, 90), (40, 120, 60)
    image = cv2.add(image, np.random.default_rng(1).integers(0, 40, image.shape, np.uint8))
    path = tmp_path_factory.mktemp("scroll") / "<b>field.png"
    cv2.imwrite(str(path), image)
    return path


class Editor:
    """The editor of the layers, of a source that was just uploaded."""

    def __init__(self, tab: TabPage, source, values: dict[str, str]):
        self.tab, self.page = tab, tab.page
        self.page.set_default_timeout(20_000)
        tab.sub_tab("Scroll")
        tab.upload(source, loop="scroll")
        self.root = self.page.locator("#parallax_scroll_bands .parallax-bands")
        for name, text in values.items():
            self.field(name).fill(text)
        self.wait_for_layers(3 if not values else None)
        self.root.locator(".parallax-layered").scroll_into_view_if_needed()

    def field(self, name: str):
        return self.page.locator(f"#parallax_scroll_{name} :is(input:not([type=range]), textarea)").first

    def wait_for(self, name: str, text: str) -> None:
        """Until an option's own field holds a text."""
        self.page.wait_for_function(
            "([item, text]) => document.querySelector(item)?.value === text",
            arg=[f"#parallax_scroll_{name} :is(input:not([type=range]), textarea)", text],
        )

    def wait_for_layers(self, count: int | None) -> None:
        rows = "document.querySelectorAll('#parallax_scroll_bands li').length"
        self.page.wait_for_function(f"count => count ? {rows} === count : {rows} > 0", arg=count)

    def wait_for_borders(self, rows: list[int]) -> None:
        self.page.wait_for_function(
            """rows => rows === Array.from(document.querySelectorAll('.parallax-border'),
                line => line.getAttribute('aria-valuenow')).join()""",
            arg=",".join(map(str, rows)),
        )

    def order(self) -> list[str]:
        return self.root.locator(".parallax-chip").all_inner_texts()

    def typed(self, does: str, layer: int, text: str) -> None:
        field = self.root.locator(f"[data-does={does}][data-layer='{layer}']")
        field.fill(text)
        field.press("Enter")
        field.blur()

    def does(self, does: str, layer: int | None = None) -> None:
        of = "" if layer is None else f"[data-layer='{layer}']"
        self.root.locator(f"button[data-does={does}]{of}").click()

    def place(self, row: float, across: float = 0.5) -> tuple[float, float]:
        """Where in the window a row of the source is."""
        box = self.root.locator("img").bounding_box()
        return box["x"] + across * box["width"], box["y"] + row / SIZE[1] * box["height"]

    def unfold(self, group: str) -> None:
        self.page.locator("#parallax_scroll .label-wrap").filter(has_text=group).last.click()


@pytest.fixture
def tab(chromium, site, artefacts):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = TabPage(context.new_page(), site.address, artefacts, f"{site.name}-bands", site.in_host)
    page.open()
    yield page
    context.close()
    assert page.faults == []


BANDS = {"heights": "80,60", "distances": "300, 100, 50"}


def test_borders_are_dragged_by_mouse(tab, picture):
    editor = Editor(tab, picture, BANDS)
    editor.wait_for_borders([80, 140])
    mouse = editor.page.mouse
    mouse.move(*editor.place(80))
    mouse.down()
    mouse.move(*editor.place(100), steps=4)
    assert editor.field("heights").input_value() == "80,60"  # not before it is let go
    mouse.move(*editor.place(120), steps=4)
    mouse.up()
    editor.wait_for("heights", "120,20")
    editor.wait_for("layers", "3")
    tab.shot("dragged")

    mouse.move(*editor.place(140))
    mouse.down()
    mouse.move(*editor.place(20), steps=4)  # not past the one above it
    mouse.up()
    editor.wait_for("heights", "120,1")

    mouse.move(*editor.place(121))
    mouse.down()
    mouse.move(*editor.place(160), steps=4)
    editor.page.keyboard.press("Escape")
    mouse.up()
    editor.wait_for_borders([120, 121])
    assert editor.field("heights").input_value() == "120,1"


def test_a_border_is_dragged_by_a_finger(tab, picture):
    editor = Editor(tab, picture, BANDS)
    editor.wait_for_borders([80, 140])
    (x, start), (_, end) = editor.place(140), editor.place(170.3)
    editor.root.locator(".parallax-border").nth(1).evaluate(
        """(line, [x, start, end]) => {
            const touch = (type, y) => line.dispatchEvent(new PointerEvent(type, {
                pointerId: 7, pointerType: 'touch', button: 0, bubbles: true, cancelable: true,
                clientX: x, clientY: y,
            }));
            touch('pointerdown', start);
            for (let y = start; y < end; y += 5) touch('pointermove', y);
            touch('pointermove', end);
            touch('pointerup', end);
        }""",
        [x, start, end],
    )
    editor.wait_for("heights", "80,90")


def test_bands_are_parted_and_removed(tab, picture):
    editor = Editor(tab, picture, BANDS)
    editor.wait_for_borders([80, 140])
    editor.page.mouse.dblclick(*editor.place(40.3))
    editor.wait_for("heights", "40,40,60")
    editor.wait_for("distances", "300, 300, 100, 50")
    editor.wait_for_layers(4)
    editor.does("drop", 2)
    editor.wait_for("heights", "40,100")
    editor.wait_for("distances", "300, 300, 50")
    editor.wait_for_layers(3)
    editor.does("add")
    editor.wait_for("heights", "40,50,50")
    editor.wait_for_layers(4)


def test_the_keyboard_moves_and_removes(tab, picture):
    editor = Editor(tab, picture, BANDS)
    editor.wait_for_borders([80, 140])
    line = editor.root.locator(".parallax-border").first
    assert line.get_attribute("role") == "slider" and line.get_attribute("aria-valuetext") == "row 80"
    assert (line.get_attribute("aria-valuemin"), line.get_attribute("aria-valuemax")) == ("1", "139")
    line.focus()
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowUp"):
        editor.page.keyboard.press(key)
    editor.wait_for("heights", "72,68")
    editor.page.wait_for_timeout(800)  # it is asked anew, and keeps its focus
    editor.page.keyboard.press("End")
    editor.wait_for("heights", "139,1")
    editor.page.keyboard.press("Delete")
    editor.wait_for("heights", "140")  # the band between the two borders is gone


def test_the_list_writes_distances_gains_and_order(tab, picture):
    editor = Editor(tab, picture, {})
    assert editor.order() == ["0", "1", "2"]
    editor.typed("distances", 2, "10 m")
    editor.wait_for("distances", "25.6 m, 16 m, 10 m")
    editor.unfold("Movement")
    editor.typed("gains", 1, "0.5")
    editor.wait_for("gains", "1, 0.5, 1")
    editor.unfold("Layers")
    editor.does("front", 0)
    editor.page.wait_for_function(
        "() => Array.from(document.querySelectorAll('.parallax-chip'), c => c.textContent).join() === '1,0,2'"
    )
    editor.wait_for("order", "1,0,2")
    editor.does("back", 0)
    editor.wait_for("order", "")
    editor.typed("distances", 0, "-3 m")
    told = editor.root.locator("[data-part=told]")
    told.filter(has_text="farther away than 0").wait_for()
    assert editor.field("distances").input_value() == "25.6 m, 16 m, 10 m"
    soft = editor.root.locator("[data-does=soft]")
    soft.fill("20")
    soft.press("Enter")
    editor.page.wait_for_function("() => document.querySelector('.parallax-border i').offsetHeight > 10")
    assert told.inner_text() == ""


def test_what_is_typed_into_the_fields_is_drawn(tab, picture):
    editor = Editor(tab, picture, {})
    editor.field("heights").fill("20,30,40,50")
    editor.wait_for_borders([20, 50, 90])
    editor.field("heights").fill("20,300,<b>x</b>")
    told = editor.root.locator("[data-part=told]")
    told.filter(has_text="<b>x</b>").wait_for()  # as text
    editor.field("heights").fill("20,300")
    told.filter(has_text="200 rows").wait_for()
    editor.field("heights").fill("20,30")
    editor.wait_for_borders([20])


def test_layers_that_are_no_bands_are_found_when_asked_for(tab, picture):
    editor = Editor(tab, picture, {"layers": "depth:2"})
    find = editor.root.locator("[data-does=find]")
    find.wait_for()
    before = editor.root.locator("img").get_attribute("src")
    assert editor.root.locator(".parallax-border").count() == 0
    find.click()
    # the first depth of a checkout waits until its kernels are compiled
    editor.page.wait_for_function(
        "before => document.querySelector('#parallax_scroll_bands img').src !== before",
        arg=before,
        timeout=180_000,
    )
    tab.shot("found")


@pytest.mark.parametrize(("name", "looks"), LOOKS, ids=[name for name, _ in LOOKS])
def test_it_fits_every_window(chromium, site, artefacts, picture, name, looks):
    context = chromium.new_context(**looks)
    tab = TabPage(context.new_page(), site.address, artefacts, f"{site.name}-bands-{name}", site.in_host)
    tab.open()
    if "dark" in name:
        tab.page.evaluate("document.body.classList.add('dark')")
    editor = Editor(tab, picture, BANDS)
    editor.wait_for_borders([80, 140])
    editor.root.screenshot(path=artefacts / f"{site.name}-bands-{name}.png")
    assert tab.width() <= looks["viewport"]["width"]
    box = editor.root.bounding_box()
    for last in editor.root.locator("li > :last-child").all():
        inner = last.bounding_box()
        assert inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
    context.close()
    assert tab.faults == []
