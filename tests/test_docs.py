"""The pages keep what they promise: links lead somewhere, examples run, tables are those of the options."""

import importlib.util
import re
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[1]
DOCS = TREE / "docs"
PAGES = [TREE / "README.md", TREE / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MOST_BYTES = 300_000

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def script(name):
    """A script of docs as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchors(text):
    """The headings of a page as links spell them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pages
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{page.name}: {target}"


@pages
def test_no_page_knows_a_machine(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.~%$])(/(work|root|home|tmp|Users)/|[A-Z]:\\)", text)


@pages
def test_option_tables_are_those_of_the_options(page):
    text = page.read_text(encoding="utf-8")
    assert script("make_tables").with_tables(text) == text, "run: python docs/make_tables.py"


def test_every_loop_has_its_table():
    from lib_parallax.options import LOOP_OPTIONS

    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for loop in LOOP_OPTIONS:
        assert f"<!-- options: {loop} -->" in text


def test_the_examples_of_the_api_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = EXAMPLE.findall((DOCS / "api.md").read_text(encoding="utf-8"))
    assert len(examples) > 5
    names = {}
    for number, example in enumerate(examples, 1):
        exec(compile(example, f"api.md, example {number}", "exec"), names)


def test_the_api_page_names_what_exists():
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    for module, names in {
        "media": ["open_video"],
        "depth": ["load", "sharpen_edges"],
        "flow": ["load"],
        "warp": ["synthesize_view", "stereo_pair", "warp_flow", "compose_flow", "occlusion", "ZoomStack"],
        "loops": ["run"],
    }.items():
        package = importlib.import_module(f"lib_parallax.{module}")
        for name in names:
            assert callable(getattr(package, name)) and f"`{module}.{name}(" in text


def test_pictures_are_small_and_made_by_a_script():
    """Those of the page by the browser tests, which name them as `kept(tab, TITLE)`."""
    from PIL import Image

    source = (DOCS / "make_pictures.py").read_text(encoding="utf-8")
    browsed = (TREE / "tests" / "browser" / "test_screenshots.py").read_text(encoding="utf-8")
    made = {*re.findall(r'"([\w-]+\.\w+)"', source)}
    made |= {f"page-{title}.png" for title in re.findall(r'kept\(tab, "([\w-]+)"\)', browsed)}
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for path in (DOCS / "pictures").iterdir():
        assert path.stat().st_size < MOST_BYTES
        assert path.name in made and f"pictures/{path.name}" in shown
        with Image.open(path) as picture:
            picture.verify()


def test_planned_loops_are_marked_and_others_are_not():
    from lib_parallax.options import LOOP_OPTIONS

    rows = re.findall(r"^\| `(\w+)` \| (here|planned) \|", (TREE / "README.md").read_text("utf-8"), re.M)
    assert {name for name, state in rows if state == "here"} == set(LOOP_OPTIONS)
    assert len(rows) == 6
