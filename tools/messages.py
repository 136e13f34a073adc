"""Keeps the catalogues in fieldsvc/translations true to the words in the code.

Decides which messages there are (those in Python, templates and the phone app, and no others) and where proposals come
from: Traditional Chinese is proposed from Simplified with OpenCC and marked as such until a person has looked at it;
English shows itself. Translating is people's work: they give it with `take`, or write it into the .po.

    python -m tools.messages extract            list the messages in the code
    python -m tools.messages update             bring the .po files up to date with the code
    python -m tools.messages take FILE.json…    and fill in these Simplified Chinese texts
    python -m tools.messages check              fail on anything missing, unused or inconsistent
"""

import fcntl
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po
from opencc import OpenCC

from fieldsvc import messages
from tools import javascript_messages

ROOT = Path(__file__).resolve().parent.parent
PROPOSED = "proposed"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
SOURCES = (("python", "fieldsvc", "*.py"), ("jinja2", "templates", "*.html"), ("javascript", "static", "*.js"))
JINJA = {"extensions": "jinja2.ext.do,jinja2.ext.loopcontrols", "silent": "false", "trimmed": "true"}

Given = dict[str, str | list[str]]
Text = str | tuple[str, ...]


@dataclass
class Found:
    """A message in the code: its plural text if it has one, and the files that show it."""

    plural: str | None = None
    files: set[str] = field(default_factory=set)


def extract(root: Path = ROOT) -> dict[str, Found]:
    """Find every message in the code below `root`, by its English text."""
    found: dict[str, Found] = {}
    for method, folder, pattern in SOURCES:
        for path in sorted((root / folder).rglob(pattern)):
            if {"vendor", "bundle"} & set(path.parts):
                continue
            for singular, plural in _messages_in(path, method):
                message = found.setdefault(singular, Found())
                message.plural = message.plural or plural
                message.files.add(path.relative_to(root).as_posix())
    return found


def _messages_in(path: Path, method: str) -> Iterator[tuple[str, str | None]]:
    if method == "javascript":
        try:
            for call in javascript_messages.calls(path.read_text(encoding="utf-8")):
                yield call.singular, call.plural
        except javascript_messages.NotLiteral as problem:
            raise SystemExit(f"{path}: {problem}") from problem
        return
    keywords = {"_": None, "gettext": None, "lazy_gettext": None, "_l": None, "ngettext": (1, 2)}
    for _, text, _, _ in extract_from_file(
        method, path, keywords=keywords, options=JINJA if method == "jinja2" else {}
    ):
        yield (text, None) if isinstance(text, str) else (text[0], text[1])


def updated(locale: str, found: dict[str, Found], given: Given | None = None) -> Catalog:
    """Give the catalogue of a language with exactly the messages found, keeping what is translated.

    `given` are Simplified Chinese texts; Traditional Chinese follows them unless a person has set it.
    """
    old = messages.read_catalog(locale) if messages.path_of(locale).exists() else Catalog(messages.LOCALES[locale])
    simplified = updated("zh-Hans", found, given) if locale == "zh-Hant" else None
    new = Catalog(messages.LOCALES[locale])
    for singular, message in found.items():
        text, notes = _kept(old, singular, message.plural, new.num_plurals)
        if locale == "en":
            text = (singular, message.plural) if message.plural else singular
        elif locale == "zh-Hans" and given and singular in given:
            text = _shaped(given[singular], message.plural, new.num_plurals)
        elif simplified is not None and (PROPOSED in notes or not _whole(text)):
            text = _proposal(_text(simplified.get(singular)))
            notes = [PROPOSED] if _whole(text) else []
        identity = (singular, message.plural) if message.plural else singular
        new.add(identity, text, [(name, 0) for name in sorted(message.files)], user_comments=notes)
    return new


def _kept(old: Catalog, singular: str, plural: str | None, forms: int) -> tuple[Text, list[str]]:
    message = old.get(singular)
    if message is None:
        return _shaped("", plural, forms), []
    text = _text(message)
    return _shaped(text if isinstance(text, str) else list(text), plural, forms), list(message.user_comments)


def _text(message: Message | None) -> Text:
    if message is None:
        return ""
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else message.string or ""


def _shaped(text: str | list[str], plural: str | None, forms: int) -> Text:
    """Bring a text into the shape that a message wants: one string, or one for each plural form."""
    texts = [text] if isinstance(text, str) else text
    return tuple((texts * forms)[:forms]) if plural else texts[0]


def _whole(text: Text) -> bool:
    return bool(text) if isinstance(text, str) else all(text)


_simplified_to_taiwan = OpenCC("s2twp")
# What OpenCC takes for the word of another trade: users of computers, clocks, lots drawn in temples.
TRADE = {
    "使用者名稱": "使用者名稱",
    "使用者資訊": "用戶信息",
    "使用者": "用戶",
    "拒籤": "拒簽",
    "錶": "表",
    "列印": "打印",
    "音波表": "聲波表",
    "專案": "項目",
    "物件": "對象",
    "補籤": "補簽",
    "臺賬": "台帳",
    "天后": "天後",
    "恢復后": "恢復後",
    "周（": "週（",
}
_not_of_the_trade = re.compile("|".join(TRADE))


def _proposal(text: Text) -> Text:
    if isinstance(text, str):
        return _not_of_the_trade.sub(lambda found: TRADE[found.group()], str(_simplified_to_taiwan.convert(text)))
    return tuple(str(_proposal(form)) for form in text)


def written(catalog: Catalog, locale: str) -> str:
    """Give a catalogue as the text of its .po file; no dates and no line numbers, so that it changes only by words."""
    plural = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
    headers = {"Project-Id-Version": "fieldsvc", "Language": messages.LOCALES[locale]}
    headers |= {"Content-Type": "text/plain; charset=utf-8", "Plural-Forms": plural}
    body = io.BytesIO()
    write_po(body, catalog, width=0, omit_header=True, sort_output=True, include_lineno=False)
    head = "".join(f'"{name}: {value}\\n"\n' for name, value in headers.items())
    return f'msgid ""\nmsgstr ""\n{head}\n{body.getvalue().decode().strip()}\n'


@contextmanager
def alone() -> Iterator[None]:
    """Let nobody else change the catalogues meanwhile."""
    messages.DIRECTORY.mkdir(parents=True, exist_ok=True)
    folder = os.open(messages.DIRECTORY, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def update(given: Given | None = None) -> None:
    """Rewrite the three catalogues for the code as it is, with these Simplified Chinese texts filled in."""
    with alone():
        found = extract()
        catalogs = {locale: updated(locale, found, given) for locale in messages.LOCALES}
        for locale, catalog in catalogs.items():
            path = messages.path_of(locale)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written(catalog, locale), encoding="utf-8")
    for locale, catalog in catalogs.items():
        bare = [message for message in catalog if message.id and not _whole(_text(message))]
        print(f"{locale}: {len(catalog)} messages, {len(bare)} without a translation")
    if given:
        absent = sorted(set(given) - set(found))
        print(f"given: {len(given)}, of which {len(absent)} are not in the code", *absent[:10], sep="\n  ")


def problems() -> list[str]:
    """Say what keeps the catalogues from being true and whole."""
    found = extract()
    wrong = []
    for locale in messages.LOCALES:
        path = messages.path_of(locale)
        current = path.read_text(encoding="utf-8") if path.exists() else ""
        if current != written(updated(locale, found), locale):
            wrong.append(f"{locale}: not what the code says; run `make messages`")
        wrong += [
            f"{locale}: {fault}: {message.id!r}"
            for message in read_po(io.StringIO(current), locale=messages.LOCALES[locale])
            if message.id and (fault := _fault(message))
        ]
    return wrong


def _fault(message: Message) -> str | None:
    asked = [message.id] if isinstance(message.id, str) else list(message.id)
    text = _text(message)
    if not _whole(text):
        return "not translated"
    allowed = [set(PLACEHOLDER.findall(each)) for each in asked]
    forms = (text,) if isinstance(text, str) else text
    if any(set(PLACEHOLDER.findall(form)) not in allowed for form in forms):
        return "placeholders differ"
    return None


def main(arguments: list[str]) -> int:
    """Run one of the commands above."""
    match arguments:
        case ["extract"]:
            for singular, message in sorted(extract().items()):
                print(json.dumps(singular, ensure_ascii=False), *sorted(message.files))
        case ["update"]:
            update()
        case ["take", *files] if files:
            given: Given = {}
            for name in files:
                given |= json.loads(Path(name).read_text(encoding="utf-8"))
            update(given)
        case ["check"]:
            wrong = problems()
            print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
            return 1 if wrong else 0
        case _:
            sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
