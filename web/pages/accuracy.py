"""How well this project's posts are read, and the next post to judge."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core.models import AnnotatedPost
from core.project import Project
from index.ingest.judgements import Drawn, Judged, Judgement, Reading
from index.ingest.questions import FIRST, QUESTIONS, WHOLE, Question, nameable
from mining.learning import NEEDED_CORRECTIONS, NEEDED_HELD_BACK, held_back
from mining.sampling import draw_sample
from web.site import Site

SAMPLE = 100  # posts of a draw
SEED = 1
_MOST_BYTES = 1 << 16  # of a form
_NAME = 60  # characters
_PART = "part:"  # before an aspect or a brand in a form's names


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    file = site.judgements

    @routes.get("/accuracy", response_class=HTMLResponse)
    def page(
        request: Request, of: str = FIRST, at: int = 0, by: str = "", last: str = "", post: str = ""
    ) -> HTMLResponse:
        """A post to judge: `post` where it is named, judged before or not, else the one waiting at a place."""
        question, known = _question(of), file.now().of(of)
        waiting = known.open()
        place = min(max(at, 0), max(len(waiting) - 1, 0))
        chosen = [post] if post in known.drawn else waiting[place : place + 1]
        item = next(iter(site.store.get(chosen)), None)
        parts = known.parts(item.post.id) if item else []
        return site.render(
            request,
            "accuracy.html",
            question=question,
            report=site.own_accuracy(of),
            post=item,
            named_parts=parts,
            more=[name for name in _more(question, site.project) if name not in parts],
            said=known.judged.get(post),
            last=_last(site, known, last),
            lesson=_lesson(known),
            at=place,
            left=len(waiting),
            by=by[:_NAME],
        )

    @routes.post("/accuracy/judge")
    def judge(form: Form) -> Response:
        question, by = _question(form.get("of", FIRST)), form.get("by", "").strip()[:_NAME]
        post, known = form.get("post", ""), file.now().of(question.id)
        told = _told(form, question, known.parts(post), _more(question, site.project))
        if post not in known.drawn or told is None:
            raise HTTPException(
                400, "This is no post of the sample, or no answer to the question; go back and judge again."
            )
        now, label = datetime.now(UTC), told.pop(WHOLE, "")
        file.append([Judgement(post, label, by or "web", now, of=question.id, parts=told)])
        return _back(form, by, last=post)

    @routes.post("/accuracy/draw")
    def draw(form: Form) -> Response:
        question = _question(form.get("of", FIRST))
        known, now = file.now().of(question.id).known(), datetime.now(UTC)
        drawn = draw_sample(
            site.store, site.project, SAMPLE, question=question.id, seed=SEED, at=now, known=known
        )
        if drawn:
            file.append(drawn)
        return _back(form, form.get("by", "")[:_NAME])

    return routes


def _question(of: str) -> Question:
    if of not in QUESTIONS:
        raise HTTPException(400, "Nobody is asked that of a post; go back and choose what to judge.")
    return QUESTIONS[of]


def _told(
    form: Mapping[str, str], question: Question, asked: Collection[str], more: Collection[str]
) -> dict[str, str] | None:
    """What the form says, by part; None where a label or part is unknown, or a part that is `asked` has no label."""
    if not question.parted:
        return {WHOLE: form["label"]} if form.get("label") in question.labels else None
    told = {
        name.removeprefix(_PART): label for name, label in form.items() if name.startswith(_PART) and label
    }
    fits = set(told.values()) <= set(question.labels) and set(asked) <= set(told) <= {*asked, *more}
    return told if fits else None


def _more(question: Question, project: Project) -> tuple[str, ...]:
    """What a person may name beside what was read."""
    return nameable(project) if question.parted and question.missable else ()


async def _form(request: Request) -> Mapping[str, str]:
    """What a form of this site sent. A page elsewhere could send one, too: its browser says so, and is refused."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    here = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if (site != "same-origin") if site else not here:
        raise HTTPException(403, "This was sent by another site; judge on the page itself.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, "This form is too long; go back and judge again.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


Form = Annotated[Mapping[str, str], Depends(_form)]


def _back(form: Mapping[str, str], by: str, *, last: str = "") -> Response:
    at = form.get("at", "")
    asked = {
        "of": form.get("of", FIRST),
        "at": at if at.isdecimal() else "0",
        "by": by,
        "last": last,
    }
    return RedirectResponse(
        f"/accuracy?{urlencode({name: value for name, value in asked.items() if value})}", status_code=303
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What was said last, beside what had been read."""

    item: AnnotatedPost
    judgement: Judgement
    read: Drawn | Reading

    @property
    def agrees(self) -> bool:
        return self.judgement.agrees(self.read.all())


def _last(site: Site, known: Judged, post: str) -> Told | None:
    item, judgement, read = (
        next(iter(site.store.get([post])), None),
        known.judged.get(post),
        known.reading(post),
    )
    return Told(item, judgement, read) if item and judgement and read else None


def _lesson(known: Judged) -> dict[str, int]:
    """How far the project is from learning rules: `corrections` of `wanted`, `held_back` judgements likewise."""
    return {
        "corrections": sum(
            read is not None and not one.agrees(read.all())
            for post, one in known.judged.items()
            for read in [known.reading(post)]
        ),
        "wanted": NEEDED_CORRECTIONS,
        "held_back": sum(map(held_back, known.judged)),
        "held_back_wanted": NEEDED_HELD_BACK,
    }
