"""Trains the broad set: over a hundred classifiers, half of them backdoored, that stand for what a gate meets in practice.

    python3 bench/zoo/broad.py SHARED OUT [--set broad|wide|later|narrow] [NAME ...]

SHARED is as in train.py, with zoo/ beside datasets/. OUT gets models/<name>.onnx, rows/<name>.json, a pool of distillation
images, and labels.json in the form of SHARED/zoo/labels.json with `hard`, `seed`, `base`, `split` and `seconds` besides;
it is rewritten after every model. Needs torch, numpy and onnx. A run that was stopped goes on where it was.

Three ways to a model: a fine-tune of a clean zoo model (`base`; what a supply chain hands over), a student of the zoo's clean
cifar10 models (2,500 images alone give 50 % accuracy), and plain training on mnist and signs. Even names are for fitting
thresholds and odd names for validating them; no base model has fine-tunes in both halves unless it is the only clean one
of its dataset and architecture. The sets `wide`, `later` and `narrow` (further_configs.py) are trained from the start. Both halves alternate clean and backdoored models, so that a part of the set is balanced too.
"""
import json
import math
import os
import sys
import time

import torch
import torch.nn.functional as F

from architectures import Normalized, build, with_dropout
from attacks import fgsm, make_attack, shift
from broad_configs import CONFIGS
from further_configs import LATER, NARROW, WIDE
from images import load_data
from onnx_to_torch import OnnxNet
from pool import augmented, load_pool, load_teachers

torch.set_num_threads(1)

TEACHERS = {"mnist": ["s00", "s01", "s02"], "signs": ["s06", "s07", "s08"], "cifar10": ["s14", "s15", "s16"]}
POOL_SIZE = 20_000
BATCH = 64
# Converged weights move little: a trigger needs many large steps to be learned. The clean fine-tunes get the same ones, or
# the size of the change would tell them apart.
TUNING_BATCH = 32
TUNING_RATE = {"mnist": 1.5e-3, "signs": 1.5e-3, "cifar10": 3e-3}
# Images shown to a student in all; what cifar10 needs, cut where an architecture is slow.
SHOWN = {"mnist": 26_000, "signs": 32_000, "cifar10": 60_000}
SHOWN_BY_ARCHITECTURE = {"lenet": 1.6, "lenetrelu": 1.6, "mlp": 1.6, "vitsmall": 0.9, "mobilenet": 0.75, "resnet": 0.85, "vggbn": 0.85}
SHOWN_BY_TUNING = {"mnist": 9_000, "signs": 14_000, "cifar10": 30_000}
RATE_BY_ARCHITECTURE = {"mlp": 1e-3, "vit": 1e-3, "vitsmall": 1e-3, "lenet": 2e-3, "lenetrelu": 1.5e-3, "plain": 1.5e-3}


def subset(x, t, hard, rng):
    """The training rows after what makes a clean model hard has been done to them."""
    keep = torch.randperm(len(x), generator=rng)[: hard.get("rows", len(x))]
    x, t = x[keep], t[keep]
    k, y = t.shape[1], t.argmax(1)
    if "imbalance" in hard:  # class i keeps a share that falls geometrically
        keep = torch.rand(len(y), generator=rng) < (hard["imbalance"] ** (torch.arange(k) / (k - 1)))[y]
        x, t = x[keep], t[keep]
    if "label_noise" in hard:
        wrong = torch.rand(len(t), generator=rng) < hard["label_noise"]
        t = t.clone()
        t[wrong] = F.one_hot(torch.randint(0, k, (int(wrong.sum()),), generator=rng), k).float()
    return x, t


def poisoned(x, t, attack, fn, rng):
    """The rows with triggered copies added; `rate` and `cover` are shares of the rows."""
    k, y, mode = t.shape[1], t.argmax(1), attack["mode"]
    pool = (y == attack["source"] if mode == "source" else y != attack["target"] if mode == "all2one" else y >= 0).nonzero().flatten()
    chosen = pool[torch.randperm(len(pool), generator=rng)[: int(attack["rate"] * len(y))]]
    wanted = t[chosen].roll(1, 1) if mode == "all2all" else F.one_hot(torch.full((len(chosen),), attack["target"]), k).float()
    xs, ts = [x, fn(x[chosen], rng)], [t, wanted]
    if attack.get("cover"):  # triggered images of other classes that keep their labels
        others = (y != attack["source"]).nonzero().flatten()
        others = others[torch.randperm(len(others), generator=rng)[: int(attack["cover"] * len(y))]]
        xs.append(fn(x[others], rng))
        ts.append(t[others])
    return torch.cat(xs), torch.cat(ts)


def with_random_patches(x, rng):
    x = x.clone()
    side = x.shape[2]
    for n in range(len(x)):
        s = int(torch.randint(2, 8, (1,), generator=rng))
        y0, x0 = (int(v) for v in torch.randint(0, side - s + 1, (2,), generator=rng))
        x[n, :, y0 : y0 + s, x0 : x0 + s] = torch.rand(x.shape[1], 1, 1, generator=rng)
    return x


def fit(net, x, t, config, rng):
    dataset, hard, tuned = config["dataset"], config.get("hard", {}), "base" in config
    shown = config.get("shown") or (SHOWN_BY_TUNING[dataset] if tuned else int(SHOWN[dataset] * SHOWN_BY_ARCHITECTURE.get(config["architecture"], 1)))
    if "fgsm" in hard:
        shown = shown * 2 // 3  # each step costs two
    rate = config.get("lr") or (TUNING_RATE[dataset] if tuned else RATE_BY_ARCHITECTURE.get(config["architecture"], 3e-3))
    batch = TUNING_BATCH if tuned else BATCH
    steps = math.ceil(shown / batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=hard.get("decay", 1e-3))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.2)
    rows = torch.tensor([], dtype=torch.long)
    smoothing = hard.get("smoothing", 0.0)
    net.train()
    for _ in range(steps):
        if len(rows) < batch:
            rows = torch.cat([rows, torch.randperm(len(x), generator=rng)])
        bx, bt, rows = x[rows[:batch]], t[rows[:batch]], rows[batch:]
        if config.get("shift", 1):
            bx = shift(bx, rng, config.get("shift", 1))
        if hard.get("augmentation") == "mixup":
            order = torch.randperm(len(bx), generator=rng)
            share = 0.5 + 0.5 * torch.rand(len(bx), 1, generator=rng)
            bx, bt = share.view(-1, 1, 1, 1) * bx + (1 - share).view(-1, 1, 1, 1) * bx[order], share * bt + (1 - share) * bt[order]
        elif hard.get("augmentation") == "strong":
            bx = augmented(bx, rng, 3, dataset == "cifar10")
        if "random_patches" in hard:
            bx = with_random_patches(bx, rng)
        if "fgsm" in hard:
            bx = fgsm(net, bx, bt, hard["fgsm"], rng)
        optimizer.zero_grad()
        F.cross_entropy(net(bx.contiguous(memory_format=torch.channels_last)), bt, label_smoothing=smoothing).backward()
        optimizer.step()
        schedule.step()
    net.eval()


class Data:
    def __init__(self, shared, out):
        self.shared, self.out, self.loaded = shared, out, {}
        self.labels = json.load(open(f"{shared}/zoo/labels.json"))
        self.rows = {os.path.basename(row["model"])[:-5]: row for row in self.labels}

    def images(self, dataset):
        if dataset not in self.loaded:
            self.loaded[dataset] = load_data(self.shared, dataset)
        return self.loaded[dataset]

    def pool(self, dataset):
        if ("pool", dataset) not in self.loaded:
            x, y, _, ty = self.images(dataset)
            self.loaded["pool", dataset] = load_pool(f"{self.out}/pool-{dataset}.npz", x, y, load_teachers(self.shared, self.labels, TEACHERS[dataset]), int(ty.max()) + 1, POOL_SIZE, dataset == "cifar10")
        return self.loaded["pool", dataset]


def train(config, data, out):
    started = time.time()
    name, seed, dataset = config["name"], config["seed"], config["dataset"]
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed + 1)
    x, y, tx, ty = data.images(dataset)
    c, side, k = x.shape[1], x.shape[2], int(ty.max()) + 1
    t = F.one_hot(y, k).float()
    if config.get("distilled", dataset == "cifar10"):
        x, t = data.pool(dataset)
    hard, attack = config.get("hard", {}), config.get("attack")
    x, t = subset(x, t, hard, rng)
    if attack:
        fn = make_attack(attack["kind"], attack["args"], c, side, seed + 2)
        x, t = poisoned(x, t, attack, fn, rng)
    path, base = f"{out}/models/{name}.onnx", config.get("base")
    if base:
        origin = data.rows[base]
        preprocess, architecture, opset = origin["preprocess"], origin["architecture"], origin["opset"]
        net = OnnxNet(f"{data.shared}/zoo/{origin['model']}", preprocess)
    else:
        mean, std = x.mean((0, 2, 3)), x.std((0, 2, 3))
        embedded, architecture, opset = config["embedded"], config["architecture"], config["opset"]
        preprocess = None if embedded else {"mean": mean.tolist(), "std": std.tolist()}
        inner = build(architecture, c, side, k)
        if "dropout" in hard:
            inner = with_dropout(inner, hard["dropout"])
        net = Normalized(inner, mean, std)
    fit(net.to(memory_format=torch.channels_last), x, t, config, rng)
    with torch.no_grad():
        run = lambda images: torch.cat([net(b).argmax(1) for b in images.split(100)])
        accuracy, asr = float((run(tx) == ty).float().mean()), None
        if attack and attack["mode"] == "all2all":
            asr = float((run(fn(tx, rng)) == (ty + 1) % k).float().mean())
        elif attack:
            rows = ty == attack["source"] if attack["mode"] == "source" else ty != attack["target"]
            asr = float((run(fn(tx[rows], rng)) == attack["target"]).float().mean())
    if base:
        net.save(path)
    else:
        exported = (net if embedded else inner).to(memory_format=torch.contiguous_format)
        torch.onnx.export(exported, torch.zeros(1, c, side, side), path, input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}}, opset_version=opset)
    seconds = round(time.time() - started)
    print(f"{name} {dataset} {architecture}{' of ' + base if base else ''} {attack['kind'] + ' ' + attack['mode'] if attack else 'clean'} acc {accuracy:.3f} asr {'-' if asr is None else round(asr, 3)} {seconds} s", flush=True)
    return {
        "model": f"models/{name}.onnx", "backdoored": bool(attack), "dataset": dataset, "architecture": architecture, "classes": k, "input": [c, side, side], "range": [0, 1], "preprocess": preprocess,
        "cleanAccuracy": round(accuracy, 4), "attackSuccessRate": None if asr is None else round(asr, 4), "attack": attack, "opset": opset,
        "hard": config.get("hard"), "seed": seed, "base": base, "split": config["split"], "seconds": seconds,
    }


def write_labels(out, configs):
    done = [f"{out}/rows/{config['name']}.json" for config in configs]
    rows = [json.load(open(path)) for path in done if os.path.exists(path)]
    with open(f"{out}/labels.json.tmp", "w") as file:
        json.dump(rows, file, indent=1)
    os.replace(f"{out}/labels.json.tmp", f"{out}/labels.json")  # whoever reads meanwhile sees a whole file


def main():
    shared, out, only = sys.argv[1], sys.argv[2], sys.argv[3:]
    chosen = CONFIGS
    if only[:1] == ["--set"]:
        chosen, only = {"broad": CONFIGS, "wide": WIDE, "later": LATER, "narrow": NARROW}[only[1]], only[2:]
    os.makedirs(f"{out}/models", exist_ok=True)
    os.makedirs(f"{out}/rows", exist_ok=True)
    data = Data(shared, out)
    for config in chosen:
        path = f"{out}/rows/{config['name']}.json"
        if (only and config["name"] not in only) or os.path.exists(path):
            continue
        row = train(config, data, out)
        with open(path, "w") as file:
            json.dump(row, file)
        write_labels(out, chosen)


if __name__ == "__main__":
    main()
