"""The editor of keyframes in a browser: by mouse, by keyboard, typed, and by files."""

from __future__ import annotations

import json

import pytest
from tab_page import TabPage

LOOKS = [
    ("wide-light", {"viewport": {"width": 1400, "height": 1000}, "color_scheme": "light"}),
    ("wide-dark", {"viewport": {"width": 1400, "height": 1000}, "color_scheme": "dark"}),
    ("narrow-light", {"viewport": {"width": 400, "height": 900}, "color_scheme": "light"}),
    ("narrow-dark", {"viewport": {"width": 400, "height": 900}, "color_scheme": "dark"}),
]


class Editor:
    """The editor of one loop."""

    def __init__(self, tab: TabPage, title: str, loop: str):
        self.tab, self.page, self.loop = tab, tab.page, loop
        self.page.set_default_timeout(20_000)
        tab.sub_tab(title)
        self.fold("Keyframe editor")
        self.root = self.page.locator(f"#parallax_{loop}_timeline .parallax-timeline")
        self.svg = self.root.locator("svg")
        self.root.locator(".parallax-grip").first.wait_for()

    def fold(self, group: str) -> None:
        self.page.locator(f"#parallax_{self.loop} .label-wrap").filter(has_text=group).first.click()

    def part(self, name: str):
        return self.root.locator(f"[data-part={name}]")

    def choose(self, option: str) -> None:
        self.part("option").select_option(option)
        self.root.locator(".parallax-grip").first.wait_for()

    def field(self, name: str):
        return self.page.locator(f"#parallax_{self.loop}_{name} :is(input, textarea)").first

    def wait_for(self, name: str, text: str) -> None:
        """Until an option's own field holds a text."""
        self.page.wait_for_function(
            "([item, text]) => document.querySelector(item + ' :is(input, textarea)')?.value === text",
            arg=[f"#parallax_{self.loop}_{name}", text],
            timeout=20_000,
        )

    def wait_until_written(self, name: str, part: str) -> str:
        """Until an option's own field holds a text with this part; the text."""
        self.page.wait_for_function(
            "([item, part]) => document.querySelector(item + ' :is(input, textarea)')?.value.includes(part)",
            arg=[f"#parallax_{self.loop}_{name}", part],
            timeout=20_000,
        )
        return str(self.field(name).input_value())

    def wait_for_keys(self, frames: list[int]) -> None:
        self.page.wait_for_function(
            """([item, frames]) => frames === Array.from(
                document.querySelectorAll(item + ' .parallax-grip'), grip => grip.dataset.frame).join()""",
            arg=[f"#parallax_{self.loop}_timeline", ",".join(map(str, frames))],
            timeout=20_000,
        )

    def place(self, frame: int, value: float) -> tuple[float, float]:
        """Where in the window a frame and a value are drawn."""
        x, y = self.svg.evaluate(
            """(svg, [frame, value]) => {
                const lines = Array.from(svg.querySelectorAll('text'));
                const read = (anchor, end, at) => {
                    const [a, ...rest] = lines.filter(t => t.getAttribute('text-anchor') === anchor);
                    const b = rest[rest.length - 1];
                    const [p, q] = [Number(a.textContent), Number(b.textContent)];
                    const [s, e] = [Number(a.getAttribute(end)), Number(b.getAttribute(end))];
                    return s + (at - p) / (q - p) * (e - s);
                };
                const box = svg.getBoundingClientRect();
                return [box.left + read('middle', 'x', frame), box.top + read('end', 'y', value) - 4];
            }""",
            [frame, value],
        )
        return x, y

    def grip(self, frame: int) -> tuple[float, float]:
        x, y = self.svg.evaluate(
            """(svg, frame) => {
                const found = svg.querySelector(`.parallax-grip[data-frame='${frame}']`);
                const box = found.getBoundingClientRect();
                return [box.left + box.width / 2, box.top + box.height / 2];
            }""",
            frame,
        )
        return x, y


@pytest.fixture
def tab(chromium, site, artefacts):
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = TabPage(context.new_page(), site.address, artefacts, f"{site.name}-timeline", site.in_host)
    page.open()
    yield page
    context.close()
    assert page.faults == []


def number_at(text: str, frame: int) -> float:
    from lib_parallax.timeline import Schedule

    return Schedule.parse(text, frames=120).at(frame)


def test_keys_are_added_dragged_and_deleted_by_mouse(tab):
    editor = Editor(tab, "Parallax", "parallax")
    page = editor.page
    editor.choose("zoom")
    editor.fold("Camera")
    editor.svg.scroll_into_view_if_needed()
    page.mouse.dblclick(*editor.place(30, 1.3))
    editor.wait_for_keys([0, 30])
    text = editor.wait_until_written("zoom", "30:(")
    assert number_at(text, 0) == 1 and number_at(text, 30) == pytest.approx(1.3, abs=0.02)

    page.mouse.move(*editor.grip(30))
    page.mouse.down()
    page.mouse.move(*editor.place(60, 1.1), steps=4)
    assert editor.field("zoom").input_value() == text  # not before it is let go
    page.mouse.move(*editor.place(60, 1.2), steps=4)
    page.mouse.up()
    editor.wait_for_keys([0, 60])
    text = editor.wait_until_written("zoom", "60:(")
    assert number_at(text, 60) == pytest.approx(1.2, abs=0.02) and number_at(text, 0) == 1
    tab.shot("mouse")

    page.mouse.move(*editor.grip(60))
    page.mouse.down()
    page.mouse.move(*editor.place(90, 1.1), steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    editor.wait_for_keys([0, 60])
    assert editor.field("zoom").input_value() == text

    page.mouse.click(*editor.grip(60), button="right")
    editor.wait_for("zoom", "0:(1)")
    page.mouse.click(*editor.grip(0), button="right")  # the last one stays
    assert editor.field("zoom").input_value() == "0:(1)"


def test_the_keyboard_does_it_all(tab):
    editor = Editor(tab, "Zoom", "zoom")
    editor.fold("Movement")
    editor.choose("rotation")
    editor.svg.focus()
    press = editor.page.keyboard.press
    press("Insert")
    editor.wait_for("rotation", "0:(0), 4:(0)")
    press("ArrowRight")
    editor.wait_for("rotation", "0:(0), 5:(0)")
    press("Shift+ArrowUp")
    editor.wait_for("rotation", "0:(0), 5:(0.1)")
    press("PageUp")
    assert editor.part("frame").input_value() == "0"
    assert editor.part("said").inner_text() == "Step 0: 0 linear"
    press("ArrowRight")  # to a frame that is free, and not over the next key's
    editor.wait_for("rotation", "1:(0), 5:(0.1)")
    press("End")
    press("Delete")
    editor.wait_for("rotation", "1:(0)")


def test_values_and_ways_are_typed_and_refused_with_their_character(tab):
    editor = Editor(tab, "Parallax", "parallax")
    editor.fold("Effects")
    editor.choose("fog")
    editor.root.locator("[data-does=add]").click()
    editor.wait_for("fog", "0:(0), 60:(0)")
    value = editor.part("value")
    value.fill("1.2*sin(t/10)")
    value.press("Enter")
    editor.wait_for("fog", "0:(0), 60:(1.2*sin(t/10))")
    value.fill("1.2*sin(t/")
    value.press("Enter")
    told = editor.part("told")
    told.filter(has_text="at character").wait_for()
    assert editor.field("fog").input_value() == "0:(0), 60:(1.2*sin(t/10))"
    value.fill("0.5")
    value.press("Enter")
    editor.wait_for("fog", "0:(0), 60:(0.5)")
    assert told.inner_text() == ""
    editor.part("frame").fill("90")
    editor.part("frame").press("Enter")
    editor.wait_for("fog", "0:(0), 90:(0.5)")
    editor.svg.focus()
    editor.page.keyboard.press("Home")
    editor.part("way").select_option("sine-in")
    editor.wait_for("fog", "0:(0) sine-in, 90:(0.5)")
    tab.shot("typed")


def test_what_is_typed_into_the_field_is_drawn(tab):
    editor = Editor(tab, "Parallax", "parallax")
    editor.fold("Effects")
    editor.choose("grain")
    field = editor.field("grain")
    field.fill('0:(0.2), 30:(0.1+0.1*sin(t/5)), "max_f-1":(1)')
    editor.wait_for_keys([0, 30, 118])
    field.fill("0:(0.2), 30:(<b>)")
    told = editor.part("told")
    told.filter(has_text="at character 14: '<b>").wait_for()  # as text
    assert editor.part("value").is_disabled()
    field.fill("0:(0.2), 119:(0.1)")
    editor.wait_for_keys([0, 119])
    assert told.inner_text() == ""
    editor.field("duration").fill("2")  # a key far behind the end is left in sight
    editor.field("duration").press("Tab")
    editor.page.wait_for_timeout(800)
    editor.wait_for_keys([0, 119])


def test_files_go_out_and_come_in(tab, tmp_path):
    editor = Editor(tab, "Parallax", "parallax")
    settings = {"max_frames": 60, "fps": 15, "W": 640, "H": 384, "zoom": "0:(1), 30:(1.02)",
                "angle": "0:(0)", "prompts": {"0": "a lake", "30": "a forest"}}  # fmt: skip
    (tmp_path / "settings.txt").write_text(json.dumps(settings))
    tab.send("timeline_bring", tmp_path / "settings.txt", loop="parallax")
    told = editor.page.locator("#parallax_parallax_timeline_told").first
    told.filter(has_text="the first one is taken").wait_for()
    editor.fold("Camera")
    text = editor.wait_until_written("zoom", ":")
    editor.choose("zoom")
    tab.shot("imported")

    with editor.page.expect_download() as download:
        tab.press("timeline_export", "parallax")
    file = tmp_path / "keyframes.json"
    download.value.save_as(file)
    content = json.loads(file.read_text())
    assert content["words"]["prompt"] == "a lake" and len(content["schedules"]["zoom"]["keys"]) > 1
    editor.field("zoom").fill("1")
    editor.wait_for_keys([0])
    tab.send("timeline_bring", file, loop="parallax")
    editor.wait_for("zoom", text)

    (tmp_path / "none.json").write_text("{}")
    tab.send("timeline_bring", tmp_path / "none.json", loop="parallax")
    told.filter(has_text="there is none of its keys").wait_for()


def test_a_folded_field_is_written_too(tab):
    editor = Editor(tab, "Parallax", "parallax")
    editor.choose("pan")
    editor.root.locator("[data-does=add]").click()
    editor.wait_for_keys([0, 60])
    editor.fold("Camera")
    editor.wait_for("pan", "0:(0), 60:(0)")


def test_an_option_that_is_left_out_gets_a_key_and_loses_it(tab):
    editor = Editor(tab, "Stereo 3D", "stereo")
    editor.fold("Depth budget")
    editor.part("option").select_option("convergence")
    editor.wait_for_keys([])
    editor.svg.scroll_into_view_if_needed()
    editor.page.mouse.dblclick(*editor.place(0, 0.4))
    editor.wait_for_keys([0])
    editor.wait_until_written("convergence", "0:(0.")
    editor.svg.focus()
    editor.page.keyboard.press("Delete")
    editor.wait_for("convergence", "")
    editor.wait_for_keys([])


@pytest.mark.parametrize(("name", "looks"), LOOKS, ids=[name for name, _ in LOOKS])
def test_it_fits_every_window(chromium, site, artefacts, name, looks):
    context = chromium.new_context(**looks)
    tab = TabPage(context.new_page(), site.address, artefacts, f"{site.name}-timeline-{name}", site.in_host)
    tab.open()
    if "dark" in name:
        tab.page.evaluate("document.body.classList.add('dark')")
    editor = Editor(tab, "Parallax", "parallax")
    editor.choose("roll")
    for _ in range(2):
        editor.root.locator("[data-does=add]").click()
        editor.page.wait_for_timeout(400)
    editor.part("value").fill("8*sin(t/9)")
    editor.part("value").press("Enter")
    editor.page.wait_for_timeout(900)
    editor.root.scroll_into_view_if_needed()
    editor.root.screenshot(path=artefacts / f"{site.name}-editor-{name}.png")
    tab.shot("editor")
    assert tab.width() <= looks["viewport"]["width"]
    box, row = editor.root.bounding_box(), editor.part("value").bounding_box()
    assert row["x"] + row["width"] <= box["x"] + box["width"] + 1
    context.close()
    assert tab.faults == []
