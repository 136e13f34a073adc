"""What the papers say, and how dates are said on them.

Reads the three-language texts of wording.yaml once. Decides how a date, an instant and a masked phone number are written in
each language. Holds no rule of the trade. Invariant: every text exists in all three languages, checked when it is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel.dates import format_date

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
BESIDE = ("en", "zh-Hant")
_DATES = {
    "zh-Hans": ("zh_Hans", "y年M月d日（EEEE）"),
    "zh-Hant": ("zh_Hant", "y年M月d日（EEEE）"),
    "en": ("en_GB", "EEEE d MMMM y"),
}
Text = dict[str, str]


@cache
def wording() -> dict[str, Any]:
    """The whole of wording.yaml; raises ValueError naming the first text that lacks a language."""
    texts: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("wording.yaml").read_text(encoding="utf-8"))
    _check(texts, "wording")
    return texts


def paper_languages(company: Mapping[str, Any], customer: Mapping[str, Any]) -> list[str]:
    """Chinese, and beside it the customer's language or else the company's `second_language`: en, zh-Hant or none."""
    wanted = customer.get("language") or company.get("second_language", "en")
    return ["zh-Hans", wanted] if wanted in BESIDE else ["zh-Hans"]


def label(name: str, **values: object) -> Text:
    """One label in all languages, its {places} filled; a value may itself be a text in all languages."""
    return fill(wording()["labels"][name], **values)


def fill(text: Text, **values: object) -> Text:
    """Fill the {places} of a text in each language."""
    return {
        language: text[language].format(
            **{key: value[language] if isinstance(value, dict) else value for key, value in values.items()}
        )
        for language in LANGUAGES
    }


def same(words: object) -> Text:
    """A text that is written alike in every language: a name, a number, what somebody typed."""
    return dict.fromkeys(LANGUAGES, str(words))


def day(value: date | str) -> Text:
    """A date in words: 2026年12月1日（星期二）, Tuesday 1 December 2026."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return {language: format_date(when, pattern, locale=locale) for language, (locale, pattern) in _DATES.items()}


def moment(value: datetime | str, zone: ZoneInfo) -> str:
    """An instant on the company's clock: 2026-11-21 09:12."""
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return when.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def appointment(value: str, zone: ZoneInfo) -> tuple[str, str]:
    """An agreed day or instant as (day, hour on the company's clock): ("2026-12-01", "14:30"); "" where no hour was agreed."""
    if len(value) == len("2026-12-01"):
        return value, ""
    when = datetime.fromisoformat(value).astimezone(zone)
    return when.date().isoformat(), when.strftime("%H:%M")


def masked_phone(number: str) -> str:
    """A phone number whose middle cannot be read: 138****0001; a short one keeps its last two digits."""
    digits = number.strip()
    if len(digits) >= 11:
        return f"{digits[:-8]}****{digits[-4:]}"
    return "*" * max(len(digits) - 2, 0) + digits[-2:]


def _check(node: Any, path: str) -> None:
    if isinstance(node, dict) and "en" in node:
        if set(node) != set(LANGUAGES) or not all(isinstance(text, str) for text in node.values()):
            raise ValueError(f"{path} is not a text in {', '.join(LANGUAGES)}")
    elif isinstance(node, dict):
        for key, child in node.items():
            _check(child, f"{path}.{key}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            _check(child, f"{path}[{number}]")
    else:
        raise ValueError(f"{path} is not a text in {', '.join(LANGUAGES)}")
