"""What a server process keeps in memory from its start to its end.

A push makes some hundred thousand short-lived objects. Python's collector would answer by looking again and again at the
libraries, the catalogue and the templates, which nobody ever lets go. Invariant: only what was made before is exempted.
"""

from __future__ import annotations

import ctypes
import gc

FIRST_GENERATION = 20_000
"""New objects before the collector looks at them; a push of a day then waits for a handful of such looks, not for sixty."""


def settle() -> None:
    """Exempt what was made until now from collection; called once, when the process is ready to answer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(FIRST_GENERATION)


def tidy() -> None:
    """Collect now, and give the system back what is free; for a process that knows when it has nothing else to do."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # the C library of most Linux systems has it
    if trim is not None:
        trim(0)
