"""The DINOv2 vision transformer: pictures in, tokens of four of its blocks out.

Linear maps and convolutions may be narrowed to half precision (see `narrowed`); what runs from
block to block, the norms and the scales stay float32.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .shapes import GRID, PATCH, VitShape

# Added to the wanted grid before it is divided by GRID, as the official code does: it keeps the
# resampled position codes from losing a row to rounding, and moves them by a trace.
NUDGE = 0.1


class Backbone(nn.Module):
    def __init__(self, shape: VitShape):
        super().__init__()
        self.taps = shape.taps
        self.cls_token = nn.Parameter(torch.zeros(1, 1, shape.embed))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + GRID * GRID, shape.embed))
        self.mask_token = nn.Parameter(torch.zeros(1, shape.embed))  # of the training alone
        self.patch_embed = PatchEmbed(shape.embed)
        self.blocks = nn.ModuleList(Block(shape.embed, shape.heads) for _ in range(shape.depth))
        self.norm = nn.LayerNorm(shape.embed, eps=1e-6)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Normalised tokens of each tap, `[N, rows * columns, embed]`, for `[N, 3, h, w]`."""
        rows, columns = pictures.shape[-2] // PATCH, pictures.shape[-1] // PATCH
        tokens = self.patch_embed(pictures)
        tokens = torch.cat([self.cls_token.expand(len(tokens), -1, -1), tokens], 1)
        tokens = tokens + self._positions(rows, columns)
        tapped = []
        for index, block in enumerate(self.blocks):
            tokens = block(tokens)
            if index in self.taps:
                tapped.append(self.norm(tokens)[:, 1:])
        return tapped

    def _positions(self, rows: int, columns: int) -> Tensor:
        """Position codes resampled to the picture's grid, `[1, 1 + rows * columns, embed]`."""
        if rows == columns == GRID:
            return self.pos_embed
        own, grid = self.pos_embed[:, :1], self.pos_embed[:, 1:]
        grid = grid.transpose(1, 2).unflatten(2, (GRID, GRID))
        if grid.device.type == "mps":  # has no bicubic in the older releases
            grid = grid.cpu()
        factor = ((rows + NUDGE) / GRID, (columns + NUDGE) / GRID)
        grid = F.interpolate(grid, scale_factor=factor, mode="bicubic").to(own.device)
        return torch.cat([own, grid.flatten(2).transpose(1, 2)], 1)


class PatchEmbed(nn.Module):
    def __init__(self, embed: int):
        super().__init__()
        self.proj = nn.Conv2d(3, embed, PATCH, PATCH)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.proj(pictures.to(self.proj.weight.dtype)).flatten(2).transpose(1, 2)


class Block(nn.Module):
    def __init__(self, embed: int, heads: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(embed, eps=1e-6)
        self.attn = Attention(embed, heads)
        self.ls1 = LayerScale(embed)
        self.norm2 = nn.LayerNorm(embed, eps=1e-6)
        self.mlp = Mlp(embed)
        self.ls2 = LayerScale(embed)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.ls1(self.attn(self.norm1(tokens)))
        return tokens + self.ls2(self.mlp(self.norm2(tokens)))


class Attention(nn.Module):
    def __init__(self, embed: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(embed, 3 * embed)
        self.proj = nn.Linear(embed, embed)

    def forward(self, tokens: Tensor) -> Tensor:
        packed = self.qkv(tokens.to(self.qkv.weight.dtype))  # [N, T, 3 * embed]
        query, key, value = packed.unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)  # [N, heads, T, embed / heads]
        return self.proj(mixed.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, embed: int):
        super().__init__()
        self.fc1 = nn.Linear(embed, 4 * embed)
        self.fc2 = nn.Linear(4 * embed, embed)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(tokens.to(self.fc1.weight.dtype))))


class LayerScale(nn.Module):
    def __init__(self, embed: int):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(embed))

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens * self.gamma
