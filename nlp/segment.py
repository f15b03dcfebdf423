"""Words of Chinese text: rjieba where it is installed, else jieba, which it cuts alike.

rjieba is jieba's own algorithm and dictionary in Rust, some fifteen times faster. The two differ only
inside ASCII runs (``Wi-Fi``), which jieba breaks at the hyphen.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable

from nlp.clean import clean

Cut = Callable[[str], list[str]]
Knows = Callable[[str], bool]
_PLAIN = re.compile(r"^[\u3400-\u9fffa-z0-9+#&._%\-]+$")


class Segmenter:
    """Cuts text into words; `extra` words (a project's names) are kept whole.

    engine : "rjieba", "jieba", or None for the fastest installed.
    knows : whether a word, folded, is in the dictionary or one of `extra`.
    """

    cut: Cut
    knows: Knows

    def __init__(self, extra: Iterable[str] = (), *, engine: str | None = None) -> None:
        names = sorted({name.strip().lower() for name in extra})
        # the dictionary cannot hold a word with a blank or a bracket in it: those are cut as text is
        kept = [name for name in names if len(name) > 1 and _PLAIN.match(name)]
        self.engine = engine or ("rjieba" if _has_rjieba() else "jieba")
        self.cut, self.knows = _rjieba(kept) if self.engine == "rjieba" else _jieba(kept)

    def words(self, text: str) -> list[str]:
        """The words of one raw text, cleaned, without blanks."""
        cleaned = clean([text])
        return [cleaned.spell(word) for word in self.cut(cleaned.texts[0]) if not word.isspace()]


def _has_rjieba() -> bool:
    try:
        import rjieba  # noqa: F401
    except ImportError:
        return False
    return True


def _rjieba(extra: list[str]) -> tuple[Cut, Knows]:
    import rjieba

    if not extra:  # the one that the module has made already
        return rjieba.cut, rjieba.has_word
    engine = rjieba.Jieba()
    for word in extra:
        engine.add_word(word, None, None)
    return engine.cut, engine.has_word


def _jieba(extra: list[str]) -> tuple[Cut, Knows]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    engine = jieba.Tokenizer()
    for word in extra:
        engine.add_word(word)

    def knows(word: str) -> bool:
        engine.check_initialized()
        return bool(engine.FREQ.get(word))  # beginnings of words are there with 0

    return engine.lcut, knows


_default: list[Segmenter] = []


def words(text: str) -> list[str]:
    """The words of a raw text, cut with the standard dictionary."""
    if not _default:
        _default.append(Segmenter())
    return _default[0].words(text)
