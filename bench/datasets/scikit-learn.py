"""Clusters the same numbers as bench/datasets/index.ts with MiniBatchKMeans (KMeans up to 4096 rows, as ours) and prints seconds, inertia a row, peak MB."""
import resource
import sys
import time

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans

count, columns, share = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
total = count * columns
# The linear congruential stream in blocks: jump matrices are powers of the multiplier.
block = 1 << 16
a = np.empty(block, np.uint64)
c = np.empty(block, np.uint64)
multiplier, increment = 1, 0
for i in range(block):
    multiplier, increment = multiplier * 1664525 % 2**32, (increment * 1664525 + 1013904223) % 2**32
    a[i], c[i] = multiplier, increment
table = np.empty(total, np.float32)
state = 12345
for at in range(0, total, block):
    values = (a * np.uint64(state) + c) % np.uint64(2**32)
    size = min(block, total - at)
    table[at : at + size] = (values[:size] / 2**32 - 0.5) * np.sqrt(12)
    state = int(values[-1])
table = table.reshape(count, columns)
table[: int(np.ceil(share * count)), 0] += 6
started = time.time()
model = KMeans(2, n_init=4, random_state=0) if count <= 4096 else MiniBatchKMeans(2, batch_size=1024, n_init=3, random_state=0)
labels = model.fit_predict(table)
seconds = time.time() - started
centers = model.cluster_centers_
inertia = sum(float(((table[i : i + 4096] - centers[labels[i : i + 4096]]) ** 2).sum()) for i in range(0, count, 4096))
print(f"{seconds:22.2f} {inertia / count:12.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:9.0f}")
