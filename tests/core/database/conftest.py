"""The application's own login, as somebody has it who stole it: without the keys."""

from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connections

from config.servers import addresses


def login(role):
    """A connection of that role's own to the database that this process's tests have."""
    url = urlsplit(addresses().database_url)
    there = url._replace(netloc=f"{role}@", path=f"/{connections['default'].settings_dict['NAME']}")
    return psycopg.connect(urlunsplit(there))


@pytest.fixture(scope="module")
def app(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), login("ebike_app") as session:
        yield session


@pytest.fixture
def tried(app):
    """Run a statement as the application; it is taken back."""

    def run(statement):
        with app.transaction(force_rollback=True):
            cursor = app.execute(statement)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    return run
