"""Makes labelled training sets with poisoned samples and trains a small classifier on each.

    python3 bench/poison/make-sets.py SHARED OUT [--seed N] [--clean N] [--epochs N]

SHARED is laid out as for bench/zoo/train.py. OUT gets <name>.npz (x uint8 [n,c,h,w], y, poisoned), <name>.onnx and <name>.json
(dataset, attack, rate, target, accuracy, attackSuccessRate). Targets, patterns and strengths are drawn from the seed: a set made with another
seed shares only the pool of clean images with it.
"""
import argparse
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "zoo"))
from architectures import Normalized, build  # noqa: E402
from attacks import make_attack, shift  # noqa: E402
from images import load_data  # noqa: E402

torch.set_num_threads(1)
ARCHITECTURE = {"mnist": "lenetrelu", "signs": "vggbn", "cifar10": "vggbn"}
RATES = [0.01, 0.02, 0.05, 0.10]
KINDS = ["patch", "blend", "sinusoid", "warp"]


def arguments(kind, draw):
    pick = lambda *values: values[draw.integers(len(values))]
    if kind == "patch":
        return {"size": pick(3, 4, 5), "style": pick("white", "checker", "noise", "yellow"), "place": pick("tl", "tr", "bl", "br", "cc", "ml")}
    if kind == "blend":
        return {"alpha": pick(0.12, 0.15, 0.2), "content": pick("noise", "image")}
    if kind == "sinusoid":
        return {"delta": pick(0.08, 0.1, 0.12), "frequency": pick(4, 6, 8), "direction": pick("x", "y")}
    return {"strength": pick(1.5, 2.0, 2.5)}


def train(x, y, architecture, classes, epochs, seed):
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed + 1)
    inner = build(architecture, x.shape[1], x.shape[2], classes)
    net = Normalized(inner, x.mean((0, 2, 3)), x.std((0, 2, 3)))
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    steps = epochs * ((len(x) + 63) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    net.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=rng).split(64):
            if len(rows) > 1:
                optimizer.zero_grad()
                F.cross_entropy(net(shift(x[rows], rng, 1)), y[rows]).backward()
                optimizer.step()
            schedule.step()
    return net.eval()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("shared")
    p.add_argument("out")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--clean", type=int, default=3)
    p.add_argument("--epochs", type=int, default=10)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    jobs = []
    for d, dataset in enumerate(ARCHITECTURE):
        x, y, tx, ty = load_data(a.shared, dataset)
        for k, kind in enumerate(KINDS):
            for r in range(2):
                jobs.append((dataset, kind, RATES[(k + d + 2 * r + a.seed) % 4], a.seed * 1000 + d * 100 + k * 10 + r, x, y, tx, ty))
        for r in range(a.clean):
            jobs.append((dataset, None, 0.0, a.seed * 1000 + d * 100 + 90 + r, x, y, tx, ty))
    made = []
    for dataset, kind, rate, seed, x, y, tx, ty in jobs:
        draw, rng = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        classes = int(ty.max()) + 1
        rows = torch.from_numpy(draw.permutation(len(x))[: min(len(x), 2400)])
        sx, sy, poisoned = x[rows].clone(), y[rows].clone(), np.zeros(len(rows), bool)
        name = f"{dataset}-{kind or 'clean'}-{int(rate * 100):02d}-{seed}"
        row = {"name": name, "dataset": dataset, "attack": kind, "rate": rate, "target": None, "seed": seed, "classes": classes}
        attack = None
        if kind:
            row["target"] = int(draw.integers(classes))
            row["arguments"] = arguments(kind, draw)
            attack = make_attack(kind, row["arguments"], x.shape[1], x.shape[2], seed)
            pool = np.flatnonzero(sy.numpy() != row["target"])
            chosen = torch.from_numpy(draw.permutation(pool)[: int(round(rate * len(sx)))])
            sx[chosen], sy[chosen] = attack(sx[chosen], rng), row["target"]
            poisoned[chosen.numpy()] = True
        stored = (sx * 255).round().clamp(0, 255).to(torch.uint8)
        np.savez_compressed(f"{a.out}/{name}.npz", x=stored.numpy(), y=sy.numpy(), poisoned=poisoned)
        made.append((row, stored, sy, attack, tx, ty, rng))
    for row, stored, sy, attack, tx, ty, rng in sorted(made, key=lambda one: one[0]["seed"] % 10 * 10 + one[0]["seed"] % 100 // 10):
        net = train(stored.float() / 255, sy, ARCHITECTURE[row["dataset"]], row["classes"], a.epochs, row["seed"])
        with torch.no_grad():
            run = lambda images: torch.cat([net(b).argmax(1) for b in images.split(100)])
            row["accuracy"] = round(float((run(tx) == ty).float().mean()), 4)
            if attack:
                row["attackSuccessRate"] = round(float((run(attack(tx[ty != row["target"]], rng)) == row["target"]).float().mean()), 4)
        shape = tuple(stored.shape[1:])
        torch.onnx.export(net, torch.zeros(1, *shape), f"{a.out}/{row['name']}.onnx", input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}}, opset_version=13)
        json.dump(row, open(f"{a.out}/{row['name']}.json", "w"))
        print(row, flush=True)


main()
