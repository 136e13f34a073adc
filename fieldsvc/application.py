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
from werkzeug.middleware.proxy_fix import ProxyFix

from fieldsvc import answers, clock, logs, sqlite
from fieldsvc.account import pages as account_pages
from fieldsvc.assets import STATIC, TEMPLATES
from fieldsvc.billing import service as billing
from fieldsvc.blobs import routes as blob_routes
from fieldsvc.blobs import service as blobs
from fieldsvc.calls import service as calls
from fieldsvc.catalog import routes as catalog_routes
from fieldsvc.customers import service as customers
from fieldsvc.db import db, prepare_engine, transaction
from fieldsvc.doubts import service as doubts
from fieldsvc.duty import service as duty
from fieldsvc.hazards import service as hazards
from fieldsvc.health import routes as health_routes
from fieldsvc.identity import access, cookie
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
from fieldsvc.openapi import routes as openapi_routes
from fieldsvc.planning import pages as planning_pages
from fieldsvc.planning import service as planning
from fieldsvc.printing import pages as printing_pages
from fieldsvc.printing import service as printing
from fieldsvc.privacy import pages as privacy_pages
from fieldsvc.privacy import retention, watch
from fieldsvc.promises import service as promises
from fieldsvc.pwa import pages as pwa_pages
from fieldsvc.readings import service as readings
from fieldsvc.record import service as record
from fieldsvc.reports import service as reports
from fieldsvc.settings import Settings
from fieldsvc.sync_api import routes as sync_routes
from fieldsvc.visits import read_again
from fieldsvc.visits import routes as visit_routes
from fieldsvc.visits import service as visits

APIS = (
    identity_routes.api,
    catalog_routes.api,
    sync_routes.api,
    visit_routes.api,
    blob_routes.api,
    notice_routes.api,
    openapi_routes.api,
)
PAGES = (
    identity_pages.pages,
    account_pages.pages,
    office_pages.pages,
    printing_pages.pages,
    lifeboat_pages.pages,
    import_pages.pages,
    planning_pages.pages,
    privacy_pages.pages,
    lookup_pages.pages,
    pwa_pages.pages,
    health_routes.pages,
)


def build(settings: Settings) -> Flask:
    """Build the Flask application of one installation."""
    app = Flask("fieldsvc", static_folder=str(STATIC), static_url_path="/static", template_folder=str(TEMPLATES))
    app.config.from_mapping(_config(settings))
    app.session_interface = cookie.Cookie()
    app.extensions["fieldsvc.settings"] = settings
    logs.init_app(app)  # first, so that whatever answers is timed and told
    if settings.proxies:
        # Each of our proxies adds the address it took a request from; the last so many are theirs, those before are anybody's.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
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
    watch.init_app(app)  # after the answers' rules, so that it comes before their headers
    return app


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        # A connection over a network may have ended since it was used: asked before it is taken, so that no request fails by it.
        "SQLALCHEMY_ENGINE_OPTIONS": (
            {"module": sqlite.driver} if settings.database_url.startswith("sqlite:") else {"pool_pre_ping": True}
        ),
        "SESSION_COOKIE_NAME": cookie.name(https=settings.https),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=366),  # the table of sessions decides, by role
        # An answer that comes late must not put the cookie of before a log-in back over the new one.
        "SESSION_REFRESH_EACH_REQUEST": False,
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
    app.login_manager.user_loader(access.load)  # type: ignore[attr-defined]
    init_messages(app, select_locale)


def _wire(app: Flask, settings: Settings) -> None:
    identity.factors.use_secret(app, settings.secret_key)
    blobs.use_storage(app, settings.blob_url, folder=settings.data / "blobs")
    record.wiring.present = blobs.present
    record.wiring.open_unplanned = visits.facts_of_unplanned
    record.wiring.find_technician = identity.find_technician
    record.wiring.second_person = hazards.supervise.second_person
    record.wiring.followers = [
        hazards.follow,
        readings.follow,
        read_again.follow,
        customers.follow,
        duty.follow,
        notices.follow,
        planning.follow,
        doubts.follow,
        calls.follow,
        promises.follow,
    ]
    notices.use_desk(
        app,
        notices.Desk(
            folder=settings.data / "notices",
            keys=settings.keys,
            public_url=settings.public_url,
            photo_wait=timedelta(seconds=settings.photo_wait_seconds),
            signing=settings.signing,
        ),
    )
    queue = jobs.Queue(app, url=settings.jobs_url, folder=settings.data)
    app.extensions["fieldsvc.jobs"] = queue
    jobs.register("notices.work", notices.work_due)
    printing.use_folder(app, settings.data / "prints")
    jobs.register("printing.work", printing.work_due)
    jobs.register(doubts.JOB, doubts.work_due, alone=True)
    billing.folder.give(app, settings.data / "billing")
    jobs.register(billing.JOB, billing.work_due, alone=True)
    jobs.register(billing.progress.JOB, billing.progress.work_due, every=timedelta(hours=1), alone=True)
    imports.folder.give(app, settings.data / "imports")
    jobs.register(import_work.JOB, import_work.work_due)
    jobs.register(planning.JOB, planning.work_due, alone=True)
    jobs.register(calls.sample.JOB, calls.sample.work_due, every=timedelta(hours=1), alone=True)
    jobs.register("imports.tidy", import_work.tidy, every=timedelta(days=1), alone=True)
    jobs.register("reports.work", reports.work_due, alone=True)
    jobs.register("hazards.daily", hazards.daily.work_due, every=timedelta(days=1), alone=True)
    jobs.register(retention.JOB, retention.work_due, every=timedelta(days=1), alone=True)
    jobs.register("blobs.orphans", _collect_orphans, every=timedelta(days=1), alone=True)


def _collect_orphans() -> None:
    with transaction():
        blobs.collect_orphans(now=clock.now())
