"""The application for a WSGI server: `gunicorn fieldsvc.wsgi:app`, told by FIELDSVC_DATA and the other settings."""

import os

from fieldsvc import create_app, memory
from fieldsvc.settings import Settings

app = create_app(Settings.from_env(os.environ))
memory.settle()
