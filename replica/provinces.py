"""The provinces as Weibo numbers them in searches."""

from __future__ import annotations

from zlib import crc32

PROVINCES = {
    11: "北京", 12: "天津", 13: "河北", 14: "山西", 15: "内蒙古", 21: "辽宁", 22: "吉林", 23: "黑龙江",
    31: "上海", 32: "江苏", 33: "浙江", 34: "安徽", 35: "福建", 36: "江西", 37: "山东", 41: "河南",
    42: "湖北", 43: "湖南", 44: "广东", 45: "广西", 46: "海南", 50: "重庆", 51: "四川", 52: "贵州",
    53: "云南", 54: "西藏", 61: "陕西", 62: "甘肃", 63: "青海", 64: "宁夏", 65: "新疆", 71: "台湾",
    81: "香港", 82: "澳门", 100: "其他", 400: "海外",
}  # fmt: skip
_CITIES = {"广州": 1, "深圳": 3, "浦东新区": 15, "浦东": 15, "徐汇区": 4, "黄浦区": 1, "海淀区": 8}


def city_number(location: str | None) -> int | None:
    """The number of the city a profile names, within its province; the well-known ones are Weibo's own."""
    _, _, city = (location or "").partition(" ")
    return (_CITIES.get(city) or 1 + crc32(city.encode()) % 9) if city else None
