"""Real-ESRGAN against the official definitions, in tiles, at odd sizes, and what goes wrong."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import safetensors.numpy
import torch
from tiny_esrgan import COMPACT, GOLDEN, RRDB, SIZE, picture, seeded, shapes_of

from lib_parallax import generate
from lib_parallax.errors import Cancelled, OptionError, ParallaxError, UnavailableError
from lib_parallax.generate import Upscale, upscaling
from lib_parallax.generate.esrgan import NETWORKS, Upscaler
from lib_parallax.generate.esrgan.compact import CompactNet
from lib_parallax.generate.esrgan.rrdb import RrdbNet
from lib_parallax.generate.esrgan.tiles import OVERLAP, spans, tiled
from lib_parallax.generate.esrgan.upscaler import Network
from lib_parallax.generate.upscaling import Upscaling
from lib_parallax.types import CancelToken
from lib_parallax.weights import CATALOGUE
from lib_parallax.weights.network import built

TINY = {
    "tiny-x4": Network(lambda: RrdbNet(4, 2, 8, 4), 4),
    "tiny-x2": Network(lambda: RrdbNet(2, 2, 8, 4), 2, 2),
    "tiny-compact": Network(lambda: CompactNet(4, 3, 8), 4),
}
ALL = {**NETWORKS, **TINY}


def weights(network: Network) -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        shapes = shapes_of(network.make())
    return {name: torch.from_numpy(value) for name, value in seeded(shapes).items()}


def upscaler(name: str, **more) -> Upscaler:
    network = ALL[name]
    return Upscaler(network, more.pop("weights", None) or weights(network), "cpu", **more)


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as kept:
        return dict(kept)


class TestOfficial:
    @pytest.mark.parametrize("name", [*RRDB, *COMPACT])
    def test_same_weights_same_picture(self, golden, name):
        network = built(ALL[name].make, weights(ALL[name]), name)
        pixels = torch.from_numpy(picture(SIZE)).permute(2, 0, 1)[None].float() / 255
        found = network(pixels)[0].permute(1, 2, 0).numpy()
        assert np.abs(found - golden[name]).max() < 1e-5 * np.ptp(golden[name])
        assert ALL[name].scale == len(found) / SIZE[1]

    def test_same_parameters(self, golden):
        for name, wanted in json.loads(str(golden["parameters"])).items():
            with torch.device("meta"):
                ours = shapes_of(ALL[name].make())
            assert ours == {key: tuple(shape) for key, shape in wanted.items()}, name

    def test_as_large_as_the_catalogue_says(self):
        upscalers = {n: w for n, w in CATALOGUE.items() if w.kind == "upscaling"}
        assert set(upscalers) == set(NETWORKS)
        for name, entry in upscalers.items():
            with torch.device("meta"):
                numbers = sum(t.numel() for t in NETWORKS[name].make().state_dict().values())
            assert numbers == entry.parameters
            # what is left is the archive's own: some 350 bytes a tensor
            assert 0 < entry.size - 4 * numbers < 0.01 * entry.size

    def test_as_bytes(self, golden):
        wanted = np.rint(golden["tiny-compact"].clip(0, 1) * 255)
        assert np.abs(upscaler("tiny-compact").upscale(picture(SIZE)) - wanted).max() <= 1

    @pytest.mark.parametrize("key", ["params_ema", "params"])
    def test_a_file_as_it_is_published(self, tmp_path, key):
        tensors, image = weights(TINY["tiny-x2"]), picture((9, 7))
        torch.save({key: tensors}, tmp_path / "net.pth")
        found = upscaler("tiny-x2", weights=tmp_path / "net.pth").upscale(image)
        assert np.array_equal(found, upscaler("tiny-x2").upscale(image))


class TestTiles:
    @pytest.mark.parametrize("name", ["tiny-x4", "tiny-x2", "tiny-compact", "realesrgan-x4plus-anime-6b"])
    @torch.no_grad()
    def test_as_the_whole(self, name):
        network, image = built(ALL[name].make, weights(ALL[name]), name), picture((150, 100))

        def look(tile):
            pixels = torch.from_numpy(np.ascontiguousarray(tile)).permute(2, 0, 1)[None].float() / 255
            return network(pixels)[0].permute(1, 2, 0).numpy()

        if name not in TINY:
            image = image[:40, :140]
        found = np.concatenate(list(tiled(image, ALL[name].scale, 96, look)))
        assert np.abs(found - look(image)).max() < 1e-3

    def test_neighbours_that_differ_leave_no_edge(self):
        """Every tile is one brightness: what comes out goes from one to the next little by little."""
        count = iter(range(100))
        tiles = tiled(
            np.zeros((150, 150, 3)),
            2,
            96,
            lambda t: np.full((2 * t.shape[0], 2 * t.shape[1], 3), next(count)),
        )
        made = np.concatenate(list(tiles))
        assert made.shape == (300, 300, 3) and made[0, 0, 0] == 0 and made[-1, -1, 0] == 8
        assert np.abs(np.diff(made[..., 0], axis=1)).max() < 0.04
        assert np.abs(np.diff(made[..., 0], axis=0)).max() < 0.1

    @pytest.mark.parametrize("length", [1, 95, 96, 97, 128, 129, 1000])
    def test_they_cover_a_side(self, length):
        found = spans(length, 96)
        assert found[0][0] == 0 and found[-1][1] == length
        assert all(end - begin == 96 for begin, end in found[:-1]) and 0 < length - found[-1][0] <= 96
        assert all(a[1] - b[0] == OVERLAP < b[1] - b[0] for a, b in pairwise(found))

    @pytest.mark.parametrize("size", [(1, 1), (1, 50), (7, 3), (131, 99)])
    @pytest.mark.parametrize("name", TINY)
    def test_any_size(self, name, size):
        image, made = picture(size), upscaler(name, side=96)
        found = made.upscale(image)
        assert found.dtype == np.uint8
        assert found.shape == (size[1] * made.scale, size[0] * made.scale, 3)

    def test_cancel_between_two(self):
        token, image = CancelToken(), picture((131, 99))
        made = upscaler("tiny-x4", side=96)
        run, seen = made._runner.run, []

        def once(job):
            seen.append(1)
            token.cancel()
            return run(job)

        made._runner.run = once
        with pytest.raises(Cancelled):
            made.upscale(image, token)
        assert len(seen) == 1


class TestWhatGoesWrong:
    def test_half_that_overflows(self):
        large = weights(TINY["tiny-compact"])
        large["body.0.weight"] = large["body.0.weight"] * 1e6
        large["body.2.weight"] = large["body.2.weight"] / 1e6
        image = picture((20, 20))
        half, full = (upscaler("tiny-compact", weights=large, dtype=d) for d in ("float16", "float32"))
        assert np.array_equal(half.upscale(image), full.upscale(image))
        assert "float32 did them again" in half.warnings[0] and not full.warnings

    def test_half_is_near(self):
        image = picture((20, 20))
        half, full = (upscaler("tiny-x4", dtype=d).upscale(image) for d in ("float16", "float32"))
        assert np.abs(half.astype(int) - full).max() <= 2

    def test_memory_for_half_a_tile(self):
        made, image = upscaler("tiny-x4", side=200), picture((150, 120))
        run, wanted = made._runner.run, made.upscale(image)

        def short(job):
            def narrow(network):
                network.register_forward_pre_hook(too_large)
                return job(network)

            return run(narrow)

        def too_large(network, pictures):
            if pictures[0].shape[-1] > 100:
                raise MemoryError

        made._runner.run = short
        assert np.abs(made.upscale(image).astype(int) - wanted).max() <= 1
        assert made.warnings == ["an upscaler: memory ran out; tiles are 100 pixels from here on"]
        image = picture((101, 101))
        made._side = 101
        with pytest.raises(ParallaxError, match="even for tiles of 101 pixels"):
            made.upscale(image)

    def test_the_weights_of_another(self, tmp_path):
        torch.save({"params": weights(TINY["tiny-compact"])}, tmp_path / "net.pth")
        with pytest.raises(ParallaxError) as caught:
            Upscaler("realesrgan-x4plus", tmp_path / "net.pth", "cpu").upscale(picture(SIZE))
        path = tmp_path / "net.pth"
        assert str(caught.value) == (
            f"{path} does not hold the weights of realesrgan-x4plus: conv_first.weight is missing"
        )

    def test_the_anime_network_in_place_of_the_large_one(self):
        small = weights(NETWORKS["realesrgan-x4plus-anime-6b"])
        with pytest.raises(
            ParallaxError, match=r"realesrgan-x4plus: body\.6\.rdb1\.conv1\.weight is missing"
        ):
            Upscaler("realesrgan-x4plus", small, "cpu").upscale(picture(SIZE))

    def test_an_unknown_name(self, tmp_path):
        with pytest.raises(OptionError, match="known are realesrgan-x4plus"):
            Upscaler("esrgan", {})
        with pytest.raises(ParallaxError, match="there is no file of weights"):
            Upscaler("realesrgan-x4plus", tmp_path / "none.pth")


class TestInAGenerator:
    @pytest.fixture
    def models(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path))
        return tmp_path

    def bring(self, folder, name, file):
        tensors = {key: value.numpy() for key, value in weights(NETWORKS[name]).items()}
        safetensors.numpy.save_file(tensors, folder / f"{file}.safetensors")

    def test_without_weights_it_is_lanczos_and_says_so(self, models):
        import cv2

        generator, image = generate.load("classical"), picture((9, 7))
        assert generator.capabilities().upscalers == ("lanczos",)
        assert generator.note.endswith("by Lanczos: no upscaler for photographs has its weights here")
        found = generator.upscale(Upscale(image, 2.5))
        assert np.array_equal(found, cv2.resize(image, (22, 18), interpolation=cv2.INTER_LANCZOS4))

    def test_how_weights_that_are_missing_come_here(self, models):
        request = Upscale(picture(SIZE), 2, "realesrgan-x2plus")
        with pytest.raises(UnavailableError, match="`parallax models get realesrgan-x2plus` brings them"):
            generate.load("classical").upscale(request)

    def test_with_weights_the_network_is_the_best(self, models):
        self.bring(models, "realesr-general-x4v3", "realesr-general-x4v3")
        generator, image = generate.load("classical", device="cpu"), picture(SIZE)
        assert generator.capabilities().upscalers == ("lanczos", "realesr-general-x4v3")
        assert "pictures are enlarged by realesr-general-x4v3" in generator.note
        whole = upscaler("realesr-general-x4v3").upscale(image)
        assert np.array_equal(generator.upscale(Upscale(image, 4)), whole)
        assert np.array_equal(generator.upscale(Upscale(image, 4, "realesr-general-x4v3")), whole)
        assert not np.array_equal(generator.upscale(Upscale(image, 4, "lanczos")), whole)

    @pytest.fixture
    def listed(self, monkeypatch):
        """Weights that are looked for and never read."""
        monkeypatch.setattr(upscaling, "find", lambda name: None if "anime" in name else name)

    def test_the_device_decides_what_is_best(self, listed, monkeypatch):
        assert "by realesr-general-x4v3, the quickest here for the CPU" in Upscaling("cpu").note
        monkeypatch.setattr(upscaling, "chosen_device", lambda name: torch.device("cuda"))
        assert Upscaling("cuda").note == "pictures are enlarged by realesrgan-x4plus"

    def test_on_the_cpu_nobody_waits_unasked(self, listed, monkeypatch):
        used = []

        class Told:
            def upscale(self, image, cancel):
                return used.append(image.shape) or image

        monkeypatch.setattr(upscaling, "BEST", ("realesrgan-x4plus",))
        monkeypatch.setattr(Upscaling, "_network", lambda self, name: Told())
        small, large = np.zeros((256, 256, 3), np.uint8), np.zeros((512, 512, 3), np.uint8)
        made = Upscaling("cpu")
        assert "larger than about 313x313 by Lanczos" in made.note
        for image in (small, large):
            assert made.upscale(Upscale(image, 2), CancelToken()).shape == (
                *(2 * n for n in image.shape[:2]),
                3,
            )
        assert used == [small.shape]
        made.upscale(Upscale(large, 2, "realesrgan-x4plus"), CancelToken())
        assert used == [small.shape, large.shape]

    @pytest.mark.parametrize("scale", [0.5, 1, 1.3, 2, 3.99, 6.1])
    def test_any_scale_is_exact_and_shows_the_same(self, models, scale):
        self.bring(models, "realesr-general-x4v3", "realesr-general-x4v3")
        image = picture((31, 17))
        found = generate.load("classical", device="cpu").upscale(Upscale(image, scale))
        assert found.shape == (round(17 * scale), round(31 * scale), 3)
        if scale > 1:
            whole = upscaler("realesr-general-x4v3").upscale(image)
            assert np.abs(found.mean((0, 1)) - whole.mean((0, 1))).max() < 2

    def test_drawings_have_networks_by_name_alone(self, models):
        self.bring(models, "realesr-animevideov3", "realesr-animevideov3")
        generator = generate.load("classical")
        assert generator.note.endswith("by Lanczos: no upscaler for photographs has its weights here")
        assert generator.capabilities().upscalers == ("lanczos", "realesr-animevideov3")
        image = picture(SIZE)
        drawn = generator.upscale(Upscale(image, 4, "realesr-animevideov3"))
        assert np.array_equal(drawn, upscaler("realesr-animevideov3").upscale(image))
        assert not np.array_equal(generator.upscale(Upscale(image, 4)), drawn)
