import os
import pickle
import struct
import tarfile
import zipfile

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy import Storage, View, crafted, rewrite, same, state

from lib_parallax.errors import ParallaxError, SourceError
from lib_parallax.weights import load, load_state

CONVERTED = "net.pth.safetensors"


@pytest.fixture
def path(tmp_path):
    torch.save(state(), tmp_path / "net.pth")
    return tmp_path / "net.pth"


def refused(path, match):
    """load_state refuses the file in one sentence that names it; nothing is left beside it."""
    with pytest.raises(SourceError, match=match) as caught:
        load_state(path)
    text = str(caught.value)
    assert text.startswith(str(path)) and "\n" not in text
    assert not list(path.parent.glob("*.safetensors*")) or path.suffix == ".safetensors"


def test_a_checkpoint_comes_back_as_it_was_saved(path):
    assert same(load_state(path), state())


def test_and_so_does_its_safetensors_copy(path, monkeypatch):
    load_state(path)
    monkeypatch.setattr(load, "_convert", None)
    assert same(load_state(path), state())
    assert sorted(p.name for p in path.parent.iterdir()) == ["net.pth", CONVERTED]


def test_safetensors(tmp_path):
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in state().items()}
    safetensors.torch.save_file(tensors, tmp_path / "net.safetensors")
    loaded = load_state(tmp_path / "net.safetensors")
    assert same({name: loaded[name] for name in tensors}, tensors)


@pytest.mark.parametrize("key", ["state_dict", "model", "params_ema", "params"])
def test_weights_within_a_training_checkpoint(tmp_path, key):
    torch.save({"epoch": 3, key: state(), "lr": [1e-3, None, True]}, tmp_path / "run.pth")
    assert same(load_state(tmp_path / "run.pth"), state())


def test_averaged_weights_are_preferred(tmp_path):
    last = {name: torch.zeros_like(tensor) for name, tensor in state().items()}
    torch.save({"params": last, "params_ema": state()}, tmp_path / "run.pth")
    assert same(load_state(tmp_path / "run.pth"), state())


def test_a_module_with_versions_in_its_state(tmp_path):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    torch.save(network.state_dict(), tmp_path / "net.pth")
    assert same(load_state(str(tmp_path / "net.pth"), torch.device("cpu")), network.state_dict())


def test_a_host_may_replace_torch_load(path, monkeypatch):
    monkeypatch.setattr(torch, "load", lambda *a, **k: None)
    assert same(load_state(path), state())


def test_the_copy_follows_its_source(path):
    load_state(path)
    before = (path.parent / CONVERTED).read_bytes()
    os.utime(path, ns=(1, 1))
    assert same(load_state(path), state())
    assert (path.parent / CONVERTED).read_bytes() == before, "touched but the same: nothing to convert"
    other = state()
    other["half"] = torch.ones(5).half()
    size = path.stat().st_size
    torch.save(other, path)
    assert path.stat().st_size == size
    assert torch.equal(load_state(path)["half"], torch.ones(5).half())


def test_a_damaged_copy_is_made_anew(path):
    load_state(path)
    copy = path.parent / CONVERTED
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    assert same(load_state(path), state())
    assert copy.stat().st_size == len(whole)


def test_where_no_copy_can_be_written_it_goes_without(path, monkeypatch):
    def full(*arguments, **keywords):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    assert same(load_state(path), state())
    assert [p.name for p in path.parent.iterdir()] == ["net.pth"]


class Bomb:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


@pytest.mark.parametrize("protocol", [2, 4])
def test_code_in_a_checkpoint_is_not_run(tmp_path, protocol):
    trace = tmp_path / "trace"
    torch.save({"weight": torch.ones(2), "bomb": Bomb(trace)}, tmp_path / "bad.pth", pickle_protocol=protocol)
    refused(tmp_path / "bad.pth", r"system|which no weights need")
    assert not trace.exists()


@pytest.mark.parametrize(
    "thing", [Bomb, torch.nn.Linear(1, 1), torch.Size([1]), slice(1), {1, 2}, b"bytes", 1j]
)
def test_whatever_is_no_tensor_is_refused(tmp_path, thing):
    torch.save({"weight": torch.ones(2), "more": thing}, tmp_path / "bad.pth")
    refused(tmp_path / "bad.pth", "holds|asks")


@pytest.mark.parametrize(
    "top", [[torch.ones(2)], torch.ones(2), {}, {"a": 1}, {1: torch.ones(2)}, "text", None]
)
def test_a_checkpoint_of_something_else_is_refused(tmp_path, top):
    torch.save(top, tmp_path / "bad.pth")
    refused(tmp_path / "bad.pth", "holds")


def test_older_formats_are_never_opened(tmp_path):
    trace = tmp_path / "trace"
    (tmp_path / "raw.pth").write_bytes(pickle.dumps(Bomb(trace)))
    torch.save({"bomb": Bomb(trace)}, tmp_path / "legacy.pth", _use_new_zipfile_serialization=False)
    with tarfile.open(tmp_path / "tar.pth", "w", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(tmp_path / "raw.pth", "pickle")
    for name in ("raw", "legacy", "tar"):
        refused(tmp_path / f"{name}.pth", "before 1.6")
    assert not trace.exists()


def test_a_torchscript_program_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "script.pth", "w") as archive:
        for name in ("data.pkl", "constants.pkl", "code/__torch__.py"):
            archive.writestr(f"net/{name}", b"\x80\x02}.")
    refused(tmp_path / "script.pth", "TorchScript")


def test_a_zip_bomb_is_refused(tmp_path):
    bomb = tmp_path / "bomb.pth"
    torch.save({"weight": torch.zeros(1 << 20)}, bomb)
    rewrite(bomb, lambda entries: None, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 10_000
    refused(bomb, "zip bomb")


def test_an_archive_that_claims_more_than_it_holds_is_refused(path):
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02")
    struct.pack_into("<II", content, place + 20, 1 << 30, 1 << 30)
    path.write_bytes(content)
    refused(path, "zip bomb")


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_refused(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    refused(path, "cut short|neither")


@pytest.mark.parametrize("length", [0, 7, 9, 200, -1])
def test_truncated_safetensors_are_refused(tmp_path, length):
    short = tmp_path / "net.safetensors"
    safetensors.torch.save_file({"weight": torch.ones(100)}, short)
    short.write_bytes(short.read_bytes()[:length])
    refused(short, "cut short|empty|neither")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "empty"),
        (b"just some text\n" * 100, "neither"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS pointer"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "neither"),
        (b"\xff" * 8 + b"{}", "cut short"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content, match):
    (tmp_path / "net.pth").write_bytes(content)
    refused(tmp_path / "net.pth", match)


def test_a_plain_zip_a_folder_and_nothing_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "plain.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    refused(tmp_path / "plain.pth", "no torch checkpoint")
    refused(tmp_path / "absent.pth", "no such file")
    refused(tmp_path, "cannot be read")


def test_a_crafted_checkpoint_of_good_faith_is_read(tmp_path):
    view = View(Storage(6), 1, (2, 2), (2, 1))
    path = crafted(tmp_path / "good.pth", {"weight": view}, {"0": struct.pack("<6f", *range(6))})
    assert load_state(path)["weight"].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "view",
    [
        View(Storage(6), 3, (2, 2), (2, 1)),
        View(Storage(6), 0, (7,), (1,)),
        View(Storage(6), 0, (2,), (6,)),
        View(Storage(6), -1, (2,), (1,)),
        View(Storage(6), 0, (2,), (-1,)),
        View(Storage(6), 0, (-2,), (1,)),
        View(Storage(6), 0, (2, 2), (1,)),
        View(Storage(6), 0, (1 << 40,), (0,)),
        View(Storage(6), 2.0, (2,), (1,)),
        View(Storage(6), True, (2,), (1,)),
        View(Storage(7), 0, (2,), (1,)),
        View(Storage(1 << 40), 0, (2,), (1,)),
        View(Storage(6, key="1"), 0, (2,), (1,)),
        View(Storage(6, key="../version"), 0, (2,), (1,)),
        View(Storage(6, kind=torch.DoubleStorage), 0, (2,), (1,)),
        View(Storage(6, kind="FloatStorage"), 0, (2,), (1,)),
        View("storage", 0, (2,), (1,)),
    ],
)
def test_a_table_that_does_not_fit_its_storages_is_refused(tmp_path, view):
    refused(crafted(tmp_path / "bad.pth", {"weight": view}, {"0": bytes(24)}), "damaged")


def test_many_views_of_one_storage_are_no_way_to_fill_the_memory(tmp_path):
    size = 1 << 22
    views = {str(i): View(Storage(size), 0, (size,), (1,)) for i in range(8)}
    refused(crafted(tmp_path / "bad.pth", views, {"0": bytes(4 * size)}), "larger than the file")


@pytest.mark.parametrize(
    "table",
    [
        b"",
        b"\x80\x02",
        b"\x80\x02}r\xff\xff\xff\xff.",
        b"\x80\x02(((((.",
        b"\x80\x02ccollections\nOrderedDict\n}b.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x01\x00\x00\x00aK\x01sb.",
        b"\x80\x02ctorch\nFloatStorage\n)R.",
        b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
        b"\x80\x02(ios\nsystem\n.",
        b"\x80\x02]K\x01Q.",
    ],
)
def test_a_table_of_nonsense_is_refused(tmp_path, table):
    refused(crafted(tmp_path / "bad.pth", table, {"0": bytes(24)}), "table|holds|asks|damaged")


def test_a_file_cannot_speak_to_the_terminal(tmp_path):
    bad = crafted(tmp_path / "bad.pth", b"\x80\x02c\x1b[2J\nevil\n.", {})
    with pytest.raises(SourceError, match="asks for") as caught:
        load_state(bad)
    assert str(caught.value).isprintable()


def test_a_huge_table_is_refused(tmp_path):
    refused(crafted(tmp_path / "bad.pth", b"\x80\x02}" + b"0" * (5 << 20), {}), "table of tensors is larger")


@given(st.data())
def test_no_damage_leads_to_anything_but_a_sentence(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("flipped") / "net.pth"
    torch.save({"a": torch.arange(6.0), "b": torch.ones(2, 2)[:, 1]}, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        loaded = load_state(path)
    except ParallaxError as error:
        assert str(error).startswith(str(path))
    else:
        assert all(isinstance(t, torch.Tensor) for t in loaded.values())
