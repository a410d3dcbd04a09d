"""The Stable Diffusion webui around us: AUTOMATIC1111, and its forks Forge and reForge."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import depth
from ..errors import OptionError
from . import settings, turn
from .addresses import LOOPBACK_NAMES, is_loopback

if TYPE_CHECKING:
    import numpy as np

    from .turn import WebuiTurn


class WebUI:
    """What Parallax takes from a webui.

    name         "AUTOMATIC1111", "Forge" or "reForge"; `version` as the host tells it.
    output_dir   where jobs and results go that nobody named a place for.
    models_dir   where weights are kept, beside the host's own.
    """

    def __init__(self) -> None:
        from modules import paths_internal, shared

        self._shared = shared
        self._ours = threading.Event()  # our own job holds the host's queue
        self._brush = threading.Lock()  # held by who paints with the host's model
        self.name = _name()
        self.version = _version()
        given_models = getattr(shared.cmd_opts, "parallax_models_path", None)
        self.models_dir = Path(given_models or Path(paths_internal.models_path) / "Parallax").absolute()
        given_output = getattr(shared.cmd_opts, "parallax_output_dir", None)
        set_output = settings.value(settings.OUTPUT_DIR, "")
        outputs = Path(paths_internal.default_output_dir) / "parallax"
        self.output_dir = Path(given_output or set_output or outputs).absolute()

    # what may be reached

    @property
    def listens_publicly(self) -> bool:
        """Whether others than this machine can reach the page."""
        options = self._shared.cmd_opts
        shared = os.environ.get("GRADIO_SHARE", "").lower() in ("1", "true")
        named = getattr(options, "server_name", None) or os.environ.get("GRADIO_SERVER_NAME", "")
        tunnels = options.share or getattr(options, "ngrok", None) or shared
        return bool(options.listen or tunnels or (named and not is_loopback(named)))

    @property
    def paths_allowed(self) -> bool:
        """Whether people may name files of this machine, as in the webui's own batch tab."""
        if self._shared.cmd_opts.hide_ui_dir_config:
            return False
        return not self.listens_publicly or settings.value(settings.PUBLIC_PATHS, False) is True

    @property
    def allowed_paths(self) -> list[Path]:
        """Folders whose files may be named: the webui's outputs, and what --gradio-allowed-path adds."""
        if not self.paths_allowed:
            return []
        options = self._shared.opts
        keys = ("outdir_samples", "outdir_txt2img_samples", "outdir_img2img_samples", "outdir_extras_samples",
                "outdir_save")  # fmt: skip
        folders = [getattr(options, key, "") for key in keys]
        folders += getattr(self._shared.cmd_opts, "gradio_allowed_path", None) or []
        return [self.output_dir.parent, *(Path(folder).absolute() for folder in folders if folder)]

    @property
    def credentials(self) -> dict[str, str]:
        """Name to password of those who may use the routes."""
        pairs = (entry.partition(":") for entry in self._entries() if ":" in entry)
        return {name: password for name, _, password in pairs}

    @property
    def asks_for_credentials(self) -> bool:
        """Whether the host lets in only who brings some, even where none that it was given can be read."""
        flags = ("api_auth", "gradio_auth", "gradio_auth_path")
        return any(getattr(self._shared.cmd_opts, flag, None) for flag in flags)

    def _entries(self) -> list[str]:
        """ "name:password" of each: those of the host's own routes, else those of its page."""
        options = self._shared.cmd_opts
        given = getattr(options, "api_auth", None)
        if not given:
            given = getattr(options, "gradio_auth", None) or ""
            if path := getattr(options, "gradio_auth_path", None):
                given = f"{given},{Path(path).read_text(encoding='utf-8')}"
        return [entry.strip() for entry in re.split(r"[,\n]", given) if entry.strip()]

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names by which the host may be called, None for any: without credentials it is this machine's
        alone, and a page of another site could make its own name point here.
        """
        if self.listens_publicly or self.asks_for_credentials:
            return None
        return (*LOOPBACK_NAMES, str(getattr(self._shared.cmd_opts, "server_name", None) or "").lower())

    def takes_pages_of(self, origin: str) -> bool:
        """Whether the host lets pages of another origin ask (`--cors-allow-origins`)."""
        options = self._shared.cmd_opts
        listed = (getattr(options, "cors_allow_origins", None) or "").split(",")
        pattern = getattr(options, "cors_allow_origins_regex", None)
        named = origin in [each.strip() for each in listed]
        return bool(origin) and (named or bool(pattern and re.fullmatch(pattern, origin)))

    @property
    def has_api(self) -> bool:
        """Whether the host was started with its routes, so that ours may be there as well."""
        options = self._shared.cmd_opts
        return bool(getattr(options, "api", False) or getattr(options, "nowebui", False))

    # how work is shared

    @contextmanager
    def turn(self, record: Any) -> Iterator[WebuiTurn]:
        """Waits for the host's queue and holds it while a job runs; `record` is its `jobs.JobRecord`."""
        seconds = float(settings.value(settings.PREVIEW_SECONDS, 1.0))
        with turn.take_turn(seconds, self._makes_room(record.values.get("options", {}))) as taken:
            self._ours.set()
            try:
                yield taken
            finally:
                with self._brush:
                    self._ours.clear()

    def quiet(self) -> AbstractContextManager[Any]:
        """Holds the host still for something short, such as a preview, unless our own job does already."""
        return nullcontext() if self._ours.is_set() else turn.quiet()

    @contextmanager
    def painting(self) -> Iterator[None]:
        """Holds the host's model: within our own job's turn, else by a turn of its own in the queue."""
        with self._brush:
            if self._ours.is_set():
                yield
                return
        with turn.take_brief_turn(), self._brush:
            yield

    def _makes_room(self, options: dict[str, Any]) -> bool:
        """Whether the diffusion model should leave the device: when a network makes a job's depth there."""
        if settings.value(settings.MEMORY_POLICY, settings.MEMORY[0]) != settings.MEMORY[0]:
            return False
        if options.get("depth") or options.get("device") == "cpu":
            return False
        name = options.get("depth_model", "auto")
        return (depth.load("auto").name if name == "auto" else name) != "cues"

    @property
    def insists(self) -> dict[str, Any]:
        """Options that the host's settings decide whatever a request says."""
        return {} if getattr(self._shared.opts, "enable_pnginfo", True) else {"infotext": False}

    @property
    def defaults(self) -> dict[str, Any]:
        """Options that the host's settings decide where a request leaves them open."""
        from modules import devices

        device = str(devices.get_device_for("parallax"))
        return {"device": device, "depth_model": settings.value(settings.DEPTH_MODEL, "auto")}

    # what it can do for us

    def upscalers(self) -> list[str]:
        """Names of the host's upscalers."""
        return [upscaler.name for upscaler in self._shared.sd_upscalers if upscaler.name != "None"]

    def upscale(self, image: np.ndarray, scale: float, name: str) -> np.ndarray:
        """A picture uint8 [H, W, 3] enlarged by one of the host's upscalers.

        Raises OptionError for a name it does not know.
        """
        import numpy
        from PIL import Image

        found = next((u for u in self._shared.sd_upscalers if u.name == name), None)
        if found is None:
            known = ", ".join(self.upscalers())
            raise OptionError(f"upscaler: {name!r} is not known; known are {known}", "upscaler")
        made = found.scaler.upscale(Image.fromarray(image), scale, found.data_path)
        return numpy.asarray(made.convert("RGB"))

    def send_to(self, tab: str, button: Any, picture: Any) -> None:
        """Makes `button` hand the picture of a component to the host's `tab`: img2img, inpaint or extras."""
        try:
            from modules import infotext_utils as paste
        except ImportError:
            from modules import generation_parameters_copypaste as paste

        paste.register_paste_params_button(
            paste.ParamBinding(paste_button=button, tabname=tab, source_image_component=picture)
        )


def _name() -> str:
    from importlib.util import find_spec

    if find_spec("modules_forge") is None:
        return "AUTOMATIC1111"
    return "Forge" if find_spec("backend") is not None else "reForge"


def _version() -> str:
    try:
        from modules.launch_utils import git_tag

        return str(git_tag())
    except Exception:  # a host without git, or without that function, works all the same
        return "unknown"
