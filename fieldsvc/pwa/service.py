"""The operator's switch: may phones open the app without a network?

Off takes the service worker off every phone that asks for it, which sets a phone free whose worker is broken. Kept in the
database, so that every process answers alike and nothing needs a restart. Invariant: it concerns the app's own files
alone; what people wrote stays on the phones and is sent as ever.
"""

from __future__ import annotations

from fieldsvc import installation

FACT = "offline_start"


def is_taken_off() -> bool:
    """Whether phones are to have no service worker."""
    return bool(installation.fact(FACT) == "off")


def switch(*, on: bool) -> None:
    """Let phones open the app without a network, or not."""
    installation.keep(name=FACT, value="on" if on else "off")
