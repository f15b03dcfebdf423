"""What stands beside the hits: the commonest values of the fields, each of which a click asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.models import Author
from core.project import Project
from index.query import Equals
from index.store import Summary, Value
from web.language import name_of, sentence
from web.refining import Condition, spelled

FIRST = ("sentiment", "platform", "kind", "voice", "emotion", "brand", "topic", "account", "region")
MORE = ("source", "product", "aspect", "tag", "intent", "verified", "has", "gone", "lang", "client")
FIELDS = (*FIRST, *MORE)
LISTED = 8  # values of a field
_OF_PROJECT = ("brand", "product", "tag")  # the query language reads their names as the project's


@dataclass(frozen=True, slots=True)
class Choice:
    """One value: what people call it, how many posts have it, and the clause a click adds or takes out."""

    label: str
    count: int
    share: float  # of the largest of its field
    clause: str | None  # None where no query can ask for it
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    field: str
    title: str
    choices: tuple[Choice, ...]
    first: bool  # shown open


def facets(
    summary: Summary,
    bound: Sequence[Condition],
    project: Project,
    authors: Mapping[str, Author],
    language: str,
) -> list[Facet]:
    """The fields of which a result has values; `bound` is what the query asks of fields already."""
    found = []
    for field in FIELDS:
        values = summary.values.get(field, ())
        if values:
            most = max(value.count for value in values)
            choices = [_choice(field, value, most, bound, project, authors, language) for value in values]
            found.append(Facet(field, sentence(f"field.{field}", language), tuple(choices), field in FIRST))
    return found


def _choice(
    field: str,
    value: Value,
    most: int,
    bound: Sequence[Condition],
    project: Project,
    authors: Mapping[str, Author],
    language: str,
) -> Choice:
    clause = clause_of(field, value.value, project)
    node = Equals("author" if field == "account" else field, value.value)
    chosen = next((one for one in bound if not one.denied and (one.node == node or one.text == clause)), None)
    return Choice(
        label=label_of(field, value.value, project, language, authors),
        count=value.count,
        share=value.count / most,
        clause=chosen.text if chosen else clause,
        chosen=chosen is not None,
    )


def clause_of(field: str, value: str, project: Project) -> str | None:
    """The clause that asks for a value of a field; None where the language has no words for it."""
    known = {
        "brand": {brand.id for brand in project.brands},
        "product": {product.id for brand in project.brands for product in brand.products},
        "tag": {tag.id for tag in project.tags} or {value},
    }
    if field in _OF_PROJECT and value not in known[field]:
        return None
    return spelled("author" if field == "account" else field, value)


def label_of(
    field: str,
    value: str | None,
    project: Project,
    language: str,
    authors: Mapping[str, Author] | None = None,
) -> str:
    """What people call a value of a field."""
    if value is None:
        return name_of(field, None, language)
    if field == "aspect":
        aspect, _, polarity = value.partition(":")
        title = project.aspect_title(aspect).of(language)
        return f"{title} · {name_of('sentiment', polarity, language)}" if polarity else title
    if field == "account":
        author = (authors or {}).get(value)
        return (author.name if author else None) or value
    if field == "brand":
        brand = project.brand(value)
        return brand.title.of(language) if brand else value
    if field == "product":
        products = [product for brand in project.brands for product in brand.products]
        return next((product.names[0] for product in products if product.id == value), value)
    if field == "tag":
        return next((tag.title.of(language) for tag in project.tags if tag.id == value), value)
    return name_of("host" if field == "source" else field, value, language)
