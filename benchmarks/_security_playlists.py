"""Files that are lists of other files: nothing may be read but what was sent, nor anybody be connected to."""
# ruff: noqa: E501 - an attack stands in one line

from __future__ import annotations

from collections.abc import Iterator

from _security_server import MARK, Server

SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts", ".gif")


def lists(server: Server) -> dict[str, bytes]:
    """The lists by their kind."""
    film, port = server.room.secret / "film.mp4", server.room.canary.port
    web = f"http://127.0.0.1:{port}/a"
    hls = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9.0,\n{}\n#EXT-X-ENDLIST\n"
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="9" codecs="avc1.42c00a">'
        "<BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )
    made = {
        "hls of a file": hls.format(film), "hls of a file's address": hls.format(f"file://{film}"),
        "hls of the web": hls.format(f"{web}.ts"), "hls joined": hls.format(f"concat:{film}|{film}"),
        "hls cut out": hls.format(f"subfile,,start,0,end,0,,:{film}"), "hls of data": hls.format("data:video/mp4;base64,AAAA"),
        "hls in crypto": hls.format(f"crypto+file:{film}"), "hls relative": hls.format("../../secret/film.mp4"),
        "hls with a key": hls.format("a.ts").replace("#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{film}"\n#EXTINF'),
        "hls with a map": hls.format("a.ts").replace("#EXTINF", f'#EXT-X-MAP:URI="{web}.mp4"\n#EXTINF'),
        "hls of lists": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{web}.m3u8\n",
        "ffconcat of a file": f"ffconcat version 1.0\nfile '{film}'\n", "ffconcat of the web": f"ffconcat version 1.0\nfile {web}\n",
        "ffconcat relative": "ffconcat version 1.0\nfile ../../secret/film.mp4\n",
        "dash of a file": dash.format(f"file://{film}"), "dash of the web": dash.format(f"{web}.mp4"),
        "smooth streaming": f'<?xml version="1.0"?><SmoothStreamingMedia Url="{web}"/>',
        "imf": f'<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>{web}</Id></CompositionPlaylist>',
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "asx": f'<ASX version="3"><Entry><Ref href="{web}"/></Entry></ASX>', "asf": f"[Reference]\nRef1={web}\nRef2=file://{film}\n",
        "rtsp text": f"RTSPtext rtsp://127.0.0.1:{port}/a\n", "pls": f"[playlist]\nFile1={web}\nNumberOfEntries=1\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
               f'<image xlink:href="{web}.png" width="9" height="9"/></svg>',
        "vobsub": "# VobSub index file, v7\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 0\n",
        "avisynth": f'DirectShowSource("{web}")\n', "webm dash": "<?xml?><MPD><webm_dash_manifest/></MPD>",
        "ffmetadata": f";FFMETADATA1\ntitle={film}\n", "quicktime text": f'<?quicktime type="x"?><embed src="{web}"/>',
        "smil": f'<smil><body><video src="{web}"/></body></smil>', "mpjpeg": f"--a\r\nContent-Location: {web}\r\n\r\n",
    }  # fmt: skip
    found = {name: text.encode() for name, text in made.items()}
    clip = (server.room.films / "clip.mp4").read_bytes()
    found["quicktime reference"] = _reference(f"{web}.mov".encode())
    found["mp4 with its data elsewhere"] = _elsewhere(clip, str(film).encode())
    return found


def _box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def _reference(address: bytes) -> bytes:
    """A QuickTime file that is nothing but another's address."""
    data = bytes(4) + b"url " + (len(address) + 1).to_bytes(4, "big") + address + b"\0"
    return _box(b"ftyp", b"qt  " + bytes(4)) + _box(
        b"moov", _box(b"rmra", _box(b"rmda", _box(b"rdrf", data)))
    )


def _elsewhere(film: bytes, path: bytes) -> bytes:
    """A film whose samples are said to lie in another file: `url ` says "here", and is made to say otherwise."""
    return film.replace(b"\0\0\0\x0curl \0\0\0\x01", b"\0\0\0\x0cfile\0\0\0\0") + _box(b"free", path)


def attacks(server: Server, whole: bool) -> Iterator[tuple[str, str | None]]:
    """(what was sent, what got through or None). `whole` sends every list under every suffix."""
    still = (server.room.films / "still.png").read_bytes()
    for number, (name, content) in enumerate(lists(server).items()):
        real = (
            name == "mp4 with its data elsewhere"
        )  # which is a film besides: it may be shown without the rest
        for suffix in SUFFIXES if whole else SUFFIXES[number % 4 :: 4]:
            sung = server.room.canary.sung
            sent = [
                server.form("depth/preview", {"depth_model": "cues"}, {"source": (f"a{suffix}", content)}),
                server.form(
                    "stereo/preview", {}, {"source": ("a.png", still), "depth": (f"a{suffix}", content)}
                ),
                server.form(
                    "depth",
                    {"depth_model": "cues"},
                    {"source": ("a.png", still), "sound": (f"a{suffix}", content)},
                ),
            ]
            wrong = [
                str(answer.status)
                for answer in sent
                if MARK in answer.body or not (real or 400 <= answer.status < 500)
            ]
            wrong += ["somebody connected"] if server.room.canary.sung != sung else []
            yield f"{name}{suffix}", ", ".join(wrong) or None
    hidden = [
        path
        for path in server.room.films.parent.rglob("*")
        if path.suffix == ".mp4" and MARK in path.read_bytes()
    ]
    yield "the secret among the results", str(hidden) if hidden else None
