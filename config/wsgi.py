"""The WSGI entry point of the web process."""

import os

from django.core.wsgi import get_wsgi_application

from core.keys.recognised import refuse_at_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
refuse_at_start()
