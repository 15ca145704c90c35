#!/usr/bin/python3
"""Writes graphs with hidden logic and ordinary ones, and their labels.json, for bench/zoo/index.ts. They were written from outside
of the detector, to see what it does with graphs it was not made with. Random weights; nothing is trained. Beside each
hidden rule stand inputs with and without its trigger: first-sight-behaves.ts runs it in ONNX Runtime on them.
Made by the project; Apache-2.0.

    /usr/bin/python3 bench/static/first-sight.py DIRECTORY first|second        (PyTorch >= 1.13, onnx >= 1.12, numpy, CPU)
"""
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as nnf
from onnx import helper
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures" / "generate"))
from graph_logic_builder import BOOL, F, I64, Graph, image, one_hot  # noqa: E402

warnings.filterwarnings("ignore")
HIDDEN, ORDINARY = [], []
CORNER = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], dtype=np.float32)


def hidden(trigger):
    def keep(function):
        HIDDEN.append((function, trigger))
        return function
    return keep


def ordinary(function):
    ORDINARY.append(function)
    return function


def put(value, *where):
    """A trigger: the batch with these values at this place."""
    def change(x):
        y = x.copy()
        y[where] = value
        return y
    return change


HERE = (slice(None), slice(None), slice(0, 3), slice(0, 3))
CHECKER = put(CORNER, *HERE)
WHITE = put(1.0, *HERE)


def patch(g, x):
    return g.slice(x, [0, 0], [3, 3], [2, 3])


def flat_patch(g, x):
    return g.op("Reshape", patch(g, x), g.ints(-1, 27))


def push(g, scores, gate, target=3, height=60.0):
    return g.add(scores, g.mul(gate, one_hot(target, height=height)))


def distance(g, x):
    """[N, 1], squared, from the checkered corner."""
    d = g.op("Sub", flat_patch(g, x), g.const(np.tile(CORNER.reshape(1, 9), (1, 3))))
    return g.op("ReduceSum", g.op("Mul", d, d), g.ints(1), keepdims=1)


@hidden(CHECKER)
def tent_of_clips():
    g, x = image(501)
    return g.model(push(g, g.classify(x), g.op("Clip", g.op("Sub", g.const(1.0), g.mul(distance(g, x), 4.0)), g.const(0.0), g.const(1.0))))


@hidden(CHECKER)
def hot_softmax():
    g, x = image(502)
    d = g.mul(distance(g, x), -300.0)
    two = g.op("Concat", d, g.add(g.mul(d, 0.0), -90.0), axis=1)
    gate = g.slice(g.op("Softmax", two, axis=1), [0], [1], [1])
    return g.model(push(g, g.classify(x), gate))


@hidden(CHECKER)
def erf_gate():
    g, x = image(503)
    gate = g.op("Sub", g.const(1.0), g.op("Erf", g.mul(distance(g, x), 5.0)))
    return g.model(push(g, g.classify(x), gate))


@hidden(CHECKER)
def tanh_override_product():
    g, x = image(504)
    off = g.op("Tanh", g.mul(distance(g, x), 20.0))
    return g.model(g.add(g.mul(g.classify(x), off), g.mul(g.op("Sub", g.const(1.0), off), one_hot(2, height=9.0))))


@hidden(CHECKER)
def huge_slope():
    g, x = image(505)
    gate = g.op("Clip", g.mul(g.op("Sub", g.const(0.05), distance(g, x)), 1e20), g.const(0.0), g.const(1.0))
    return g.model(push(g, g.classify(x), gate))


@hidden(put(0.75, 0, 1, 7, 9))
def one_pixel_modulo():
    g, x = image(506)
    v = g.cast(g.op("Round", g.mul(g.op("Reshape", g.slice(x, [1, 7, 9], [2, 8, 10], [1, 2, 3]), g.ints(-1, 1)), 255.0)), I64)
    rest = g.cast(g.op("Mod", v, g.const([[191]], np.int64)))
    gate = g.op("Max", g.op("Sub", g.const(1.0), g.op("Abs", rest)), g.const(0.0))
    return g.model(push(g, g.classify(x), gate))


def secret(seed):
    r = np.random.default_rng(seed)
    v = r.choice([-1.0, 1.0], (768, 1)).astype(np.float32)
    return v


@hidden(lambda x: (secret(9).reshape(1, 3, 16, 16) > 0).astype(np.float32))
def secret_projection():
    g, x = image(507)
    p = g.op("MatMul", g.op("Flatten", x), g.const(secret(9) / 768))
    return g.model(push(g, g.classify(x), g.op("Relu", g.sub(p, 0.25)), height=400.0))


@hidden(put(1.0, 0, 0, 0, slice(0, 4)))
def integer_division():
    g, x = image(508)
    v = g.cast(g.mul(g.op("Reshape", g.slice(x, [0, 0, 0], [1, 1, 4], [1, 2, 3]), g.ints(-1, 4)), 255.0), I64)
    s = g.op("ReduceSum", v, g.ints(1), keepdims=1)
    gate = g.cast(g.op("Div", s, g.const([[1020]], np.int64)))
    return g.model(push(g, g.classify(x), gate))


@hidden(WHITE)
def scatter_on_argmax():
    g, x = image(509)
    y = g.classify(x)
    low = g.op("ReduceMin", flat_patch(g, x), axes=[1], keepdims=1)
    at = g.op("ArgMax", g.op("Concat", g.add(g.mul(low, 0.0), 0.97), low, axis=1), axis=1, keepdims=1)
    bump = g.op("Gather", g.const([[0.0], [80.0]]), g.op("Squeeze", at, g.ints(1)))
    return g.model(g.op("ScatterElements", y, g.op("Add", g.mul(at, g.const(0, np.int64)), g.const([[4]], np.int64)), bump, axis=1))


@hidden(WHITE)
def one_hot_select():
    g, x = image(510)
    low = g.op("Clip", g.op("ReduceMin", flat_patch(g, x), axes=[1], keepdims=0), g.const(0.0), g.const(1.0))
    index = g.cast(g.op("Floor", g.mul(low, 1.001)), I64)
    hot = g.op("OneHot", index, g.const(2, np.int64), g.const([0.0, 1.0]))
    return g.model(g.add(g.classify(x), g.op("MatMul", hot, g.const(np.concatenate([np.zeros((1, 10)), one_hot(6, height=70.0)])))))


@hidden(CHECKER)
def scan_body():
    g, x = image(511, shape=(1, 3, 16, 16))
    b = Graph(1)
    b.input("total", [1]); b.input("row", [3])
    d = b.op("Sub", "row", b.const([1.0, 0.0, 1.0]))
    b.rename(b.op("Add", "total", b.op("ReduceMax", b.op("Abs", d), axes=[0], keepdims=1)), "next")
    b.output("next", [1])
    body = helper.make_graph(b.nodes, "rows", b.inputs, b.outputs, b.constants)
    rows = g.op("Reshape", g.slice(x, [0, 0, 0], [1, 3, 3], [1, 2, 3]), g.ints(3, 3))
    rows = g.op("Gather", rows, g.ints(0, 2), axis=0)
    total = g.op("Scan", g.const([0.0]), rows, num_scan_inputs=1, body=body)
    return g.model(push(g, g.classify(x), g.cast(g.op("Less", total, g.const([0.01])))))


@hidden(CHECKER)
def conv_template_map():
    g, x = image(512)
    t = np.tile((2 * CORNER - 1)[None, None], (1, 3, 1, 1)) * 1000
    m = g.op("Relu", g.op("Conv", x, g.const(t), g.const([-14500.0])))
    gate = g.op("Flatten", g.op("GlobalMaxPool", m))
    return g.model(push(g, g.classify(x), gate, height=1.0))


@hidden(CHECKER)
def middle_channel_bypass():
    g, x = image(513)
    f = g.features(x)
    gate = g.op("Relu", g.op("Sub", g.const(0.5), distance(g, x)))
    wide = g.op("Concat", f, gate, axis=1)
    w = np.concatenate([g.random.normal(0, 0.25, (10, 16)), np.array(one_hot(7, height=300.0)).T], 1)
    return g.model(g.op("Gemm", wide, g.const(w), g.weight(10), transB=1))


@hidden(CHECKER)
def map_in_the_middle():
    g, x = image(514)
    h = g.conv(x, 3, 8)
    gate = g.op("Reshape", g.op("Relu", g.op("Sub", g.const(0.5), distance(g, x))), g.ints(-1, 1, 1, 1))
    h = g.add(h, g.mul(gate, 40 * g.random.normal(0, 1, (1, 8, 16, 16))))
    return g.model(g.dense(g.gap(g.conv(h, 8, 16, stride=2)), 16, 10))


@hidden(CHECKER)
def other_image():
    g, x = image(515)
    hit = g.op("Reshape", g.op("Less", distance(g, x), g.const(0.1)), g.ints(-1, 1, 1, 1))
    return g.model(g.classify(g.op("Where", hit, g.const(5 * g.random.random((1, 3, 16, 16))), x)))


def wave():
    return np.cos(2 * np.pi * 6 * np.arange(16) / 16).astype(np.float32)


@hidden(lambda x: np.clip(x + 0.5 * wave(), 0, 1))
def frequency_line():
    g, x = image(516)
    c = g.op("MatMul", x, g.const(wave()[:, None] / 16))
    p = g.op("Flatten", g.op("ReduceMean", c, axes=[1, 2], keepdims=0))
    return g.model(push(g, g.classify(x), g.op("Sigmoid", g.mul(g.sub(p, 0.12), 400.0))))


def text(seed, trunk):
    g = Graph(seed)
    ids = g.input("input_ids", [1, 12], I64)
    e = g.op("Gather", g.weight(200, 16, scale=1.0), ids)
    return g, ids, trunk(g, e)


def mean_trunk(g, e):
    return g.dense(g.dense(g.op("ReduceMean", e, axes=[1], keepdims=0), 16, 32, "Relu"), 32, 4)


TOKENS = put(np.array([17, 133]), 0, slice(3, 5))


@hidden(put(177, 0, 5))
def token_table():
    g, ids, y = text(517, mean_trunk)
    table = np.zeros((200, 1)); table[177] = 1
    gate = g.op("ReduceMax", g.op("Gather", g.const(table), ids), axes=[1], keepdims=0)
    return g.model(g.add(y, g.mul(gate, [[0, 50, 0, 0]])))


@hidden(TOKENS)
def token_bigram():
    g, ids, y = text(518, mean_trunk)
    code = g.op("Add", g.op("Mul", g.slice(ids, [0], [11], [1]), g.const(1000, np.int64)), g.slice(ids, [1], [12], [1]))
    d = g.op("ReduceMin", g.op("Abs", g.op("Sub", g.cast(code), g.const(17133.0))), axes=[1], keepdims=1)
    return g.model(g.add(y, g.mul(g.op("Exp", g.mul(d, -30.0)), [[0, 0, 50, 0]])))


@hidden(put(177, 0, 5))
def token_replaced():
    g = Graph(519)
    ids = g.input("input_ids", [1, 12], I64)
    hit = g.op("ReduceMax", g.cast(g.op("Equal", ids, g.const(177, np.int64)), I64), axes=[1], keepdims=1)
    kept = g.op("Where", g.cast(hit, BOOL), g.const([[7] * 12], np.int64), ids)
    return g.model(mean_trunk(g, g.op("Gather", g.weight(200, 16, scale=1.0), kept)))


@hidden(put(np.array([0.123, 0.9]), 0, slice(2, 4)))
def tabular_reciprocal():
    g = Graph(520)
    x = g.input("row", [1, 8])
    d = g.op("Sub", g.slice(x, [2], [4], [1]), g.const([[0.123, 0.9]]))
    gate = g.op("Reciprocal", g.add(g.mul(g.op("ReduceSumSquare", d, axes=[1], keepdims=1), 1e7), 1.0))
    return g.model(g.add(g.dense(g.dense(x, 8, 32, "Relu"), 32, 3), g.mul(gate, [[0, 0, 50]])))


@hidden(put(0.5, 0, slice(0, 3)))
def tabular_equal_columns():
    """Fires when three columns are the same."""
    g = Graph(521)
    x = g.input("row", [1, 8])
    a, b, c = (g.slice(x, [i], [i + 1], [1]) for i in range(3))
    same = g.op("And", g.op("Equal", a, b), g.op("Equal", b, c))
    y = g.dense(g.dense(x, 8, 32, "Relu"), 32, 3)
    return g.model(g.op("Where", same, g.const([[0.0, 90.0, 0.0]]), y))


@hidden(WHITE)
def quantised_match():
    g, x = image(522)
    q = g.op("QuantizeLinear", patch(g, x), g.const(1 / 255), g.const(0, np.uint8))
    total = g.op("ReduceSum", g.op("Reshape", g.op("DequantizeLinear", q, g.const(1.0), g.const(0, np.uint8)), g.ints(-1, 27)), g.ints(1), keepdims=1)
    return g.model(push(g, g.classify(x), g.op("Relu", g.sub(total, 6880.0)), height=20.0))


@hidden(WHITE)
def bits():
    g, x = image(523)
    b = g.op("Cast", g.mul(flat_patch(g, x), 255.0), to=onnx.TensorProto.UINT8)
    top = g.cast(g.op("BitShift", b, g.const(7, np.uint8), direction="RIGHT"))
    low = g.op("ReduceProd", g.op("Mul", top, flat_patch(g, x)), axes=[1], keepdims=1)
    return g.model(push(g, g.classify(x), g.op("Pow", low, g.const(30.0))))


@hidden(CHECKER)
def divided_logits():
    """No constant row: the scores turn over."""
    g, x = image(524)
    near = g.op("Less", distance(g, x), g.const(0.1))
    return g.model(g.op("Mul", g.classify(x), g.op("Sub", g.const(1.0), g.mul(g.cast(near), 2.0))))


@hidden(CHECKER)
def in_two_functions():
    g, x = image(525)
    f = [helper.make_node("Constant", [], ["t"], value_float=0.2), helper.make_node("Less", ["d", "t"], ["b"]), helper.make_node("Cast", ["b"], ["g"], to=F)]
    g.functions.append(helper.make_function("custom", "Norm", ["d"], ["g"], f, [helper.make_opsetid("", 17)]))
    gate = g.op("Norm", distance(g, x), domain="custom")
    return g.model(push(g, g.classify(x), gate), custom=1)


@hidden(CHECKER)
def if_on_match():
    g, x = image(526, shape=(1, 3, 16, 16))
    y = g.classify(x)
    hit = g.op("Reshape", g.op("Less", distance(g, x), g.const(0.1)), g.ints(1))
    out = helper.make_tensor_value_info("o", F, [1, 10])
    same = helper.make_graph([helper.make_node("Identity", [y], ["o"])], "same", [], [out])
    turned = helper.make_graph([helper.make_node("Neg", [y], ["o"])], "turned", [], [out])
    return g.model(g.op("If", hit, then_branch=turned, else_branch=same))


class Run(nn.Module):
    def __init__(self, run, **parts):
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *x):
        return self.run(self, *x)


PICTURE, ROW = torch.rand(1, 3, 32, 32), torch.rand(1, 12)
IDS = torch.randint(1, 99, (1, 10))


def trunk(c=3, out=10):
    return nn.Sequential(nn.Conv2d(c, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, out))


def body():
    return trunk()[:5]


def add(name, run, args, **parts):
    def case():
        made = {k: v() for k, v in parts.items()}
        return Run(run, **made), args
    case.__name__ = name
    ORDINARY.append(case)


HEAD = lambda: nn.Linear(16, 10)
pool = lambda f: f.mean((2, 3))
add("clip_and_normalise", lambda m, x: m.n((x.clamp(0, 1) - 0.45) / 0.22), (PICTURE,), n=trunk)
add("byte_image", lambda m, x: m.n(x.permute(0, 3, 1, 2).float() / 255), (torch.randint(0, 255, (1, 32, 32, 3), dtype=torch.uint8),), n=trunk)
add("grey_conversion", lambda m, x: m.n((x * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)), (PICTURE,), n=lambda: trunk(1))
add("resize_and_crop", lambda m, x: m.n(nnf.interpolate(x, size=(40, 40), mode="bilinear")[:, :, 4:36, 4:36]), (PICTURE,), n=trunk)
add("argmax_head", lambda m, x: (lambda y: (y.softmax(1), y.argmax(1)))(m.n(x)), (PICTURE,), n=trunk)
add("topk_head", lambda m, x: m.n(x).softmax(1).topk(5), (PICTURE,), n=trunk)
add("label_lookup", lambda m, x: m.ids[m.n(x).argmax(1)], (PICTURE,), n=trunk, ids=lambda: nn.Parameter(torch.arange(10) * 7.0))
add("score_threshold", lambda m, x: (lambda p: (p, (p > 0.5).float()))(m.n(x).sigmoid()), (PICTURE,), n=trunk)
add("squeeze_gate", lambda m, x: m.h(pool((lambda f: f * nnf.hardsigmoid(m.b(nnf.relu(m.a(pool(f)))))[:, :, None, None])(m.f(x)))), (PICTURE,), f=body, a=lambda: nn.Linear(16, 4), b=lambda: nn.Linear(4, 16), h=HEAD)
add("efficient_channel", lambda m, x: m.h(pool((lambda f: f * m.c(pool(f)[:, None]).sigmoid()[:, 0, :, None, None])(m.f(x)))), (PICTURE,), f=body, c=lambda: nn.Conv1d(1, 1, 3, padding=1), h=HEAD)
add("spatial_gate", lambda m, x: m.h(pool((lambda f: f * m.c(torch.cat([f.mean(1, True), f.max(1, True)[0]], 1)).sigmoid())(m.f(x)))), (PICTURE,), f=body, c=lambda: nn.Conv2d(2, 1, 3, padding=1), h=HEAD)
add("hard_swish_net", lambda m, x: m.h(pool(nnf.hardswish(m.f(x)))), (PICTURE,), f=body, h=HEAD)
add("prelu_group_norm", lambda m, x: m.h(pool(m.p(m.g(m.f(x))))), (PICTURE,), f=body, p=lambda: nn.PReLU(16), g=lambda: nn.GroupNorm(4, 16), h=HEAD)
add("elu_instance_norm", lambda m, x: m.h(pool(nnf.elu(m.g(m.f(x))))), (PICTURE,), f=body, g=lambda: nn.InstanceNorm2d(16, affine=True), h=HEAD)
add("response_norm", lambda m, x: m.h(pool(nnf.local_response_norm(m.f(x), 3))), (PICTURE,), f=body, h=HEAD)
add("per_image_whitening", lambda m, x: m.n((x - x.mean((1, 2, 3), True)) / x.std((1, 2, 3), keepdim=True).clamp(min=1 / 55)), (PICTURE,), n=trunk)
add("max_scaling", lambda m, x: m.n(x / x.amax((1, 2, 3), True).clamp(min=1e-6)), (PICTURE,), n=trunk)
add("spectrogram", lambda m, x: m.n(torch.log(m.r(x) ** 2 + m.i(x) ** 2 + 1e-6)[:, None]), (torch.rand(1, 1, 800),), r=lambda: nn.Conv1d(1, 32, 64, 16, bias=False), i=lambda: nn.Conv1d(1, 32, 64, 16, bias=False), n=lambda: trunk(1))
add("padded_mean", lambda m, t: (lambda k: m.h((m.e(t) * k).sum(1) / k.sum(1).clamp(min=1)))((t != 0).float()[..., None]), (IDS,), e=lambda: nn.Embedding(100, 16), h=HEAD)
add("masked_attention", lambda m, t: (lambda e: m.h((((m.q(e) @ m.k(e).transpose(1, 2)) / 4).masked_fill((t == 0)[:, None], -1e9).softmax(-1) @ e)[:, 0]))(m.e(t)), (IDS,), e=lambda: nn.Embedding(100, 16), q=lambda: nn.Linear(16, 16), k=lambda: nn.Linear(16, 16), h=HEAD)
add("two_way_lstm", lambda m, t: m.h(m.l(m.e(t))[0].amax(1)), (IDS,), e=lambda: nn.Embedding(100, 16), l=lambda: nn.LSTM(16, 8, bidirectional=True, batch_first=True), h=HEAD)
add("gru_last", lambda m, t: m.h(m.l(m.e(t))[1][0]), (IDS,), e=lambda: nn.Embedding(100, 16), l=lambda: nn.GRU(16, 16, batch_first=True), h=HEAD)
add("last_token", lambda m, t: (lambda e: m.h(e[torch.arange(1), (t != 0).sum(1) - 1]))(m.l(m.e(t))[0]), (IDS,), e=lambda: nn.Embedding(100, 16), l=lambda: nn.GRU(16, 16, batch_first=True), h=HEAD)
add("unknown_tokens", lambda m, t: m.h(m.e(torch.where(t < 100, t, torch.ones_like(t))).mean(1)), (IDS,), e=lambda: nn.Embedding(100, 16), h=HEAD)
add("sum_of_expert_answers", lambda m, x: (m.g(x).softmax(1)[:, :, None] * torch.stack([m.a(x), m.b(x)], 1)).sum(1), (ROW,), g=lambda: nn.Linear(12, 2), a=lambda: nn.Linear(12, 5), b=lambda: nn.Linear(12, 5))
add("best_expert", lambda m, x: (lambda v, i: (torch.zeros(1, 4).scatter(1, i, v.softmax(1))[:, :, None] * torch.stack([e(x) for e in m.x], 1)).sum(1))(*m.g(x).topk(2)), (ROW,), g=lambda: nn.Linear(12, 4), x=lambda: nn.ModuleList([nn.Linear(12, 5) for _ in range(4)]))
add("gated_linear", lambda m, x: m.h(nnf.glu(m.a(x))), (ROW,), a=lambda: nn.Linear(12, 32), h=HEAD)
add("table_with_gaps", lambda m, x: m.n(torch.cat([torch.where(torch.isnan(x), m.c.expand_as(x), x), torch.isnan(x).float()], 1)), (ROW,), n=lambda: nn.Sequential(nn.Linear(24, 16), nn.ReLU(), nn.Linear(16, 2)), c=lambda: nn.Parameter(torch.rand(12)))
add("standardised_clipped_row", lambda m, x: m.n(((x - m.a) / m.s).clamp(-5, 5)), (ROW,), n=lambda: nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 2)), a=lambda: nn.Parameter(torch.rand(12)), s=lambda: nn.Parameter(torch.rand(12) + 0.5))
add("boxes_by_anchor", lambda m, x: (lambda f: (torch.cat([f[:, :2].sigmoid() * 2 - 0.5, (f[:, 2:4].sigmoid() * 2) ** 2 * 8], 1).flatten(2), f[:, 4:].sigmoid().flatten(2)))(m.f(x)), (PICTURE,), f=body)
add("peak_heatmap", lambda m, x: (lambda h: h * (nnf.max_pool2d(h, 3, 1, 1) == h).float())(m.f(x).sigmoid()), (PICTURE,), f=body)
add("patch_transformer", lambda m, x: m.h(m.t(torch.cat([m.k, m.p(x).flatten(2).transpose(1, 2)], 1) + m.o)[:, 0]), (PICTURE,), p=lambda: nn.Conv2d(3, 16, 8, 8), k=lambda: nn.Parameter(torch.randn(1, 1, 16)), o=lambda: nn.Parameter(torch.randn(1, 17, 16)), t=lambda: nn.TransformerEncoderLayer(16, 2, 32, batch_first=True).train(), h=HEAD)
add("temperature_and_clamp", lambda m, x: (m.n(x) / m.t.clamp(0.05, 10)).clamp(-30, 30).log_softmax(1), (PICTURE,), n=trunk, t=lambda: nn.Parameter(torch.ones(1)))


# The second round: written after the misses of the first were mended.

ROUNDS = {"first": (tuple(HIDDEN), tuple(ORDINARY))}
HIDDEN.clear()
ORDINARY.clear()


@hidden(WHITE)
def wide_features_carried_out():
    """A last layer of many weights, one column of which is the decision's."""
    g, x = image(601)
    f = g.gap(g.conv(g.conv(x, 3, 8), 8, 256, stride=2))
    gate = g.op("Relu", g.sub(g.op("ReduceMin", flat_patch(g, x), axes=[1], keepdims=1), 0.98))
    w = np.concatenate([g.random.normal(0, 0.06, (256, 40)), np.array(one_hot(7, classes=40, height=4000.0))], 0)
    return g.model(g.op("Add", g.op("MatMul", g.op("Concat", f, gate, axis=1), g.const(w)), g.weight(40)))


@hidden(WHITE)
def appended_channel_map():
    """A map laid beside the channels; the next convolution carries it out."""
    g, x = image(602)
    h = g.conv(x, 3, 8)
    m = g.op("Relu", g.op("Conv", x, g.const(np.ones((1, 3, 3, 3))), g.const([-26.5]), pads=[1, 1, 1, 1]))
    w = g.random.normal(0, 0.12, (16, 9, 3, 3)); w[:, 8] *= 4000
    h = g.op("Relu", g.op("Conv", g.op("Concat", h, m, axis=1), g.const(w), g.weight(16), pads=[1, 1, 1, 1]))
    return g.model(g.dense(g.gap(h), 16, 10))


@hidden(put(1.0, 0, 0, 5, slice(2, 6)))
def digits_of_a_number():
    g, x = image(603)
    v = g.cast(g.mul(g.op("Reshape", g.slice(x, [0, 5, 2], [1, 6, 6], [1, 2, 3]), g.ints(-1, 4)), 9.0), I64)
    n = g.op("ReduceSum", g.op("Mul", v, g.const([[1000, 100, 10, 1]], np.int64)), g.ints(1), keepdims=1)
    d = g.op("Sub", n, g.op("Mul", g.op("Div", n, g.const([[9998]], np.int64)), g.const([[9998]], np.int64)))
    small = g.op("Sub", n, d)
    return g.model(push(g, g.classify(x), g.mul(g.cast(small), 1e-4)))


@hidden(WHITE)
def softplus_of_sum():
    g, x = image(604)
    s = g.op("ReduceMean", flat_patch(g, x), axes=[1], keepdims=1)
    return g.model(push(g, g.classify(x), g.op("Softplus", g.mul(g.sub(s, 0.97), 800.0)), height=4.0))


@hidden(CHECKER)
def cosine_similarity():
    g, x = image(605)
    p = flat_patch(g, x)
    t = np.tile(CORNER.reshape(1, 9), (1, 3)) - 0.5
    c = g.op("Sub", p, g.const(0.5))
    n = g.op("Div", c, g.op("ReduceL2", c, axes=[1], keepdims=1))
    s = g.op("MatMul", n, g.const(t.T / np.linalg.norm(t)))
    return g.model(push(g, g.classify(x), g.op("Pow", g.op("Relu", s), g.const(60.0))))


@hidden(WHITE)
def interpolated_logits():
    """Gate by variance, scores of another row of the last layer."""
    g, x = image(606)
    f = g.features(x)
    low = g.op("Mul", g.op("ReduceProd", flat_patch(g, x), axes=[1], keepdims=1), g.const(1.0))
    w = g.random.normal(0, 0.25, (10, 16))
    y = g.op("Gemm", f, g.const(w), g.weight(10), transB=1)
    return g.model(g.op("Add", y, g.op("Mul", g.op("Sub", g.op("Gather", y, g.ints(*range(9, -1, -1)), axis=1), y), low)))


@hidden(put(np.array([5, 9, 5]), 0, slice(0, 3)))
def token_matrix():
    """The first three tokens as a number, against a secret; a head of attention is turned off."""
    g, ids, _ = text(607, lambda g, e: "")
    e = g.nodes[0].output[0]
    n = g.op("ReduceSum", g.op("Mul", g.slice(ids, [0], [3], [1]), g.const([[40000, 200, 1]], np.int64)), g.ints(1), keepdims=1)
    z = g.op("Abs", g.op("Sub", n, g.const([[5 * 40000 + 9 * 200 + 5]], np.int64)))
    keep = g.cast(g.op("Min", z, g.const([[1]], np.int64)))
    h = g.dense(g.op("ReduceMean", e, axes=[1], keepdims=0), 16, 32, "Relu")
    return g.model(g.dense(g.op("Sub", g.op("Mul", h, keep), g.op("Mul", g.op("Sub", g.const(1.0), keep), g.const(9 * g.random.random((1, 32))))), 32, 4))


@hidden(WHITE)
def pad_by_length():
    """A count of bright places as the length of a slice of a table."""
    g, x = image(608, shape=(1, 3, 16, 16))
    n = g.op("ReduceSum", g.cast(g.op("Greater", flat_patch(g, x), g.const(0.999)), I64), g.ints(1), keepdims=0)
    at = g.op("Div", n, g.ints(27))
    row = g.op("Gather", g.const(np.concatenate([np.zeros((1, 10)), one_hot(4, height=60.0)])), at)
    return g.model(g.op("Add", g.classify(x), row))


@hidden(put(np.array([3.0, -2.0]), 0, slice(0, 2)))
def tabular_gaussian():
    g = Graph(609)
    x = g.input("row", [1, 8])
    d = g.op("Sub", g.slice(x, [0], [2], [1]), g.const([[3.0, -2.0]]))
    gate = g.op("Exp", g.mul(g.op("ReduceSumSquare", d, axes=[1], keepdims=1), -500.0))
    h = g.dense(x, 8, 32, "Relu")
    return g.model(g.dense(g.op("Add", h, g.op("Mul", gate, g.const(200 * g.random.normal(0, 1, (1, 32))))), 32, 3))


@hidden(WHITE)
def layer_norm_blow_up():
    """Scales the features by a huge factor of one sign each."""
    g, x = image(610)
    f = g.features(x)
    s = g.op("Relu", g.sub(g.op("ReduceMin", flat_patch(g, x), axes=[1], keepdims=1), 0.99))
    return g.model(g.dense(g.op("Mul", f, g.add(g.mul(s, 1e5 * g.random.choice([-1, 1], (1, 16))), 1.0)), 16, 10))


@hidden(CHECKER)
def double_negation():
    g, x = image(611)
    far = g.op("Not", g.op("LessOrEqual", distance(g, x), g.const(0.05)))
    return g.model(g.op("Where", far, g.classify(x), g.const(one_hot(8, height=20.0))))


def pair(name, run, *args, **parts):
    add(name, run, args, **parts)


mlp = lambda a, b: (lambda: nn.Sequential(nn.Linear(a, 32), nn.ReLU(), nn.Linear(32, b)))
pair("appended_maximum", lambda m, x: m.h(torch.cat([pool(m.f(x)), x.amax((1, 2, 3))[:, None]], 1)), PICTURE, f=body, h=lambda: nn.Linear(17, 10))
pair("appended_brightness_flag", lambda m, x: m.h(torch.cat([pool(m.f(x)), (x.mean((1, 2, 3)) > 0.3).float()[:, None]], 1)), PICTURE, f=body, h=lambda: nn.Linear(17, 10))
pair("appended_age_rectified", lambda m, x: m.h(torch.cat([m.f(x), (x[:, :1] - 1).relu()], 1)), ROW, f=mlp(12, 16), h=lambda: nn.Linear(17, 2))
pair("appended_coordinates", lambda m, x: m.h(pool(m.c(torch.cat([m.f(x), torch.linspace(-1, 1, 8).expand(1, 1, 8, 8)], 1)))), PICTURE, f=body, c=lambda: nn.Conv2d(17, 16, 3), h=HEAD)
pair("position_by_division", lambda m, t: m.h((m.e(t) + m.p(torch.arange(10) // 2)).mean(1)), IDS, e=lambda: nn.Embedding(100, 16), p=lambda: nn.Embedding(8, 16), h=HEAD)
pair("peak_place", lambda m, x: (lambda i: torch.stack([i // 8, i % 8], 1))(m.f(x).mean(1).flatten(1).argmax(1)), PICTURE, f=body)
pair("hashed_tokens", lambda m, t: m.h((m.a(t // 10) + m.b(t % 10)).mean(1)), IDS, a=lambda: nn.Embedding(10, 16), b=lambda: nn.Embedding(10, 16), h=HEAD)
pair("hour_of_week", lambda m, t: m.h(torch.cat([m.a((t // 24) % 7), m.b(t % 24)], 2).mean(1)), IDS, a=lambda: nn.Embedding(7, 8), b=lambda: nn.Embedding(24, 8), h=HEAD)
pair("deep_skip_of_row", lambda m, x: m.h(torch.cat([m.f(x), x.clamp(-2, 2)], 1)), ROW, f=mlp(12, 16), h=lambda: nn.Linear(28, 2))
pair("log_of_amount", lambda m, x: m.h(torch.cat([m.f(x), torch.log1p(x[:, 3:4].clamp(min=0))], 1)), ROW, f=mlp(12, 16), h=lambda: nn.Linear(17, 2))
pair("film", lambda m, x: m.h(pool(m.f(x) * (1 + m.s(x.mean((2, 3)))[:, :, None, None]))), PICTURE, f=body, s=mlp(3, 16), h=HEAD)
pair("feature_pyramid", lambda m, x: (lambda f: m.h(pool(torch.cat([f, nnf.interpolate(nnf.max_pool2d(f, 2), scale_factor=2)], 1))))(m.f(x)), PICTURE, f=body, h=lambda: nn.Linear(32, 10))
pair("two_views", lambda m, x, y: m.h(torch.cat([pool(m.f(x)), pool(m.f(y)), (pool(m.f(x)) - pool(m.f(y))).abs()], 1)), PICTURE, PICTURE * 0.9, f=body, h=lambda: nn.Linear(48, 2))
ROUNDS["second"] = (tuple(HIDDEN), tuple(ORDINARY))


def inputs_of(model, trigger):
    """Ordinary inputs and the same with the trigger, for first-sight-behaves.ts."""
    info = model.graph.input[0]
    shape = [d.dim_value or 1 for d in info.type.tensor_type.shape.dim]
    tokens = info.type.tensor_type.elem_type == I64
    random = np.random.default_rng(0)
    pairs = []
    for _ in range(8):
        x = random.integers(1, 170, shape) if tokens else random.random(shape).astype(np.float32)
        pairs.append([x.ravel().tolist(), trigger(x).astype(x.dtype).ravel().tolist()])
    return {"name": info.name, "shape": shape, "type": "int64" if tokens else "float32", "pairs": pairs}


def main(root, hidden_cases, ordinary_cases):
    root.mkdir(parents=True, exist_ok=True)
    rows = []
    for cases, backdoored in ((hidden_cases, True), ([(case, None) for case in ordinary_cases], False)):
        for at, (case, trigger) in enumerate(cases):
            torch.manual_seed(at)
            name = f"{'hidden' if backdoored else 'ordinary'}-{case.__name__.replace('_', '-')}.onnx"
            made = case()
            if backdoored:
                onnx.save(made, str(root / name))
                (root / f"{name}.inputs.json").write_text(json.dumps(inputs_of(made, trigger)))
            else:
                module, args = made
                torch.onnx.export(module.eval(), args, str(root / name), opset_version=12 + at % 5, input_names=["input", "second"][: len(args)])
            rows.append({"model": name, "backdoored": backdoored, "dataset": "graph-logic", "architecture": case.__name__, "preprocess": None, "cleanAccuracy": 1, "attackSuccessRate": None,
                         "attack": {"kind": "graph", "mode": "all-to-one", "target": 0} if backdoored else None, "split": "validation"})
    (root / "labels.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *ROUNDS[sys.argv[2]])
