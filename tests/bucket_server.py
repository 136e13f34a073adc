"""A server that speaks S3, of the tests' own: a process on 127.0.0.1 that keeps its bucket in memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import httpx

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
"""What whoever speaks to it has in its environment."""


@contextmanager
def served(bucket: str = "photos") -> Iterator[str]:
    """Start a server with one bucket, whose address is given as FIELDSVC_BLOB_URL takes it, and stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Path(sys.executable).with_name("moto_server")
    before = {name: os.environ.get(name) for name in CREDENTIALS}
    os.environ.update(CREDENTIALS)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([server, "-H", "127.0.0.1", "-p", str(port)], stdin=subprocess.DEVNULL, **quiet) as process:
        try:
            endpoint = f"http://127.0.0.1:{port}"
            _wait_for(endpoint)
            boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=bucket)
            yield f"s3://{bucket}/company?endpoint={endpoint}"
        finally:
            process.terminate()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


def _wait_for(endpoint: str) -> None:
    for _ in range(1600):
        try:
            httpx.get(endpoint)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the S3 server does not answer")
