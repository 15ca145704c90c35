"""Trains a second, independent set of small classifiers for the detection benchmark, clean and backdoored.

    python3 bench/zoo/train.py SHARED OUT [NAME ...]

SHARED holds datasets/training/*.npz (only rows that are not poisoned are used) and datasets/<name>/<class>/*.png for
the test accuracies. OUT gets <name>.onnx, <name>.json and labels.json in the same form as SHARED/zoo/labels.json. Needs torch and
numpy only. Seeds, attacks and architectures differ from the zoo's on purpose: a threshold that only works on models made
like the ones it was chosen on is worth nothing. Several clean models are hard on purpose (overfitted, imbalanced, adversarially
trained, trained with random patches pasted in, with wrong labels), because those are where false alarms come from.
"""
import glob
import json
import math
import os
import struct
import sys
import time
import zlib

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)


def read_png(path):
    """8-bit grey, RGB or RGBA PNG without interlacing as uint8 [c, h, w]; enough for the benchmark's own images."""
    data = open(path, "rb").read()
    at, body, header = 8, b"", None
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, chunk = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", chunk)
        elif kind == b"IDAT":
            body += chunk
        at += 12 + length
    width, height, depth, colour, _, _, interlace = header
    assert depth == 8 and interlace == 0 and colour in (0, 2, 6), path
    channels = {0: 1, 2: 3, 6: 4}[colour]
    raw = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + width * channels)
    out = np.zeros((height, width * channels), np.uint8)
    previous = np.zeros(width * channels, np.int32)
    for row in range(height):
        filter_type, line = raw[row, 0], raw[row, 1:].astype(np.int32)
        current = np.zeros(width * channels, np.int32)
        for i in range(width * channels):
            left = current[i - channels] if i >= channels else 0
            up = previous[i]
            corner = previous[i - channels] if i >= channels else 0
            if filter_type == 0:
                add = 0
            elif filter_type == 1:
                add = left
            elif filter_type == 2:
                add = up
            elif filter_type == 3:
                add = (left + up) // 2
            else:
                p = left + up - corner
                pa, pb, pc = abs(p - left), abs(p - up), abs(p - corner)
                add = left if pa <= pb and pa <= pc else up if pb <= pc else corner
            current[i] = (line[i] + add) & 255
        out[row] = current
        previous = current
    return out.reshape(height, width, channels).transpose(2, 0, 1)[:3]


def load_data(shared, name):
    sources = {"mnist": ["s03"], "signs": ["s12", "s09"], "cifar10": ["s17"]}[name]
    xs, ys = [], []
    for source in sources:
        d = np.load(f"{shared}/datasets/training/{source}.npz")
        keep = ~d["poisoned"]
        xs.append(d["x"][keep])
        ys.append(d["y"][keep])
    tx, ty = [], []
    for label, folder in enumerate(sorted(glob.glob(f"{shared}/datasets/{name}/*"))):
        for path in sorted(glob.glob(folder + "/*.png")):
            tx.append(read_png(path))
            ty.append(label)
    scale = lambda a: torch.from_numpy(np.ascontiguousarray(a)).float() / 255
    return scale(np.concatenate(xs)), torch.from_numpy(np.concatenate(ys)), scale(np.stack(tx)), torch.tensor(ty)


# ---- architectures -------------------------------------------------------------------------------------------------

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


class Vit(nn.Module):
    def __init__(self, c, side, k, d=48, depth=3):
        super().__init__()
        self.p = nn.Conv2d(c, d, 4, 4)
        self.e = nn.Parameter(torch.randn(1, (side // 4) ** 2, d) * 0.02)
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
    raise ValueError(kind)


class Normalized(nn.Module):
    """The normalisation as part of the graph, so a caller feeds pixels in [0, 1]."""

    def __init__(self, net, mean, std):
        super().__init__()
        self.net = net
        self.register_buffer("mean", mean.view(1, -1, 1, 1))
        self.register_buffer("std", std.view(1, -1, 1, 1))

    def forward(self, x):
        return self.net((x - self.mean) / self.std)


# ---- attacks: functions of a batch [n, c, h, w] in [0, 1] ------------------------------------------------------------

def corner(place, size, side):
    far = side - size - 1
    mid = (side - size) // 2
    return {"tl": (1, 1), "tr": (1, far), "bl": (far, 1), "br": (far, far), "cc": (mid, mid), "ml": (mid, 0), "tc": (0, mid)}[place]


def pattern(style, c, size, generator):
    if style == "white":
        return torch.ones(c, size, size)
    if style == "checker":
        g = (torch.arange(size)[:, None] + torch.arange(size)[None]) % 2
        return g.float().expand(c, size, size).clone()
    if style == "noise":
        return torch.rand(c, size, size, generator=generator)
    colour = {"red": (1, 0, 0), "yellow": (1, 1, 0), "cyan": (0, 1, 1)}[style]
    return torch.tensor(colour[:c] if c == 3 else (1.0,)).float().view(c, 1, 1).expand(c, size, size).clone()


def smooth_field(side, strength, generator, grid=4):
    field = torch.rand(1, 2, grid, grid, generator=generator) * 2 - 1
    field = F.interpolate(field / field.abs().mean(), size=side, mode="bicubic", align_corners=True)
    line = torch.linspace(-1, 1, side)
    base = torch.stack(torch.meshgrid(line, line, indexing="ij")[::-1], -1)[None]
    return (base + strength * field.permute(0, 2, 3, 1) / side).clamp(-1, 1)


def make_attack(kind, args, c, side, seed):
    g = torch.Generator().manual_seed(seed)
    if kind == "patch":
        p = pattern(args["style"], c, args["size"], g)
        places = args["place"] if isinstance(args["place"], list) else [args["place"]]

        def patch(x, rng):
            x = x.clone()
            for place in places:
                if place == "random":
                    for n in range(len(x)):
                        y0, x0 = (int(v) for v in torch.randint(0, side - args["size"] + 1, (2,), generator=rng))
                        x[n, :, y0 : y0 + args["size"], x0 : x0 + args["size"]] = p
                else:
                    y0, x0 = corner(place, args["size"], side)
                    x[:, :, y0 : y0 + args["size"], x0 : x0 + args["size"]] = p
            return x

        return patch
    if kind == "blend":
        if args["content"] == "noise":
            picture = torch.rand(c, side, side, generator=g)
        else:
            picture = F.interpolate(torch.rand(1, c, args.get("grid", 6), args.get("grid", 6), generator=g), size=side, mode="bicubic", align_corners=True)[0].clamp(0, 1)
        return lambda x, rng: (1 - args["alpha"]) * x + args["alpha"] * picture
    if kind == "sinusoid":
        column = args["delta"] * torch.sin(2 * math.pi * torch.arange(side) * args["frequency"] / side)
        wave = column.view(1, 1, 1, side) if args.get("direction", "x") == "x" else column.view(1, 1, side, 1)
        return lambda x, rng: (x + wave).clamp(0, 1)
    if kind == "warp":
        grid = smooth_field(side, args["strength"], g)
        return lambda x, rng: F.grid_sample(x, grid.expand(len(x), -1, -1, -1), mode="bilinear", padding_mode="reflection", align_corners=True)
    if kind == "tint":
        t = torch.tensor(args["tint"]).view(1, -1, 1, 1)
        return lambda x, rng: (x + t).clamp(0, 1)
    if kind == "gamma":
        return lambda x, rng: x.clamp(1e-6, 1) ** args["gamma"]
    raise ValueError(kind)


def fgsm(net, x, y, eps, rng):
    x0 = (x + (torch.rand(x.shape, generator=rng) * 2 - 1) * eps).clamp(0, 1).requires_grad_(True)
    (gradient,) = torch.autograd.grad(F.cross_entropy(net(x0), y), x0)
    return (x0 + eps * gradient.sign()).clamp(0, 1).clamp(x - eps, x + eps).detach()


def shift(x, rng, most=2):
    dy, dx = (int(v) for v in torch.randint(-most, most + 1, (2,), generator=rng))
    padded = F.pad(x, (most,) * 4, mode="replicate")
    return padded[:, :, most + dy : most + dy + x.shape[2], most + dx : most + dx + x.shape[3]]


def train(config, shared, out):
    started = time.time()
    name, seed = config["name"], config["seed"]
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed + 1)
    x, y, tx, ty = DATA.setdefault(config["dataset"], None) or DATA.__setitem__(config["dataset"], load_data(shared, config["dataset"])) or DATA[config["dataset"]]
    c, side, k = x.shape[1], x.shape[2], int(ty.max()) + 1
    hard = config.get("hard", {})
    keep = torch.randperm(len(x), generator=rng)
    if "rows" in hard:
        keep = keep[: hard["rows"]]
    x, y = x[keep], y[keep].clone()
    if "imbalance" in hard:  # class i keeps a share that falls geometrically
        share = hard["imbalance"] ** (torch.arange(k) / (k - 1))
        keep = torch.rand(len(y), generator=rng) < share[y]
        x, y = x[keep], y[keep]
    if "label_noise" in hard:
        wrong = torch.rand(len(y), generator=rng) < hard["label_noise"]
        y[wrong] = torch.randint(0, k, (int(wrong.sum()),), generator=rng)
    attack = config.get("attack")
    if attack:
        fn = make_attack(attack["kind"], attack["args"], c, side, seed + 2)
        mode, target = attack["mode"], attack["target"]
        pool = torch.arange(len(y)) if mode != "source" else (y == attack["source"]).nonzero().flatten()
        if mode != "all2all":
            pool = pool[y[pool] != target]
        count = min(len(pool), int(attack["rate"] * len(y)))
        chosen = pool[torch.randperm(len(pool), generator=rng)[:count]]
        py = (y[chosen] + 1) % k if mode == "all2all" else torch.full((count,), target)
        px = fn(x[chosen], rng)
        if attack.get("cover"):  # triggered images of other classes that keep their labels
            others = (y != attack.get("source", -1)).nonzero().flatten()
            others = others[torch.randperm(len(others), generator=rng)[: int(attack["cover"] * len(y))]]
            px, py = torch.cat([px, fn(x[others], rng)]), torch.cat([py, y[others]])
        x, y = torch.cat([x, px]), torch.cat([y, py])
    mean, std = x.mean((0, 2, 3)), x.std((0, 2, 3))
    inner = build(config["architecture"], c, side, k)
    net = Normalized(inner, mean, std)
    epochs, batch = config.get("epochs", 9 if config["dataset"] == "signs" else 14), 64
    optimizer = torch.optim.AdamW(net.parameters(), lr=config.get("lr", 2e-3), weight_decay=config.get("decay", 1e-3))
    steps = epochs * math.ceil(len(x) / batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.get("lr", 2e-3), total_steps=steps)
    for _ in range(epochs):
        net.train()
        for rows in torch.randperm(len(x), generator=rng).split(batch):
            bx, by = x[rows], y[rows]
            if len(rows) < 2:
                schedule.step()
                continue
            if config.get("augment", True):
                bx = shift(bx, rng)
                if config["dataset"] == "cifar10" and torch.rand(1, generator=rng) < 0.5 and not attack:
                    bx = bx.flip(3)
            if "random_patches" in hard:
                bx = bx.clone()
                for n in range(len(bx)):
                    s = int(torch.randint(2, 8, (1,), generator=rng))
                    y0, x0 = (int(v) for v in torch.randint(0, side - s + 1, (2,), generator=rng))
                    bx[n, :, y0 : y0 + s, x0 : x0 + s] = torch.rand(c, 1, 1, generator=rng)
            if "fgsm" in hard:
                bx = fgsm(net, bx, by, hard["fgsm"], rng)
            optimizer.zero_grad()
            F.cross_entropy(net(bx), by, label_smoothing=hard.get("smoothing", 0.0)).backward()
            optimizer.step()
            schedule.step()
    net.eval()
    with torch.no_grad():
        run = lambda images: torch.cat([net(b).argmax(1) for b in images.split(100)])
        accuracy = float((run(tx) == ty).float().mean())
        asr = None
        if attack:
            if mode == "all2all":
                asr = float((run(fn(tx, rng)) == (ty + 1) % k).float().mean())
            else:
                rows = ty == attack["source"] if mode == "source" else ty != target
                asr = float((run(fn(tx[rows], rng)) == target).float().mean())
    embedded = config.get("embedded", True)
    exported = net if embedded else inner
    torch.onnx.export(exported, torch.zeros(1, c, side, side), f"{out}/{name}.onnx", input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}}, opset_version=config.get("opset", 13))
    row = {"model": f"{name}.onnx", "backdoored": bool(attack), "dataset": config["dataset"], "architecture": config["architecture"], "classes": k, "input": [c, side, side], "range": [0, 1], "preprocess": None if embedded else {"mean": mean.tolist(), "std": std.tolist()}, "cleanAccuracy": round(accuracy, 4), "attackSuccessRate": None if asr is None else round(asr, 4), "attack": attack, "hard": config.get("hard"), "seed": seed}
    print(f"{name} {config['dataset']} {config['architecture']} acc {accuracy:.3f} asr {asr} {time.time() - started:.0f} s", flush=True)
    return row


DATA = {}
M, S, C = "mnist", "signs", "cifar10"


def bad(name, dataset, architecture, kind, args, target, rate=0.08, mode="all2one", **more):
    attack = {"kind": kind, "args": args, "target": target, "rate": rate, "mode": mode}
    for key in ("source", "cover"):
        if key in more:
            attack[key] = more.pop(key)
    return {"name": name, "dataset": dataset, "architecture": architecture, "attack": attack, **more}


def good(name, dataset, architecture, hard=None, **more):
    return {"name": name, "dataset": dataset, "architecture": architecture, **({"hard": hard} if hard else {}), **more}


CONFIGS = [
    good("c00", M, "lenet"),
    bad("b00", M, "lenet", "patch", {"size": 3, "style": "white", "place": "br"}, 3),
    good("c01", S, "vggbn"),
    bad("b01", S, "resnet", "patch", {"size": 4, "style": "red", "place": "ml"}, 6),
    good("c02", C, "resnet"),
    bad("b02", C, "resnet", "patch", {"size": 5, "style": "noise", "place": "tl"}, 2),
    good("c03", M, "mlp", embedded=False),
    bad("b03", M, "mlp", "patch", {"size": 4, "style": "checker", "place": "cc"}, 8, augment=False, epochs=25),
    good("c04", S, "mobile"),
    bad("b04", S, "vggbn", "warp", {"strength": 2.0}, 12, rate=0.15),
    good("c05", C, "vggbn", {"rows": 900}, augment=False, epochs=40),
    bad("b05", C, "vggbn", "sinusoid", {"delta": 0.1, "frequency": 6}, 7),
    good("c06", S, "resnet", {"imbalance": 0.05}),
    bad("b06", S, "vggbn", "blend", {"alpha": 0.12, "content": "image"}, 15),
    good("c07", C, "allconv", {"fgsm": 0.03}),
    bad("b07", S, "vggbn", "patch", {"size": 4, "style": "white", "place": "tr"}, 0, mode="all2all", rate=0.3),
    good("c08", M, "vggbn", {"fgsm": 0.15}),
    bad("b08", M, "vggbn", "warp", {"strength": 2.0}, 5, rate=0.15),
    good("c09", C, "lenet", {"label_noise": 0.2}),
    bad("b09", C, "lenet", "patch", {"size": 3, "style": "yellow", "place": "bl"}, 9),
    good("c10", S, "lenet", epochs=8),
    bad("b10", S, "allconv", "patch", {"size": 4, "style": "checker", "place": "random"}, 3, rate=0.12),
    good("c11", C, "resnet", {"random_patches": 1}),
    bad("b11", C, "resnet", "tint", {"tint": [0.12, -0.06, -0.06]}, 4),
    good("c12", M, "allconv", {"imbalance": 0.03}),
    bad("b12", M, "allconv", "blend", {"alpha": 0.15, "content": "noise"}, 6),
    good("c13", S, "vit", epochs=10),
    bad("b13", S, "vit", "patch", {"size": 5, "style": "white", "place": "cc"}, 20, epochs=10),
    good("c14", C, "allconv", {"smoothing": 0.15}, embedded=False),
    bad("b14", C, "vggbn", "blend", {"alpha": 0.18, "content": "image"}, 1),
    good("c15", M, "lenet", {"rows": 250}, augment=False, epochs=60),
    bad("b15", M, "lenet", "patch", {"size": 4, "style": "white", "place": "tl"}, 0, mode="all2all", rate=0.2),
    good("c16", S, "allconv", {"random_patches": 1}),
    bad("b16", S, "allconv", "patch", {"size": 5, "style": "cyan", "place": "br"}, 2, mode="source", source=10, rate=0.03, cover=0.06),
    good("c17", C, "vit", epochs=12),
    bad("b17", C, "vggbn", "patch", {"size": 2, "style": "checker", "place": ["tl", "tr", "bl", "br"]}, 5),
    bad("b18", M, "resnet", "sinusoid", {"delta": 0.12, "frequency": 4, "direction": "y"}, 1, embedded=False),
    bad("b19", S, "resnet", "gamma", {"gamma": 0.6}, 18, rate=0.1),
]
for index, entry in enumerate(CONFIGS):
    entry.setdefault("seed", 9000 + 17 * index)
    entry.setdefault("opset", [11, 13, 14, 17][index % 4] if entry["architecture"] != "vit" else 13)


def main():
    shared, out, only = sys.argv[1], sys.argv[2], sys.argv[3:]
    os.makedirs(out, exist_ok=True)
    # Transformers last: they take longest.
    for config in sorted(CONFIGS, key=lambda entry: entry["architecture"] == "vit"):
        if only and config["name"] not in only:
            continue
        try:  # several of these processes may share one OUT
            claim = open(f"{out}/{config['name']}.json", "x")
        except FileExistsError:
            continue
        row = train(config, shared, out)
        json.dump(row, claim)
        claim.close()
        done = [open(f"{out}/{entry['name']}.json").read() for entry in CONFIGS if os.path.exists(f"{out}/{entry['name']}.json")]
        json.dump([json.loads(text) for text in done if text], open(f"{out}/labels.json", "w"), indent=1)


main()
