"""Behaviour gives stored posts their voice, in every store, and takes it back; a person's word stands above it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import TingfengError
from core.home import Home
from core.models import AnnotatedPost, Voice
from core.project import EMPTY
from core.pseudonyms import load_key
from index.erasure.erasing import erase
from index.erasure.whereabouts import find_posts
from index.ingest.conduct import apply_conduct
from index.ingest.correcting import HUMAN
from index.ingest.ingesting import ingest
from index.ingest.judgements import Drawn, Judgement, append, file_of
from index.ingest.reannotating import reannotate
from index.ingest.verdicts import CONDUCT, SAYING, Verdict, VerdictFile, Verdicts, verdict_file, words_key
from index.query import parse
from index.reference import ReferenceStore
from index.store import Store
from tests.index.ingest.falling import Falling
from tests.index.landed import land
from tests.index.readers import glad, gloomy

SPAM = Verdict(Voice.SPAM, ("habits:0.97", "habit:repeat_share:0.8"))
ADVERT = Verdict(Voice.MARKETING, ("copies:marketing:7",))
AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    load_key(found.key)
    land(found, runs=2, posts=60)
    return found


def everything(store: Store) -> dict[str, AnnotatedPost]:
    return {item.post.id: item for item in store.scan(parse(""))}


def author_of(item: AnnotatedPost) -> str:
    assert item.post.author is not None
    assert item.post.author.id is not None
    return item.post.author.id


def meant(store: Store, verdicts: Verdicts) -> tuple[set[str], set[str]]:
    """The ids of the posts of judged accounts, and of those whose words alone were judged."""
    posts = everything(store)
    of_accounts = {key for key, one in posts.items() if author_of(one) in verdicts.accounts}
    of_words = {key for key, one in posts.items() if words_key(one.post.text) in verdicts.words}
    return of_accounts, of_words - of_accounts


def judged(home: Home, store: Store) -> Verdicts:
    """Verdicts on the account of most posts and on the words of another, kept."""
    posts = everything(store)
    spammer = Counter(map(author_of, posts.values())).most_common(1)[0][0]
    keys = (words_key(one.post.text) for one in posts.values() if author_of(one) != spammer)
    verdicts = Verdicts({spammer: SPAM}, {next(filter(None, keys)): ADVERT})
    VerdictFile(verdict_file(home, EMPTY.id)).keep(verdicts)
    return verdicts


def ids(store: Store, query: str) -> set[str]:
    return {item.post.id for item in store.scan(parse(query))}


def test_stored_posts_get_the_voice_of_behaviour_and_keep_it(home: Home, store: Store) -> None:
    ingest(home, store, workers=0, reader=glad)
    verdicts = judged(home, store)
    of_account, of_words = meant(store, verdicts)
    told: list[int] = []
    done = apply_conduct(home, store, batch=25, reader=glad, progress=told.append)
    assert not done.resumed
    assert done.changes.voices == {"organic → spam": len(of_account), "organic → marketing": len(of_words)}
    assert done.changes.posts == told[-1] == len(everything(store))
    item = everything(store)[min(of_account)]
    assert (item.annotation.because, item.annotation.models["voice"]) == (SPAM.because, CONDUCT)
    for first in (2, 3):
        assert (ids(store, "voice:spam"), ids(store, "voice:marketing")) == meant(store, verdicts)
        assert not ids(store, "(voice:spam OR voice:marketing) intent:interest")
        assert apply_conduct(home, store, reader=glad).changes.changed == 0
        land(home, runs=1, posts=60, first=first)  # some are seen again
        ingest(home, store, workers=0, reader=glad)
    reannotate(home, store, workers=0, reader=glad)
    assert (ids(store, "voice:spam"), ids(store, "voice:marketing")) == meant(store, verdicts)


def test_what_behaviour_shows_no_more_is_read_anew(home: Home, store: Store) -> None:
    ingest(home, store, workers=0, reader=glad)
    before = everything(store)
    of_account, of_words = meant(store, judged(home, store))
    apply_conduct(home, store, reader=glad)
    VerdictFile(verdict_file(home, EMPTY.id)).keep(Verdicts())
    done = apply_conduct(home, store, reader=glad)
    assert done.changes.voices == {"spam → organic": len(of_account), "marketing → organic": len(of_words)}
    assert everything(store) == before


def test_a_persons_word_and_what_the_text_shows_stand_above_it(home: Home, store: Store) -> None:
    ingest(home, store, workers=0, reader=glad)
    of_account, _ = meant(store, judged(home, store))
    right = min(of_account)
    entries: list[Drawn | Judgement] = [
        Drawn("d1", 0, right, "weibo", "spam", None, "linear-1", of="voice"),
        Judgement(right, "organic", "ann", AT, of="voice"),
    ]
    append(file_of(home, EMPTY.id), entries)
    ingest(home, store, workers=0, reader=glad)
    for _ in range(2):
        apply_conduct(home, store, reader=glad)
        assert ids(store, "voice:spam") == of_account - {right}
        assert everything(store)[right].annotation.models["voice"] == HUMAN
        reannotate(home, store, workers=0, reader=glad)
    reannotate(home, store, workers=0, reader=gloomy)  # reads all of them as a fan's
    assert apply_conduct(home, store, reader=gloomy).changes.changed == 0
    assert not ids(store, "voice:spam OR voice:marketing")


@pytest.mark.parametrize("after", [False, True], ids=["before a write", "behind a write"])
def test_wherever_it_falls_the_counts_are_whole(home: Home, after: bool) -> None:
    store = Falling()
    ingest(home, store, workers=0, reader=glad)
    of_account, of_words = meant(store, judged(home, store))
    store.left, store.after = 2, after
    with pytest.raises(OSError, match="power"):
        apply_conduct(home, store, batch=5, reader=glad)
    store.left = None
    done = apply_conduct(home, store, batch=5, reader=glad)
    assert done.resumed
    assert done.changes.voices == {"organic → spam": len(of_account), "organic → marketing": len(of_words)}
    assert done.changes.posts == len(everything(store))
    assert not home.conducting.exists()


def test_an_erased_account_leaves_the_verdicts(home: Home) -> None:
    store = ReferenceStore()
    ingest(home, store, workers=0, reader=glad)
    verdicts = judged(home, store)
    of_account, _ = meant(store, verdicts)
    file = VerdictFile(verdict_file(home, EMPTY.id))
    file.forget(lambda account: account not in verdicts.accounts)
    assert file.now() == verdicts
    file.forget(verdicts.accounts.__contains__)
    assert file.now() == Verdicts({}, verdicts.words)
    erase(home, store, EMPTY, find_posts(home, store, sorted(of_account)), at=AT, reader=glad)
    assert not of_account & everything(store).keys()


def test_a_spoiled_file_is_one_clear_line(home: Home) -> None:
    path = verdict_file(home, EMPTY.id)
    path.parent.mkdir()
    path.write_text("{")
    with pytest.raises(TingfengError, match="tingfeng voices"):
        ingest(home, ReferenceStore(), workers=0, reader=glad)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("今天开心" * 5, "今天 开心\n" * 5, True),
        ("今天开心" * 5, "今天开心" * 5 + "//@甲:另一段话", True),
        ("今天开心" * 5, "今天开心" * 6, False),
    ],
)
def test_equal_words_have_one_key(one: str, other: str, same: bool) -> None:
    assert (words_key(one) == words_key(other)) is same
    assert words_key("好" * (SAYING - 1)) is None
