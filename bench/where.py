"""Where a process spends its processor time: its stack is looked at a thousand times a second of work, and every look is filed.

Counts processor time, so that a busy neighbour changes no share; a call into C counts for the line of Python that made it.
Decides nothing about what is done. Invariant: every look is filed under exactly one name, the first that the stack answers to.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

EVERY_SECONDS = 0.001
REST = "the rest"
Names = Sequence[tuple[str, Sequence[str]]]


@contextmanager
def watched(names: Names) -> Iterator[Counter[str]]:
    """Count looks by name while this lasts. `names`: what a share is called, and parts of the places that belong to it."""
    seen: Counter[str] = Counter()

    def look(_number: int, frame: FrameType | None) -> None:
        seen[_name(frame, names)] += 1

    former = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    try:
        yield seen
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)


def _name(frame: FrameType | None, names: Names) -> str:
    """The innermost frame that belongs to a name decides: `weasyprint/layout` is layout, whoever called it."""
    while frame is not None:
        place = f"{frame.f_code.co_filename}:{frame.f_code.co_name}"
        for name, parts in names:
            if any(part in place for part in parts):
                return name
        frame = frame.f_back
    return REST
