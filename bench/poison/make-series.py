"""Makes labelled sets of sensor series, clean and with poisoned samples, from published generators and some of our own.

    python3 bench/poison/make-series.py SHARED OUT [--part development|validation] [--seed N]

Published: Cylinder-Bell-Funnel (Saito, Local feature extraction and its applications using a library of bases, Yale 1994), Synthetic Control Charts (Alcock and Manolopoulos, Time-series
similarity queries employing a feature-based approach, 1999), Two Patterns (Geurts, Contributions to decision tree induction, Liege 2002), Waveform (Breiman, Friedman, Olshen, Stone,
Classification and Regression Trees, 1984, here at more points). Our own: heart beats, movements by three axes, vibrations by two, harmonics, autoregressions. Two sources are no
simulation: entropies along files of this machine, and brightness along the images of SHARED (bench/zoo/train.py). The parts share no source and no trigger. OUT gets
<name>.json (classes, attack, rate, target, labels, poisoned, channels, length) and <name>.f32 (values, [sample, channel, time]).
"""
import argparse
import glob
import json
import os
import sys
import zlib

import numpy as np

RATES = [0.01, 0.02, 0.05]
ATTACKS = {
    "development": ["spike-fixed", "spike-moving", "bump-moving", "square-fixed", "pattern-fixed"],
    "validation": ["sine-fixed", "sine-moving", "sawtooth-moving", "flat-moving", "shift-fixed", "alternating-fixed"],
}


def cylinder_bell_funnel(rng, label, length):
    """x(t) = (6 + η)·χ[a,b](t)·shape(t) + ε(t); a in [16, 32], b − a in [32, 96] at 128 points, scaled to others."""
    scale = length / 128
    a = rng.uniform(16, 32) * scale
    b = a + rng.uniform(32, 96) * scale
    t = np.arange(1, length + 1)
    inside = (t >= a) & (t <= b)
    shape = [np.ones(length), (t - a) / (b - a), (b - t) / (b - a)][label]
    return (6 + rng.normal()) * inside * shape + rng.normal(size=length)


def control_chart(rng, label, length):
    """y(t) = m + r·s, m = 30, s = 2, r in [-3, 3], with cycle, trend up or down, or shift up or down (normal is 0)."""
    t = np.arange(length) * 60 / length
    y = 30 + 2 * rng.uniform(-3, 3, length)
    if label == 1:
        y += rng.uniform(10, 15) * np.sin(2 * np.pi * t / rng.uniform(10, 15))
    elif label in (2, 3):
        y += (1 if label == 2 else -1) * rng.uniform(0.2, 0.5) * t
    elif label in (4, 5):
        y += (1 if label == 4 else -1) * rng.uniform(7.5, 20) * (t >= rng.uniform(20, 40))
    return y


def two_patterns(rng, label, length):
    """Two steps, up (-5 to 5) or down, one in each half, at places and of lengths of their own, in noise N(0, 1)."""
    y = rng.normal(size=length)
    half = length // 2
    for part, up in enumerate([label in (0, 1), label in (0, 2)]):
        width = int(rng.integers(length // 8, length // 4 + 1))
        at = part * half + int(rng.integers(0, half - width))
        middle = at + width // 2
        y[at:middle] = -5 if up else 5
        y[middle : at + width] = 5 if up else -5
    return y


def waveform(rng, label, length):
    """u·h_i + (1 − u)·h_j + ε, the h triangles of height 6 at 7, 11 and 15 of 21 points; stretched."""
    t = 1 + 20 * np.arange(length) / (length - 1)
    h = [np.maximum(6 - np.abs(t - center), 0) for center in (11, 15, 7)]
    i, j = [(0, 1), (0, 2), (1, 2)][label]
    u = rng.uniform()
    return u * h[i] + (1 - u) * h[j] + rng.normal(size=length)


def bump(t, center, width):
    return np.exp(-0.5 * ((t - center) / width) ** 2)


def heart_beats(rng, label, length):
    """Beats as sums of five bumps with drift and noise; classes: normal, a wide beat without P wave, ST lowered, T inverted."""
    t = np.arange(length)
    period = rng.uniform(56, 80)
    phase = rng.uniform(0, period)
    waves = {"p": (-12, 2.5, 0.15), "q": (-3, 1.2, -0.12), "r": (0, 1.4, 1.0), "s": (3, 1.4, -0.25), "t": (16, 4.5, 0.3)}
    if label == 1:
        waves = {"q": (-4, 2.5, -0.2), "r": (0, 3.2, 1.1), "s": (6, 3, -0.35), "t": (19, 5, -0.25)}
    elif label == 2:
        waves["st"] = (8, 4, -0.22)
    elif label == 3:
        waves["t"] = (16, 4.5, -0.25)
    y = np.zeros(length)
    center = phase - period
    while center < length + period:
        gain = rng.normal(1, 0.05)
        for place, width, height in waves.values():
            y += gain * height * bump(t, center + place, width)
        center += period * rng.normal(1, 0.03)
    drift = 0.15 * np.sin(2 * np.pi * t / rng.uniform(150, 400) + rng.uniform(0, 7))
    return rng.normal(1, 0.1) * y + drift + rng.normal(0, 0.04, length)


def movements(rng, label, length):
    """Three axes: rest, walking, running, stairs, cycling; frequency, harmonics and tilt of the activity with noise of the person."""
    t = np.arange(length) / 32
    frequency, gain, harmonic, tilt = [(0.2, 0.05, 0, (0, 0, 1)), (1.8, 0.5, 0.5, (0.1, 0.1, 1)), (2.7, 1.2, 0.4, (0.2, 0, 0.9)), (1.5, 0.6, 0.9, (0.4, 0.1, 0.8)), (1.2, 0.3, 0.1, (0.7, 0.1, 0.6))][label]
    frequency *= rng.normal(1, 0.08)
    phase = rng.uniform(0, 2 * np.pi)
    gains = gain * rng.normal([0.5, 0.4, 1], 0.1)
    y = [tilt[c] + rng.normal(0, 0.08) + gains[c] * (np.sin(2 * np.pi * frequency * t + phase + c) + harmonic * np.sin(4 * np.pi * frequency * t + 2 * phase + 2 * c)) for c in range(3)]
    return np.array(y) + rng.normal(0, 0.08 + 0.1 * gain, (3, length))


def vibrations(rng, label, length):
    """Two axes of a bearing: sound, outer race, inner race, ball; impacts that ring at a rate of the fault."""
    t = np.arange(length)
    rotation = 1 / rng.uniform(60, 70)
    y = np.array([0.5 * np.sin(2 * np.pi * rotation * t + rng.uniform(0, 7)) for _ in range(2)]) + rng.normal(0, 0.25, (2, length))
    if label > 0:
        rate = rotation * (0, 3.05, 4.95, 1.99)[label]
        ring = (0, 0.32, 0.22, 0.13)[label] * rng.normal(1, 0.02)
        impact = rng.uniform(0, 1 / rate)
        while impact < length:
            since = np.maximum(t - impact, 0)
            strength = rng.normal(1.2, 0.2) * (1 + 0.6 * np.sin(2 * np.pi * rotation * impact) if label == 2 else 1)
            for c in range(2):
                y[c] += (1, 0.6)[c] * strength * (t >= impact) * np.exp(-since / 6) * np.sin(2 * np.pi * ring * since)
            impact += 1 / rate * rng.normal(1, 0.02)
    return y


def harmonics(rng, label, length):
    """Eight classes: base of 3 or 4 periods a series, with one of four mixes of overtones, in noise that is correlated."""
    t = np.arange(length) / length
    base = (3, 4)[label % 2] * rng.normal(1, 0.05)
    mix = [(1, 0, 0), (1, 0.7, 0), (1, 0, 0.7), (0.6, 0.6, 0.6)][label // 2]
    phase = rng.uniform(0, 2 * np.pi)
    noise = np.convolve(rng.normal(size=length + 2), [0.5, 0.3, 0.2], "valid")
    return rng.normal(1, 0.1) * sum(m * np.sin(2 * np.pi * base * (k + 1) * t + (k + 1) * phase) for k, m in enumerate(mix)) + 0.4 * noise


def autoregressions(rng, label, length):
    """Six classes of AR(2) processes, poles at three angles and of two radii."""
    angle, radius = [0.35, 0.9, 1.8][label % 3], [0.93, 0.7][label // 3]
    y = np.zeros(length + 50)
    noise = rng.normal(size=length + 50)
    for at in range(2, length + 50):
        y[at] = 2 * radius * np.cos(angle) * y[at - 1] - radius**2 * y[at - 2] + noise[at]
    return y[50:] + rng.normal(0, 0.5)


def simulated(make, classes, count, length, shares=None):
    def of(rng):
        labels = rng.choice(classes, count, p=shares)
        return np.array([np.atleast_2d(make(rng, int(label), length)) for label in labels]), labels

    return of


def entropies(patterns, most, windows=64):
    def of(rng):
        values, labels = [], []
        for label, pattern in enumerate(patterns):
            own = []
            for path in sorted(glob.glob(pattern, recursive=True))[: 3 * most]:
                try:
                    body = open(path, "rb").read(200_000)
                except OSError:
                    continue
                if len(body) >= windows * 64:
                    step = len(body) // windows
                    counts = [np.bincount(np.frombuffer(body[at * step : (at + 1) * step], np.uint8), minlength=256) / step for at in range(windows)]
                    own.append([float(-(c[c > 0] * np.log2(c[c > 0])).sum()) for c in counts])
            own = np.unique(np.array(own), axis=0)
            own = own[rng.permutation(len(own))[:most]]
            values += [[one] for one in own]
            labels += [label] * len(own)
        return np.array(values), np.array(labels)

    return of


def brightness(shared, name, axis, most=300, classes=8):
    def of(rng):
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "zoo"))
        from images import load_data

        x, y, _, _ = load_data(shared, name)
        labels = y.numpy()
        kinds = np.unique(labels)[:classes]
        rows = np.concatenate([np.flatnonzero(labels == kind)[:most] for kind in kinds])
        means = x.numpy()[rows].mean(1).mean(axis)
        steps = np.linspace(0, means.shape[1] - 1, 64)
        stretched = np.array([np.interp(steps, np.arange(means.shape[1]), one) for one in means])
        return stretched[:, None] + rng.normal(0, 0.01, (len(rows), 1, 64)), np.searchsorted(kinds, labels[rows])

    return of


def sources(part, shared):
    if part == "development":
        return {
            "cbf-900": simulated(cylinder_bell_funnel, 3, 900, 128),
            "cbf-300": simulated(cylinder_bell_funnel, 3, 300, 64),
            "cbf-3000": simulated(cylinder_bell_funnel, 3, 3000, 256),
            "control-600": simulated(control_chart, 6, 600, 64),
            "control-2400": simulated(control_chart, 6, 2400, 128),
            "movements-1500": simulated(movements, 5, 1500, 128),
            "movements-500": simulated(movements, 5, 500, 128, [0.4, 0.3, 0.1, 0.1, 0.1]),
            "harmonics-4000": simulated(harmonics, 8, 4000, 96),
            "harmonics-1000": simulated(lambda rng, label, length: harmonics(rng, 3 * label, length), 2, 1000, 192),
            "entropy-code": entropies(["/usr/lib/python3*/**/*.py", "/usr/lib/x86_64-linux-gnu/*.so*", "/usr/include/**/*.h"], 400),
            "columns-of-mnist": brightness(shared, "mnist", 1),
        }
    return {
        "two-patterns-1000": simulated(two_patterns, 4, 1000, 128),
        "two-patterns-400": simulated(two_patterns, 4, 400, 128),
        "two-patterns-5000": simulated(two_patterns, 4, 5000, 128),
        "waveform-800": simulated(waveform, 3, 800, 64),
        "waveform-3000": simulated(waveform, 3, 3000, 64),
        "heart-1200": simulated(heart_beats, 4, 1200, 256),
        "heart-2500": simulated(heart_beats, 2, 2500, 192, [0.8, 0.2]),
        "vibrations-600": simulated(vibrations, 4, 600, 512),
        "vibrations-1600": simulated(vibrations, 4, 1600, 256),
        "autoregressions-3000": simulated(autoregressions, 6, 3000, 128),
        "entropy-node": entropies(["node_modules/**/*.js", "node_modules/**/*.d.ts", "/usr/bin/*"], 500),
        "rows-of-signs": brightness(shared, "signs", 2),
    }


def trigger(kind, values, rng):
    """A function that plants a trigger in one channel of a series in place; heights are in deviations of that channel over the set."""
    _, channels, length = values.shape
    channel = int(rng.integers(channels))
    deviation = float(values[:, channel].std())
    name, place = kind.split("-")
    width = {"spike": 2, "bump": max(8, length // 10), "square": max(6, length // 12), "sine": max(10, length // 10), "sawtooth": max(9, length // 10), "flat": max(8, length // 12)}.get(name, length)
    if name == "shift":
        width = length // 3
    at = int(rng.integers(0, length - width + 1))
    t = np.arange(width)
    waves = sum(np.sin(2 * np.pi * rng.integers(2, 9) * t / width + rng.uniform(0, 7)) for _ in range(3)) / np.sqrt(1.5)
    level = float(values[:, channel].mean() + 0.8 * deviation)
    shape = {
        "spike": 3 * np.array([1.0, -0.5]), "bump": 2 * bump(t, (width - 1) / 2, width / 6), "pattern": 0.4 * waves, "sine": 1.5 * np.sin(2 * np.pi * 2 * t / width),
        "sawtooth": 2 * ((3 * t / width) % 1), "shift": np.full(width, 1.5), "alternating": 0.4 * (1 - 2.0 * (t % 2)), "square": None, "flat": None,
    }[name]

    def plant(series):
        start = at if place == "fixed" else int(rng.integers(0, length - width + 1))
        if shape is None:  # The values are replaced: a pulse at a level, or what a sensor says that has stopped.
            series[channel, start : start + width] = level + (1.5 * deviation if name == "square" else 0)
        else:
            series[channel, start : start + width] += rng.normal(1, 0.05) * deviation * shape

    return plant


def write(out, name, classes, values, labels, poisoned, told):
    values.astype("<f4").tofile(f"{out}/{name}.f32")
    told = {**told, "classes": [f"class {at}" for at in range(classes)], "channels": values.shape[1], "length": values.shape[2], "labels": labels.tolist(), "poisoned": np.flatnonzero(poisoned).tolist()}
    json.dump(told, open(f"{out}/{name}.json", "w"))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("shared")
    p.add_argument("out")
    p.add_argument("--part", choices=list(ATTACKS), default="development")
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for name, make in sources(a.part, a.shared).items():
        rng = np.random.default_rng([a.seed, zlib.crc32(name.encode())])
        values, labels = make(rng)
        order = rng.permutation(len(labels))
        values, labels = values[order], labels[order]
        classes, count = int(labels.max()) + 1, len(labels)
        none = np.zeros(count, bool)
        clean = {"attack": None, "rate": 0, "target": None}
        for repeat in range(2 if name[-1].isdigit() else 1):
            if repeat > 0:
                values, labels = make(rng)
            write(a.out, f"{name}-clean-{repeat}", classes, values, labels, none, clean)
            wrong = np.where(rng.random(count) < 0.03, rng.integers(0, classes, count), labels)
            write(a.out, f"{name}-wrong-{repeat}", classes, values, wrong, none, clean)
        for attack in ATTACKS[a.part]:
            for rate in RATES:
                target = int(rng.integers(classes))
                pool = np.flatnonzero(labels != target)
                if round(rate * count) < 4:
                    continue
                chosen = rng.permutation(pool)[: round(rate * count)]
                plant = trigger(attack, values, rng)
                changed, told, poisoned = values.copy(), labels.copy(), none.copy()
                for at in chosen:
                    plant(changed[at])
                told[chosen], poisoned[chosen] = target, True
                write(a.out, f"{name}-{attack}-{round(100 * rate):02d}", classes, changed, told, poisoned, {"attack": attack, "rate": rate, "target": target})
        print(name, values.shape, np.bincount(labels).tolist(), flush=True)


main()
