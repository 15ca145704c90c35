"""Runs and trains the weights of a small ONNX classifier in torch, and writes them back into a copy of its file.

Knows only the operators that the zoo's models use; anything else is an error, not a guess.
"""
import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper


def same_pads(attributes, path):
    pads = attributes.get("pads", [0, 0, 0, 0])
    assert pads[:2] == pads[2:], f"{path}: pads {pads} differ by side"
    return pads[:2]


def run_operator(operator, v, attributes, path):
    """One node of the graph on torch tensors."""
    if operator == "Conv":
        return F.conv2d(v[0], v[1], v[2] if len(v) > 2 else None, attributes.get("strides", 1), same_pads(attributes, path), attributes.get("dilations", 1), attributes.get("group", 1))
    elif operator == "Gemm":
        assert attributes.get("transB") == 1 and not attributes.get("transA") and attributes.get("alpha", 1) == attributes.get("beta", 1) == 1, path
        return F.linear(v[0], v[1], v[2])
    elif operator == "MaxPool":
        return F.max_pool2d(v[0], attributes["kernel_shape"], attributes.get("strides"), same_pads(attributes, path), ceil_mode=bool(attributes.get("ceil_mode", 0)))
    elif operator == "Constant":
        return torch.from_numpy(numpy_helper.to_array(attributes["value"]).copy())
    elif operator == "ReduceMean":
        return v[0].mean(tuple(attributes["axes"]), keepdim=bool(attributes.get("keepdims", 1)))
    elif operator == "Flatten":
        return v[0].flatten(attributes.get("axis", 1))
    elif operator == "GlobalAveragePool":
        return v[0].mean((2, 3), keepdim=True)
    elif operator == "AveragePool":
        return F.avg_pool2d(v[0], attributes["kernel_shape"], attributes.get("strides"), same_pads(attributes, path), bool(attributes.get("ceil_mode", 0)), bool(attributes.get("count_include_pad", 0)))
    elif operator == "Pad":
        begin_end = v[1].reshape(2, -1).long()
        return F.pad(v[0], [int(n) for axis in reversed(range(begin_end.shape[1])) for n in begin_end[:, axis]])
    elif operator == "Relu":
        return v[0].relu()
    elif operator == "LeakyRelu":
        return F.leaky_relu(v[0], attributes.get("alpha", 0.01))
    elif operator == "Tanh":
        return v[0].tanh()
    elif operator == "Clip":
        return v[0].clamp(float(v[1]), float(v[2]))
    elif operator == "Sigmoid":
        return v[0].sigmoid()
    elif operator == "HardSigmoid":
        return (attributes.get("alpha", 0.2) * v[0] + attributes.get("beta", 0.5)).clamp(0, 1)
    elif operator == "HardSwish":
        return F.hardswish(v[0])
    elif operator == "Elu":
        return F.elu(v[0], attributes.get("alpha", 1.0))
    elif operator == "Erf":
        return v[0].erf()
    elif operator == "Concat":
        return torch.cat(v, attributes["axis"])
    elif operator == "BatchNormalization":
        return F.batch_norm(v[0], v[3].detach(), v[4].detach(), v[1], v[2], eps=attributes.get("epsilon", 1e-5))
    elif operator in ("Add", "Sub", "Div", "Mul"):
        return {"Add": torch.add, "Sub": torch.sub, "Div": torch.div, "Mul": torch.mul}[operator](v[0], v[1])
    else:
        raise ValueError(f"{path}: operator {operator} is not among those this reader knows")


class OnnxNet(nn.Module):
    """`preprocess` is that of labels.json: with it the module takes pixels in [0, 1] like a model that normalises inside its graph."""

    def __init__(self, path, preprocess=None):
        super().__init__()
        self.path, self.proto = path, onnx.load(path)
        self.index = {}
        self.weights = nn.ParameterList()
        for tensor in self.proto.graph.initializer:
            self.index[tensor.name] = len(self.weights)
            self.weights.append(nn.Parameter(torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))))
        # The attributes are read once: parsing them costs more than the smaller layers.
        self.nodes = [(n.op_type, list(n.input), n.output[0], {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}) for n in self.proto.graph.node]
        self.entry, self.exit = self.proto.graph.input[0].name, self.proto.graph.output[0].name
        view = lambda key, default: torch.tensor(preprocess[key] if preprocess else [default]).float().view(1, -1, 1, 1)
        self.register_buffer("mean", view("mean", 0.0))
        self.register_buffer("std", view("std", 1.0))

    def forward(self, x):
        values = {self.entry: (x - self.mean) / self.std}
        values.update((name, self.weights[at]) for name, at in self.index.items())
        for operator, inputs, output, attributes in self.nodes:
            v = [values[name] for name in inputs if name != ""]
            values[output] = run_operator(operator, v, attributes, self.path)
        return values[self.exit]

    def save(self, path):
        copy = onnx.ModelProto()
        copy.CopyFrom(self.proto)
        for tensor in copy.graph.initializer:
            weight = self.weights[self.index[tensor.name]].detach().numpy().astype(numpy_helper.to_array(tensor).dtype)
            tensor.CopyFrom(numpy_helper.from_array(weight, tensor.name))
        onnx.checker.check_model(copy)
        onnx.save(copy, path)
