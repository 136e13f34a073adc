"""What lies on a phone's disk, as a test looks at it beside the app.

Decides nothing: `DISK` opens everything with the phone's own key, as the app would, and `RAW` gives what somebody finds who reads
the disk and has no key. Invariant: neither changes anything.
"""

from __future__ import annotations

from pathlib import Path

DISK = (Path(__file__).parent / "disk.js").read_text(encoding="utf-8").rstrip(";\n")
RAW = (Path(__file__).parent / "raw.js").read_text(encoding="utf-8").rstrip(";\n")
