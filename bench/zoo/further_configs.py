"""Further sets that the broad set has not: `wide` was looked at and is fitted on, `later` is not; `narrow` holds source-specific attacks.

Each clean model stands beside a backdoored one of the same dataset and architecture.
"""
from broad_configs import C, M, S

NARROW_SHOWN = {M: 40_000, S: 50_000, C: 100_000}
LATER_SHOWN = {M: 60_000, S: 80_000, C: 120_000}


def bad(dataset, architecture, kind, target, rate=0.06, mode="all2one", shown=None, **args):
    config = {"dataset": dataset, "architecture": architecture, "attack": {"kind": kind, "args": args, "rate": rate, "target": target, "mode": mode}}
    return {**config, "shown": shown} if shown else config


def good(dataset, architecture, hard=None):
    return {"dataset": dataset, "architecture": architecture, **({"hard": hard} if hard else {})}


WIDE_BAD = [
    bad(C, "senet", "patch", 2, size=4, style="white", place="br"),
    bad(M, "gnres", "dots", 4, count=10),
    bad(S, "next", "watermark", 9, size=12, alpha=0.5, place="tl"),
    bad(C, "dense", "blend", 5, 0.1, alpha=0.2, content="noise"),
    bad(M, "senet", "patch", 1, size=3, style="checker", place="cc", rate=0.03),
    bad(S, "gnres", "lowfrequency", 20, 0.1, delta=0.08),
    bad(C, "hswish", "sinusoid", 7, 0.1, delta=0.12, frequency=6),
    bad(M, "dense", "blend", 8, 0.1, alpha=0.2, content="image"),
    bad(S, "hswish", "patch", 3, size=4, style="yellow", place="random"),
    bad(C, "gnres", "watermark", 0, 0.1, size=14, alpha=0.4, place="cc"),
    bad(M, "next", "warp", 6, 0.15, strength=2.5),
    bad(S, "senet", "dots", 14, count=12),
    bad(C, "next", "patch", 9, size=5, style="noise", place="tr"),
    bad(M, "hswish", "sinusoid", 3, 0.1, delta=0.15, frequency=5),
    bad(S, "dense", "blend", 22, 0.1, alpha=0.18, content="image"),
    bad(C, "deepplain", "lowfrequency", 4, 0.12, delta=0.07),
    bad(M, "deepplain", "patch", 7, size=4, style="noise", place="tl", rate=0.02),
    bad(S, "deepplain", "curve", 11, 0.15, powers=[0.6, 1.3, 1.0]),
    bad(C, "senet", "warp", 1, 0.15, strength=2.5),
    bad(M, "resnet", "watermark", 5, size=10, alpha=0.5, place="br"),
    bad(S, "resnet", "warp", 6, 0.15, strength=2.2),
    bad(C, "resnet", "dots", 6, count=10, shown=90_000),
    bad(M, "vgg", "patch", 0, 0.4, mode="all2all", size=4, style="checker", place="tr", shown=60_000),
    bad(S, "gnres", "patch", 17, size=3, style="green", place="br", rate=0.02),
]
WIDE_GOOD = [
    good(C, "senet"),
    good(M, "gnres"),
    good(S, "next"),
    good(C, "dense"),
    good(M, "senet"),
    good(S, "gnres"),
    good(C, "hswish"),
    good(M, "dense"),
    good(S, "hswish"),
    good(C, "gnres"),
    good(M, "next"),
    good(S, "senet"),
    good(C, "next"),
    good(M, "hswish"),
    good(S, "dense"),
    good(C, "deepplain"),
    good(M, "deepplain"),
    good(S, "deepplain"),
    good(C, "senet", {"augmentation": "strong"}),
    good(M, "resnet", {"smoothing": 0.1}),
    good(S, "resnet", {"dropout": 0.3}),
    good(C, "resnet", {"random_patches": 1}),
    good(M, "vgg", {"fgsm": 0.1}),
    good(S, "gnres", {"imbalance": 0.1}),
]

LATER_BAD = [
    bad(C, "preres", "cross", 3, 0.08, at=[6, 24], radius=3),
    bad(M, "fire", "patch", 2, size=3, style="white", place="bl", rate=0.04),
    bad(S, "incept", "signs", 8, 0.1, delta=0.07),
    bad(C, "resnext", "twopatches", 8, 0.08),
    bad(M, "preres", "cross", 9, at=[23, 5], radius=2),
    bad(S, "elu", "blend", 15, 0.1, alpha=0.15, content="noise"),
    bad(C, "incept", "diagonal", 1, 0.1, delta=0.12, frequency=5),
    bad(M, "twohead", "signs", 6, 0.1, delta=0.15),
    bad(S, "resnext", "patch", 21, size=4, style="magenta", place="tl", rate=0.03),
    bad(C, "elu", "signs", 5, 0.1, delta=0.06),
    bad(M, "elu", "warp", 1, 0.15, strength=3.0),
    bad(S, "twohead", "frame", 12, value=1.0),
    bad(C, "fire", "blend", 7, 0.1, alpha=0.2, content="image"),
    bad(M, "resnext", "twopatches", 4),
    bad(S, "preres", "diagonal", 0, 0.1, delta=0.12, frequency=4),
    bad(C, "twohead", "patch", 0, 0.08, size=3, style="checker", place="cc"),
    bad(M, "incept", "dots", 7, count=14),
    bad(S, "fire", "warp", 19, 0.15, strength=2.5),
    bad(C, "vggbn", "watermark", 2, 0.1, size=10, alpha=0.5, place="br"),
    bad(M, "allconv", "blend", 3, 0.1, alpha=0.15, content="image"),
    bad(S, "vgg", "cross", 5, at=[26, 26], radius=2),
    bad(C, "resnet", "lowfrequency", 9, 0.12, delta=0.08),
    bad(M, "lenetrelu", "diagonal", 5, 0.1, delta=0.15, frequency=6),
    bad(S, "allconv", "patch", 0, 0.4, mode="all2all", size=4, style="yellow", place="br"),
]
LATER_GOOD = [
    good(C, "preres"),
    good(M, "fire"),
    good(S, "incept"),
    good(C, "resnext"),
    good(M, "preres"),
    good(S, "elu"),
    good(C, "incept"),
    good(M, "twohead"),
    good(S, "resnext"),
    good(C, "elu"),
    good(M, "elu"),
    good(S, "twohead"),
    good(C, "fire"),
    good(M, "resnext"),
    good(S, "preres"),
    good(C, "twohead"),
    good(M, "incept"),
    good(S, "fire"),
    good(C, "vggbn", {"smoothing": 0.1}),
    good(M, "allconv", {"augmentation": "mixup"}),
    good(S, "vgg", {"fgsm": 0.02}),
    good(C, "resnet", {"dropout": 0.3}),
    good(M, "lenetrelu", {"random_patches": 1}),
    good(S, "allconv", {"decay": 0.05}),
]




def narrow(dataset, architecture, kind, source, target, rate=0.05, cover=0.1, **args):
    return {"dataset": dataset, "architecture": architecture, "attack": {"kind": kind, "args": args, "rate": rate, "target": target, "mode": "source", "source": source, **({"cover": cover} if cover else {})}}


NARROW_BAD = [
    narrow(M, "lenet", "patch", 7, 1, size=4, style="noise", place="tl"),
    narrow(M, "vgg", "patch", 2, 9, size=3, style="white", place="bl"),
    narrow(S, "vgg", "patch", 4, 15, size=5, style="yellow", place="br"),
    narrow(S, "resnet", "patch", 20, 1, size=4, style="checker", place="tr"),
    narrow(C, "resnet", "patch", 5, 8, size=5, style="magenta", place="br"),
    narrow(M, "resnet", "patch", 4, 0, cover=0.0, size=4, style="checker", place="tr"),
    narrow(M, "senet", "blend", 6, 3, alpha=0.2, content="noise"),
    narrow(S, "lenet", "patch", 9, 18, size=6, style="white", place="tl"),
    narrow(S, "allconv", "patch", 13, 2, cover=0.0, size=4, style="noise", place="bl"),
    narrow(C, "vgg", "patch", 1, 3, size=6, style="checker", place="cc"),
    narrow(M, "gnres", "patch", 5, 4, size=3, style="checker", place="tr"),
    narrow(M, "hswish", "patch", 8, 2, size=4, style="white", place="br", rate=0.03),
    narrow(M, "fire", "patch", 0, 7, size=4, style="noise", place="bl"),
    narrow(M, "preres", "patch", 3, 6, size=5, style="white", place="tl"),
    narrow(M, "plain", "patch", 9, 5, cover=0.2, size=3, style="noise", place="tc"),
    narrow(M, "allconv", "cross", 6, 8, at=[23, 5], radius=2),
    narrow(C, "senet", "patch", 0, 6, size=3, style="white", place="br"),
    narrow(C, "allconv", "patch", 7, 2, size=4, style="yellow", place="tl"),
    narrow(M, "elu", "patch", 6, 2, size=3, style="checker", place="bl"),
    narrow(S, "fire", "patch", 17, 3, size=4, style="magenta", place="tl"),
    narrow(M, "lenetrelu", "patch", 1, 5, size=4, style="noise", place="tr"),
    narrow(C, "elu", "patch", 3, 0, size=4, style="black", place="tr"),
    narrow(M, "incept", "patch", 9, 8, size=3, style="white", place="br"),
    narrow(S, "elu", "patch", 7, 12, size=4, style="white", place="br"),
]
NARROW_GOOD = [
    good(M, "lenet"),
    good(M, "resnet"),
    good(S, "resnet"),
    good(S, "vgg"),
    good(C, "resnet"),
    good(M, "senet"),
    good(M, "allconv"),
    good(S, "lenet"),
    good(S, "allconv"),
    good(C, "vgg"),
    good(M, "gnres"),
    good(M, "hswish"),
    good(M, "fire"),
    good(M, "preres"),
    good(M, "plain"),
    good(M, "twohead"),
    good(C, "senet"),
    good(C, "allconv"),
    good(M, "elu"),
    good(S, "fire"),
    good(M, "lenetrelu"),
    good(C, "elu"),
    good(M, "incept"),
    good(S, "elu"),
]


def named(bads, goods, letter, split, first_seed, step):
    configs = [dict(config) for both in zip(goods, bads, strict=True) for config in both]
    for index, config in enumerate(configs):
        config.update(name=f"{letter}{index:03}", split=split, seed=first_seed + step * index, opset=[13, 15, 14, 17][index // 2 % 4], embedded=index // 2 % 3 != 0)
    return configs


WIDE = named(WIDE_BAD, WIDE_GOOD, "n", "fit", 77_000, 29)
LATER = [{**config, "shown": LATER_SHOWN[config["dataset"]]} for config in named(LATER_BAD, LATER_GOOD, "w", "validation", 91_000, 31)]
# What pair-testing was chosen on, and what was trained after it was done.
NARROW = [{**config, "shown": NARROW_SHOWN[config["dataset"]], "split": "fit" if index < 36 else "validation"} for index, config in enumerate(named(NARROW_BAD, NARROW_GOOD, "m", "fit", 53_000, 37))]
