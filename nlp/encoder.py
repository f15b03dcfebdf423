"""The second tier: a small transformer that reads again what the linear heads are unsure of.

A text is run by itself, at its own length: quantised numbers share one scale a run, so in a batch a text's
answer would depend on its neighbours, and padding would cost about what a batch saves. What was read is
remembered, so that copies are read once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import TingfengError
from nlp.clean import CHAIN, clean

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

CARD, GRAPH, TOKENIZER = "encoder.json", "encoder.onnx", "encoder-tokenizer.json"
LONG = 120  # characters of a text that are read; of a longer one both ends
TOKENS = 96  # of a text, with its term
_RAW = 8_192  # characters cleaned at most: a megabyte must not stall anything
_KEPT = 50_000  # answers remembered
Input = tuple[str, str | None]  # a prepared text, and the term in it that is asked about
Loaded = TypeVar("Loaded")
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Joint:
    """How a task's tiers are joined: z = fast · (what the linear head says) + second · logits + offsets.

    Fitted on texts that neither tier learned from. The encoder is asked where the linear head's confidence is
    below `gate`.
    """

    fast: float
    second: float
    offsets: F64
    gate: float

    def scores(self, told: F64, logits: F64) -> F64:
        """(D, K) z of the linear head's log-probabilities (log-odds where each class stands alone) and logits."""
        return self.fast * told + self.second * logits + self.offsets


class Encoder:
    """The encoder of a folder. Its graph is loaded when it is first asked.

    version : of its files; outputs : the classes of each head, in the order of the graph's logits; joints : by
    task, which is the name of a linear head.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version, self.outputs, self.joints = self._load(CARD, _read)
        ends = np.cumsum([len(classes) for classes in self.outputs.values()]).tolist()
        self._columns = {
            name: slice(end - len(classes), end)
            for end, (name, classes) in zip(ends, self.outputs.items(), strict=True)
        }
        self._remembered = lru_cache(maxsize=_KEPT)(self._run)

    @staticmethod
    def there(folder: Path) -> bool:
        """Whether a folder holds an encoder."""
        return all((folder / name).is_file() for name in (CARD, GRAPH, TOKENIZER))

    @property
    def runs(self) -> int:
        """How many texts were run so far; those remembered are not."""
        return self._remembered.cache_info().misses

    def logits(self, head: str, inputs: Sequence[Input]) -> F64:
        """(D, K) logits of one head.

        Raises `TingfengError` when a file is damaged.
        """
        found = [self._remembered(*each)[self._columns[head]] for each in inputs]
        return np.array(found, dtype=np.float64).reshape(len(inputs), len(self.outputs[head]))

    def _run(self, text: str, term: str | None) -> F32:
        """The logits of all heads, side by side."""
        encode = self._tokenizer.encode
        ids = np.array([(encode(text) if term is None else encode(term, text)).ids], dtype=np.int64)
        out: F32 = self._session.run(["logits"], {"input_ids": ids})[0][0]
        return out

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # a thread a process: processes are what reads many posts
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3

        def start(path: Path) -> onnxruntime.InferenceSession:
            return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

        return self._load(GRAPH, start)

    @cached_property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        import tokenizers

        found = self._load(TOKENIZER, lambda path: tokenizers.Tokenizer.from_file(str(path)))
        found.no_padding()
        found.enable_truncation(TOKENS)
        return found

    def _load(self, name: str, read: Callable[[Path], Loaded]) -> Loaded:
        path = self.folder / name
        try:
            return read(path)
        except (ImportError, MemoryError):
            raise
        except Exception as error:  # each of the libraries has exceptions of its own
            raise TingfengError(
                f"{path} is damaged ({error}); install Tingfeng again, or turn the second tier off in the project file"
            ) from error


def _read(path: Path) -> tuple[str, dict[str, tuple[str, ...]], dict[str, Joint]]:
    card = json.loads(path.read_text("utf-8"))
    joints = {
        task: Joint(told["fast"], told["encoder"], np.array(told["offsets"]), card["gates"][task])
        for task, told in card["combine"].items()
    }
    return card["version"], {name: tuple(classes) for name, classes in card["outputs"].items()}, joints


def prepared(text: str) -> str:
    """A raw text as the encoder takes it: clean, emoticons written out, of a long one both ends.

    One text a call: in a batch two emoticons may share a symbol.
    """
    cleaned = clean([text[:_RAW]])
    spelled = {ord(sign): name for sign, name in cleaned.emoticons.items()} | {ord(CHAIN): " // "}
    whole = cleaned.joined.translate(spelled).strip()
    return whole if len(whole) <= LONG else f"{whole[: LONG // 2]}…{whole[-LONG // 2 :]}"
