"""How well this project's posts are read, and the next post to judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core.models import AnnotatedPost
from index.ingest.correcting import LABELS
from index.ingest.judgements import Drawn, Judgement, Judgements, Reading
from mining.learning import NEEDED_CORRECTIONS, NEEDED_HELD_BACK, held_back
from mining.sampling import draw_sample
from web.site import Site

SAMPLE = 100  # posts of a draw
SEED = 1
_MOST_BYTES = 1 << 16  # of a form
_NAME = 60  # characters


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    file = site.judgements

    @routes.get("/accuracy", response_class=HTMLResponse)
    def page(request: Request, at: int = 0, by: str = "", last: str = "", post: str = "") -> HTMLResponse:
        """A post to judge: `post` where it is named, judged before or not, else the one waiting at a place."""
        known = file.now()
        waiting = known.open()
        place = min(max(at, 0), max(len(waiting) - 1, 0))
        chosen = [post] if post in known.drawn else waiting[place : place + 1]
        return site.render(
            request,
            "accuracy.html",
            report=site.own_accuracy(),
            post=next(iter(site.store.get(chosen)), None),
            said=known.judged.get(post),
            last=_last(site, known, last),
            lesson=_lesson(known),
            at=place,
            left=len(waiting),
            by=by[:_NAME],
            labels=tuple(LABELS),
        )

    @routes.post("/accuracy/judge")
    def judge(form: Form) -> Response:
        post, label, by = form.get("post", ""), form.get("label", ""), form.get("by", "").strip()[:_NAME]
        if post not in file.now().drawn or label not in LABELS:
            raise HTTPException(
                400, "This is no post of the sample, or no sentiment; go back and judge again."
            )
        aspects = {
            name.removeprefix("aspect:"): side
            for name, side in form.items()
            if name.startswith("aspect:") and side in LABELS
        }
        file.append([Judgement(post, label, by or "web", datetime.now(UTC), aspects)])
        return _back(form, by, last=post)

    @routes.post("/accuracy/draw")
    def draw(form: Form) -> Response:
        drawn = draw_sample(
            site.store, site.project, SAMPLE, seed=SEED, at=datetime.now(UTC), known=file.now().drawn
        )
        if drawn:
            file.append(drawn)
        return _back(form, form.get("by", "")[:_NAME])

    return routes


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
    asked = {"at": at if at.isdecimal() else "0", "by": by, "last": last}
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
        return self.judgement.label == self.read.said


def _last(site: Site, known: Judgements, post: str) -> Told | None:
    item, judgement, read = (
        next(iter(site.store.get([post])), None),
        known.judged.get(post),
        known.reading(post),
    )
    return Told(item, judgement, read) if item and judgement and read else None


def _lesson(known: Judgements) -> dict[str, int]:
    """How far the project is from learning rules: `corrections` of `wanted`, `held_back` judgements likewise."""
    return {
        "corrections": sum(
            read is not None and read.said != one.label
            for post, one in known.judged.items()
            for read in [known.reading(post)]
        ),
        "wanted": NEEDED_CORRECTIONS,
        "held_back": sum(map(held_back, known.judged)),
        "held_back_wanted": NEEDED_HELD_BACK,
    }
