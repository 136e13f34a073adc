"""Server processes of a measurement: started on 127.0.0.1 on a free port, asked for their memory, stopped by their own id.

Decides nothing about what is measured. Invariant: whatever happens, a process started here is ended here.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

START_SECONDS = 90.0
STOP_SECONDS = 30.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One server process, and the processes it starts itself."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        port: int,
        log: Path,
        ready: str = "/",
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ):
        self.port, self.log = port, log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(env or {})},
            )
        try:
            self._wait(ready)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _wait(self, path: str) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", path)
                if connection.getresponse().status < 500:
                    return
            except OSError:
                pass
            finally:
                connection.close()
            time.sleep(0.1)
        last = self.log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self.process.args!r} did not answer\n{last}")

    def memory(self) -> tuple[float, float]:
        """Resident memory now and at its highest so far, in MiB, over all processes of the server (Linux)."""
        now = peak = 0
        for pid in self._family(self.process.pid):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name == "VmRSS":
                    now += int(rest.split()[0])
                elif name == "VmHWM":
                    peak += int(rest.split()[0])
        return now / 1024, peak / 1024

    def _family(self, pid: int) -> list[int]:
        children = [
            int(word)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text().split()
        ]
        return [pid, *(one for child in children for one in self._family(child))]

    def stop(self) -> None:
        """End the process: asked first, then made to."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
