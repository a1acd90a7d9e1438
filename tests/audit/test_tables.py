"""What changes in the tables that people manage is written by the tables themselves, whatever SQL changed it."""

import pytest
from django.contrib.auth.tokens import default_token_generator  # noqa: F401

from merchants.models import (
    AuditEntry,
)

pytestmark = pytest.mark.django_db

SEALED = {"sealed": True}


def entries(**of):
    return list(AuditEntry.objects.filter(**of).order_by("id"))


def newest(**of):
    return AuditEntry.objects.filter(**of).latest("id")
