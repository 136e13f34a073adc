"""The quick reader and writer of JSON make and take exactly what the standard library does, and refuse what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from fieldsvc import jsontext, problems, wire
from sync import chain

WHOLE = st.integers(-(2**70), 2**70)
WORDS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(WORDS, VALUES, max_size=5)
ANY_TEXT = st.text()  # also halves of characters, which no UTF-8 can hold


@given(OBJECTS)
def test_the_hashed_bytes_are_those_of_the_reference(value: dict[str, Any]) -> None:
    assert jsontext.canonical(value) == chain.canonical(value)


@given(VALUES)
def test_stored_text_is_that_of_the_standard_library(value: Any) -> None:
    assert jsontext.dumps(value) == json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@given(st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3))
def test_half_a_character_is_refused_by_both(value: dict[str, str]) -> None:
    def outcome(write: Any) -> bytes | None:
        try:
            return bytes(write(value))
        except ValueError:
            return None

    assert outcome(jsontext.canonical) == outcome(chain.canonical)


def received(app: Flask, body: bytes) -> Any:
    with app.test_request_context("/", method="POST", data=body):
        return wire.read_json()


@given(value=VALUES, spread=st.booleans(), escaped=st.booleans())
def test_a_request_is_read_as_the_standard_library_reads_it(value: Any, spread: bool, escaped: bool) -> None:
    body = json.dumps(value, indent=1 if spread else None, ensure_ascii=escaped).encode()
    assert received(Flask("any"), body) == value


@pytest.mark.parametrize("number", ["1.5", "-0.0", "1e5", "1E5", "-12e-3", "123.0", "NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize(
    "place",
    ["%s", "[%s]", '{"a": %s}', '{"a":%s}', "[1,\n %s ,2]", '{"a\\\\":"b\\"","c":[[ %s]]}', '["1.5", true, %s]'],
)
def test_a_number_that_is_not_whole_is_refused_wherever_it_stands(number: str, place: str) -> None:
    with pytest.raises(problems.Invalid) as refused:
        received(Flask("any"), (place % number).encode())
    assert refused.value.code == "not_whole"


@pytest.mark.parametrize(
    "text", ["1.5", "at 12:00:01.123Z", '"1e5', "\\", '\\"1.5', ",1.5", '":1.5', "[1.5]", "9" * 40]
)
def test_words_that_look_like_such_numbers_are_words(text: str) -> None:
    assert received(Flask("any"), json.dumps({"a": [text]}).encode()) == {"a": [text]}


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b'{"a":01}', b"\xff", b"[" * 100_000, b'"\t"', b"nul"])
def test_what_is_no_json_is_named_as_such(body: bytes) -> None:
    with pytest.raises(problems.BadRequest):
        received(Flask("any"), body)
