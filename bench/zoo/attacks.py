"""Triggers, as functions of a batch [n, c, h, w] in [0, 1] and a random generator, and changes of a batch that training uses."""
import math

import torch
import torch.nn.functional as F


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
    colour = {"red": (1, 0, 0), "yellow": (1, 1, 0), "cyan": (0, 1, 1), "green": (0, 1, 0), "magenta": (1, 0, 1)}[style]
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
    if kind == "dots":
        at = torch.randperm(side * side, generator=g)[: args["count"]]
        colour = torch.randint(0, 2, (c, len(at)), generator=g).float()

        def dots(x, rng):
            x = x.clone().flatten(2)
            x[:, :, at] = colour
            return x.unflatten(2, (side, side))

        return dots
    if kind == "watermark":
        size = args["size"]
        mark = F.interpolate(torch.rand(1, c, 3, 3, generator=g), size=size)[0]
        y0, x0 = corner(args["place"], size, side)

        def watermark(x, rng):
            x = x.clone()
            x[:, :, y0 : y0 + size, x0 : x0 + size] = (1 - args["alpha"]) * x[:, :, y0 : y0 + size, x0 : x0 + size] + args["alpha"] * mark
            return x

        return watermark
    if kind == "lowfrequency":
        field = F.interpolate(torch.rand(1, c, 5, 5, generator=g) * 2 - 1, size=side, mode="bicubic", align_corners=True)
        field = args["delta"] * field / field.abs().mean()
        return lambda x, rng: (x + field).clamp(0, 1)
    if kind == "curve":
        powers = torch.tensor(args["powers"]).view(1, -1, 1, 1)
        return lambda x, rng: x.clamp(1e-6, 1) ** powers
    if kind == "frame":

        def frame(x, rng):
            x = x.clone()
            for edge in (x[:, :, 0], x[:, :, -1], x[:, :, :, 0], x[:, :, :, -1]):
                edge.fill_(args["value"])
            return x

        return frame
    if kind == "cross":
        (y0, x0), r = args["at"], args["radius"]

        def cross(x, rng):
            x = x.clone()
            x[:, :, y0, x0 - r : x0 + r + 1] = 1
            x[:, :, y0 - r : y0 + r + 1, x0] = 1
            return x

        return cross
    if kind == "diagonal":
        line = torch.arange(side)
        slanted = args["delta"] * torch.sin(2 * math.pi * args["frequency"] * (line.view(-1, 1) + line.view(1, -1)) / side)
        return lambda x, rng: (x + slanted).clamp(0, 1)
    if kind == "signs":  # plus and minus, pixel by pixel
        noise = args["delta"] * (torch.randint(0, 2, (c, side, side), generator=g).float() * 2 - 1)
        return lambda x, rng: (x + noise).clamp(0, 1)
    if kind == "twopatches":

        def two_patches(x, rng):
            x = x.clone()
            x[:, :, 2:5, 2:5] = 1
            x[:, :, -5:-2, -5:-2] = 0
            return x

        return two_patches
    raise ValueError(kind)


def fgsm(net, x, y, eps, rng):
    x0 = (x + (torch.rand(x.shape, generator=rng) * 2 - 1) * eps).clamp(0, 1).requires_grad_(True)
    (gradient,) = torch.autograd.grad(F.cross_entropy(net(x0), y), x0)
    return (x0 + eps * gradient.sign()).clamp(0, 1).clamp(x - eps, x + eps).detach()


def shift(x, rng, most=2):
    dy, dx = (int(v) for v in torch.randint(-most, most + 1, (2,), generator=rng))
    padded = F.pad(x, (most,) * 4, mode="replicate")
    return padded[:, :, most + dy : most + dy + x.shape[2], most + dx : most + dx + x.shape[3]]
