"""What an installation can be told from outside, read once at start.

`Settings.from_env` is the only reader of the environment. It names every missing or bad value at once and stops, because
a server that starts half-configured loses work later. Every default is safe in production and may be published; secrets
have none: `fieldsvc init` writes a random one into the data folder. What a company decides (its name, hotline, boundary)
is not here but in the database: see `fieldsvc.installation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class BadSettings(ValueError):
    """One or more settings are missing or wrong; the message lists them all."""


@dataclass(frozen=True)
class Settings:
    """One installation's outside facts. `public_url` has no trailing slash and is what QR codes open."""

    data: Path
    secret_key: str
    database_url: str
    public_url: str
    photo_wait_seconds: int = 600
    jobs_url: str = ""
    blob_url: str = ""

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read FIELDSVC_DATA, FIELDSVC_DATABASE_URL, FIELDSVC_PUBLIC_URL, FIELDSVC_PHOTO_WAIT_SECONDS, FIELDSVC_JOBS_URL,
        FIELDSVC_BLOB_URL.

        Raises BadSettings naming everything that is wrong, not only the first.
        """
        wrong: list[str] = []
        data = Path(env.get("FIELDSVC_DATA") or "data").expanduser().resolve()
        secret_file = data / "secret.key"
        secret = ""
        if secret_file.is_file():
            secret = secret_file.read_text().strip()
        if len(secret) < 32:
            wrong.append(f"{secret_file} is missing or too short: run `fieldsvc init --data {data}` first")
        public_url = (env.get("FIELDSVC_PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/")
        parts = urlsplit(public_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            wrong.append(f"FIELDSVC_PUBLIC_URL must be an http(s) address, not {public_url!r}")
        database_url = env.get("FIELDSVC_DATABASE_URL") or f"sqlite:///{data / 'fieldsvc.db'}"
        if not database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
            wrong.append("FIELDSVC_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")
        jobs_url = env.get("FIELDSVC_JOBS_URL") or ""
        if jobs_url and not jobs_url.startswith("redis://"):
            wrong.append("FIELDSVC_JOBS_URL must begin with redis:// (or be empty: jobs are kept in the data folder)")
        blob_url = env.get("FIELDSVC_BLOB_URL") or ""
        if blob_url and not (blob_url.startswith("s3://") and urlsplit(blob_url).netloc):
            wrong.append(
                "FIELDSVC_BLOB_URL must be s3://bucket/prefix?endpoint=… (or be empty: files are kept in the data folder)"
            )
        wait = env.get("FIELDSVC_PHOTO_WAIT_SECONDS") or "600"
        if not wait.isdigit():
            wrong.append(f"FIELDSVC_PHOTO_WAIT_SECONDS must be a whole number of seconds, not {wait!r}")
        if wrong:
            raise BadSettings("; ".join(wrong))
        return cls(
            data=data,
            secret_key=secret,
            database_url=database_url,
            public_url=public_url,
            photo_wait_seconds=int(wait),
            jobs_url=jobs_url,
            blob_url=blob_url,
        )
