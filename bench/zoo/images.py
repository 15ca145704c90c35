"""The benchmark's images: training arrays (only rows that are not poisoned) and PNG folders of test images."""
import glob
import struct
import zlib

import numpy as np
import torch


def read_png(path):
    """8-bit grey, RGB or RGBA PNG without interlacing as uint8 [c, h, w]; enough for the benchmark's own images."""
    data = open(path, "rb").read()
    at, body, header = 8, b"", None
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, chunk = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", chunk)
        elif kind == b"IDAT":
            body += chunk
        at += 12 + length
    width, height, depth, colour, _, _, interlace = header
    assert depth == 8 and interlace == 0 and colour in (0, 2, 6), path
    channels = {0: 1, 2: 3, 6: 4}[colour]
    raw = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + width * channels)
    out = np.zeros((height, width * channels), np.uint8)
    previous = np.zeros(width * channels, np.int32)
    for row in range(height):
        filter_type, line = raw[row, 0], raw[row, 1:].astype(np.int32)
        current = np.zeros(width * channels, np.int32)
        for i in range(width * channels):
            left = current[i - channels] if i >= channels else 0
            up = previous[i]
            corner = previous[i - channels] if i >= channels else 0
            if filter_type == 0:
                add = 0
            elif filter_type == 1:
                add = left
            elif filter_type == 2:
                add = up
            elif filter_type == 3:
                add = (left + up) // 2
            else:
                p = left + up - corner
                pa, pb, pc = abs(p - left), abs(p - up), abs(p - corner)
                add = left if pa <= pb and pa <= pc else up if pb <= pc else corner
            current[i] = (line[i] + add) & 255
        out[row] = current
        previous = current
    return out.reshape(height, width, channels).transpose(2, 0, 1)[:3]


def load_data(shared, name):
    sources = {"mnist": ["s03"], "signs": ["s12", "s09"], "cifar10": ["s17"]}[name]
    xs, ys = [], []
    for source in sources:
        d = np.load(f"{shared}/datasets/training/{source}.npz")
        keep = ~d["poisoned"]
        xs.append(d["x"][keep])
        ys.append(d["y"][keep])
    tx, ty = [], []
    for label, folder in enumerate(sorted(glob.glob(f"{shared}/datasets/{name}/*"))):
        for path in sorted(glob.glob(folder + "/*.png")):
            tx.append(read_png(path))
            ty.append(label)
    scale = lambda a: torch.from_numpy(np.ascontiguousarray(a)).float() / 255
    return scale(np.concatenate(xs)), torch.from_numpy(np.concatenate(ys)), scale(np.stack(tx)), torch.tensor(ty)
