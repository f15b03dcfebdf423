"""What is asked of all stores, kind by kind, and within how many milliseconds ours should answer."""

from __future__ import annotations

from benchmarks.plain_stores import Asked


def words(*asked: str) -> list[Asked]:
    return [Asked(word, ((word,),)) for word in asked]


BROAD = words("的", "是", "了")
QUESTIONS: dict[str, tuple[str, list[Asked]]] = {
    "term": ("page", words("隔音", "异响", "油耗", "性价比", "口罩", "微博", "售卖机")),
    "phrase": ("page", words("转发微博", "发动机声音", "新冠肺炎", "后备箱空间", "售后服务", "性价比很高")),
    "boolean": (
        "page",
        [
            Asked("口罩 价格", (("口罩",), ("价格",))),
            Asked("油耗 NOT 高速", (("油耗",),), ("高速",)),
            Asked("(异响 OR 抖动) 变速箱", (("异响", "抖动"), ("变速箱",))),
            Asked("(屏幕 OR 电池) NOT 好", (("屏幕", "电池"),), ("好",)),
            Asked("疫情 (武汉 OR 湖北) NOT 转发", (("疫情",), ("武汉", "湖北")), ("转发",)),
        ],
    ),
    "NEAR": (
        "page",
        [
            Asked(f"{first} NEAR/{between} {second}", near=(first, second, between))
            for first, second, between in (
                ("油耗", "高", 5),
                ("空间", "大", 3),
                ("隔音", "差", 4),
                ("房间", "干净", 6),
                ("口罩", "价格", 5),
            )
        ],
    ),
    "NEAR, both common": (
        "page",
        [Asked("的 NEAR/3 是", near=("的", "是", 3)), Asked("了 NEAR/2 不", near=("了", "不", 2))],
    ),
    "newest 20, facets": ("facets", words("空间", "口罩", "微博", "质量", "隔音")),
    "one character": ("page", words("卡", "贵", "香", "闪", "差")),
    "prefix": (
        "page",
        [Asked(f"{start}*", start=start) for start in ("发动", "性价", "变速", "口罩", "售后")],
    ),
    "day x sentiment, broad": ("days", BROAD),
    "day x sentiment, w:": ("days", [Asked(f"w:{asked.query}", asked.every) for asked in BROAD]),
    "most engaged, broad": ("engaged", BROAD),
    "relevance, broad": ("relevant", BROAD),
}
GOALS = {
    **dict.fromkeys(("term", "phrase", "boolean", "NEAR", "newest 20, facets"), 10.0),
    "day x sentiment, broad": 20.0,
    "most engaged, broad": 50.0,
    "relevance, broad": 50.0,
}
