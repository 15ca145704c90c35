"""Trains a second, independent set of small classifiers for the detection benchmark, clean and backdoored.

    python3 bench/zoo/train.py SHARED OUT [NAME ...]

SHARED holds datasets/training/*.npz (only rows that are not poisoned are used) and datasets/<name>/<class>/*.png for
the test accuracies. OUT gets <name>.onnx, <name>.json and labels.json in the same form as SHARED/zoo/labels.json. Needs torch and
numpy only. Seeds, attacks and architectures differ from the zoo's on purpose: a threshold that only works on models made
like the ones it was chosen on is worth nothing. Several clean models are hard on purpose (overfitted, imbalanced, adversarially
trained, trained with random patches pasted in, with wrong labels), because those are where false alarms come from.
"""
import json
import math
import os
import sys
import time

import torch
import torch.nn.functional as F

from architectures import Normalized, build
from attacks import fgsm, make_attack, shift
from images import load_data

torch.set_num_threads(1)


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


if __name__ == "__main__":
    main()
