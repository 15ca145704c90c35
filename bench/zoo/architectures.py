"""Small classifiers of several families, built from random weights."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def block(i, o, stride=1, bn=True, act=nn.ReLU, groups=1, k=3):
    layers = [nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=not bn)]
    if bn:
        layers.append(nn.BatchNorm2d(o))
    layers.append(act())
    return nn.Sequential(*layers)


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.a = block(i, o, stride)
        self.b = nn.Sequential(nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
        self.s = nn.Sequential() if i == o and stride == 1 else nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.b(self.a(x)) + self.s(x))


class Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.h, self.n1, self.n2 = heads, nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.m = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.n1(x)).reshape(-1, n, 3, self.h, d // self.h).permute(2, 0, 3, 1, 4).unbind(0)
        w = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(d // self.h), -1)
        x = x + self.o((w @ v).transpose(1, 2).reshape(-1, n, d))
        return x + self.m(self.n2(x))


class SqueezeExcite(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = nn.Conv2d(c, c // 4, 1), nn.Conv2d(c // 4, c, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.b(F.relu(self.a(x.mean((2, 3), keepdim=True)))))


class Dense(nn.Module):
    """Every layer sees all before it; `n` layers of `grow` channels each."""

    def __init__(self, c, grow, n):
        super().__init__()
        self.layers = nn.ModuleList([block(c + i * grow, grow) for i in range(n)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


class GroupNormResidual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.a, self.n = nn.Conv2d(i, o, 3, stride, 1), nn.GroupNorm(8, o)
        self.b, self.m = nn.Conv2d(o, o, 3, 1, 1), nn.GroupNorm(8, o)
        self.s = nn.Conv2d(i, o, 1, stride)

    def forward(self, x):
        return F.relu(self.m(self.b(F.relu(self.n(self.a(x))))) + self.s(x))


class NextBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.d, self.n = nn.Conv2d(c, c, 5, 1, 2, groups=c), nn.BatchNorm2d(c)
        self.a, self.b = nn.Conv2d(c, 2 * c, 1), nn.Conv2d(2 * c, c, 1)

    def forward(self, x):
        return x + self.b(F.gelu(self.a(self.n(self.d(x)))))


class InvertedResidual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        wide = 3 * i
        self.f = nn.Sequential(
            nn.Conv2d(i, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.Hardswish(),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.Hardswish(),
            nn.Conv2d(wide, o, 1, bias=False), nn.BatchNorm2d(o),
        )
        self.is_residual = i == o and stride == 1

    def forward(self, x):
        return x + self.f(x) if self.is_residual else self.f(x)


class Fire(nn.Module):
    def __init__(self, i, squeeze, o):
        super().__init__()
        self.q, self.a, self.b = block(i, squeeze, k=1), block(squeeze, o // 2, k=1), block(squeeze, o // 2)

    def forward(self, x):
        x = self.q(x)
        return torch.cat([self.a(x), self.b(x)], 1)


class PreActivation(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.n, self.a = nn.BatchNorm2d(i), nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.m, self.b = nn.BatchNorm2d(o), nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.s = nn.Conv2d(i, o, 1, stride, bias=False)

    def forward(self, x):
        h = F.relu(self.n(x))
        return self.b(F.relu(self.m(self.a(h)))) + self.s(h)


class GroupedResidual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.f = nn.Sequential(block(i, o, k=1), block(o, o, stride, groups=8), nn.Conv2d(o, o, 1, bias=False), nn.BatchNorm2d(o))
        self.s = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.f(x) + self.s(x))


class Inception(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.a = block(i, o // 4, k=1)
        self.b = nn.Sequential(block(i, o // 4, k=1), block(o // 4, o // 2))
        self.c = nn.Sequential(nn.AvgPool2d(3, 1, 1), block(i, o // 4, k=1))

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), self.c(x)], 1)


class Vit(nn.Module):
    def __init__(self, c, side, k, d=48, depth=3, patch=4):
        super().__init__()
        self.p = nn.Conv2d(c, d, patch, patch)
        self.e = nn.Parameter(torch.randn(1, (side // patch) ** 2, d) * 0.02)
        self.b = nn.Sequential(*[Attention(d, 4) for _ in range(depth)])
        self.n, self.f = nn.LayerNorm(d), nn.Linear(d, k)

    def forward(self, x):
        x = self.p(x).flatten(2).transpose(1, 2) + self.e
        return self.f(self.n(self.b(x)).mean(1))


def build(kind, c, side, k):
    gap = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    if kind == "lenet":
        q = side // 4 - 3 if side == 28 else side // 4 - 3
        return nn.Sequential(nn.Conv2d(c, 12, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(12, 24, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(24 * q * q, 96), nn.Tanh(), nn.Linear(96, k))
    if kind == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(c * side * side, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, k))
    if kind == "vggbn":
        return nn.Sequential(block(c, 24), block(24, 24), nn.MaxPool2d(2), block(24, 48), nn.MaxPool2d(2), block(48, 64), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.2), nn.Linear(64 * (side // 8) ** 2, 64), nn.ReLU(), nn.Linear(64, k))
    if kind == "allconv":
        e = lambda: nn.LeakyReLU(0.1)
        return nn.Sequential(block(c, 24, act=e), block(24, 32, 2, act=e), block(32, 48, act=e), block(48, 64, 2, act=e), block(64, 64, act=e), *gap, nn.Linear(64, k))
    if kind == "resnet":
        return nn.Sequential(block(c, 16), Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2), *gap, nn.Linear(64, k))
    if kind == "mobile":
        r = lambda i, o, s: nn.Sequential(block(i, i, s, act=nn.ReLU6, groups=i), block(i, o, 1, act=nn.ReLU6, k=1))
        return nn.Sequential(block(c, 24, act=nn.ReLU6), r(24, 48, 1), r(48, 64, 2), r(64, 96, 1), r(96, 128, 2), r(128, 128, 1), *gap, nn.Linear(128, k))
    if kind == "vit":
        return Vit(c, side, k)
    if kind == "vitsmall":
        return Vit(c, side, k, d=64, depth=3, patch=side // 4)
    if kind == "lenetrelu":
        q = side // 4 - 2
        return nn.Sequential(nn.Conv2d(c, 16, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * q * q, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, k))
    if kind == "vgg":
        return nn.Sequential(block(c, 16), block(16, 16), nn.MaxPool2d(2), block(16, 32), block(32, 32), nn.MaxPool2d(2), block(32, 64), block(64, 64), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * (side // 8) ** 2, 64), nn.ReLU(), nn.Linear(64, k))
    if kind == "plain":  # nothing but convolutions and ReLU
        return nn.Sequential(block(c, 24, bn=False), block(24, 40, 2, bn=False), block(40, 40, bn=False), block(40, 64, 2, bn=False), block(64, 64, bn=False), nn.Conv2d(64, k, 1), *gap)
    if kind == "mobilenet":  # "mobile" with most of its work behind a stride
        r = lambda i, o, s: nn.Sequential(block(i, i, s, act=nn.ReLU6, groups=i), block(i, o, 1, act=nn.ReLU6, k=1))
        return nn.Sequential(block(c, 24, act=nn.ReLU6), r(24, 48, 2), r(48, 64, 1), r(64, 96, 2), r(96, 128, 1), *gap, nn.Linear(128, k))
    if kind == "senet":
        return nn.Sequential(block(c, 24), SqueezeExcite(24), block(24, 48, 2), SqueezeExcite(48), block(48, 64, 2), SqueezeExcite(64), *gap, nn.Linear(64, k))
    if kind == "dense":
        return nn.Sequential(block(c, 16), Dense(16, 12, 3), nn.AvgPool2d(2), block(52, 32, k=1), Dense(32, 12, 3), nn.AvgPool2d(2), *gap, nn.Linear(68, k))
    if kind == "gnres":
        return nn.Sequential(nn.Conv2d(c, 16, 3, 1, 1), nn.ReLU(), GroupNormResidual(16, 24, 1), GroupNormResidual(24, 40, 2), GroupNormResidual(40, 64, 2), *gap, nn.Linear(64, k))
    if kind == "next":
        return nn.Sequential(nn.Conv2d(c, 40, 2, 2), NextBlock(40), NextBlock(40), nn.Conv2d(40, 64, 2, 2), NextBlock(64), *gap, nn.Linear(64, k))
    if kind == "hswish":
        return nn.Sequential(block(c, 16, act=nn.Hardswish), InvertedResidual(16, 24, 2), InvertedResidual(24, 24, 1), InvertedResidual(24, 40, 2), *gap, nn.Linear(40, k))
    if kind == "deepplain":
        return nn.Sequential(block(c, 24), block(24, 24), nn.MaxPool2d(2), block(24, 48), block(48, 48), nn.MaxPool2d(2), block(48, 64), block(64, 64), nn.Flatten(), nn.Linear(64 * (side // 4) ** 2, 48), nn.ReLU(), nn.Linear(48, k))
    if kind == "fire":
        return nn.Sequential(block(c, 32), nn.MaxPool2d(2), Fire(32, 16, 48), Fire(48, 16, 64), nn.MaxPool2d(2), Fire(64, 24, 96), *gap, nn.Linear(96, k))
    if kind == "preres":
        return nn.Sequential(nn.Conv2d(c, 16, 3, 1, 1, bias=False), PreActivation(16, 24, 1), PreActivation(24, 48, 2), PreActivation(48, 64, 2), nn.BatchNorm2d(64), nn.ReLU(), *gap, nn.Linear(64, k))
    if kind == "resnext":
        return nn.Sequential(block(c, 24), GroupedResidual(24, 48, 1), GroupedResidual(48, 64, 2), GroupedResidual(64, 96, 2), *gap, nn.Linear(96, k))
    if kind == "incept":
        return nn.Sequential(block(c, 24), nn.MaxPool2d(2), Inception(24, 48), nn.MaxPool2d(2), Inception(48, 64), Inception(64, 64), *gap, nn.Linear(64, k))
    if kind == "twohead":  # two hidden layers behind the convolutions
        return nn.Sequential(block(c, 20), block(20, 32, 2), block(32, 48), block(48, 64, 2), nn.Flatten(), nn.Linear(64 * ((side + 3) // 4) ** 2, 100), nn.ReLU(), nn.Dropout(0.2), nn.Linear(100, 50), nn.ReLU(), nn.Linear(50, k))
    if kind == "elu":
        return nn.Sequential(block(c, 24, act=nn.ELU), block(24, 32, 2, act=nn.ELU), block(32, 64, act=nn.ELU), nn.MaxPool2d(2), block(64, 64, act=nn.ELU), *gap, nn.Linear(64, k))
    raise ValueError(kind)


def with_dropout(net, share):
    """The same Sequential with dropout before its last linear layer."""
    layers = list(net)
    last = max(index for index, layer in enumerate(layers) if isinstance(layer, nn.Linear))
    return nn.Sequential(*layers[:last], nn.Dropout(share), *layers[last:])


class Normalized(nn.Module):
    """The normalisation as part of the graph, so a caller feeds pixels in [0, 1]."""

    def __init__(self, net, mean, std):
        super().__init__()
        self.net = net
        self.register_buffer("mean", mean.view(1, -1, 1, 1))
        self.register_buffer("std", std.view(1, -1, 1, 1))

    def forward(self, x):
        return self.net((x - self.mean) / self.std)
