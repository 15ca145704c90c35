"""Makes labelled training sets with poisoned samples and trains a small classifier on each.

    python3 bench/poison/make-sets.py SHARED OUT [--seed N] [--rounds N] [--epochs N] [--workers N] [--until SECONDS] [--only DATASET] [--further] [--trained FOLDER | --weights-only | --no-models]

SHARED is laid out as for bench/zoo/train.py. OUT gets <name>.npz (x uint8 [n,c,h,w], y, poisoned), <name>.onnx and <name>.json
(dataset, attack, rate, target, accuracy, attackSuccessRate). A round is one poisoned set of each dataset, attack and rate and, of each dataset, eight clean
ones. Images, targets, patterns, strengths and architectures are drawn from the seed: a set made with another seed shares only the pool of clean images with it.

--further plants what the detectors are not taught: a photograph mixed in, dots, a pale mark, a smooth field, a tint, a slanted wave, patches wherever they fall.

Training is the slow part and may be done on a machine with an accelerator: --weights-only leaves one <name>.weights a set in OUT and nothing else, and --trained reads
them from there instead of training.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
import torch.multiprocessing
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "zoo"))
from architectures import Normalized, build  # noqa: E402
from attacks import make_attack, shift  # noqa: E402
from images import load_data  # noqa: E402

ARCHITECTURES = {"mnist": ["lenet", "lenetrelu", "vgg"], "signs": ["vgg", "vggbn", "resnet"], "cifar10": ["vgg", "vggbn", "resnet"]}
RATES = [0.01, 0.02, 0.05, 0.10]
KINDS = ["patch", "blend", "sinusoid", "warp"]
FURTHER = ["photograph", "dots", "watermark", "lowfrequency", "tint", "diagonal", "scattered"]
CLEAN_A_ROUND = 8
SIZE = 2400
# Of the pool, so that two sets without poison are not the same images.
SHARE = 0.85


def arguments(kind, draw, channels):
    pick = lambda *values: values[draw.integers(len(values))]
    if kind == "patch":
        return {"size": pick(3, 4, 5), "style": pick("white", "checker", "noise", "yellow"), "place": pick("tl", "tr", "bl", "br", "cc", "ml")}
    if kind == "blend":
        return {"alpha": pick(0.12, 0.15, 0.2), "content": pick("noise", "image")}
    if kind == "sinusoid":
        return {"delta": pick(0.08, 0.1, 0.12), "frequency": pick(4, 6, 8), "direction": pick("x", "y")}
    if kind == "photograph":
        return {"alpha": pick(0.12, 0.15, 0.2)}
    if kind == "dots":
        return {"count": pick(8, 16)}
    if kind == "watermark":
        return {"size": pick(6, 8), "place": pick("tl", "br", "cc"), "alpha": pick(0.3, 0.5)}
    if kind == "lowfrequency":
        return {"delta": pick(0.06, 0.1)}
    if kind == "tint":
        return {"tint": [float(v) for v in draw.uniform(-0.12, 0.12, channels)]}
    if kind == "diagonal":
        return {"delta": pick(0.06, 0.1), "frequency": pick(4, 6, 8)}
    if kind == "scattered":
        return {"size": pick(3, 4, 5), "style": pick("white", "checker", "noise"), "place": "random"}
    return {"strength": pick(1.5, 2.0, 2.5)}


def attack_of(kind, given, x, seed):
    if kind == "photograph":
        picture = x[seed % len(x)].clone()
        return lambda batch, rng: (1 - given["alpha"]) * batch + given["alpha"] * picture
    return make_attack("patch" if kind == "scattered" else kind, given, x.shape[1], x.shape[2], seed)


def plan(seed, rounds, only, kinds):
    """Every set that a seed makes, as (dataset, kind, rate, its own seed)."""
    for round_ in range(rounds):
        for d, dataset in enumerate(ARCHITECTURES):
            if only and dataset != only:
                continue
            base = ((seed * 100 + round_) * 10 + d) * 100
            for k, kind in enumerate(kinds):
                for r, rate in enumerate(RATES):
                    yield dataset, kind, rate, base + 10 * k + r
            for c in range(CLEAN_A_ROUND):
                yield dataset, None, 0.0, base + 90 + c


def make_set(dataset, kind, rate, seed, x, y):
    draw, rng = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    classes = int(y.max()) + 1
    rows = torch.from_numpy(draw.permutation(len(x))[: min(int(SHARE * len(x)), SIZE)])
    sx, sy, poisoned = x[rows].clone(), y[rows].clone(), np.zeros(len(rows), bool)
    if dataset == "cifar10":  # as good as other images, of which the pool has few
        mirrored = torch.from_numpy(np.flatnonzero(draw.random(len(rows)) < 0.5))
        sx[mirrored] = sx[mirrored].flip(3)
    architectures = ARCHITECTURES[dataset]
    row = {"name": f"{dataset}-{kind or 'clean'}-{int(rate * 100):02d}-{seed}", "dataset": dataset, "architecture": architectures[draw.integers(len(architectures))], "attack": kind, "rate": rate, "target": None, "seed": seed, "classes": classes}
    attack = None
    if kind:
        row["target"] = int(draw.integers(classes))
        row["arguments"] = arguments(kind, draw, x.shape[1])
        attack = attack_of(kind, row["arguments"], x, seed)
        pool = np.flatnonzero(sy.numpy() != row["target"])
        chosen = torch.from_numpy(draw.permutation(pool)[: int(round(rate * len(sx)))])
        sx[chosen], sy[chosen] = attack(sx[chosen], rng), row["target"]
        poisoned[chosen.numpy()] = True
    return row, (sx * 255).round().clamp(0, 255).to(torch.uint8), sy, poisoned, attack, rng


def network(row, x):
    inner = build(row["architecture"], x.shape[1], x.shape[2], row["classes"])
    return Normalized(inner, x.mean((0, 2, 3)), x.std((0, 2, 3)))


def train(row, stored, y, epochs, device):
    torch.manual_seed(row["seed"])
    rng = torch.Generator().manual_seed(row["seed"] + 1)
    x, y = (stored.float() / 255).to(device), y.to(device)
    net = network(row, x.cpu()).to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=epochs * ((len(x) + 63) // 64))
    net.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=rng).to(device).split(64):
            if len(rows) > 1:
                optimizer.zero_grad()
                F.cross_entropy(net(shift(x[rows], rng, 1)), y[rows]).backward()
                optimizer.step()
            schedule.step()
    return net.cpu().eval()


def measure(row, net, attack, tx, ty, rng):
    with torch.no_grad():
        run = lambda images: torch.cat([net(b).argmax(1) for b in images.split(100)])
        row["accuracy"] = round(float((run(tx) == ty).float().mean()), 4)
        if attack:
            row["attackSuccessRate"] = round(float((run(attack(tx[ty != row["target"]], rng)) == row["target"]).float().mean()), 4)


def work(worker, a):
    torch.set_num_threads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    data, started = {}, time.time()
    for job in list(plan(a.seed, a.rounds, a.only, FURTHER if a.further else KINDS))[worker :: a.workers]:
        dataset, kind, rate, seed = job
        if a.until and time.time() - started > a.until:
            return
        if dataset not in data:
            data[dataset] = load_data(a.shared, dataset)
        x, y, tx, ty = data[dataset]
        row, stored, sy, poisoned, attack, rng = make_set(*job, x, y)
        path = f"{a.out}/{row['name']}"
        if os.path.exists(f"{path}.onnx") or os.path.exists(f"{path}.weights"):
            continue
        if a.no_models:
            np.savez_compressed(f"{path}.npz", x=stored.numpy(), y=sy.numpy(), poisoned=poisoned)
            json.dump(row, open(f"{path}.json", "w"))
            continue
        if a.trained:
            if not os.path.exists(f"{a.trained}/{row['name']}.weights"):
                continue
            net = network(row, stored.float() / 255)
            kept = np.load(f"{a.trained}/{row['name']}.weights")
            net.load_state_dict({name: torch.from_numpy(kept[name]).to(value.dtype) for name, value in net.state_dict().items()})
            net.eval()
        else:
            net = train(row, stored, sy, a.epochs, device)
        if a.weights_only:
            with open(f"{path}.weights", "wb") as file:
                np.savez(file, **{name: value.numpy().astype(np.float16) for name, value in net.state_dict().items()})
            continue
        measure(row, net, attack, tx, ty, rng)
        np.savez_compressed(f"{path}.npz", x=stored.numpy(), y=sy.numpy(), poisoned=poisoned)
        json.dump(row, open(f"{path}.json", "w"))
        shape = tuple(stored.shape[1:])
        torch.onnx.export(net, torch.zeros(1, *shape), f"{path}.onnx", input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}}, opset_version=13)
        print(row, flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("shared")
    p.add_argument("out")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--rounds", type=int, default=1)
    p.add_argument("--epochs", type=int, default=15)
    p.add_argument("--workers", type=int, default=1)
    p.add_argument("--only", choices=list(ARCHITECTURES))
    p.add_argument("--trained")
    p.add_argument("--weights-only", action="store_true")
    p.add_argument("--no-models", action="store_true")
    p.add_argument("--further", action="store_true")
    p.add_argument("--until", type=float, help="seconds after which no further set is begun")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    if a.workers == 1:
        work(0, a)
    else:
        torch.multiprocessing.spawn(work, args=(a,), nprocs=a.workers)


if __name__ == "__main__":
    main()
