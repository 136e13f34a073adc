"""What a call of each route looks at or changes: one line per endpoint, read by `watch` and by nobody else.

A route that stands neither in LOOKS nor in NOTHING fails tests/contract/test_audit_routes.py. `arg` is the part of the address
that names the object; `whose` says how its visit and customer are found (`fieldsvc.privacy.whose`). Invariant: NOTHING holds
only what shows nothing of a person and changes nothing that the op log or a book of its own does not tell of.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """One line of the table. `once`: the same look by the same person within ten minutes is one."""

    kind: str
    what: str
    arg: str = ""
    whose: str = ""
    once: bool = False


def saw(what: str, arg: str, whose: str = "", *, once: bool = False) -> Look:
    """Somebody looked at one thing."""
    return Look("saw", what, arg, whose or what, once)


def listed(what: str) -> Look:
    """Somebody looked at a list; with words or filters it is a search, as a file an export."""
    return Look("listed", what)


def exported(what: str, arg: str = "", whose: str = "") -> Look:
    """Somebody took data away as a file."""
    return Look("exported", what, arg, whose or what)


def changed(what: str, arg: str = "", whose: str = "") -> Look:
    """Somebody changed something."""
    return Look("changed", what, arg, whose or what)


def public(what: str, arg: str) -> Look:
    """Somebody, we do not know who, looked by the code on a paper."""
    return Look("public", what, arg, what, once=True)


_IN, _OUT = Look("entered", "session"), Look("left", "session")

LOOKS = {
    "identity.login": _IN,
    "identity_pages.log_in": _IN,
    "identity_pages.prove_second": _IN,
    "identity_pages.prove_passkey": _IN,
    "identity.logout": _OUT,
    "identity_pages.log_out": _OUT,
    "identity.add_user": changed("person"),
    "office.add_person": changed("person"),
    "office.people": listed("people"),
    "account.person": saw("person", "user_id", "nobody"),
    "account.give_password": changed("person", "user_id"),
    "account.reset_second": changed("person", "user_id"),
    "account.unlock": changed("person", "user_id"),
    "account.end_sessions_of": changed("session", "user_id"),
    "account.end_sessions": changed("session"),
    "account.change_password": changed("person"),
    "account.add_passkey": changed("person"),
    "account.remove_passkey": changed("person", "passkey_id"),
    "account.set_up_app": changed("person"),
    "account.remove_app": changed("person"),
    "account.new_codes": changed("person"),
    "account.take_confirmation": changed("session"),
    "identity.revoke": changed("device", "device_id"),
    "office.revoke": changed("device", "device_id"),
    "sync_api.enrol": changed("device"),
    "visits.read": saw("visit", "visit_id"),
    "visits.history": saw("visit", "visit_id"),
    "visits.plan": changed("visit"),
    "visits.edit": changed("visit", "visit_id"),
    "visits.quarantine": listed("quarantine"),
    "visits.settle": changed("entry", "op_id"),
    "blobs.read": saw("photo", "sha256", once=True),
    "notices.read": saw("paper", "notice_id"),
    "notices.pdf": saw("paper", "notice_id"),
    "printing.strip": saw("paper", "notice_id"),
    "lookup_pages.standing": public("lookup", "lookup"),
    "lookup_pages.pdf": public("lookup", "lookup"),
    "lookup_pages.check": public("lookup", "lookup"),
    "office.dashboard": listed("dashboard"),
    "office.visits": listed("visits"),
    "office.visit": saw("visit", "visit_id"),
    "office.assign": changed("visit", "visit_id"),
    "office.note": changed("visit", "visit_id"),
    "office.reopen": changed("visit", "visit_id"),
    "office.hazards": listed("hazards"),
    "office.hazard": saw("hazard", "hazard_id"),
    "office.follow_hazard": changed("hazard", "hazard_id"),
    "office.plan_reinspection": changed("hazard", "hazard_id"),
    "office.judge_level": changed("hazard", "hazard_id"),
    "office.withdraw_hazard": changed("hazard", "hazard_id"),
    "office.hazard_calls": listed("hazard_calls"),
    "office.note_call": changed("hazard"),
    "office.notices": listed("papers"),
    "office.print_notice": changed("paper", "notice_id"),
    "office.retry_notice": changed("paper", "notice_id"),
    "office.serve": changed("paper", "notice_id"),
    "office.scan": saw("serving", "serving_id"),
    "office.attach_scan": changed("serving", "serving_id"),
    "office.judge": saw("paper", "", "nobody"),
    "office.print_desk": listed("printings"),
    "office.print_run": saw("printing", "run_id", "nobody"),
    "office.print_file": exported("printing", "run_id", "nobody"),
    "office.order_print": changed("printing"),
    "office.print_again": changed("printing", "run_id", "nobody"),
    "office.cancel_print": changed("printing", "run_id", "nobody"),
    "office.retry_print": changed("printing", "run_id", "nobody"),
    "office.note_print_run": changed("printing", "run_id", "nobody"),
    "office.readings_list": listed("readings"),
    "office.reading": saw("reading", "reading_id"),
    "office.review_reading": changed("reading", "reading_id"),
    "office.correct_reading": changed("reading", "reading_id"),
    "office.reading_progress": listed("readings"),
    "office.missing_readings": listed("readings"),
    "office.payment_slips": listed("readings"),
    "office.slips_by_hand": listed("readings"),
    "office.make_slips": changed("reading"),
    "office.order_slip": changed("visit", "visit_id"),
    "office.give_out": changed("visit", "visit_id"),
    "office.billing_periods": listed("billing"),
    "office.close_period": changed("billing"),
    "office.take_billing_file": exported("billing", "period_id", "nobody"),
    "office.calls_list": listed("calls"),
    "office.call_tasks": listed("calls"),
    "office.call_weeks": listed("calls"),
    "office.call": saw("call", "visit_id", "visit"),
    "office.add_call": changed("call", "visit_id", "visit"),
    "office.settle_task": changed("call", "visit_id", "visit"),
    "office.complaints": listed("complaints"),
    "office.complaint": saw("complaint", "complaint_id"),
    "office.receive_complaint": changed("complaint"),
    "office.add_to_complaint": changed("complaint", "complaint_id"),
    "office.plan_for_complaint": changed("complaint", "complaint_id"),
    "office.attention": listed("attention"),
    "office.take": changed("attention"),
    "office.conflict": saw("visit", "visit_id"),
    "office.settle_conflict": changed("visit", "visit_id"),
    "office.correction": saw("correction", "correction_id"),
    "office.correction_list": listed("corrections"),
    "office.settle_corrections": changed("correction"),
    "office.doubt": saw("doubt", "doubt_id"),
    "office.settle_doubt": changed("doubt", "doubt_id"),
    "office.stale_signature": saw("signature", "visit_id", "visit"),
    "office.settle_signature": changed("signature", "visit_id", "visit"),
    "office.quarantine": listed("quarantine"),
    "office.held_entry": saw("entry", "op_id"),
    "office.settle": changed("entry", "op_id"),
    "office.silent_phone": saw("device", "device_id"),
    "office.report": listed("reports"),
    "office.report_file": exported("reports", "table_id", "nobody"),
    "office.settings_history": listed("settings"),
    "office.change_section": changed("settings", "section_id"),
    "office.undo_change": changed("settings", "section_id"),
    "office.change_seal": changed("settings"),
    "office.confirm_catalogue": changed("settings"),
    "office.switch_catalogue": changed("settings"),
    "imports.imports": listed("imports"),
    "imports.one": saw("import", "import_id", "nobody"),
    "imports.bring": changed("import"),
    "imports.check": changed("import", "import_id"),
    "imports.confirm": changed("import", "import_id"),
    "imports.cancel": changed("import", "import_id"),
    "imports.rematch": changed("import", "import_id"),
    "imports.bad_rows": exported("import", "import_id"),
    "imports.preview_file": exported("import", "import_id"),
    "privacy.audit_list_page": listed("audit"),
    "privacy.retention_page": listed("personal_data"),
    "privacy.people_page": listed("personal_data"),
    "privacy.customer": saw("customer", "customer_id"),
    "privacy.take_person": exported("customer", "customer_id"),
    "privacy.ask_erasure": changed("customer", "customer_id"),
    "privacy.settle_erasure": changed("personal_data", "erasure_id", "nobody"),
    "lifeboat.lifeboats": listed("lifeboats"),
    "lifeboat.landed": saw("lifeboat", "lifeboat_id", "nobody"),
    "lifeboat.take_in": changed("lifeboat"),
    "planning.board_page": listed("plan"),
    "planning.one": saw("visit", "visit_id"),
    "planning.arrange": changed("plan"),
    "planning.move": changed("plan"),
    "planning.release": changed("plan"),
    "planning.cancel": changed("visit", "visit_id"),
    "planning.replan": changed("visit", "visit_id"),
    "planning.itself": listed("plan"),
    "planning.due": listed("due"),
    "planning.due_customers": listed("due"),
    "planning.campaign_list": listed("campaigns"),
    "planning.campaign": saw("campaign", "campaign_id", "nobody"),
    "planning.campaign_begin": changed("campaign"),
    "planning.campaign_of_ticked": changed("campaign"),
    "planning.campaign_stop": changed("campaign", "campaign_id"),
}

NOTHING = {
    "static": "files for browsers",
    "sync_api.sync": "the op log, its chain and the signed receipts are its record, and phones wait for it",
    "blobs.announce": "an upload; the entry that speaks of the file is in the op log",
    "blobs.receive": "an upload; the entry that speaks of the file is in the op log",
    "blobs.state": "how far an upload is",
    "catalog.catalog": "the catalogue of checks, nobody's data",
    "openapi.description": "what the API is, nobody's data",
    "identity.me": "one's own name and roles",
    "identity_pages.home": "leads elsewhere",
    "identity_pages.login": "an empty form",
    "identity_pages.second": "an empty form",
    "identity_pages.ask_for_passkey": "a question of the log-in; its answer is an entry",
    "account.home": "one's own account",
    "account.password": "an empty form",
    "account.second": "one's own second factors",
    "account.confirm": "an empty form",
    "account.ask_for_passkey": "a question to one's own passkey",
    "health.alive": "whether the server answers",
    "health.ready": "whether the server can work",
    "health.metrics": "counts",
    "office.choose_language": "the language one reads in",
    "office.new_complaint": "an empty form",
    "office.suspensions": "planned suspensions of supply, nobody's data",
    "office.announce_suspension": "a planned suspension of supply, nobody's data",
    "office.end_suspension": "a planned suspension of supply, nobody's data",
    "planning.campaign_form": "an empty form",
    "office.verify": "an empty form",
    "office.settings": "what the company decided; changes have their book and are entries here",
    "office.settings_section": "what the company decided",
    "office.settings_catalogue": "the company's catalogue",
    "office.settings_certificate": "the certificate that everybody sees on a paper",
    "office.catalogue_overlay": "the company's catalogue",
    "office.settings_kinds": "the company's own kinds of visit",
    "office.preview_kinds": "a draft of the company's own kinds of visit",
    "office.preview_catalogue": "a draft of the company's catalogue",
    "pwa.app": "the shell of the phone app",
    "pwa.authority_file": "a public certificate",
    "pwa.messages": "words on screen",
    "pwa.shell_list": "names of files",
    "pwa.trust": "how to trust the certificate",
    "pwa.worker": "the service worker",
}
