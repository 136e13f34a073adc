"""The SQLite of this process, as a DB-API module: the packaged one where there is a wheel of it, else Python's own.

A system's SQLite is often one with the WAL-reset bug, on which the write-ahead log must not be used. Everything here that
opens a SQLite file imports `driver`, because two libraries of different age ought not to write one file.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

driver: Any = importlib.import_module("pysqlite3.dbapi2" if importlib.util.find_spec("pysqlite3") else "sqlite3")

__all__ = ["driver", "wal_is_safe"]


def wal_is_safe(version: tuple[int, int, int] = driver.sqlite_version_info) -> bool:
    """Say whether this SQLite has the fix of the WAL-reset bug (3.51.3, or backported to 3.50.7 and 3.44.6)."""
    major, minor, patch = version
    return (major, minor, patch) >= (3, 51, 3) or (minor == 50 and patch >= 7) or (minor == 44 and patch >= 6)
