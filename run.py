#!/usr/bin/env python3
"""One command from a fresh checkout to a running Parallax; needs nothing but Python.

The first call makes .venv beside this file and installs the exact set of requirements.lock into
it; later calls find it whole and go straight through. What is whole is told by a stamp that is
written last, so an interrupted installation is never taken for a finished one.

Only the standard library is used. Annotations that old Pythons cannot evaluate are quoted, so
that those get a sentence and not a traceback.
"""

import contextlib
import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

USAGE = """\
usage: python run.py demo               make a short clip, turn it into 3D, say where it lies
       python run.py stereo in.mp4      any command of Parallax; --help lists them
       python run.py test [...]         run the tests; arguments go to pytest
       python run.py setup              install everything, the test tools too, and stop

The first call installs into .venv beside run.py. --torch-index URL takes PyTorch from there: an
index such as https://download.pytorch.org/whl/cu126, or a folder of wheels."""

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
LOCK = os.path.join(ROOT, "requirements.lock")
STAMP = os.path.join(VENV, "parallax.json")
LOG = os.path.join(VENV, "install.log")
WINDOWS = os.name == "nt"
PYTHON = "%d.%d" % sys.version_info[:2]  # noqa: UP031
SUPPORTED = ("3.12", "3.11", "3.10")
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CUDA_INDEX = "https://download.pytorch.org/whl/cu130"

# As `python -m lib_parallax`, but without the caller's folder on the module path: a numpy.py or
# types.py lying among somebody's videos must not be imported.
CLI = "import sys; del sys.path[0]; import runpy; runpy.run_module('lib_parallax', None, '__main__', True)"


class Failure(Exception):
    """Something that stops the set-up, as a sentence for the user."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: "list[str]") -> int:
    try:
        arguments, index = split_arguments(argv)
        command = arguments[0] if arguments else ""
        if command in ("", "-h", "--help") and not read_stamp():
            print(USAGE)
            return 0
        tests = command in ("test", "setup")
        if not is_current(read_stamp(), tests, index):
            if not python_fits():
                return hand_over([other_python(), os.path.abspath(__file__), *argv])
            set_up(tests, index)
        if command == "setup":
            say(f"Parallax: {VENV} is ready.")
            return 0
        if command == "test":
            return run_tests(arguments[1:])
        os.environ.setdefault("PARALLAX_COMMAND", "python run.py")  # as messages write it
        return hand_over([venv_python(), "-c", CLI, *arguments])
    except Failure as failure:
        say(f"run.py: {failure}")
        return 1
    except KeyboardInterrupt:
        say("run.py: interrupted; the next call begins where it has to.")
        return 130


def split_arguments(argv: "list[str]") -> "tuple[list[str], str | None]":
    """The arguments without --torch-index, and its value."""
    rest, index = [], None
    remaining = iter(argv)
    for argument in remaining:
        if argument == "--torch-index":
            index = next(remaining, "")
        elif argument.startswith("--torch-index="):
            index = argument.partition("=")[2]
        else:
            rest.append(argument)
            continue
        if not index:
            raise Failure("--torch-index needs the address of a package index, or a folder of wheels.")
        if os.path.isdir(index):
            index = os.path.abspath(index)
    return rest, index


def run_tests(arguments: "list[str]") -> int:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if os.environ.get("PARALLAX_TEST_DATA"):
        os.environ["PARALLAX_TEST_DATA"] = os.path.abspath(os.environ["PARALLAX_TEST_DATA"])
    os.chdir(ROOT)
    return hand_over([venv_python(), "-m", "pytest", *arguments])


def hand_over(command: "list[str]") -> int:
    """Become `command`; on Windows, where exec detaches from the console, wait for it instead."""
    sys.stdout.flush()
    try:
        if not WINDOWS:
            os.execv(command[0], command)
        child = subprocess.Popen(command)
    except OSError as error:
        raise Failure(f"{command[0]} does not start ({error}); delete {VENV} and try again.") from None
    while True:
        # A Ctrl-C reaches the child too, which ends in its own way.
        with contextlib.suppress(KeyboardInterrupt):
            return child.wait()


# Which Python


def python_fits() -> bool:
    return PYTHON in SUPPORTED and sys.implementation.name == "cpython"


def other_python() -> str:
    """A Python that Parallax runs on, where the one that was called is not one."""
    probe = "import sys; print('%d.%d' % sys.version_info[:2], sys.implementation.name, sys.executable)"
    candidates = [[venv_python()]] if read_stamp() else []
    candidates += [["py", "-" + version] if WINDOWS else ["python" + version] for version in SUPPORTED]
    for command in candidates:
        try:
            answer = subprocess.check_output([*command, "-c", probe], stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            continue
        version, implementation, path = answer.decode(errors="replace").strip().split(" ", 2)
        if version in SUPPORTED and implementation == "cpython":
            say(f"Parallax does not run on Python {PYTHON}; taking {path}")
            return path
    raise Failure(
        f"Parallax needs CPython 3.10, 3.11 or 3.12, and found only {sys.implementation.name} {PYTHON}; "
        "install Python 3.12 and call run.py with it."
    )


def venv_python() -> str:
    return os.path.join(VENV, "Scripts", "python.exe") if WINDOWS else os.path.join(VENV, "bin", "python")


def base_python() -> str:
    """The Python behind this one, which may be that of a venv, even of the one about to be made anew."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return getattr(sys, "_base_executable", "") if WINDOWS else os.path.realpath(sys.executable)


def site_packages() -> str:
    return os.path.join(VENV, *(["Lib"] if WINDOWS else ["lib", "python" + PYTHON]), "site-packages")


# What is installed


def read_lock(tests: bool) -> "list[str]":
    """The pins: those of Parallax, and with `tests` those of the test tools too."""
    try:
        with open(LOCK, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise Failure(f"requirements.lock cannot be read ({error}); is this a whole checkout?") from None
    lines = (text if tests else text.partition("\n# [test]")[0]).splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def lock_digest() -> str:
    return hashlib.sha256("\n".join(read_lock(tests=True)).encode()).hexdigest()


def read_stamp() -> "dict | None":
    """What stands in .venv: None where run.py made none, {} for an unfinished one, else its description."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            stamp = json.load(file)
        return stamp if os.path.exists(venv_python()) else {}
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}


def write_stamp(stamp: dict) -> None:
    with open(STAMP + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(STAMP + ".new", STAMP)


def is_current(stamp: "dict | None", tests: bool, index: "str | None") -> bool:
    """Whether .venv holds what this call needs, so that nothing has to be installed."""
    if not stamp or stamp["lock"] != lock_digest() or (tests and not stamp["tests"]):
        return False
    return index in (None, stamp["index"]) and (stamp["python"] == PYTHON or not python_fits())


# Installing


def set_up(tests: bool, index: "str | None") -> None:
    """Make .venv whole. One process at a time; the others wait and then find it done."""
    import platform
    import signal

    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise Failure("PyTorch is no longer made for Intel Macs; Parallax needs one with Apple silicon.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    try:
        with one_at_a_time() as held:
            stamp = read_stamp()
            if not is_current(stamp, tests, index):
                Installation(stamp, tests, index, held).run()
    except OSError as error:
        raise Failure(f"{error.filename or VENV}: {error.strerror}; see to that and try again.") from None
    say(f"Parallax: ready after {time.monotonic() - started:.0f} s.")


@contextlib.contextmanager
def one_at_a_time():  # type: ignore[no-untyped-def]
    """Hold the lock file against other set-ups; yields its descriptor, which pip's process inherits.

    The system lets go of the lock when the last process that holds it ends, however it ends.
    """
    with open(LOCK, "r+b" if os.access(LOCK, os.W_OK) else "rb") as file:
        told = False
        while not try_to_lock(file.fileno()):
            if not told:
                say("Parallax: another run.py is installing here; waiting for it.")
            told = True
            time.sleep(0.3)
        yield file.fileno()


def try_to_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            # Windows keeps others from reading what is locked: take a byte far past the end.
            os.lseek(descriptor, 1 << 30, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True  # a file system without locks: go on unguarded
    return True


class Installation:
    """One passage from what stands in .venv to what is wanted there."""

    def __init__(self, before: "dict | None", tests: bool, index: "str | None", held: int):
        known = before or {"tests": False, "index": None, "python": None}
        self.before = before
        self.tests = tests or known["tests"]
        self.index = index or known["index"]
        self.new_torch = self.index != known["index"]
        self.in_place = known["python"] == PYTHON
        self.held = held
        self.changed = False

    def run(self) -> None:
        if self.in_place:
            say("Parallax: bringing .venv up to date")
            write_stamp({})
        else:
            self.make_venv()
        try:
            self.install()
        except BaseException:
            if self.in_place and not self.changed:
                write_stamp(self.before or {})
            raise
        write_stamp({"lock": lock_digest(), "python": PYTHON, "tests": self.tests, "index": self.index})

    def make_venv(self) -> None:
        python = base_python()
        if self.before is not None:
            say("Parallax: .venv is unfinished or of another Python; making it anew")
            remove_venv()
        elif os.path.exists(VENV):
            raise Failure(f"{VENV} was not made by run.py; move it away and try again.")
        os.mkdir(VENV)
        write_stamp({})
        say(f"Parallax: making .venv with Python {PYTHON}, which takes some minutes")
        self.watch([python, "-m", "venv", VENV], "making .venv")

    def install(self) -> None:
        gpu = has_nvidia()
        choices = torch_choices(sys.platform, gpu, self.index)
        for requirement, where, what in choices:
            say(f"  torch, {what}")
            again = ["--force-reinstall"] if self.new_torch else []
            try:
                self.pip(["--no-deps", *again, *where, requirement], "installing torch")
                break
            except Failure as failure:
                if requirement == choices[-1][0]:
                    raise Failure(f"{failure}{torch_advice(gpu, self.index)}") from None
        say("  everything else" + (", with the test tools" if self.tests else ""))
        wanted = os.path.join(VENV, "requirements.txt")
        with open(wanted, "w", encoding="utf-8") as file:
            file.write("\n".join(read_lock(self.tests)) + "\n")
        # torch is in place and stays; the parts of CUDA that it needs lie where it came from.
        beside = beside_pypi(where) if gpu or self.index else []
        self.pip([*beside, "-r", wanted], "installing the packages of requirements.lock")
        with open(os.path.join(site_packages(), "parallax.pth"), "w", encoding="utf-8") as file:
            # Relative, so that a moved checkout still finds itself.
            file.write(os.path.relpath(ROOT, site_packages()) + "\n")

    def pip(self, arguments: "list[str]", doing: str) -> None:
        # Wheels only: a platform without one is told so at once, and not after an hour of compiling.
        options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--retries", "2"]
        command = [venv_python(), "-m", "pip", "install", *options, "--only-binary", ":all:", *arguments]
        self.watch(command, doing)

    def watch(self, command: "list[str]", doing: str) -> None:
        """Run one step, showing its lines as they come and a sign of life where none come."""
        environment = dict(os.environ, PIP_USER="0", PYTHONUNBUFFERED="1", PYTHONIOENCODING="utf-8")
        # Not in the caller's folder, whose files would come before Python's own modules.
        child = subprocess.Popen(
            command, cwd=VENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment, pass_fds=() if WINDOWS else (self.held,), encoding="utf-8", errors="replace",
        )  # fmt: skip
        lines = []
        try:
            with open(LOG, "a", encoding="utf-8") as log:
                log.write(f"\n$ {' '.join(command)}\n")
                for line in lines_of(child):
                    lines.append(line)
                    log.write(line)
                    self.changed = self.changed or line.startswith("Installing collected packages")
                    if line.strip().startswith(SHOWN):
                        say("    " + shorten(line))
            status = child.wait()
        finally:
            child.kill()
            child.wait()
        if status:
            raise Failure(f"{doing} failed: {explain(lines)} ({LOG} has it all.)")


def lines_of(child: "subprocess.Popen[str]") -> "Iterator[str]":
    """The lines a process prints; says every 15 silent seconds that it still runs."""
    arrived: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in child.stdout or ():
            arrived.put(line)
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    started = time.monotonic()
    while True:
        try:
            line = arrived.get(timeout=15)
        except queue.Empty:
            say(f"    ... still at it, {time.monotonic() - started:.0f} s so far")
            continue
        if line is None:
            return
        yield line


def remove_venv() -> None:
    """Remove .venv with its stamp last: what an interruption leaves must still be known as unfinished."""
    write_stamp({})
    for entry in os.scandir(VENV):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.path != STAMP:
            os.unlink(entry.path)
    shutil.rmtree(VENV)


def has_nvidia() -> bool:
    try:
        listed = subprocess.check_output(["nvidia-smi", "-L"], stderr=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return False
    return b"GPU " in listed


def torch_choices(system: str, gpu: bool, index: "str | None") -> "list[tuple[str, list[str], str]]":
    """Which torch to ask pip for, best first: requirement, where to look, and what to call it.

    PyPI's plain wheel for Linux is the CUDA build; the CPU build carries the local version +cpu.
    Asking for exactly that one takes it from PyTorch's index, or from whatever pip is told to look
    in, and finds nothing, rather than gigabytes, where only the CUDA build is.
    """
    version = next(line for line in read_lock(tests=False) if line.startswith("torch==")).split("==")[1]
    plain, at_cuda = f"torch=={version}", ["--extra-index-url", CUDA_INDEX]
    if index is not None:
        where = ["--no-index", "--find-links", index] if os.path.isdir(index) else ["--index-url", index]
        return [(plain, where, f"from {index}")]
    if gpu and system == "win32":
        cuda = f"{plain}+{CUDA_INDEX.rpartition('/')[2]}"
        return [(cuda, at_cuda, "the CUDA build"), (plain, [], "the build that pip finds")]
    if gpu:
        return [(f"torch==={version}", [], "the CUDA build"), (plain, at_cuda, "the build that pip finds")]
    if system == "linux":
        return [(f"{plain}+cpu", ["--extra-index-url", CPU_INDEX], "the CPU build (no NVIDIA GPU found)")]
    return [(plain, [], "the build for this system")]


def beside_pypi(where: "list[str]") -> "list[str]":
    """The sources torch came from, as ones that pip looks in besides its own."""
    return [
        ("--extra-index-url" if argument == "--index-url" else argument)
        for argument in where
        if argument != "--no-index"
    ]


def torch_advice(gpu: bool, index: "str | None") -> str:
    if index is not None:
        return f"\n{index} must be reachable and hold torch for Python {PYTHON} and this system."
    if gpu:
        return "\nSee that pip reaches PyPI, or name another source with --torch-index."
    return f"""
The CPU build of torch for Python {PYTHON} comes from {CPU_INDEX}
or from where pip's own settings point. Let this machine reach that address, call run.py with a
Python that one of them has it for, or name a source: --torch-index URL-or-folder-of-wheels.
(PyPI's, --torch-index https://pypi.org/simple, brings gigabytes of CUDA on Linux.)"""


# What is said of pip's words

SHOWN = ("Collecting ", "Downloading ", "Processing ", "Installing ")

CAUSES = (
    (("No space left", "not enough space on the disk"), "the disk is full; free some gigabytes"),
    (("ensurepip", "No module named venv"), "this Python lacks venv; on Debian: apt install python3-venv"),
    (("Permission denied", "Access is denied"), "a file may not be written; see who owns this folder"),
    (
        ("Name or service", "name resolution", "getaddrinfo", "nodename nor servname", "Connection refused",
         "unreachable", "timed out", "ConnectTimeout", "ProxyError", "SSLError"),
        "a package index does not answer; check the network, the proxy and pip's settings",
    ),
)  # fmt: skip


def shorten(line: str) -> str:
    """`Collecting x==1 (from -r ...)` without its origin, and files without their folder."""
    verb, _, what = line.strip().partition(" (from ")[0].partition(" ")
    return f"{verb} {os.path.basename(what) if verb == 'Processing' else what}"


def explain(lines: "list[str]") -> str:
    """The likeliest cause in what a failed step printed, and what to do about it."""
    text = "".join(lines)
    cause = next((advice for signs, advice in CAUSES if any(sign in text for sign in signs)), None)
    errors = [line for line in lines if line.lower().startswith("error")] or lines or ["it said nothing"]
    return errors[-1].strip() + (f"; {cause}, and try again." if cause else ".")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
