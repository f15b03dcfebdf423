"""What is told of a story is really in the data."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from core.models import Kind, Post
from replica.world.model import Label, Story, World


def by_id(world: World) -> dict[str, Post]:
    return {post.id: post for post in world.posts}


def below(world: World, root_id: str) -> list[Post]:
    return [post for post in world.posts if post.kind is Kind.REPOST and post.root_id == root_id]


def branches(world: World, root_id: str) -> Counter[str]:
    """Author id -> reposts below their own post or repost in that cascade."""
    found: Counter[str] = Counter()
    for post in below(world, root_id):
        if post.author and post.author.id:
            found[post.author.id] += post.engagement.reposts or 0
    return found


def labels(world: World, first: datetime, last: datetime, brand: str) -> list[Label]:
    posts = by_id(world)
    return [
        label
        for post_id, label in world.truth.items()
        if label.brand == brand
        and label.voice == "organic"
        and label.sentiment
        and first <= (posts[post_id].published_at or first) < last
    ]


def negative_share(found: list[Label]) -> float:
    assert len(found) >= 10
    return sum(label.sentiment == "negative" for label in found) / len(found)


@pytest.mark.parametrize("name", ["flaw", "launch", "place", "meme", "pricecut", "candidates"])
def test_its_ids_and_people_exist(world: World, name: str) -> None:
    story = world.story(name)
    posts = by_id(world)
    assert story.root_ids
    assert all(post_id in posts for post_id in (*story.root_ids, *story.post_ids))
    people = (*story.key_spreaders, *story.true_kols, *story.false_kols, *story.water_army)
    assert all(author_id in world.accounts for author_id in people)
    assert all(text.zh and text.en for text in (story.title, story.what, story.ask))
    sizes = [posts[root].engagement.reposts or 0 for root in story.root_ids]
    assert sizes == sorted(sizes, reverse=True)


def test_an_unknown_story_names_the_known(world: World) -> None:
    with pytest.raises(KeyError, match="candidates"):
        world.story("nothing")


def test_flaw_begins_on_the_forum_and_breaks_out_by_the_bridge(world: World) -> None:
    story, posts = world.story("flaw"), by_id(world)
    root = posts[story.root_ids[0]]
    first = next(posts[post] for post in story.post_ids if posts[post].kind is Kind.THREAD)
    assert story.began_at == first.published_at
    assert first.platform == "discuz"
    assert root.published_at
    assert first.published_at
    assert root.published_at - first.published_at > timedelta(days=4)
    assert root.author
    assert (root.author.followers or 0) < 1000
    bridge = world.accounts[story.key_spreaders[0]].author
    assert 20_000 < (bridge.followers or 0) < 100_000
    led = branches(world, root.id)
    assert [author for author, _ in led.most_common(1)] == [bridge.id]
    assert led[bridge.id or ""] > 0.5 * (root.engagement.reposts or 0)
    assert story.broke_out_at
    before = [p for p in below(world, root.id) if p.published_at and p.published_at < story.broke_out_at]
    assert len(before) < 12


def test_flaw_the_maker_answers_late_and_recovers_in_part(world: World) -> None:
    story, posts = world.story("flaw"), by_id(world)
    assert story.began_at
    assert story.broke_out_at
    answers = [
        posts[root]
        for root in story.root_ids
        if (a := posts[root].author) and a.name in ("澜石汽车", "澜石用户服务")
    ]
    statement, letter = sorted(answers, key=lambda post: str(post.published_at))
    assert statement.published_at
    assert letter.published_at
    assert statement.published_at - story.broke_out_at > timedelta(days=3)
    before = negative_share(labels(world, story.began_at - timedelta(days=30), story.began_at, "lanstone"))
    during = negative_share(labels(world, story.broke_out_at, letter.published_at, "lanstone"))
    after = negative_share(labels(world, letter.published_at + timedelta(days=2), world.now, "lanstone"))
    assert during > before + 0.2
    assert after < during - 0.2
    assert after > 0.1


def test_launch_the_army_acts_as_one_and_moves_nobody(world: World) -> None:
    story, posts = world.story("launch"), by_id(world)
    army = set(story.water_army)
    assert len(army) >= 40
    assert all((world.accounts[member].author.followers or 0) < 50 for member in army)
    written = [post for post in world.posts if post.author and post.author.id in army]
    reposts = [post for post in written if post.kind is Kind.REPOST]
    assert all(post.parent_id == post.root_id for post in reposts)
    assert sum(post.engagement.reposts or 0 for post in written) == 0
    quick = [
        post
        for post in written
        if post.published_at
        and (root := posts[post.root_id or ""]).published_at
        and post.published_at - root.published_at < timedelta(minutes=20)
    ]
    assert len(quick) / len(written) > 0.95
    stems = {post.text[:8] for post in reposts}  # they differ in the tail alone
    assert len(stems) < len(reposts) / 4


def test_launch_the_small_voices_move_others_and_the_big_do_not(world: World) -> None:
    story, posts = world.story("launch"), by_id(world)
    second: Counter[str] = Counter()
    for post in world.posts:
        if post.kind is Kind.REPOST and post.parent_id != post.root_id:
            second[posts[post.root_id or ""].author.id or ""] += 1  # type: ignore[union-attr]
    true = [second[author] for author in story.true_kols]
    false = [second[author] for author in story.false_kols]
    assert min(true) > 20
    assert max(false) < 8
    followers = [
        world.accounts[author].author.followers or 0 for author in (*story.true_kols, *story.false_kols)
    ]
    assert max(followers[: len(true)]) < min(followers[len(true) :])


def test_place_is_not_about_the_brand(world: World) -> None:
    story, posts = world.story("place"), by_id(world)
    named = [posts[post] for post in story.post_ids if "澜石" in posts[post].text]
    assert len(named) > 50
    assert all(world.truth[post.id].brand is None for post in named if post.id in world.truth)
    assert story.brand is None


def test_meme_is_play(world: World) -> None:
    story, posts = world.story("meme"), by_id(world)
    lines = [posts[post] for post in (*story.post_ids, *story.root_ids)]
    assert sum("黑屏" in post.text for post in lines) / len(lines) > 0.8
    assert sum("S7" in post.text for post in lines) / len(lines) < 0.25
    assert all(world.truth[post.id].brand is None for post in lines)


def test_pricecut_owners_rage_and_buyers_rejoice(world: World) -> None:
    story = world.story("pricecut")
    assert story.began_at
    assert story.ended_at
    found = labels(world, story.began_at, story.ended_at, "beiyao")
    judged = Counter(polarity for label in found for aspect, polarity in label.aspects if aspect == "价格")
    assert judged["negative"] > 15
    assert judged["positive"] > 15
    week_before = labels(world, story.began_at - timedelta(days=7), story.began_at, "beiyao")
    assert len(found) > 4 * max(1, len(week_before))


def test_candidates_bridges_are_passed_on_and_bought_followers_are_not(world: World) -> None:
    story, posts = world.story("candidates"), by_id(world)
    caused: Counter[str] = Counter()
    for root in story.root_ids:
        caused[posts[root].author.id or ""] += posts[root].engagement.reposts or 0  # type: ignore[union-attr]
    false = story.false_kols[0]
    assert all(caused[author] > 100 for author in story.true_kols)
    assert caused[false] < 60
    big = world.accounts[false].author.followers or 0
    assert all((world.accounts[author].author.followers or 0) < big / 10 for author in story.true_kols)


def test_story_order_is_the_order_of_telling(world: World) -> None:
    told: list[Story] = world.stories
    assert [story.id for story in told] == ["flaw", "launch", "place", "meme", "pricecut", "candidates"]
