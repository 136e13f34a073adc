"""The application for a WSGI server: `gunicorn fieldsvc.wsgi:app`, told by FIELDSVC_DATA and the other settings."""

import os

from fieldsvc import create_app, keyring, logs, measures, memory
from fieldsvc.settings import Settings

settings = Settings.from_env(os.environ)
logs.begin(level=settings.log_level or "info")
measures.begin(settings.data)
app = create_app(settings)
keyring.watch(app, settings)
memory.settle()
