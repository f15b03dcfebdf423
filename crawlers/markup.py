"""Attributes of elements in pages that are no sound HTML."""

from __future__ import annotations

from typing import Any

from parsel import Selector, SelectorList


def attribute(element: Selector | SelectorList[Any], name: str) -> str:
    """The value of an attribute, of the first element of a list; "" where there is none.

    Unlike `Selector.attrib` it does not fail where another attribute of the element has a name that no XML
    allows, as torn quotes bring about.
    """
    first = element if isinstance(element, Selector) else element[0] if element else None
    value = first.root.get(name) if first is not None and hasattr(first.root, "get") else None
    return str(value) if value is not None else ""
