"""Finds `_("…")` and `ngettext("…", "…", n)` in JavaScript, also inside nested template literals and as `words._("…")`.

Decides what is code and what is text: strings, comments, regular expressions, and lit-html templates that hold
templates that hold calls. Babel's own reader loses its place in nested templates. The words themselves are taken as
written: a call whose first argument is not a plain string is an error, because nobody could translate it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

SINGULAR = ("_",)
PLURAL = ("ngettext",)

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<number>\d[\w.]*)
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# const { _: say } = words: the words of another language than the page's, by another name.
_ALIAS = re.compile(r"[{,]\s*_\s*:\s*([A-Za-z_$][\w$]*)\s*[,}]")
_REGEX = re.compile(r"/(?![/*])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
# After one of these a slash begins a regular expression; after anything else it divides.
_BEFORE_REGEX = (
    "",
    "(",
    ",",
    "=",
    ":",
    "[",
    "!",
    "&",
    "|",
    "?",
    "{",
    "}",
    ";",
    ">",
    "+",
    "-",
    "*",
    "%",
    "return",
    "typeof",
)


@dataclass(frozen=True)
class Call:
    """One message in the code: its line, its English text, and the plural text if it has one."""

    line: int
    singular: str
    plural: str | None = None


class NotLiteral(ValueError):
    """A message that is not a plain string."""


def calls(source: str) -> Iterator[Call]:
    """Yield the messages of a JavaScript module in the order they stand in it."""
    tokens = list(_code_tokens(source))
    singular_names = (*SINGULAR, *_ALIAS.findall(source))
    for index, (kind, text, position) in enumerate(tokens):
        if kind != "name" or text not in (*singular_names, *PLURAL) or not _is_call(tokens, index):
            continue
        line = source.count("\n", 0, position) + 1
        singular, after = _literal(tokens, index + 2, line)
        if text not in PLURAL:
            if after not in (",", ")"):
                raise NotLiteral(f"line {line}: {text}() wants one plain string")
            yield Call(line, singular)
        else:
            plural, _ = _literal(tokens, index + 4, line)
            yield Call(line, singular, plural)


def _is_call(tokens: list[tuple[str, str, int]], index: int) -> bool:
    before = tokens[index - 1][1] if index else ""
    after = tokens[index + 1][1] if index + 1 < len(tokens) else ""
    return after == "(" and before != "function"


def _literal(tokens: list[tuple[str, str, int]], index: int, line: int) -> tuple[str, str]:
    kind, text, _ = tokens[index]
    if kind != "string":
        raise NotLiteral(f"line {line}: a message must be a plain string, not {text!r}")
    return _unquoted(text), tokens[index + 1][1]


def _unquoted(literal: str) -> str:
    if literal[0] == "'":
        literal = '"' + literal[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    return str(json.loads(literal))


def _code_tokens(source: str) -> Iterator[tuple[str, str, int]]:
    """Yield what is code: (kind, text, position); template text, comments and white space are passed over."""
    position, before = 0, ""
    braces = [0]  # for each template that we are inside of: how many braces are open in its current ${…}
    while position < len(source):
        if before in _BEFORE_REGEX and (regex := _REGEX.match(source, position)):
            position, before = regex.end(), "regex"
            continue
        token = _TOKEN.match(source, position)
        assert token is not None  # the last alternative takes anything
        kind, text = str(token.lastgroup), token.group()
        if text == "`" or (text == "}" and braces[-1] == 0 and len(braces) > 1):
            # A template begins, or goes on behind a ${…}: pass over its text.
            if text == "}":
                braces.pop()
            position = _skip_text(source, token.end())
            if source.startswith("${", position - 2):
                braces.append(0)
                before = "{"
            else:
                before = "template"
            continue
        position = token.end()
        if kind in ("space", "comment"):
            continue
        braces[-1] += (text == "{") - (text == "}")
        yield kind, text, token.start()
        before = text if kind in ("mark", "name") else kind


def _skip_text(source: str, position: int) -> int:
    """Give the position behind the closing backtick, or behind the `${` that comes first."""
    text = _TEXT.match(source, position)
    end = text.end() if text else position
    return end + (2 if source.startswith("${", end) else 1)
