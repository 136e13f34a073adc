"""One person's data: all of it as a file, and erasing what may go, by two administrators."""

import io
import json
import zipfile

import pytest

from fieldsvc import clock, installation
from fieldsvc.audit import service as audit
from fieldsvc.customers import service as customers
from fieldsvc.db import transaction
from fieldsvc.identity import service as identity
from fieldsvc.record import service as record
from tests.fieldsvc.conftest import PASSWORD
from tests.fieldsvc.test_retention import everything_said, visited


@pytest.fixture
def second(app, client_as):
    """A second administrator's browser."""
    with app.app_context(), transaction():
        identity.add_user(
            username="second", password=PASSWORD, name="钱主任", roles=["admin"], locale="zh-Hans", now=clock.now()
        )
    return client_as("second")


def customer_of(app, visit_id):
    with app.app_context():
        return record.owner(visit_id=visit_id)


def test_the_file_holds_everything_of_one_customer_and_nothing_of_another(app, client_as, plan, phone_of):
    visit_id, photo, _ = visited(plan, phone_of)
    plan(name="李建国")
    customer = customer_of(app, visit_id)
    admin = client_as("admin")
    admin.get(f"/office/visits/{visit_id}")
    answer = admin.submit(f"/office/privacy/customers/{customer}", f"/office/privacy/customers/{customer}/file")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        names = file.namelist()
        said = "".join(file.read(name).decode() for name in names if name.endswith(".json"))
        looked = json.loads(file.read("looked_at.json"))
    assert any(photo in name for name in names)
    assert "王秀兰" in said and "老人独居" in said and "李建国" not in said
    assert ("saw", "赵主任") in {(one["kind"], one["by_name"]) for one in looked}
    page = admin.get(f"/office/privacy/audit?q={customer}&kind=exported").text
    assert page.count("<tr>") == 2


def test_an_erasure_needs_a_second_administrator_and_leaves_what_the_law_wants(
    app, client_as, second, plan, phone_of, later
):
    old, _, _ = visited(plan, phone_of)
    customer = customer_of(app, old)
    page = f"/office/privacy/customers/{customer}"
    admin = client_as("admin")
    admin.submit(page, f"{page}/erasures", reason="本人要求", moved_out="1")
    assert 'name="agree" value="1"' not in admin.get(page).text
    with app.app_context():
        from fieldsvc.privacy import person

        waiting = person.waiting(customer_id=customer)
    action = f"/office/privacy/erasures/{waiting.id}"
    admin.submit(page, action, agree="1")
    with app.app_context():
        assert person.waiting(customer_id=customer) is not None
    second.submit(page, action, agree="1")
    said = everything_said(app, old)
    assert "36067100" not in said and "王秀兰" in said, "names stay until claims are time-barred"
    with app.app_context():
        assert record.audit().findings == []
        assert customers.get(customer_id=customer).name == ""
    shown = second.get(page).text
    assert record_number(app, old) in shown and "36067100" not in shown


def account_of(app, visit_id):
    with app.app_context():
        return record.document(visit_id=visit_id)["customer"]["account"]


def record_number(app, visit_id):
    with app.app_context():
        return record.document(visit_id=visit_id)["number"]


def test_the_phone_gives_up_what_was_erased_at_its_next_pull(app, client_as, second, plan, phone_of):
    visit_id, _, _ = visited(plan, phone_of)
    phone = phone_of("inspector")
    customer = customer_of(app, visit_id)
    page = f"/office/privacy/customers/{customer}"
    client_as("admin").submit(page, f"{page}/erasures", reason="本人要求")
    with app.app_context():
        from fieldsvc.privacy import person

        action = f"/office/privacy/erasures/{person.waiting(customer_id=customer).id}"
    second.submit(page, action, agree="1")
    assert visit_id in phone.sync()["gone"]


def test_one_persons_data_are_for_administrators(app, client_as, plan):
    visit = plan()
    customer = customer_of(app, visit["id"])
    office = client_as("office")
    for address in ("/office/privacy/people", "/office/privacy/retention", f"/office/privacy/customers/{customer}"):
        assert office.get(address).status_code == 403
    assert office.post(f"/office/privacy/customers/{customer}/file").status_code in (400, 403)
    for address in ("/office/privacy/people?q=用户", "/office/privacy/retention"):
        assert client_as("admin").get(address).status_code == 200


def test_the_commands_tell_what_would_go_and_write_one_persons_data(app, plan, tmp_path):
    from tests.fieldsvc.test_command import fieldsvc

    settings = app.extensions["fieldsvc.settings"]
    where, env = ("--data", str(settings.data)), {"FIELDSVC_DATABASE_URL": settings.database_url}
    account = plan()["customer"]["account"]
    looked = fieldsvc("retention", "--dry-run", *where, **env)
    assert looked.returncode == 0 and "visits: 0 would go, 0 held back" in looked.stdout, looked.stderr
    made = fieldsvc("person-export", account, str(tmp_path / "person.zip"), *where, **env)
    assert made.returncode == 0 and zipfile.is_zipfile(tmp_path / "person.zip"), made.stderr


def test_by_the_command_too_an_erasure_needs_two_administrators_with_their_passwords(app, second, plan, phone_of):
    from tests.fieldsvc.test_command import fieldsvc

    old, _, _ = visited(plan, phone_of)
    settings, account = app.extensions["fieldsvc.settings"], account_of(app, old)
    env = {"FIELDSVC_DATABASE_URL": settings.database_url}
    (settings.data / "secret.key").write_text(settings.secret_key)  # tests give it by word

    def erase(*words, given=PASSWORD):
        return fieldsvc("person-erase", account, *words, "--data", str(settings.data), given=f"{given}\n", **env)

    looked = erase("--dry-run", "--moved-out")
    assert looked.returncode == 0 and "customer file would be emptied" in looked.stdout, looked.stderr
    asks = ("--by", "admin", "--reason", "本人要求", "--moved-out")
    assert erase(*asks, given="wrong").returncode == 1 and erase("--by", "office").returncode == 1
    assert erase("--by", "second", "--agree").returncode == 1, "nobody has asked"
    assert erase(*asks).returncode == 0
    assert erase("--by", "admin", "--agree").returncode == 1, "who asked for it"
    assert "36067100" in everything_said(app, old)
    done = erase("--by", "second", "--agree")
    assert done.returncode == 0, done.stderr
    assert "36067100" not in everything_said(app, old)
    with app.app_context():
        customer = record.owner(visit_id=old)
        assert customers.get(customer_id=customer).name == "" and record.audit().findings == []
        told = audit.find(about=[customer], what="erasure", zone=installation.zone()).part(limit=9).rows
    assert [(one.by_name, one.route) for one in told] == [("钱主任", "person-erase"), ("赵主任", "person-erase")]
