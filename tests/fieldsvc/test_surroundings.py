"""Two applications in one process: each has its own folders, keys and files."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

from flask import Flask

from fieldsvc import create_app
from fieldsvc.billing import service as billing
from fieldsvc.blobs import service as blobs
from fieldsvc.identity import service as identity
from fieldsvc.imports import service as imports
from fieldsvc.notices import desk
from fieldsvc.printing import folder as prints
from tests.fieldsvc.conftest import settings_for
from tests.fieldsvc.papers import PhoneOf, picture


def test_an_application_built_later_takes_nothing_from_one_at_work(
    app: Flask, made: Path, tmp_path: Path, phone_of: PhoneOf
) -> None:
    phone = phone_of("inspector")
    data, later = tmp_path / "data", tmp_path / "later"
    shutil.copytree(made, later)
    other = create_app(replace(settings_for(later), secret_key="another secret of the tests, as long"))

    for application, folder in ((app, data), (other, later)):
        with application.app_context():
            assert desk.desk().folder == folder / "notices"
            assert billing.folder() == folder / "billing"
            assert imports.file_of("one") == folder / "imports" / "one"
            assert prints.whole("one") == folder / "prints" / "one.pdf"
    with app.app_context():
        ours = identity.factors._keys()
    with other.app_context():
        assert identity.factors._keys() != ours

    sha256 = phone.upload(picture(colour="teal"), "image/jpeg")
    with app.app_context():
        assert blobs.present({sha256}) == {sha256}
        assert hashlib.sha256(blobs.read(sha256=sha256)).hexdigest() == sha256
    with other.app_context():
        assert blobs.present({sha256}) == set()
    kept = {file.name for file in (later / "blobs").rglob("*") if file.is_file()}
    assert not any(sha256 in name for name in kept)
