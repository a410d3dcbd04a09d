import os
import sys
from pathlib import Path

import pytest

from lib_parallax.errors import SourceError
from lib_parallax.jobs import identity as module
from lib_parallax.jobs.identity import carrier_of, fingerprint, identity, plain_options
from lib_parallax.options import StereoOptions, parse

RESOLVED = {"depth": "cues", "carrier": "cpu cpu"}


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(256)) * 20000)
    return path


def change(path: Path, at: int) -> None:
    """One byte, with the time put back."""
    times = path.stat()
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_fingerprint_stays_and_tells_ends_and_middle(clip):
    first = fingerprint(clip)
    assert fingerprint(clip) == first
    size = clip.stat().st_size
    seen = {first["quick_hash"]}
    for at in (0, size // 2, size - 1):
        change(clip, at)
        seen.add(fingerprint(clip)["quick_hash"])
    assert len(seen) == 4


def test_a_folder_is_told_by_its_listing(tmp_path):
    (tmp_path / "a.png").write_bytes(b"1")
    first = fingerprint(tmp_path)["quick_hash"]
    (tmp_path / "b.png").write_bytes(b"1")
    second = fingerprint(tmp_path)
    assert second["quick_hash"] != first and second["size"] == 2


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"gone\.mp4: there is no such file"):
        fingerprint(tmp_path / "gone.mp4")


def test_the_identity_changes_with_everything_that_matters(clip, tmp_path, monkeypatch):
    depth = tmp_path / "depth.mkv"
    depth.write_bytes(b"1")
    about = fingerprint(clip)
    plain = plain_options(parse(StereoOptions, {"depth": str(depth), "size": "64x32"}))
    assert plain["size"] == [64, 32]
    assert parse(StereoOptions, plain) == parse(StereoOptions, {"depth": str(depth), "size": "64x32"})
    out = [tmp_path / "out.mp4"]

    base, fingerprint_of_depth = identity("stereo", about, plain, out, RESOLVED)
    assert identity("stereo", about, dict(reversed(plain.items())), out, RESOLVED)[0] == base
    assert fingerprint_of_depth["path"] == str(depth)
    others = [
        identity("zoom", about, plain, out, RESOLVED)[0],
        identity("stereo", {**about, "mtime_ns": 1}, plain, out, RESOLVED)[0],
        identity("stereo", about, {**plain, "seed": 1}, out, RESOLVED)[0],
        identity("stereo", about, plain, [tmp_path / "other.mp4"], RESOLVED)[0],
    ]
    for name in RESOLVED:
        others.append(identity("stereo", about, plain, out, {**RESOLVED, name: "another"})[0])
    with monkeypatch.context() as patch:
        patch.setattr(module, "package_versions", lambda weights: {"torch": "0"})
        others.append(identity("stereo", about, plain, out, RESOLVED)[0])
    depth.write_bytes(b"2")
    others.append(identity("stereo", about, plain, out, RESOLVED)[0])
    assert len({base, *others}) == 9


def test_a_depth_file_in_the_home_folder_is_found(clip, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    plain = plain_options(parse(StereoOptions, {"depth": "~/clip.mp4"}))
    assert identity("stereo", fingerprint(clip), plain, [], RESOLVED)[1]["path"] == str(clip)


def test_the_carrier_is_the_one_that_the_environment_names(monkeypatch):
    monkeypatch.setenv("PARALLAX_BACKEND", "reference")
    assert carrier_of(StereoOptions()) == "reference cpu"
    monkeypatch.delenv("PARALLAX_BACKEND")
    assert carrier_of(StereoOptions(backend="cpu")) == "cpu cpu"


@pytest.mark.skipif(sys.platform != "linux", reason="names there are always text")
def test_a_folder_with_a_name_that_is_no_utf8_has_a_fingerprint(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")).write_bytes(b"1")
    assert fingerprint(tmp_path)["size"] == 1


def test_what_runs_models_of_the_hub_counts_where_one_takes_part(clip, tmp_path, monkeypatch):
    hub, plain = tmp_path / "model" / "unet", tmp_path / "models"
    for folder in (hub, plain):
        folder.mkdir(parents=True)
        (folder / "net.safetensors").write_bytes(b"1")
    (tmp_path / "model" / "model_index.json").write_text("{}")
    about, out = fingerprint(clip), [tmp_path / "out.mp4"]

    def key(file):
        return identity("stereo", about, {}, out, RESOLVED, (), [file])[0]

    version = module.importlib.metadata.version
    base = {file: key(file) for file in (hub / "net.safetensors", plain / "net.safetensors")}
    monkeypatch.setattr(
        module.importlib.metadata,
        "version",
        lambda name: "0.0.1" if name in ("diffusers", "transformers") else version(name),
    )
    assert key(plain / "net.safetensors") == base[plain / "net.safetensors"]
    assert key(hub / "net.safetensors") != base[hub / "net.safetensors"]
