"""The study's architectures in PyTorch, for comparing speed only; parameter for parameter those of `models`.

Their training has no L2 penalty; that of the ResNets in `models` has one, which Keras and the suite compute at every step.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.engine.interface import Shape


def build(architecture: str, shape: Shape) -> nn.Module:
    """Build an untrained network that returns logits, (N, 10), for images, (N, C, H, W) float32.

    Args:
        architecture: One of the study's.
        shape: Height, width and channels of an image.

    Raises:
        ValueError: The architecture is not one of the study's.
    """
    makers = {
        "lenet": _lenet,
        "vgg": _vgg,
        "resnet20v1": ResNetV1,
        "resnet20v2": ResNetV2,
        "squeezenet": SqueezeNet,
    }
    if architecture not in makers:
        raise ValueError(
            f"architecture {architecture!r} has no PyTorch version; choose one of: {', '.join(makers)}"
        )
    model: nn.Module = makers[architecture](*shape)
    return model


def _lenet(height: int, width: int, channels: int) -> nn.Module:
    flat = 16 * (((height - 2) // 2 - 1) // 2) ** 2
    return nn.Sequential(
        nn.Conv2d(channels, 6, 3), nn.Tanh(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 2), nn.Tanh(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(flat, 256), nn.Tanh(), nn.Linear(256, 10),
    )  # fmt: skip


def _vgg(height: int, width: int, channels: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.5),
        nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.Conv2d(128, 256, 3), nn.ReLU(),
        nn.MaxPool2d(3), nn.Dropout(0.5),
        nn.Flatten(), nn.Linear(4096, 256), nn.LeakyReLU(0.3), nn.Dropout(0.5),
        nn.Linear(256, 256), nn.LeakyReLU(0.3), nn.Linear(256, 10),
    )  # fmt: skip


class _Stem(nn.Module):
    """First convolution; grey images are padded by 2 on every side and get no batch norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.grey = channels == 1
        self.conv = nn.Conv2d(channels, 16, 3, padding=1)
        self.norm = None if self.grey else nn.BatchNorm2d(16)

    def forward(self, x: Any) -> Any:
        x = self.conv(functional.pad(x, (2, 2, 2, 2)) if self.grey else x)
        return x if self.norm is None else functional.relu(self.norm(x))


class _BlockV1(nn.Module):
    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inner, outer, 3, stride, 1), nn.BatchNorm2d(outer)
        self.conv2, self.norm2 = nn.Conv2d(outer, outer, 3, 1, 1), nn.BatchNorm2d(outer)
        self.shortcut = nn.Conv2d(inner, outer, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x: Any) -> Any:
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.shortcut(x) + self.norm2(self.conv2(y)))


class ResNetV1(nn.Module):
    """ResNet20, version 1."""

    def __init__(self, height: int, width: int, channels: int) -> None:
        super().__init__()
        blocks, inner = [], 16
        for outer in (16, 32, 64):
            for block in range(3):
                blocks.append(_BlockV1(inner, outer, 2 if outer > 16 and block == 0 else 1))
                inner = outer
        self.stem, self.blocks, self.dense = _Stem(channels), nn.Sequential(*blocks), nn.Linear(64, 10)

    def forward(self, x: Any) -> Any:
        return self.dense(functional.avg_pool2d(self.blocks(self.stem(x)), 8).flatten(1))


class _BlockV2(nn.Module):
    def __init__(self, inner: int, narrow: int, outer: int, stride: int, *, first: bool, bare: bool) -> None:
        super().__init__()
        self.norm1 = None if bare else nn.BatchNorm2d(inner)
        self.conv1, self.norm2 = nn.Conv2d(inner, narrow, 1, stride), nn.BatchNorm2d(narrow)
        self.conv2, self.norm3 = nn.Conv2d(narrow, narrow, 3, 1, 1), nn.BatchNorm2d(narrow)
        self.conv3 = nn.Conv2d(narrow, outer, 1)
        self.shortcut = nn.Conv2d(inner, outer, 1, stride) if first else nn.Identity()

    def forward(self, x: Any) -> Any:
        y = x if self.norm1 is None else functional.relu(self.norm1(x))
        y = functional.relu(self.norm2(self.conv1(y)))
        y = functional.relu(self.norm3(self.conv2(y)))
        return self.shortcut(x) + self.conv3(y)


class ResNetV2(nn.Module):
    """ResNet20, version 2."""

    def __init__(self, height: int, width: int, channels: int) -> None:
        super().__init__()
        blocks, inner = [], 16
        for stage, (narrow, outer) in enumerate(((16, 64), (64, 128), (128, 256))):
            for block in range(2):
                first = block == 0
                stride = 2 if stage and first else 1
                bare = stage == block == 0
                blocks.append(_BlockV2(inner, narrow, outer, stride, first=first, bare=bare))
                inner = outer
        self.stem, self.blocks = _Stem(channels), nn.Sequential(*blocks)
        self.norm, self.dense = nn.BatchNorm2d(256), nn.Linear(256, 10)

    def forward(self, x: Any) -> Any:
        x = functional.relu(self.norm(self.blocks(self.stem(x))))
        return self.dense(functional.avg_pool2d(x, 8).flatten(1))


class _Fire(nn.Module):
    """The study's fire module, which joins the expand convolutions along the height."""

    def __init__(self, inner: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inner, squeeze, 1)
        self.narrow, self.wide = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Any) -> Any:
        x = functional.relu(self.squeeze(x))
        return torch.cat([functional.relu(self.narrow(x)), functional.relu(self.wide(x))], 2)


class SqueezeNet(nn.Module):
    """SqueezeNet in the study's form."""

    def __init__(self, height: int, width: int, channels: int) -> None:
        super().__init__()
        pool, fire = nn.MaxPool2d, _Fire
        self.body = nn.Sequential(
            nn.Conv2d(channels, 96, 3, 2), nn.ReLU(), pool(2),
            fire(96, 16, 64), fire(64, 16, 64), fire(64, 32, 128), pool(2),
            fire(128, 32, 128), fire(128, 48, 192), fire(192, 48, 192), fire(192, 64, 256), pool(2),
            fire(256, 64, 256), nn.Dropout(0.5), nn.Conv2d(256, 10, 1),
            nn.AvgPool2d(13, 1, 6, count_include_pad=False), nn.Flatten(),
        )  # fmt: skip
        side = ((height - 3) // 2 + 1) // 2
        self.dense = nn.Linear(10 * side * 2**6 * (side // 2 // 2), 10)

    def forward(self, x: Any) -> Any:
        return self.dense(self.body(x))
