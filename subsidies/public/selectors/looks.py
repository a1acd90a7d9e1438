"""Who looked at a person's data: for the person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core.accounts.roles import ROLES
from core.audit.wording import VALUES
from core.models import AuditEntry, User
from ebikes.models import FiledBike, Owner, TradeIn
from subsidies.models import Claim

MOST = 100
WHAT = {
    AuditEntry.Action.REVEAL: "whole",
    AuditEntry.Action.VIEW: "masked",
    AuditEntry.Action.DOWNLOAD: "masked",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One time that somebody looked: in which role, at what, and why where all of it was shown. Nobody is named."""

    at: datetime
    role: str
    whole: bool
    fields: tuple[str, ...]
    reason: str


def looks_at(owner: Owner) -> list[Look]:
    """The newest looks of staff at this person, the person's bikes, records and claims."""
    rows: tuple[tuple[str, object], ...] = (
        ("ebikes.owner", [owner.pk]),
        ("ebikes.filedbike", FiledBike.objects.filter(owner=owner).values_list("pk", flat=True)),
        ("ebikes.tradein", TradeIn.objects.filter(owner=owner).values_list("pk", flat=True)),
        ("subsidies.claim", Claim.objects.filter(owner=owner).values_list("pk", flat=True)),
    )
    theirs = Q()
    for label, keys in rows:
        theirs |= Q(object_type=label, object_id__in=[str(key) for key in keys])  # type: ignore[attr-defined]
    found = AuditEntry.objects.filter(theirs, action__in=WHAT, by__isnull=False)
    return list(map(_look, found.select_related("by").prefetch_related("by__groups").order_by("-id")[:MOST]))


def _look(entry: AuditEntry) -> Look:
    whole = WHAT[AuditEntry.Action(entry.action)] == "whole"
    seen = [str(VALUES["fields"][key]) for key in entry.detail.get("fields", ()) if key in VALUES["fields"]]
    reason = str(entry.detail.get("reason", "")) if whole else ""
    return Look(entry.at, _("、").join(_roles(entry.by)), whole, tuple(seen), reason)


def _roles(by: User | None) -> Iterator[str]:
    named = [ROLES[group.name] for group in by.groups.all() if group.name in ROLES] if by else []
    yield from (str(role.title) for role in named)
    if not named:
        yield _("工作人员") if by and by.is_staff else _("商户")
