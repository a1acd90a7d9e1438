"""The fingerprint of what a record says: by it a record that is sent again is known, and one that was changed since."""

from collections.abc import Mapping
from hmac import compare_digest
from operator import attrgetter
from typing import Any

from core.privacy.sealing import UnreadableSecret, fingerprint
from core.shanghai import in_utc
from ebikes.importing.columns import Layout
from ebikes.importing.layouts import EVENTS, LAYOUTS
from ebikes.models import Owner, TradeIn
from ebikes.records.persons import name_index, number_index, person_index

_TRADE_INS = LAYOUTS["trade_ins"]
# Where the live record keeps what a column said, if not in a column of that name.
_KEPT = {
    "merchant_uscc": "merchant.uscc",
    "agent_point_no": "agent_point.point_no",
    **{key: f"owner.{key}" for key in ("id_kind", "id_no", "id_country")},
}
_SAID = {column.key: attrgetter(_KEPT.get(column.key, column.key)) for column in _TRADE_INS.columns}


def content_index(layout: Layout, values: Mapping[str, Any]) -> bytes:
    """A keyed digest (16 bytes) of the normalised cells, times as text in UTC. An empty cell is as one that is not there:
    columns that come to be later change no old record's.
    """
    said = [
        f"{column.key}={value}"
        for column in layout.columns
        if (value := values[column.key]) not in ("", None)
    ]
    return fingerprint("\x1f".join((*said, *values.get("day_only", ()))), context=layout.key)


def trade_in_index(trade_in: TradeIn) -> bytes:
    """The same from the live record. Raises UnreadableSecret."""
    values = {key: kept(trade_in) for key, kept in _SAID.items()}
    values |= {key: str(in_utc(values[key])) for key in EVENTS}
    return content_index(_TRADE_INS, values | {"day_only": trade_in.day_only})


def _is_known_by_its_number(owner: Owner) -> bool:
    number = number_index(owner.id_no)
    person = person_index(owner.id_kind, number, country=owner.id_country, name=owner.name)
    return (number, person) == (bytes(owner.number_index), bytes(owner.id_index))


def is_as_it_came(trade_in: TradeIn) -> bool:
    """Whether the record still says what was handed in, of whom and by whom, and is compared with its person by just these
    names. Whoever only writes SQL has no key for that.
    """
    try:
        names = ((trade_in.owner_name, trade_in.name_index), (trade_in.owner.name, trade_in.owner.name_index))
        if any(name_index(name) != (bytes(index) if index else None) for name, index in names):
            return False
        if not _is_known_by_its_number(trade_in.owner):
            return False
        return compare_digest(trade_in_index(trade_in), bytes(trade_in.content_index))
    except UnreadableSecret:
        return False
