"""The webui's install hook: brings what the webui lacks, and moves nothing that it has.

Runs on every start of the webui, in its Python, before its modules are loaded. Only the
standard library is used. Whatever goes wrong, the webui starts; the Parallax tab then says
what is missing.
"""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tempfile

# Module to what pip must install where the module is missing. What a webui has, in any version,
# stays: torch, numpy and OpenCV of the wrong version would break the host.
NEEDS = {
    "av": "av>=17,<18",
    "numba": "numba>=0.58",
    "scipy": "scipy>=1.11",
    "cv2": "opencv-python>=4.8,<5",
    "safetensors": "safetensors>=0.4",
    "tqdm": "tqdm>=4.65",
}


def missing(needs: "dict[str, str]" = NEEDS) -> "list[str]":
    """The requirements whose modules are not here."""
    return [requirement for module, requirement in needs.items() if importlib.util.find_spec(module) is None]


def constraints() -> "list[str]":
    """A line for everything that is installed, so that pip cannot move it."""
    versions = {}
    for distribution in importlib.metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.version
        if name and version:
            # the first on the path is the one that Python imports
            versions.setdefault(name.lower().replace("_", "-"), f"{name}=={version}")
    return sorted(versions.values())


def install(requirements: "list[str]", run_pip=None) -> None:
    """Installs under `constraints`. Raises RuntimeError or OSError when it cannot be done."""
    handle, path = tempfile.mkstemp(suffix=".txt", prefix="parallax-constraints-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(constraints()) + "\n")
        (run_pip or _run_pip)(requirements, path)
    finally:
        os.unlink(path)


def _run_pip(requirements: "list[str]", constraint_file: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--prefer-binary", "--disable-pip-version-check"]
    index = os.environ.get("INDEX_URL", "")  # the webui's own word for another package index
    command += ["--index-url", index] if index else []
    done = subprocess.run(
        [*command, "-c", constraint_file, *requirements], capture_output=True, text=True, errors="replace"
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise RuntimeError(lines[-1] if lines else f"pip ended with status {done.returncode}")


def skipped() -> bool:
    """Whether the webui was told to install nothing."""
    try:
        import launch

        return bool(launch.args.skip_install)
    except (ImportError, AttributeError):
        return False


def main() -> None:
    wanted = missing()
    if not wanted or skipped():
        return
    print(f"Parallax: installing {', '.join(wanted)}")
    try:
        install(wanted)
    except (RuntimeError, OSError) as error:
        print(f"Parallax: {', '.join(wanted)} could not be installed ({error}); its tab says what to do")


main()
