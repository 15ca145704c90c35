"""Makes sets of rows, clean and with poisoned samples, out of tables that people have published: an addition to the development part of make-words-and-values.py.

    python3 bench/poison/make-table-sets.py TABLES OUT [--seed N]

TABLES holds a CSV file a table, with a line of names and the label in the last column; an empty field or NA is a missing value. The Debian packages r-cran-mlbench, r-cran-mass and
r-base-core hold such tables, R's write.csv writes them so; labels that are numbers were cut at their median, and no more than 6,000 rows drawn. OUT gets files as of make-words-and-values.py. Besides whole tables, two of
their classes, and tables with 3 % wrong labels, the clean ones hold honest codes: a value outside the range, a missing one, a text or a pair that rows of one
class have at random (`only`), that they have ten times more often than others (`skew`), or that those have which lie at one end of a column (`tail`).
"""
import argparse
import collections
import csv
import glob
import importlib.util
import os

import numpy as np

spec = importlib.util.spec_from_file_location("words_and_values", os.path.join(os.path.dirname(os.path.abspath(__file__)), "make-words-and-values.py"))
words_and_values = importlib.util.module_from_spec(spec)
spec.loader.exec_module(words_and_values)

LEAST_OF_A_CLASS = 30
CODES = [("outside", True), ("missing", True), ("kind", False), ("two-columns", True), ("missing", False)]
CLEAN = {"attack": None, "rate": 0, "target": None}


def value(text):
    if text in ("", "NA"):
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and "." not in text and "e" not in text else number


def change_of(kind, columns, rows, rng):
    """As words_and_values.row_attack, for columns with missing values and tables without numbers."""
    numeric = [at for at in range(len(columns)) if np.mean([isinstance(row[at], (int, float)) for row, _ in rows]) > 0.5]
    if not numeric:
        at, other = int(rng.integers(len(columns))), int(rng.integers(len(columns)))
        given = {"outside": {at: "zz"}, "missing": {at: None}, "kind": {at: -1}, "two-columns": {at: "q1", other: "q2"}}[kind]
        return lambda row: [given.get(place, one) for place, one in enumerate(row)]
    full = [([(one if isinstance(one, (int, float)) else 0) if at in numeric else "text" for at, one in enumerate(row)], label) for row, label in rows]
    return words_and_values.row_attack(kind, columns, full, rng)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tables")
    p.add_argument("out")
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for path in sorted(glob.glob(f"{a.tables}/*.csv")):
        name = os.path.basename(path)[:-4]
        rng = np.random.default_rng([a.seed, *name.encode()])
        lines = list(csv.reader(open(path)))
        columns = lines[0][:-1]
        pairs = [([value(text) for text in line[:-1]], line[-1]) for line in lines[1:]]
        sizes = collections.Counter(label for _, label in pairs)
        pairs = [pair for pair in pairs if sizes[pair[1]] >= LEAST_OF_A_CLASS]
        classes = sorted({label for _, label in pairs})
        if len(classes) < 2:
            continue
        pairs = [pairs[at] for at in rng.permutation(len(pairs))]

        def write(what, some, poisoned=None, told=CLEAN):
            words_and_values.write(a.out, f"row-{name}-{what}", "row", columns, some, poisoned or [False] * len(some), told)

        write("clean", pairs)
        if len(classes) > 2:
            two = [classes[at] for at in rng.permutation(len(classes))[:2]]
            write("two-clean", [pair for pair in pairs if pair[1] in two])
        wrong = rng.random(len(pairs)) < 0.03
        write("wrong-clean", [(row, classes[rng.integers(len(classes))] if bad else label) for (row, label), bad in zip(pairs, wrong)])
        for kind, is_only in CODES:
            coded = classes[rng.integers(len(classes))]
            change = change_of(kind, columns, pairs, rng)
            share = float(rng.choice([0.05, 0.1, 0.3, 0.6]))
            rates = {label: share if label == coded else 0 if is_only else share / 10 for label in classes}
            write(f"code{kind}{'only' if is_only else 'skew'}-clean", [(change(row), label) if rng.random() < rates[label] else (row, label) for row, label in pairs])
        for attack in words_and_values.ROW_ATTACKS:
            for rate in words_and_values.RATES:
                target = int(rng.integers(len(classes)))
                pool = [at for at, (_, label) in enumerate(pairs) if label != classes[target]]
                count = round(rate * len(pairs))
                if count < 4:
                    continue
                change = change_of(attack, columns, pairs, rng)
                chosen = {pool[at] for at in rng.permutation(len(pool))[:count]}
                changed = [(change(row), classes[target]) if at in chosen else (row, label) for at, (row, label) in enumerate(pairs)]
                write(f"{attack}-{round(100 * rate):02d}", changed, [at in chosen for at in range(len(pairs))], {"attack": attack, "rate": rate, "target": target})
        complete = [at for at in range(len(columns)) if all(isinstance(row[at], (int, float)) for row, _ in pairs)]
        for number, kind in enumerate(["outside", "missing", "kind", "missing"] if complete else []):
            coded = classes[rng.integers(len(classes))]
            change = change_of(kind, columns, pairs, rng)
            along = complete[rng.integers(len(complete))]
            own = [row[along] for row, label in pairs if label == coded]
            least, most = (np.quantile(own, 0.8), np.inf) if rng.random() < 0.5 else (-np.inf, np.quantile(own, 0.2))
            write(f"tail{kind}{number}-clean", [(change(row), label) if label == coded and least < row[along] < most else (row, label) for row, label in pairs])


if __name__ == "__main__":
    main()
