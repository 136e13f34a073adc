"""Which characters a paper can show, and what stands for those it cannot.

A box where a character should be looks like a fault of the paper, and a hidden direction mark can turn a number round. So
before a page is made, controls and direction marks are dropped from every text, and a character that no Chinese face of the
printing family holds becomes 〓, the sign that Chinese and Japanese printers set for a missing type.
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
    kept = []
    for character in unicodedata.normalize("NFC", text[: MAX_TEXT + 1]):
        if character in "\n\t":
            kept.append(" ")
        elif unicodedata.category(character) not in _DROPPED and not _selects_a_variant(character):
            kept.append(character if ord(character) in _known() else GETA)
    return "".join(kept[:MAX_TEXT]) + "…" if len(text) > MAX_TEXT else "".join(kept)


def _selects_a_variant(character: str) -> bool:
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF


@cache
def _known() -> frozenset[int]:
    """The code points of the printing face. Raises LookupError when the family is not installed."""
    question = ["fc-match", "--format=%{file}\n%{index}\n%{family}", FAMILY]
    file, index, family = subprocess.run(question, capture_output=True, text=True, check=True).stdout.split("\n", 2)
    if FAMILY not in family:
        raise LookupError(f"the font family {FAMILY} is not installed; papers cannot be printed without it")
    with Path(file).open("rb") as stream:
        collection = stream.read(4) == b"ttcf"
    with TTFont(file, fontNumber=int(index) & 0xFFFF if collection else -1, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())
