"""Finding things by what people have in hand: a record number, a plate, a vehicle code, an ID number, a phone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from core.privacy.sealing import blind_index
from ebikes.importing.fields import plate
from ebikes.importing.text import compact
from ebikes.models import FiledBike, Owner, TradeIn
from ebikes.records.persons import number_index
from merchants.models import AgentPoint, Merchant
from subsidies.models import Claim, PayoutBatch, PayoutLine
from subsidies.search.selectors.search_terms import Reading

MOST = 200
SHOWN = 20


def find_claims(text: str, claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Those of `claims` that `text` names exactly, at most 200.

    Each way of naming has its own index; asked together, they would have none.
    """
    number, bare = compact(text), plate(text)
    ways = (
        Claim.objects.filter(trade_in__record_no=number),
        Claim.objects.filter(trade_in__filing_plate_no=bare),
        Claim.objects.filter(trade_in__digital_plate_no=bare),
        Claim.objects.filter(trade_in__vehicle_code=number),
    )
    found = {pk for way in ways for pk in way.values_list("pk", flat=True)[:MOST]}
    return claims.filter(pk__in=found)


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind: the keys of the newest rows, and how many there are (counted no further than 200)."""

    model: type[Model]
    keys: list[int]
    count: int

    @property
    def more(self) -> bool:
        return self.count > len(self.keys)


# By which columns each kind is found, and which way of naming each column answers.
_LOOKUPS: dict[type[Model], dict[str, str]] = {
    TradeIn: {
        "record_no": "record_no",
        "filing_plate_no": "plate",
        "digital_plate_no": "plate",
        "vehicle_code": "vehicle_code",
        "phone_index": "phone",
        "wallet_index": "wallet_no",
        "claims__payee_changes__phone_index": "phone",
        "claims__payee_changes__wallet_index": "wallet_no",
        "owner__number_index": "id_no",
    },
    Claim: {"payout_lines__request_no": "payout_no"},
    FiledBike: {
        "filing_plate_no": "plate",
        "frame_no": "frame_no",
        "phone_index": "phone",
        "owner__number_index": "id_no",
    },
    Owner: {
        "number_index": "id_no",
        "filed_bikes__filing_plate_no": "plate",
        "filed_bikes__phone_index": "phone",
        "trade_ins__phone_index": "phone",
    },
    Merchant: {"uscc": "uscc", "name__icontains": "merchant_name", "agent_points__point_no": "point_no"},
    AgentPoint: {"point_no": "point_no", "merchant__uscc": "uscc"},
    PayoutBatch: {"number": "record_no", "request_no": "payout_no"},
    PayoutLine: {"request_no": "payout_no"},
}
SEALED = frozenset({"id_no", "phone", "wallet_no"})
KINDS: tuple[type[Model], ...] = (
    *(Claim, TradeIn, FiledBike, Owner),
    *(Merchant, AgentPoint, PayoutBatch, PayoutLine),
)


def find_all(*, readings: Iterable[Reading], models: Collection[type[Model]]) -> list[Group]:
    """What these readings name, among these kinds only, in the order of `KINDS`; kinds without any are left out."""
    values = {each.way: _as_stored(each) for each in readings}
    keys = {model: _named(model, values) for model in models if model in _LOOKUPS}
    if {Claim, PayoutLine} & keys.keys():
        claims = keys.get(Claim) or _named(Claim, values)
        claims |= _keys(Claim, trade_in__in=keys.get(TradeIn) or _named(TradeIn, values))
        keys |= {Claim: claims} if Claim in keys else {}
        keys |= (
            {PayoutLine: keys[PayoutLine] | _keys(PayoutLine, claim__in=claims)} if PayoutLine in keys else {}
        )
    return [
        Group(model, sorted(keys[model], reverse=True)[:SHOWN], min(len(keys[model]), MOST))
        for model in KINDS
        if keys.get(model)
    ]


def _as_stored(reading: Reading) -> str | bytes:
    """What the column holds: of a sealed one, its blind index."""
    if reading.way == "id_no":
        return number_index(reading.value)
    return blind_index(reading.value, context=reading.way) if reading.way in SEALED else reading.value


def _named(model: type[Model], values: Mapping[str, str | bytes]) -> set[int]:
    """The keys of the rows that any of the ways names; each way is a question of its own, since each has its own index."""
    found: set[int] = set()
    for lookup, way in _LOOKUPS[model].items():
        if way in values:
            found |= _keys(model, **{lookup: values[way]})
    return found


def _keys(model: type[Model], **lookups: Any) -> set[int]:
    if any(isinstance(value, set) and not value for value in lookups.values()):
        return set()
    rows: QuerySet[Any] = model._default_manager.filter(**lookups).order_by()
    return set(rows.values_list("pk", flat=True)[:MOST])
