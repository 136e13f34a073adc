"""A file that cannot be imported as a whole, and why: a code and what belongs to it. The words are in telling.py."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """Nothing of this file can be taken."""

    def __init__(self, code: str, **more: Any):
        super().__init__(code)
        self.code, self.more = code, more

    def document(self) -> dict[str, Any]:
        """The refusal as it is kept."""
        return {"code": self.code, **self.more}
