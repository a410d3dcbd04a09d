import io

from lib_parallax.faces.terminal import Terminal
from lib_parallax.types import Event


def progress(done, left=None):
    return Event("progress", data={"done": done, "total": 10, "fps": 0.25, "seconds_left": left})


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_lines_come_now_and_then(monkeypatch):
    from lib_parallax.faces import terminal

    clock = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: clock[0])
    stream = io.StringIO()
    shown = Terminal(stream=stream)
    for done in range(10):
        clock[0] += 2.0
        shown.event(progress(done, 4000.0))
    assert stream.getvalue().splitlines() == [
        "frame 2 of 10, 4.0 s a frame, 1 h 06 min left",
        "frame 5 of 10, 4.0 s a frame, 1 h 06 min left",
        "frame 8 of 10, 4.0 s a frame, 1 h 06 min left",
    ]


def test_a_screen_gets_a_bar_that_starts_where_the_job_was_left():
    stream = Screen()
    shown = Terminal(stream=stream)
    shown.event(Event("job", data={"folder": "j", "outputs": [], "resumed": 4}))
    shown.event(progress(4))
    shown.event(Event("warning", "odd"))
    shown.event(progress(10))
    shown.close()
    text = stream.getvalue()
    assert "4 frames are done" in text and "warning: odd" in text
    assert "4/10" in text and "10/10" in text


def test_quiet_draws_nothing():
    for stream in (io.StringIO(), Screen()):
        shown = Terminal(quiet=True, stream=stream)
        shown.event(Event("job", data={"folder": "j", "outputs": [], "resumed": 4}))
        shown.event(progress(4))
        shown.event(Event("warning", "odd"))
        shown.close()
        assert stream.getvalue() == ""
