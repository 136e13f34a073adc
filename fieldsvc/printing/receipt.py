"""A paper as a strip for the belt printer: the no-access card and the payment slip, 58 or 80 mm wide.

Decides what of a paper fits on a strip, in the same words as the paper itself, and how long the strip is: a page of HTML cannot
say "as long as needed", so its length is reckoned from its lines. A strip is no signed document; its code leads to that. The same
look is used by the phone where it has no network (static/receipt.css, static/app/ui/receipt.js).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import qrcode

from fieldsvc import problems
from fieldsvc.notices import service as notices

Json = dict[str, Any]
WIDTHS = (58, 80)
KINDS = ("no_access", "payment")
PRINTED = {58: 48.0, 80: 72.0}
"""Millimetres that a print head of this paper reaches."""
CODE_MM = 30.0
EM_MM = {"title": 4.94, "strong": 3.88, "text": 3.35, "small": 2.82, "row": 3.35, "company": 3.35}
LEADING = 1.45
AROUND_MM = 12.0


@dataclass(frozen=True)
class Line:
    """One block of a strip. `role`: company, title, row, text, strong, small; `texts`: one for each language."""

    role: str
    texts: tuple[str, ...]
    label: tuple[str, ...] = ()


@dataclass(frozen=True)
class Strip:
    """What is printed, for one width. `code`: side and path of the QR code; `height`: of the page, in millimetres."""

    width: int
    height: int
    number: str
    languages: tuple[str, ...]
    lines: tuple[Line, ...]
    code: tuple[int, str]


def strip(paper: notices.Notice, *, width: int) -> Strip:
    """A paper as a strip. Raises NotFound for a kind that has none, Conflict `not_ready` while it is not issued."""
    if paper.kind not in KINDS or width not in WIDTHS:
        raise problems.NotFound("this paper has no strip of that width")
    if paper.status != "ready":
        raise problems.Conflict("this notice is still being prepared", code="not_ready", notice_status=paper.status)
    view = notices.view(paper)
    languages = tuple(view["languages"])
    lines = tuple(_lines(view, paper.kind, languages))
    height = math.ceil(sum(_millimetres(line, PRINTED[width]) for line in lines) + CODE_MM + AROUND_MM)
    return Strip(width, height, paper.number, languages, lines, squares(notices.public_address(paper)))


def squares(address: str) -> tuple[int, str]:
    """A QR code as its side in squares and the path that draws them; the same size for a longer address, finer."""
    made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    made.add_data(address)
    made.make(fit=True)
    rows = made.get_matrix()
    return len(rows), "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, black in enumerate(row) if black)


def _lines(view: Mapping[str, Any], kind: str, languages: tuple[str, ...]) -> Iterable[Line]:
    words, company = view["words"], view["company"]

    def line(role: str, text: Any, label: Any = None) -> Line:
        said = [text[language] for language in languages] if isinstance(text, Mapping) else [str(text)]
        names = tuple(label[language] for language in languages) if label else ()
        return Line(role, tuple(dict.fromkeys(said)), names)

    if view["demonstration"]:
        yield line("small", view["every"]["demonstration"])
    yield line("company", company["name"])
    yield line("title", view["kind"]["title"])
    yield line("row", view["number"], words["number"])
    yield line("row", view["customer"]["account"], words["account"])
    if view["customer"]["name"]:
        yield line("row", view["customer"]["name"], words["name"])
    yield line("row", view["customer"]["address"], words["address"])
    yield from (_card if kind == "no_access" else _slip)(view, line)
    yield line("small", company["hotline"], words["hotline"])
    yield line("small", words["scan"])


def _card(view: Mapping[str, Any], line: Any) -> Iterable[Line]:
    call, by = view["call"], view["call"]["by"]
    yield line("row", f"{by['name']}（{by['work_no']}）" if by["work_no"] else by["name"], view["words"]["staff"])
    yield line("text", call["body"])
    if call["again"]:
        yield line("text", call["again"])
    yield line("strong", call["next"])
    yield line("small", view["kind"]["smell"])
    yield line("small", view["kind"]["free"])


def _slip(view: Mapping[str, Any], line: Any) -> Iterable[Line]:
    words, slip = view["words"], view["payment"]
    for one in slip["lines"]:
        yield line("row", one["serial"], words["meter"])
        yield line("row", one["read_at"], words["read_at"])
        if one["last"]:
            yield line("row", f"{one['last']['value']} m³", words["previous_reading"])
        yield line("row", f"{one['value']} m³", words["present_reading"])
        if one["exchange"]:
            yield line("small", one["exchange"])
        yield line("text", one["remark"]) if one["remark"] else line("row", f"{one['used']} m³", words["used"])
        for tier in one["tiers"]:
            yield line("row", f"{tier['volume']} × {tier['price']} = {tier['amount']}", tier["name"])
    if slip["amount"]:
        yield line("strong", f"¥ {slip['amount']}", words["payable"])
        yield line("small", slip["capitals"])
        if slip["until"]:
            yield line("row", slip["until"], words["pay_until"])
        for way in slip["ways"]:
            yield line("small", way)
    else:
        yield line("small", view["kind"]["no_price"])
    yield line("small", slip["doubt"])
    yield line("small", view["kind"]["cash"])


def _millimetres(line: Line, printed: float) -> float:
    em = EM_MM[line.role]
    blocks = [" ".join(line.label)] if line.label else []
    rows = sum(math.ceil(_ems(text) * em / (printed - em) + 0.05) for text in (*blocks, *line.texts))
    return rows * em * LEADING + 1.2


def _ems(text: str) -> float:
    """How wide a text is, in its own size: Chinese characters are square, others a little more than half of that."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.56 for character in text)
