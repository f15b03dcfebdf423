"""What pages that are no sound HTML or XML would break: attributes, and references to characters there are not."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from parsel import Selector, SelectorList

_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]{1,8}|[0-9]{1,10});")


def attribute(element: Selector | SelectorList[Any], name: str) -> str:
    """The value of an attribute, of the first element of a list; "" where there is none.

    Unlike `Selector.attrib` it does not fail where another attribute of the element has a name that no XML
    allows, as torn quotes bring about.
    """
    first = element if isinstance(element, Selector) else element[0] if element else None
    value = first.root.get(name) if first is not None and hasattr(first.root, "get") else None
    return str(value) if value is not None else ""


def drop_namespaces(document: Selector) -> None:
    """Call elements by their local names; one whose name was torn keeps it."""
    for element in document.root.iter("{*}*"):
        if element.tag.startswith("{"):
            with suppress(ValueError):
                element.tag = element.tag.rpartition("}")[2]


def without_wrong_references(xml: str) -> str:
    """XML in which references to what no document may hold, half a character for one, are U+FFFD."""
    return _REFERENCE.sub(lambda found: found[0] if _is_character(found[1]) else "\ufffd", xml)


def _is_character(number: str) -> bool:
    """Whether ``x4E2D`` or ``20013`` names a character of XML."""
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return (
        code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )
