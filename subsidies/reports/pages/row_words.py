"""A row of a figure as people read it: what codes mean, and the page of the record that it stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from core.money import yuan
from merchants.models import Inspection, SamplingLot
from subsidies.models import Claim, LedgerEntry
from subsidies.reasons import REASONS


@dataclass(frozen=True, slots=True)
class Row:
    """As it is shown."""

    label: str
    day: str
    note: str
    value: str
    late: bool
    url: str = ""


def heading_of(model: type[Model]) -> str:
    """What the rows are."""
    return str(model._meta.verbose_name)


def row_shown(model: type[Model], row: Sequence[Any], *, is_money: bool) -> Row:
    """A row as `ROW` names its columns."""
    pk, label, day, note, value, late = row
    told = in_words(model, str(label or ""), str(note or ""))
    return Row(
        *told[:1],
        str(day or "–"),
        told[1],
        yuan(value) if is_money else f"{value:,}",
        late,
        _page_of(model, pk),
    )


def in_words(model: type[Model], label: str, note: str) -> tuple[str, str]:
    """Codes of a row in words."""
    if model is SamplingLot:
        return str(dict(SamplingLot.Kind.choices).get(label, label)), note
    if model is Inspection:
        return label, str(dict(Inspection.Conclusion.choices).get(note, note))
    if model is LedgerEntry:
        return _("账目 %s") % label, str(dict(LedgerEntry.Kind.choices).get(note, note))
    if model is Claim and note and set(note.split(",")) <= set(REASONS):
        return label, _("；").join(str(REASONS[code].title) for code in note.split(","))
    return label, note


def _page_of(model: type[Model], pk: int) -> str:
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])
    except NoReverseMatch:
        return ""
