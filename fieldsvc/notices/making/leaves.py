"""How many pages a stranger's PDF has, asked of a process of its own (`python -m fieldsvc.notices.making.leaves`).

Decides only whether a file can be read as a PDF at all: a parser given a hostile file may need any time and memory, so it gets so
much and no more. Invariant: nothing of the file is believed but that number.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from io import BytesIO

from fieldsvc.notices.making import confine

MEMORY, SECONDS = 512 * 1024 * 1024, 20
_seat = threading.Lock()
"""One stranger's file at a time; the others wait."""


def count(pdf: bytes) -> int:
    """The pages of a PDF; 0 for what cannot be read within these bounds."""
    with _seat:
        try:
            done = subprocess.run(
                confine.command("fieldsvc.notices.making.leaves"),
                input=pdf,
                env=confine.environment(),
                capture_output=True,
                timeout=2 * SECONDS,
                check=True,
            )
        except subprocess.SubprocessError:
            return 0
    return max(0, int(json.loads(done.stdout)))


def main() -> None:
    """Count the pages of the file on standard input; the answer is a number."""
    confine.limit(memory=MEMORY, seconds=SECONDS)
    pdf = sys.stdin.buffer.read()
    from pyhanko.pdf_utils.reader import PdfFileReader  # here, because it takes a third of a second

    confine.fence()
    print(json.dumps(int(PdfFileReader(BytesIO(pdf), strict=False).root["/Pages"]["/Count"])))


if __name__ == "__main__":
    main()
