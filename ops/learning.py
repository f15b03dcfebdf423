"""Rules learned from corrections, as ``tingfeng accuracy --learn`` and ``--unlearn`` take them and take them back."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from core.errors import UsageError
from core.language import say
from core.project import Project
from ops.output import emit_json, named, table, tell

if TYPE_CHECKING:
    from index.ingest.judgements import JudgementFile
    from index.ingest.questions import Question
    from index.store import Store
    from mining.learning import Lesson


def unlearn(file: JudgementFile, question: Question, *, as_json: bool) -> None:
    """Takes the rules learned for a question back."""
    from index.ingest.judgements import Rules

    known = file.now().rules.get(question.id)
    if known is not None:
        file.append([Rules(datetime.now(UTC), of=question.id)])
    if as_json:
        emit_json({"taken_back": len(known.rules) if known else 0})
    elif known is None:
        tell("No learned rules are in force; nothing was changed.")
    else:
        tell("The learned rules are taken back. Next: tingfeng reannotate")


def learn(
    store: Store, project: Project, file: JudgementFile, question: Question, *, yes: bool, as_json: bool
) -> None:
    """Shows what rules would do, and takes them where they help and somebody says so.

    Raises `UsageError` where too little was judged.
    """
    from index.ingest.judgements import Rules
    from mining.learning import NEEDED_CORRECTIONS, NEEDED_HELD_BACK

    lesson = _lesson(store, project, file, question)
    if as_json:
        emit_json(lesson)
    elif lesson.enough:
        _tell(lesson, question, project)
    if not lesson.enough:
        raise UsageError(
            f"Too few to learn from: {lesson.corrections} corrections of {NEEDED_CORRECTIONS} and"
            f" {lesson.held_back} held-back judgements of {NEEDED_HELD_BACK}; judge more:"
            f" tingfeng accuracy --of {question.id} --sample 100"
        )
    if not lesson.helps:
        tell("No rule helps on the judgements that were held back; nothing was taken.")
    elif yes or (sys.stdin.isatty() and typer.confirm(say("Take these rules?"))):
        file.append([Rules(datetime.now(UTC), list(lesson.rules), question.id)])
        tell("The rules are taken. Next: tingfeng reannotate")
    else:
        tell("Nothing was taken; add --yes to take the rules without a question.")


def _lesson(store: Store, project: Project, file: JudgementFile, question: Question) -> Lesson:
    """The rules of what was judged of a question, beside what the models read in the posts now."""
    from index.ingest.annotating import annotator, read
    from index.ingest.questions import NONE, said_of
    from mining.learning import Example, learn
    from mining.lexis import own_words

    judged = file.now().of(question.id).judged
    items = store.get(sorted(judged))
    annotations = read(annotator(project), [item.post for item in items]) if items else []
    examples = []
    for item, plain in zip(items, annotations, strict=True):
        judgement = judged[item.post.id]
        told = judgement.all()
        for part, (said, _) in (said_of(question.id, plain) or {}).items():
            if part in told or (judgement.whole and question.missable):
                label, words = told.get(part, NONE), frozenset(plain.words)
                examples.append(Example(post=item.post.id, words=words, said=said, label=label, part=part))
    return learn(examples, frozenset(name for brand in project.brands for name in own_words(brand)))


def _tell(lesson: Lesson, question: Question, project: Project) -> None:
    from ops.judging import part_name

    rows = [
        (
            rule.word,
            *([part_name(question, project, rule.part)] if question.parted else []),
            named(question.group, rule.said),
            named(question.group, rule.label),
            rule.confidence,
        )
        for rule in lesson.rules
    ]
    table(("word", *(["of"] if question.parted else []), "read as", "becomes", "confidence"), rows)
    tell(f"Learned from {lesson.learned_from} judgements; {lesson.held_back} were held back.")
    tell(
        f"Of those, right before: {lesson.right_before}; right with the rules: {lesson.right_after}"
        f" ({lesson.mended} mended, {lesson.spoiled} spoiled)."
    )
