"""A phone that does what docs/sync-protocol.md asks of a client, with all of its healing.

Storage is a `Disk`; everything else is memory and goes with a crash. Rules that nothing here may break: an entry counts as
acknowledged when the server's chain at `acked_seq` is the log's own; it is shown as safe when a genuine receipt covers it;
nothing that is not acknowledged is ever deleted.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from fieldsvc import clock
from sync import chain
from tests.sim.disk import Disk, Identity, Seen
from tests.sim.line import Line, Reply

Json = dict[str, Any]


class Watch(Protocol):
    """Notes what phones do, to judge afterwards."""

    def wrote(self, op: Json, epoch: str) -> None: ...
    def acknowledged(self, ops: list[Json]) -> None: ...
    def shown_safe(self, identity: Identity) -> None: ...


class UnexpectedError(AssertionError):
    """The server answered what the protocol does not know."""


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_identity(chance: random.Random) -> Identity:
    return Identity(new_id(chance), ec.generate_private_key(ec.SECP256R1()))


def new_id(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


class Phone:
    """One phone. `now` is its own clock; `password` what its owner types when asked."""

    most = 1000

    def __init__(
        self,
        disk: Disk,
        line: Line,
        *,
        watch: Watch,
        chance: random.Random,
        now: Callable[[], datetime],
        password: str,
    ):
        self.disk, self.line, self.watch, self.chance, self.now = disk, line, watch, chance, now
        self.password, self.more, self.person_is_there = password, True, True

    # Writing

    def write(self, visit: str, kind: str, data: Json) -> Json:
        """Write one entry, made having seen the visit as this phone knows it."""
        seen = self.disk.visits.get(visit)
        op = self.disk.current.append(
            {
                "id": new_id(self.chance),
                "seq": 0,
                "visit": visit,
                "kind": kind,
                "at": clock.rfc3339(self.now()),
                "base": seen.document["version"] if seen else 0,
                "data": data,
            }
        )
        self.watch.wrote(op, seen.epoch if seen else "")
        return op

    def photograph(self, content: bytes) -> str:
        """Keep a picture on the disk; gives its digest."""
        digest = hashlib.sha256(content).hexdigest()
        self.disk.files[digest] = content
        return digest

    # Syncing

    @property
    def settled(self) -> bool:
        """Say whether everything is acknowledged in the present history, everything pulled, every file held."""
        known = all(one.acked == len(one.ops) and one.epoch == self.disk.epoch for one in self._open())
        return known and not self.more and not self.files_waiting()

    def files_waiting(self) -> list[str]:
        """The digests of the files that no receipt of the present history has named."""
        return sorted(set(self.disk.files) - self.disk.held)

    def sync(self) -> None:
        """Exchange once with the server for every log that has something to say or to ask, then send files.

        Raises NoAnswerError, after which nothing has changed.
        """
        for identity in self._open():
            if identity is self.disk.current or identity.epoch != self.disk.epoch or identity.acked < len(identity.ops):
                self._exchange(identity)
        for digest in self.files_waiting():
            self._upload(digest)

    def _open(self) -> list[Identity]:
        return [one for one in self.disk.identities if one is self.disk.current or one.ops]

    def _exchange(self, identity: Identity, *, push: bool = True) -> None:
        if not identity.enrolled and not self._enrol(identity):
            self.more = True
            return
        request = self.request(identity, push=push)
        reply = self._call("POST", "/api/v1/sync", request)
        if reply.status == 200:
            self._take_in(identity, request, reply.body)
        else:
            self._heal(identity, request, reply)

    def request(self, identity: Identity, *, push: bool = True) -> Json:
        """What goes out next: the unacknowledged entries, signed; the cursor; the files to ask about."""
        ops = identity.ops[identity.acked : identity.acked + self.most] if push else []
        body: Json = {
            "protocol": 1,
            "device": identity.id,
            "cursor": self.disk.cursor,
            "ops": ops,
            "files": self.files_waiting()[:1000],
            "limit": self.chance.choice([2, 5, 200]),
        }
        if ops:
            link = identity.chain[ops[-1]["seq"]]
            r, s = decode_dss_signature(identity.key.sign(link, ec.ECDSA(hashes.SHA256())))
            body["proof"] = {"chain": link.hex(), "sig": text(r.to_bytes(32) + s.to_bytes(32))}
        return body

    def _take_in(self, identity: Identity, request: Json, answer: Json) -> None:
        """Take a whole answer in: who holds what of the log, then the visits. All of it or nothing: nothing here can fail."""
        self._enter(answer["epoch"])
        self._take_custody(identity, answer["receipt"])
        if request["cursor"] is None:
            self.disk.mentioned = set()
        for document in answer["visits"]:
            self.disk.visits[document["id"]] = Seen(document, answer["epoch"])
            self.disk.held -= set(document["missing_blobs"])
        for visit in answer["gone"]:
            self.disk.visits.pop(visit, None)
        if self.disk.mentioned is not None:
            self.disk.mentioned |= {document["id"] for document in answer["visits"]}
            if not answer["more"]:
                self.disk.visits = {v: seen for v, seen in self.disk.visits.items() if v in self.disk.mentioned}
                self.disk.mentioned = None
        self.disk.cursor, self.more = answer["cursor"], answer["more"]

    def _enter(self, epoch: str) -> None:
        """Notice another history: a server restored from a backup may hold less of everything."""
        if epoch != self.disk.epoch:
            self.disk.epoch, self.disk.held, self.more = epoch, set(), True

    def _take_custody(self, identity: Identity, receipt: Json) -> None:
        """Believe `acked_seq` when the server's chain there is this log's; otherwise another phone writes under this id."""
        if not self._is_genuine(receipt):
            raise UnexpectedError("a receipt that this server never signed")
        acked_seq, before = receipt["acked_seq"], identity.acked if identity.epoch == receipt["epoch"] else 0
        identity.epoch, identity.acked, identity.revoked = receipt["epoch"], before, False
        self.disk.held |= set(receipt["files"])
        if not identity.is_ours(acked_seq, receipt["chain"]):
            self._separate(identity)
            return
        identity.acked, identity.receipt = acked_seq, receipt
        self.watch.acknowledged(identity.ops[before:acked_seq])
        self.watch.shown_safe(identity)

    def _separate(self, identity: Identity) -> None:
        """Give what is not acknowledged to a new device id, in its order and with its ids; keep the rest as it was."""
        fresh = new_identity(self.chance)
        for op in identity.cut(identity.acked):
            fresh.append(op)
        place = self.disk.identities.index(identity) + 1
        self.disk.identities.insert(place, fresh)
        if not identity.ops:
            self.disk.identities.remove(identity)

    def _is_genuine(self, receipt: Json) -> bool:
        key = self.disk.receipt_key
        assert key is not None
        x, y = (int.from_bytes(base64.urlsafe_b64decode(key[part] + "==")) for part in ("x", "y"))
        raw = base64.urlsafe_b64decode(receipt["sig"] + "==")
        signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        told = {member: value for member, value in receipt.items() if member != "sig"}
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        try:
            public.verify(signature, chain.canonical(told), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def _heal(self, identity: Identity, request: Json, reply: Reply) -> None:
        self.more = True
        if reply.status >= 500:
            return
        match reply.code:
            case "login_required" | "not_your_device":
                self.log_in()
            case "unknown_device":
                identity.enrolled = False
            case "cursor_expired":
                self.disk.cursor, self.disk.mentioned, self.more = None, None, True
            case "sequence_gap":
                identity.acked = min(identity.acked, reply.body["expected"] - 1)
            case "sequence_reused" | "bad_proof":
                self._exchange(identity, push=False)  # the chain the server names says what is ours
            case "device_revoked":
                self._accept_revocation(identity, reply.body)
            case "too_large" if len(request["ops"]) > 1:
                self.most = len(request["ops"]) // 2
            case _:
                raise UnexpectedError(f"{reply.status} {reply.content.decode()[:300]}")

    def _accept_revocation(self, identity: Identity, body: Json) -> None:
        self._enter(body["epoch"])
        self._take_custody(identity, body["receipt"])
        identity.revoked, self.more = True, False

    def _enrol(self, identity: Identity) -> bool:
        """Enrol a device id, once it is sure that its owner is logged in and nobody who borrowed the phone."""
        who = self.line.send("GET", "/api/v1/me")
        if who.status >= 500:
            return False
        if (who.status != 200 or who.body["user"]["username"] != self.disk.owner) and not self.log_in():
            return False
        point = identity.key.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": text(point.x.to_bytes(32)), "y": text(point.y.to_bytes(32))}
        reply = self._call("POST", "/api/v1/devices", {"id": identity.id, "name": "手机", "public_key": jwk})
        if reply.status in (200, 201):
            identity.enrolled, self.disk.receipt_key = True, reply.body["receipt_key"]
        elif reply.code == "device_exists":
            self._separate(identity)
        elif reply.code == "device_revoked":
            self.log_in()  # the former phone of this browser was revoked: another one needs another log-in
        elif reply.status < 500:
            raise UnexpectedError(f"{reply.status} {reply.content.decode()[:300]}")
        return identity.enrolled

    def log_in(self) -> bool:
        """Type name and password, if somebody is there to type."""
        if not self.person_is_there:
            return False
        reply = self._call("POST", "/api/v1/login", {"username": self.disk.owner, "password": self.password})
        return reply.status == 200

    def _call(self, method: str, path: str, body: Json) -> Reply:
        return self.line.send(
            method, path, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )

    # Files

    def _upload(self, digest: str) -> None:
        """Send one file from where the server stands. Only a receipt makes it count as held."""
        content = self.disk.files[digest]
        words = f"sha256 {base64.b64encode(digest.encode()).decode()}"
        announced = self.line.send(
            "POST", "/api/v1/blobs", headers={"Upload-Length": str(len(content)), "Upload-Metadata": words}
        )
        if announced.status != 201:
            return
        offset = int(announced.headers["Upload-Offset"])
        while offset < len(content):
            offset = self._send_piece(digest, offset, content[offset : offset + self.chance.choice([40, 1000])])
            if offset < 0:
                return

    def _send_piece(self, digest: str, offset: int, piece: bytes) -> int:
        headers: Mapping[str, str] = {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        reply = self.line.send("PATCH", f"/api/v1/blobs/{digest}", content=piece, headers=headers)
        return int(reply.headers["Upload-Offset"]) if reply.status == 204 else -1
