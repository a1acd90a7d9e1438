"""Which claims the look for doubts has not come to yet: nobody approves them before."""

from django.db.models import BigIntegerField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from subsidies.models import EligibilityCheck, PayeeChange, SignalSweep

_EVERYTHING = 2**63 - 1


def not_looked_at() -> Q:
    """For a queryset of claims: that one came in, was checked or had its payee changed after the newest look had begun.

    Where nobody ever looked (before the first sweep of an installation) there is nothing to wait for.
    """
    checks = EligibilityCheck.objects.filter(claim=OuterRef("pk"), pk__gt=_reached("last_check"))
    changes = PayeeChange.objects.filter(claim=OuterRef("pk"), pk__gt=_reached("last_payee"))
    return Q(pk__gt=_reached("last_claim")) | Q(Exists(checks)) | Q(Exists(changes))


def _reached(column: str) -> Coalesce:
    newest = SignalSweep.objects.order_by("-at").values(column)[:1]
    return Coalesce(Subquery(newest), Value(_EVERYTHING), output_field=BigIntegerField())
