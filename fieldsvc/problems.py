"""The catalogue of errors: what the server says no to, in RFC 9457 problem documents.

    Problem
    ├── BadRequest         400  malformed              the body is not what it should be; do not repeat it as it is
    ├── LoginRequired      401  login_required         keep capturing, ask for the password, then repeat
    │   ├── BadCredentials 401  bad_credentials
    │   ├── SecondFactor   401  second_factor_required  repeat it with `code`
    │   ├── BadSecond      401  bad_second_factor
    │   └── Owing          401  password_owed | second_factor_owed   a person sets it up on the log-in page first
    ├── Forbidden          403  forbidden | csrf       do not repeat
    │   └── DeviceRevoked  403  device_revoked         carries acked_seq: what was sent is stored
    ├── NotFound           404  not_found
    ├── Conflict           409  device_exists | sequence_gap | sequence_reused | bad_proof | …
    ├── Gone               410  cursor_expired         pull again from null; `erased`: the file's time was over, do not repeat
    ├── TooLarge           413  too_large              send half of it
    ├── Invalid            422  invalid | not_an_image | …   `errors` names fields
    ├── TooMany            429  too_many_attempts      wait, then repeat
    ├── DigestMismatch     460  digest_mismatch        the upload was dropped; send it again
    └── Unavailable        503  unavailable | server_full | server_read_only   repeat later

Codes are stable: phones act on them. A title is for people who read logs; the phone says it in its user's own words.
"""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """A clear no. `detail` says what to change; `more` are extra members of the problem document."""

    status = 500
    code = "internal"
    title = "Something went wrong on the server"

    def __init__(self, detail: str = "", *, code: str | None = None, title: str | None = None, **more: Any):
        super().__init__(detail or self.title)
        self.detail = detail
        self.code = code or self.code
        self.title = title or self.title
        self.more = more

    def document(self) -> dict[str, Any]:
        """The problem document: type, title, status, detail, code and the extra members."""
        return {
            "type": f"urn:fieldsvc:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            "code": self.code,
            **self.more,
        }


class BadRequest(Problem):
    status, code, title = 400, "malformed", "The request cannot be read"


class LoginRequired(Problem):
    status, code, title = 401, "login_required", "Log in first"


class BadCredentials(LoginRequired):
    code, title = "bad_credentials", "User name or password is wrong"


class SecondFactor(LoginRequired):
    code, title = "second_factor_required", "The second factor is needed too"


class BadSecond(LoginRequired):
    code, title = "bad_second_factor", "The second factor is wrong"


class Owing(LoginRequired):
    """Something must be done before anything else: `what` is `password` or `second`."""

    _CODES = {"password": "password_owed", "second": "second_factor_owed"}  # noqa: RUF012

    def __init__(self, what: str):
        super().__init__("open /login in a browser and do it there first", code=self._CODES[what])
        self.what = what
        self.title = "A password of your own comes first" if what == "password" else "A second factor comes first"


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "You may not do this"


class DeviceRevoked(Forbidden):
    code, title = "device_revoked", "This phone has been revoked"


class NotFound(Problem):
    status, code, title = 404, "not_found", "There is nothing here for you"


class Conflict(Problem):
    status, code, title = 409, "conflict", "This contradicts what the server holds"


class Gone(Problem):
    status, code, title = 410, "cursor_expired", "This cursor has expired"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "Too much at once"


class Invalid(Problem):
    status, code, title = 422, "invalid", "Some fields are wrong"


class TooMany(Problem):
    status, code, title = 429, "too_many_attempts", "Too many attempts"


class DigestMismatch(Problem):
    status, code, title = 460, "digest_mismatch", "The bytes are not those announced"


class Unavailable(Problem):
    status, code, title = 503, "unavailable", "The server cannot do this just now"
