"""The forums and boards of a world: those its stories happen in, and those of other platforms beside them."""

from __future__ import annotations

from replica.world.model import Board, Forum

CAR = "bbs.cheyou.example"
CLUB = "bbs.meizhuang-club.example"
LAB = "forum.meizhuang.example"
TIEBA, V2EX, DOUBAN, BLOG = "tieba.baidu.com", "www.v2ex.com", "www.douban.com", "chezhi.example"
FORUMS = (
    Forum(
        host=CAR,
        platform="discuz",
        title="车友同行论坛",
        charset="gbk",
        boards=(
            Board(number=2, name="澜石专区", slug="lanstone"),
            Board(number=3, name="北曜专区", slug="beiyao"),
            Board(number=4, name="启岳专区", slug="qiyue"),
            Board(number=7, name="购车咨询", slug="buy"),
            Board(number=9, name="维修技术", slug="fix"),
            Board(number=12, name="灌水闲聊", slug="water"),
        ),
    ),
    Forum(
        host=CLUB,
        platform="discuz",
        title="美妆俱乐部",
        boards=(
            Board(number=2, name="底妆交流", slug="base"),
            Board(number=5, name="护肤求助", slug="skin"),
            Board(number=8, name="梳妆台闲聊", slug="water"),
        ),
    ),
    Forum(
        host=LAB,
        platform="discourse",
        title="美妆实验室",
        boards=(
            Board(number=4, name="测评", slug="review"),
            Board(number=5, name="求助", slug="help"),
            Board(number=6, name="水区", slug="water"),
        ),
    ),
)
ELSEWHERE = (
    Forum(
        host=TIEBA,
        platform="tieba",
        title="百度贴吧",
        boards=(
            Board(number=27_900_001, name="澜石s7", slug="lanstone"),
            Board(number=27_900_002, name="素白护肤", slug="subai"),
        ),
    ),
    Forum(
        host=V2EX,
        platform="v2ex",
        title="V2EX",
        boards=(
            Board(number=790, name="车友", slug="cheyou"),
            Board(number=791, name="护肤", slug="hufu"),
        ),
    ),
    Forum(
        host=DOUBAN,
        platform="douban",
        title="豆瓣小组",
        boards=(
            Board(number=900_101, name="口红不踩雷", slug="kouhong-lab"),
            Board(number=900_102, name="第一次买车", slug="900102"),
        ),
    ),
    Forum(
        host=BLOG,
        platform="wordpress",
        title="车志",
        boards=(Board(number=3, name="试驾", slug="drive"), Board(number=4, name="梳妆台", slug="vanity")),
    ),
)
