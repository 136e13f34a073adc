"""The installation's own certificate authority."""

from __future__ import annotations

import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from fieldsvc import authority, clock


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    authority.create(tmp_path / "keys", company="华安燃气")
    return tmp_path / "keys"


def test_a_fresh_installation_says_that_it_demonstrates(keys: Path) -> None:
    assert authority.is_demonstration(authority.signer_certificate(keys))
    subject = authority.signer_certificate(keys).subject.rfc4514_string()
    for words in ("DEMONSTRATION", "演示", "华安燃气"):
        assert words in subject


def test_making_it_again_changes_nothing(keys: Path) -> None:
    before = {file.name: file.read_bytes() for file in keys.iterdir()}
    authority.create(keys, company="Another company")
    assert {file.name: file.read_bytes() for file in keys.iterdir()} == before


def test_nobody_else_can_read_a_private_key(keys: Path) -> None:
    authority.tls(keys, ["localhost"])
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in keys.glob("*.key")}
    assert modes.keys() >= {"root.key", "signer.key", "server.key"}
    assert set(modes.values()) == {0o600}


def test_the_signer_commits_to_content_and_signs_nothing_else(keys: Path) -> None:
    certificate = authority.signer_certificate(keys)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.content_commitment, usage.digital_signature, usage.key_cert_sign) == (True, True, False)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.root_pem(keys)))


def test_the_server_certificate_names_its_hosts_and_lives_at_most_398_days(keys: Path) -> None:
    certificate_file, key_file = authority.tls(keys, ["localhost", "192.168.1.7", "gas.example"])
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"localhost", "gas.example"}
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.168.1.7"]
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=398)
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate_file, key_file)


def test_the_server_certificate_is_kept_until_its_hosts_change(keys: Path) -> None:
    first = authority.tls(keys, ["a.example", "b.example"])[0].read_bytes()
    assert authority.tls(keys, ["b.example", "a.example"])[0].read_bytes() == first
    assert authority.tls(keys, ["a.example"])[0].read_bytes() != first


def test_the_server_certificate_is_renewed_before_it_expires(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = authority.tls(keys, ["a.example"])[0].read_bytes()
    later = clock.now() + timedelta(days=authority.SERVER_DAYS - 10)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert authority.tls(keys, ["a.example"])[0].read_bytes() != first


def test_a_phone_can_install_the_root(keys: Path) -> None:
    root = x509.load_der_x509_certificate(authority.root_der(keys))
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    root.verify_directly_issued_by(root)
