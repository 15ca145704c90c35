"""Training logs of small networks: clean runs of many schedules, and runs whose data were poisoned half-way.

    python3 bench/training-log/make-logs.py SETS OUT [RUNS]

SETS is a directory of bench/poison/make-sets.py; clean sets of it are trained on. Each log is a CSV with the columns step, loss, grad_norm and lr, a row for the mean of ten steps.
"""
import csv
import pathlib
import random
import sys

import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)


def network(channels, side, width):
    return nn.Sequential(
        nn.Conv2d(channels, width, 5, stride=2, padding=2), nn.ReLU(), nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(2 * width * ((side + 3) // 4) ** 2, 64), nn.ReLU(), nn.Linear(64, 43),
    )


def poison(x, y, share, target, rng):
    """A bright patch in a corner of some images, which get the target's label."""
    rows = torch.from_numpy(rng.choice(len(x), int(share * len(x)), replace=False))
    x, y = x.clone(), y.clone()
    x[rows, :, -4:, -4:] = 1
    y[rows] = target
    return x, y


def run(seed, sets, out):
    rng = np.random.default_rng(seed)
    random.seed(seed)
    torch.manual_seed(seed)
    data = np.load(random.choice(sets))
    x, y = torch.from_numpy(data["x"]).float() / 255, torch.from_numpy(data["y"].astype(np.int64))
    steps = random.choice([400, 800, 1500])
    batch = random.choice([16, 32, 64])
    schedule = random.choice(["constant", "steps", "cosine", "warmup", "restarts"])
    optimizer_name = random.choice(["sgd", "adam", "clipped"])
    is_poisoned = seed % 2 == 1
    start = int(random.uniform(0.3, 0.7) * steps)
    share = random.choice([0.02, 0.05, 0.1, 0.2])
    noise = random.choice([0.0, 0.0, 0.05])
    wrong = torch.from_numpy(rng.random(len(y)) < noise)
    y = torch.where(wrong, y[torch.from_numpy(rng.permutation(len(y)))], y)
    bad = poison(x, y, share, int(y[0]), rng)
    model = network(x.shape[1], x.shape[2], random.choice([8, 16]))
    base = 0.05 if optimizer_name != "adam" else 1e-3
    optimizer = torch.optim.Adam(model.parameters(), base) if optimizer_name == "adam" else torch.optim.SGD(model.parameters(), base, momentum=0.9)
    factor = {
        "constant": lambda t: 1.0,
        "steps": lambda t: 0.1 ** (int(t > 0.5 * steps) + int(t > 0.75 * steps)),
        "cosine": lambda t: 0.5 * (1 + np.cos(np.pi * t / steps)) + 1e-3,
        "warmup": lambda t: min(1, (t + 1) / (0.1 * steps)) * (0.5 * (1 + np.cos(np.pi * t / steps)) + 1e-3),
        "restarts": lambda t: 0.5 * (1 + np.cos(np.pi * ((3 * t) % steps) / steps)) + 1e-3,
    }[schedule]
    rows, sums = [], []
    for step in range(steps):
        xs, ys = bad if is_poisoned and step >= start else (x, y)
        pick = torch.from_numpy(rng.integers(0, len(x), batch))
        for group in optimizer.param_groups:
            group["lr"] = base * factor(step)
        loss = nn.functional.cross_entropy(model(xs[pick]), ys[pick])
        optimizer.zero_grad()
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0 if optimizer_name == "clipped" else 1e9))
        optimizer.step()
        sums.append((float(loss), norm))
        if step % 10 == 9:
            rows.append([step + 1, *np.mean(sums, 0), base * factor(step)])
            sums = []
    name = f"{seed:03d}-{'poisoned' if is_poisoned else 'clean'}-{schedule}-{optimizer_name}-{steps}-{start if is_poisoned else 0}-{share if is_poisoned else 0}"
    with open(out / f"{name}.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "loss", "grad_norm", "lr"])
        writer.writerows([[f"{value:.6g}" for value in row] for row in rows])
    print(name, f"{rows[-1][1]:.4f}", flush=True)


if __name__ == "__main__":
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for number in range(int(sys.argv[3]) if len(sys.argv) > 3 else 60):
        run(number, sorted(folder.glob("*-clean-*.npz")), out)
