"""Showing who somebody is, in full: for those who have the right and say why, so often and no more, written down."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.accounts.throttle import Rule, count_attempt
from core.audit.record import Action, record
from core.models import User
from core.privacy.masks import names_by_number
from core.privacy.reasons import says_something
from ebikes.models import FiledBike, Owner, TradeIn
from ebikes.records.models.trade_in import WHICH

RIGHT = "ebikes.see_personal_data"
REVEALS = Rule("reveal", limit=60, period=timedelta(hours=1))
REASON_LENGTH = 200
MOST = 20

_TITLES: dict[str, str | Promise] = {
    "name": _("姓名"),
    "name_written": _("姓名(来件原文)"),
    "id_no": _("证件号码"),
    "phone": _("手机号"),
    "wallet_no": _("数字人民币钱包编号"),
}


class NotAllowed(Exception):
    """This person has no right to it."""


class NoReason(Exception):
    """Nothing was said why that says something, or what was said is itself a person's number."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """One fact about a person in full: kept out of every repr."""

    name: str
    value: str = field(repr=False)

    @property
    def title(self) -> str:
        return str(_TITLES[self.name])


def may_reveal(user: User) -> bool:
    """Whether this person may ask at all."""
    return user.has_perm(RIGHT)


def reveal_person(
    *, of: Owner | TradeIn | FiledBike, reason: str, by: User, now: datetime
) -> tuple[Revealed, ...]:
    """Who it is, in full; the entry names the fields, never the values. Raises NotAllowed, NoReason, TooMany."""
    if not may_reveal(by) or not by.has_perm(f"ebikes.view_{of._meta.model_name}"):
        raise NotAllowed(by.pk)
    why = " ".join(reason.split())[:REASON_LENGTH]
    if not says_something(why) or names_by_number(why):
        raise NoReason
    with transaction.atomic():
        count_attempt(REVEALS, [REVEALS.key(str(by.pk))], now=now)
        found = tuple(dict.fromkeys(each for each in _who(of) if each.value))
        fields = sorted({each.name for each in found})
        record(Action.REVEAL, by=by, of=of, detail={"reason": why, "fields": fields})
    return found


def _who(of: Owner | TradeIn | FiledBike) -> list[Revealed]:
    match of:
        case TradeIn():
            sent_name, wallet = Revealed("name", of.owner_name), Revealed("wallet_no", of.wallet_no or "")
            return [
                sent_name,
                Revealed("name_written", of.owner_name_written or ""),
                *_person(of.owner),
                _phone(of.phone),
                wallet,
            ]
        case FiledBike():
            return [*_person(of.owner), _phone(of.phone)]
        case Owner():
            phones = [
                bike.phone for bike in of.filed_bikes.order_by("pk").only("filing_plate_no", "phone")[:MOST]
            ]
            sent = of.trade_ins.order_by("pk").only(*WHICH, "phone", "wallet_no")[:MOST]
            return [
                *_person(of),
                *(_phone(each) for each in (*phones, *(trade_in.phone for trade_in in sent))),
                *(Revealed("wallet_no", trade_in.wallet_no or "") for trade_in in sent),
            ]


def _person(owner: Owner) -> list[Revealed]:
    return [Revealed("name", owner.name), Revealed("id_no", owner.id_no)]


def _phone(phone: str | None) -> Revealed:
    return Revealed("phone", (phone or "").removeprefix("+86"))
