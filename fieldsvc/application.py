"""Putting the capabilities together: extensions, routes, followers, jobs.

Decides who follows the record and in which order. The order matters once: the hazard ledger and the customers come before
the notices, which print what those hold.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_migrate import Migrate
from flask_security import Security, SQLAlchemyUserDatastore
from flask_wtf import CSRFProtect

from fieldsvc import answers, clock
from fieldsvc.assets import STATIC, TEMPLATES
from fieldsvc.blobs import routes as blob_routes
from fieldsvc.blobs import service as blobs
from fieldsvc.catalog import routes as catalog_routes
from fieldsvc.customers import service as customers
from fieldsvc.db import db, prepare_engine, transaction
from fieldsvc.hazards import service as hazards
from fieldsvc.health import routes as health_routes
from fieldsvc.identity import pages as identity_pages
from fieldsvc.identity import routes as identity_routes
from fieldsvc.identity import service as identity
from fieldsvc.identity.models import Role, User
from fieldsvc.imports import pages as import_pages
from fieldsvc.imports import service as imports
from fieldsvc.imports import work as import_work
from fieldsvc.jobs import service as jobs
from fieldsvc.languages import select_locale
from fieldsvc.lifeboat import pages as lifeboat_pages
from fieldsvc.lookup import pages as lookup_pages
from fieldsvc.messages import init_messages
from fieldsvc.notices import routes as notice_routes
from fieldsvc.notices import service as notices
from fieldsvc.office import pages as office_pages
from fieldsvc.printing import pages as printing_pages
from fieldsvc.printing import service as printing
from fieldsvc.pwa import pages as pwa_pages
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record
from fieldsvc.settings import Settings
from fieldsvc.sync_api import routes as sync_routes
from fieldsvc.visits import routes as visit_routes
from fieldsvc.visits import service as visits

APIS = (
    identity_routes.api,
    catalog_routes.api,
    sync_routes.api,
    visit_routes.api,
    blob_routes.api,
    notice_routes.api,
)
PAGES = (
    identity_pages.pages,
    office_pages.pages,
    printing_pages.pages,
    lifeboat_pages.pages,
    import_pages.pages,
    lookup_pages.pages,
    pwa_pages.pages,
    health_routes.pages,
)


def build(settings: Settings) -> Flask:
    """Build the Flask application of one installation."""
    app = Flask("fieldsvc", static_folder=str(STATIC), static_url_path="/static", template_folder=str(TEMPLATES))
    app.config.from_mapping(_config(settings))
    app.extensions["fieldsvc.settings"] = settings
    _extensions(app)
    _wire(app, settings)
    csrf = CSRFProtect(app)
    csrf.exempt(lookup_pages.check)  # it changes nothing, for nobody, and the page it stands on sets no cookie
    csrf.exempt(lifeboat_pages.take_in)  # it asks for the token itself, once it knows who sends so much
    for api in APIS:
        csrf.exempt(api)  # programs send the X-Fieldsvc header instead, see answers.check_header
        app.register_blueprint(api)
    for pages in PAGES:
        app.register_blueprint(pages)
    answers.init_app(app, https=settings.https)
    return app


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SESSION_COOKIE_NAME": "fieldsvc",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SALT": settings.secret_key,
        "SECURITY_REGISTER_BLUEPRINT": False,
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"username": {"mapper": str, "case_insensitive": False}}],
        "SECURITY_SEND_REGISTER_EMAIL": False,
    }


def _extensions(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    Migrate(app, db, directory=str(answers.PACKAGE / "migrations"))
    Security(app, SQLAlchemyUserDatastore(db, User, Role), register_blueprint=False)
    init_messages(app, select_locale)


def _wire(app: Flask, settings: Settings) -> None:
    blobs.use_storage(settings.blob_url, folder=settings.data / "blobs")
    record.wiring.present = blobs.present
    record.wiring.open_unplanned = visits.facts_of_unplanned
    record.wiring.find_technician = identity.find_technician
    record.wiring.followers = [hazards.follow, readings.follow, customers.follow, notices.follow]
    notices.use_desk(
        notices.Desk(
            folder=settings.data / "notices",
            keys=settings.keys,
            public_url=settings.public_url,
            photo_wait=timedelta(seconds=settings.photo_wait_seconds),
            signing=settings.signing,
        )
    )
    queue = jobs.Queue(app, url=settings.jobs_url, folder=settings.data)
    app.extensions["fieldsvc.jobs"] = queue
    jobs.register("notices.work", notices.work_due)
    printing.use_folder(settings.data / "prints")
    jobs.register("printing.work", printing.work_due)
    imports.use_folder(settings.data / "imports")
    jobs.register(import_work.JOB, import_work.work_due)
    jobs.register("imports.tidy", import_work.tidy, every=timedelta(days=1))
    jobs.register("blobs.orphans", _collect_orphans, every=timedelta(days=1))


def _collect_orphans() -> None:
    with transaction():
        blobs.collect_orphans(now=clock.now())
