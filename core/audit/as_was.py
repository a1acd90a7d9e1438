"""What rows said at a moment that has passed, by the audit trail: it keeps what each column held before it was changed.

For tables whose rows people change. Whoever asks after the trail's years are over finds what is said now
(`AUDIT_MONTHS`): what is to stand for longer is frozen.
"""

from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from core.models import AuditEntry

Action = AuditEntry.Action


def came_later(model: type[Model], moment: datetime, *, part_of: str = "") -> Q:
    """Rows that were entered at the moment or after. `part_of`: the label under which the trail keeps them."""
    made = _entries(model, part_of).filter(action=Action.CREATE, at__gte=moment)
    return Q(pk__in=made.values(row=_row_id(part_of)))


def as_was(model: type[Model], column: str, moment: datetime, *, part_of: str = "") -> Case:
    """What a column said at the moment; of a row that came later what it says."""
    field: Any = model._meta.get_field(column)
    changed = _entries(model, part_of).filter(
        action=Action.UPDATE, at__gte=moment, before__has_key=field.column
    )
    mine: dict[str, Any] = (
        {"detail__part_id": OuterRef("pk")} if part_of else {"object_id": Cast(OuterRef("pk"), CharField())}
    )
    first = (
        changed.filter(**mine)
        .order_by("pk")
        .values(then=Cast(KT(f"before__{field.column}"), _plain(field)))[:1]
    )
    return Case(
        When(came_later(model, moment, part_of=part_of), then=F(column)),
        When(Q(pk__in=changed.values(row=_row_id(part_of))), then=Subquery(first)),
        default=F(column),
        output_field=_plain(field),
    )


def _entries(model: type[Model], part_of: str) -> QuerySet[AuditEntry]:
    label = model._meta.label_lower
    if part_of:
        return AuditEntry.objects.filter(object_type=part_of, detail__part=label).order_by()
    return AuditEntry.objects.filter(object_type=label, detail__part__isnull=True).order_by()


def _row_id(part_of: str) -> Cast:
    return Cast(KT("detail__part_id") if part_of else F("object_id"), BigIntegerField())


def _plain(field: Any) -> Any:
    """The column's type, without what only a column has."""
    field = getattr(field, "output_field", field)  # of one that the database reckons
    return type(field)(max_length=field.max_length) if field.max_length else type(field)()
