"""Motion modules: attention over time, at each place of a map for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LENGTH = 32  # frames that a module can tell apart
HEADS = 8
PLACES = 1024  # of a map that are worked on at a time; the feed-forward layer is eight times as wide


class MotionModule(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.temporal_transformer = TemporalTransformer(channels)

    def forward(self, maps: Tensor, past: Sequence[Tensor] | None, left: list[Tensor] | None) -> Tensor:
        """Maps `[T, C, rows, columns]` of consecutive frames, each aware of the others.

        past  for maps of one frame: what the frames before it left behind, joined along time.
        left  takes what these frames leave behind: one tensor `[places, T, C]` for each of the
              module's two attentions.
        """
        return self.temporal_transformer(maps, past, left)


class TemporalTransformer(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.norm = nn.GroupNorm(32, channels, eps=1e-6)
        self.proj_in = nn.Linear(channels, channels)
        self.transformer_blocks = nn.Sequential(TemporalBlock(channels))
        self.proj_out = nn.Linear(channels, channels)

    def forward(self, maps: Tensor, past: Sequence[Tensor] | None, left: list[Tensor] | None) -> Tensor:
        tokens = self.norm(maps.float()).flatten(2).permute(2, 0, 1)  # [places, T, C]
        moved, memories = [], []
        for start in range(0, len(tokens), PLACES):
            here = slice(start, start + PLACES)
            part = self.proj_in(tokens[here].to(self.proj_in.weight.dtype)).float()
            part, memory = self.transformer_blocks[0](part, past and [kept[here] for kept in past])
            moved.append(self.proj_out(part.to(self.proj_out.weight.dtype)))
            if left is not None:
                memories.append(memory)
        if left is not None:
            left.extend(torch.cat(memory) for memory in zip(*memories, strict=True))
        return maps + torch.cat(moved).permute(1, 2, 0).reshape(maps.shape)


class TemporalBlock(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.attention_blocks: Any = nn.ModuleList(TemporalAttention(channels) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(2))
        self.ff = FeedForward(channels)
        self.ff_norm = nn.LayerNorm(channels)

    def forward(self, tokens: Tensor, past: Sequence[Tensor] | None) -> tuple[Tensor, list[Tensor]]:
        left = []
        for i, (attention, norm) in enumerate(zip(self.attention_blocks, self.norms, strict=True)):
            normed = norm(tokens).to(attention.to_q.weight.dtype)
            left.append(normed)
            tokens = tokens + attention(normed, None if past is None else past[i])
        return tokens + self.ff(self.ff_norm(tokens)), left


class TemporalAttention(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(channels, channels, bias=False)
        self.to_v = nn.Linear(channels, channels, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])
        self.pos_encoder = FramePositions(channels)

    def forward(self, tokens: Tensor, past: Tensor | None) -> Tensor:
        """`[places, T, C]`; with `past` `[places, P, C]`, the T frames look at those P as well."""
        frames = tokens.shape[1]
        if past is not None:
            tokens = torch.cat([past.to(tokens.dtype), tokens], 1)
        tokens = self.pos_encoder(tokens)
        query, key, value = (
            turn(part).unflatten(2, (HEADS, -1)).transpose(1, 2)  # [places, heads, T, C / heads]
            for turn, part in ((self.to_q, tokens[:, -frames:]), (self.to_k, tokens), (self.to_v, tokens))
        )
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.to_out[0](mixed.transpose(1, 2).flatten(2))


class FramePositions(nn.Module):
    """Codes of a frame's position in its window, stored in the checkpoints."""

    def __init__(self, channels: int):
        super().__init__()
        self.pe: Tensor
        self.register_buffer("pe", torch.zeros(1, LENGTH, channels))

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens + self.pe[:, : tokens.shape[1]].to(tokens.dtype)


class FeedForward(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        # A ModuleList with a gap, for the names in the checkpoints: net.0.proj and net.2.
        self.net = nn.ModuleList([Gated(channels), nn.Identity(), nn.Linear(4 * channels, channels)])

    def forward(self, tokens: Tensor) -> Tensor:
        for module in self.net:
            tokens = module(tokens)
        return tokens


class Gated(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.proj = nn.Linear(channels, 8 * channels)

    def forward(self, tokens: Tensor) -> Tensor:
        value, gate = self.proj(tokens.to(self.proj.weight.dtype)).chunk(2, -1)
        return value * F.gelu(gate)
