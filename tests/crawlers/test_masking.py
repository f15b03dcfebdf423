"""A recorded page names nobody, in whichever way it wrote a name, and still reads as it did."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.models import Author, Kind, Post
from core.pseudonyms import Pseudonyms
from crawlers.workbench.masking import People

NAMES = Pseudonyms(bytes(range(32)))
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def post(name: str = "山上的猫", number: str = "9900000002", text: str = "好") -> Post:
    author = Author(id=f"weibo:{number}", name=name)
    return Post(id="weibo:1", platform="weibo", kind=Kind.POST, text=text, author=author, published_at=AT)


@pytest.fixture
def people() -> People:
    return People(NAMES)


@pytest.mark.parametrize(
    "page",
    [
        "<a>山上的猫</a> 说",
        '{"screen_name": "\\u5c71\\u4e0a\\u7684\\u732b"}',
        '{"screen_name": "\\u5C71\\u4E0A\\u7684\\u732B"}',
        "https://s.example/?un=%E5%B1%B1%E4%B8%8A%E7%9A%84%E7%8C%AB",
        "https://s.example/?un=%e5%b1%b1%e4%b8%8a%e7%9a%84%e7%8c%ab",
        "https://s.example/?un=%C9%BD%C9%CF%B5%C4%C3%A8",
        "containerid=1076039900000002&x",
        '{"id": 9900000002, "idstr": "9900000002"}',
        '<a href="/u/9900000002?x">x</a>',
    ],
)
def test_a_name_is_replaced_however_it_is_written(people: People, page: str) -> None:
    people.meet([post()])
    masked = people.masked(page)
    assert masked != page
    assert people.left(masked) == []
    put = people.masked("9900000002")
    assert len(put) == 10
    assert put.isdecimal()


def test_one_person_is_one_person_in_page_and_text(people: People) -> None:
    people.meet([post(text="转发//@海边的狗:说得对")])
    assert people.masked("海边的狗 @海边的狗") == f"{NAMES.name('海边的狗')} @{NAMES.name('海边的狗')}"


def test_people_whom_no_reader_reads_are_met_on_the_page(people: People) -> None:
    page = '<a href="space-uid-12.html" c="1">海边的狗</a> <i>12</i> <a href="space-uid-13.html">别人</a> 共 13 帖'
    people.meet_page(page)
    masked = people.masked(page)
    assert "海边的狗" not in masked
    assert "uid-12." not in masked
    assert "<i>12</i>" in masked  # a short number means nobody by itself
    assert "共 13 帖" in masked


def test_people_in_json_are_met_by_their_keys(people: People) -> None:
    page = '{"list": [{"uid": 12, "nick": "海边的狗", "title": "题"}, {"user_id": "345678", "floor": 12}]}'
    people.meet_page(page)
    masked = people.masked(page)
    for secret in ("海边的狗", '"uid": 12,', "345678"):
        assert secret not in masked
    assert '"floor": 12' in masked


def test_short_ids_never_become_one_another(people: People) -> None:
    page = " ".join(f'<a href="space-uid-{number}.html">会员{number}号</a>' for number in range(1000, 1100))
    people.meet_page(page)
    masked = people.masked(page)
    assert len(set(masked.split("space-uid-")[1:])) == 100
    assert len(set(people.ids.values())) == 100
    assert set(people.ids.values()).isdisjoint(people.ids)


def test_a_name_of_common_letters_spares_the_page(people: People) -> None:
    people.meet([post(name="p", number="7"), post(name="div", number="8")])
    page = '<div class="p"><p>好</p><b>p</b></div>'
    assert "<p>好</p>" in people.masked(page)


def test_phones_and_addresses_are_masked_but_numbers_of_json(people: People) -> None:
    masked = people.masked('{"text": "打 13812345678，或 a@b.example", "tid": 13812345678}')
    assert '"tid": 13812345678' in masked
    assert masked.count("13812345678") == 1
    assert "a@b.example" not in masked
