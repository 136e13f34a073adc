"""Server processes of a measurement: started on 127.0.0.1 on a free port, asked for their memory, stopped by their own id.

Decides nothing about what is measured. Invariant: whatever happens, a process started here is ended here.
"""

from __future__ import annotations

import http.client
import os
import re
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


def memory(pid: int) -> tuple[float, float]:
    """Resident memory of a process and those it started, now and at its highest so far, in MiB (Linux)."""
    now = peak = 0
    for one in _family(pid):
        for line in Path(f"/proc/{one}/status").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "VmRSS":
                now += int(rest.split()[0])
            elif name == "VmHWM":
                peak += int(rest.split()[0])
    return now / 1024, peak / 1024


def proportional(pid: int) -> tuple[float, float]:
    """What a process and those it started take from the machine, in MiB: pages that several hold are counted once between them.

    And the highest that any one of them has had resident so far.
    """
    now = highest = 0
    for one in _family(pid):
        now += int(re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)[0])
        highest = max(
            highest, int(re.findall(r"^VmHWM:\s+(\d+)", Path(f"/proc/{one}/status").read_text(), re.MULTILINE)[0])
        )
    return now / 1024, highest / 1024


def processor_seconds(pid: int) -> float:
    """How long a process, those it started and those of them that have ended, have worked (Linux)."""
    ticks = 0
    for one in _family(pid):
        after_name = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(word) for word in after_name[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def nanoseconds(pid: int) -> int:
    """How long one process has worked so far, exactly (Linux)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def _family(pid: int) -> list[int]:
    children = [
        int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()
    ]
    return [pid, *(one for child in children for one in _family(child))]


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
        return memory(self.process.pid)

    def stop(self) -> None:
        """End the process: asked first, then made to."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
