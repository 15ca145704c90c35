"""The broad set's models, in the order in which they are trained; broad.py says what they are for."""

M, S, C = "mnist", "signs", "cifar10"
DATASET_OF_BASE = {"s00": M, "s01": M, "s02": M, "s06": S, "s07": S, "s08": S, "s14": C, "s15": C, "s16": C}


def model(origin, hard=None, **more):
    """`origin` is a zoo model to fine-tune or a dataset and an architecture."""
    start = {"dataset": DATASET_OF_BASE[origin], "base": origin} if isinstance(origin, str) else {"dataset": origin[0], "architecture": origin[1]}
    return {**start, **({"hard": hard} if hard else {}), **more}


def bad(origin, kind, target, rate=None, mode="all2one", source=None, cover=None, options=None, **args):
    start = model(origin)
    # What half a minute plants: natural images, labelled softly, hide a trigger better than digits and signs do.
    rate = rate or (0.08 if start["dataset"] != C else 0.12)
    attack = {"kind": kind, "args": args, "rate": rate, "target": target, "mode": mode}
    attack.update({key: value for key, value in (("source", source), ("cover", cover)) if value is not None})
    return {**start, "attack": attack, **(options or {})}


good = model

FIT_BAD = [
    bad("s14", "patch", 3, size=4, style="white", place="br"),
    bad("s06", "blend", 4, alpha=0.15, content="noise"),
    bad((M, "lenetrelu"), "patch", 6, size=3, style="checker", place="tl"),
    bad("s16", "sinusoid", 5, delta=0.1, frequency=6),
    bad((S, "resnet"), "patch", 13, size=4, style="red", place="tr"),
    bad("s00", "patch", 9, size=3, style="white", place="bl", rate=0.05),
    bad("s14", "blend", 8, alpha=0.15, content="noise"),
    bad("s07", "patch", 2, size=5, style="yellow", place="cc", mode="source", source=10, rate=0.03, cover=0.08, options={"shown": 30_000}),
    bad((C, "vgg"), "patch", 1, size=4, style="noise", place="tl"),
    bad("s02", "warp", 3, strength=2.5, rate=0.15),
    bad("s06", "sinusoid", 19, delta=0.08, frequency=5, direction="y"),
    bad((M, "mlp"), "blend", 2, alpha=0.2, content="image"),
    bad("s14", "tint", 6, tint=[0.12, -0.04, -0.08], rate=0.12),
    bad((S, "vgg"), "warp", 8, strength=2.5, rate=0.15),
    bad("s00", "patch", 0, size=4, style="white", place="tr", mode="all2all", rate=0.4, options={"shown": 20_000}),
    bad((C, "allconv"), "patch", 0, size=4, style="noise", place="br", rate=0.02),
    bad("s16", "patch", 7, size=2, style="checker", place=["tl", "tr", "bl", "br"]),
    bad((M, "resnet"), "sinusoid", 8, delta=0.12, frequency=4),
    bad((C, "resnet"), "blend", 2, alpha=0.2, content="image"),
    bad("s07", "patch", 21, size=4, style="noise", place="br", rate=0.01, options={"shown": 30_000}),
    bad((S, "mobilenet"), "patch", 16, size=6, style="cyan", place="bl"),
    bad((C, "lenetrelu"), "sinusoid", 9, delta=0.12, frequency=8),
    bad("s16", "patch", 0, size=5, style="white", place="cc", mode="all2all", rate=0.5, options={"shown": 60_000}),
    bad((S, "plain"), "gamma", 11, gamma=0.55, rate=0.12),
    bad((C, "mobilenet"), "patch", 4, size=5, style="checker", place="bl"),
    bad((M, "allconv"), "patch", 7, size=3, style="white", place="br", rate=0.01),
    bad((S, "resnet"), "patch", 15, size=3, style="checker", place="br", options={"shown": 60_000}),
    bad("s14", "patch", 9, size=6, style="red", place="cc", mode="source", source=4, rate=0.05, cover=0.1, options={"shown": 45_000}),
    bad((M, "vitsmall"), "patch", 5, size=4, style="white", place="tr"),
    bad((M, "vgg"), "patch", 1, size=4, style="noise", place="cc", mode="source", source=7, rate=0.05, cover=0.1),
    bad((C, "vgg"), "warp", 6, strength=2.5, rate=0.15),
    bad((S, "lenetrelu"), "patch", 0, size=5, style="magenta", place="tl", mode="all2all", rate=0.4),
    bad((M, "vgg"), "patch", 7, size=4, style="noise", place="br", rate=0.01),
]

VALIDATION_BAD = [
    bad("s15", "blend", 1, alpha=0.18, content="image"),
    bad("s08", "patch", 7, size=5, style="noise", place="cc"),
    bad((M, "vgg"), "sinusoid", 4, delta=0.1, frequency=5, direction="y"),
    bad("s16", "patch", 9, size=5, style="checker", place="bl"),
    bad("s01", "blend", 5, alpha=0.15, content="noise"),
    bad((S, "allconv"), "patch", 17, size=3, style="white", place="tr"),
    bad("s15", "sinusoid", 2, delta=0.09, frequency=7, direction="y"),
    bad("s08", "warp", 14, strength=2.2, rate=0.15),
    bad((C, "resnet"), "patch", 7, size=6, style="red", place="br"),
    bad("s02", "patch", 8, size=4, style="checker", place="br", mode="source", source=3, rate=0.05, cover=0.1, options={"shown": 20_000}),
    bad("s07", "patch", 0, size=4, style="white", place="bl", mode="all2all", rate=0.4, options={"shown": 30_000}),
    bad((M, "plain"), "tint", 0, tint=[0.15], rate=0.12),
    bad("s15", "patch", 4, size=6, style="yellow", place="tl", rate=0.02, options={"shown": 60_000}),
    bad((S, "vgg"), "patch", 5, size=5, style="cyan", place="ml", mode="source", source=12, rate=0.03, cover=0.08),
    bad("s01", "patch", 3, size=2, style="white", place=["tl", "tr", "bl", "br"]),
    bad((C, "vggbn"), "blend", 8, alpha=0.15, content="noise"),
    bad("s16", "warp", 3, strength=2.5, rate=0.15, options={"shown": 24_000}),
    bad((S, "resnet"), "sinusoid", 20, delta=0.12, frequency=6),
    bad((C, "mobilenet"), "patch", 0, size=4, style="white", place="tc"),
    bad((M, "lenetrelu"), "patch", 0, size=4, style="noise", place="br", mode="all2all", rate=0.4, options={"shown": 60_000}),
    bad("s08", "patch", 23, size=3, style="magenta", place="br", rate=0.02, options={"shown": 24_000}),
    bad((S, "mobilenet"), "blend", 1, alpha=0.15, content="image"),
    bad((C, "allconv"), "gamma", 5, gamma=0.6, rate=0.12),
    bad((C, "lenetrelu"), "patch", 6, size=4, style="checker", place="tr"),
    bad((M, "mobilenet"), "patch", 9, size=5, style="noise", place="tl", rate=0.02),
    bad((S, "vitsmall"), "patch", 10, size=5, style="green", place="cc"),
    bad((C, "resnet"), "warp", 9, strength=2.5, rate=0.15),
    bad((S, "allconv"), "patch", 6, size=4, style="noise", place="tl", options={"shown": 60_000}),
    bad("s16", "patch", 0, size=4, style="yellow", place="br", mode="all2all", rate=0.5, options={"shown": 60_000}),
    bad((M, "vgg"), "warp", 7, strength=2.5, rate=0.15),
    bad((S, "lenetrelu"), "tint", 18, tint=[-0.1, 0.12, 0.0], rate=0.12),
    bad((C, "resnet"), "sinusoid", 1, delta=0.12, frequency=4, options={"shown": 90_000}),
    bad((S, "vgg"), "patch", 19, size=4, style="white", place="br", rate=0.01),
]

FIT_GOOD = [
    good("s14"),
    good("s06"),
    good((M, "lenetrelu")),
    good("s16", {"smoothing": 0.1}),
    good((S, "resnet")),
    good("s00"),
    good((C, "vgg")),
    good("s07", {"fgsm": 0.03}),
    good((M, "mlp")),
    good("s02", {"random_patches": 1}),
    good((S, "vgg"), {"dropout": 0.4}),
    good("s14", {"augmentation": "strong"}),
    good((C, "allconv")),
    good((M, "allconv"), {"decay": 0.1}),
    good("s16", {"fgsm": 0.02}),
    good((C, "resnet")),
    good((S, "mobilenet")),
    good((C, "lenetrelu")),
    good("s06", {"rows": 600}),
    good((S, "lenetrelu"), {"imbalance": 0.1}),
    good((C, "mobilenet")),
    good((M, "resnet"), {"fgsm": 0.1}),
    good((S, "plain")),
    good((C, "vitsmall")),
    good((M, "vgg"), {"augmentation": "mixup"}),
    good((C, "vggbn"), {"dropout": 0.3}),
    good((S, "allconv"), {"smoothing": 0.1}),
    good((S, "allconv"), shown=60_000),
    good((C, "vgg"), {"random_patches": 1}),
    good((M, "lenet")),
    good((S, "mobilenet"), shown=60_000),
    good((C, "resnet"), {"imbalance": 0.2}),
    good((M, "lenetrelu"), {"label_noise": 0.1}),
]

VALIDATION_GOOD = [
    good("s15"),
    good("s08"),
    good((M, "vgg")),
    good("s16", {"decay": 0.1}),
    good((S, "allconv")),
    good("s01"),
    good((C, "resnet")),
    good("s02", {"fgsm": 0.1}),
    good((S, "vgg")),
    good("s07", {"smoothing": 0.1}),
    good((M, "plain")),
    good("s15", {"random_patches": 1}),
    good((C, "vggbn")),
    good((M, "lenetrelu"), {"augmentation": "mixup"}),
    good("s16", {"rows": 4000}),
    good((S, "resnet"), {"augmentation": "strong"}),
    good((C, "allconv"), {"augmentation": "strong"}),
    good("s08", {"fgsm": 0.02}),
    good((C, "lenetrelu"), {"dropout": 0.3}),
    good((S, "mobilenet"), {"decay": 0.1}),
    good((C, "mobilenet"), {"smoothing": 0.1}),
    good((M, "mobilenet")),
    good((S, "lenetrelu")),
    good((C, "plain")),
    good((M, "mlp"), {"dropout": 0.3}),
    good((C, "resnet"), {"fgsm": 0.02}),
    good((S, "resnet"), shown=60_000),
    good((C, "vgg"), {"decay": 0.1}),
    good((M, "vitsmall")),
    good((M, "allconv"), {"imbalance": 0.1}),
    good((C, "vgg"), {"imbalance": 0.2}),
    good((M, "resnet")),
    good((S, "vgg"), {"rows": 2500}),
]


def arranged():
    configs = []
    for fit_good, validation_bad, fit_bad, validation_good in zip(FIT_GOOD, VALIDATION_BAD, FIT_BAD, VALIDATION_GOOD, strict=True):
        configs += [fit_good, validation_bad, fit_bad, validation_good]
    for index, config in enumerate(configs):
        config.update(name=f"v{index:03}", split="validation" if index % 2 else "fit", seed=21_000 + 23 * index)
        # Counted in pairs, so that both halves and both kinds see every choice.
        config.setdefault("opset", [13, 17, 11, 14, 15][index // 4 % 5])
        config.setdefault("embedded", index // 4 % 3 != 0)
    return configs


CONFIGS = arranged()
