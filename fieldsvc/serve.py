"""`fieldsvc run`: one process that serves, over http or https, and works the jobs.

Decides the address people are told, and how the process stops: requests under way are answered, the job at hand is finished.
What runs several processes is gunicorn with `fieldsvc.wsgi:app` and `fieldsvc worker`.
"""

from __future__ import annotations

import logging
import signal
import socket
import ssl
from collections.abc import Callable
from types import FrameType

from cheroot.ssl.builtin import BuiltinSSLAdapter
from flask import Flask

from fieldsvc import authority, keyring, memory
from fieldsvc.jobs.service import Queue
from fieldsvc.settings import Settings
from fieldsvc.strict import StrictServer

THREADS = 12
WAITING = 1024
"""How many connections may wait to be taken: every phone of a company, when all come online at the end of a shift."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: only what seals and proves at once, under a key that nobody can work out later. All of TLS 1.3 is so."""
LAST_ANSWERS_SECONDS = 15
"""So long a request that is under way may take to its answer; service managers wait longer than this before they kill."""

log = logging.getLogger(__name__)


def own_addresses(host: str) -> list[str]:
    """The names and addresses under which this host can be reached when it listens on `host`."""
    if host not in ("0.0.0.0", "::", ""):
        return [host] if host in ("127.0.0.1", "localhost") else [host, "localhost", "127.0.0.1"]
    return [*_outward_address(), "localhost", "127.0.0.1"]


def _outward_address() -> list[str]:
    # Connecting a datagram socket sends nothing; it only asks the system which address would be used.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [str(probe.getsockname()[0])]


def public_url(host: str, port: int, *, tls: bool) -> str:
    """The address that QR codes carry when no other is set."""
    return f"{'https' if tls else 'http'}://{own_addresses(host)[0]}:{port}"


def _note(_words: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
    """What the server of connections has to say, as one of our lines; its own words may quote a request."""
    log.log(level, "a connection ended badly", exc_info=traceback)


def https(certificate: str, key: str) -> BuiltinSSLAdapter:
    """How connections over https are taken: TLS 1.2 and 1.3, whatever the platform's OpenSSL would take besides."""
    adapter = BuiltinSSLAdapter(certificate, key)
    adapter.context.minimum_version = ssl.TLSVersion.TLSv1_2
    adapter.context.set_ciphers(CIPHERS)
    return adapter


def serve(app: Flask, settings: Settings, *, host: str, port: int, tls: bool, ready: Callable[[], None]) -> None:
    """Serve until told to stop (SIGTERM or SIGINT); `ready` is called once connections are taken."""
    keyring.watch(app, settings)
    server = StrictServer(
        (host, port), app, numthreads=THREADS, request_queue_size=WAITING, timeout=60, server_name="fieldsvc"
    )
    server.shutdown_timeout = LAST_ANSWERS_SECONDS
    server.error_log = _note  # type: ignore[assignment, method-assign]  # how cheroot asks for it
    if tls:
        certificate, key = authority.tls(settings.keys, [*own_addresses(host), "localhost", "127.0.0.1"])
        server.ssl_adapter = https(str(certificate), str(key))
    queue: Queue = app.extensions["fieldsvc.jobs"]
    workers = queue.consumer()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # Told twice (Ctrl-C reaches make and us, and make passes it on), we still stop once and in order.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    server.prepare()
    workers.start()
    try:
        # From here on, and not before: told to stop while it says that it is ready, it stops its threads as well.
        for number in STOP_SIGNALS:
            signal.signal(number, stop)
        memory.settle()
        ready()
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
        workers.stop()
