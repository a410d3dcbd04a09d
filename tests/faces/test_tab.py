"""The tab's parts, and the whole of it on whichever gradio is here."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lib_parallax import presets
from lib_parallax.errors import OptionError
from lib_parallax.faces import words
from lib_parallax.faces.desk import open_desk
from lib_parallax.faces.tab import jobs_panel, labels, preview_panel, progress, result_panel, source
from lib_parallax.jobs.status import Status
from lib_parallax.options import LOOP_OPTIONS, check, describe

TREE = Path(__file__).resolve().parents[2]


@pytest.fixture
def desk(tmp_path):
    opened = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results", allowed=[tmp_path])
    yield opened
    opened.close()


@pytest.fixture
def guarded(tmp_path):
    """A desk whose users may name no folder."""
    opened = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results")
    yield opened
    opened.close()


def built(desk, say=None):
    """The tab, and its components by their element's id."""
    pytest.importorskip("gradio", reason="gradio is not installed")
    from lib_parallax.faces import tab

    page = tab.build(desk, say, local=True)
    return page, {block.elem_id: block for block in page.blocks.values() if getattr(block, "elem_id", None)}


def status(**values):
    told = {
        "id": "20260101-stereo-film", "loop": "stereo", "state": "running", "source": "/films/film.mp4",
        "output": "/results/film.mp4", "options": {},
        "progress": {"done": 30, "total": 120, "fps": 12.5, "seconds_left": 95.0, "stage": "running"},
    }  # fmt: skip
    return Status(**{**told, **values})


# the whole


def test_every_option_of_every_loop_has_its_field(desk):
    _, by_id = built(desk)
    for loop, options in LOOP_OPTIONS.items():
        for o in describe(options):
            field = by_id[f"parallax_{loop}_{o.name}"]
            assert o.help in field.info
            # what the field holds is what its option takes
            value = field.value if field.value != "" else None
            assert check(o, value) == o.default


def test_no_two_fields_share_a_label(desk):
    page, _ = built(desk)
    shown = [block for block in page.blocks.values() if type(block).__name__ not in ("Tab", "Accordion")]
    found = Counter(block.label for block in shown if getattr(block, "label", None))
    assert found and max(found.values()) == 1


def test_only_options_are_kept_in_a_hosts_list_of_defaults(desk):
    page, _ = built(desk)
    kept = {"Slider", "Radio", "Checkbox", "Textbox", "Number", "Dropdown", "Button"}
    options = {f"parallax_{loop}_{o.name}" for loop, cls in LOOP_OPTIONS.items() for o in describe(cls)}
    transient = [
        block.elem_id
        for block in page.blocks.values()
        if type(block).__name__ in kept and not getattr(block, "do_not_save_to_config", False)
    ]
    assert set(transient) <= options


def test_paths_are_not_shown_where_none_may_be_named(guarded, desk):
    for given, hidden in ((guarded, True), (desk, False)):
        _, by_id = built(given)
        for item in ("stereo_depth", "stereo_save_depth", "stereo_folder", "depth_output"):
            classes = by_id[f"parallax_{item}"].elem_classes or []
            assert ("parallax-hidden" in classes) == hidden


def test_a_form_reads_what_it_shows(desk):
    pytest.importorskip("gradio", reason="gradio is not installed")
    import gradio as gr

    from lib_parallax.faces.tab import fields

    given = {"strength": 4.5, "size": (640, 360), "convergence": 0.25, "floating_window": True, "eye": "both"}
    with gr.Blocks():
        form = fields.build(desk, "stereo", words.Words())
    changes = form.filled(given)
    read = form.values([change["value"] for change in changes])
    assert {name: check(form.options[name], read[name]) for name in given} == given
    assert check(form.options["near_limit"], read["near_limit"]) == 2.5
    only = dict(zip(form.fields, form.changed({"strength": 1.0}), strict=True))
    assert only["strength"]["value"] == "1.0"
    assert "value" not in only["near_limit"]


# words


def said(desk):
    """Every text of the page: those it is built with, and those that are written out where HTML is made."""
    say = words.Words()
    built(desk, say)
    tables = [progress.STATES.values(), jobs_panel.BUTTONS.values(), preview_panel.VIEWS]
    tables += [source.MISSING.values(), [f"Send to {to}" for to in result_panel.SEND_TO]]
    tables += [jobs_panel.HEADS, jobs_panel.FACTS, map(presets.describe, presets.names())]
    texts = say.said.union(*tables)
    for path in (TREE / "lib_parallax" / "faces" / "tab").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                texts |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return texts


def test_every_translation_has_every_text_and_no_other(desk):
    wanted = said(desk)
    assert "de_DE" in words.languages()
    for language in words.languages():
        table = words.load(language).table
        assert wanted - table.keys() == set(), f"{language}.json lacks these"
        assert table.keys() - wanted == set(), f"{language}.json has these for nothing"


def test_the_page_speaks_another_language(desk):
    german = words.load("de_DE")
    _, by_id = built(desk, german)
    assert by_id["parallax_stereo_generate"].value == german("Generate") != "Generate"
    assert by_id["parallax_stereo_convergence"].label == german("Convergence")


def test_the_extensions_own_name_stays_in_every_language():
    # a webui translates the title of its tab, and by that a person finds it
    assert {words.load(language)("Parallax") for language in words.languages()} == {"Parallax"}


def test_a_language_that_is_not_here_is_refused():
    with pytest.raises(OptionError, match="de_DE") as refused:
        words.load("xx_XX")
    assert refused.value.field == "language"


# how a job stands


def test_progress_says_how_far_and_how_long():
    told = progress.progress(status(), words.Words())
    assert 'data-state="running"' in told and 'data-job="20260101-stereo-film"' in told
    assert 'aria-valuenow="25"' in told
    assert "30 / 120" in told and "12.5" in told and "1:35" in told
    assert "<img" not in told


@pytest.mark.parametrize("image", [np.zeros((90, 1600, 3), np.uint8), np.zeros((90, 160), np.uint16)])
def test_progress_shows_the_frame_made_last(image):
    assert "data:image/jpeg;base64," in progress.progress(status(image=image), words.Words())


def test_progress_of_a_batch_counts_its_files():
    batch = {"items": 4, "done": 1, "skipped": 1, "errors": []}
    told = progress.progress(status(batch=batch), words.Words())
    assert 'data-batch="true"' in told
    assert "2 / 4" in told
    assert 'aria-valuenow="56"' in told  # two files and a quarter of the third


def test_an_unknown_end_has_no_share():
    figures = {"done": 30, "total": None, "fps": 5.0, "seconds_left": None}
    assert "aria-valuenow" not in progress.progress(status(progress=figures), words.Words())


def test_what_went_wrong_is_told_and_cannot_break_the_page():
    failed = status(state="failed", error="film<script>.mp4: no frames")
    told = progress.progress(failed, words.Words())
    assert "film&lt;script&gt;.mp4: no frames" in told and "<script>" not in told
    errors = [{"source": "a.mp4", "error": "torn"}]
    ended = status(state="done", batch={"items": 2, "done": 1, "skipped": 0, "errors": errors})
    assert "a.mp4" in progress.progress(ended, words.Words())
    assert "torn" in jobs_panel.rows([status(state="failed", error="torn")], words.Words())


def test_every_answer_can_be_told_from_the_last():
    numbers = re.findall(r'data-answer="(\d+)"', progress.idle() + progress.progress(status(), words.Words()))
    assert len(set(numbers)) == 2


# sources


def test_the_source_is_what_its_tab_says(desk, tmp_path):
    (tmp_path / "film.mp4").touch()
    (tmp_path / "upload.mp4").touch()
    values = [source.PATH, str(tmp_path / "upload.mp4"), f" {tmp_path / 'film.mp4'} ", "", "", True, ""]
    assert source.read(values).one(desk.places).name == "film.mp4"
    values[0] = source.UPLOAD
    assert source.read(values).one(desk.places).name == "upload.mp4"


@pytest.mark.parametrize("mode", [source.UPLOAD, source.PATH, source.BATCH])
def test_a_missing_source_is_asked_for(desk, mode):
    with pytest.raises(OptionError, match=source.MISSING[mode]):
        source.read([mode, "", "", "", "", True, ""]).one(desk.places)


def test_a_source_elsewhere_is_refused(desk, tmp_path_factory):
    stranger = tmp_path_factory.mktemp("elsewhere") / "film.mp4"
    stranger.touch()
    for mode in (source.UPLOAD, source.PATH):
        with pytest.raises(OptionError, match="outside"):
            source.read([mode, str(stranger), str(stranger), "", "", True, ""]).one(desk.places)


def test_results_of_uploaded_files_get_a_name_of_their_own():
    named = source.read([source.BATCH, "", "", "/films", "/uploads/000003", True, ""])
    assert (named.batch_folder(), source.batch_output(named, "stereo")) == ("/films", None)
    sent = source.read([source.BATCH, "", "", "", "/uploads/000003", True, ""])
    assert sent.batch_folder() == "/uploads/000003"
    assert source.batch_output(sent, "stereo").endswith("stereo")


def test_titles_and_loops_belong_together():
    assert [labels.named(labels.title(loop)) for loop in LOOP_OPTIONS] == list(LOOP_OPTIONS)
    assert labels.in_order(["stereo", "depth"]) == ["depth", "stereo"]
    groups = list(labels.groups("stereo"))
    assert (groups[0], groups[-2:]) == ("Basic", ["Output", "Compute"])


def test_localization_files_are_plain_tables():
    for path in (TREE / "localizations").glob("*.json"):
        table = json.loads(path.read_text(encoding="utf-8"))
        assert all(isinstance(key, str) and isinstance(text, str) and text for key, text in table.items())
