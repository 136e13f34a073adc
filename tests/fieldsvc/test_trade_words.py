"""What is said and what can be chosen at a door speaks of the trade that the visit is of, in every language."""

from __future__ import annotations

import re

import pytest

from fieldsvc.catalog.entries import LANGUAGES, TRADES, Term
from fieldsvc.catalog.load import load

GAS = re.compile(r"燃气|燃氣|停气|停氣|用气|用氣|气源|氣源|安检|安檢|检查|檢查|\bgas\b", re.IGNORECASE)
AT_THE_DOOR = ("talk", "no_access_reasons", "entry_refusal_reasons", "unreadable_reasons", "refusal_reasons")
PURPOSE = "purpose"  # its sentence is that of an inspection; a job says its own (door.js)


def told(term: Term) -> list[str]:
    texts = [term.name, *([term.say] if term.say and term.id != PURPOSE else [])]
    return [text[language] for text in texts for language in LANGUAGES]


def for_trade(name: str, trade: str) -> list[Term]:
    return [one for one in load().terms[name] if not one.trades or trade in one.trades]


@pytest.mark.parametrize("trade", sorted(set(TRADES) - {"gas"}))
@pytest.mark.parametrize("name", ["script", *AT_THE_DOOR])
def test_no_word_of_gas_is_said_at_a_door_of_another_trade(name: str, trade: str) -> None:
    assert [words for term in for_trade(name, trade) for words in told(term) if GAS.search(words)] == []


@pytest.mark.parametrize("trade", sorted(TRADES))
@pytest.mark.parametrize("name", ["script", *AT_THE_DOOR])
def test_every_trade_is_told_something_and_nothing_twice(name: str, trade: str) -> None:
    names = [term.name["en"] for term in for_trade(name, trade)]
    assert names and len(names) == len(set(names))
