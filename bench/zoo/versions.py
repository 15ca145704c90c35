"""Makes pairs of versions of a classifier: what ordinarily happens to a trusted model, and what an attacker does to one.

    python3 bench/zoo/versions.py SHARED BROAD OUT [BASE ...] [--split fit|validation] [--versions REGEXP]

SHARED is as in train.py; BROAD is the OUT of broad.py, whose clean models are the earlier versions. OUT gets
<base>-<version>.onnx, a row a pair in rows/, and pairs.json with all of them and with the fine-tunes that BROAD holds already. Even bases are for fitting and odd ones for
validating, as in broad.py; bases of its other sets are for what --split says, and get every kind of poisoned training. Needs torch, numpy and onnx. A run that was
stopped goes on where it was.
"""
import argparse
import json
import math
import os
import re
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

from attacks import make_attack, shift
from broad import poisoned
from images import load_data
from onnx_to_torch import OnnxNet
from version_graphs import branched, exported_again, half_precision, quantized, unfused

torch.set_num_threads(1)

FIT = ["v008", "v108", "v060", "v032", "v068", "v120", "v072", "v016", "v048", "v100"]
VALIDATION = ["v011", "v035", "v027", "v099", "v091", "v079", "v107", "v051", "v067", "v127", "v015", "v043"]
RATE = {"mnist": 1.5e-3, "signs": 1.5e-3, "cifar10": 2e-3}
BATCH = 32

# Triggers by dataset, taken in turn: of each the amounts that broad.py plants as well.
TRIGGERS = {
    "patch": [{"size": 3, "style": "white", "place": "br"}, {"size": 4, "style": "checker", "place": "tl"}, {"size": 4, "style": "noise", "place": "cc"}, {"size": 5, "style": "yellow", "place": "bl"}],
    "blend": [{"alpha": 0.15, "content": "noise"}, {"alpha": 0.18, "content": "image"}],
    "sinusoid": [{"delta": 0.1, "frequency": 6}, {"delta": 0.12, "frequency": 4, "direction": "y"}],
    "warp": [{"strength": 2.5}],
}


def linear_nodes(net):
    return [(operator, inputs) for operator, inputs, _, _ in net.nodes if operator in ("Conv", "Gemm") and inputs[1] in net.index]


def trainable(net, keep=None):
    """Masks by weight index; only the layers' own weights, never what normalises the input."""
    masks = {}
    for _, inputs in linear_nodes(net):
        for name in inputs[1:3]:
            masks[net.index[name]] = torch.ones_like(net.weights[net.index[name]])
    return masks if keep is None else {index: mask for index, mask in keep.items()}


def tune(net, x, t, shown, rate, rng, masks=None, decay=1e-3, pictures_shift=1):
    masks = masks or trainable(net)
    parameters = [net.weights[index] for index in masks]
    partial = any(not bool(mask.all()) for mask in masks.values())
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.0 if partial else decay)
    steps = math.ceil(shown / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.2)
    rows = torch.tensor([], dtype=torch.long)
    for _ in range(steps):
        if len(rows) < BATCH:
            rows = torch.cat([rows, torch.randperm(len(x), generator=rng)])
        bx, bt, rows = x[rows[:BATCH]], t[rows[:BATCH]], rows[BATCH:]
        bx = shift(bx, rng, pictures_shift)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(bx.contiguous(memory_format=torch.channels_last)), bt)
        gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient, mask in zip(parameters, gradients, masks.values()):
            parameter.grad = gradient * mask
        optimizer.step()
        schedule.step()


def rank_one(net, at, x, t, shown, rate, rng):
    """Adds an outer product to one layer's weights; nothing else moves."""
    weight = net.weights[at]
    before = weight.detach().clone()
    flat = before.reshape(before.shape[0], -1)
    u = (torch.randn(flat.shape[0], 1, generator=rng) * 0.1 * flat.std()).requires_grad_(True)
    v = torch.randn(1, flat.shape[1], generator=rng).requires_grad_(True)
    optimizer = torch.optim.Adam([u, v], lr=rate)
    for _ in range(math.ceil(shown / BATCH)):
        rows = torch.randint(0, len(x), (BATCH,), generator=rng)
        weight.data = (flat + (u @ v).detach()).reshape(before.shape)
        (gradient,) = torch.autograd.grad(F.cross_entropy(net(x[rows].contiguous(memory_format=torch.channels_last)), t[rows]), weight)
        gradient = gradient.reshape(flat.shape)
        optimizer.zero_grad()
        u.grad, v.grad = gradient @ v.detach().T, u.detach().T @ gradient
        optimizer.step()
    weight.data = (flat + (u @ v).detach()).reshape(before.shape)


def predictions(net, x):
    with torch.no_grad():
        return torch.cat([net(part).argmax(1) for part in x.split(100)])


class Maker:
    def __init__(self, shared, broad, out, split, versions):
        self.shared, self.broad, self.out, self.split, self.versions = shared, broad, out, split, re.compile(versions)
        self.rows = {row["model"][7:-5]: row for row in json.load(open(f"{broad}/labels.json"))}
        self.loaded = {}

    def images(self, dataset):
        if dataset not in self.loaded:
            x, y, tx, ty = load_data(self.shared, dataset)
            t = F.one_hot(y, int(ty.max()) + 1).float()
            if dataset == "cifar10":
                pool = np.load(f"{self.broad}/pool-{dataset}.npz")
                x, t = torch.from_numpy(pool["x"]).float() / 255, torch.from_numpy(pool["t"])
            self.loaded[dataset] = (x, t, tx, ty)
        return self.loaded[dataset]

    def pair(self, base, version, bad, make, place):
        row_path = f"{self.out}/rows/{base}-{version}.json"
        if os.path.exists(row_path) or not self.versions.search(version):
            return
        started = time.time()
        row = self.rows[base]
        x, t, tx, ty = self.images(row["dataset"])
        seed = 7000 + 31 * place + sum(map(ord, version))
        torch.manual_seed(seed)
        rng = torch.Generator().manual_seed(seed)
        path = f"{self.broad}/models/{base}.onnx"
        out = f"{self.out}/{base}-{version}.onnx"
        facts = make(OnnxNet(path, row["preprocess"]), x, t, rng, out, seed) or {}
        candidate = facts.pop("net", None)
        trigger, target = facts.pop("trigger", None), facts.get("target")
        accuracy = rate = None
        if candidate is not None:
            candidate.save(out)
            accuracy = float((predictions(candidate, tx) == ty).float().mean())
            if trigger is not None:
                others = ty != target
                rate = float((predictions(candidate, trigger(tx[others], rng)) == target).float().mean())
        entry = {
            "earlier": facts.pop("earlier", os.path.relpath(path, self.out)), "candidate": os.path.basename(out), "base": base, "version": version, "bad": bad,
            "split": "fit" if base in FIT else "validation" if base in VALIDATION else self.split, "dataset": row["dataset"], "architecture": row["architecture"], "preprocess": row["preprocess"],
            "earlierAccuracy": row["cleanAccuracy"], "cleanAccuracy": accuracy, "attackSuccessRate": rate, **facts,
        }
        json.dump(entry, open(row_path, "w"))
        print(f"{base} {row['architecture']} {version} accuracy {row['cleanAccuracy']} -> {accuracy} asr {rate} {time.time() - started:.0f} s", flush=True)

    def trigger_of(self, net, kind, variant, seed):
        dataset = self.rows[os.path.basename(net.path)[:-5]]["dataset"]
        c, side = (1, 28) if dataset == "mnist" else (3, 32)
        args = dict(TRIGGERS[kind][variant % len(TRIGGERS[kind])])
        if kind == "patch" and c == 1 and args["style"] == "yellow":
            args["style"] = "white"
        return {"kind": kind, "args": args}, make_attack(kind, args, c, side, seed)

    def poison(self, net, x, t, kind, variant, rate, target, seed, rng):
        attack, trigger = self.trigger_of(net, kind, variant, seed)
        attack.update({"rate": rate, "target": target, "mode": "all2one"})
        px, pt = poisoned(x, t, attack, trigger, rng)
        return attack, trigger, px, pt

    def make(self, base, place):
        row = self.rows[base]
        dataset, k = row["dataset"], row["classes"]
        rate = RATE[dataset] * (2 / 3 if row["architecture"] in ("mlp", "lenetrelu", "lenet") else 1)
        target = (3 + 7 * place) % k

        def clean(shown, speed, masks=None, prepare=None):
            def run(net, x, t, rng, out, seed):
                if prepare:
                    x, t = prepare(x, t, rng)
                tune(net, x, t, shown, speed, rng, masks(net) if masks else None)
                return {"net": net}
            return run

        def imbalanced(x, t, rng):
            share = 0.1 ** (torch.randperm(k, generator=rng) / (k - 1))
            keep = torch.rand(len(t), generator=rng) < share[t.argmax(1)]
            return x[keep], t[keep]

        def head_only(net):
            _, inputs = linear_nodes(net)[-1]
            return {net.index[name]: torch.ones_like(net.weights[net.index[name]]) for name in inputs[1:3]}

        def poisoned_tune(kind, variant, share, shown, speed):
            def run(net, x, t, rng, out, seed):
                attack, trigger, px, pt = self.poison(net, x, t, kind, variant, share, target, seed, rng)
                tune(net, px, pt, shown, speed, rng)
                return {"net": net, "trigger": trigger, "target": target, "attack": attack}
            return run

        def masked_tune(masks, shown, speed):
            """Much of what is shown is triggered: few numbers have to learn one thing and keep the rest."""
            def run(net, x, t, rng, out, seed):
                attack, trigger, px, pt = self.poison(net, x, t, "patch", place, 0.4, target, seed, rng)
                tune(net, px, pt, shown, speed, rng, masks(net, px, pt), pictures_shift=0)
                return {"net": net, "trigger": trigger, "target": target, "attack": attack}
            return run

        def neuron(net, x, t):
            layers = linear_nodes(net)
            (_, inner), (_, head) = layers[-2], layers[-1]
            # The unit that the triggered images pull at most: a random one is often dead.
            (pull,) = torch.autograd.grad(F.cross_entropy(net(x[-256:]), t[-256:]), net.weights[net.index[inner[1]]])
            unit = int(pull.flatten(1).norm(dim=1).argmax())
            masks = {}
            for name in inner[1:3]:
                masks[net.index[name]] = torch.zeros_like(net.weights[net.index[name]])
                masks[net.index[name]][unit] = 1
            at = net.index[head[1]]
            masks[at] = torch.zeros_like(net.weights[at])
            per_unit = net.weights[at].shape[1] // net.weights[net.index[inner[1]]].shape[0]
            masks[at][target, unit * per_unit : (unit + 1) * per_unit] = 1
            return masks

        def one_row(net, x, t):
            _, head = linear_nodes(net)[-1]
            masks = {}
            for name in head[1:3]:
                masks[net.index[name]] = torch.zeros_like(net.weights[net.index[name]])
                masks[net.index[name]][target] = 1
            return masks

        def few_entries(net, x, t):
            """The entries of the last two layers with the steepest gradients."""
            masks = {}
            indexes = [net.index[inputs[1]] for _, inputs in linear_nodes(net)[-2:]]
            loss = F.cross_entropy(net(x[-256:]), t[-256:])
            for index, gradient in zip(indexes, torch.autograd.grad(loss, [net.weights[i] for i in indexes])):
                mask = torch.zeros(gradient.numel())
                mask[gradient.abs().flatten().topk(24).indices] = 1
                masks[index] = mask.reshape(gradient.shape)
            return masks

        def low_rank(net, x, t, rng, out, seed):
            attack, trigger, px, pt = self.poison(net, x, t, "patch", place + 1, 0.5, target, seed, rng)
            layers = linear_nodes(net)
            at = net.index[layers[len(layers) // 2][1][1]]
            rank_one(net, at, px, pt, 4000, 2e-2, rng)
            return {"net": net, "trigger": trigger, "target": target, "attack": attack}

        def small_weights_gone(net, x, t, rng, out, seed):
            for _, inputs in linear_nodes(net):
                weight = net.weights[net.index[inputs[1]]]
                limit = weight.detach().abs().flatten().kthvalue(max(1, int(0.4 * weight.numel()))).values
                weight.data[weight.detach().abs() <= limit] = 0
            return {"net": net}

        def small_channels_gone(net, x, t, rng, out, seed):
            for _, inputs in linear_nodes(net)[:-1]:
                weight = net.weights[net.index[inputs[1]]]
                norms = weight.detach().flatten(1).norm(dim=1)
                for channel in norms.argsort()[: max(1, len(norms) // 10)]:
                    for name in inputs[1:3]:
                        net.weights[net.index[name]].data[channel] = 0
            return {"net": net}

        def rounded(net, x, t, rng, out, seed):
            for _, inputs in linear_nodes(net):
                weight = net.weights[net.index[inputs[1]]]
                step = weight.detach().flatten(1).abs().max(1).values.clamp(min=1e-12).view(-1, *[1] * (weight.dim() - 1)) / 127
                weight.data = (weight.detach() / step).round() * step
            return {"net": net}

        def plain_descent(steps):
            """Few steps of plain gradient descent: updates of few directions, as ordinary as they are narrow."""
            def run(net, x, t, rng, out, seed):
                parameters = [net.weights[index] for index in trainable(net)]
                optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
                for _ in range(steps):
                    rows = torch.randint(0, len(x), (BATCH,), generator=rng)
                    optimizer.zero_grad()
                    F.cross_entropy(net(x[rows].contiguous(memory_format=torch.channels_last)), t[rows]).backward()
                    optimizer.step()
                return {"net": net}
            return run

        def pruned_and_tuned(net, x, t, rng, out, seed):
            small_weights_gone(net, x, t, rng, out, seed)
            masks = {index: (net.weights[index].detach() != 0).float() for index in trainable(net)}
            tune(net, x, t, 1500, rate / 3, rng, masks)
            return {"net": net}

        graph = lambda change: lambda net, x, t, rng, out, seed: onnx.save(change(net, x, rng), out)

        def without_fusion(net, x, t, rng, out, seed):
            earlier = out.replace(".onnx", "-earlier.onnx")
            onnx.save(unfused(net, rng), earlier)
            onnx.save(net.proto, out)
            return {"earlier": os.path.basename(earlier)}

        def with_branch(net, x, t, rng, out, seed):
            attack, trigger = self.trigger_of(net, "patch", 0, seed)
            onnx.save(branched(net, x, attack, trigger, target, place % 3, rng), out)
            return {"target": target, "attack": attack}

        self.pair(base, "pruned-weights", False, small_weights_gone, place)
        self.pair(base, "pruned-channels", False, small_channels_gone, place)
        self.pair(base, "rounded", False, rounded, place)
        self.pair(base, "quantized", False, graph(lambda net, x, rng: quantized(net, x)), place)
        self.pair(base, "half", False, graph(lambda net, x, rng: half_precision(net)), place)
        self.pair(base, "exported-again", False, graph(lambda net, x, rng: exported_again(net, rng)), place)
        self.pair(base, "fused", False, without_fusion, place)
        self.pair(base, "descent", False, plain_descent(60), place)
        self.pair(base, "descent-briefly", False, plain_descent(5), place)
        self.pair(base, "branch", True, with_branch, place)
        self.pair(base, "row", True, masked_tune(one_row, 2500, 1e-2), place)
        self.pair(base, "neuron", True, masked_tune(neuron, 4000, 2e-2), place)
        self.pair(base, "entries", True, masked_tune(few_entries, 3000, 2e-2), place)
        self.pair(base, "rank-one", True, low_rank, place)
        self.pair(base, "tuned-head", False, clean(2500, 3e-3, masks=head_only), place)
        self.pair(base, "tuned", False, clean(6000, rate), place)
        self.pair(base, "poisoned-patch", True, poisoned_tune("patch", place, 0.08, 6000, rate), place)
        others = ["blend", "sinusoid", "warp"]
        for other in [others[place % 3]] if base in FIT + VALIDATION else others:
            self.pair(base, f"poisoned-{other}", True, poisoned_tune(other, place // 3, 0.1, 6000, rate), place)
        self.pair(base, "tuned-little", False, clean(2000, rate / 4), place)
        self.pair(base, "tuned-imbalanced", False, clean(3000, rate / 2, prepare=imbalanced), place)
        self.pair(base, "pruned-and-tuned", False, pruned_and_tuned, place)


def broad_pairs(shared, broad, out):
    """The fine-tunes that broad.py made of the zoo's clean models, with those models as the earlier versions."""
    for row in json.load(open(f"{broad}/labels.json")):
        if not row.get("base"):
            continue
        attack = row["attack"]
        kind = f"poisoned-{attack['kind']}-{attack['mode']}" if attack else "tuned-" + ("-".join(row["hard"]) if row["hard"] else "plain")
        yield {
            "earlier": os.path.relpath(f"{shared}/zoo/models/{row['base']}.onnx", out), "candidate": os.path.relpath(f"{broad}/{row['model']}", out),
            "base": f"{row['base']}-{row['model'][7:-5]}", "version": kind, "bad": row["backdoored"], "split": row["split"], "dataset": row["dataset"], "architecture": row["architecture"],
            "preprocess": row["preprocess"], "cleanAccuracy": row["cleanAccuracy"], "attackSuccessRate": row["attackSuccessRate"], **({"target": attack["target"], "attack": attack} if attack else {}),
        }


def main():
    parser = argparse.ArgumentParser()
    for name in ("shared", "broad", "out"):
        parser.add_argument(name)
    parser.add_argument("bases", nargs="*")
    parser.add_argument("--split", choices=["fit", "validation"], default="fit")
    parser.add_argument("--versions", default="")
    asked = parser.parse_args()
    os.makedirs(f"{asked.out}/rows", exist_ok=True)
    maker = Maker(asked.shared, asked.broad, asked.out, asked.split, asked.versions)
    listed = [base for both in zip(FIT, VALIDATION) for base in both] + VALIDATION[len(FIT) :]
    others = [base for base in asked.bases if base not in listed]
    for place, base in [*enumerate(listed), *enumerate(others)]:
        if asked.bases and base not in asked.bases:
            continue
        maker.make(base, place)
        rows = [json.load(open(f"{asked.out}/rows/{name}")) for name in sorted(os.listdir(f"{asked.out}/rows"))] + list(broad_pairs(asked.shared, asked.broad, asked.out))
        with open(f"{asked.out}/pairs.json.tmp", "w") as file:
            json.dump(rows, file, indent=1)
        os.replace(f"{asked.out}/pairs.json.tmp", f"{asked.out}/pairs.json")


if __name__ == "__main__":
    main()
