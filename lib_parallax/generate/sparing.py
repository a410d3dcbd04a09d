"""How a model is to be computed: where, in which numbers, and what is given up for want of memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sparing:
    """What those who load a generator may ask of the model that it runs itself.

    device     left out, the fastest there is
    precision  "fp32", "fp16" or "bf16"; "auto" is fp16 on CUDA, else fp32
    offload    what waits in main memory: "none" of it, all but the "model" at work, all but the layer at
               work ("sequential"); "auto" as little as will do
    slicing    attention in slices and large pictures in tiles from the start
    """

    device: str | None = None
    precision: str = "auto"
    offload: str = "auto"
    slicing: bool = False

    def asked(self) -> list[str]:
        """The options that ask for something, by their names among a loop's."""
        changed = {
            "paint_precision": self.precision != "auto",
            "paint_offload": self.offload != "auto",
            "paint_slicing": self.slicing,
        }
        return [name for name, is_asked in changed.items() if is_asked]
