"""Why somebody is on the KOL list, said from the numbers, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.models import Finding
from mining.dossier import Dossier
from mining.tiers import tier_of

_DOUBT = 0.85  # authenticity below which the list says so
_SPAM = 0.5  # probability of a spammer from which it does: likelier than not


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason in both languages, with the finding it rests on and the posts that show it."""

    zh: str
    en: str
    finding: Finding
    evidence: tuple[str, ...]


def reasons(dossier: Dossier) -> tuple[Reason, ...]:
    """The reasons that hold, strongest kind first; none is given for a number that is unknown."""
    found = [reason for say in _KINDS for reason in say(dossier)]
    return tuple(found)


def _reason(finding: Finding, zh: str, en: str, evidence: Sequence[str] | None = None) -> Reason:
    shown = finding.evidence if evidence is None else tuple(evidence)
    return Reason(zh=zh, en=en, finding=finding, evidence=shown)


def _caused(dossier: Dossier) -> Iterator[Reason]:
    finding, person = dossier.findings["branch"], dossier.person
    zh, en = _words(dossier)
    if finding.value:
        people = len(person.engagers)
        yield _reason(
            finding,
            f"带动 {finding.value:,} 条{zh}，其中直接 {person.direct:,} 条，参与互动 {people:,} 人",
            f"caused {finding.value:,} {en}, {person.direct:,} of them direct; {people:,} people reacted",
        )
    best = dossier.owns[0] if dossier.owns else None
    if best is not None and best.counted[0] > best.branch and best.post is not None:
        yield _reason(
            dossier.findings["reposts_caused"],
            f"站内显示其一帖被转发 {best.counted[0]:,} 次，已收集 {best.branch:,} 次",
            f"the site counts {best.counted[0]:,} reposts of one post; {best.branch:,} were collected",
            [best.id],
        )


def _words(dossier: Dossier) -> tuple[str, str]:
    return ("回复", "answers") if dossier.answered else ("转发", "reposts")


def _bridge(dossier: Dossier) -> Iterator[Reason]:
    """Someone who passes on rather than starts; in threads everybody answers somebody."""
    if dossier.answered:
        return
    passed = [
        own for own in dossier.owns if own.branch and (own.post is None or own.post.root_id is not None)
    ]
    further = sum(own.branch for own in passed)
    if further and 2 * further > sum(own.branch for own in dossier.owns):
        shown = [own.id for own in passed if own.post] + [post for own in passed for post in own.reached]
        yield _reason(
            dossier.findings["direct"],
            f"是传播中的桥：{len(passed):,} 次转手，又带出 {further:,} 条转发",
            f"a bridge: passed on {len(passed):,} times, which brought {further:,} further reposts",
            list(dict.fromkeys(shown))[:20],
        )


def _steady(dossier: Dossier) -> Iterator[Reason]:
    finding = dossier.findings["h_index"]
    zh, en = _words(dossier)
    if finding.value is not None and finding.value >= 2:
        yield _reason(
            finding,
            f"影响稳定：有 {finding.value} 条帖子各带动不少于 {finding.value} 条{zh}（h 指数）",
            f"steady: {finding.value} posts caused {finding.value} {en} or more each (h-index)",
        )


def _rank(dossier: Dossier) -> Iterator[Reason]:
    standing, finding = dossier.standing, dossier.findings["pagerank"]
    if finding.value is not None and 10 * standing.pagerank_place <= standing.people:
        yield _reason(
            finding,
            f"在 {standing.people:,} 人的转发网络中 PageRank 排第 {standing.pagerank_place:,}",
            f"PageRank number {standing.pagerank_place:,} of {standing.people:,} in the repost network",
        )


def _fit(dossier: Dossier) -> Iterator[Reason]:
    """Not said where every post is on the subject, as with no query at all."""
    finding, history = dossier.findings["fit"], dossier.history
    if finding.value is not None and 0 < finding.value < 1:
        share = f"{finding.value:.0%}"
        yield _reason(
            finding,
            f"契合主题：库中 {history.posts:,} 条帖子里 {history.matching:,} 条与主题相关（{share}）",
            f"fits: {history.matching:,} of their {history.posts:,} stored posts are on the subject ({share})",
        )


def _stance(dossier: Dossier) -> Iterator[Reason]:
    finding, history = dossier.findings["stance"], dossier.history
    if finding.value is not None:
        good, flat, bad = history.positive, history.neutral, history.negative
        yield _reason(
            finding,
            f"说到主题时：正面 {good:,} 条，中性 {flat:,} 条，负面 {bad:,} 条",
            f"when on the subject: {good:,} positive, {flat:,} neutral, {bad:,} negative",
        )


def _active(dossier: Dossier) -> Iterator[Reason]:
    posts, index, weekly = (dossier.findings[name] for name in ("posts", "activity", "posts_a_week"))
    if not posts.value or index.value is None:
        return
    zh, en = f"相关发文 {posts.value:,} 条", f"{posts.value:,} posts on the subject"
    if weekly.value is not None:
        zh, en = f"{zh}，每周约 {weekly.value:.1f} 条", f"{en}, about {weekly.value:.1f} a week"
    yield _reason(index, f"{zh}；BCI {index.value:.0f}", f"{en}; BCI {index.value:.0f}")


def _followed(dossier: Dossier) -> Iterator[Reason]:
    finding = dossier.findings["followers"]
    tier = tier_of(dossier.person.author.followers)
    if finding.value is not None and tier is not None:
        yield _reason(
            finding,
            f"粉丝 {finding.value:,}（{tier.title.zh}）",
            f"{finding.value:,} followers ({tier.title.en})",
        )


def _doubt(dossier: Dossier) -> Iterator[Reason]:
    finding, trust = dossier.findings["authenticity"], dossier.standing.authenticity
    if finding.value is None or finding.value >= _DOUBT:
        return
    zh, en = [], []
    if trust.copies is not None and trust.copies > 0.3:
        zh.append(f"互动文字 {trust.copies:.0%} 雷同")
        en.append(f"{trust.copies:.0%} of engagers' texts are copies")
    if trust.early is not None and trust.early > 0.5:
        zh.append(f"{trust.early:.0%} 的互动在 10 分钟内")
        en.append(f"{trust.early:.0%} of the engagement came within 10 minutes")
    if trust.rate_z is not None and trust.rate_z < -3:
        zh.append(f"互动率比粉丝相近的 {trust.peers:,} 个账号低 {-trust.rate_z:.1f} 个稳健标准差")
        en.append(
            f"engagement rate {-trust.rate_z:.1f} robust deviations below {trust.peers:,} accounts of like size"
        )
    yield _reason(
        finding,
        f"需核实（可信度 {finding.value:.2f}）：" + "，".join(zh),
        f"check ({finding.value:.2f}): " + ", ".join(en),
    )


def _conduct(dossier: Dossier) -> Iterator[Reason]:
    finding, conduct = dossier.findings["spam"], dossier.conduct
    if conduct is None or finding.value is None or finding.value < _SPAM:
        return
    why = conduct.reading.reasons
    yield _reason(
        finding,
        f"需核实：发帖习惯像营销号或水军（{finding.value:.2f}）：" + "，".join(each.zh for each in why),
        f"check: posts like a spammer's account ({finding.value:.2f}): " + "; ".join(each.en for each in why),
    )


_KINDS: tuple[Callable[[Dossier], Iterator[Reason]], ...] = (
    _caused,
    _bridge,
    _steady,
    _rank,
    _fit,
    _stance,
    _active,
    _followed,
    _doubt,
    _conduct,
)
