"""Masks from words: tiny networks of the real kinds with random weights, against transformers' own way."""

from __future__ import annotations

import json
from importlib import metadata

import numpy as np
import pytest
import tiny_segmenters as tiny

from lib_parallax import segment
from lib_parallax.errors import OptionError, ParallaxError, SourceError, UnavailableError
from lib_parallax.segment import grounded
from lib_parallax.segment.kinds import tokenizer
from lib_parallax.segment.words import checked, sentences

transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

PROMPTS = ["sky", "red hill", "a disc on blue"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Folders of a tiny CLIPSeg, detector and SAM."""
    folder = tmp_path_factory.mktemp("hub")
    tiny.clipseg(folder / "clipseg")
    tiny.detector(folder / "detector")
    tiny.masker(folder / "masker")
    return folder


@pytest.fixture
def shelf(hub, monkeypatch):
    """What lies here of the hub's models: a dict from their names to folders, empty."""
    there = {}

    def require(name):
        if name not in there:
            raise UnavailableError(f"{name} is not here; `parallax models get {name}` brings it")
        return there[name]

    monkeypatch.setattr(segment, "require_hub", require)
    return there


@pytest.fixture
def boxes(hub, monkeypatch):
    monkeypatch.setattr(grounded, "SHORT", 64)
    monkeypatch.setattr(grounded, "LONG", 160)
    return grounded.Boxes(hub / "detector", "tiny", "cpu")


def picture(width=120, height=80, dtype=np.uint8):
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, np.iinfo(dtype).max, (height // 8 + 1, width // 8 + 1, 3), dtype=dtype)
    return coarse.repeat(8, 0).repeat(8, 1)[:height, :width]


def copied(folder, to, state=None, **config):
    """A model's folder with some of its tensors or its configuration changed."""
    import shutil

    from safetensors.torch import load_file, save_file

    shutil.copytree(folder, to)
    if state:
        tensors = load_file(to / "model.safetensors")
        state(tensors)
        save_file(tensors, to / "model.safetensors")
    given = json.loads((to / "config.json").read_text())
    (to / "config.json").write_text(json.dumps({**given, **config}))
    return to


class TestWords:
    def test_prompts_are_read_as_the_detector_was_trained(self, hub):
        words = tokenizer(hub / "detector", "tiny")
        (made,) = sentences(checked([" Sky.", "red  HILL", "a disc. a hill"]), words, 256)
        assert made.ids == words("sky. red hill. a disc. a hill.")["input_ids"]
        said = [[words.decode([made.ids[i]]).strip() for i in span] for span in made.spans]
        assert said == [["sky"], ["red", "hill"], ["a", "disc", "a", "hill"]]

    def test_many_prompts_become_several_texts(self, hub):
        words = tokenizer(hub / "detector", "tiny")
        made = sentences(["red hill"] * 7 + ["blue " * 40], words, 12)
        assert [s.prompts for s in made] == [[0, 1, 2], [3, 4, 5], [6], [7]]
        assert all(len(s.ids) <= 12 and s.ids[0] == tiny.CLS and s.ids[-1] == tiny.SEP for s in made)

    @pytest.mark.parametrize("prompt", ["", "  ", ".", "?!"])
    def test_a_prompt_without_words(self, hub, prompt):
        for name in ("clipseg", f"detector+{hub / 'masker'}"):
            with pytest.raises(OptionError, match="has no words"):
                segment.load(str(hub / name), "cpu").masks(picture(), ["sky", prompt])


class TestClipSeg:
    @pytest.mark.parametrize("size", [(120, 80), (1, 1), (64, 64), (33, 200)])
    def test_a_mask_a_prompt_in_the_picture_s_size(self, hub, size):
        found = segment.load(str(hub / "clipseg"), "cpu").masks(picture(*size), PROMPTS)
        assert found.shape == (3, size[1], size[0]) and found.dtype == np.float32
        assert found.min() >= 0 and found.max() <= 1

    def test_masks_follow_the_prompts_alone_or_together(self, hub):
        segmenter = segment.load(str(hub / "clipseg"), "cpu")
        many = ["sky", "hill", "red", "blue disc", "on", "a"]
        together = segmenter.masks(picture(), many)
        for prompt, mask in zip(many, together, strict=True):
            assert np.abs(segmenter.masks(picture(), [prompt])[0] - mask).max() < 1e-4
        assert np.ptp(together, axis=0).max() > 0.01
        assert segmenter.masks(picture(), []).shape == (0, 80, 120)

    def test_as_transformers_does_it(self, hub):
        image = picture(64, 64)
        model = transformers.CLIPSegForImageSegmentation.from_pretrained(hub / "clipseg").eval()
        words = transformers.CLIPTokenizer.from_pretrained(hub / "clipseg")
        seen = (image / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        pixels = torch.from_numpy(seen.transpose(2, 0, 1)[None].astype(np.float32))
        given = words(["red hill"], return_tensors="pt")
        with torch.no_grad():
            wanted = torch.sigmoid(model(**given, pixel_values=pixels).logits).numpy().reshape(64, 64)
        made = segment.load(str(hub / "clipseg"), "cpu").masks(image, ["Red hill"])[0]
        assert np.abs(made - wanted).max() < 1e-4

    def test_sixteen_bits(self, hub):
        segmenter = segment.load(str(hub / "clipseg"), "cpu")
        narrow = segmenter.masks(picture(), PROMPTS)
        assert np.abs(segmenter.masks(picture().astype(np.uint16) * 257, PROMPTS) - narrow).max() < 1e-4


class TestBoxes:
    def test_they_lie_in_the_picture_and_each_fits_one_prompt(self, boxes, monkeypatch):
        monkeypatch.setattr(grounded, "SURE", 0.0)
        found = boxes.of(picture(), PROMPTS)
        assert len(found) == 3 and sum(map(len, found)) == 20  # every query of the network
        every = np.concatenate(found)
        assert (every[:, :2] >= 0).all() and (every[:, 2] <= 120).all() and (every[:, 3] <= 80).all()
        assert (every[:, 2:] >= every[:, :2]).all()

    def test_as_transformers_does_it(self, hub, boxes):
        """The boxes that the model itself gives for the text, scaled to the picture."""
        model = transformers.GroundingDinoForObjectDetection.from_pretrained(hub / "detector").eval()
        words = tokenizer(hub / "detector", "tiny")
        image = picture(96, 64)
        seen = (image / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        pixels = torch.from_numpy(seen.transpose(2, 0, 1)[None].astype(np.float32))
        with torch.no_grad():
            out = model(pixel_values=pixels, **words("red hill.", return_tensors="pt"))
        keep = torch.sigmoid(out.logits[0, :, 1:3]).amax(1).numpy() > grounded.SURE
        x, y, w, h = out.pred_boxes[0].numpy()[keep].T
        wanted = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], 1).clip(0, 1) * [96, 64, 96, 64]
        (made,) = boxes.of(image, ["red hill"])
        assert keep.any() and np.abs(made - wanted).max() < 1e-2

    @pytest.mark.parametrize(
        ("size", "wanted"), [((1920, 1080), (1333, 750)), ((600, 600), (800, 800)), ((9000, 3), (1333, 1))]
    )
    def test_the_size_at_which_it_looks(self, size, wanted):
        assert grounded.detector_size(size) == wanted


class TestMasks:
    def test_as_transformers_does_it(self, hub):
        image = picture(128, 96)
        model = transformers.SamModel.from_pretrained(hub / "masker").eval()
        seen = np.zeros((1, 3, 128, 128), np.float32)
        scaled = (image / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        seen[0, :, :96] = scaled.transpose(2, 0, 1)
        box = np.array([[20, 30, 70, 80]], np.float32)
        with torch.no_grad():
            out = model(torch.from_numpy(seen), input_boxes=torch.tensor(box)[None], multimask_output=False)
        logits = torch.nn.functional.interpolate(out.pred_masks[0], (128, 128), mode="bilinear")
        made = grounded.Masks(hub / "masker", "tiny", "cpu").of(image, [box])
        assert np.abs(made[0] - torch.sigmoid(logits)[0, 0, :96].numpy()).max() < 1e-4

    def test_a_mask_is_what_any_of_its_boxes_holds(self, hub):
        masker = grounded.Masks(hub / "masker", "tiny", "cpu")
        one, two = (np.array([box], np.float32) for box in ((5, 5, 40, 60), (60, 10, 110, 70)))
        nothing = np.zeros((0, 4), np.float32)
        apart = masker.of(picture(), [one, nothing, two])
        (both,) = masker.of(picture(), [np.concatenate([one, two])])
        assert not apart[1].any() and apart.shape == (3, 80, 120)
        assert (both >= np.maximum(apart[0], apart[2]) - 1e-4).all() and np.ptp(apart[0]) > 0

    def test_order_and_count_follow_the_prompts(self, hub, boxes, monkeypatch):
        """Every prompt is found somewhere else, and its mask is that place's."""
        places = {"sky": (0.25, 0.25, 0.3, 0.3), "hill": (0.7, 0.6, 0.4, 0.2)}
        words = tokenizer(hub / "detector", "tiny")

        def detected(network, pixels, sentence):
            rows = torch.zeros(len(places), 4 + len(sentence.ids))
            for row, (word, box) in enumerate(places.items()):
                rows[row, :4] = torch.tensor(box)
                (number,) = words(word, add_special_tokens=False)["input_ids"]
                for at, token in enumerate(sentence.ids):
                    rows[row, 4 + at] = 0.9 if token == number else 0.1
            return rows

        monkeypatch.setattr(grounded, "_detected", detected)
        segmenter = segment.load(f"{hub / 'detector'}+{hub / 'masker'}", "cpu")
        masker = grounded.Masks(hub / "masker", "tiny", "cpu")
        prompts = ["disc", "hill", "blue", "sky"]
        found = segmenter.masks(picture(), prompts)
        assert [bool(mask.any()) for mask in found] == [False, True, False, True]
        sky = np.array([[0.1 * 120, 0.1 * 80, 0.4 * 120, 0.4 * 80]], np.float32)
        assert np.abs(found[3] - masker.of(picture(), [sky])[0]).max() < 1e-4
        back = segmenter.masks(picture(), prompts[::-1])
        assert np.array_equal(back[::-1], found)


class TestLoad:
    def test_the_best_that_is_here(self, hub, shelf):
        shelf["clipseg"] = hub / "clipseg"
        assert segment.load(device="cpu").name == "clipseg"
        shelf["grounding-dino-tiny"] = hub / "detector"
        assert segment.load(device="cpu").name == "clipseg"
        with pytest.raises(UnavailableError, match=r"no SAM is here .* `parallax models get sam-base`"):
            segment.load("grounding-dino-tiny")
        shelf["sam-large"] = hub / "masker"
        best = segment.load(device="cpu")
        assert best.name == "grounding-dino-tiny+sam-large" and "grounding-dino-tiny" in best.note
        assert segment.load("grounding-dino-tiny", "cpu").name == best.name
        assert best.masks(picture(40, 30), ["sky"]).shape == (1, 30, 40)

    def test_nothing_is_here(self, shelf):
        with pytest.raises(UnavailableError, match="`parallax models get clipseg` brings"):
            segment.load()
        for name in ("clipseg", "someone/clipseg", "grounding-dino-base+sam-huge"):
            with pytest.raises(UnavailableError, match="parallax models get"):
                segment.load(name)

    def test_nothing_is_downloaded(self, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(UnavailableError, match="`parallax models get nobody/clipseg` brings it"):
            segment.load("nobody/clipseg")

    def test_names_that_mean_nothing(self, hub, shelf):
        for name in ("", "clipse", "sam+", "+sam-base"):
            with pytest.raises(OptionError, match="is unknown; known are auto, clipseg"):
                segment.load(name)
        with pytest.raises(OptionError, match=r"name a detector with it, as in grounding-dino-tiny\+"):
            segment.load(str(hub / "masker"))
        with pytest.raises(OptionError, match="is of the kind clipseg, where one of sam is needed"):
            segment.load(f"{hub / 'detector'}+{hub / 'clipseg'}")

    def test_what_an_old_transformers_lacks(self, hub, monkeypatch, shelf):
        monkeypatch.setattr(metadata, "version", lambda package: "4.30.2")
        old = "needs transformers 4.40 or newer, and 4.30.2 is installed"
        for name in ("grounding-dino-tiny+sam-base", f"{hub / 'detector'}+{hub / 'masker'}"):
            with pytest.raises(UnavailableError, match=old):
                segment.load(name)
        assert segment.load(str(hub / "clipseg"), "cpu").masks(picture(8, 8), ["a"]).shape == (1, 8, 8)

    def test_without_transformers(self, monkeypatch, shelf):
        def version(package):
            raise metadata.PackageNotFoundError(package)

        monkeypatch.setattr(metadata, "version", version)
        with pytest.raises(UnavailableError, match=r"words needs transformers 4.25 or newer, which is not"):
            segment.load()

    def test_short_names_are_no_depth_models(self):
        from lib_parallax import depth

        assert not {"clipseg", "sam-base", "grounding-dino-tiny"} & set(depth.names())
        with pytest.raises(OptionError, match="unknown depth model"):
            depth.load("sam-base")


class TestDamage:
    def test_a_folder_of_another_model(self, hub, tmp_path):
        other = copied(hub / "clipseg", tmp_path / "other", model_type="dpt")
        with pytest.raises(SourceError, match=r"finds nothing by words: its config.json says 'dpt'"):
            segment.load(str(other))

    def test_files_that_are_missing(self, hub, tmp_path):
        bare = copied(hub / "clipseg", tmp_path / "bare")
        (bare / "model.safetensors").unlink()
        with pytest.raises(UnavailableError, match=r"has neither model.safetensors"):
            segment.load(str(bare))
        (bare / "config.json").unlink()
        with pytest.raises(SourceError, match=r"has no config.json"):
            segment.load(str(bare))

    def test_tensors_of_another_shape(self, hub, tmp_path):
        cut = lambda state: state.update({key: value[:1] for key, value in state.items()})  # noqa: E731
        wrong = copied(hub / "masker", tmp_path / "wrong", cut)
        with pytest.raises(SourceError, match="cannot be built from these files"):
            grounded.Masks(wrong, "wrong", "cpu").of(picture(), [np.array([[0, 0, 9, 9]], np.float32)])

    def test_parameters_that_are_missing(self, hub, tmp_path):
        key = "vision_encoder.patch_embed.projection.weight"
        part = copied(hub / "masker", tmp_path / "part", lambda s: s.pop(key))
        with pytest.raises(ParallaxError, match="its weights may be damaged"):
            grounded.Masks(part, "part", "cpu").of(picture(), [np.array([[0, 0, 9, 9]], np.float32)])
