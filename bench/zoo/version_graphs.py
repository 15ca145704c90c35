"""Changes of a model's graph: those that exporters and converters make, and one that an attacker makes."""
import copy

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from onnx_to_torch import run_operator


def constant(graph, name, values):
    graph.initializer.append(numpy_helper.from_array(np.asarray(values), name))
    return name


def array(graph, name):
    return numpy_helper.to_array(next(tensor for tensor in graph.initializer if tensor.name == name))


def replace(graph, name, values):
    for tensor in graph.initializer:
        if tensor.name == name:
            tensor.CopyFrom(numpy_helper.from_array(values, name))
            return


def with_nodes(proto, nodes, opset=None):
    changed = copy.deepcopy(proto)
    del changed.graph.node[:]
    changed.graph.node.extend(nodes)
    if opset:
        changed.opset_import[0].version = opset
    return changed


def drop_unused(proto):
    used = {name for node in proto.graph.node for name in node.input}
    kept = [tensor for tensor in proto.graph.initializer if tensor.name in used]
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(kept)
    return proto


def ranges(net, x):
    """Smallest and largest number of every value on 256 images, as a calibration of a quantiser takes them."""
    values = {net.entry: (x[:256] - net.mean) / net.std}
    values.update((name, net.weights[at]) for name, at in net.index.items())
    with torch.no_grad():
        for operator, inputs, output, attributes in net.nodes:
            values[output] = run_operator(operator, [values[name] for name in inputs if name != ""], attributes, net.path)
    return {name: (min(0.0, float(value.min())), max(0.0, float(value.max()))) for name, value in values.items() if value.is_floating_point()}


def quantized(net, x):
    """Static int8 quantisation in QDQ form: weights by channel, what enters a layer by tensor (onnxruntime's default scheme)."""
    spans = ranges(net, x)
    proto = copy.deepcopy(net.proto)
    graph, nodes, done = proto.graph, [], {}

    def activation(name):
        if name not in done:
            low, high = spans[name]
            scale = max((high - low) / 255, 1e-8)
            zero = int(np.clip(round(-low / scale), 0, 255))
            constant(graph, f"{name}_scale", np.float32(scale))
            constant(graph, f"{name}_zero_point", np.uint8(zero))
            nodes.append(helper.make_node("QuantizeLinear", [name, f"{name}_scale", f"{name}_zero_point"], [f"{name}_quantized"]))
            nodes.append(helper.make_node("DequantizeLinear", [f"{name}_quantized", f"{name}_scale", f"{name}_zero_point"], [f"{name}_dequantized"]))
            done[name] = f"{name}_dequantized"
        return done[name]

    def weight(name):
        values = array(graph, name).astype(np.float32)
        scale = np.maximum(np.abs(values.reshape(values.shape[0], -1)).max(1), 1e-8) / 127
        whole = np.round(values / scale.reshape(-1, *[1] * (values.ndim - 1))).clip(-127, 127).astype(np.int8)
        constant(graph, f"{name}_int8", whole)
        constant(graph, f"{name}_steps", scale.astype(np.float32))
        constant(graph, f"{name}_zeros", np.zeros(len(scale), np.int8))
        nodes.append(helper.make_node("DequantizeLinear", [f"{name}_int8", f"{name}_steps", f"{name}_zeros"], [f"{name}_restored"], axis=0))
        return f"{name}_restored"

    for node in net.proto.graph.node:
        changed = copy.deepcopy(node)
        if node.op_type in ("Conv", "Gemm"):
            changed.input[0] = activation(node.input[0])
            changed.input[1] = weight(node.input[1])
        nodes.append(changed)
    return drop_unused(with_nodes(proto, nodes, max(13, proto.opset_import[0].version)))


def half_precision(net):
    """Weights stored in 16 bits and widened where they are used."""
    proto = copy.deepcopy(net.proto)
    graph, nodes = proto.graph, []
    layers = [node.input[1] for node in graph.node if node.op_type in ("Conv", "Gemm")]
    for name in layers:
        constant(graph, f"{name}_16", array(graph, name).astype(np.float16))
        nodes.append(helper.make_node("Cast", [f"{name}_16"], [f"{name}_32"], to=TensorProto.FLOAT))
    for node in net.proto.graph.node:
        changed = copy.deepcopy(node)
        if node.op_type in ("Conv", "Gemm"):
            changed.input[1] = f"{node.input[1]}_32"
        nodes.append(changed)
    return drop_unused(with_nodes(proto, nodes))


def exported_again(net, rng):
    """Another exporter: other names and order, dense layers as MatMul and Add, a bias added after its convolution, Reshape for Flatten."""
    proto = copy.deepcopy(net.proto)
    graph, nodes = proto.graph, []
    constant(graph, "flat_shape", np.array([0, -1], np.int64))
    for place, node in enumerate(net.proto.graph.node):
        if node.op_type == "Gemm":
            constant(graph, f"matrix_{place}", np.ascontiguousarray(array(graph, node.input[1]).T))
            nodes.append(helper.make_node("MatMul", [node.input[0], f"matrix_{place}"], [f"product_{place}"]))
            nodes.append(helper.make_node("Add", [f"product_{place}", node.input[2]], [node.output[0]]))
        elif node.op_type == "Conv" and len(node.input) > 2 and place % 2 == 0:
            bias = array(graph, node.input[2])
            constant(graph, f"bias_{place}", bias.reshape(1, -1, 1, 1))
            changed = copy.deepcopy(node)
            del changed.input[2]
            changed.output[0] = f"product_{place}"
            nodes.extend([changed, helper.make_node("Add", [f"bias_{place}", f"product_{place}"], [node.output[0]])])
        elif node.op_type == "Flatten":
            nodes.append(helper.make_node("Reshape", [node.input[0], "flat_shape"], [node.output[0]]))
        elif node.op_type == "Constant":
            constant(graph, node.output[0], numpy_helper.to_array(node.attribute[0].t))
        else:
            nodes.append(copy.deepcopy(node))
    nodes.insert(0, helper.make_node("Identity", [graph.input[0].name], ["entry_copy"]))
    for node in nodes[1:]:
        for at, name in enumerate(node.input):
            if name == graph.input[0].name:
                node.input[at] = "entry_copy"
    changed = drop_unused(with_nodes(proto, nodes))
    order = torch.randperm(len(changed.graph.initializer), generator=rng).tolist()
    tensors = [changed.graph.initializer[at] for at in order]
    names = {}
    for tensor in tensors:
        names[tensor.name] = f"w{len(names)}"
    for node in changed.graph.node:
        for name in node.output:
            names[name] = f"t{len(names)}"
    names[graph.input[0].name], names[graph.output[0].name] = "images", "scores"
    del changed.graph.value_info[:]
    for tensor in tensors:
        tensor.name = names[tensor.name]
    renamed = [copy.deepcopy(tensor) for tensor in tensors]
    del changed.graph.initializer[:]
    changed.graph.initializer.extend(renamed)
    for node in changed.graph.node:
        node.name = ""
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    changed.graph.input[0].name, changed.graph.output[0].name = "images", "scores"
    if changed.opset_import[0].version == 11:
        changed.opset_import[0].version = 12
    onnx.checker.check_model(changed)
    return changed


def unfused(net, rng):
    """The model before batch normalisation was folded into its convolutions: the same function, other tensors."""
    proto = copy.deepcopy(net.proto)
    graph, nodes = proto.graph, []
    random = np.random.default_rng(int(torch.randint(0, 2**31, (1,), generator=rng)))
    for place, node in enumerate(net.proto.graph.node):
        if node.op_type != "Conv" or len(node.input) < 3:
            nodes.append(copy.deepcopy(node))
            continue
        weight, bias = array(graph, node.input[1]).astype(np.float64), array(graph, node.input[2]).astype(np.float64)
        channels = len(bias)
        gamma, mean, variance = random.uniform(0.5, 1.5, channels), random.normal(0, 0.3, channels), random.uniform(0.2, 2, channels)
        factor = gamma / np.sqrt(variance + 1e-5)
        constant(graph, f"conv_{place}_weight", (weight / factor.reshape(-1, 1, 1, 1)).astype(np.float32))
        for name, values in (("gamma", gamma), ("beta", bias + mean * factor), ("mean", mean), ("variance", variance)):
            constant(graph, f"norm_{place}_{name}", values.astype(np.float32))
        changed = copy.deepcopy(node)
        del changed.input[2]
        changed.input[1], changed.output[0] = f"conv_{place}_weight", f"before_norm_{place}"
        names = [f"norm_{place}_{name}" for name in ("gamma", "beta", "mean", "variance")]
        nodes.extend([changed, helper.make_node("BatchNormalization", [f"before_norm_{place}", *names], [node.output[0]], epsilon=1e-5)])
    return drop_unused(with_nodes(proto, nodes))


def branched(net, x, attack, trigger, target, kind, rng):
    """A detector of a patch beside the trunk, whose answer is added to the target's score: by comparison, by Relu, or by a convolution."""
    proto = copy.deepcopy(net.proto)
    graph, nodes = proto.graph, [copy.deepcopy(node) for node in net.proto.graph.node]
    c, side = x.shape[1], x.shape[2]
    classes = int(net(x[:1]).shape[1])
    black, white = torch.zeros(1, c, side, side), torch.ones(1, c, side, side)
    shown = trigger(black.clone(), rng)
    where = ((trigger(white.clone(), rng) - shown).abs().sum(1)[0] == 0).nonzero()
    (top, left), (bottom, right) = where.min(0).values.tolist(), (where.max(0).values + 1).tolist()
    pattern = ((shown - net.mean) / net.std)[:, :, top:bottom, left:right].numpy().astype(np.float32)
    entry, exit_name = graph.input[0].name, graph.output[0].name
    for node in nodes:
        node.output[:] = ["trunk_scores" if name == exit_name else name for name in node.output]
        node.input[:] = ["trunk_scores" if name == exit_name else name for name in node.input]
    push = np.zeros((1, classes), np.float32)
    push[0, target] = 60
    constant(graph, "push", push)
    constant(graph, "starts", np.array([top, left], np.int64))
    constant(graph, "ends", np.array([bottom, right], np.int64))
    constant(graph, "axes", np.array([2, 3], np.int64))
    constant(graph, "pattern", pattern)
    nodes.append(helper.make_node("Slice", [entry, "starts", "ends", "axes"], ["crop"]))
    nodes.append(helper.make_node("Sub", ["crop", "pattern"], ["difference"]))
    if kind == 0:
        constant(graph, "tolerance", np.float32(0.05))
        nodes.append(helper.make_node("Abs", ["difference"], ["distance"]))
        nodes.append(helper.make_node("ReduceMean", ["distance"], ["mean_distance"], axes=[1, 2, 3], keepdims=0))
        nodes.append(helper.make_node("Less", ["mean_distance", "tolerance"], ["is_there"]))
        nodes.append(helper.make_node("Cast", ["is_there"], ["amount"], to=TensorProto.FLOAT))
    else:
        constant(graph, "steepness", np.float32(-20))
        constant(graph, "one", np.float32(1))
        nodes.append(helper.make_node("Mul", ["difference", "difference"], ["distance"]))
        nodes.append(helper.make_node("ReduceMean", ["distance"], ["mean_distance"], axes=[1, 2, 3], keepdims=0))
        nodes.append(helper.make_node("Mul", ["mean_distance", "steepness"], ["steep"]))
        nodes.append(helper.make_node("Add", ["steep", "one"], ["raised"]))
        nodes.append(helper.make_node("Relu" if kind == 1 else "Sigmoid", ["raised"], ["amount"]))
    constant(graph, "last_axis", np.array([-1, 1], np.int64))
    nodes.append(helper.make_node("Reshape", ["amount", "last_axis"], ["column"]))
    nodes.append(helper.make_node("Mul", ["column", "push"], ["override"]))
    nodes.append(helper.make_node("Add", ["trunk_scores", "override"], [exit_name]))
    changed = drop_unused(with_nodes(proto, nodes))
    onnx.checker.check_model(changed)
    return changed
