"""JSON documents are read record by record as the whole would be, however they are cut and whatever is broken."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.imports import documents
from core.imports.documents import loosely_decoded, records_in

LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.text('"\\{}[],:\n\u2028', max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)
RECORDS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=8)


def read(text: str) -> tuple[dict[str, Any], list[Any], list[str]]:
    beside, found = records_in(io.StringIO(text).read)
    records = list(found)
    return (
        beside,
        [loosely_decoded(one.text) for one in records if not one.fault],
        [one.fault or "" for one in records],
    )


@settings(max_examples=40)
@given(
    records=RECORDS,
    indent=st.sampled_from([None, 1, "\t"]),
    ascii_only=st.booleans(),
    chunk=st.integers(1, 9),
)
def test_a_list_is_read_as_the_whole_would_be(
    records: list[Any], indent: int | str | None, ascii_only: bool, chunk: int
) -> None:
    text = json.dumps(records, indent=indent, ensure_ascii=ascii_only)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "_CHUNK", chunk)
        assert read(text)[1] == records


@settings(max_examples=40)
@given(
    records=RECORDS.filter(bool),
    user=st.dictionaries(st.text(max_size=5), LEAVES, max_size=4),
    chunk=st.integers(1, 9),
)
def test_what_stands_beside_a_list_belongs_to_every_record(
    records: list[Any], user: dict[str, Any], chunk: int
) -> None:
    text = json.dumps(
        {"code": 0, "empty": [], "user": user, "list": records, "more": [1]}, ensure_ascii=False
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "_CHUNK", chunk)
        beside, found, _ = read(text)
    assert found == records
    assert beside == {f"user.{name}": value for name, value in user.items()}


@settings(max_examples=40)
@given(records=RECORDS, at=st.integers(1, 400), put=st.text('"\\{}[],:x', max_size=3), gone=st.integers(0, 5))
def test_what_stands_before_a_spoiled_place_is_read(records: list[Any], at: int, put: str, gone: int) -> None:
    text = json.dumps(records, ensure_ascii=False)
    whole = [n for n in range(len(records) + 1) if len(json.dumps(records[:n], ensure_ascii=False)) <= at]
    found = read(text[:at] + put + text[at + gone :])[1]
    assert found[: whole[-1] if whole else 0] == records[: whole[-1] if whole else 0]


def test_lines_are_counted() -> None:
    _, found = records_in(io.StringIO('[\n{"a":\n1},\n\n{"b": "x\\ny"},{"c": 1}\n]').read)
    assert [one.line for one in found] == [2, 5, 5]


def test_a_bracket_that_is_never_closed_costs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_LARGEST", 1000)
    text = '[{"a": 1}, {"b": [' + "1, " * 100_000
    assert read(text)[1:] == ([{"a": 1}], ["", documents._CUT])
