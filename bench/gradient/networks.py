#!/usr/bin/python3
"""The peer of bench/gradient: exports networks with random weights, then times forward plus input gradient on request.

    networks.py FOLDER THREADS      reads "NAME BATCH" lines from stdin, answers milliseconds of one run, a line each
"""
import sys
import time
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings("ignore")


def conv(i, o, k=3, s=1, g=1):
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(o))


class Basic(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.a, self.b = conv(i, o, 3, s), conv(o, o)
        self.skip = nn.Identity() if s == 1 and i == o else conv(i, o, 1, s)

    def forward(self, x):
        return torch.relu(self.b(torch.relu(self.a(x))) + self.skip(x))


class Inverted(nn.Module):
    def __init__(self, i, o, s, e):
        super().__init__()
        self.body = nn.Sequential(conv(i, i * e, 1), nn.ReLU6(), conv(i * e, i * e, 3, s, i * e), nn.ReLU6(), conv(i * e, o, 1))
        self.residual = s == 1 and i == o

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class Attention(nn.Module):
    def __init__(self, c, h):
        super().__init__()
        self.h, self.n1, self.n2, self.qkv, self.o = h, nn.LayerNorm(c), nn.LayerNorm(c), nn.Linear(c, 3 * c), nn.Linear(c, c)
        self.mlp = nn.Sequential(nn.Linear(c, 4 * c), nn.GELU(), nn.Linear(4 * c, c))

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(self.n1(x)).reshape(b, n, 3, self.h, c // self.h).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.o((torch.softmax(q @ k.transpose(-2, -1) * (c // self.h) ** -0.5, -1) @ v).transpose(1, 2).reshape(b, n, c))
        return x + self.mlp(self.n2(x))


class Vit(nn.Module):
    def __init__(self, c=192, depth=6, heads=3):
        super().__init__()
        self.patch, self.token, self.place = nn.Conv2d(3, c, 4, 4), nn.Parameter(torch.randn(1, 1, c)), nn.Parameter(torch.randn(1, 65, c))
        self.blocks, self.head = nn.Sequential(*[Attention(c, heads) for _ in range(depth)], nn.LayerNorm(c)), nn.Linear(c, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        return self.head(self.blocks(torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place)[:, 0])


def small():
    return nn.Sequential(nn.Conv2d(3, 32, 3, 1, 1), nn.ReLU(), nn.Conv2d(32, 32, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, 1, 1), nn.ReLU(), nn.Conv2d(64, 64, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 10))


def resnet():
    layers, width = [conv(3, 64), nn.ReLU()], 64
    for out, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Basic(width, out, stride), Basic(out, out, 1)]
        width = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def mobilenet():
    layers, width = [conv(3, 32), nn.ReLU6()], 32
    for e, out, n, s in ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for at in range(n):
            layers.append(Inverted(width, out, s if at == 0 else 1, e))
            width = out
    return nn.Sequential(*layers, conv(320, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 10))


folder, threads = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
networks = {"small-cnn": small(), "resnet-18": resnet(), "mobilenet-v2": mobilenet(), "vit": Vit()}
for name, network in networks.items():
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    torch.onnx.export(network, torch.randn(1, 3, 32, 32), str(folder / f"{name}.onnx"), opset_version=17, input_names=["image"], output_names=["logits"], dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}})
print(f"ready {torch.__version__}", flush=True)
for line in sys.stdin:
    name, batch = line.split()
    image = torch.full((int(batch), 3, 32, 32), 0.3) + torch.randn(int(batch), 3, 32, 32) * 0.2
    image.requires_grad_(True)
    labels = torch.zeros(int(batch), dtype=torch.long)
    start = time.perf_counter()
    torch.autograd.grad(F.cross_entropy(networks[name](image), labels), image)
    print(1000 * (time.perf_counter() - start), flush=True)
