"""A scheme's terms stay as they are while somebody goes by them: many may read at once, whoever changes them waits."""

from django.db import connection

from subsidies.models import Scheme

_SPACE = "hashtext('subsidies_policyversion')"


def hold_terms(scheme: Scheme) -> None:
    """Until this transaction ends, nobody changes the scheme's stages and policy. Waits for nobody but such a change."""
    _lock("pg_advisory_xact_lock_shared", scheme)


def take_terms(scheme: Scheme) -> None:
    """Wait until nobody goes by the scheme's terms any more: they are about to be others. Before the scheme is locked."""
    _lock("pg_advisory_xact_lock", scheme)


def _lock(function: str, scheme: Scheme) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({_SPACE}, %s)", [scheme.pk])
