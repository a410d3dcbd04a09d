"""The adapter to a webui, with small stand-ins for its modules."""

from __future__ import annotations

import sys
import threading
import types
from pathlib import Path

import numpy as np
import pytest

from lib_parallax import hosts
from lib_parallax.errors import OptionError
from lib_parallax.hosts import settings
from lib_parallax.types import Event


class State:
    """The host's state, as far as we touch it."""

    interrupted = stopping_generation = False
    job_count = 0

    def __init__(self):
        self.jobs, self.shown = [], []

    def begin(self, job):
        self.interrupted = False
        self.jobs.append(job)

    def end(self):
        self.jobs.append("end")

    def assign_current_image(self, image):
        self.shown.append(image.size)


class Upscaler:
    name, data_path = "Twice", "path"

    @property
    def scaler(self):
        return self

    def upscale(self, image, scale, path):
        assert path == "path"
        return image.resize((int(image.width * scale), int(image.height * scale)))


class Model:
    """A diffusion model that knows where it was sent."""

    def __init__(self):
        self.moves = []


@pytest.fixture
def webui(monkeypatch, tmp_path):
    """The host's modules, and the adapter on them."""
    state, model = State(), Model()
    options = types.SimpleNamespace(outdir_samples="", outdir_txt2img_samples=str(tmp_path / "txt2img"))
    flags = types.SimpleNamespace(
        listen=False, share=False, ngrok=None, hide_ui_dir_config=False, api=True, api_auth="a:b,c:d:e",
        gradio_allowed_path=[str(tmp_path / "films")], parallax_models_path=None, parallax_output_dir=None,
    )  # fmt: skip
    parts = {
        "shared": {"state": state, "opts": options, "cmd_opts": flags, "sd_upscalers": [Upscaler()]},
        "paths_internal": {
            "models_path": str(tmp_path / "models"),
            "default_output_dir": str(tmp_path / "outputs"),
        },
        "progress": {
            "create_task_id": lambda kind: f"task({kind}-1)",
            "add_task_to_queue": lambda task: state.jobs.append(f"waits {task}"),
            "start_task": lambda task: state.jobs.append(f"starts {task}"),
            "finish_task": lambda task: state.jobs.append(f"finishes {task}"),
        },
        "call_queue": {"queue_lock": threading.Lock()},
        "devices": {"get_device_for": lambda task: "cpu", "torch_gc": lambda: None},
        "sd_models": {
            "model_data": types.SimpleNamespace(sd_model=model),
            "send_model_to_cpu": lambda m: m.moves.append("cpu"),
            "send_model_to_device": lambda m: m.moves.append("device"),
        },
    }
    package = types.ModuleType("modules")
    monkeypatch.setitem(sys.modules, "modules", package)
    for name, values in parts.items():
        module = types.ModuleType(f"modules.{name}")
        vars(module).update(values)
        setattr(package, name, module)
        monkeypatch.setitem(sys.modules, f"modules.{name}", module)
    monkeypatch.setattr(hosts, "_found", None)
    found = hosts.detect()
    assert found is not None and found is hosts.detect()
    return types.SimpleNamespace(
        host=found, state=state, model=model, flags=flags, opts=options, path=tmp_path
    )


def job(**options):
    return types.SimpleNamespace(values={"options": options})


def test_alone_there_is_no_host(monkeypatch):
    monkeypatch.setattr(hosts, "_found", None)
    assert "modules.shared" not in sys.modules and hosts.detect() is None


def test_its_folders_and_who_may_reach_them(webui):
    host, root = webui.host, webui.path
    assert (host.models_dir, host.output_dir) == (root / "models" / "Parallax", root / "outputs" / "parallax")
    assert set(host.allowed_paths) == {root / "outputs", root / "txt2img", root / "films"}
    assert host.credentials == {"a": "b", "c": "d:e"}
    for flag in ("listen", "share", "hide_ui_dir_config"):
        setattr(webui.flags, flag, True)
        assert not host.paths_allowed and host.allowed_paths == []
        setattr(webui.flags, flag, False)


def test_flags_and_settings_name_other_folders(webui, tmp_path):
    from lib_parallax.hosts.webui import WebUI

    webui.opts.parallax_output_dir = str(tmp_path / "set")
    assert WebUI().output_dir == tmp_path / "set"
    webui.flags.parallax_output_dir, webui.flags.parallax_models_path = "/o", "/m"
    assert (WebUI().output_dir, WebUI().models_dir) == (Path("/o"), Path("/m"))


def test_a_turn_holds_the_queue_and_shows_progress(webui):
    from modules.call_queue import queue_lock

    with webui.host.turn(job(depth_model="cues")) as turn:
        assert queue_lock.locked() and webui.state.job_count == 1
        image = np.zeros((20, 30, 3), np.uint8)
        turn.hear(Event("progress", data={"done": 3, "total": 9, "image": image}))
        turn.hear(Event("progress", data={"done": 4, "total": 9, "image": image}))
        assert (webui.state.sampling_step, webui.state.sampling_steps) == (4, 9)
        assert webui.state.shown == [(30, 20)]  # once a second, not every frame
        assert not turn.stops()
        webui.state.interrupted = True
        assert turn.stops()
        with webui.host.quiet():
            pass  # our own job holds the queue: waiting for it would never end
    assert not queue_lock.locked() and webui.model.moves == []
    task = "task(parallax-1)"
    assert webui.state.jobs == [f"waits {task}", task, f"starts {task}", f"finishes {task}", "end"]


@pytest.mark.parametrize(
    ("options", "moves"),
    [
        ({"depth_model": "depth-anything-v2-small"}, ["cpu", "device"]),
        ({"depth_model": "depth-anything-v2-small", "device": "cpu"}, []),
        ({"depth_model": "depth-anything-v2-small", "depth": "d.mkv"}, []),
        ({"depth_model": "cues"}, []),
    ],
)
def test_the_model_steps_aside_for_a_network_only(webui, options, moves):
    with webui.host.turn(job(**options)):
        assert webui.model.moves == moves[:1]
    assert webui.model.moves == moves


def test_the_model_comes_back_after_an_error_and_stays_when_told(webui):
    with pytest.raises(ZeroDivisionError), webui.host.turn(job(depth_model="depth-anything-v2-small")):
        raise ZeroDivisionError
    assert webui.model.moves == ["cpu", "device"]
    webui.opts.parallax_memory = "stay"
    with webui.host.turn(job(depth_model="depth-anything-v2-small")):
        pass
    assert webui.model.moves == ["cpu", "device"]


def test_forks_are_asked_to_unload(webui, monkeypatch):
    asked = []
    backend = types.ModuleType("backend")
    manager = types.ModuleType("backend.memory_management")
    manager.unload_all_models = lambda: asked.append("unload")
    monkeypatch.setitem(sys.modules, "backend", backend)
    monkeypatch.setitem(sys.modules, "backend.memory_management", manager)
    with webui.host.turn(job(depth_model="depth-anything-v2-small")):
        assert asked == ["unload"] and webui.model.moves == []


def test_upscalers(webui):
    assert webui.host.upscalers() == ["Twice"]
    assert webui.host.upscale(np.zeros((4, 6, 3), np.uint8), 2, "Twice").shape == (8, 12, 3)
    with pytest.raises(OptionError, match="Twice"):
        webui.host.upscale(np.zeros((4, 6, 3), np.uint8), 2, "None")


def test_settings_are_declared_once(webui):
    added = {}

    class Info:
        def __init__(self, default, label, component, arguments, section):
            assert section == settings.SECTION
            self.default = default

        def info(self, text):
            return self

        def needs_restart(self):
            return self

    from modules import shared

    shared.OptionInfo = Info
    shared.opts.add_option = lambda key, info: added.setdefault(key, info.default)
    settings.register(dict.fromkeys(("Dropdown", "Textbox", "Radio", "Slider", "Checkbox")), ("auto", "cues"))
    assert added == {
        settings.DEPTH_MODEL: "auto",
        settings.OUTPUT_DIR: "",
        settings.MEMORY_POLICY: "step aside",
        settings.PREVIEW_SECONDS: 1.0,
        settings.PUBLIC_PATHS: False,
    }
    assert webui.host.defaults == {"device": "cpu", "depth_model": "auto"}
    assert webui.host.insists == {}
    webui.opts.enable_pnginfo = False
    assert webui.host.insists == {"infotext": False}
