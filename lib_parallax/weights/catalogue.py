"""Every network whose official weights Parallax can fetch: address, size, sha256, licence.

Addresses are those of the authors' own pages (github.com/DepthAnything/Depth-Anything-V2,
github.com/DepthAnything/Video-Depth-Anything and github.com/xinntao/Real-ESRGAN), and for RAFT those
in torchvision (github.com/pytorch/vision), whose files bear the first digits of their hash. Sizes and hashes
of the depth networks are those that the hub states; each, theirs or not, was found alike in at
least two projects that pin it. Where an entry has no hash, the one of the first download is
recorded and every later look compares with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import OptionError, meant

HUB = "https://huggingface.co/depth-anything"
ESRGAN = "https://github.com/xinntao/Real-ESRGAN/releases/download"
TORCHVISION = "https://download.pytorch.org/models"
APACHE, BSD, NON_COMMERCIAL = "Apache-2.0", "BSD-3-Clause", "CC-BY-NC-4.0"
FINE_TUNED = (
    "its page does not state one licence clearly; it is fine-tuned from weights under CC-BY-NC-4.0, so it "
    "is treated as non-commercial"
)


@dataclass(frozen=True)
class Weights:
    """One file of weights.

    parameters  how many numbers the network has.
    commercial  whether the licence allows commercial use; where it does not, a yes is asked for once.
    sha256      of the file, lower-case hex; None where nobody states it (see the module's text).
    size        of the file in bytes, or None.
    note        what else one should know of the licence.
    """

    name: str
    title: str
    kind: str
    parameters: int
    licence: str
    commercial: bool
    address: str
    sha256: str | None = None
    size: int | None = None
    note: str = ""

    @property
    def file(self) -> str:
        """The file's own name, under which it is kept."""
        return self.address.partition("?")[0].rpartition("/")[2]

    @property
    def size_text(self) -> str:
        return "unknown size" if self.size is None else spell_size(self.size)


def spell_size(size: int) -> str:
    """99 MB, 1.34 GB: decimal units, as download pages count."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= scale:
            return f"{size / scale:.2f} {unit}" if unit == "GB" else f"{size / scale:.0f} {unit}"
    return f"{size} bytes"


_SIZES = {"small": ("vits", 24_800_000), "base": ("vitb", 97_500_000), "large": ("vitl", 335_300_000)}
_VIDEO_SIZES = {"small": ("vits", 28_400_000), "base": ("vitb", 113_100_000), "large": ("vitl", 381_800_000)}

# (bytes, sha256) by size of the network
_STILL = {
    "small": (99_218_434, "715fade13be8f229f8a70cc02066f656f2423a59effd0579197bbf57860e1378"),
    "base": (389_961_218, "0d2b7002e62d39d655571c371333340bd88f67ab95050c03591555aa05645328"),
    "large": (1_341_395_338, "a7ea19fa0ed99244e67b624c72b8580b7e9553043245905be58796a608eb9345"),
}
_INDOOR = {
    "small": (99_222_290, "b782898d8a3e8be1f639de33837ed85e9b4b73e40f8f5e5cd99067588d722545"),
    "base": (389_965_138, "9dc9e274c5eff55c6daf27b660c0ced0eca4e8593a6da90cdcb04d2b4d3f3fa2"),
    "large": (1_341_401_882, "6f82ff2bc543ac02ddff4aa31fa363676a8305dd3ccf04e80e2af115a044cb6d"),
}
_OUTDOOR = {
    "small": (99_221_808, "9203e538d35255c90dda4b7fedb47ff33fe725497bcca3b1e53b3a65ee63f0cb"),
    "base": (389_964_656, "4dad67a7cc10b462bca48e6b8569c762b8eb3c1adada170a3851a6d3ba37bb3e"),
    "large": (1_341_401_064, "239b1054a369e66da2576e9a118d6d7c12d90dc8ebe609579a9a09cd8e05fe38"),
}
_VIDEO = {
    "small": (116_440_756, "13379300b739e659f076a59d52e9801bd8d38c541a7e71f73bbca4dcfb013609"),
    "base": (458_247_082, "775e578e8f9431ec0496514aa466bd0a1f67c28d0f518267809f35a43c04329b"),
    "large": (1_538_392_012, "43df27c6b396042ba34ff7b798ab279f64d204d2e86d7a373968f8fa36d0e6fa"),
}
_METRIC_VIDEO = {
    "small": (116_444_063, "3c28432b4e1f0d7bb31cad5151b6313b49457db5aa58d82e85bfb0f8b1311b33"),
    "base": (458_249_567, "f6f58576b9680a112f2428d4f39aff92656d3ae85745b0164675ace8d5b1fade"),
    "large": (1_538_348_216, "24eba25342e7ee0f054be25da6a852ebd7cfa40cd6bf41a353ecb6abfe24e620"),
}


def _still(name: str, title: str, page: str, file: str, files: dict[str, tuple[int, str]]) -> list[Weights]:
    metric = files is not _STILL
    return [
        Weights(
            name=f"{name}-{size}",
            title=f"{title}, {size}",
            kind="depth",
            parameters=_SIZES[size][1],
            licence=APACHE if size == "small" else NON_COMMERCIAL,
            commercial=size == "small",
            address=f"{HUB}/{page}-{size.capitalize()}/resolve/main/{file}_{_SIZES[size][0]}.pth",
            sha256=sha256,
            size=length,
            note=FINE_TUNED if metric and size != "small" else "",
        )
        for size, (length, sha256) in files.items()
    ]


def _video(name: str, title: str, page: str, file: str, files: dict[str, tuple[int, str]]) -> list[Weights]:
    return [
        Weights(
            name=f"{name}-{size}",
            title=f"{title}, {size}",
            kind="video depth",
            parameters=_VIDEO_SIZES[size][1],
            licence=APACHE if size == "small" else NON_COMMERCIAL,
            commercial=size == "small",
            address=f"{HUB}/{page}-{size.capitalize()}/resolve/main/{file}_{_VIDEO_SIZES[size][0]}.pth",
            sha256=sha256,
            size=length,
        )
        for size, (length, sha256) in files.items()
    ]


def _upscaler(name: str, title: str, parameters: int, page: str, size: int, sha256: str) -> Weights:
    return Weights(
        name, title, "upscaling", parameters, BSD, True, f"{ESRGAN}/{page}", sha256=sha256, size=size
    )


def _flow(name: str, title: str, parameters: int, file: str, size: int, sha256: str) -> Weights:
    return Weights(
        name, title, "optical flow", parameters, BSD, True, f"{TORCHVISION}/{file}", sha256=sha256, size=size
    )


CATALOGUE: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        *_still(
            "depth-anything-v2", "Depth Anything V2", "Depth-Anything-V2", "depth_anything_v2", _STILL
        ),
        *_still(
            "depth-anything-v2-metric-indoor", "Depth Anything V2, metres indoors",
            "Depth-Anything-V2-Metric-Hypersim", "depth_anything_v2_metric_hypersim", _INDOOR,
        ),
        *_still(
            "depth-anything-v2-metric-outdoor", "Depth Anything V2, metres outdoors",
            "Depth-Anything-V2-Metric-VKITTI", "depth_anything_v2_metric_vkitti", _OUTDOOR,
        ),
        *_video(
            "video-depth-anything", "Video Depth Anything", "Video-Depth-Anything",
            "video_depth_anything", _VIDEO,
        ),
        *_video(
            "metric-video-depth-anything", "Video Depth Anything, metres", "Metric-Video-Depth-Anything",
            "metric_video_depth_anything", _METRIC_VIDEO,
        ),
        _upscaler(
            "realesrgan-x4plus", "Real-ESRGAN x4plus, photographs", 16_697_987,
            "v0.1.0/RealESRGAN_x4plus.pth", 67_040_989,
            "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        ),
        _upscaler(
            "realesrgan-x2plus", "Real-ESRGAN x2plus, photographs", 16_703_171,
            "v0.2.1/RealESRGAN_x2plus.pth", 67_061_725,
            "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
        ),
        _upscaler(
            "realesr-general-x4v3", "Real-ESRGAN general x4v3, small and quick", 1_213_296,
            "v0.2.5.0/realesr-general-x4v3.pth", 4_885_111,
            "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
        ),
        _upscaler(
            "realesrgan-x4plus-anime-6b", "Real-ESRGAN x4plus anime 6B, drawings", 4_467_779,
            "v0.2.2.4/RealESRGAN_x4plus_anime_6B.pth", 17_938_799,
            "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
        ),
        _upscaler(
            "realesr-animevideov3", "Real-ESRGAN animevideo v3, drawn video, small and quick", 621_424,
            "v0.2.5.0/realesr-animevideov3.pth", 2_504_012,
            "b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d",
        ),
        _flow(
            "raft-small", "RAFT, small and quick", 990_162, "raft_small_C_T_V2-01064c6d.pth", 4_006_189,
            "01064c6dba73b0fc9fc8edf772248560a00a3acfd62ac6677e9eeebad9680e27",
        ),
        _flow(
            "raft-large", "RAFT, large", 5_257_536, "raft_large_C_T_SKHT_V2-ff5fadd5.pth", 21_106_607,
            "ff5fadd56d26b40647388883af1547351ea17868b765c05b27231e72dd16a322",
        ),
    )
}  # fmt: skip


def entry(name: str) -> Weights:
    """The catalogue's entry of that name. Raises OptionError for a name it does not have."""
    if name not in CATALOGUE:
        hint = meant(name, CATALOGUE) or "; `parallax models` lists them"
        raise OptionError(f"there is no model {name!r}{hint}", "name")
    return CATALOGUE[name]
