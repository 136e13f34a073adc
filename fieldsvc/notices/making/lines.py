"""Lines of text that were shaped once: kept for the moment they are drawn, and for the papers that follow.

Most words of a paper are its form: labels, notes, the law. The layout library shapes each line anew in every paper, and a second
time when it is drawn. Here the last few thousand lines are kept as they were shaped. Decides nothing about where a line breaks:
what is not known is shaped by the library. Invariant: a line is taken from what is kept only for the same text in the same style
and the same width.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from weasyprint.layout import inline, preferred
from weasyprint.text import line_break as library
from weasyprint.text.ffi import pango

MOST = 4_000
"""Lines that are kept, some 4 KB each."""
PARAGRAPHS_END = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")

_kept: OrderedDict[tuple[Any, ...], tuple[Any, Any]] = OrderedDict()
_shape, _measure = library.split_first_line, library.strut


class Line(library.Layout):  # type: ignore[misc]
    """A shaped text that is not let go between layout and drawing."""

    def set_text(self, text: str, justify: bool = False) -> None:
        """Shape a text. The drawing wants a single paragraph; said now, it need not shape again."""
        if PARAGRAPHS_END.isdisjoint(text):
            pango.pango_layout_set_single_paragraph_mode(self.layout, True)
        super().set_text(text, justify)

    def deactivate(self) -> None:
        """Stay as it is."""

    def reactivate(self, style: Any) -> None:
        """Shape anew only what would look otherwise: a text that is spread over its line, or one that was cut."""
        if self.justification_spacing or self.get_first_line()[1] is not None:
            super().reactivate(style)


def _line(
    text: str, style: Any, context: Any, max_width: Any, justification_spacing: Any, is_line_start: bool = True,
    minimum: bool = False,
) -> Any:  # fmt: skip
    key = (text, id(style), max_width, is_line_start, minimum)
    if found := _kept.get(key):
        _kept.move_to_end(key)
        return found[1]
    shaped = _shape(text, style, context, max_width, justification_spacing, is_line_start, minimum)
    if not justification_spacing:
        _keep(key, style, shaped)
    return shaped


def _strut(style: Any) -> Any:
    """How high a line without text is, and where its letters stand."""
    key = ("", id(style))
    if found := _kept.get(key):
        _kept.move_to_end(key)
        return found[1]
    measured = _measure(style)
    _keep(key, style, measured)
    return measured


def _keep(key: tuple[Any, ...], style: Any, shaped: Any) -> None:
    _kept[key] = style, shaped  # the style too: while it is held, no other one can have its id
    if len(_kept) > MOST:
        _kept.popitem(last=False)


def use() -> None:
    """Have the library keep lines from now on; safe to repeat."""
    library.Layout = Line
    inline.split_first_line = preferred.split_first_line = _line
    inline.strut = _strut
