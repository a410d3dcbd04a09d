import re

import pytest

from lib_parallax.errors import OptionError
from lib_parallax.weights import CATALOGUE, entry

ADDRESSES = {
    "depth": r"https://huggingface\.co/depth-anything/[\w-]+/resolve/main/[\w]+\.pth",
    "upscaling": r"https://github\.com/xinntao/Real-ESRGAN/releases/download/v[\d.]+/[\w-]+\.pth",
    "flow": r"https://download\.pytorch\.org/models/raft_\w+-[0-9a-f]{8}\.pth",
}


def test_every_entry_is_whole():
    for name, weights in CATALOGUE.items():
        assert weights.name == name
        depth = "depth" in weights.kind
        assert re.fullmatch(ADDRESSES[weights.kind.split()[-1]], weights.address)
        assert re.fullmatch(r"[0-9a-f]{64}", weights.sha256)
        # saved in 32 bits, with little beside the numbers
        assert 0.98 < weights.size / (4 * weights.parameters) < 1.03
        assert weights.commercial == (weights.licence in ("Apache-2.0", "BSD-3-Clause"))
        assert weights.commercial == (name.endswith("-small") or not depth)


def test_no_two_share_a_file():
    assert len({w.file for w in CATALOGUE.values()}) == len(CATALOGUE)
    assert len({w.sha256 for w in CATALOGUE.values()}) == len(CATALOGUE)


def test_the_file_is_named_by_the_address():
    assert entry("depth-anything-v2-metric-outdoor-base").file == "depth_anything_v2_metric_vkitti_vitb.pth"
    assert entry("metric-video-depth-anything-large").size_text == "1.54 GB"


def test_files_that_bear_their_hash():
    for name in ("raft-small", "raft-large"):
        assert entry(name).file.endswith(f"-{entry(name).sha256[:8]}.pth")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("depth-anything-v2-smal", "did you mean depth-anything-v2-small"), ("raft", "lists them")],
)
def test_an_unknown_name_is_refused(name, hint):
    with pytest.raises(OptionError, match=hint):
        entry(name)
