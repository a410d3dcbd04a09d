"""What looks at likeness and flow, remembers, and says how the flow is to change."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .encoder import convolution
from .shapes import LEVELS, RaftShape


class UpdateBlock(nn.Module):
    """One update. Every map is `[1, C, h, w]`, of points."""

    def __init__(self, shape: RaftShape):
        super().__init__()
        self.motion_encoder = MotionEncoder(shape)
        self.recurrent_block = RecurrentBlock(shape)
        self.flow_head = FlowHead(shape)

    def forward(
        self, hidden: Tensor, context: Tensor, likeness: Tensor, flow: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What is remembered now, and what the flow changes by."""
        seen = torch.cat((context, self.motion_encoder(flow, likeness)), 1)
        hidden = self.recurrent_block(hidden, seen)
        return hidden, self.flow_head(hidden)


class MotionEncoder(nn.Module):
    """Likeness and flow as features, of which the last two are the flow itself."""

    def __init__(self, shape: RaftShape):
        super().__init__()
        looked_at = LEVELS * (2 * shape.radius + 1) ** 2
        first, last = shape.likeness[0], shape.likeness[-1]
        self.convcorr1 = convolution(looked_at, first, 1)
        self.convcorr2 = convolution(first, last, 3) if len(shape.likeness) > 1 else nn.Identity()
        self.convflow1 = convolution(2, shape.flow[0], 7)
        self.convflow2 = convolution(*shape.flow, 3)
        self.conv = convolution(last + shape.flow[-1], shape.motion - 2, 3)

    def forward(self, flow: Tensor, likeness: Tensor) -> Tensor:
        both = (self.convcorr2(self.convcorr1(likeness)), self.convflow2(self.convflow1(flow)))
        return torch.cat((self.conv(torch.cat(both, 1)), flow), 1)


class RecurrentBlock(nn.Module):
    """One recurrent unit, or two: along rows, then along columns."""

    def __init__(self, shape: RaftShape):
        super().__init__()
        for number, kernel in enumerate(shape.kernels, 1):
            unit = RecurrentUnit(shape.hidden, shape.context + shape.motion, kernel)
            self.add_module(f"convgru{number}", unit)

    def forward(self, hidden: Tensor, seen: Tensor) -> Tensor:
        for unit in self.children():
            hidden = unit(hidden, seen)
        return hidden


class RecurrentUnit(nn.Module):
    """A gated recurrent unit (Cho et al. 2014) of convolutions."""

    def __init__(self, hidden: int, seen: int, kernel: tuple[int, int]):
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.convz = nn.Conv2d(hidden + seen, hidden, kernel, padding=padding)
        self.convr = nn.Conv2d(hidden + seen, hidden, kernel, padding=padding)
        self.convq = nn.Conv2d(hidden + seen, hidden, kernel, padding=padding)

    def forward(self, hidden: Tensor, seen: Tensor) -> Tensor:
        both = torch.cat((hidden, seen), 1)
        share, kept = self.convz(both).sigmoid(), self.convr(both).sigmoid() * hidden
        fresh = self.convq(torch.cat((kept, seen), 1)).tanh()
        return hidden + share * (fresh - hidden)


class FlowHead(nn.Module):
    """The flow's change, from what is remembered."""

    def __init__(self, shape: RaftShape):
        super().__init__()
        self.conv1 = nn.Conv2d(shape.hidden, shape.head, 3, padding=1)
        self.conv2 = nn.Conv2d(shape.head, 2, 3, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        change: Tensor = self.conv2(self.conv1(hidden).relu())
        return change
