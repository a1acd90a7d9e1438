"""Records in a line each, masked: what a search finds, and what belongs together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.privacy.masks import mask_id, mask_name
from core.shanghai import local_day, to_the_second
from ebikes.models import FiledBike, Owner, TradeIn

MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """One row: its name, where it stands, and what matters, masked. `held`: a person must look first."""

    name: str
    url: str
    state: str = ""
    facts: list[str] = field(default_factory=list)
    held: bool = False


@dataclass(frozen=True, slots=True)
class SummaryList:
    """Rows of one kind in lines: how many there are, where that is known, and whether some are left out."""

    title: str | Promise
    lines: list[Summary]
    count: int = 0
    more: bool = False


# What other apps know of an owner stands on the owner's pages too; they add it here, since this app knows none of them.
ALSO_OF_OWNERS: list[Callable[[HttpRequest, Owner], SummaryList | None]] = []


def moment(at: datetime | None) -> str:
    """In Asia/Shanghai, to the second; a dash where there is none."""
    return to_the_second(at) if at else "–"


def event(trade_in: TradeIn, name: str) -> str:
    """One of the four times of a record. One that came as a date has no hour."""
    at = getattr(trade_in, name)
    return _("%s (仅日期)") % local_day(at) if name in trade_in.day_only else moment(at)


def address(row: Model) -> str:
    """The page of a row in the admin."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def may_view(request: HttpRequest, model: type[Model]) -> bool:
    """Whether this person has a right to rows of this kind."""
    app, name = model._meta.app_label, model._meta.model_name
    return any(request.user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change"))


def given(facts: Iterable[str]) -> list[str]:
    """Those that are not empty."""
    return [fact for fact in facts if fact]


def trade_in_line(trade_in: TradeIn) -> Summary:
    facts = (
        mask_name(trade_in.owner_name),
        f"{trade_in.filing_plate_no} → {trade_in.digital_plate_no}",
        str(trade_in.merchant),
        _("上牌 %s") % event(trade_in, "plated_at"),
    )
    return Summary(trade_in.record_no, address(trade_in), "", given(facts))


def bike_line(bike: FiledBike) -> Summary:
    facts = (str(bike.owner), bike.brand, bike.subdistrict, _("备案于 %s") % bike.filed_on)
    return Summary(bike.filing_plate_no, address(bike), "", given(facts))


def owner_line(owner: Owner) -> Summary:
    return Summary(mask_name(owner.name), address(owner), "", [owner.id_kind, mask_id(owner.id_no)])
