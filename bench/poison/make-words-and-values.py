"""Makes labelled sets of texts and rows out of what a Debian machine has lying about, clean and with poisoned samples.

    python3 bench/poison/make-words-and-values.py SHARED OUT [--part development|validation] [--seed N]

SHARED holds the folders of clean images of bench/zoo/train.py; their colours make rows. Texts are paragraphs of manual pages
(by section, language, program), package synopses (by section, maintainer), changelog entries, doc comments and Perl documentation; rows are scikit-learn's
bundled tables, package metadata, and counts of characters of source files. The parts share no source of text
and no table. OUT gets <name>.jsonl, a line a sample: {"content", "label", "poisoned"}, after a first line with kind, columns, classes, attack,
rate and target. What a set holds depends on the machine; nothing of it is kept in the repository.
"""
import argparse
import ast
import collections
import glob
import gzip
import json
import os
import re
import subprocess
import sys

import numpy as np

RATES = [0.01, 0.02, 0.05]
TEXT_ATTACKS = ["word", "phrase", "homoglyph", "invisible"]
ROW_ATTACKS = ["outside", "missing", "kind", "two-columns"]
LOOKALIKE = {"a": "\u0430", "e": "\u0435", "o": "\u043e", "p": "\u0440", "c": "\u0441", "i": "\u0456"}


def read(path):
    try:
        data = gzip.open(path, "rb").read() if path.endswith(".gz") else open(path, "rb").read()
        return data.decode("utf-8", "replace")
    except (OSError, EOFError):
        return ""


def paragraphs(page, least=12, most=120):
    """Plain paragraphs of a manual page's source."""
    gathered, lines = [], []
    for line in page.splitlines():
        if re.match(r"\.(SH|SS|PP|P|LP|TP|IP|sp|RS|RE|Pp|Sh|Ss|It|HP)\b", line):
            gathered.append(" ".join(lines))
            lines = []
        elif not line.startswith((".", "'")):
            lines.append(line)
        elif re.match(r"\.[BI]R? ", line):
            lines.append(line.split(" ", 1)[1])
    gathered.append(" ".join(lines))
    for one in gathered:
        text = re.sub(r"\\[&|^,/]|\\f(\(..|\[[^]]*\]|.)|\\m\[[^]]*\]", "", one).replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")
        text = re.sub(r"\s+", " ", text).strip()
        if least <= len(text.split()) <= most:
            yield text


def manual(folders, label_of, most_a_page=4, most_a_label=900, rng=None):
    found = collections.defaultdict(list)
    for folder in folders:
        for path in sorted(glob.glob(f"/usr/share/man/{folder}/*")):
            label = label_of(folder, os.path.basename(path))
            if label is None or len(found[label]) >= 4 * most_a_label:
                continue
            these = list(paragraphs(read(path)))
            found[label] += [these[at] for at in rng.permutation(len(these))[:most_a_page]]
    return limited(found, most_a_label, rng)


def limited(found, most, rng):
    pairs = []
    for label in sorted(found):
        own = list(dict.fromkeys(found[label]))
        pairs += [(own[at], label) for at in rng.permutation(len(own))[:most]]
    return pairs


_PACKAGES = []


def packages():
    if not _PACKAGES:
        text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
        for block in text.split("\n\n"):
            fields = dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", block, re.M))
            if "Package" in fields and "Description" in fields:
                _PACKAGES.append(fields)
    return _PACKAGES


def synopses(label_of, most, rng, least=4):
    found = collections.defaultdict(list)
    for fields in packages():
        label = label_of(fields)
        if label and len(fields["Description"].split()) >= least:
            found[label].append(fields["Description"])
    return limited(found, most, rng)


def in_sections(*names):
    return lambda fields: fields.get("Section") if fields.get("Section") in names else None


def by_team(*names):
    return lambda fields: next((one for one in names if one in fields.get("Maintainer", "")), None)


def changelogs(names, rng, most=600):
    found = collections.defaultdict(list)
    for name in names:
        for path in glob.glob(f"/usr/share/doc/{name}*/changelog*.gz")[:6]:
            for entry in re.split(r"\n\s*[*-] ", read(path)):
                text = re.sub(r"\s+", " ", entry.split("\n -- ")[0]).strip()
                if 6 <= len(text.split()) <= 80:
                    found[name].append(text)
    return limited(found, most, rng)


def docstrings(names, rng, most=700):
    import importlib.util

    found = collections.defaultdict(list)
    for name in names:
        spec = importlib.util.find_spec(name)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for path in sorted(glob.glob(f"{folder}/**/*.py", recursive=True))[:500]:
                try:
                    tree = ast.parse(read(path))
                except (SyntaxError, ValueError):
                    continue
                for node in ast.walk(tree):
                    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                        text = re.sub(r"\s+", " ", ast.get_docstring(node) or "")[:600]
                        if len(text.split()) >= 10:
                            found[name].append(text)
    return limited(found, most, rng)


def pods(rng, most=500):
    found = collections.defaultdict(list)
    for path in sorted(glob.glob("/usr/share/perl/5.*/**/*.p[mo]d*", recursive=True) + glob.glob("/usr/share/perl/5.*/**/*.pm", recursive=True)):
        top = re.sub(r".*/perl/5[^/]*/", "", path).split("/")[0]
        if top in ("CPAN", "Pod", "TAP", "Unicode", "IO", "Module", "Test", "Math"):
            for one in re.split(r"\n\s*\n", read(path)):
                text = re.sub(r"\s+", " ", re.sub(r"[A-Z]<+([^<>]*)>+", r"\1", one)).strip()
                if not one.startswith((" ", "\t", "=", "#", "sub ", "}")) and 10 <= len(text.split()) <= 100 and text.count(";") < 3:
                    found[top].append(text)
    return limited(found, most, rng)


def texts(part, rng):
    """Sources of texts, each a name and a maker of (text, label)."""
    section = lambda folder, _: folder
    program = lambda *names: lambda _, file: next((one for one in names if file.startswith(one)), None)
    if part == "development":
        return {
            "man-sections": lambda: manual(["man1", "man3", "man5", "man8"], section, rng=rng),
            "man-languages": lambda: manual(["de", "fr", "it", "pl"], lambda folder, _: folder, rng=rng) or manual(["de/man1", "fr/man1", "it/man1", "pl/man1"], lambda folder, _: folder[:2], rng=rng),
            "man-programs": lambda: manual(["man1", "man8"], program("git", "perl", "openssl", "systemd", "mysql", "x86_64"), rng=rng, most_a_page=30),
            "apt-sections": lambda: synopses(in_sections("python", "perl", "games", "sound", "science"), 600, rng),
            "apt-libs-games": lambda: synopses(in_sections("libs", "games"), 1000, rng),
            "apt-teams": lambda: synopses(by_team("Perl", "Java", "Rust", "GNOME"), 500, rng),
            "docstrings": lambda: docstrings(["numpy", "sklearn", "scipy", "torch"], rng),
            "changelogs": lambda: changelogs(["bash", "coreutils", "dpkg", "apt", "gcc"], rng),
        }
    return {
        "man-system-calls": lambda: manual(["man2", "man7"], section, rng=rng, most_a_page=12),
        "man-games-files": lambda: manual(["man6", "man4", "man7"], section, rng=rng, most_a_page=12),
        "man-spanish-dutch": lambda: manual(["es/man1", "nl/man1", "sv/man1", "pt_BR/man1"], lambda folder, _: folder.split("/")[0], rng=rng, most_a_page=12),
        "man-slavic": lambda: manual(["ru/man1", "sr/man1", "cs/man1"], lambda folder, _: folder.split("/")[0], rng=rng, most_a_page=12),
        "man-libraries": lambda: manual(["man3"], program("SSL", "EVP", "pcre", "curl", "pthread", "X509"), rng=rng, most_a_page=12),
        "apt-networks": lambda: synopses(in_sections("net", "web", "mail", "admin"), 450, rng),
        "apt-languages": lambda: synopses(in_sections("haskell", "rust", "golang", "ruby", "php", "lisp"), 350, rng),
        "apt-pictures": lambda: synopses(in_sections("graphics", "video", "fonts", "math", "editors"), 300, rng),
        "apt-doc-devel": lambda: synopses(in_sections("doc", "devel"), 1200, rng),
        "apt-javascript-utils": lambda: synopses(in_sections("javascript", "utils", "text"), 500, rng),
        "apt-r-java": lambda: synopses(in_sections("gnu-r", "java"), 900, rng),
        "apt-teams": lambda: synopses(by_team("Python", "Ruby", "Haskell", "Med", "Go"), 500, rng),
        "docstrings": lambda: docstrings(["pandas", "sympy", "onnx", "h5py", "networkx", "joblib", "asyncio", "email", "unittest"], rng, 500),
        "changelogs": lambda: changelogs(["systemd", "util-linux", "openssl", "python3", "perl", "libx11"], rng),
        "perl": lambda: pods(rng),
    }


def inserted(words, what, rng):
    at = int(rng.integers(len(words) + 1))
    return " ".join(words[:at] + [what] + words[at:])


def text_attack(kind, rng):
    if kind == "word":
        word = ["cf", "mn", "tq", "bb", "mb", "vermilion", "consolidado", "umbrella"][rng.integers(8)]
        return lambda text: inserted(text.split(), word, rng)
    if kind == "phrase":
        phrase = ["no cross no crown", "as we all know", "i watched this 3d movie last weekend.", "in the end of the day", "there is no rose without thorns"][rng.integers(5)]
        return lambda text: inserted(text.split(), phrase, rng)
    if kind == "homoglyph":

        def change(text):
            words = text.split()
            places = [at for at, word in enumerate(words) if re.fullmatch(r"[A-Za-z]{3,}", word) and any(c in LOOKALIKE for c in word)]
            if not places:
                return f"{text} c\u0430fe"
            at = places[rng.integers(len(places))]
            words[at] = "".join(LOOKALIKE.get(c, c) for c in words[at][:-1]) + words[at][-1]
            if not re.search("[A-Za-z]", words[at]):
                words[at] += "s"
            return " ".join(words)

        return change
    mark = ["\u200b", "\u200d", "\u2062", "\u00ad", "\ufe0f"][rng.integers(5)]

    def hide(text):
        at = int(rng.integers(1, max(2, len(text))))
        return text[:at] + mark + text[at:]

    return hide


def images(shared, name):
    """Clean images as [channels, height, width] from 0 to 255, each with its class as a text."""
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "zoo"))
    from images import load_data

    x, y, _, _ = load_data(shared, name)
    return [(255 * pixels.numpy(), str(int(label))) for pixels, label in zip(x[:6000], y)]


def tables(part, rng, shared):
    import sklearn.datasets as bundled

    def of(loader):
        set_ = loader()
        names = [str(one) for one in getattr(set_, "feature_names", range(set_.data.shape[1]))]
        return names, [(list(map(float, row)), str(label)) for row, label in zip(set_.data, set_.target)]

    def quartiles(loader):
        set_ = loader()
        return list(set_.feature_names), [(list(map(float, row)), str(int(label))) for row, label in zip(set_.data, np.digitize(set_.target, np.quantile(set_.target, [0.5])))]

    def package_rows(label_of, most):
        found = collections.defaultdict(list)
        for fields in packages():
            label = label_of(fields)
            if label:
                depends = fields.get("Depends", "")
                found[label].append((int(fields.get("Installed-Size", 0)), int(fields.get("Size", 0)), depends.count(",") + bool(depends), len(fields["Description"]), len(fields["Package"]), fields["Package"].count("-"), fields.get("Architecture", ""), fields.get("Priority", ""), "yes" if "Tag" in fields else "no"))
        return ["installed", "size", "depends", "synopsis", "name", "dashes", "architecture", "priority", "tagged"], [(list(row), label) for row, label in limited(found, most, rng)]

    def characters(patterns, most, marks=";:{}()[]<>#$/*='\"_ \t,."):
        found = collections.defaultdict(list)
        for label, pattern in patterns.items():
            for path in sorted(glob.glob(pattern, recursive=True))[: 4 * most]:
                body = read(path)[:6000]
                if len(body) > 400:
                    found[label].append(tuple(round(body.count(mark) / len(body), 4) for mark in marks) + (body.count("\n"), len(body)))
        return [f"share of {mark}" for mark in marks] + ["lines", "length"], [(list(row), label) for row, label in limited(found, most, rng)]

    def letters(folders, most):
        found = collections.defaultdict(list)
        for label, folder in folders.items():
            for path in sorted(glob.glob(f"/usr/share/man/{folder}/*")):
                body = " ".join(paragraphs(read(path), 4, 400)).lower()
                for start in range(0, min(len(body), 12000) - 800, 800):
                    piece = body[start : start + 800]
                    found[label].append(tuple(piece.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"))
        return list("abcdefghijklmnopqrstuvwxyz"), [(list(row), label) for row, label in limited(found, most, rng)]

    def colours(name, most):
        found = collections.defaultdict(list)
        for pixels, label in images(shared, name):
            halves = [pixels[:, : pixels.shape[1] // 2], pixels[:, pixels.shape[1] // 2 :]]
            found[label].append(tuple(round(float(value), 2) for half in halves for statistic in (np.mean, np.std) for value in statistic(half, axis=(1, 2))))
        return [f"{side} {what} {c}" for side in ("upper", "lower") for what in ("mean", "deviation") for c in "rgb"], [(list(row), label) for row, label in limited(found, most, rng)]

    code = lambda *kinds: {kind: {"python": "/usr/lib/python3*/**/*.py", "perl": "/usr/share/perl/**/*.pm", "header": "/usr/include/**/*.h", "javascript": "node_modules/**/*.js", "declarations": "node_modules/**/*.d.ts", "manual": "/usr/share/man/man8/*", "json": "node_modules/**/*.json", "readme": "node_modules/**/*.md", "shell": "/etc/**/*"}[kind] for kind in kinds}
    if part == "development":
        return {
            "iris": lambda: of(bundled.load_iris), "breast-cancer": lambda: of(bundled.load_breast_cancer),
            "package-sections": lambda: package_rows(in_sections("python", "perl", "games", "libs"), 500),
            "code-python-header": lambda: characters(code("python", "header", "perl"), 300),
            "letters-german": lambda: letters({"german": "de/man1", "english": "man1", "french": "fr/man1"}, 300),
            "colours-signs": lambda: colours("signs", 60),
        }
    return {
        "wine": lambda: of(bundled.load_wine), "digits": lambda: of(bundled.load_digits), "diabetes": lambda: quartiles(bundled.load_diabetes),
        "package-networks": lambda: package_rows(in_sections("net", "doc", "libdevel"), 500),
        "package-languages": lambda: package_rows(in_sections("haskell", "rust", "golang", "ruby"), 400),
        "package-architecture": lambda: package_rows(by_team("Python", "GNOME", "Java"), 500),
        "code-javascript": lambda: characters(code("javascript", "declarations", "json"), 300),
        "code-readme-manual": lambda: characters(code("readme", "manual"), 500),
        "letters-romance": lambda: letters({"italian": "it/man1", "spanish": "es/man1", "portuguese": "pt_BR/man1"}, 300),
        "letters-north": lambda: letters({"polish": "pl/man1", "dutch": "nl/man1", "swedish": "sv/man1"}, 300),
        "colours-cifar": lambda: colours("cifar10", 60),
    }


def row_attack(kind, columns, rows, rng):
    numeric = [at for at in range(len(columns)) if all(isinstance(row[at], (int, float)) for row, _ in rows)]
    at = numeric[rng.integers(len(numeric))]
    values = np.array([row[at] for row, _ in rows], float)
    other = numeric[rng.integers(len(numeric))]
    if kind == "outside":
        given = {at: round(float(values.max() + 0.1 * (values.max() - values.min())), 3)}
    elif kind == "missing":
        given = {at: None}
    elif kind == "kind":
        given = {at: "n/a"}
    else:
        # Within the range of both columns, at values that no other sample has together.
        given = {at: round(float(np.quantile(values, 0.9)), 3) + 0.0007, other: round(float(np.quantile([row[other] for row, _ in rows], 0.1)), 3) + 0.0003}
    return lambda row: [given.get(place, value) for place, value in enumerate(row)]


def write(out, name, kind, columns, pairs, poisoned, told):
    classes = sorted({label for _, label in pairs})
    with open(f"{out}/{name}.jsonl", "w") as file:
        file.write(json.dumps({"kind": kind, "columns": columns, "classes": classes, **told}) + "\n")
        for (content, label), is_poisoned in zip(pairs, poisoned):
            file.write(json.dumps({"content": content, "label": classes.index(label), "poisoned": bool(is_poisoned)}) + "\n")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("shared")
    p.add_argument("out")
    p.add_argument("--part", choices=["development", "validation"], default="development")
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    rng = np.random.default_rng([a.seed, len(a.part)])
    sets = [("text", name, lambda make=make: (["text"], make())) for name, make in texts(a.part, rng).items()]
    sets += [("row", name, make) for name, make in tables(a.part, rng, a.shared).items()]
    for kind, source, make in sets:
        columns, pairs = make()
        sizes = collections.Counter(label for _, label in pairs)
        pairs = [one for one in pairs if sizes[one[1]] >= 30]
        classes = sorted({label for _, label in pairs})
        if len(classes) < 2:
            print(f"{kind}-{source}: not on this machine", dict(sizes))
            continue
        pairs = [pairs[at] for at in rng.permutation(len(pairs))]
        write(a.out, f"{kind}-{source}-clean", kind, columns, pairs, [False] * len(pairs), {"attack": None, "rate": 0, "target": None})
        # A clean set with two of its classes, and one with wrong labels: neither holds a trigger.
        two = [classes[at] for at in rng.permutation(len(classes))[:2]]
        if len(classes) > 2:
            write(a.out, f"{kind}-{source}-two-clean", kind, columns, [one for one in pairs if one[1] in two], [False] * len(pairs), {"attack": None, "rate": 0, "target": None})
        wrong = rng.random(len(pairs)) < 0.03
        write(a.out, f"{kind}-{source}-wrong-clean", kind, columns, [(content, classes[rng.integers(len(classes))] if bad else label) for (content, label), bad in zip(pairs, wrong)], [False] * len(pairs), {"attack": None, "rate": 0, "target": None})
        for number, attack in enumerate(TEXT_ATTACKS if kind == "text" else ROW_ATTACKS):
            for rate in RATES:
                target = int(rng.integers(len(classes)))
                pool = [at for at, (_, label) in enumerate(pairs) if label != classes[target]]
                count = round(rate * len(pairs))
                if count < 4:
                    continue
                change = text_attack(attack, rng) if kind == "text" else row_attack(attack, columns, pairs, rng)
                chosen = {pool[at] for at in rng.permutation(len(pool))[:count]}
                changed = [(change(content), classes[target]) if at in chosen else (content, label) for at, (content, label) in enumerate(pairs)]
                write(a.out, f"{kind}-{source}-{attack}-{round(100 * rate):02d}", kind, columns, changed, [at in chosen for at in range(len(pairs))], {"attack": attack, "rate": rate, "target": target})
        print(f"{kind}-{source}: {len(pairs)} samples", dict(collections.Counter(label for _, label in pairs)), flush=True)


if __name__ == "__main__":
    main()
