"""Which claims the look for doubts has not come to yet: nobody approves them before."""

import logging
from hmac import compare_digest

from django.db.models import Exists, OuterRef, Q

from core.privacy.sealing import fingerprint
from core.shanghai import to_the_microsecond
from subsidies.models import EligibilityCheck, PayeeChange, SignalSweep

logger = logging.getLogger(__name__)


def not_looked_at() -> Q:
    """For a queryset of claims: that one came in, was checked or had its payee changed after the newest look had begun.

    Where nobody ever looked (before the first sweep of an installation) there is nothing to wait for. Where somebody moved
    it on, it has come to nothing: until the next one, which looks at all.
    """
    newest = SignalSweep.objects.order_by("at").last()
    if newest is None:
        return Q(pk__in=[])
    if not is_ours(newest):
        return Q(pk__isnull=False)
    checks = EligibilityCheck.objects.filter(claim=OuterRef("pk"), pk__gt=newest.last_check)
    changes = PayeeChange.objects.filter(claim=OuterRef("pk"), pk__gt=newest.last_payee)
    return Q(pk__gt=newest.last_claim) | Q(Exists(checks)) | Q(Exists(changes))


def is_ours(sweep: SignalSweep) -> bool:
    """Whether a process of ours looked, and just so far; else an alarm."""
    ours = compare_digest(proof_of(sweep), bytes(sweep.proof))
    if not ours:
        logger.error("alarm: how far the look for doubts has come was changed: %s", sweep.at)
    return ours


def proof_of(sweep: SignalSweep) -> bytes:
    """A keyed digest of when it looked, and how far it came."""
    reached = (sweep.last_claim, sweep.last_check, sweep.last_photo, sweep.last_payee)
    told = "\x1f".join((to_the_microsecond(sweep.at), *map(str, reached)))
    return fingerprint(told, context="subsidies.signalsweep")
