"""Small files that claim to be large, and bodies that are: what they may cost is memory and time."""
# ruff: noqa: E501 - an attack stands in one line

from __future__ import annotations

import gzip
import io
import json
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from _security_server import USER, Answer, Server, basic

MOST_MEMORY = 1 << 30  # bytes that one of them may make the server hold at its peak
MOST_SECONDS = 30.0


def png(width: int, height: int, bits: int = 8, kind: int = 2, rows: int = 64) -> bytes:
    """A PNG of this size by its header, with a few rows of nothing."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    line = 1 + width * (3 if kind == 2 else 1) * bits // 8
    packed = zlib.compress(bytes(min(line * rows, 8 << 20)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def tiff(width: int, height: int, bits: int = 8, big: bool = False) -> bytes:
    entries = [(256, width), (257, height), (258, bits), (259, 1), (262, 1), (273, 200), (277, 1), (278, height),
               (279, 100)]  # fmt: skip
    if big:
        made = b"II+\0" + struct.pack("<HHQ", 8, 0, 16) + struct.pack("<Q", len(entries))
        made += b"".join(struct.pack("<HHQQ", tag, 4, 1, value) for tag, value in entries) + bytes(8)
    else:
        made = b"II*\0" + struct.pack("<IH", 8, len(entries))
        made += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries) + bytes(4)
    return made.ljust(200, b"\0") + bytes(100)


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + (
        b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\0;"
    )  # fmt: skip


def webp(width: int, height: int) -> bytes:
    """One of the extended kind: its canvas may be 2^24 pixels wide."""
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (width - 1).to_bytes(3, "little")
    canvas += (height - 1).to_bytes(3, "little")
    lossless = b"VP8L" + struct.pack("<I", 8) + b"\x2f\xff\xff\xff\x0f\0\0\0"
    return b"RIFF" + struct.pack("<I", 4 + len(canvas) + len(lossless)) + b"WEBP" + canvas + lossless


def bmp(width: int, height: int) -> bytes:
    return (
        b"BM"
        + struct.pack("<IHHI", 54, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    )


def jpeg(width: int, height: int) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    scan = b"\xff\xda" + struct.pack(">HB", 8, 1) + b"\x01\0\0\x3f\0" + bytes(64)
    return b"\xff\xd8" + frame + scan + b"\xff\xd9"


def npy(shape: str, kind: str = "<f4") -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (63 - (10 + len(head)) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + bytes(100)


def avi(frames: int, film: bytes) -> bytes:
    """An AVI that claims so many frames, in its two headers."""
    made = bytearray(film)
    at = made.index(b"avih")
    made[at + 24 : at + 28] = struct.pack("<I", frames)
    at = made.index(b"strh")
    made[at + 40 : at + 44] = struct.pack("<I", frames)
    return bytes(made)


def mkv(film: bytes) -> bytes:
    """A Matroska file that claims to last 300 years."""
    made = bytearray(film)
    at = made.index(b"\x44\x89\x88")
    made[at + 3 : at + 11] = struct.pack(">d", 1e13)
    return bytes(made)


def files(folder: Path) -> dict[str, bytes]:
    """Bombs by their names."""
    import av

    few = {}
    for film in (folder / "few.avi", folder / "few.mkv"):
        with av.open(str(film), "w") as out:
            stream = out.add_stream("mjpeg", rate=25)
            stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p"
            for frame in [*(av.VideoFrame(32, 32, "yuvj420p") for _ in range(3)), None]:
                for packet in stream.encode(frame):
                    out.mux(packet)
        few[film.suffix] = film.read_bytes()
        film.unlink()
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(64 << 20))
    made = {
        "50000.png": png(50_000, 50_000), "deep.png": png(30_000, 30_000, 16), "grey-deep.png": png(60_000, 20_000, 16, 0),
        "longest.png": png(2**31 - 1, 1), "tallest.png": png(1, 2**31 - 1), "largest.png": png(2**31 - 1, 2**31 - 1),
        "none.png": png(0, 0), "packed.png": png(20_000, 20_000, 8, 2, 20_000), "a.tif": tiff(40_000, 25_000),
        "deep.tif": tiff(40_000, 25_000, 16), "big.tif": tiff(2**31, 2**31, 16, True), "png-within.tif": png(30_000, 30_000, 16),
        "a.gif": gif(65_535, 65_535), "a.webp": webp(2**24, 2**24), "wide.webp": webp(60_000, 60_000),
        "a.bmp": bmp(50_000, 50_000), "a.jpg": jpeg(65_500, 65_500), "pbm.png": b"P4 60000 60000\n" + bytes(100),
        "eps.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(x) (w) file\nshowpage\n",
        "frames.avi": avi(1_000_000_000, few[".avi"]), "years.mkv": mkv(few[".mkv"]),
        "zip.mp4": zipped.getvalue(), "gzip.mp4": gzip.compress(bytes(64 << 20)),
    }  # fmt: skip
    return made


def numbers() -> dict[str, bytes]:
    """Bombs as depth files."""
    return {
        "a.npy": npy("(100000, 100000)"), "b.npy": npy("(1000000000, 1000000000)"), "c.npy": npy("(4, 4)", "|O"),
        "d.npy": npy("(-1, 4)"), "e.npy": npy("(99999999999999999999, 9)"), "f.npy": b"\x80\x04cos\nsystem\n(S'id'\ntR.",
        "g.npy": npy("(" * 900 + ")" * 900), "a.exr": b"v/1\x01" + bytes(200), "deep.png": png(30_000, 30_000, 16, 0),
    }  # fmt: skip


def bodies() -> dict[str, tuple[bytes, dict[str, str]]]:
    """Bodies that are one, with their headers."""
    kind = {"Content-Type": "application/json"}
    deep = 100_000
    return {
        "lists within lists": (b'{"source": ' + b"[" * deep + b"]" * deep + b"}", kind),
        "objects within objects": (b'{"a":' * deep + b"1" + b"}" * deep, kind),
        "deep, but no deeper than Python": (b'{"layout": ' + b"[" * 900 + b"]" * 900 + b"}", kind),
        "a million lists": (b'{"source": [' + b"[]," * 1_000_000 + b"[]]}", kind),
        "a million names": (json.dumps({str(n): 0 for n in range(300_000)}).encode(), kind),
        "one name for all": (b"{" + b'"a":1,' * 300_000 + b'"a":1}', kind),
        "a number of a million digits": (b'{"seed": ' + b"9" * 1_000_000 + b"}", kind),
        "a number beyond all": (b'{"seed": 1e999999}', kind),
        "no number": (b'{"seed": NaN, "strength": Infinity}', kind),
        "a long text": (json.dumps({"source": "clip.mp4", "layout": "x" * 10_000_000}).encode(), kind),
        "options within options": (json.dumps({"options": {"options": {"options": {}}}}).encode(), kind),
        "packed": (gzip.compress(json.dumps({"source": "x" * 50_000_000}).encode()), {**kind, "Content-Encoding": "gzip"}),
        "packed, not said": (gzip.compress(b" " * 50_000_000), kind),
        "another alphabet": ('{"source": "' + "é" * 1000 + '"}').encode("utf-16") and (
            ('{"source": "' + "é" * 1000 + '"}').encode("utf-16"), kind),
        "half a pair": (b'{"source": "\\ud800.mp4", "\\udfff": 1}', kind),
        "a million parts": (b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % n
                                    for n in range(2000)) + b"--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}),
        "a part's long head": (b"--x\r\nContent-Disposition: form-data; name=" + b"a" * 500_000 + b"\r\n\r\n1\r\n--x--\r\n",
                               {"Content-Type": "multipart/form-data; boundary=x"}),
        "a part of text": (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"a" * 3_000_000 + b"\r\n--x--\r\n",
                           {"Content-Type": "multipart/form-data; boundary=x"}),
        "an endless boundary": (b"--", {"Content-Type": "multipart/form-data; boundary=" + "x" * 5000}),
    }  # fmt: skip


ORDERS = (
    ("stereo", {"size": "32768x32768"}), ("stereo", {"size": [32768, 32768]}), ("depth", {"size": "9999999999x9"}),
    ("parallax", {"size": "32768x32768"}), ("scroll", {"size": "32768x30000", "prompt": "a"}),
    ("zoom", {"size": "32768x32768", "prompt": "a"}), ("stereo", {"strength": "9**9**9**9**9"}),
    ("stereo", {"strength": "0:(" + "(" * 20_000 + ")" * 20_000 + ")"}), ("stereo", {"seed": 10**400}),
    ("stereo/preview", {"size": "32768x32768"}), ("depth/preview", {"index": 10**9}), ("depth/preview", {"index": 10**30}),
)  # fmt: skip


def bombs(server: Server) -> Iterator[tuple[str, str | None]]:
    """(what was sent, what got through or None): a job that was taken, a fault, memory or time."""
    still = (server.room.films / "still.png").read_bytes()
    for name, content in files(server.room.folder).items():
        for path in ("depth", "stereo/preview"):
            ask = partial(server.form, path, {"depth_model": "cues"}, {"source": (name, content)})
            yield f"{path} of {name}", _weighed(server, ask)
    for name, content in numbers().items():
        sent = {"source": ("still.png", still), "depth": (name, content)}
        yield f"depth file {name}", _weighed(server, partial(server.form, "stereo/preview", {}, sent))
    for name, (body, headers) in bodies().items():
        for path in ("stereo", "timeline/curve"):
            yield f"{path}: {name}", _weighed(server, partial(server.ask, "POST", path, body, headers))
    for path, options in ORDERS:
        order = {"source": "still.png", "depth_model": "cues", **options}
        yield f"{path} {str(options)[:60]}", _weighed(server, partial(server.ask, "POST", path, order))


def oversizes(server: Server) -> Iterator[tuple[str, str | None]]:
    """Bodies that are announced, or come, larger than what is taken: forms of 2 MB and JSON of 1 MB."""
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    head = b'--x\r\nContent-Disposition: form-data; name="source"; filename="a.mp4"\r\n\r\n'
    for size in (2_000_001, 3_000_000, 20_000_000):
        body = head + bytes(size) + b"\r\n--x--\r\n"
        yield f"a form of {size} bytes", _wants(server, partial(server.ask, "POST", "depth", body, form))
        text = {"source": "x" * size}
        yield f"JSON of {size} bytes", _wants(server, partial(server.ask, "POST", "depth", text))
    asked = "POST /parallax/v1/depth HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    asked += f"Authorization: {basic(USER)['Authorization']}\r\n"
    for length in ("9" * 12, "9" * 30, "2000001"):
        kind = "Content-Type: multipart/form-data; boundary=x"
        found = server.raw(f"{asked}{kind}\r\nContent-Length: {length}\r\n\r\n".encode(), 3.0)[9:12]
        yield f"announced: {length[:14]}", None if found in (b"413", b"400") else str(found)
    chunks = (b"10000\r\n" + bytes(65536) + b"\r\n") * 40
    asked += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    found = server.raw(asked.encode() + chunks, 3.0)[9:12]
    yield "chunks without end", None if found == b"413" else str(found)


def _wants(server: Server, ask: Callable[[], Answer], status: int = 413) -> str | None:
    try:
        found = ask().status
    except OSError:
        return None if server.alive else "the server died"  # it hung up before all was sent
    return None if found == status else str(found)


def _weighed(server: Server, ask: Callable[[], Answer]) -> str | None:
    server.forget_peak()
    before, begun = server.peak(), time.monotonic()
    try:
        status = ask().status
    except OSError as error:
        return f"{type(error).__name__}: the server gave no answer"
    took, grew = time.monotonic() - begun, server.peak() - before
    if not 400 <= status < 500:
        return f"status {status}"
    if grew > MOST_MEMORY or took > MOST_SECONDS:
        return f"{grew >> 20} MiB, {took:.1f} s"
    return None
