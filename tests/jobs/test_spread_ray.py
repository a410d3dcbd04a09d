"""A cluster of two nodes on this machine: one worker is killed, all files go through the object store."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import psutil
import pytest
import spread_clips as clips

from lib_parallax import jobs

ray = pytest.importorskip("ray", reason="Ray is not installed (the extra `cluster`)")

STORE = 100 << 20  # bytes of a node's object store
ROOT = str(Path(jobs.__file__).parents[2])


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """The address of two nodes with a core each. What they start is ended by its process id."""
    from ray.cluster_utils import Cluster

    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", "CUDA_VISIBLE_DEVICES": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]))
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    node = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=node)
    try:
        made.add_node(**node)
        yield made.address
    finally:
        started = [c for c in psutil.Process().children(recursive=True) if c.pid not in before]
        session = made.head_node.get_session_dir_path()
        ray.shutdown()
        made.shutdown()
        _, alive = psutil.wait_procs(started, timeout=10)
        for process in alive:
            process.kill()
        assert not psutil.wait_procs(alive, timeout=10)[1]
        shutil.rmtree(session, ignore_errors=True)


def actors() -> list[int]:
    """Processes of the cluster that hold a worker."""
    return [
        child.pid
        for child in psutil.Process().children(recursive=True)
        if child.is_running() and "ray::Actor" in " ".join(child.cmdline())
    ]


def test_two_nodes_and_a_worker_that_is_killed(cluster, tmp_path):
    from lib_parallax.jobs.spread.ray_crew import ray_crew

    clip, depth = clips.write(tmp_path / "clip.mp4"), clips.write_depth(tmp_path / "depth.mkv")
    options = {"depth": str(depth)}
    plain = jobs.run("stereo", clip, options, tmp_path / "plain.mkv", jobs_dir=tmp_path / "jobs")
    killed: list[int] = []

    def kill(event):
        if event.kind == "progress" and event.data["image"] is not None and not killed:
            killed.extend(actors()[:1])
            os.kill(killed[0], signal.SIGKILL)

    with ray_crew(cluster, ship=True) as crew:
        assert crew.size == 2
        result = jobs.run(
            "stereo", clip, options, tmp_path / "spread.mkv", jobs_dir=tmp_path / "jobs", crew=crew,
            on_event=kill,
        )  # fmt: skip
    assert killed
    assert result.outputs[0].read_bytes() == plain.outputs[0].read_bytes()
    assert (result.report, result.frames) == (plain.report, clips.FRAMES)
