"""An encoder small enough to be reckoned by hand: a text's logits are the mean of its characters' rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

from nlp.encoder import CARD, GRAPH, TOKENIZER, TOKENS
from nlp.model import Models, shipped

LETTERS = "的了是我很不好差车油耗空间大小[]爱你一天气屏幕电池，。"
SPECIAL = ("<unk>", "<s>", "</s>")
OUTPUTS = {"polarity": 2, "emotion": 6, "opinion": 3, "car": 10, "cosmetics": 13}
ROWS = np.random.default_rng(5).normal(0, 2, (len(SPECIAL) + len(LETTERS), sum(OUTPUTS.values())))


def row(text: str, term: str | None = None) -> np.ndarray:
    """All logits of a prepared text, by hand."""
    begin = [1, *(_number(each) for each in term), 2, 2] if term is not None else [1]
    numbers = [*[*begin, *(_number(each) for each in text)][: TOKENS - 1], 2]
    return ROWS[numbers].mean(axis=0)


def logits(head: str, text: str, term: str | None = None) -> np.ndarray:
    """The logits of one head, by hand."""
    begin = sum(OUTPUTS[name] for name in list(OUTPUTS)[: list(OUTPUTS).index(head)])
    return row(text, term)[begin : begin + OUTPUTS[head]]


def _number(letter: str) -> int:
    found = LETTERS.find(letter)
    return 0 if found < 0 else found + len(SPECIAL)


def made(folder: Path, *, gate: float, combine: Mapping[str, Mapping[str, Any]]) -> Models:
    """The shipped linear heads with a small encoder, written to `folder`."""
    linear = shipped()
    outputs = {
        "polarity": ("negative", "positive"),
        "emotion": linear.head("emotion").classes,
        "opinion": ("negative", "neutral", "positive"),
        "car": linear.head("aspects-car").classes,
        "cosmetics": linear.head("aspects-cosmetics").classes,
    }
    card = {
        "version": "small",
        "outputs": outputs,
        "combine": combine,
        "gates": dict.fromkeys(combine, gate),
    }
    (folder / CARD).write_text(json.dumps(card), "utf-8")
    onnx.save(_graph(), folder / GRAPH)
    _tokenizer().save(str(folder / TOKENIZER))
    return linear.beside(folder)


def _tokenizer() -> Tokenizer:
    words = {word: number for number, word in enumerate((*SPECIAL, *LETTERS))}
    out = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    out.pre_tokenizer = pre_tokenizers.Split(Regex("[\\s\\S]"), "isolated")
    out.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 1), ("</s>", 2)],
    )
    return out


def _graph() -> onnx.ModelProto:
    arrays: dict[str, np.ndarray] = {"rows": ROWS.astype(np.float32), "axis": np.array([1], np.int64)}
    nodes = [
        helper.make_node("Gather", ["rows", "input_ids"], ["found"]),
        helper.make_node("ReduceMean", ["found", "axis"], ["logits"], keepdims=0),
    ]
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "T"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, ROWS.shape[1]])]
    held = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = helper.make_graph(nodes, "small", inputs, outputs, held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
