"""A fixed pool of augmented and mixed images with the averaged probabilities of clean teachers, made once a dataset.

The training arrays hold 2,500 images a dataset, too few for a classifier of natural images; what the zoo's clean models
know about mixtures of those images makes up for much of that.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

from onnx_to_torch import OnnxNet


def augmented(x, rng, most, flip):
    """Each image with its own shift, flip, brightness and contrast."""
    n, c, h, w = x.shape
    rand = lambda: torch.rand(n, 1, 1, 1, generator=rng)
    padded = F.pad(x, (most,) * 4, mode="reflect")
    dy, dx = (torch.randint(0, 2 * most + 1, (n,), generator=rng) for _ in range(2))
    rows = dy.view(n, 1) + torch.arange(h)
    columns = dx.view(n, 1) + torch.arange(w)
    out = padded[torch.arange(n).view(n, 1, 1, 1), torch.arange(c).view(1, c, 1, 1), rows.view(n, 1, h, 1), columns.view(n, 1, 1, w)]
    if flip:
        out = torch.where(rand() < 0.5, out.flip(3), out)
    return ((out - 0.5) * (0.8 + 0.4 * rand()) + 0.5 + 0.2 * (rand() - 0.5)).clamp(0, 1)


def mixed(a, b, rng):
    """Half of the rows blended with another image, half with a rectangle of it pasted in."""
    n, _, h, w = a.shape
    share = 0.2 + 0.6 * torch.rand(n, 1, 1, 1, generator=rng)
    blended = share * a + (1 - share) * b
    size = (1 - share).sqrt()
    top, left = (torch.rand(n, 1, 1, 1, generator=rng) * (1 - size) for _ in range(2))
    y, x = torch.arange(h).view(1, 1, h, 1) / h, torch.arange(w).view(1, 1, 1, w) / w
    inside = (y >= top) & (y < top + size) & (x >= left) & (x < left + size)
    return torch.where(torch.rand(n, 1, 1, 1, generator=rng) < 0.5, blended, torch.where(inside, b, a))


def probabilities(teachers, x):
    with torch.no_grad():
        return torch.cat([sum(F.softmax(net(part), 1) for net in teachers) / len(teachers) for part in x.split(250)])


def load_pool(path, x, y, teachers, classes, count, flip, seed=41):
    """(images, probabilities): the real images with half their weight on the label, then `count` made from them."""
    if not os.path.exists(path):
        rng = torch.Generator().manual_seed(seed)
        pick = lambda n: x[torch.randint(0, len(x), (n,), generator=rng)]
        single = count * 2 // 5
        parts = [augmented(pick(single), rng, 3, flip)]
        parts.append(mixed(augmented(pick(count - single), rng, 3, flip), augmented(pick(count - single), rng, 3, flip), rng))
        made = (torch.cat(parts) * 255).round().byte()
        soft_real = 0.5 * F.one_hot(y, classes).float() + 0.5 * probabilities(teachers, x)
        soft_made = probabilities(teachers, made.float() / 255)
        np.savez(path, x=torch.cat([(x * 255).round().byte(), made]).numpy(), t=torch.cat([soft_real, soft_made]).numpy())
    stored = np.load(path)
    return torch.from_numpy(stored["x"]).float() / 255, torch.from_numpy(stored["t"])


def load_teachers(shared, labels, names):
    rows = {os.path.basename(row["model"])[:-5]: row for row in labels}
    return [OnnxNet(f"{shared}/zoo/{rows[name]['model']}", rows[name]["preprocess"]).eval() for name in names]
