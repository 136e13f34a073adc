"""What somebody typed, as it is shown among our own words.

Decides which characters never reach a page: those that turn the direction of what stands around them, by which a name could
spell another one or make a figure read backwards. What is stored and exported stays as it was written. Invariant: a page
reads as its template was written, whatever stands in the data.
"""

from __future__ import annotations

import re
from typing import Any

_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def calm(value: Any) -> Any:
    """A value as a page shows it; text loses what turns directions and what no screen shows, anything else stays."""
    if not isinstance(value, str) or (value.isascii() and value.isprintable()) or not _TURNS.search(value):
        return value
    return type(value)(_TURNS.sub("", value))
