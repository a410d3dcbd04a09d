"""Stable Diffusion through diffusers, with small trained pipelines of the official layout."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib_parallax import generate
from lib_parallax.errors import Cancelled, OptionError, ParallaxError, SourceError, UnavailableError
from lib_parallax.generate import ControlUnit, Img2Img, Inpaint, Sampling, Sparing, Txt2Img
from lib_parallax.generate.around import Around
from lib_parallax.types import CancelToken

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from lib_parallax.generate.diffusers import models, noise, samplers  # noqa: E402
from lib_parallax.generate.diffusers import pipelines as pipelines_module  # noqa: E402
from lib_parallax.generate.diffusers.painter import Diffusers  # noqa: E402
from lib_parallax.generate.diffusers.pipelines import Pipelines  # noqa: E402

SIZE = (64, 64)
CPU = Sparing("cpu")
FEW = Sampling(steps=4, seed=3)


@pytest.fixture(scope="module")
def pipelines(data) -> Path:
    return data / "diffusers-models"


@pytest.fixture(scope="module")
def painter(pipelines):
    return Around(Diffusers(str(pipelines / "tiny-sd15"), CPU))


@pytest.fixture(scope="module")
def inpainter(pipelines):
    return Around(Diffusers(str(pipelines / "tiny-sd15-inpainting"), CPU))


@pytest.fixture
def shelf(monkeypatch, tmp_path) -> Path:
    """The folder of models, empty; nothing else is looked at."""
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "diffusers").mkdir()
    return tmp_path / "diffusers"


def ramp(width: int = 64, height: int = 64) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    picture = np.stack([255 * y / height, 255 * x / width, 255 - 255 * y / height], axis=2)
    return picture.astype(np.uint8)


def hole(width: int = 64, height: int = 64) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 1
    return mask


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b).mean())


def test_words_and_seeds_make_the_picture(painter):
    first = painter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW))
    assert first.shape == (64, 64, 3)
    assert np.array_equal(first, painter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW)))
    assert difference(first, painter.txt2img(Txt2Img("blue ocean", SIZE, sampling=FEW))) > 5
    assert difference(first, painter.txt2img(Txt2Img("sunset", SIZE, sampling=replace(FEW, seed=4)))) > 5


def test_a_subseed_leads_from_one_seed_to_the_other(painter):
    def paint(**more):
        return painter.txt2img(Txt2Img("sunset", SIZE, sampling=replace(FEW, **more)))

    assert np.array_equal(paint(subseed=9, subseed_strength=0.0), paint())
    # the last digits of an arc differ
    assert difference(paint(subseed=9, subseed_strength=1.0), paint(seed=9)) < 0.1
    between = paint(subseed=9, subseed_strength=0.5)
    assert min(difference(between, paint()), difference(between, paint(seed=9))) > 2


def test_noise_on_the_arc_keeps_its_strength():
    a, b = torch.randn(1, 4, 64, 64), torch.randn(1, 4, 64, 64)
    assert abs(noise.slerp(a, b, 0.5).std().item() - 1) < 0.03
    assert torch.allclose(noise.slerp(a, a, 0.3), a)


def test_what_a_sampler_draws_is_not_the_noise_again():
    drawn, generator = noise.seeded((1, 4, 8, 8), Sampling(seed=5))
    assert torch.equal(drawn, torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(5)))
    assert not torch.equal(drawn, torch.randn(1, 4, 8, 8, generator=generator))


@pytest.mark.parametrize("name", samplers.SAMPLERS)
def test_every_sampler_paints_in_every_way(painter, name):
    sampling = replace(FEW, sampler=name)
    picture = painter.txt2img(Txt2Img("sunset", SIZE, sampling=sampling))
    assert np.array_equal(picture, painter.txt2img(Txt2Img("sunset", SIZE, sampling=sampling)))
    assert picture.std() > 5
    painter.img2img(Img2Img(ramp(), "sunset", sampling=sampling))
    painter.inpaint(Inpaint(ramp(), hole(), "sunset", sampling=sampling))


def test_the_models_own_sampler_comes_back_after_another(painter):
    own = painter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW))
    other = painter.txt2img(Txt2Img("sunset", SIZE, sampling=replace(FEW, sampler="Euler a")))
    assert difference(own, other) > 1
    assert np.array_equal(own, painter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW)))


def test_a_schedule_that_a_sampler_lacks_is_named(painter):
    request = Txt2Img("sunset", SIZE, sampling=replace(FEW, sampler="Euler", scheduler="Karras"))
    painter.txt2img(request)
    with pytest.raises(OptionError, match=r"DDIM.*Karras"):
        painter.txt2img(replace(request, sampling=replace(FEW, sampler="DDIM", scheduler="Karras")))


def test_restyling_keeps_the_structure(painter):
    picture = ramp(128, 128)
    sampling = replace(FEW, steps=10)
    near = painter.img2img(Img2Img(picture, strength=0.4, sampling=sampling))
    assert np.corrcoef(near.ravel(), picture.ravel())[0, 1] > 0.85
    far = painter.img2img(Img2Img(picture, strength=1.0, sampling=sampling))
    assert difference(far, picture) > difference(near, picture)


@pytest.mark.parametrize("strength", [0.001, 0.01, 1 / 3, 0.999, 1.0])
def test_any_strength_does_a_step(painter, strength):
    painter.img2img(Img2Img(ramp(), strength=strength, sampling=FEW))
    assert int(samplers.steps_for(4, strength) * strength) >= 1


def test_what_lies_under_the_mask_is_where_painting_starts(painter):
    """At strength 1 as well, for which pipelines by themselves start from noise alone."""
    dark, bright = ramp(), ramp()
    dark[hole() > 0], bright[hole() > 0] = 0, 255

    def paint(picture, **more):
        return painter.inpaint(Inpaint(picture, hole(), "sunset", sampling=FEW, feather=0, **more))

    for strength, least in ((0.5, 20), (1.0, 1)):
        a, b = (paint(start, content="original", strength=strength) for start in (dark, bright))
        assert b[hole() > 0].mean() - a[hole() > 0].mean() > least
        for content in ("noise", "nothing"):
            a, b = (paint(start, content=content, strength=strength) for start in (dark, bright))
            assert np.array_equal(a, b)


def test_a_cell_that_the_mask_touches_is_painted_whole(painter):
    mask = np.zeros((64, 64), np.float32)
    mask[30:34, 29] = 0.5  # in two cells, the corners of neither
    found = generate.cells.whole_cells(mask)
    assert found.sum() == 2 * 64 and found[24:40, 24:32].all()
    picture = np.zeros((64, 64, 3), np.uint8)
    painted = painter._backend.inpaint(
        Inpaint(picture, mask, "sunset", content="noise", sampling=FEW), CancelToken()
    )
    assert painted[24:40, 24:32].max() > 30 and painted[:24].max() <= 2


def test_known_pixels_stay_and_are_seen_by_an_inpainting_model(inpainter):
    assert inpainter.capabilities().inpainting_checkpoint
    painted = inpainter.inpaint(Inpaint(ramp(), hole(), "sunset", sampling=FEW))
    kept = hole() == 0
    assert np.array_equal(painted[kept], ramp()[kept])
    other = inpainter.inpaint(Inpaint(255 - ramp(), hole(), "sunset", sampling=FEW))
    assert difference(painted[~kept], other[~kept]) > 5


def test_an_inpainting_model_paints_and_restyles_too(inpainter):
    assert inpainter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW)).std() > 5
    near = inpainter.img2img(Img2Img(ramp(), strength=0.3, sampling=replace(FEW, steps=10)))
    assert np.corrcoef(near.ravel(), ramp().ravel())[0, 1] > 0.8


def test_another_checkpoint_inpaints_and_the_first_paints_on(painter, pipelines):
    first = painter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW))
    request = Inpaint(ramp(), hole(), "sunset", sampling=FEW)
    own = painter.inpaint(request)
    other = painter.inpaint(replace(request, checkpoint=str(pipelines / "tiny-sd15-inpainting")))
    assert difference(own, other) > 1
    assert np.array_equal(first, painter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW)))


def test_parts_are_loaded_once(painter):
    painter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW))
    painter.img2img(Img2Img(ramp(), sampling=FEW))
    painter.inpaint(Inpaint(ramp(), hole(), sampling=FEW))
    (opened,) = [p for p in painter._backend._opened.values() if not p.model.inpaints]
    assert len({id(pipeline.unet) for pipeline in opened._made.values()}) == 1
    assert len(opened._made) == 3


def test_it_stops_within_a_step(painter, monkeypatch):
    done, token = [], CancelToken()
    step = samplers.scheduler

    def counted(*arguments):
        made = step(*arguments)
        plain = made.step

        def one(*given, **named):
            done.append(1)
            if len(done) == 2:
                token.cancel()
            return plain(*given, **named)

        made.step = one
        return made

    monkeypatch.setattr("lib_parallax.generate.diffusers.painter.scheduler", counted)
    with pytest.raises(Cancelled):
        painter.txt2img(Txt2Img("sunset", SIZE, sampling=replace(FEW, steps=8)), token)
    assert len(done) == 2


def test_few_step_models_are_not_burnt():
    many = Sampling(steps=20, cfg=7.0)
    assert samplers.few_steps(many, "") == many
    assert samplers.few_steps(many, "turbo") == replace(many, steps=8, cfg=1.0)
    assert samplers.few_steps(many, "lcm") == replace(many, steps=8, cfg=2.0)
    lcm = replace(many, sampler="LCM")
    assert samplers.few_steps(lcm, "") == replace(lcm, steps=8, cfg=2.0)
    few = replace(lcm, steps=4, cfg=1.5)
    assert samplers.few_steps(few, "") == few


@pytest.mark.parametrize(
    ("name", "few"),
    [
        ("sdxl-turbo", "turbo"),
        ("dreamshaper_8LCM", "lcm"),
        ("turbine", ""),
        ("Juggernaut_Lightning", "lightning"),
    ],
)
def test_few_step_models_say_so_in_their_names(name, few):
    assert models._few(name) == few


@pytest.fixture(scope="module")
def control(painter, tmp_path_factory) -> dict[str, str]:
    """Two small ControlNets: one as new, which does nothing yet, and one that does."""
    from diffusers import ControlNetModel

    painter.txt2img(Txt2Img("", SIZE, sampling=FEW))
    (opened,) = [p for p in painter._backend._opened.values() if not p.model.inpaints]
    folder = tmp_path_factory.mktemp("control")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = ControlNetModel.from_unet(opened._whole().unet)
        network.save_pretrained(folder / "new")
        for block in network.controlnet_down_blocks:
            torch.nn.init.normal_(block.weight, std=0.05)
        network.save_pretrained(folder / "trained")
    return {name: str(folder / name) for name in ("new", "trained")}


def test_control_units_steer(painter, control):
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    request = Txt2Img("sunset", SIZE, sampling=FEW)
    plain = painter.txt2img(request)

    def steered(name, times=1, **more):
        units = (ControlUnit(picture, control[name], **more),) * times
        return painter.txt2img(replace(request, control=units))

    assert np.array_equal(steered("new"), plain)
    assert difference(steered("trained"), plain) > 2
    assert np.array_equal(steered("trained", weight=0.0), plain)
    assert difference(steered("trained", times=2), plain) > difference(steered("trained"), plain)
    assert 0 < difference(steered("trained", end=0.3), plain) < difference(steered("trained"), plain)
    units = (ControlUnit(picture, control["trained"]),)
    for asked in (Img2Img(ramp(), "sunset", sampling=FEW), Inpaint(ramp(), hole(), "sunset", sampling=FEW)):
        paint = painter.img2img if isinstance(asked, Img2Img) else painter.inpaint
        assert difference(paint(replace(asked, control=units)), paint(asked)) > 0
    with pytest.raises(OptionError, match="canny"):
        steered("trained", module="canny")


def test_memory_that_runs_out_is_spared(pipelines):
    backend = Diffusers(str(pipelines / "tiny-sd15"), CPU)
    plain = Around(backend).txt2img(Txt2Img("sunset", SIZE, sampling=FEW))
    opened = next(iter(backend._opened.values()))
    failed = []

    def work(pipeline):
        if not failed:
            failed.append(pipeline.vae.use_tiling)
            raise MemoryError
        return pipeline.vae.use_tiling

    assert opened.with_pipeline("", (), work) and failed == [False]
    assert difference(Around(backend).txt2img(Txt2Img("sunset", SIZE, sampling=FEW)), plain) < 1
    with pytest.raises(MemoryError):
        opened.with_pipeline("", (), lambda pipeline: (_ for _ in ()).throw(MemoryError()))


def test_lost_numbers_are_told(painter, monkeypatch):
    (opened,) = [p for p in painter._backend._opened.values() if not p.model.inpaints]
    monkeypatch.setattr(opened, "with_pipeline", lambda *_: np.full((64, 64, 3), np.nan, np.float32))
    with pytest.raises(ParallaxError, match="float32"):
        painter.txt2img(Txt2Img("sunset", SIZE, sampling=FEW))


def test_half_precision_paints_the_same_picture(painter, pipelines):
    half = Around(Diffusers(str(pipelines / "tiny-sd15"), Sparing("cpu", "fp16")))
    request = Txt2Img("sunset", SIZE, sampling=FEW)
    assert difference(half.txt2img(request), painter.txt2img(request)) < 2
    parts = next(iter(half._backend._opened.values()))._whole().components
    assert {p.dtype for name in ("unet", "vae", "text_encoder") for p in parts[name].parameters()} == {
        torch.float16
    }


def test_the_note_tells_another_model_at_the_same_place(tmp_path, pipelines):
    folder = tmp_path / "mine"
    shutil.copytree(pipelines / "tiny-sd15", folder)
    first = Diffusers(str(folder), CPU).note
    assert Diffusers(str(folder), CPU).note == first
    (folder / "README.md").write_text("what does not paint does not count")
    assert Diffusers(str(folder), CPU).note == first
    weights = next((folder / "unet").glob("*.safetensors"))
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    assert Diffusers(str(folder), CPU).note != first


def test_what_means_nothing_here_is_said_and_let_be(pipelines):
    plain = generate.load("diffusers", model=str(pipelines / "tiny-sd15"), device="cpu")
    asked = generate.load(
        "diffusers", model=str(pipelines / "tiny-sd15"), device="cpu", offload="sequential", slicing=True
    )
    assert "offloaded" not in plain.note and "nothing is offloaded" in asked.note and "cpu" in asked.note
    request = Txt2Img("sunset", SIZE, sampling=FEW)
    assert difference(asked.txt2img(request), plain.txt2img(request)) < 1
    assert "paint_precision and paint_offload mean nothing" in (
        generate.load("classical", precision="fp16", offload="model").note
    )


class TestOnCuda:
    """What a pipeline is told to do where there is a CUDA device, without one."""

    @pytest.fixture
    def told(self, monkeypatch):
        from diffusers import DiffusionPipeline

        told: list[str] = []
        monkeypatch.setattr(pipelines_module, "find_spec", lambda name: object())
        for name in ("enable_model_cpu_offload", "enable_sequential_cpu_offload"):
            monkeypatch.setattr(
                DiffusionPipeline, name, lambda self, device, name=name: told.append(f"{name} {device}")
            )

        def to(self, where=None, **more):
            told.extend([f"to {where}"] if where else [])
            return self

        monkeypatch.setattr(DiffusionPipeline, "to", to)
        monkeypatch.setattr(pipelines_module, "chosen_device", lambda device: "cuda:0")
        # accelerate is not here, whatever find_spec is made to say
        monkeypatch.setattr(
            Pipelines, "_load", lambda self: DiffusionPipeline.from_pretrained(self.model.path)
        )
        return told

    def opened(self, pipelines, **more):
        made = Pipelines(models.find(str(pipelines / "tiny-sd15")), Sparing(precision="fp32", **more))
        made.with_pipeline("", (), lambda pipeline: None)
        return made

    @pytest.mark.parametrize(
        ("offload", "said"),
        [
            ("none", "to cuda:0"),
            ("model", "enable_model_cpu_offload cuda:0"),
            ("sequential", "enable_sequential_cpu_offload cuda:0"),
        ],
    )
    def test_offloading_is_as_it_was_asked_for(self, pipelines, told, offload, said):
        made = self.opened(pipelines, offload=offload)
        assert told[-1] == said
        made.with_pipeline("", (), lambda pipeline: None)
        assert told.count(said) == (2 if offload == "none" else 1)
        made.with_pipeline("Img2Img", (), lambda pipeline: None)
        assert told[-1] == said

    @pytest.mark.parametrize(("free", "said"), [(1 << 40, "to"), (1 << 20, "enable_model_cpu_offload")])
    def test_left_open_it_depends_on_the_room(self, pipelines, told, monkeypatch, free, said):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 1 << 40))
        self.opened(pipelines)
        assert told[-1] == f"{said} cuda:0"

    def test_memory_that_runs_out_is_spared_step_by_step(self, pipelines, told, monkeypatch):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1 << 40, 1 << 40))
        made, tried = self.opened(pipelines), []

        def work(pipeline):
            tried.append(made._spare)
            raise MemoryError

        with pytest.raises(MemoryError):
            made.with_pipeline("", (), work)
        assert tried == [0, 1, 2, 3]

    def test_offloading_needs_accelerate(self, pipelines, told, monkeypatch):
        monkeypatch.setattr(pipelines_module, "find_spec", lambda name: None)
        with pytest.raises(UnavailableError, match="pip install accelerate"):
            self.opened(pipelines, offload="model")


def test_auto_takes_a_model_that_is_named_or_lies_here(shelf, pipelines):
    assert generate.load("auto").name == "classical"
    with pytest.raises(UnavailableError, match="no model"):
        generate.load("diffusers")
    (shelf / "mine").symlink_to(pipelines / "tiny-sd15")
    assert models.names() == ["mine"]
    assert generate.load("auto").name == generate.load("auto", model="mine").name == "diffusers"
    assert generate.load("diffusers", device="cpu").txt2img(Txt2Img("", SIZE, sampling=FEW)).std() > 5


def test_a_checkpoint_that_is_not_here_is_named(shelf, painter):
    with pytest.raises(OptionError, match="'nowhere' is no folder or file"):
        painter.txt2img(Txt2Img("", SIZE, checkpoint="nowhere"))
    with pytest.raises(UnavailableError, match="parallax models get some/model"):
        painter.txt2img(Txt2Img("", SIZE, checkpoint="some/model"))


def test_what_is_no_such_model_is_told(shelf, pipelines):
    def refused(error, words):
        with pytest.raises(error, match=words):
            models.find("it")
        shutil.rmtree(shelf / "it")

    (shelf / "it").mkdir()
    refused(SourceError, "model_index.json")
    shutil.copytree(pipelines / "tiny-sd15", shelf / "it", ignore=shutil.ignore_patterns("*.safetensors"))
    (shelf / "it" / "model_index.json").write_text(json.dumps({"_class_name": "FluxPipeline"}))
    refused(OptionError, "FluxPipeline")
    shutil.copytree(pipelines / "tiny-sd15", shelf / "it", ignore=shutil.ignore_patterns("*.safetensors"))
    (shelf / "it" / "unet" / "config.json").write_text(json.dumps({"in_channels": 8}))
    refused(OptionError, "8 channels")


def test_a_damaged_model_is_told(shelf, pipelines):
    shutil.copytree(pipelines / "tiny-sd15", shelf / "it")
    weights = shelf / "it" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(SourceError, match="cannot be built from these files"):
        generate.load("diffusers", device="cpu").txt2img(Txt2Img("", SIZE, sampling=FEW))


@pytest.mark.parametrize("name", ["tiny-sd15", "tiny-sd15-inpainting"])
def test_a_single_file(shelf, data, pipelines, name, painter, inpainter):
    file = shelf / f"{name}.safetensors"
    file.symlink_to(data / "webui-models" / file.name)
    with pytest.raises(UnavailableError, match=f"a folder {name} beside it"):
        models.find(name)
    shutil.copytree(pipelines / name, shelf / name, ignore=shutil.ignore_patterns("*.safetensors"))
    config = shelf / name / "vae" / "config.json"
    config.chmod(0o644)
    # the file has the channels that do nothing as well
    config.write_text(
        json.dumps(json.loads(config.read_text()) | {"block_out_channels": [96] * 4, "norm_num_groups": 32})
    )
    found = models.find(str(file))
    assert (found.family, found.inpaints) == ("StableDiffusion", "inpainting" in name)
    picture = Around(Diffusers(name, CPU)).inpaint(Inpaint(ramp(), hole(), "sunset", sampling=FEW))
    same = (inpainter if found.inpaints else painter).inpaint(Inpaint(ramp(), hole(), "sunset", sampling=FEW))
    assert difference(picture, same) < 2


def test_a_file_that_may_run_code_is_not_read(shelf):
    (shelf / "it.ckpt").write_bytes(b"")
    with pytest.raises(OptionError, match=r"no \.safetensors"):
        models.find(str(shelf / "it.ckpt"))
