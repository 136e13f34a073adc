"""With which key a paper is signed, and what happens when the key is not to be had."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import pkcs11
from sqlalchemy import select

from fieldsvc import authority, cli, clock
from fieldsvc.db import db, transaction
from fieldsvc.notices import service as notices
from fieldsvc.notices import work as making
from fieldsvc.notices.signature import signer, signing
from fieldsvc.notices.work import MAX_ATTEMPTS
from fieldsvc.settings import BadSettings, Settings
from tests.fieldsvc.conftest import Browser
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, papers_of, pdf_of, record_visit, work
from tests.fieldsvc.signers import (
    PASSPHRASE,
    TimeAuthority,
    blank,
    certificate,
    key_file,
    paper,
    sign_with,
    token,
    trust,
    verdict,
)


def test_a_paper_goes_out_as_b_b_when_nothing_else_is_set(app: Flask, owed: str, client_as: Clients) -> None:
    work(app)
    listed, row = paper(app, client_as("office"), owed)
    assert (row.status, row.signature_level) == ("ready", "b-b")
    assert verdict(app, pdf_of(client_as("office"), listed)).stamped_at is None


def test_waiting_is_no_attempt_so_a_restart_in_the_middle_of_one_gives_nothing_up(
    app: Flask, owed: str, client_as: Clients, tmp_path: Path, later: Any
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("another one\n", encoding="utf-8")
    sign_with(app, key=f"pkcs12:{key_file(certificate('华安燃气'), tmp_path / 'signer.p12')}", secret_file=secret)
    pauses = []
    for _ in range(MAX_ATTEMPTS + 1):
        work(app)
        _, row = paper(app, client_as("office"), owed)
        assert (row.status, row.attempts) == ("pending", 0)
        pauses.append((row.next_try_at - clock.now()).total_seconds())
        later(minutes=11)
    assert pauses == sorted(pauses) and pauses[0] <= 5 < 590 < pauses[-1] <= 600, "it is tried ever more seldom"
    with app.app_context():
        assert making._claim(clock.now()) is not None, "a program that ends here leaves its claim behind"
    later(minutes=11)
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    work(app)
    _, row = paper(app, client_as("office"), owed)
    assert (row.status, row.error) == ("ready", None)


@pytest.mark.parametrize("level", ["b-b", "b-t"])
def test_a_long_chain_of_large_certificates_fits_and_no_root_is_put_in(
    level: str, app: Flask, tmp_path: Path, stamping: TimeAuthority
) -> None:
    key = rsa.generate_private_key(65537, 4096)  # one for all: each takes seconds
    above = certificate("a root", ca=True, key=key)
    for name in ("one between", "another between"):
        above = certificate(name, ca=True, key=key, issuer=above)
    made = key_file(certificate("华安燃气", key=key, issuer=above), tmp_path / "signer.p12")
    trust(app, stamping.root)
    with app.app_context():
        own = signing.sign(blank(), by=signer.present(), place="贵阳", reason="试签").pdf
        sign_with(app, key=f"pkcs12:{made}", secret=PASSPHRASE, level=level, timestamp_url=stamping.url)
        long = signing.sign(blank(), by=signer.present(), place="贵阳", reason="试签").pdf
    assert embedded(own) == ["document signer DEMONSTRATION 演示"]
    assert embedded(long) == ["another between", "one between", "华安燃气"]
    assert len(long) - len(own) < 48 * 1024


def embedded(pdf: bytes) -> list[str]:
    """The names of the certificates inside a file's signature."""
    (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return sorted(one.chosen.subject.native["common_name"] for one in found.signed_data["certificates"])


def test_a_key_file_signs_and_its_passphrase_is_nowhere_in_the_data(
    app: Flask, owed: str, client_as: Clients, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = certificate("华安燃气 2026", issuer=certificate("a licensed authority", ca=True))
    secret = tmp_path / "passphrase"
    secret.write_text("another one\n", encoding="utf-8")
    sign_with(app, key=f"pkcs12:{key_file(made, tmp_path / 'signer.p12')}", secret_file=secret)
    work(app)
    _, row = paper(app, client_as("office"), owed)
    assert row.status == "pending" and row.error and "passphrase is another one" in row.error
    assert "fieldsvc_signer_expires_seconds 0.0" in client_as("office").get("/metrics").text
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    with app.app_context(), transaction():
        row = db.session.scalars(select(notices.Notice)).one()
        row.next_try_at = row.promised_at
    work(app)
    listed, row = paper(app, client_as("office"), owed)
    assert (row.status, row.error) == ("ready", None)
    assert verdict(app, pdf_of(client_as("office"), listed)).reason == "current"
    with app.app_context():
        assert not notices.is_demonstration() and "华安燃气 2026" in signer.present().describe()
    for file in app.extensions["fieldsvc.settings"].data.rglob("*"):
        assert not file.is_file() or PASSPHRASE.encode() not in file.read_bytes(), file
    assert PASSPHRASE not in caplog.text and PASSPHRASE not in repr(app.extensions["fieldsvc.settings"])


def test_a_key_in_a_token_signs_without_ever_leaving_it(
    app: Flask, owed: str, client_as: Clients, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = certificate("华安燃气 token", issuer=certificate("a licensed authority", ca=True))
    with token(made, tmp_path / "token", "2468") as address:
        sign_with(app, key=address, secret="1111")
        with app.app_context(), pytest.raises(signer.NoSigner, match="does not give its key"):
            signer.present()
        sign_with(app, key=address, secret="2468")
        work(app)
        listed, row = paper(app, client_as("office"), owed)
        assert (row.status, row.error) == ("ready", None)
        pdf = pdf_of(client_as("office"), listed)
        (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        assert found.signer_cert.subject.native["common_name"] == "华安燃气 token"
        assert verdict(app, pdf).reason == "current"
        signer.forget()
    sign_with(app)
    assert verdict(app, pdf).reason == "current", "what a token signed stays genuine without it"


@pytest.fixture
def log_ins(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every PIN that a token was told."""
    told, log_in = [], pkcs11.open_pkcs11_session

    def counted(module: str, **how: Any) -> Any:
        told.append(how["user_pin"])
        return log_in(module, **how)

    monkeypatch.setattr(pkcs11, "open_pkcs11_session", counted)
    return told


def expiry(browser: Browser) -> float:
    lines = browser.get("/metrics").text.splitlines()
    return float(next(one for one in lines if one.startswith("fieldsvc_signer_expires_seconds ")).split()[1])


def test_a_wrong_pin_is_told_to_the_token_once_and_no_page_ever_asks_it(
    app: Flask, owed: str, client_as: Clients, tmp_path: Path, later: Any, log_ins: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    office, pin = client_as("office"), tmp_path / "pin"
    made = certificate("华安燃气 token", issuer=certificate("a licensed authority", ca=True))

    def look() -> float:
        """Open what anybody may open, while a token that hangs keeps whoever asks it."""
        with monkeypatch.context() as hanging:
            hanging.delattr(signer, "_one_at_a_time")
            assert office.get("/n/unknown").status_code == 404 and office.get("/office").status_code == 200
            return expiry(office)

    with token(made, tmp_path / "token", "2468") as address:
        pin.write_text("1111\n")
        sign_with(app, key=address, secret_file=pin)
        assert look() == 0 and log_ins == []
        for _ in range(3):
            work(app)
            with app.app_context(), pytest.raises(signer.NoSigner, match="PinIncorrect"):
                signer.present()
            assert look() == 0
            later(minutes=11)
        assert log_ins == ["1111"]
        pin.write_text("2468\n")
        work(app)
        assert paper(app, office, owed)[1].status == "ready" and log_ins == ["1111", "2468"]
        signer.forget()  # as after a restart
        assert look() == made.certificate.not_valid_after_utc.timestamp()
        assert (
            log_ins == ["1111", "2468"]
            and "2468" not in (app.extensions["fieldsvc.settings"].keys / "present-signer").read_text()
        )


def test_a_token_that_is_not_there_is_looked_for_again_after_some_minutes(
    app: Flask, tmp_path: Path, later: Any, log_ins: list[str]
) -> None:
    with token(certificate("华安燃气 token"), tmp_path / "token", "2468") as address:
        sign_with(app, key=address.replace("token=company", "token=elsewhere"), secret="2468")
        for tried in (1, 1, 2):
            with app.app_context(), pytest.raises(signer.NoSigner, match="does not give its key"):
                signer.present()
            assert len(log_ins) == tried
            if tried == len(log_ins) == 1:
                later(minutes=1.5)


def test_certificates_follow_one_another_and_what_each_signed_stays_genuine(
    app: Flask, client_as: Clients, plan: Plan, phone_of: PhoneOf, tmp_path: Path
) -> None:
    office, phone, keys = client_as("office"), phone_of("inspector"), app.extensions["fieldsvc.settings"].keys
    files = []

    def issue() -> None:
        visit = plan()["id"]
        record_visit(phone, visit, photo=False)
        phone.sync()
        work(app)
        files.append(pdf_of(office, papers_of(office, visit)[0]))

    issue()
    authority.renew_signer(keys, company="华安燃气")
    issue()
    made = certificate("a licensed authority's", issuer=certificate("root", ca=True))
    sign_with(app, key=f"pkcs12:{key_file(made, tmp_path / 'signer.p12')}", secret=PASSPHRASE)
    issue()
    key_file(certificate("its successor"), tmp_path / "signer.p12")
    issue()
    assert [verdict(app, one).reason for one in files] == ["current"] * 4
    signers = {PdfFileReader(io.BytesIO(one)).embedded_signatures[0].signer_cert.sha256.hex() for one in files}
    kept = {one.name.removesuffix(".pem") for one in (keys / "signers").iterdir()}
    assert len(signers) == 4 and signers == kept


def test_a_key_that_does_not_belong_to_its_certificate_signs_nothing(app: Flask) -> None:
    keys = app.extensions["fieldsvc.settings"].keys
    former = (keys / "signer.pem").read_bytes()
    authority.renew_signer(keys, company="华安燃气")
    (keys / "signer.pem").write_bytes(former)
    with app.app_context(), pytest.raises(signer.NoSigner, match="do not belong together"):
        signer.present()


def test_the_end_of_a_certificate_is_told_sixty_days_ahead(
    app: Flask, client_as: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, keys = client_as("office"), app.extensions["fieldsvc.settings"].keys
    assert "请更新证书" not in office.get("/office").text
    (line,) = [one for one in office.get("/metrics").text.splitlines() if one.startswith("fieldsvc_signer_expires")]
    ends = authority.signer_certificate(keys).not_valid_after_utc
    assert float(line.split()[1]) == ends.timestamp()
    for days, said in ((61, ""), (60, "签名证书将在 59 天后到期"), (2, "签名证书将在 1 天后到期")):
        monkeypatch.setattr(authority, "SIGNER_DAYS", days)
        authority.renew_signer(keys, company="华安燃气")
        page = office.get("/office").text
        assert ("请更新证书" in page) == bool(said) and said in page, days
    then = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: then)
    assert "签名证书已过期" in office.get("/office").text
    with app.app_context(), pytest.raises(signer.NoSigner, match="valid until"):
        signer.present()


def test_the_command_shows_and_renews_the_certificate(app: Flask) -> None:
    data = app.extensions["fieldsvc.settings"].data
    shown = CliRunner().invoke(cli.main, ["certificate", "show", "--data", str(data)])
    assert shown.exit_code == 0 and "document signer" in shown.output and "days" in shown.output
    before = authority.signer_certificate(data / "keys").serial_number
    renewed = CliRunner().invoke(cli.main, ["certificate", "renew", "--data", str(data)])
    assert renewed.exit_code == 0 and authority.signer_certificate(data / "keys").serial_number != before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"FIELDSVC_SIGNING_KEY": "/etc/key"}, "must begin with pkcs12:/ or pkcs11:"),
        ({"FIELDSVC_SIGNING_KEY": "pkcs11:token=x"}, "module-path="),
        ({"FIELDSVC_SIGNING_SECRET_FILE": "/nowhere"}, "there is no file /nowhere"),
        ({"FIELDSVC_TIMESTAMP_URL": "ftp://x"}, "must be an http(s) address"),
        ({"FIELDSVC_SIGNING_LEVEL": "b-lta"}, "needs FIELDSVC_TIMESTAMP_URL"),
        ({"FIELDSVC_TIMESTAMP_FAILS": "ignore"}, "must be wait or b-b"),
    ],
)
def test_settings_of_signing_that_are_wrong_stop_the_start(wrong: dict[str, str], said: str, made: Path) -> None:
    with pytest.raises(BadSettings) as error:
        Settings.from_env({"FIELDSVC_DATA": str(made), **wrong})
    assert said in str(error.value)


def test_the_company_s_own_seal_is_shown_when_it_was_given(
    app: Flask, owed: str, client_as: Clients, tmp_path: Path
) -> None:
    data, image = app.extensions["fieldsvc.settings"].data, tmp_path / "stamp.png"
    Image.new("RGBA", (900, 900), (200, 0, 0, 128)).save(image)
    told = CliRunner().invoke(cli.main, ["seal", str(image), "--data", str(data)])
    assert told.exit_code == 0, told.output
    work(app)
    pdf = PdfFileReader(io.BytesIO(pdf_of(client_as("office"), papers_of(client_as("office"), owed)[0])))
    shown = pdf.root["/AcroForm"]["/Fields"][0].get_object()["/AP"]["/N"]["/Resources"]["/XObject"]["/Seal"]
    assert (shown["/Width"], shown["/Height"], shown["/Filter"]) == (360, 360, "/DCTDecode")
    image.write_bytes(b"no picture")
    assert CliRunner().invoke(cli.main, ["seal", str(image), "--data", str(data)]).exit_code == 1
    assert CliRunner().invoke(cli.main, ["seal", "--remove", "--data", str(data)]).exit_code == 0
