"""The words on screen, in the languages of an installation.

Decides how a language tag on the wire (`zh-Hans`) names a catalogue (`zh_Hans`), and reads catalogues: the .po
files are the only form there is, compiled in memory when first asked for. Which language a request gets is the
caller's to say; the texts of the trade (check points, hazards) are not here but in the catalogue of checks.
Invariant: an untranslated message is shown in English, never an error. Why: docs/adr/0005-po-files-read-at-start.md.
"""

import io
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import flask_babel
from babel.dates import format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask

LOCALES: dict[str, str] = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant", "en": "en"}
DEFAULT_LOCALE = "zh-Hans"
DIRECTORY = Path(__file__).resolve().parent / "translations"
PHONE_APP = "static/app/"


def path_of(locale: str) -> Path:
    """Give the .po file of a language tag (`zh-Hans`)."""
    return DIRECTORY / LOCALES[locale] / "LC_MESSAGES" / "messages.po"


def read_catalog(locale: str) -> Catalog:
    """Read the .po file of a language tag; a mistake in it is an error here, not on a page."""
    with path_of(locale).open("rb") as file:
        return read_po(file, locale=LOCALES[locale], abort_invalid=True)


@lru_cache
def translations(locale: str) -> Translations:
    """Give the translations of a language tag, compiled once in memory."""
    compiled = io.BytesIO()
    write_mo(compiled, read_catalog(locale))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache
def app_messages(locale: str) -> dict[str, Any]:
    """Give what the phone app shows, as `/app/messages/{locale}.json` serves it.

    `{"locale", "plural", "messages"}`: `plural` is the rule that picks a form from `n`; a message is a text, or a
    list of its plural forms. What is not translated is left out: the app then shows the English text it asked with.
    """
    catalog = read_catalog(locale)
    messages: dict[str, str | list[str]] = {}
    for message in catalog:
        if message.id and any(name.startswith(PHONE_APP) for name, _ in message.locations):
            text = message.string or ""
            key = message.id if isinstance(message.id, str) else message.id[0]
            if text and all(text):
                messages[key] = text if isinstance(text, str) else list(text)
    return {"locale": locale, "plural": catalog.plural_expr.strip("()"), "messages": messages}


def negotiate(accepted: list[str]) -> str:
    """Pick the best of our languages for a browser's list, best first: `zh-TW` → `zh-Hant`, `en-GB` → `en`."""
    for tag in (tag.lower().replace("_", "-") for tag in accepted):
        if tag.startswith("zh"):
            traditional = any(part in ("hant", "tw", "hk", "mo") for part in tag.split("-")[1:])
            return "zh-Hant" if traditional and "hans" not in tag else "zh-Hans"
        if tag.split("-")[0] == "en":
            return "en"
    return DEFAULT_LOCALE


def current_locale() -> str:
    """Give the language tag of the moment; pages know it as `get_locale()`."""
    return str(flask_babel.get_locale() or LOCALES[DEFAULT_LOCALE]).replace("_", "-")


@lru_cache(maxsize=4096)
def day_written(skeleton: str, day: date, locale: str) -> str:
    """A day in the words of a language (Babel's name of it), as a skeleton of CLDR asks; a page has hundreds of few days."""
    return str(format_skeleton(skeleton, day, locale=locale))


@lru_cache
def _of_babel(locale: Any) -> NullTranslations:
    """The translations of a locale as Babel names it; a page asks for them at each of its thousand words."""
    return NullTranslations() if locale is None else translations(str(locale).replace("_", "-"))


class _PoDomain(flask_babel.Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    def get_translations(self) -> NullTranslations:
        return _of_babel(flask_babel.get_locale())


class _PoBabel(flask_babel.Babel):  # type: ignore[misc]
    domain_instance = _PoDomain()


def init_messages(app: Flask, select_locale: Callable[[], str | None]) -> None:
    """Let the pages of `app` speak the language that `select_locale` names for the moment (a tag; None: the default)."""
    _PoBabel().init_app(
        app,
        default_locale=LOCALES[DEFAULT_LOCALE],
        locale_selector=lambda: LOCALES.get(select_locale() or DEFAULT_LOCALE, LOCALES[DEFAULT_LOCALE]),
    )
    app.jinja_env.globals["get_locale"] = current_locale
    # A {% trans %} over several lines is one sentence, however the template is indented.
    app.jinja_env.policies["ext.i18n.trimmed"] = True
