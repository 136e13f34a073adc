"""Which characters a paper can show, and what stands for those it cannot.

A box where a character should be looks like a fault of the paper, and a hidden direction mark can turn a number round. So
before a page is made, controls and direction marks are dropped from every text, and a character that neither the printing
family nor another installed Chinese font holds becomes 〓, the sign that Chinese and Japanese printers set for a missing type.
`fieldsvc doctor` names such characters, so that a font for them can be installed.
"""

from __future__ import annotations

import subprocess
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FAMILY = "Noto Sans CJK SC"
GETA = "〓"
FAR_INTO_THE_RARE = 0x2A6D6
"""The last character of CJK Extension B, which only fonts made for rare characters hold."""
MAX_TEXT = 2000
_DROPPED = ("Cc", "Cf", "Cs")


def printable(node: Any) -> Any:
    """The same tree with every text made printable; a text longer than 2,000 characters is cut, and says so by an ellipsis."""
    if isinstance(node, str):
        return _text(node)
    if isinstance(node, dict):
        return {key: printable(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [printable(value) for value in node]
    return node


def _text(text: str) -> str:
    kept = unicodedata.normalize("NFC", text[: MAX_TEXT + 1]).translate(_printed)
    return kept[:MAX_TEXT] + "…" if len(text) > MAX_TEXT else kept


class _Printed(dict[int, str]):
    """What stands for a character, found once for each that a font holds; of the others there are too many to keep."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in "\n\t":
            return " "
        if unicodedata.category(character) in _DROPPED or _selects_a_variant(character):
            return ""
        if code not in _known():
            return GETA
        self[code] = character
        return character


_printed = _Printed()


def _selects_a_variant(character: str) -> bool:
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF


@cache
def bold_face() -> tuple[str, int]:
    """The file of the bold printing face and its place in it. Raises LookupError when the family is not installed."""
    return _face(f"{FAMILY}:bold")


def _face(pattern: str) -> tuple[str, int]:
    question = ["fc-match", "--format=%{file}\n%{index}\n%{family}", pattern]
    file, index, family = subprocess.run(question, capture_output=True, text=True, check=True).stdout.split("\n", 2)
    if FAMILY not in family:
        raise LookupError(f"the font family {FAMILY} is not installed; papers cannot be printed without it")
    return file, int(index) & 0xFFFF


@cache
def _known() -> frozenset[int]:
    """The code points of the printing face. Raises LookupError when the family is not installed."""
    return frozenset().union(*(_characters(*face) for face in (_face(FAMILY), *further_faces())))


def further_faces() -> list[tuple[str, int]]:
    """Other installed fonts that go far into the rare characters; the page takes a character from them by itself."""
    question = ["fc-list", "--format=%{file}\n%{index}\n", f":charset={FAR_INTO_THE_RARE:x}"]
    said = subprocess.run(question, capture_output=True, text=True, check=True).stdout.split("\n")
    faces = {(file, int(index) & 0xFFFF) for file, index in zip(said[::2], said[1::2], strict=False)}
    return sorted(face for face in faces if face[0] != _face(FAMILY)[0])


def _characters(file: str, index: int) -> frozenset[int]:
    with Path(file).open("rb") as stream:
        collection = stream.read(4) == b"ttcf"
    with TTFont(file, fontNumber=index if collection else -1, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def unprintable(text: str) -> set[str]:
    """The characters of a text that no installed font can print."""
    normal = unicodedata.normalize("NFC", text)
    return {
        character
        for character in normal
        if character not in "\n\t"
        and unicodedata.category(character) not in _DROPPED
        and not _selects_a_variant(character)
        and ord(character) not in _known()
    }
