"""Makes checkpoints small and bad, and a server of files that fails as it is told to."""

from __future__ import annotations

import copyreg
import hashlib
import http.server
import io
import pickle
import re
import threading
import zipfile
from collections import OrderedDict

import torch

from lib_parallax.weights.catalogue import Weights


def state():
    """A dict of tensors as a network has them: types, shapes, views and ties of all sorts."""
    torch.manual_seed(3)
    base = torch.randn(6, 4)
    return OrderedDict(
        {
            "conv.weight": torch.randn(2, 3, 3, 3),
            "half": torch.randn(5).half(),
            "bf16": torch.randn(5).bfloat16(),
            "double": torch.randn(2).double(),
            "steps": torch.tensor(7),
            "flags": torch.tensor([True, False]),
            "bytes": torch.arange(5, dtype=torch.uint8),
            "empty": torch.zeros(0, 3),
            "turned": base.t(),
            "part": base[2:4, 1:],
            "tied": base,
            "parameter": torch.nn.Parameter(torch.randn(3)),
        }
    )


def same(a, b):
    return a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)


def rewrite(path, change, compression=zipfile.ZIP_STORED):
    """Writes a checkpoint anew with `change(entries)` done to its {name: bytes}."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


class Storage:
    def __init__(self, length, key="0", kind=torch.FloatStorage):
        self.pid = ("storage", kind, key, "cpu", length)


class View:
    def __init__(self, storage, offset, shape, stride):
        self.arguments = (storage, offset, shape, stride, False, OrderedDict())


class _Pickler(pickle.Pickler):
    dispatch_table = copyreg.dispatch_table.copy()
    dispatch_table[View] = lambda view: (torch._utils._rebuild_tensor_v2, view.arguments)

    def persistent_id(self, thing):
        return thing.pid if isinstance(thing, Storage) else None


def crafted(path, top, storages, protocol=2):
    """A checkpoint whose table says whatever `top` says; `storages` is {key: bytes}."""
    table = top if isinstance(top, bytes) else io.BytesIO()
    if not isinstance(top, bytes):
        _Pickler(table, protocol).dump(top)
        table = table.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", table)
        for key, content in storages.items():
            archive.writestr(f"archive/data/{key}", content)
        archive.writestr("archive/version", "3\n")
    return path


def toy(name, content, address, **changed):
    """A catalogue's entry for some bytes."""
    facts = {
        "name": name, "title": name, "kind": "depth", "parameters": 1,
        "licence": "Apache-2.0", "commercial": True,
        "address": address, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content),
    }  # fmt: skip
    return Weights(**{**facts, **changed})


class FileServer(http.server.ThreadingHTTPServer):
    """Serves `content` at every path, with ranges; each request takes the next of `faults`.

    A fault is a status, ("drop", n): n bytes and the line goes dead, "no range", "more": bytes
    beyond the end, "shifted": a part that was not asked for, ("to", address): a redirect, or
    None. `asked` holds each request's Range.
    """

    daemon_threads = True

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.faults, self.asked, self.type = content, [], [], "application/octet-stream"
        self.address = f"http://127.0.0.1:{self.server_port}/toy.pth"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.asked.append(wanted)
        fault = server.faults.pop(0) if server.faults else None
        if isinstance(fault, int):
            self.send_error(fault)
            return
        if isinstance(fault, tuple) and fault[0] == "to":
            self.send_response(302)
            self.send_header("Location", fault[1])
            self.end_headers()
            return
        content, start = server.content, 0
        if wanted and fault != "no range":
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted).group(1))
            if start >= len(content):
                self.send_error(416)
                return
            start -= fault == "shifted"
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        body = content[start:]
        self.send_header("Content-Type", server.type)
        if fault != "more":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault == "more":
            body += b"more"
        self.wfile.write(body[: fault[1]] if isinstance(fault, tuple) else body)
