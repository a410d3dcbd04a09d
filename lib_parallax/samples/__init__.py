"""Small scenes rendered by the project itself, with exact depth, flow and second view.

left = samples.street((1920, 1080)).view(eye=0.0)
right = samples.street((1920, 1080)).view(eye=1.0)
"""

from .street import THIN, Street, View, street

__all__ = ["THIN", "Street", "View", "street", "write_clip"]


def __getattr__(name: str) -> object:
    # The clip needs the encoders, the scene does not.
    if name == "write_clip":
        from .clip import write_clip

        return write_clip
    raise AttributeError(name)
