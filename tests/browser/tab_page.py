"""The tab in a browser, as a person uses it: where things are, in one place for all tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

WAIT = 300_000  # milliseconds; a slow machine is no fault


class TabPage:
    """One browser tab on the page. `faults` are what our script or the page's own code complained of.

    in_host   Parallax is one of several tabs of a webui
    """

    def __init__(self, page: Any, address: str, artefacts: Path, name: str, in_host: bool):
        self.page, self.address, self.in_host = page, address, in_host
        self._artefacts, self._name = artefacts, name
        self.faults: list[str] = []
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        # what gradio itself fetches from elsewhere is missing where there is no network
        from_here = message.location.get("url", "").startswith((self.address, "about:"))
        if message.type == "error" and (from_here or "parallax" in message.text):
            self._note(message.text)

    def _note(self, text: str) -> None:
        if "fonts.googleapis.com" not in text:
            self.faults.append(text)

    def open(self) -> None:
        self.page.goto(self.address, wait_until="domcontentloaded")
        if self.in_host:
            self._tab("#tabs", "Parallax").click()
        self.page.wait_for_selector("#parallax_stereo_generate")
        # the script has looked for a job from before
        self.page.wait_for_selector("#parallax_stereo_progress [data-answer]", state="attached")

    def shot(self, title: str) -> Path:
        """Keeps a picture of the whole page; its file."""
        path = self._artefacts / f"{self._name}-{title}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    # where things are

    def _tab(self, tabs: str, title: str) -> Any:
        buttons = self.page.locator(f"{tabs} :is(button[role=tab], .tab-nav > button)")
        return buttons.filter(has_text=re.compile(f"^\\s*{title}\\s*$")).first

    def sub_tab(self, title: str) -> None:
        self._tab("#parallax_tabs", title).click()

    def source_tab(self, title: str) -> None:
        self._tab("#parallax_stereo_sources", title).click()

    def unfold(self, group: str) -> None:
        self.page.locator("#parallax_stereo .label-wrap").filter(has_text=group).first.click()

    def field(self, name: str) -> Any:
        """The input of an option; a slider's is its number."""
        inputs = ":is(input:not([type=range], [type=file]), textarea)"
        return self.page.locator(f"#parallax_stereo_{name} {inputs}").first

    def text(self, item: str) -> str:
        return str(self.page.locator(f"#parallax_{item}").first.inner_text())

    # what is done

    def press(self, item: str, loop: str = "stereo") -> None:
        self.page.locator(f"#parallax_{loop}_{item}").first.click()

    def send(self, item: str, *files: Path, loop: str = "stereo") -> None:
        inner = self.page.locator(f"#parallax_{loop}_{item} input[type=file]").first
        inner.set_input_files([str(file) for file in files])

    def upload(self, *files: Path, loop: str = "stereo", item: str = "upload") -> None:
        self.send(item, *files, loop=loop)
        self.page.wait_for_selector(f"#parallax_{loop}_card .parallax-card")

    def look_at(self, view: str) -> None:
        self.page.locator("#parallax_stereo_look label").filter(has_text=view).first.click()
        self.page.wait_for_selector(f"#parallax_stereo_stage [data-view='{view}']")

    def choose_preset(self, name: str) -> None:
        self.page.locator("#parallax_stereo_preset input").first.click()
        self.page.locator("#parallax_stereo_preset li, [role=option]").filter(has_text=name).first.click()
        # gradio 3 tells of the choice when the list closes
        self.page.wait_for_function(
            "name => document.querySelector('#parallax_stereo_preset input').value === name", arg=name
        )

    def choose_job(self, job: str) -> None:
        self.page.locator(f"#parallax_jobs_table tr[data-job='{job}']").click()
        self.page.wait_for_selector("#parallax_jobs_details .parallax-details")

    # how a job stands

    def state(self, loop: str = "stereo") -> dict[str, str]:
        """What the progress says: job, state, batch."""
        bar = self.page.locator(f"#parallax_{loop}_progress .parallax-progress")
        return dict(bar.evaluate("bar => ({...bar.dataset})"))

    def wait_for_state(self, state: str, other_than: str = "", loop: str = "stereo") -> str:
        """Waits until a job, and not the one named, is in that state; its id."""
        self.page.wait_for_function(
            """([loop, state, other]) => {
                const bar = document.querySelector(`#parallax_${loop}_progress .parallax-progress`);
                return bar && bar.dataset.state === state && bar.dataset.job !== other;
            }""",
            arg=[loop, state, other_than],
        )
        return self.state(loop)["job"]

    def shares(self, loop: str = "stereo") -> list[int]:
        """The values that the progress bar shows, in order, until the job has ended."""
        return list(
            self.page.evaluate(
                """async (loop) => {
                    const seen = [];
                    for (;;) {
                        const bar = document.querySelector(`#parallax_${loop}_progress .parallax-progress`);
                        const now = bar && bar.querySelector("[aria-valuenow]");
                        const share = now ? Number(now.getAttribute("aria-valuenow")) : undefined;
                        if (share !== undefined && share !== seen[seen.length - 1]) seen.push(share);
                        if (bar && !["queued", "running"].includes(bar.dataset.state)) return seen;
                        await new Promise((go) => setTimeout(go, 50));
                    }
                }""",
                loop,
            )
        )

    def video(self, loop: str = "stereo") -> dict[str, Any]:
        """The first player of the result, once it can play."""
        player = f"#parallax_{loop}_result video"
        ready = "player => { const v = document.querySelector(player); return v && v.readyState >= 2; }"
        self.page.wait_for_function(ready, arg=player)
        facts = "v => ({readyState: v.readyState, width: v.videoWidth, height: v.videoHeight})"
        return dict(self.page.locator(player).first.evaluate(facts))

    def width(self) -> int:
        """How wide the page's content is."""
        return int(self.page.evaluate("document.documentElement.scrollWidth"))
