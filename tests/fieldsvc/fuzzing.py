"""What nobody's program would send: entries, bodies, addresses and images made wrong at random, the same for the same seed.

Decides what is sent and counts what comes back; the judgement (no 5xx, memory) is the caller's: tests/fieldsvc/test_fuzz.py a
small share, bench/fuzz.py hundreds of thousands. Invariant: a finding names the seed that finds it again.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from PIL import Image

from fieldsvc.blobs import images
from fieldsvc.notices.making import pictures
from fieldsvc.problems import Problem
from sync.ops import KINDS
from tests.fieldsvc import access_cells as cells
from tests.fieldsvc.access_world import UNKNOWN, World, token_of
from tests.fieldsvc.phone import Phone

Json = dict[str, Any]
TEXTS = (
    "", " ", "x", "王芳", "𠮷", "\u202e", "\0", "\ud800", "é" * 300, "0", "-1", "1e9", "01234.567", "99999999999999999999",
    "2026-11-22", "2026-11-22T09:00:00+08:00", "9999-12-31T23:59:59.999Z", "0000-00-00", "<script>", "'; DROP TABLE ops;--",
    "../../etc/passwd", "%00", "{{7*7}}", "=cmd()", "true", "null", "NaN", UNKNOWN, "f" * 64, "hose", "HOSE-02", "HOSE-C2",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 3, 2**31, 2**53, 2**63, -(2**63), 10**30)


def likely(world: World) -> Json:
    """For members of an entry's data a value that fits the store."""
    return {
        "meter": world.visits["inspector"]["meters"][0]["id"], "item": "hose", "point": "HOSE-C2", "result": "fail",
        "role": "customer", "field": "phone", "code": "HOSE-02", "level": 2, "outcome": "completed", "step": "badge",
        "strokes": [[1, 2]], "hazard": UNKNOWN, "value": "1300.000", "purpose": "meter", "sha256": "f" * 64,
        "image": "f" * 64,
    }  # fmt: skip


class Fuzz:
    """One run: `seen` counts answers by status, `broken` names what fell over."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed, self.random = world, seed, Random(seed)
        self.seen: Counter[str] = Counter()
        self.broken: list[str] = []
        self.phones = [Phone(world.browsers[role], "fuzz") for role in ("technician", "colleague")]
        for phone in self.phones:
            phone.sync()
        self.routes = [
            (method, rule, row)
            for (method, rule), row in cells.declared().items()
            if "logout" not in rule and "login" not in rule and "sessions/end" not in rule and "/people/" not in rule
        ]

    def requests(self, count: int) -> None:
        """Send so many requests: half of them syncs that are signed and wrong, the rest anything at all."""
        ways: list[Callable[[], Any]] = [self._sync, self._sync, self._sync, self._body, self._route, self._route]
        for number in range(count):
            way = self.random.choice(ways)
            try:
                answer = way()
            except Exception as error:
                self.broken.append(
                    f"seed {self.seed}, request {number}: {way.__name__}: {type(error).__name__}: {error}"[:400]
                )
                continue
            self.seen[str(answer.status_code)] += 1
            if answer.status_code >= 500:
                self.broken.append(
                    f"seed {self.seed}, request {number}: {way.__name__}: {answer.status_code} {answer.request.path}"
                )
            answer.close()

    def value(self, depth: int = 0) -> Any:
        """Anything that JSON can say."""
        pick = self.random.random()
        if pick < 0.5:
            return self.random.choice(TEXTS)
        if pick < 0.7:
            return self.random.choice(NUMBERS)
        if pick < 0.8 or depth > 3:
            return self.random.choice((None, True, False))
        if pick < 0.9:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return {self.random.choice(TEXTS): self.value(depth + 1) for _ in range(self.random.randrange(4))}

    def _sync(self) -> Any:
        phone = self.random.choice(self.phones)
        for _ in range(self.random.randrange(1, 6)):
            kind = self.random.choice([*KINDS, "no.such"])
            wants = [name.rstrip("?") for name in KINDS.get(kind, {})]
            data = {name: self._likely(name) for name in wants if self.random.random() < 0.9}
            visit = self.random.choice([*phone.visits, UNKNOWN, self.value()])
            phone.log.append(
                {
                    "id": f"00000000-0000-4000-8000-{self.random.randrange(16**12):012x}",
                    "seq": len(phone.log) + 1,
                    "visit": visit,
                    "kind": kind,
                    "at": self.random.choice(["2026-11-22T09:00:00+08:00", self.value()]),
                    "base": self.random.choice([0, 1, self.value()]),
                    "data": data,
                }
            )
        try:
            answer = phone.send()
        except (UnicodeEncodeError, ValueError):  # a half character cannot be signed: sent unsigned
            answer = phone.client.post(
                "/api/v1/sync", data=json.dumps({"protocol": 1, "device": phone.id, "ops": phone.log[-3:]})
            )
        if answer.status_code == 200:
            phone.acked, phone.cursor = answer.json["acked_seq"], answer.json["cursor"]
        else:
            del phone.log[phone.acked :]
        return answer

    def _likely(self, name: str) -> Any:
        right = likely(self.world)
        return right[name] if name in right and self.random.random() < 0.7 else self.value()

    def _body(self) -> Any:
        path = self.random.choice(["sync", "devices", "visits", "users", "login"])
        whole = json.dumps(
            {"protocol": 1, "device": self.phones[0].id, "cursor": None, "ops": [], "x": self.value()}
        ).encode()
        cut = bytearray(whole)
        for _ in range(self.random.randrange(1, 8)):
            cut[self.random.randrange(len(cut))] = self.random.randrange(256)
        sent = self.random.choice(
            [bytes(cut), whole[: self.random.randrange(len(whole))], json.dumps(self.value()).encode()]
        )
        encoding = {"Content-Encoding": "gzip"} if self.random.random() < 0.1 else {}
        browser = self.world.browsers[self.random.choice(["technician", "office", "admin", "anonymous"])]
        return browser.post(f"/api/v1/{path}", data=sent, headers={"Content-Type": "application/json", **encoding})

    def _route(self) -> Any:
        method, rule, row = self.random.choice(self.routes)
        role = self.random.choice(cells.ROLES)
        cell = cells.Cell(method, rule, role, self.random.choice(["own", "other", "unknown"]))
        address = cells.address(self.world, cell, row).split("?")[0]
        if self.random.random() < 0.2:
            address += self.random.choice(["x", "%20", "%ff", "/", "\u202e", "'"])
        names = (
            "q",
            "page",
            "sort",
            "as",
            "day",
            "from",
            "to",
            "kind",
            "span",
            "lang",
            "before",
            "district",
            "state",
            "width",
        )
        query = {name: self.random.choice(TEXTS).replace("\ud800", "") for name in self.random.sample(names, 3)}
        sends: Json = {"query_string": query}
        if rule.startswith("/api/") and method == "POST":
            sends["data"] = json.dumps(self.value()).encode()
            sends["headers"] = {"Content-Type": "application/json"}
        elif method not in cells.SAFE:
            fields = (
                "reason",
                "note",
                "base",
                "op",
                "field",
                "value",
                "event",
                "on",
                "due",
                "level",
                "assignee",
                "day",
                "visit",
            )
            said = {name: self.random.choice(TEXTS).replace("\ud800", "") for name in self.random.sample(fields, 5)}
            sends["data"] = {"csrf_token": token_of(self.world, role), **said}
        return self.world.browsers[role].open(address, method=method, **sends)


def _originals() -> list[bytes]:
    made = []
    for kind in ("JPEG", "PNG", "WEBP", "HEIF"):
        out = io.BytesIO()
        noise = Image.effect_noise((96, 64), 60).convert("RGB")
        noise.save(out, kind)
        made.append(out.getvalue())
    return made


def mutate_images(seed: int, count: int) -> tuple[Counter[str], list[str]]:
    """Give so many spoilt images to whatever opens images; how they ended, and what fell over."""
    random, originals = Random(seed), _originals()
    seen: Counter[str] = Counter()
    broken: list[str] = []
    for number in range(count):
        spoilt = bytearray(random.choice(originals))
        for _ in range(random.randrange(1, 6)):
            at, length = random.randrange(len(spoilt)), random.randrange(1, 64)
            way = random.randrange(4)
            if way == 0:
                spoilt[at] = random.randrange(256)
            elif way == 1:
                del spoilt[at : at + length]
            elif way == 2:
                spoilt[at:at] = random.randbytes(length)
            else:
                spoilt[at:at] = random.choice(originals)[:length]
            spoilt = spoilt or bytearray(b"\0")
        seen[_fate(bytes(spoilt), f"seed {seed}, image {number}", broken)] += 1
    return seen, broken


def _fate(content: bytes, name: str, broken: list[str]) -> str:
    try:
        taken = images.inspect(content)
        images.bare(content, type=taken.type)
        pictures.photo(content)
    except (Problem, pictures.BadPicture):
        return "refused"
    except Exception as error:
        broken.append(f"{name}: {type(error).__name__}: {error}"[:300])
        return "broken"
    return "taken"
