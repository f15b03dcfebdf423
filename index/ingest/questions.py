"""What people are asked of a post: its sentiment, emotion, aspects, purchase stage, voice and brand mentions.

A reading is one label, or for a parted question one for each aspect or brand that was read. `NONE` is what is
said of a part that is not there: an aspect nobody speaks of, a name that means something else, no stage at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.models import Annotation, Voice
from core.project import Project

NONE = "none"
MEANT = "meant"  # a brand's name that means the brand
Said = tuple[str, float | None]  # a label, and how sure it is where the reading says so
WHOLE = ""  # stands for the part where the post is asked of as one


@dataclass(frozen=True, slots=True)
class Question:
    """`id` is the field's name in a query; `group` that of the labels' names; `model` the key of what read it in
    `Annotation.models`. `parted`: asked of each aspect or brand. `sure`: readings come with a confidence.
    `missable`: a person can name what was not read, so that recall is known."""

    id: str
    labels: tuple[str, ...]
    group: str
    model: str
    parted: bool = False
    sure: bool = False
    missable: bool = True

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels that figures are told of: where parts are asked of, `NONE` is no class."""
        return tuple(label for label in self.labels if label != NONE) if self.parted else self.labels


_POLARITIES = ("positive", "neutral", "negative")
_EMOTIONS = ("happy", "surprise", "neutral", "sad", "fear", "angry")
_STAGES = ("aware", "interest", "purchase", "bought", "lost", NONE)
QUESTIONS = {
    one.id: one
    for one in (
        Question("sentiment", _POLARITIES, "sentiment", "sentiment", sure=True),
        Question("emotion", _EMOTIONS, "emotion", "emotion", sure=True),
        Question("aspect", (*_POLARITIES, NONE), "opinion", "aspects", parted=True, sure=True),
        Question("intent", _STAGES, "intent", "intent"),
        Question("voice", tuple(Voice), "voice", "voice"),
        Question("brand", (MEANT, NONE), "mention", "brands", parted=True, missable=False),
    )
}
FIRST = "sentiment"


def said_of(question: str, annotation: Annotation) -> dict[str, Said] | None:
    """What was read, by part; None where nothing was, or there is nothing to ask of."""
    match question:
        case "sentiment":
            felt = annotation.sentiment
            return {WHOLE: (felt.label, felt.confidence)} if felt else None
        case "emotion":
            mood = annotation.emotion
            return {WHOLE: (mood.label, mood.scores.get(mood.label))} if mood else None
        case "voice":
            return {WHOLE: (annotation.voice.value, None)} if annotation.voice else None
        case "intent":
            return {WHOLE: (annotation.intent or NONE, None)} if annotation.models else None
        case "brand":
            return dict.fromkeys(annotation.brands, (MEANT, None)) or None
    if not annotation.models:
        return None
    return {one.aspect: (one.polarity, one.confidence) for one in annotation.aspects}


def models_of(annotation: Annotation, question: str = FIRST) -> str:
    """What answered a question for a post, as one text."""
    models = annotation.models
    return models.get(QUESTIONS[question].model) or models.get("language") or "unknown"


def nameable(project: Project) -> tuple[str, ...]:
    """The aspects a person may name: those of the brands' domains, of all packs where no brand has one."""
    domains = {brand.domain for brand in project.brands if brand.domain}
    asked = [pack for pack in project.all_packs if pack.id in domains or not domains]
    return tuple(dict.fromkeys(aspect.id for pack in asked for aspect in pack.aspects))
