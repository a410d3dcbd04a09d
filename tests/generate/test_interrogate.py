"""Captioners: BLIP with random weights of its own configuration, and a tagger whose session is made up."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from lib_parallax import generate
from lib_parallax.errors import OptionError, SourceError, UnavailableError
from lib_parallax.generate import Interrogate
from lib_parallax.generate import interrogate as module
from lib_parallax.generate.around import Around
from lib_parallax.generate.interrogate import names, tagger

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "a", "red", "disc", "on", "blue", "hill"]


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """The folder of captioners, empty; no other is looked at."""
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(module, "HUB", ("nobody/none-large", "nobody/none"))
    (tmp_path / "captioners").mkdir()
    return tmp_path / "captioners"


@pytest.fixture
def sessions(monkeypatch):
    """An onnxruntime whose networks find the tag of the corner's colour; every picture it was shown."""
    seen = []

    class Session:
        def __init__(self, path, providers):
            assert path.endswith("model.onnx") and providers == ["CPUExecutionProvider"]

        def get_inputs(self):
            return [types.SimpleNamespace(name="input", shape=["N", 32, 32, 3])]

        def run(self, outputs, given):
            (pixels,) = given["input"]
            seen.append(pixels)
            middle = pixels[16, 16] > 127  # BGR
            return [np.array([[0.99, 0.5 * middle[2], 0.9 * middle[0], 0.5, 0.9, 0.34]], np.float32)]

    fake = types.ModuleType("onnxruntime")
    fake.InferenceSession = Session
    fake.__spec__ = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)
    return seen


def tags(folder):
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"made up")
    rows = ["general,9", "red_(colour),0", "blue_sky,0", "somebody,4", "^_^,0", "unlikely,0"]
    lines = [f"{number},{row},1" for number, row in enumerate(rows)]
    (folder / "selected_tags.csv").write_text("\n".join(["tag_id,name,category,count", *lines]))


def plain(colour, width=40, height=20):
    return np.full((height, width, 3), colour, np.uint8)


class TestTagger:
    def test_tags_come_as_a_prompt_the_surest_first(self, shelf, sessions):
        tags(shelf / "wd")
        generator = generate.load("classical")
        assert names() == ("wd",)
        assert generator.interrogate(Interrogate(plain((200, 0, 0)))) == r"^_^, red \(colour\)"
        assert generator.interrogate(Interrogate(plain((0, 0, 200)), "wd")) == "blue sky, ^_^"

    def test_the_picture_is_whole_on_white_in_bgr(self):
        seen = tagger.prepared(plain((10, 20, 30)), 32)
        assert seen.shape == (32, 32, 3) and seen.dtype == np.float32
        assert (seen[16, 16] == (30, 20, 10)).all() and (seen[0] == 255).all() and (seen[-1] == 255).all()

    def test_a_table_of_another_network_is_told(self, shelf, sessions):
        tags(shelf / "wd")
        (shelf / "wd" / "selected_tags.csv").write_text("tag_id,name,category,count\n1,one,0,1\n")
        with pytest.raises(SourceError, match="6 outputs, and 1 tags"):
            generate.load("classical").interrogate(Interrogate(plain(0)))

    def test_what_it_needs_is_named(self, shelf, monkeypatch):
        tags(shelf / "wd")
        monkeypatch.setattr(module, "find_spec", lambda name: None)
        assert names() == ()
        with pytest.raises(UnavailableError, match="`pip install onnxruntime`"):
            generate.load("classical").interrogate(Interrogate(plain(0), "wd"))


class TestBlip:
    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
        folder = tmp_path_factory.mktemp("hub") / "blip"
        small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
        text = {
            **small, "vocab_size": len(WORDS), "projection_dim": 16, "encoder_hidden_size": 16,
            "max_position_embeddings": 64, "bos_token_id": 5, "eos_token_id": 3, "sep_token_id": 3,
            "pad_token_id": 0,
        }  # fmt: skip
        vision = {**small, "image_size": 32, "patch_size": 8}
        config = transformers.BlipConfig(text_config=text, vision_config=vision, projection_dim=16)
        with torch.random.fork_rng():
            torch.manual_seed(5)
            model = transformers.BlipForConditionalGeneration(config)
            for parameter in model.parameters():
                torch.nn.init.normal_(parameter, std=0.5)
            # words alone, and an end
            bias = model.text_decoder.cls.predictions.decoder.bias
            bias.data[:] = torch.tensor([-999.0] * 6 + [0.0] * 6)
        model.save_pretrained(folder)
        (folder / "vocab.txt").write_text("\n".join(WORDS))
        (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
        return folder

    def test_it_says_words_and_always_the_same(self, shelf, folder):
        generator = generate.load("classical", device="cpu")
        assert generator.interrogate(Interrogate(plain((200, 0, 0)))).startswith("a ")  # by colours alone
        request = Interrogate(plain((200, 0, 0)), str(folder))
        said = generator.interrogate(request)
        assert said.split() and set(said.split()) <= set(WORDS[6:])
        assert generator.interrogate(request) == said
        (shelf / "mine").symlink_to(folder)
        assert names() == ("mine",)
        assert generator.interrogate(Interrogate(plain((200, 0, 0)))) == said

    def test_the_network_sees_what_transformers_would_show_it(self, folder):
        from transformers import BlipImageProcessor

        from lib_parallax.generate.interrogate.blip import prepared

        y, x = np.mgrid[:32, :32]
        image = np.stack([x * 8, y * 8, 255 - x * 8], axis=2).astype(np.uint8)
        wanted = BlipImageProcessor(size={"height": 32, "width": 32})(image, return_tensors="np")
        assert np.abs(prepared(image, 32) - wanted["pixel_values"][0]).max() < 1e-4

    def test_diffusers_has_it_too(self, shelf, folder, data):
        pytest.importorskip("diffusers")
        model = str(data / "diffusers-models" / "tiny-sd15")
        generator = generate.load("diffusers", model=model, device="cpu")
        assert not generator.capabilities().interrogate
        with pytest.raises(UnavailableError, match="`parallax models get nobody/none` brings BLIP"):
            generator.interrogate(Interrogate(plain(0)))
        (shelf / "mine").symlink_to(folder)
        assert generator.capabilities().interrogate
        assert generator.interrogate(Interrogate(plain(0))).split()

    def test_damage_is_told(self, shelf, folder):
        import shutil

        shutil.copytree(folder, shelf / "broken")
        (shelf / "broken" / "model.safetensors").write_bytes(b"nothing")
        with pytest.raises(SourceError):
            generate.load("classical").interrogate(Interrogate(plain(0), "broken"))


def test_a_name_that_means_nothing(shelf):
    with pytest.raises(OptionError, match="'nowhere' is no folder here"):
        generate.load("classical").interrogate(Interrogate(plain(0), "nowhere"))
    with pytest.raises(UnavailableError, match="parallax models get some/model"):
        generate.load("classical").interrogate(Interrogate(plain(0), "some/model"))
    (shelf / "empty").mkdir()
    with pytest.raises(OptionError, match="neither BLIP nor a tagger"):
        generate.load("classical").interrogate(Interrogate(plain(0), "empty"))
    assert isinstance(generate.load("classical"), Around)
