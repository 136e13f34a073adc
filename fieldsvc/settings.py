"""What an installation can be told from outside, read once at start.

`Settings.from_env` is the only reader of the environment. It names every missing or bad value at once and stops, because
a server that starts half-configured loses work later. Every default is safe in production and may be published; secrets
have none: `fieldsvc init` writes a random one into the data folder. What a company decides (its name, hotline, boundary)
is not here but in the database: see `fieldsvc.installation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

LEVELS = ("b-b", "b-t", "b-lta")
WITHOUT_TIMESTAMP = ("wait", "b-b")
LOG_LEVELS = ("debug", "info", "warning", "error")
SHORTEST_TOKEN = 16


class BadSettings(ValueError):
    """One or more settings are missing or wrong; the message lists them all."""


@dataclass(frozen=True)
class Signing:
    """With which key papers are signed, and who confirms when.

    `key`: empty for the installation's own, `pkcs12:/path/to/file.p12`, or a PKCS#11 address (RFC 7512) with `module-path`. What
    opens it is `secret`, or the first line of `secret_file`, which is read each time the key is loaded. `level`: b-b, b-t or
    b-lta; the latter two ask the authority at `timestamp_url`. `without_timestamp`, when that does not answer: `wait`, or `b-b`.
    """

    key: str = ""
    secret: str = field(default="", repr=False)
    secret_file: Path | None = None
    timestamp_url: str = ""
    level: str = "b-b"
    without_timestamp: str = "wait"

    @classmethod
    def from_env(cls, env: Mapping[str, str], wrong: list[str]) -> Signing:
        """Read FIELDSVC_SIGNING_* and FIELDSVC_TIMESTAMP_*; what is wrong is added to `wrong`."""
        key, url = env.get("FIELDSVC_SIGNING_KEY") or "", env.get("FIELDSVC_TIMESTAMP_URL") or ""
        level = env.get("FIELDSVC_SIGNING_LEVEL") or ("b-t" if url else "b-b")
        fallback = env.get("FIELDSVC_TIMESTAMP_FAILS") or "wait"
        file = env.get("FIELDSVC_SIGNING_SECRET_FILE") or ""
        if key and not key.startswith(("pkcs12:/", "pkcs11:")):
            wrong.append(
                "FIELDSVC_SIGNING_KEY must begin with pkcs12:/ or pkcs11: (or be empty: the installation's own key)"
            )
        if key.startswith("pkcs11:") and "module-path=" not in key:
            wrong.append("FIELDSVC_SIGNING_KEY must say module-path=… after its question mark")
        if file and not Path(file).is_file():
            wrong.append(f"FIELDSVC_SIGNING_SECRET_FILE: there is no file {file}")
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            wrong.append(f"FIELDSVC_TIMESTAMP_URL must be an http(s) address, not {url!r}")
        if level not in LEVELS:
            wrong.append(f"FIELDSVC_SIGNING_LEVEL must be one of {', '.join(LEVELS)}, not {level!r}")
        elif level != "b-b" and not url:
            wrong.append(f"FIELDSVC_SIGNING_LEVEL {level} needs FIELDSVC_TIMESTAMP_URL")
        if fallback not in WITHOUT_TIMESTAMP:
            wrong.append(f"FIELDSVC_TIMESTAMP_FAILS must be {' or '.join(WITHOUT_TIMESTAMP)}, not {fallback!r}")
        return cls(
            key=key,
            secret=env.get("FIELDSVC_SIGNING_SECRET") or "",
            secret_file=Path(file) if file else None,
            timestamp_url=url,
            level=level,
            without_timestamp=fallback,
        )


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
    signing: Signing = Signing()
    metrics_token: str = field(default="", repr=False)
    log_level: str = ""
    proxies: int = 0

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read FIELDSVC_DATA, FIELDSVC_DATABASE_URL, FIELDSVC_PUBLIC_URL, FIELDSVC_PHOTO_WAIT_SECONDS, FIELDSVC_JOBS_URL,
        FIELDSVC_BLOB_URL, FIELDSVC_PROXIES, and those of Signing.

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
        if jobs_url and not jobs_url.startswith(("redis://", "rediss://")):
            wrong.append(
                "FIELDSVC_JOBS_URL must begin with redis:// or rediss:// (or be empty: jobs are kept in the data folder)"
            )
        blob_url = env.get("FIELDSVC_BLOB_URL") or ""
        if blob_url and not (blob_url.startswith("s3://") and urlsplit(blob_url).netloc):
            wrong.append(
                "FIELDSVC_BLOB_URL must be s3://bucket/prefix?endpoint=… (or be empty: files are kept in the data folder)"
            )
        wait = env.get("FIELDSVC_PHOTO_WAIT_SECONDS") or "600"
        if not wait.isdigit():
            wrong.append(f"FIELDSVC_PHOTO_WAIT_SECONDS must be a whole number of seconds, not {wait!r}")
        signing = Signing.from_env(env, wrong)
        token, level = env.get("FIELDSVC_METRICS_TOKEN") or "", env.get("FIELDSVC_LOG_LEVEL") or ""
        if token and len(token) < SHORTEST_TOKEN:
            wrong.append(f"FIELDSVC_METRICS_TOKEN must have at least {SHORTEST_TOKEN} characters")
        if level and level not in LOG_LEVELS:
            wrong.append(f"FIELDSVC_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {level!r}")
        proxies = env.get("FIELDSVC_PROXIES") or "0"
        if proxies not in ("0", "1", "2", "3"):
            wrong.append(f"FIELDSVC_PROXIES must be how many proxies of yours stand in front (0 to 3), not {proxies!r}")
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
            signing=signing,
            metrics_token=token,
            log_level=level,
            proxies=int(proxies),
        )
