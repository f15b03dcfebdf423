"""What every page needs: the store, the project, the language, the templates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from core.errors import StoreAway
from core.home import Home
from core.language import translate
from core.models import AnnotatedPost, Finding, Voice
from core.project import Brand, Project, Title
from index.ingest.judgements import BANDS, JudgementFile, Judgements, file_of
from index.ingest.questions import FIRST, QUESTIONS, models_of
from index.store import Spread, Store
from mining.accuracy import AccuracyReport, accuracy_report
from mining.copying import copied_voice
from mining.findings import note_title
from mining.formulas import formula
from nlp.because import titles
from web.language import language_of, name_of, sentence

PERIODS = (7, 30, 90, 365)
_MINUTE = 60.0
_OVERRIDE = "override: "  # how a run's record words it


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The span a page speaks of; `days` None means everything up to `until`."""

    days: int | None
    since: datetime | None
    until: datetime


def period_of(request: Request, default: int = 30) -> Period:
    """``?days=7|30|90|365|0`` up to now; anything else is `default`."""
    raw = request.query_params.get("days", "")
    days = int(raw) if raw.isdigit() and int(raw) in (*PERIODS, 0) else default
    # whole hours let a reload find the answer of a minute ago
    until = (datetime.now(UTC) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return Period(days=days or None, since=until - timedelta(days=days) if days else None, until=until)


@dataclass(slots=True)
class Site:
    """One site over one store; `render` is how every page comes to be."""

    home: Home
    store: Store
    project: Project
    environment: Environment = field(init=False)
    judgements: JudgementFile = field(init=False)
    _against: tuple[float, list[tuple[str, str]]] = field(init=False, default=(float("-inf"), []))
    _accuracy: tuple[Judgements | None, dict[str, AccuracyReport]] = field(init=False, default=(None, {}))

    def __post_init__(self) -> None:
        self.judgements = JudgementFile(file_of(self.home, self.project.id))
        folder = Path(str(files("web").joinpath("templates")))
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals["data"] = data_block

    def own_brand(self) -> Brand | None:
        """The first brand that is no competitor, else the first."""
        brands = self.project.brands
        return next((brand for brand in brands if not brand.competitor), brands[0] if brands else None)

    def own_accuracy(self, question: str = FIRST) -> AccuracyReport:
        """The figures that stand beside the charts of a reading; reckoned anew when somebody judged."""
        known = self.judgements.now()
        if self._accuracy[0] is not known:
            self._accuracy = known, {}
        reports = self._accuracy[1]
        if question not in reports:
            reports[question] = accuracy_report(known, self.project, question)
        return reports[question]

    def voice_reasons(self, item: AnnotatedPost, spread: Spread | None = None) -> list[Title]:
        """Why a post has the voice that is stored, and of one that is no person's how many published it.

        Of a person's post they may be its reposts: what copies make of it, `tingfeng voices` tells.
        """
        found, stored = list(titles(item.annotation.because)), item.annotation.voice
        if spread is not None and stored not in (None, Voice.ORGANIC):
            copied = copied_voice(spread.authors, Counter({stored: spread.posts}))
            found += [copied[1]] if copied and copied[1] not in found else []
        return found

    def against_robots(self) -> list[tuple[str, str]]:
        """Sources with data that was collected against robots.txt, each with the operator's latest reason.

        The store is asked once a minute; while it is away, what it said last holds.
        """
        asked_at, found = self._against
        if monotonic() - asked_at >= _MINUTE:
            with suppress(StoreAway):
                reasons = {
                    run.source: run.robots.removeprefix(_OVERRIDE)
                    for run in reversed(self.store.runs())
                    if run.robots.startswith(_OVERRIDE)
                }
                found = sorted(reasons.items())
            self._against = (monotonic(), found)
        return found

    def render(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page in the reader's language; a chosen language is kept in a cookie."""
        language = language_of(request)
        html = self.environment.get_template(template).render(
            request=request,
            site=self,
            project=self.project,
            language=language,
            t=partial(_sentence, language),
            named=partial(self.named, language=language),
            called=lambda block: name_of("block", block, language),
            number=partial(number, language=language),
            value_of=partial(value_of, language=language),
            formula_of=formula,
            local=self.local,
            told=lambda text: translate(text, language),
            models_of=models_of,
            questions=QUESTIONS,
            unsure=BANDS[0],
            against_robots=self.against_robots(),
            with_query=partial(with_query, request),
            search_url=search_url,
            posts_url=posts_url,
            cascade_url=cascade_url,
            **values,
        )
        response = HTMLResponse(html, status_code=status)
        if request.query_params.get("lang") == language:
            response.set_cookie("lang", language, max_age=31_536_000, samesite="lax", httponly=True)
        return response

    def named(self, group: str, value: str | None, *, language: str) -> str:
        """What people call a code, of an aspect what the project's packs say."""
        if group == "aspect" and value is not None:
            return self.project.aspect_title(value).of(language)
        return name_of(group, value, language)

    def local(self, moment: datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
        """A time in the project's zone; a dash where it is unknown."""
        return moment.astimezone(self.project.zone).strftime(form) if moment else "–"


def _sentence(language: str, key: str, **values: object) -> str:
    return sentence(key, language, **values)


def data_block(name: str, content: object) -> Markup:
    """Data for a script as an inert JSON block; ``<`` is escaped, so that no text can end the block."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    block = Markup('<script type="application/json" id="{}">').format(name)
    return block + Markup(text) + Markup("</script>")  # noqa: S704  the text is escaped above


def number(value: float | int | None, *, language: str, unit: str = "") -> str:
    """A count as people write it: 1.2万 or 12k above ten thousand, two digits behind the point for scores."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value * 100:.1f}%"
    if unit == "ratio":
        return f"{value * 100:+.0f}%"
    if unit == "seconds":
        return _duration(value, language)
    if unit.startswith("rate -1"):
        return f"{value:+.2f}"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.2f}"
    whole = int(value)
    if abs(whole) < 10_000:
        return f"{whole:,}"
    return f"{whole / 10_000:.1f}万" if language == "zh" else f"{whole / 1000:.1f}k"


def _duration(seconds: float, language: str) -> str:
    """Seconds, minutes, hours or days, whichever reads best."""
    for size, zh, en in ((86_400, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size * 1.5:
            return f"{seconds / size:.1f} {zh if language == 'zh' else en}"
    return f"{seconds:.0f} {'秒' if language == 'zh' else 's'}"


def value_of(finding: Finding, *, language: str) -> str:
    """A finding's value with its unit, or why there is none."""
    if finding.value is None:
        title = note_title(finding)
        return title.of(language) if title else "–"
    return number(finding.value, language=language, unit=formula(finding.formula).unit)


def search_url(query: str) -> str:
    return "/search?" + urlencode({"q": query})


def posts_url(ids: tuple[str, ...]) -> str:
    return "/posts?" + urlencode({"ids": ",".join(ids)})


def cascade_url(root_id: str) -> str:
    return "/cascade/" + quote(root_id, safe=":")


def with_query(request: Request, **changes: object) -> str:
    """This page's address with other parameters; None takes one away."""
    current: Mapping[str, str] = dict(request.query_params)
    merged = {**current, **{name: str(value) for name, value in changes.items() if value is not None}}
    for name in (name for name, value in changes.items() if value is None):
        merged.pop(name, None)
    return request.url.path + ("?" + urlencode(merged) if merged else "")
