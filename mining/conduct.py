"""Whose voice posts are by what their accounts do, and by who else publishes the same words: verdicts with reasons.

Only what is sure is said, as a person's post called spam is the worst error: of accounts with ten stored posts or
more that are spammers' with a probability of `SURE`, at the stated base rate; of words of `index.ingest.verdicts.SAYING`
characters or more that `mining.copying.CROWD` accounts published as their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from core.models import AnnotatedPost, Voice
from core.project import EMPTY, Project
from index.ingest.verdicts import Verdict, Verdicts
from index.query import Equals, Query, parse
from index.query.fields import name_key
from index.store import Sort, Store
from mining.copying import Copying, voice_of_text
from nlp.accounts import AccountReading, Accounts
from nlp.habits import LATEST, LEAST, habits

SURE = 0.9
_ORGANISATIONS = range(1, 9)  # verified types: what such an account is says more than its habits


def verdicts(
    store: Store, *, until: datetime, project: Project = EMPTY, spam_rate: float | None = None
) -> Verdicts:
    """What the posts of a store up to `until` show of its accounts and of words that many publish.

    Takes memory with the different texts. `spam_rate`: the share of spammers among accounts, None for the stated one.
    """
    copying, posts = Copying(), Counter[str]()
    for row in store.scan(parse("", project, now=until).within(None, until)):
        copying.add(row)
        author = row.post.author
        if author and author.id and '"' not in author.id and author.verified_type not in _ORGANISATIONS:
            posts[author.id] += 1
    accounts, found = Accounts(rate=spam_rate), {}
    for account in sorted(key for key, count in posts.items() if count >= LEAST):
        mine = Query(f'author:"{account}"', Equals("author", name_key(account))).within(None, until)
        items = store.search(mine, sort=Sort.NEWEST, limit=LATEST).items
        verdict = verdict_on(items, accounts.read(habits(items)))
        if verdict is not None:
            found[account] = verdict
    return Verdicts(found, _of_words(copying))


def verdict_on(items: Sequence[AnnotatedPost], reading: AccountReading) -> Verdict | None:
    """What an account's posts are where its habits are surely a spammer's: adverts where half of them read so,
    else spam; None where half read as a fan's or as reports, which repeat themselves, too."""
    if reading.spam < SURE:
        return None
    voice, most = Counter(map(voice_of_text, items)).most_common(1)[0]
    voice = voice if 2 * most >= len(items) else Voice.ORGANIC
    if voice in (Voice.FAN, Voice.MEDIA):
        return None
    because = (f"habits:{reading.spam:.2f}", *(f"habit:{name}:{value:.4g}" for name, value in reading.habits))
    return Verdict(Voice.MARKETING if voice is Voice.MARKETING else Voice.SPAM, because)


def _of_words(copying: Copying) -> dict[str, Verdict]:
    return {
        key: Verdict(voice, (f"copies:{voice.value}:{accounts}",))
        for voice, accounts, keys in copying.judged()
        if voice in (Voice.SPAM, Voice.MARKETING)
        for key in sorted(keys)
    }
