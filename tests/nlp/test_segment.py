"""Both engines cut alike, and a project's words stay whole."""

from __future__ import annotations

import re
from functools import cache

import pytest

from nlp.segment import Segmenter, words

SAMPLE = """
昨天去店里试驾了那台新款轿车，起步很轻快，可是后排空间真的有点小，坐久了膝盖顶着前排。
这支口红颜色显白，不拔干，就是盖子太松，放包里容易开，客服说可以换一个新的给我。
手机用了三个月，电池一天两充，夏天打游戏烫得像暖手宝，售后让我恢复出厂设置试试。
今年最值得买的东西大概是这台空气炸锅，全家都爱吃炸鸡翅，洗起来也不麻烦。
物流慢得离谱，等了整整九天，箱子都压扁了，里面的瓶子倒是没有破损。
早上地铁挤得要命，旁边的大叔还在外放短视频，心情瞬间不好了，只想回家睡觉。
听说他们下个月要开发布会，网友都在猜价格，我觉得不会低于两千五百元。
宝宝用了没有过敏，奶香味淡淡的，成分表也干净，奶奶都说比之前那个牌子强。
"""
RUNS = re.findall(r"[\u4e00-\u9fff]+", SAMPLE)


NAMES = ("星野纪元", "云雀汽车", "青柚日记", "SK-II", "MiX4Ultra", "ES6")


@cache
def plain(engine: str) -> Segmenter:
    return Segmenter(engine=engine)


@cache
def taught(engine: str) -> Segmenter:
    return Segmenter(NAMES, engine=engine)


@pytest.mark.parametrize("run", RUNS)
def test_both_engines_cut_han_runs_alike(run: str) -> None:
    assert plain("rjieba").cut(run) == plain("jieba").cut(run)


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
@pytest.mark.parametrize("name", NAMES)
def test_a_projects_names_stay_whole(engine: str, name: str) -> None:
    text = f"我刚买的{name}还不错"
    assert name.lower() in taught(engine).words(text)
    assert "".join(taught(engine).words(text)) == "".join(plain(engine).words(text)) == text.lower()


def test_words_leave_out_blanks_urls_and_names_but_keep_emoticons() -> None:
    assert words("好用 [赞] @某人 http://t.cn/abc") == ["好用", "[赞]"]


def test_words_nobody_could_teach_are_ignored() -> None:
    assert Segmenter(["", " ", "a b", "x"]).words("a b") == ["a", "b"]
