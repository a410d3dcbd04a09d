"""The webui's model as a generator, with small stand-ins for its modules."""

from __future__ import annotations

import dataclasses
import sys
import threading
import types
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from lib_parallax.errors import Cancelled, OptionError, ParallaxError, UnavailableError
from lib_parallax.generate import ControlUnit, Img2Img, Inpaint, Interrogate, Sampling, Txt2Img, Upscale
from lib_parallax.generate.around import Around
from lib_parallax.hosts import memory
from lib_parallax.hosts.generator import WebuiGenerator
from lib_parallax.types import CancelToken


class State:
    interrupted = skipped = stopping_generation = False
    job_no, sampling_step, sampling_steps = 3, 40, 100

    def interrupt(self):
        self.interrupted = True


class Options:
    """The host's options: those that somebody set, and what they are else."""

    def __init__(self):
        self.data = {"img2img_color_correction": True}
        self.data_labels = dict.fromkeys(
            ("overlay_inpaint", "img2img_color_correction", "save_init_img", "sd_model_checkpoint")
        )


class Webui:
    """The host: it paints what it starts from inverted, in `steps` steps."""

    name = "AUTOMATIC1111"

    def __init__(self):
        self.state, self.opts = State(), Options()
        self.callbacks, self.calls, self.seen = [], [], {}
        self.brush = threading.Lock()
        self.said = "a red disc"
        self.at_step = lambda step: None

    @contextmanager
    def painting(self):
        with self.brush:
            yield

    def upscalers(self):
        return ["Lanczos", "Net"]

    def upscale(self, image, scale, name):
        self.calls.append(name)
        sides = [int(side * scale) // 8 * 8 for side in image.shape[1::-1]]
        return np.asarray(Image.fromarray(image).resize(sides))

    def process_images(self, p):
        assert self.brush.locked()
        self.seen = vars(p) | {"opts": dict(self.opts.data)}
        before = {k: self.opts.data[k] for k in p.override_settings if k in self.opts.data}
        self.opts.data.update(p.override_settings)
        self.seen["opts"] = dict(self.opts.data)
        for step in range(p.steps):
            if self.state.interrupted or self.state.skipped:
                break
            self.state.sampling_step = step
            self.at_step(step)
            for callback in list(self.callbacks):
                callback(None)
        self.state.job_no += 1
        self.opts.data.update(before)
        made = Image.new("RGBA", (p.width, p.height), (9, 9, 9, 255))
        if getattr(p, "init_images", None):
            made = Image.fromarray(255 - np.asarray(p.init_images[0]))
        return types.SimpleNamespace(images=[made], index_of_first_image=0)


class Processing:
    """Takes whatever it is given, as the host's dataclasses do."""

    def __init__(self, **given):
        self.__dict__.update(given)
        self.closed = False

    def close(self):
        self.closed = True


class Txt2ImgProcessing(Processing):
    pass


class Img2ImgProcessing(Processing):
    pass


@pytest.fixture
def webui(monkeypatch, tmp_path):
    host = Webui()
    names = ("tiny", "tiny-inpainting")
    infos = [types.SimpleNamespace(name_for_extra=name) for name in names]
    net = tmp_path / "net.pth"
    net.write_bytes(b"")
    upscalers = [
        types.SimpleNamespace(name="Lanczos", data_path=None),
        types.SimpleNamespace(name="Far", data_path="https://somewhere/far.pth"),
        types.SimpleNamespace(name="Net", data_path=str(net)),
    ]
    host.model = types.SimpleNamespace(model=types.SimpleNamespace(conditioning_key="crossattn"))
    host.model.device = types.SimpleNamespace(type="cpu")
    modules = {
        "shared": {
            "state": host.state, "opts": host.opts, "sd_model": host.model, "sd_upscalers": upscalers,
            "interrogator": types.SimpleNamespace(interrogate=lambda image: host.said),
        },
        "sd_models": {
            "model_data": types.SimpleNamespace(sd_model=host.model),
            "checkpoints_list": dict(zip(names, infos, strict=True)),
            "checkpoint_aliases": dict(zip(names, infos, strict=True)),
            "send_model_to_device": lambda model: host.calls.append("device"),
            "send_model_to_cpu": lambda model: host.calls.append("cpu"),
        },
        "devices": {"device": types.SimpleNamespace(type="cpu")},
        "sd_samplers": {"visible_sampler_names": lambda: ["Euler", "DDIM"]},
        "sd_schedulers": {"schedulers": [types.SimpleNamespace(label="Automatic", name="automatic")]},
        "processing": {
            "process_images": host.process_images,
            "StableDiffusionProcessingTxt2Img": Txt2ImgProcessing,
            "StableDiffusionProcessingImg2Img": Img2ImgProcessing,
        },
        "script_callbacks": {
            "on_cfg_after_cfg": host.callbacks.append,
            "remove_callbacks_for_function": host.callbacks.remove,
        },
        "scripts": {},
    }  # fmt: skip
    package = types.ModuleType("modules")
    monkeypatch.setitem(sys.modules, "modules", package)
    for name, contents in modules.items():
        module = types.ModuleType(f"modules.{name}")
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, f"modules.{name}", module)
        setattr(package, name, module)
    host.generator = Around(WebuiGenerator(host))
    return host


def picture(width=70, height=65):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_a_blend_is_one_prompt_of_the_host(webui):
    from lib_parallax.generate import Share

    size, blend = (64, 64), (Share("a forest <lora:y:1>", 0.25, "cars"),)
    webui.generator.txt2img(Txt2Img("a lake", size, "cars", blend=blend))
    assert webui.seen["prompt"] == "a lake :0.75 AND a forest :0.25 <lora:y:0.25>"
    assert webui.seen["negative_prompt"] == "cars"
    for weight, alone in ((0.0, "a lake"), (1.0, "a forest <lora:y:1>")):
        webui.generator.txt2img(Txt2Img("a lake", size, "cars", blend=(blend[0]._replace(weight=weight),)))
        assert webui.seen["prompt"] == alone


def test_what_the_host_can_do(webui):
    able = webui.generator.capabilities()
    assert able.checkpoints == ("tiny", "tiny-inpainting") and able.samplers == ("Euler", "DDIM")
    assert not able.inpainting_checkpoint and not able.controlnet
    webui.model.model.conditioning_key = "hybrid"
    assert webui.generator.capabilities().inpainting_checkpoint
    webui.model.is_inpaint = False  # as the forks have it
    assert not webui.generator.capabilities().inpainting_checkpoint


def test_words_reach_the_host_as_they_are(webui):
    sampling = Sampling(steps=5, cfg=4.5, sampler="DDIM", seed=7, subseed=8, subseed_strength=0.25)
    prompt = "a (tree:1.2) <lora:x:0.8>"
    made = webui.generator.txt2img(Txt2Img(prompt, (70, 65), "snow", sampling))
    assert made.shape == (65, 70, 3) and (made == 9).all()
    wanted = {
        "prompt": prompt, "negative_prompt": "snow", "width": 72, "height": 72, "steps": 5, "cfg_scale": 4.5,
        "sampler_name": "DDIM", "scheduler": "Automatic", "seed": 7, "subseed": 8, "subseed_strength": 0.25,
        "do_not_save_samples": True, "do_not_save_grid": True,
    }  # fmt: skip
    assert wanted.items() <= webui.seen.items()
    assert "scripts" not in webui.seen


def test_names_left_open_are_the_hosts_first(webui):
    webui.generator.txt2img(Txt2Img("", (64, 64)))
    assert webui.seen["sampler_name"] == "Euler" and webui.seen["subseed_strength"] == 0


@pytest.mark.parametrize(("content", "fill"), [("original", 1), ("fill", 1), ("noise", 2), ("nothing", 3)])
def test_a_hole(webui, content, fill):
    mask = np.zeros((65, 70), np.float32)
    mask[30:40, 20:50] = 1
    made = webui.generator.inpaint(Inpaint(picture(), mask, content=content, strength=0.7))
    assert np.array_equal(made[mask == 0], picture()[mask == 0])
    assert webui.seen["inpainting_fill"] == fill and webui.seen["denoising_strength"] == 0.7
    assert not webui.seen["inpaint_full_res"] and webui.seen["mask_blur"] == 0
    sent = np.asarray(webui.seen["mask"])
    assert sent.shape == (72, 72) and set(np.unique(sent)) == {0, 255}
    # white is repainted, in whole cells
    assert (sent[3:68, 1:71][mask > 0] == 255).all()
    assert sent.reshape(9, 8, 9, 8).max(axis=(1, 3)).sum() * 64 == sent.astype(int).sum()


def test_the_hosts_settings_are_as_before(webui):
    webui.generator.img2img(Img2Img(picture(), checkpoint="tiny-inpainting"))
    during = webui.seen["opts"]
    assert during["sd_model_checkpoint"] == "tiny-inpainting" and not during["img2img_color_correction"]
    assert during["overlay_inpaint"] is False
    assert "return_mask" not in during  # this host does not know it
    assert webui.opts.data == {"img2img_color_correction": True}


def test_a_checkpoint_that_is_not_here_is_named(webui):
    with pytest.raises(OptionError, match="nowhere"):
        webui.generator.txt2img(Txt2Img("", (64, 64), checkpoint="nowhere"))
    # the host itself would paint on with the model at hand
    with pytest.raises(OptionError, match="nowhere"):
        webui.generator._backend.txt2img(Txt2Img("", (64, 64), checkpoint="nowhere"), CancelToken())


def test_a_token_interrupts_the_host_within_a_step(webui):
    token, steps = CancelToken(), []

    def at_step(step):
        steps.append(step)
        if step == 2:
            token.cancel()

    webui.at_step = at_step
    with pytest.raises(Cancelled):
        webui.generator.txt2img(Txt2Img("", (64, 64)), token)
    assert steps == [0, 1, 2] and not webui.callbacks and not webui.brush.locked()


@pytest.mark.parametrize("flag", ["interrupted", "skipped", "stopping_generation"])
def test_a_picture_painted_in_part_is_dropped(webui, flag):
    webui.at_step = lambda step: setattr(webui.state, flag, step >= 1)
    with pytest.raises(Cancelled):
        webui.generator.txt2img(Txt2Img("", (64, 64)))


def test_a_skip_of_before_is_forgotten_and_progress_is_given_back(webui):
    webui.state.skipped = True
    webui.generator.txt2img(Txt2Img("", (64, 64)))
    state = webui.state
    assert (state.job_no, state.sampling_step, state.sampling_steps) == (3, 40, 100)


def test_a_failing_host_is_told(webui):
    def at_step(step):
        raise RuntimeError("no more colour")

    webui.at_step = at_step
    with pytest.raises(ParallaxError, match="no more colour"):
        webui.generator.txt2img(Txt2Img("", (64, 64)))
    assert not webui.callbacks and not webui.brush.locked()


def test_a_model_that_stepped_aside_comes_back_to_paint(webui, monkeypatch):
    monkeypatch.setattr(sys.modules["modules.devices"], "device", types.SimpleNamespace(type="cuda"))
    with memory.room():
        assert webui.calls == ["cpu"]
        webui.at_step = lambda step: webui.calls.append("paints")
        webui.generator.txt2img(Txt2Img("", (64, 64), sampling=Sampling(steps=1)))
        assert webui.calls == ["cpu", "device", "paints", "cpu"]
    assert webui.calls[-1] == "device"


def test_upscaling_has_the_size_asked_for(webui):
    made = webui.generator.upscale(Upscale(picture(), 1.7))
    assert made.shape == (round(65 * 1.7), round(70 * 1.7), 3)
    assert webui.calls == ["Net"]  # what the host would have to fetch is not taken unasked
    with pytest.raises(OptionError, match="Nothing"):
        webui.generator.upscale(Upscale(picture(), 2, "Nothing"))


def test_a_description(webui):
    assert webui.generator.interrogate(Interrogate(picture())) == "a red disc"
    webui.said = "<error>"
    with pytest.raises(UnavailableError, match="interrogator"):
        webui.generator.interrogate(Interrogate(picture()))


@dataclasses.dataclass
class Unit:
    enabled: bool = False
    image: object = None
    image_fg: object = None
    module: str = "None"
    model: str = "None"
    weight: float = 1.0
    guidance_start: float = 0.0
    guidance_end: float = 1.0


def test_control_units_go_through_controlnet_alone(webui, monkeypatch):
    with pytest.raises(UnavailableError, match="ControlNet"):
        webui.generator.txt2img(Txt2Img("", (64, 64), control=(ControlUnit(picture(), "canny"),)))
    package, code = types.ModuleType("lib_controlnet"), types.ModuleType("lib_controlnet.external_code")
    code.ControlNetUnit = Unit
    code.get_models = lambda: ["None", "canny", "depth"]
    monkeypatch.setitem(sys.modules, "lib_controlnet", package)
    monkeypatch.setitem(sys.modules, "lib_controlnet.external_code", code)
    script = types.SimpleNamespace(title=lambda: "ControlNet", args_from=11, args_to=14)
    other = types.SimpleNamespace(title=lambda: "Seed", args_from=1, args_to=2)
    runner = types.SimpleNamespace(
        scripts=[other, script],
        alwayson_scripts=[other, script],
        selectable_scripts=[other],
        callback_map={"x": 1},
    )
    sys.modules["modules.scripts"].scripts_txt2img = runner
    units = (ControlUnit(picture(), "canny", 0.5, 0.1, 0.9), ControlUnit(picture(), "depth", module="midas"))
    webui.generator.txt2img(Txt2Img("", (64, 64), control=units))
    assert webui.seen["is_api"]
    (ours,) = webui.seen["scripts"].alwayson_scripts
    first, second = webui.seen["script_args"][ours.args_from : ours.args_to]
    assert (first.enabled, first.model, first.module, first.weight) == (True, "canny", "None", 0.5)
    assert (first.guidance_start, first.guidance_end, second.module) == (0.1, 0.9, "midas")
    assert first.image.shape == (64, 64, 3)
    with pytest.raises(OptionError, match="nothing"):
        webui.generator.txt2img(Txt2Img("", (64, 64), control=(ControlUnit(picture(), "nothing"),)))
    # the host's own are as they were
    assert (script.args_from, runner.alwayson_scripts, runner.callback_map) == (11, [other, script], {"x": 1})
