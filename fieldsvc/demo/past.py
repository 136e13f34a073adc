"""What happened in the demonstration's town before today, written as a technician's phone would have written it.

Decides the entries of one earlier visit: start, doorstep, check points, reading, hazards with photographs, talk, signatures,
close. Everything goes through the record's one write path under a demonstration phone of the technician, so that hazards,
readings and papers follow as they would from a real day.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from fieldsvc import clock
from fieldsvc.blobs import service as blobs
from fieldsvc.catalog.service import Hazard, Point, catalogue
from fieldsvc.customers import service as customers
from fieldsvc.demo import pictures, town
from fieldsvc.demo.town import Home
from fieldsvc.hazards import service as hazards
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from sync.chain import entry

Json = dict[str, Any]

_SCENES = {"hose": "hose", "meter": "meter", "environment": "cupboard", "appliance": "heater", "valve": "valve"}
_USUAL = {
    "PIPE-C6": (18, 40, 0), "METER-C6": (32, 70, 0), "APPL-C3": (10, 75, 1), "APPL-C7": (12, 30, 0),
    "HOSE-C2": (80, 180, 2), "HOSE-C3": (10, 60, 1), "ENV-C1": (80, 190, 2),
}  # fmt: skip
"""Figures that pass, in the point's last decimal: from, to, decimals. Readings of an instrument are 0."""


def demonstration_phone(*, username: str, now: datetime) -> record.Author:
    """Give the technician's demonstration phone as an author, enrolled at the first call. Its key is thrown away."""
    user = identity.find(username=username)
    if user is None:
        raise LookupError(f"{username} is not on the staff")
    device_id = str(uuid.uuid5(uuid.UUID(user.id), "demonstration"))
    if identity.device(device_id=device_id) is None:
        point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
        x, y = (base64.urlsafe_b64encode(part.to_bytes(32, "big")).rstrip(b"=").decode() for part in (point.x, point.y))
        key = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        identity.enrol(device_id=device_id, name="演示手机", public_key=key, user=user, now=now)
    phone = identity.device(device_id=device_id)
    if phone is not None:
        phone.last_seen_at = max(phone.last_seen_at, now)
    return record.Author(device=device_id, id=user.id, name=user.name)


class Day:
    """The entries of one earlier visit, gathered in order and written at once."""

    def __init__(self, *, visit: Mapping[str, Any], home: Home, author: record.Author, began: datetime, figure: str):
        self.visit, self.home, self.author, self.figure = visit, home, author, figure
        self.moment = began
        self.random = home.random(began)
        self.ops: list[Json] = []
        self.hasty = False
        self.like: Json | None = None

    def tell(self, entry: Mapping[str, Any]) -> None:
        """Write the whole visit as an entry of town.yaml tells it."""
        self.hasty = bool(entry.get("hasty"))
        self.like = _last_of(entry["copies"]) if "copies" in entry else None
        self._op("visit.start", location=self.home.place(self.moment))
        if "no_access" in entry:
            self._nobody_home(entry["no_access"])
        else:
            for step in catalogue().entries.terms["script"]:
                self._op("step.tick", step=step.id)
            self._op("customer.confirm")
            for field, value in entry.get("corrects", {}).items():
                self._op("customer.correct", field=field, value=value)
            findings = {found["point"]: found for found in entry.get("findings", ())}
            self._check(findings)
            self._verify(entry.get("fixed", ()))
            self._read(entry.get("dial", {}))
            for step in catalogue().entries.terms["talk"]:
                self._op("step.tick", step=step.id)
            self._sign(entry)
            self._op("visit.close", outcome="completed")
        self._write()

    def _op(self, kind: str, **data: Any) -> None:
        self.moment += timedelta(seconds=1 if self.hasty else self.random.randrange(4, 26))
        self.ops.append(
            {
                "id": clock.new_id(),
                "visit": self.visit["id"],
                "kind": kind,
                "at": clock.rfc3339(self.moment),
                "base": self.visit["version"],
                "data": {name: value for name, value in data.items() if value is not None},
            }
        )

    def _write(self) -> None:
        log = record.log_of(device_id=self.author.device)
        entries = [entry({**op, "seq": log.acked_seq + 1 + n}) for n, op in enumerate(self.ops)]
        written = record.write(author=self.author, log=log, entries=entries, now=self.moment)
        refused = [one for one in written if one.status != "applied"]
        if refused:
            raise ValueError(f"the demonstration's own entries were refused: {refused[0]}")

    def _nobody_home(self, reason: str) -> None:
        self._op("step.tick", step="knock")
        self._photograph("door", purpose="door", figure=self.home.room)
        again = (self.moment + timedelta(days=7)).date().isoformat()
        self._op("visit.close", outcome="no_access", reason=reason, next_at=again)

    def _check(self, findings: Mapping[str, Mapping[str, Any]]) -> None:
        for item in catalogue().checklist(self.visit["checklist"]).items:
            for point in item.points:
                found = findings.get(point.id)
                if found:
                    value, note = found.get("value"), found["note"]
                    self._op("check.set", item=item.id, point=point.id, result="fail", value=value, note=note)
                    self._record(catalogue().hazard(found["code"]), found)
                elif point.required:
                    result, value = self._passing(point)
                    instrument = "JL-0187" if point.instrument and point.instrument != "tape_measure" else None
                    self._op(
                        "check.set", item=item.id, point=point.id, result=result, value=value, instrument=instrument
                    )

    def _passing(self, point: Point) -> tuple[str, str | None]:
        if point.kind == "choice":
            choice = next(one for one in point.choices if one.result == "pass")
            return "pass", choice.value
        if point.id == "METER-C7":
            return "pass", str(min(max(self.moment.year - self.home.made_in, 0), 9))
        if point.id in _USUAL:
            low, high, decimals = _USUAL[point.id]
            return "pass", str(Decimal(self.random.randrange(low, high)).scaleb(-decimals))
        return "pass", "0" if point.kind == "number" else None

    def _record(self, entry: Hazard, found: Mapping[str, Any]) -> None:
        hazard_id = clock.new_id()
        self._op(
            "hazard.add",
            hazard=hazard_id,
            code=entry.code,
            item=entry.item,
            level=entry.level,
            position=found["position"],
            note=found["note"],
            solutions=list(range(len(entry.solutions))),
            due=(self.moment.date() + timedelta(days=entry.deadline_days)).isoformat(),
            stop_gas=entry.stop_gas,
        )
        self._photograph(_SCENES.get(entry.item, "pipe"), purpose="hazard", ref=hazard_id, figure=self.figure)

    def _verify(self, codes: list[str]) -> None:
        for one in hazards.of_customer(customer_id=self.visit["customer"]["id"]):
            if one["code"] in codes:
                self._op("hazard.verify", hazard=one["id"], result="fixed", note="现场复查，已整改到位")
                scene = _SCENES.get(one["item"], "pipe")
                self._photograph(scene, purpose="hazard", ref=one["id"], figure=self.figure, mended=True)

    def _read(self, dial: Mapping[str, Any]) -> None:
        """Read the meter; `dial` tells what was remarkable: typed too low or too high, nothing used, standing, not readable."""
        meter = self.visit["meters"][0]
        if "unreadable" in dial:
            self._op("reading.set", meter=meter["id"], unreadable=dial["unreadable"], note=dial["note"])
            return
        last = (meter.get("last") or {}).get("value", self.figure)
        shown = last if dial.get("same") else self.figure
        typed = last if "below" in dial else shown
        typed = f"{Decimal(typed) + dial.get('more', 0) - dial.get('below', 0):0{len(shown)}.3f}"
        photo = None if dial.get("no_photo") else self._photograph("meter", purpose="meter", figure=shown)
        running = not dial.get("stands", False)
        self._op("reading.set", meter=meter["id"], value=typed, running=running, photo=photo, note=dial.get("note"))

    def _sign(self, entry: Mapping[str, Any]) -> None:
        if "refuses" in entry:
            self._op("sign.refuse", role="customer", reason=entry["refuses"], witness=entry["witness"])
        else:
            rating = self.random.choice((4, 5, 5, 5))
            self._op("sign", role="customer", name=self.home.name, relation="self", rating=rating, **self._signature())
        self._op("sign", role="technician", name=self.author.name, **self._signature())

    def _signature(self) -> Json:
        written = pictures.strokes(Random(self.random.random()))
        if self.like is not None and not any(op["kind"] == "sign" for op in self.ops):
            written = self.like["signatures"]["customer"]["strokes"]
        return {"strokes": written, "image": blobs.put(content=pictures.signature(written), now=self.moment)}

    def _photograph(
        self, scene: str, *, purpose: str, figure: str, ref: str | None = None, mended: bool = False
    ) -> str:
        caption = f"{self.moment:%Y-%m-%d %H:%M}   {self.home.account}"
        content = pictures.photograph(scene, caption=caption, figure=figure, random=self.random, mended=mended)
        if self.like is not None:
            taken = (sha for sha, photo in self.like["photos"].items() if photo["purpose"] == purpose)
            content = pictures.copied(blobs.read(sha256=next(taken)))
        sha256 = blobs.put(content=content, now=self.moment)
        self._op("photo.add", sha256=sha256, purpose=purpose, ref=ref, taken_at=clock.rfc3339(self.moment))
        return sha256


def _last_of(name: str) -> Json:
    """The last visit to the home of somebody, whose photo and signature are used once more."""
    account = next(home.account for home in town.homes() if home.name == name)
    customer = customers.of_accounts(accounts=[account])[account]
    return record.document(visit_id=record.ids_of_customer(customer_id=customer.id)[0])
