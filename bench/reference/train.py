"""Trains many small classifiers of one architecture, half of them backdoored, to build and judge a reference from.

    python3 bench/reference/train.py SHARED OUT [--count 80] [--start independent|shared] [--kind both|clean|backdoored] [--seed 0]

SHARED is as in ../zoo/train.py. OUT, a folder outside of the repository, gets <name>.onnx, <name>.json and, after every model,
labels.json: the file that `modelgate reference build OUT --labels OUT/labels.json` takes. Needs torch, numpy and onnx.
A run that was stopped goes on where it was.

The architecture is the MNIST network of Gu et al. (BadNets, arXiv:1708.06733, table 1). Clean and backdoored models differ in
nothing but the poisoned rows: those replace clean rows, so every model sees as many images. Each is trained on its own four
fifths of the images. With `--start shared` all begin with the same weights, as fine-tunes of one published model do; with
`independent` each draws its own.
"""
import argparse
import json
import os
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "zoo"))
from images import load_data

torch.set_num_threads(1)

EPOCHS, BATCH, RATE = 10, 32, 2e-3
SHARE_OF_ROWS = 0.8
# Below these a model is neither a useful clean one nor a backdoor that works.
LEAST_ACCURACY, LEAST_SUCCESS = 0.93, 0.9


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(16, 32, 5), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10),
    )


def draw_attack(rng):
    """A patch of varied size, place, pattern, target and poisoning rate."""
    one = lambda low, high: int(torch.randint(low, high, (1,), generator=rng))
    size = one(3, 6)
    pattern = ["white", "checkered", "random"][one(0, 3)]
    corner = one(0, 2) == 0
    top, left = (one(0, 2) * (26 - size) + 1, one(0, 2) * (26 - size) + 1) if corner else (one(1, 28 - size), one(1, 28 - size))
    rates = [0.05, 0.1, 0.15, 0.2]
    return {"size": size, "pattern": pattern, "top": top, "left": left, "target": one(0, 10), "rate": rates[one(0, 4)], "pattern_seed": one(0, 10**6)}


def stamp(x, attack):
    size, x = attack["size"], x.clone()
    if attack["pattern"] == "white":
        patch = torch.ones(size, size)
    elif attack["pattern"] == "checkered":
        patch = (torch.arange(size)[:, None] + torch.arange(size)[None] + 1).remainder(2).float()
    else:
        patch = (torch.rand(size, size, generator=torch.Generator().manual_seed(attack["pattern_seed"])) > 0.4).float()
        patch[0, 0] = 1
    x[:, 0, attack["top"] : attack["top"] + size, attack["left"] : attack["left"] + size] = patch
    return x


def train(index, backdoored, options, data):
    started = time.time()
    x, y, tx, ty = data
    rng = torch.Generator().manual_seed(options.seed * 100_003 + index)
    attack = draw_attack(rng) if backdoored else None
    rows = torch.randperm(len(x), generator=rng)[: int(SHARE_OF_ROWS * len(x))]
    x, y = x[rows].clone(), y[rows].clone()
    if attack:
        others = (y != attack["target"]).nonzero().flatten()
        chosen = others[: int(attack["rate"] * len(y))]
        x[chosen], y[chosen] = stamp(x[chosen], attack), attack["target"]
    torch.manual_seed(options.seed if options.start == "shared" else options.seed * 100_003 + 50_000 + index)
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - epoch / EPOCHS)
        for batch in torch.randperm(len(x), generator=rng).split(BATCH):
            optimizer.zero_grad()
            F.cross_entropy(net((x[batch] - 0.1307) / 0.3081), y[batch]).backward()
            optimizer.step()
    net.eval()
    with torch.no_grad():
        predict = lambda images: net((images - 0.1307) / 0.3081).argmax(1)
        accuracy = float((predict(tx) == ty).float().mean())
        facts = {"backdoored": backdoored, "accuracy": round(accuracy, 4), "seconds": 0.0, "start": options.start}
        if attack:
            facts["success"] = round(float((predict(stamp(tx[ty != attack["target"]], attack)) == attack["target"]).float().mean()), 4)
            facts["attack"] = attack
    facts["usable"] = accuracy >= LEAST_ACCURACY and facts.get("success", 1) >= LEAST_SUCCESS
    facts["seconds"] = round(time.time() - started, 1)
    return net, facts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shared")
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--start", choices=["independent", "shared"], default="independent")
    parser.add_argument("--kind", choices=["both", "clean", "backdoored"], default="both", help="train models of this kind only")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    data = load_data(options.shared, "mnist")
    labels = {}
    for index in range(options.count):
        backdoored = index % 2 == 1
        name = f"{'b' if backdoored else 'c'}{index:03d}"
        note = f"{options.out}/{name}.json"
        if not os.path.exists(note):
            if options.kind not in ("both", "backdoored" if backdoored else "clean"):
                continue
            net, facts = train(index, backdoored, options, data)
            if facts["usable"]:
                torch.onnx.export(net, torch.zeros(1, 1, 28, 28), f"{options.out}/{name}.onnx", opset_version=13, input_names=["image"], output_names=["scores"], dynamic_axes={"image": {0: "n"}, "scores": {0: "n"}})
            with open(note, "w") as file:
                json.dump(facts, file)
            print(name, json.dumps(facts), flush=True)
        with open(note) as file:
            if json.load(file)["usable"]:
                labels[f"{name}.onnx"] = "backdoored" if backdoored else "clean"
        with open(f"{options.out}/labels.json", "w") as file:
            json.dump({"version": 1, "models": labels}, file, indent=1)


main()
