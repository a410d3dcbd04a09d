"""Weights of networks: which there are, where they lie, how they come here and how they are read.

    path = require("depth-anything-v2-small")   # the file, checked, or a sentence that says how to get it
    state = load_state(path)                    # dict of tensors; no code in the file is ever run
    folder = snapshot("Intel/dpt-large")        # a hub model as a local folder

This is the only package that touches the network, and it does so in `get` and in
`snapshot(..., download=True)` alone: nothing is downloaded at import or unasked.
"""

from .cache import Found, add_file, find, folder, folders, listing, require, use_folder, version_of
from .catalogue import CATALOGUE, Weights, entry
from .download import get
from .hub import snapshot
from .licence import LicenceNeeded, accept, accepted
from .load import load_state

__all__ = [
    "CATALOGUE", "Found", "LicenceNeeded", "Weights", "accept", "accepted", "add_file", "entry", "find",
    "folder", "folders", "get", "listing", "load_state", "require", "snapshot", "use_folder",
    "version_of",
]  # fmt: skip
