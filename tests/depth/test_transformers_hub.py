"""Hub models through transformers: the depth that its own processing gives, and sentences for what fails."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from fractions import Fraction
from importlib import metadata

import numpy as np
import pytest
import torch
from tiny_networks import film, gap, picture, values

from lib_parallax import depth
from lib_parallax.depth import hub, pretrained
from lib_parallax.depth.transformers_hub import TransformersDepth, families
from lib_parallax.depth.transformers_hub.look import Look, look_of, network_size, prepare
from lib_parallax.errors import OptionError, ParallaxError, SourceError, UnavailableError
from lib_parallax.types import Frame
from lib_parallax.weights.runner import Runner

transformers = pytest.importorskip("transformers")
import tiny_hub  # noqa: E402

# sizes at which nothing is resized, so that metres can be compared as they are
UNRESIZED = {
    "dpt": (64, 64), "dpt-hybrid": (64, 64), "dpt-metres": (56, 42), "depth_anything": (56, 42),
    "depth_anything-metres": (56, 42), "glpn": (96, 64), "zoedepth": (64, 38), "depth_pro": (32, 32),
}  # fmt: skip
PROCESSORS = {"glpn": "GLPNImageProcessor", "zoedepth": "ZoeDepthImageProcessor"}


def lacks(kind):
    return hub.shortfall("transformers", families.since(kind.partition("-")[0], CONFIGS.get(kind, {})))


CONFIGS = {
    "dpt-metres": {"backbone_config": {"model_type": "dinov2"}},
    "depth_anything-metres": {"depth_estimation_type": "metric"},
}
AVAILABLE = [kind for kind in tiny_hub.KINDS if not lacks(kind)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A function that gives the folder of a kind, made once."""
    made = {}

    def give(kind):
        if kind not in made:
            made[kind] = tiny_hub.folder(tmp_path_factory.mktemp(kind), kind)
        return made[kind]

    return give


@pytest.fixture
def own(folders, tmp_path):
    """A copy of the DPT model's folder, to be spoiled."""
    for file in folders("dpt").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def processor(kind, folder):
    name = PROCESSORS.get(kind, "DPTImageProcessor")
    return getattr(transformers, f"{name}Pil", None) or getattr(transformers, name)


def official(kind, folder, image):
    """Depth `[H, W]` as transformers itself makes it: its processor, its model, its resizing."""
    size = image.shape[:2]
    with torch.no_grad():
        model = transformers.AutoModelForDepthEstimation.from_pretrained(folder).eval()
        if kind == "depth_pro":  # its processor is there with torchvision only
            pixels = torch.from_numpy(image).permute(2, 0, 1)[None] / 127.5 - 1
            found = model(pixel_values=pixels)
            focal = 0.5 * size[1] / torch.tan(0.5 * torch.deg2rad(found.field_of_view))
            return 1 / resized_by(found.predicted_depth * size[1] / focal, size, "bilinear")
        made = processor(kind, folder).from_pretrained(folder)
        found = model(pixel_values=made(images=image, return_tensors="pt")["pixel_values"])
        if kind == "zoedepth":  # whose way back is there with torchvision only
            down, across = (int(np.sqrt(side / 2) * 3) for side in size)
            whole = resized_by(found.predicted_depth, (size[0] + 2 * down, size[1] + 2 * across))
            return whole[down : down + size[0], across : across + size[1]]
        if hasattr(made, "post_process_depth_estimation"):
            return made.post_process_depth_estimation(found, [size])[0]["predicted_depth"].numpy()
        return resized_by(found.predicted_depth, size)


def resized_by(depths, size, mode="bicubic"):
    found = torch.nn.functional.interpolate(depths[:, None], size, mode=mode, align_corners=False)
    return found[0, 0].numpy()


class TestOfficial:
    @pytest.mark.parametrize("kind", AVAILABLE)
    def test_same_weights_same_depth(self, folders, kind):
        image = picture(UNRESIZED[kind])
        found = TransformersDepth(folders(kind), "cpu").estimate(image)
        wanted = official(kind, folders(kind), image)
        metric = kind in ("glpn", "zoedepth", "depth_pro") or kind.endswith("metres")
        assert found.kind == ("metric" if metric else "relative") and found.range is None
        # a head on DINOv2 gives 8/7 of the size that it sees, so metres are resized after all
        close = 0.01 if kind == "dpt-metres" else 1e-4
        assert gap(1 / found.values if metric else found.values, wanted) < close

    @pytest.mark.parametrize("kind", [kind for kind in AVAILABLE if kind != "depth_pro"])
    @pytest.mark.parametrize("size", [(150, 80), (50, 77)])
    def test_other_sizes_are_seen_and_given_alike(self, folders, kind, size):
        """To the 8 bit that transformers rounds a resized picture to, and the way metres are resized."""
        if kind == "dpt-metres":
            pytest.skip("transformers pads such a picture, and the padding with it into the depth")
        image = picture(size)
        found = TransformersDepth(folders(kind), "cpu").estimate(image)
        wanted = official(kind, folders(kind), image)
        assert gap(1 / found.values if found.kind == "metric" else found.values, wanted) < 0.08

    @pytest.mark.parametrize("kind", ["dpt", *(["depth_anything"] if "depth_anything" in AVAILABLE else [])])
    def test_the_same_pixels_are_resized_alike(self, folders, kind):
        image = picture((150, 80))
        estimator = TransformersDepth(folders(kind), "cpu")
        pixels = prepare(image, estimator.look, network_size(estimator.look, (150, 80)))
        model = transformers.AutoModelForDepthEstimation.from_pretrained(folders(kind)).eval()
        with torch.no_grad():
            wanted = resized_by(model(pixel_values=pixels[None]).predicted_depth, (80, 150))
        assert gap(estimator.estimate(image).values, wanted) < 1e-4

    @pytest.mark.parametrize("kind", [kind for kind in AVAILABLE if kind not in ("depth_pro", "dpt-metres")])
    def test_the_network_sees_the_same_picture(self, folders, kind):
        """To a level of 255, for Pillow rounds after each of its two passes."""
        image = picture((150, 80))
        look = look_of(folders(kind), families.FAMILIES[kind.partition("-")[0]].look)
        if look.pad:
            pytest.skip("padded on the way; see the depth")
        found = prepare(image, look, network_size(look, (150, 80))).numpy()
        made = processor(kind, folders(kind)).from_pretrained(folders(kind))
        wanted = made(images=image)["pixel_values"][0]
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() <= 1.01 / 255 / min(look.deviation)

    def test_metres_are_near_where_they_are_small(self, folders):
        image = picture(UNRESIZED["glpn"])
        found = TransformersDepth(folders("glpn"), "cpu").estimate(image).values
        assert np.corrcoef(found.ravel(), official("glpn", folders("glpn"), image).ravel())[0, 1] < -0.9


class TestLook:
    @pytest.mark.parametrize(
        ("look", "whole", "seen"),
        [
            (Look(), (1920, 1080), (384, 384)),
            (Look((518, 518), True, 14), (1920, 1080), (924, 518)),
            (Look((518, 518), True, 14), (640, 480), (686, 518)),
            (Look((384, 512), True, 32), (1920, 1080), (672, 384)),
            (Look(None, multiple=32), (640, 480), (640, 480)),
            (Look(None, multiple=32), (100, 50), (96, 32)),
            (Look(None, multiple=32), (1920, 1080), (832, 480)),
            (Look(None, multiple=32), (3, 3), (32, 32)),
            (Look((1536, 1536), fixed=True), (10, 20), (1536, 1536)),
        ],
    )
    def test_size_seen(self, look, whole, seen):
        assert network_size(look, whole) == seen

    @pytest.mark.parametrize(
        ("look", "asked", "scale", "seen"),
        [
            (Look(), 256, 1.0, (256, 256)),
            (Look((518, 518), True, 14), 252, 1.0, (448, 252)),
            (Look((518, 518), True, 14), None, 0.5, (462, 252)),
            (Look(None, multiple=32), 256, 1.0, (448, 256)),
            (Look((1536, 1536), fixed=True), 512, 0.5, (1536, 1536)),
        ],
    )
    def test_size_asked_for(self, look, asked, scale, seen):
        assert network_size(look, (1920, 1080), asked, scale) == seen

    @pytest.mark.parametrize("whole", [(20000, 500), (500, 20000), (20000, 1), (1, 1)])
    @pytest.mark.parametrize("look", [Look((518, 518), True, 14), Look(None, multiple=32)])
    def test_a_strip_is_not_seen_at_any_cost(self, look, whole):
        columns, rows = network_size(look, whole)
        assert columns % look.multiple == rows % look.multiple == 0
        assert 0 < columns * rows <= 12 * 518 * 518

    def test_what_the_files_say(self, tmp_path):
        file = tmp_path / "preprocessor_config.json"
        assert look_of(tmp_path, Look()) == Look()
        file.write_text(json.dumps({"size": {"shortest_edge": 100}, "resample": 2, "do_normalize": False}))
        look = look_of(tmp_path, Look())
        assert look.size == (100, 100) and look.resample == "bilinear"
        assert look.mean == (0, 0, 0) and look.deviation == (1, 1, 1)
        file.write_text(json.dumps({"do_resize": False, "size_divisor": 14, "do_rescale": False}))
        assert look_of(tmp_path, Look()) == Look(None, multiple=14, scale=1.0)

    @pytest.mark.parametrize(
        "given",
        [
            {"size": "big"},
            {"size": {"height": 0, "width": 3}},
            {"size": 10**6},
            {"ensure_multiple_of": 10**6},
            {"resample": 9},
            {"image_mean": [1]},
        ],
    )
    def test_what_the_files_cannot_say(self, tmp_path, given):
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(given))
        with pytest.raises(SourceError, match=r"preprocessor_config.json: cannot be understood"):
            look_of(tmp_path, Look())


class TestEstimator:
    @pytest.mark.parametrize("kind", AVAILABLE)
    @pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 70), (97, 33)])
    def test_any_size_and_depth_of_colour(self, folders, kind, size):
        image = picture(size)
        found = TransformersDepth(folders(kind), "cpu")
        deep = found.estimate(image.astype(np.uint16) * 257).values
        assert deep.shape == image.shape[:2] and deep.dtype == np.float32 and np.isfinite(deep).all()
        np.testing.assert_allclose(deep, found.estimate(image).values, rtol=1e-3, atol=1e-4)

    def test_it_is_an_estimator(self, folders):
        found = depth.load(str(folders("dpt")), "cpu")
        assert isinstance(found, depth.Estimator) and found.flickers and found.name == str(folders("dpt"))
        assert depth.weights_of(found.name) == folders("dpt") / "model.safetensors"

    def test_batches_end_at_boundaries_and_other_sizes(self, folders, monkeypatch):
        batches = []
        run = Runner.run

        def counted(self, job):
            found = run(self, job)
            batches.append(len(found))
            return found

        monkeypatch.setattr(Runner, "run", counted)
        frames = [*film(8, marks={5: True, 7: False}), Frame(picture((77, 45)), Fraction(9))]
        together = values(TransformersDepth(folders("dpt"), "cpu", batch=3).stream(frames))
        assert batches == [3, 2, 2, 1, 1] and frames[7].boundary.state == {"depth": {}}
        for a, b in zip(
            together, values(TransformersDepth(folders("dpt"), "cpu").stream(frames)), strict=True
        ):
            np.testing.assert_allclose(a, b, atol=1e-5)

    def test_input_size(self, folders):
        image = picture((150, 80))
        small = TransformersDepth(folders("dpt"), "cpu", input_size=32).estimate(image).values
        assert gap(small, TransformersDepth(folders("dpt"), "cpu").estimate(image).values) > 0.01

    @pytest.mark.parametrize(("dtype", "close"), [("bf16", 0.1), (torch.float16, 0.02)])
    def test_half(self, folders, dtype, close):
        whole = TransformersDepth(folders("dpt"), "cpu").estimate(picture((64, 64))).values
        assert (
            0
            < gap(TransformersDepth(folders("dpt"), "cpu", dtype).estimate(picture((64, 64))).values, whole)
            < close
        )

    def test_what_overflows_is_done_again_in_full(self, own):
        change(own, lambda state: state["head.head.0.bias"].mul_(1e7))
        wanted = TransformersDepth(own, "cpu").estimate(picture((64, 64))).values
        estimator = TransformersDepth(own, "cpu", "float16")
        np.testing.assert_array_equal(estimator.estimate(picture((64, 64))).values, wanted)
        assert "float32" in estimator.warnings[0]

    def test_no_room(self, folders, monkeypatch):
        estimator = TransformersDepth(folders("dpt"), "cpu")

        def full(self, pictures):
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")

        from lib_parallax.depth.transformers_hub import network

        monkeypatch.setattr(network.Network, "forward", full)
        with pytest.raises(ParallaxError, match="out of memory on cpu"):
            estimator.estimate(picture((64, 64)))

    def test_nothing_heavy_is_imported_before_it_is_used(self):
        code = (
            "import sys, lib_parallax.depth as d; d.names()\n"
            "heavy = {'transformers', 'diffusers', 'huggingface_hub', 'torch', 'torchvision'}\n"
            "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
        )
        subprocess.run([sys.executable, "-c", code], check=True)


def change(folder, what):
    """Rewrites the folder's weights."""
    from safetensors.torch import load_file, save_file

    state = load_file(folder / "model.safetensors")
    what(state)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


class TestFiles:
    def wanted(self, folders):
        return TransformersDepth(folders("dpt"), "cpu").estimate(picture((64, 64))).values

    def test_pickled_weights_are_read_without_running_them(self, own, folders):
        from safetensors.torch import load_file

        torch.save(load_file(own / "model.safetensors"), own / "pytorch_model.bin")
        (own / "model.safetensors").unlink()
        found = TransformersDepth(own, "cpu").estimate(picture((64, 64))).values
        np.testing.assert_array_equal(found, self.wanted(folders))

    def test_a_pickle_with_code_in_it(self, own):
        class Code:
            def __reduce__(self):
                return (print, ("run",))

        torch.save({"x": Code()}, own / "pytorch_model.bin", pickle_module=pickle)
        (own / "model.safetensors").unlink()
        with pytest.raises(SourceError, match=r"pytorch_model.bin"):
            TransformersDepth(own, "cpu").estimate(picture((64, 64)))

    def test_weights_in_parts(self, own, folders):
        from safetensors.torch import load_file, save_file

        state = load_file(own / "model.safetensors")
        names = sorted(state)
        parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
        for file, keys in parts.items():
            save_file({key: state[key] for key in keys}, own / file)
        index = {"weight_map": {key: file for file, keys in parts.items() for key in keys}}
        (own / "model.safetensors.index.json").write_text(json.dumps(index))
        (own / "model.safetensors").unlink()
        found = TransformersDepth(own, "cpu").estimate(picture((64, 64))).values
        np.testing.assert_array_equal(found, self.wanted(folders))
        (own / "b.safetensors").unlink()
        with pytest.raises(UnavailableError, match=r"not whole here: .*b.safetensors is missing"):
            TransformersDepth(own, "cpu")
        index["weight_map"] = {"x": "../b.safetensors"}
        (own / "model.safetensors.index.json").write_text(json.dumps(index))
        with pytest.raises(SourceError, match="does not say where"):
            TransformersDepth(own, "cpu")

    def test_parameters_that_are_never_used_may_be_missing(self, own, folders):
        """As in Intel/dpt-large, whose first fusion layer has nothing to fuse."""

        def without(state):
            for key in [key for key in state if "fusion_stage.layers.0.residual_layer1" in key]:
                del state[key]

        change(own, without)
        estimator = TransformersDepth(own, "cpu")
        np.testing.assert_array_equal(estimator.estimate(picture((64, 64))).values, self.wanted(folders))
        assert estimator._runner._network.missing

    @pytest.mark.parametrize("key", ["head.head.2.weight", "neck.convs.1.weight", "dpt.embeddings.cls_token"])
    @pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
    def test_others_may_not(self, own, key, dtype):
        change(own, lambda state: state.pop(key))
        with pytest.raises(SourceError, match=f"lacks 1 of its parameters, {key}"):
            TransformersDepth(own, "cpu", dtype).estimate(picture((64, 64)))

    def test_a_wrong_shape(self, own):
        change(own, lambda state: state.update({"head.head.4.bias": torch.zeros(3)}))
        with pytest.raises(SourceError, match="cannot be built from these files"):
            TransformersDepth(own, "cpu").estimate(picture((64, 64)))

    def test_a_truncated_download(self, own):
        content = (own / "model.safetensors").read_bytes()
        (own / "model.safetensors").write_bytes(content[: len(content) // 2])
        with pytest.raises(SourceError, match=r"model.safetensors: .*cut short"):
            TransformersDepth(own, "cpu").estimate(picture((64, 64)))

    def test_code_in_the_folder_is_never_run(self, own, folders):
        (own / "modeling.py").write_text("raise SystemExit('run')")
        configured(
            own, auto_map={"AutoModelForDepthEstimation": "modeling.Model", "AutoConfig": "modeling.Config"}
        )
        found = TransformersDepth(own, "cpu").estimate(picture((64, 64))).values
        np.testing.assert_array_equal(found, self.wanted(folders))


def configured(folder, **changes):
    file = folder / "config.json"
    config = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


class TestRefused:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            (
                {"architectures": ["BertForMaskedLM"], "model_type": "bert"},
                "is no depth model: .* BertForMaskedLM",
            ),
            (
                {"architectures": ["DPTForSemanticSegmentation"]},
                "is no depth model: .* DPTForSemanticSegmentation",
            ),
            ({"architectures": None, "model_type": "bert"}, "no depth head for 'bert'"),
            (
                {"model_type": "depth_of_tomorrow"},
                "of the kind 'depth_of_tomorrow', which the installed transformers",
            ),
            ({"architectures": None, "model_type": None}, "names no model_type"),
            ({"model_type": "chmv2"}, "not for depth of pictures: it tells how tall trees are"),
            ({"backbone": "facebook/dinov2-base", "backbone_config": None}, "would have to be downloaded"),
        ],
    )
    def test_what_is_no_depth_model(self, own, changes, sentence):
        configured(own, **changes)
        with pytest.raises(ParallaxError, match=sentence) as refusal:
            depth.load(str(own))
        assert "\n" not in str(refusal.value)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (None, "neither config.json nor model_index.json"),
            ("{", "cannot be read"),
            ("[]", "holds no object"),
        ],
    )
    def test_no_config(self, own, text, sentence):
        (own / "config.json").unlink() if text is None else (own / "config.json").write_text(text)
        with pytest.raises(SourceError, match=sentence):
            depth.load(str(own))

    def test_no_weights(self, own):
        (own / "model.safetensors").unlink()
        with pytest.raises(UnavailableError, match=r"neither model.safetensors nor pytorch_model.bin"):
            depth.load(str(own))


def installed(monkeypatch, **versions):
    """Lets packages seem to be of these versions; None is not installed."""

    def version(name):
        if versions.get(name) is None:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(pretrained.metadata, "version", version)


class TestVersions:
    @pytest.mark.parametrize(
        ("name", "since"),
        [
            ("dpt-large", ""), ("dpt-hybrid", ""), ("glpn-nyu", ""), ("dpt-beit-large", "4.36"),
            ("depth-anything-v1-small", "4.38"), ("zoedepth", "4.43"), ("depth-pro", "4.49"),
        ],
    )  # fmt: skip
    def test_what_an_old_transformers_lacks(self, monkeypatch, name, since):
        installed(monkeypatch, transformers="4.30.2")
        lacking = hub.lacking(hub.HUB_MODELS[name])
        wanted = f"needs transformers {since} or newer, and 4.30.2 is installed" if since else ""
        assert lacking == wanted
        if since:
            with pytest.raises(UnavailableError, match=f"{name} {wanted}"):
                depth.load(name)

    def test_what_only_metres_need(self):
        config = {"depth_estimation_type": "metric"}
        assert families.since("depth_anything", config) == "4.45"
        assert families.since("dpt", {"backbone_config": {"model_type": "swinv2"}}) == "4.37"

    def test_no_transformers(self, monkeypatch, own):
        installed(monkeypatch)
        for name in ("dpt-large", str(own)):
            with pytest.raises(
                UnavailableError, match=r"needs transformers 4.24 or newer, which is not installed"
            ):
                depth.load(name)
        with pytest.raises(UnavailableError, match=r"marigold needs diffusers 0.28 or newer"):
            depth.load("marigold")

    @pytest.mark.parametrize("version", ["4.43.0.dev0", "4.43", "5.0.0rc1", "10.1"])
    def test_new_enough(self, monkeypatch, version):
        installed(monkeypatch, transformers=version)
        assert hub.lacking(hub.HUB_MODELS["zoedepth"]) == ""

    def test_a_folder_for_a_newer_one(self, monkeypatch, own):
        installed(monkeypatch, transformers="4.30.2")
        configured(own, model_type="depth_pro", architectures=["DepthProForDepthEstimation"])
        with pytest.raises(
            UnavailableError, match=r"needs transformers 4.49 or newer, and 4.30.2 is installed"
        ):
            depth.load(str(own))


class TestNames:
    def test_nothing_is_downloaded_unasked(self, monkeypatch, tmp_path):
        monkeypatch.setattr("lib_parallax.weights.hub._fetched", fetched := Fetched())
        for name, id in (("dpt-large", "Intel/dpt-large"), ("owner/model", "owner/model")):
            with pytest.raises(UnavailableError, match=f"`parallax models get {id}` brings it"):
                depth.load(name)
        assert fetched.downloads == [False, False]

    def test_a_folder_in_place_of_the_hub_s(self, folders, tmp_path):
        assert depth.load("dpt-large", "cpu", folders("dpt")).name == "dpt-large"
        with pytest.raises(OptionError, match="is none"):
            depth.load("dpt-large", "cpu", tmp_path / "absent.pth")

    @pytest.mark.parametrize("name", ["dpt-larg", "a/b/c", "/nowhere/at/all", ""])
    def test_what_is_no_name(self, name):
        with pytest.raises(OptionError, match="a hub model as owner/name, or its folder"):
            depth.load(name)

    def test_short_names_are_listed(self):
        assert set(hub.NAMES) <= set(depth.names())


class Fetched:
    def __init__(self):
        self.downloads = []

    def __call__(self, id, revision=None, download=False, **which):
        self.downloads.append(download)
        raise UnavailableError(f"{id} is not here; `parallax models get {id}` brings it")


def test_a_kind_that_nobody_has_tried(own, monkeypatch):
    monkeypatch.delitem(families.FAMILIES, "dpt")
    estimator = TransformersDepth(own, "cpu")
    assert "has not been tried" in estimator.warnings[0] and "inverse depth" in estimator.warnings[0]
    assert estimator.estimate(picture((64, 64))).kind == "relative"


@pytest.mark.parametrize("key", ["dtype", "torch_dtype"])
def test_the_precision_of_the_files_is_not_that_of_the_work(own, key):
    change(own, lambda state: state.update({name: tensor.half() for name, tensor in state.items()}))
    configured(own, dtype=None, torch_dtype=None)
    configured(own, **{key: "float16"})
    estimator = TransformersDepth(own, "cpu")
    estimator.estimate(picture((64, 64)))
    assert {p.dtype for p in estimator._runner._network.parameters()} == {torch.float32}
