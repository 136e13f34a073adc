"""A technician's phone for tests: enrols with a key of its own, keeps its log, signs what it sends (docs/sync-protocol.md)."""

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from flask.testing import FlaskClient

from fieldsvc import clock
from sync import chain

Json = dict[str, Any]


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Phone:
    """`op` writes to the phone's log, `sync` sends what is not acknowledged and pulls; `visits` is what it then knows."""

    def __init__(self, client: FlaskClient, name: str = "测试手机"):
        self.client, self.id, self.key = client, clock.new_id(), ec.generate_private_key(ec.SECP256R1())
        self.log: list[Json] = []
        self.acked, self.cursor = 0, None
        self.visits: dict[str, Json] = {}
        self._enrol(name)

    def _enrol(self, name: str) -> None:
        point = self.key.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": text(point.x.to_bytes(32)), "y": text(point.y.to_bytes(32))}
        answer = self.client.post("/api/v1/devices", json={"id": self.id, "name": name, "public_key": jwk})
        assert answer.status_code == 201, answer.text

    def go_under_a_new_id(self) -> None:
        """What a phone does whose numbers are taken: the same key, a new id, and the unsent entries numbered anew."""
        rest = self.log[self.acked :]
        self.id, self.acked = clock.new_id(), 0
        self.log = [{**entry, "seq": seq} for seq, entry in enumerate(rest, start=1)]
        self._enrol("测试手机")

    def heal(self, *, epoch: str = "") -> None:
        """What a phone does in a new epoch: forget the cursor, ask how far its log is held, and send what is lacking."""
        self.cursor = None
        asked = {**self.request(first=1, last=0)}
        answer = self.send(asked)
        if answer.status_code == 404:  # the server that came back has never heard of this phone
            self._enrol("测试手机")
            answer = self.send(asked)
        told: Json = answer.json
        assert told["epoch"] != epoch
        self.acked, self.cursor = told["receipt"]["acked_seq"], None
        self.sync()

    def lacking(self, digests: list[str]) -> list[str]:
        """Which of these files the server does not vouch for."""
        vouched = self.send({**self.request(), "files": digests}).json["receipt"]["files"]
        return [digest for digest in digests if digest not in vouched]

    def op(self, visit: str, kind: str, **data: Any) -> Json:
        """Write one entry, made having seen the visit as this phone knows it."""
        base = self.visits.get(visit, {}).get("version", 0)
        entry = {
            "id": clock.new_id(),
            "seq": len(self.log) + 1,
            "visit": visit,
            "kind": kind,
            "at": clock.rfc3339(clock.now()),
            "base": base,
            "data": data,
        }
        self.log.append(entry)
        return entry

    def request(self, *, first: int | None = None, last: int | None = None, limit: int = 200) -> Json:
        """The next sync request; `first` and `last` (from 1, inclusive) say which entries go instead."""
        begin = self.acked + 1 if first is None else first
        end = len(self.log) if last is None else last
        ops = self.log[begin - 1 : end]
        body: Json = {"protocol": 1, "device": self.id, "cursor": self.cursor, "ops": ops, "limit": limit}
        return {**body, "proof": self._proof(end)} if ops else body

    def send(self, body: Json | None = None) -> Any:
        """Send a sync request and give the raw answer; nothing is taken in, as when an answer is lost."""
        return self.client.post("/api/v1/sync", json=self.request() if body is None else body)

    def sync(self) -> Json:
        """One round trip; gives the answer."""
        answer = self.send()
        assert answer.status_code == 200, answer.text
        told: Json = answer.json
        self.acked, self.cursor = told["acked_seq"], told["cursor"]
        self.visits |= {visit["id"]: visit for visit in told["visits"]}
        for visit_id in told["gone"]:
            self.visits.pop(visit_id, None)
        return told

    def upload(self, content: bytes, kind: str = "image/png") -> str:
        """Send one image whole; gives its digest."""
        digest = hashlib.sha256(content).hexdigest()
        words = ",".join(
            f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in (("sha256", digest), ("type", kind))
        )
        length = {"Upload-Length": str(len(content)), "Upload-Metadata": words}
        assert self.client.post("/api/v1/blobs", headers=length).status_code == 201
        piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        answer = self.client.patch(f"/api/v1/blobs/{digest}", headers=piece, data=content)
        assert answer.status_code == 204, answer.text
        return digest

    def _proof(self, upto: int) -> Json:
        link = chain.start(self.id)
        for entry in self.log[:upto]:
            link = chain.link(link, chain.digest(chain.canonical(entry)))
        r, s = decode_dss_signature(self.key.sign(link, ec.ECDSA(hashes.SHA256())))
        return {"chain": link.hex(), "sig": text(r.to_bytes(32) + s.to_bytes(32))}
