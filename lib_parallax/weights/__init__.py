"""Weights of networks: which there are, where they lie, how they come here and how they are read.

    path = require("depth-anything-v2-small")   # the file, checked, or a sentence that says how to get it
    state = load_state(path)                    # dict of tensors; no code in the file is ever run
    folder = require_hub("Intel/dpt-large")     # a hub model as a local folder

This is the only package that touches the network, and it does so in `get`, `get_hub` and
`snapshot(..., download=True)` alone: nothing is downloaded at import or unasked.
"""

from .cache import Found, add_file, find, folder, folders, listing, require, use_folder, version_of
from .catalogue import CATALOGUE, Weights, entry
from .download import get
from .hub import get_hub, require_hub, snapshot
from .hub_models import HUB_MODELS, HubModel, hub_model
from .licence import LicenceNeeded, accept, accepted
from .load import load_state
from .provenance import provenance

__all__ = [
    "CATALOGUE", "HUB_MODELS", "Found", "HubModel", "LicenceNeeded", "Weights", "accept", "accepted",
    "add_file", "entry", "find", "folder", "folders", "get", "get_hub", "hub_model", "listing",
    "load_state", "provenance", "require", "require_hub", "snapshot", "use_folder", "version_of",
]  # fmt: skip
