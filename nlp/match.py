"""Names of a project in text: where they stand (`Names`), and which a text counts for (`Naming`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import daachorse
import numpy as np

from core.codes import canonical_all
from core.project import Brand, Product, Project
from core.texts import canonical
from nlp.clean import EDGE, Cleaned, fold_all
from nlp.features import I64


@dataclass(frozen=True, slots=True)
class Owner:
    """What a name stands for: a brand, or a product of it."""

    brand: str
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found: `begin` and `end` count the characters of its cleaned text."""

    owner: Owner
    begin: int
    end: int


@dataclass(slots=True)
class Phrases:
    """An automaton over phrases; a phrase may belong to several owners. Empty finds nothing."""

    phrases: dict[str, list[int]] = field(default_factory=dict)
    _automaton: daachorse.CharwiseDoubleArrayAhoCorasick | None = None
    _owners: list[list[int]] = field(default_factory=list)

    def add(self, phrase: str, owner: int) -> None:
        """Register a phrase, folded as texts are."""
        folded = fold_all(phrase.strip()).strip()
        if folded:
            self.phrases.setdefault(folded, []).append(owner)

    def build(self, *, overlapping: bool = False) -> None:
        """Compile; without `overlapping` the leftmost longest phrase wins."""
        kind = daachorse.MATCH_KIND_STANDARD if overlapping else daachorse.MATCH_KIND_LEFTMOST_LONGEST
        self._owners = list(self.phrases.values())
        if self.phrases:
            self._automaton = daachorse.CharwiseDoubleArrayAhoCorasick(list(self.phrases), kind)

    def find(self, text: str, *, overlapping: bool = False) -> list[tuple[int, int, list[int]]]:
        """(begin, end, owners) of every match, Latin names only as whole words."""
        if self._automaton is None:
            return []
        found = self._automaton.find_overlapping(text) if overlapping else self._automaton.find(text)
        return [
            (begin, end, self._owners[which])
            for begin, end, which in found
            if _stands_alone(text, begin, end)
        ]


def _stands_alone(text: str, begin: int, end: int) -> bool:
    """Whether a match is not the inside of a longer Latin word or number (``mini`` in ``minimum``)."""
    first, last = text[begin], text[end - 1]
    if (
        first < "\x7f"
        and first.isalnum()
        and begin
        and text[begin - 1] < "\x7f"
        and text[begin - 1].isalpha()
    ):
        return False
    if last < "\x7f" and last.isalnum() and end < len(text):
        after = text[end]
        return not (after < "\x7f" and (after.isalpha() if last.isalpha() else after.isdigit()))
    return True


class Names:
    """The brands and products of a project, found in batches of cleaned text."""

    def __init__(self, project: Project) -> None:
        self.owners: list[Owner] = []
        self._names, self._excluded = Phrases(), Phrases()
        for brand in project.brands:
            self._register(Owner(brand.id), (*brand.names, *brand.ambiguous), brand.exclude)
            for product in brand.products:
                self._register(
                    Owner(brand.id, product.id),
                    (*product.names, *product.ambiguous),
                    (*brand.exclude, *product.exclude),
                )
        self._names.build()
        self._excluded.build(overlapping=True)

    def _register(self, owner: Owner, names: Iterable[str], excluded: Iterable[str]) -> None:
        number = len(self.owners)
        self.owners.append(owner)
        for name in names:
            self._names.add(name, number)
        for phrase in excluded:
            self._excluded.add(phrase, number)

    def words(self) -> list[str]:
        """All names, for the segmenter to keep whole."""
        return list(self._names.phrases)

    def find(self, cleaned: Cleaned, rows: I64) -> list[list[Hit]]:
        """For each text its hits in order; `rows` (D + 1,) says where texts begin in the joined batch."""
        out: list[list[Hit]] = [[] for _ in range(len(rows) - 1)]
        found = self._names.find(cleaned.joined)
        if not found:
            return out
        barred: dict[int, list[tuple[int, int, list[int]]]] = {}
        phrases = self._excluded.find(cleaned.joined, overlapping=True)
        for match, text in zip(phrases, text_at(rows, [match[0] for match in phrases]), strict=True):
            barred.setdefault(text, []).append(match)
        for (begin, end, owners), text in zip(found, text_at(rows, [hit[0] for hit in found]), strict=True):
            start = int(rows[text])
            out[text] += [
                Hit(self.owners[owner], begin - start, end - start)
                for owner in owners
                if not any(b <= begin and end <= e and owner in who for b, e, who in barred.get(text, ()))
            ]
        return out


Named = tuple[tuple[str, ...], tuple[str, ...]]  # ids of brands, of products
_SURE, _MAYBE, _CONTEXT, _BARRED = range(4)


class Naming:
    """Which brands and products a text counts for: what ``brand:`` and ``product:`` ask of a store.

    A literal reading of the whole text as the stores index it (`core.texts.canonical`), its addresses and
    mentions too: a name of `names`, or one of `ambiguous` beside a word of `context`, and no exclusion
    anywhere. `core.project.Brand.query` writes the same as a query.
    """

    def __init__(self, project: Project) -> None:
        self._brands: list[str] = []
        self._products: list[str] = []
        self._roles: dict[str, list[tuple[int, int, int]]] = {}  # phrase → (owner, whose names, role)
        for brand in project.brands:
            self._register(len(self._brands), [brand, *brand.products], brand.excluded)
            self._brands.append(brand.id)
        products = [product for brand in project.brands for product in brand.products]
        for number, product in enumerate(products, len(self._brands)):
            self._register(number, [product], product.exclude)
        self._products = [product.id for product in products]
        self._asked = list(self._roles.values())
        self._automaton = daachorse.CharwiseDoubleArrayAhoCorasick(list(self._roles)) if self._roles else None

    def _register(self, owner: int, named: Sequence[Brand | Product], excluded: Iterable[str]) -> None:
        for whose, one in enumerate(named):
            for role, phrases in ((_SURE, one.names), (_MAYBE, one.ambiguous), (_CONTEXT, one.context)):
                self._ask(phrases, (owner, whose, role))
        self._ask(excluded, (owner, 0, _BARRED))

    def _ask(self, phrases: Iterable[str], role: tuple[int, int, int]) -> None:
        for phrase in phrases:
            roles = self._roles.setdefault(canonical(phrase), [])
            if role not in roles:
                roles.append(role)

    def named(self, texts: Sequence[str]) -> list[Named]:
        """Ids of the brands and of the products each text counts for, in order of first mention.

        The texts are whole, but have been through `nlp.clean.normal`.
        """
        out: list[Named] = [((), ()) for _ in texts]
        if self._automaton is None:
            return out
        forms = canonical_all(texts)
        rows = np.cumsum([0, *(len(form) + len(EDGE) for form in forms)])
        found = self._automaton.find_overlapping(EDGE.join(forms))
        first: dict[int, dict[tuple[int, int, int], int]] = {}
        for (begin, _, which), text in zip(found, text_at(rows, [hit[0] for hit in found]), strict=True):
            roles = first.setdefault(text, {})
            for asked in self._asked[which]:
                roles[asked] = min(begin, roles.get(asked, begin))
        for text, roles in first.items():
            out[text] = self._counted(roles)
        return out

    def _counted(self, first: dict[tuple[int, int, int], int]) -> Named:
        at: dict[int, int] = {}
        for (owner, whose, role), begin in first.items():
            told = role == _SURE or (role == _MAYBE and (owner, whose, _CONTEXT) in first)
            if told and (owner, 0, _BARRED) not in first:
                at[owner] = min(begin, at.get(owner, begin))
        ordered = sorted(at, key=lambda owner: (at[owner], owner))
        brands = len(self._brands)
        return (
            tuple(self._brands[owner] for owner in ordered if owner < brands),
            tuple(self._products[owner - brands] for owner in ordered if owner >= brands),
        )


def text_at(rows: I64, positions: Sequence[int]) -> list[int]:
    """The number of the text each position of the joined batch stands in."""
    found: list[int] = (np.searchsorted(rows, positions, side="right") - 1).tolist()
    return found


def brands_of(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Ids of the brands hit, a product counting for its brand, in order of first mention."""
    return tuple(dict.fromkeys(hit.owner.brand for hit in hits))


def products_of(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Ids of the products hit, in order of first mention."""
    return tuple(dict.fromkeys(hit.owner.product for hit in hits if hit.owner.product))
