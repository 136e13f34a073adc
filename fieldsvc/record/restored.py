"""Beginning another line of history: what must be said once after a store was put back from a backup.

Phones that saw more than the backup holds go on writing with a `base` from the lost line. Were its version numbers given out
again, such an entry would count as having seen changes that its author never saw, and would supersede them in silence.
Invariant: no version number is ever given out twice, whatever was lost in between.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from fieldsvc import installation, numbers

LEAP = 1_000_000_000


def begin_history(*, now: datetime) -> str:
    """Give the store a new epoch, and go on with version numbers above all that the lost line may have given out.

    They go on from the present millisecond, or a thousand million further, whichever is more: one backup may be put back
    twice, and no store changes a thousand times a second for long. Gives the epoch.
    """
    latest = numbers.latest(numbers.VERSION)
    numbers.take(numbers.VERSION, max(LEAP, int(now.timestamp() * 1000) - latest))
    epoch = str(uuid.uuid4())
    installation.keep(name="epoch", value=epoch)
    return epoch
