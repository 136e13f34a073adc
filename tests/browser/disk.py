"""What lies on a phone's disk, as a test looks at it beside the app.

Decides nothing: `DISK` opens everything with the phone's own key, as the app would, and `RAW` gives what somebody finds who reads
the disk and has no key. `all_written` waits until nothing is on its way there. Invariant: none changes anything.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

DISK = (Path(__file__).parent / "disk.js").read_text(encoding="utf-8").rstrip(";\n")
RAW = (Path(__file__).parent / "raw.js").read_text(encoding="utf-8").rstrip(";\n")
WRITES = (Path(__file__).parent / "writes.js").read_text(encoding="utf-8")
QUIET_TURNS = """async () => {
  for (let quiet = 0, turns = 0; quiet < 10; turns += 1) {
    if (turns > 3000) throw new Error(`still ${writesUnderWay} writes under way`);
    quiet = writesUnderWay ? 0 : quiet + 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}"""


def all_written(page: Page) -> None:
    """Wait until what was tapped and typed is on the disk."""
    page.evaluate(QUIET_TURNS)


def reload(page: Page) -> None:
    """Reload as a system does that took an app's memory: some time after the last tap."""
    all_written(page)
    page.reload()
