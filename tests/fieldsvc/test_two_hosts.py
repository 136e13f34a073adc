"""The same code on two hosts that share a database, a bucket and a queue: whoever is sent to either finds the same."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import secrets
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from flask import Flask
from pypdf import PdfReader

from fieldsvc import clock, installation
from fieldsvc.blobs import service as blobs
from fieldsvc.db import alone, db
from fieldsvc.notices import service as notices
from tests import bucket_server, redis_server
from tests.fieldsvc.conftest import settings_for, wanted
from tests.fieldsvc.hosts import SECONDS, Client, Host, Shared, until
from tests.fieldsvc.papers import record_visit
from tests.fieldsvc.phone import Phone
from tests.fieldsvc.test_blobs import picture
from tests.fieldsvc.test_printing import CHOICE
from tests.postgres import Postgres

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:botocore.*", "ignore::DeprecationWarning:boto3.*")

Json = dict[str, Any]


class Site:
    """The two hosts, with what they share."""

    def __init__(self, folder: Path, shared: Shared, queue: redis_server.Redis):
        secret = settings_for(folder).secret_key
        self.queue = queue
        self.a, self.b = (Host(folder / name, shared, secret=secret) for name in ("a", "b"))
        self._clients: list[Client] = []
        with self.a.application().app_context():
            self.today = installation.today()
            db.session.remove()
            db.engine.dispose()

    def number(self, table: str, **row: str) -> int:
        """How many rows there are with these values."""
        where = " AND ".join(f"{name} = %({name})s" for name in row)
        with psycopg.connect(self.a.shared.database.replace("+psycopg", "")) as connection:
            found = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}", row).fetchone()
        return int(found[0]) if found else 0

    def client(self, username: str, host: Host | None = None) -> Client:
        made = Client(host or self.a, username)
        self._clients.append(made)
        return made

    def phone(self, host: Host | None = None) -> tuple[Phone, Client]:
        client = self.client("inspector", host)
        phone = Phone(client)  # type: ignore[arg-type]
        phone.sync()
        return phone, client

    def plan(self) -> str:
        answer = self.client("office").post("/api/v1/visits", json={"visits": [wanted(day=self.today)]})
        assert answer.status_code == 201, answer.text
        return str(answer.json["visits"][0]["id"])

    def close(self) -> None:
        for one in self._clients:
            one.close()
        for host in (self.a, self.b):
            host.stop()


@pytest.fixture(scope="module")
def site(made_on_postgres: tuple[Path, Postgres], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    _, server = made_on_postgres
    name = f"hosts_{secrets.token_hex(4)}"
    with redis_server.served() as queue, bucket_server.served() as bucket:
        shared = Shared(server.create(name, template="made"), bucket, queue.url)
        hosts = Site(tmp_path_factory.mktemp("hosts"), shared, queue)
        try:
            for host in (hosts.a, hosts.b):
                host.begin_to_serve()
            for host in (hosts.a, hosts.b):
                host.wait()
            hosts.b.work()  # and nobody at A, but where a test says so
            yield hosts
        finally:
            hosts.close()
            server.drop(name)


def papers(client: Client, visit: str) -> list[Json]:
    found: list[Json] = client.get(f"/api/v1/visits/{visit}").json["notices"]
    return found


def ready(client: Client, visit: str) -> Json | None:
    return next((one for one in papers(client, visit) if one["status"] == "ready"), None)


def test_a_second_host_is_given_the_secret_and_fetches_every_other_key(site: Site) -> None:
    names = ("root.pem", "root.key", "signer.pem", "signer.key", "receipt.key", "lifeboat.key")
    assert all((site.a.data / "keys" / one).read_bytes() == (site.b.data / "keys" / one).read_bytes() for one in names)


def test_what_a_phone_sent_to_one_host_is_answered_by_the_other(site: Site) -> None:
    visit, (phone, client) = site.plan(), site.phone(site.a)
    content = picture(colour="teal")
    digest = hashlib.sha256(content).hexdigest()
    phone.sync()
    phone.op(visit, "step.tick", step="knock")
    phone.op(visit, "photo.add", sha256=digest, purpose="meter", taken_at="2026-11-21T09:00:00Z")
    phone.sync()
    length = {"Upload-Length": str(len(content)), "Upload-Metadata": phone_words(digest)}
    assert client.post("/api/v1/blobs", headers=length).status_code == 201
    for host, first, last in ((site.a, 0, 40), (site.b, 40, len(content))):
        client.at = host
        piece = {"Upload-Offset": str(first), "Content-Type": "application/offset+octet-stream"}
        assert client.patch(f"/api/v1/blobs/{digest}", headers=piece, data=content[first:last]).status_code == 204
    phone.sync()
    assert phone.visits[visit]["steps"].keys() == {"knock"} and phone.visits[visit]["missing_blobs"] == []
    client.at = site.a
    assert client.get(f"/api/v1/blobs/{digest}").data == content


def phone_words(digest: str) -> str:
    return ",".join(f"{k} {b64encode(v.encode()).decode()}" for k, v in (("sha256", digest), ("type", "image/png")))


def test_who_logged_in_at_one_host_is_known_at_the_other_and_its_forms_are_taken_there(site: Site) -> None:
    office = site.client("office", site.a)
    page = office.get("/office/visits").text
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', page)[:1])
    office.at = site.b
    assert office.get("/office").status_code == 200
    assert office.post("/logout", data={"csrf_token": token}).status_code in (302, 303)
    office.at = site.a
    assert office.get("/office").status_code == 302, "and who logs out at one is gone from both"


def test_wrong_passwords_at_both_hosts_count_together(site: Site) -> None:
    def guess(host: Host) -> int:
        told = {"username": "colleague", "password": "wrong"}
        sent = {"json": told, "headers": {"X-Fieldsvc": "1"}, "timeout": SECONDS}
        return httpx.post(f"{host.url}/api/v1/login", **sent).status_code  # type: ignore[arg-type]

    assert [guess(host) for _ in range(5) for host in (site.a, site.b)] == [401] * 10
    assert [guess(site.a), guess(site.b)] == [429, 429]


def called_in_vain(site: Site, *, at: Host) -> tuple[Client, str]:
    """A visit at which nobody opened, sent to a host: it owes a card, made in a moment."""
    visit, (phone, client) = site.plan(), site.phone(at)
    phone.op(visit, "visit.start")
    phone.op(visit, "visit.close", outcome="no_access")
    phone.sync()
    return client, visit


def test_a_paper_made_by_a_worker_of_one_host_is_read_judged_and_printed_at_the_other(site: Site) -> None:
    visit, (phone, client) = site.plan(), site.phone(site.a)
    record_visit(phone, visit, photo=False)
    phone.sync()
    paper = until(lambda: ready(client, visit), why=f"the paper\n{site.b.told()}")
    office = site.client("office", site.a)
    pdf = office.get(f"/api/v1/notices/{paper['id']}.pdf")
    assert pdf.status_code == 200 and pdf.data.startswith(b"%PDF-")
    with site.a.application().app_context():
        assert notices.verify(pdf.data).genuine
        db.session.remove()
        db.engine.dispose()
    asked = "/office/print?" + "&".join(f"{name}={value}" for name, value in CHOICE.items())
    run = form(office, asked, action="/office/print", **CHOICE).headers["Location"]
    answer = until(
        lambda: (got := office.get(f"{run}.pdf")).status_code == 200 and got, why=f"the print file\n{site.b.told()}"
    )
    assert answer.data.startswith(b"%PDF-") and len(PdfReader(io.BytesIO(answer.data)).pages) >= 1
    left = [one for host in (site.a, site.b) for name in ("notices", "prints") for one in (host.data / name).glob("*")]
    assert left == [], "what others need lies on no host alone"


def test_a_file_that_came_to_one_host_is_imported_by_a_worker_of_the_other(site: Site) -> None:
    account, office = f"H{secrets.token_hex(4)}", site.client("office", site.a)
    sheet = io.StringIO()
    csv.writer(sheet).writerows([("户号", "户名", "地址"), (account, "王芳", "遵义路 12 号")])
    begun = form(office, "/office/imports", kind="customers", files={"file": ("homes.csv", sheet.getvalue().encode())})
    where = begun.headers["Location"]
    form(office, where, action=f"{where}/check")
    until(lambda: f"{where}/confirm" in office.get(where).text, why=f"the check\n{site.b.told()}")
    form(office, where, action=f"{where}/confirm")
    until(lambda: site.number("customers", account=account), why=f"the home\n{site.b.told()}")


def test_of_two_workers_one_makes_each_paper(site: Site) -> None:
    site.a.work()
    sent = [called_in_vain(site, at=host) for host in (site.a, site.b, site.a)]
    made = [until(lambda one=one: ready(*one), why=f"the papers\n{site.a.told()}{site.b.told()}") for one in sent]
    site.a.rest()
    with site.a.application().app_context():
        assert [notices.get(notice_id=one["id"]).attempts for one in made] == [1, 1, 1]
        shelf = blobs.shelf(site.a.data / "notices")
        names = list(shelf.older(clock.now() + timedelta(days=1)))
        assert [sum(name.startswith(one["id"]) for name in names) for one in made] == [1, 1, 1], "one file each"
        db.session.remove()
        db.engine.dispose()


def test_without_the_queue_phones_are_answered_and_papers_are_made_once_it_is_back(site: Site) -> None:
    site.queue.stop()
    client, visit = called_in_vain(site, at=site.a)
    assert ready(client, visit) is None
    site.queue.start()
    called_in_vain(site, at=site.b)  # whoever is woken does what was left too
    assert until(lambda: ready(client, visit), why=f"the paper\n{site.b.told()}")


def form(client: Client, page: str, *, action: str = "", files: Any = None, **fields: str) -> Any:
    """Send the form of a page that goes to `action`, with what it holds already."""
    shown = client.get(page).text
    forms = re.findall(r"<form\b.*?</form>", shown, flags=re.DOTALL)
    (one,) = [form for form in forms if f'action="{action or page}"' in form][:1]
    held = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', one))
    held |= {
        name: chosen.group(1)
        for name, body in re.findall(r'<select[^>]* name="([^"]+)".*?>(.*?)</select>', one, flags=re.DOTALL)
        if (chosen := re.search(r'<option value="([^"]*)" selected', body))
    }
    answer = client.post(action or page, data={**held, **fields}, files=files)
    assert answer.status_code == 303, answer.text
    return answer


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_is_done_alone_is_done_by_one_at_a_time_on_all_hosts(app: Flask) -> None:
    name, other = secrets.token_hex(4), list[bool]()

    def elsewhere() -> None:
        with app.app_context(), alone(name) as we:
            other.append(we)

    with app.app_context():
        with alone(name) as we:
            assert we
            _in_a_thread(elsewhere)
            with alone(f"{name} too") as beside:
                assert beside
        _in_a_thread(elsewhere)
    assert other == [False, True]


def _in_a_thread(work: Any) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(SECONDS)
