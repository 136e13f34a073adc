"""What two readers of a request could read in two ways is no request; https is TLS 1.2 and 1.3 with the ciphers of today."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fieldsvc import authority, serve
from fieldsvc.strict import StrictServer

ROOT = Path(__file__).resolve().parents[2]
SECOND = b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = str(len(SECOND)).encode()
TWO_WAYS = {
    "a length and pieces": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "pieces": b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "pieces by an unknown name": b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: " + LENGTH + b"\r\n\r\n",
    "two lengths in one line": b"Content-Length: 0, " + LENGTH + b"\r\n\r\n",
    "a length with a sign": b"Content-Length: +" + LENGTH + b"\r\n\r\n",
    "a length below nothing": b"Content-Length: -1\r\n\r\n",
    "a length with a stroke": b"Content-Length: 3_4\r\n\r\n",
    "no length": b"Content-Length:\r\n\r\n",
    "a space before the colon": b"Content-Length : " + LENGTH + b"\r\n\r\n",
    "a line that goes on": b"X: y\r\n Content-Length: " + LENGTH + b"\r\n\r\n",
    "a line without its end": b"X: y\nContent-Length: 0\r\n\r\n",
    "a return within a line": b"X: y\rContent-Length: " + LENGTH + b"\r\n\r\n",
    "no colon": b"Content-Length\r\n\r\n",
    "two hosts": b"Host: y\r\n\r\n",
}


def tell_what_came(env: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    body = env["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain")])
    said = f"{env['REQUEST_METHOD']} {env['PATH_INFO']} {env.get('HTTP_X_FORWARDED_FOR', 'nobody')} "
    return [said.encode() + body]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = StrictServer(("127.0.0.1", 0), tell_what_came, numthreads=2, timeout=5)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield int(server.bind_addr[1])
    server.stop()
    thread.join()


def answers(port: int, sent: bytes) -> tuple[list[bytes], bytes]:
    """The status of every answer to what is sent on one connection, and all that came."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        came = b""
        while piece := line.recv(65536):
            came += piece
    return re.findall(rb"HTTP/1\.1 (\d+)", came), came


@pytest.mark.parametrize("way", TWO_WAYS)
def test_what_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_answered(way: str, port: int) -> None:
    said, came = answers(port, b"POST /first HTTP/1.1\r\nHost: x\r\n" + TWO_WAYS[way] + SECOND)
    assert said == [b"400"], came


def test_what_browsers_and_phones_send_is_answered_one_after_the_other(port: int) -> None:
    headers = b"Host: x\r\nUser-Agent: \xe7\x87\x83 (a; b)\r\nCookie: a=b; c=d\r\nX-Empty:\r\nContent-Length:3\r\n\r\n"
    said, came = answers(port, b"POST /first HTTP/1.1\r\n" + headers + b"abc" + SECOND)
    assert said == [b"200", b"200"]
    assert b"POST /first nobody abc" in came and b"GET /second nobody " in came


def test_a_name_that_could_pass_for_one_of_a_proxy_is_dropped(port: int) -> None:
    _, came = answers(port, b"GET /first HTTP/1.1\r\nHost: x\r\nX_Forwarded_For: 10.0.0.9\r\n\r\n")
    assert b"GET /first nobody " in came


def test_headers_without_an_end_are_not_read_to_the_end(port: int) -> None:
    said, came = answers(port, b"GET /first HTTP/1.1\r\nHost: x\r\n" + b"X-More: and more\r\n" * 4000 + b"\r\n")
    assert said == [b"413"], came


def agreed(server: ssl.SSLContext, **wanted: Any) -> str:
    """The protocol and cipher that a client with these wishes and a server agree on, without a network."""
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    if "ciphers" in wanted:
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        client.set_ciphers(wanted["ciphers"])
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(6):
        for end in ends:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
    cipher = ends[0].cipher()
    return f"{ends[0].version()} {cipher[0] if cipher else ''}"


def test_https_takes_the_ciphers_of_today_and_no_others(tmp_path: Path) -> None:
    authority.create(tmp_path, company="华安燃气")
    certificate, key = authority.tls(tmp_path, ["localhost"])
    context = serve.https(str(certificate), str(key)).context
    assert agreed(context).startswith("TLSv1.3 ")
    assert agreed(context, ciphers="ECDHE+AESGCM").startswith("TLSv1.2 ECDHE-ECDSA-AES")
    for former in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA"):
        with pytest.raises(ssl.SSLError):
            agreed(context, ciphers=former)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_site_of_nginx_takes_the_same() -> None:
    site = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert "ssl_protocols       TLSv1.2 TLSv1.3;" in site
    assert f"ssl_ciphers         {serve.CIPHERS};" in site
