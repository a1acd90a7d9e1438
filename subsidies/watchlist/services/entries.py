"""Putting somebody or something on the list, and taking it off: each by two people. What matches is held at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from core.privacy.sealing import blind_index, fingerprint
from core.shanghai import local_day
from ebikes.records.persons import number_index
from merchants.models import Merchant
from subsidies.marked import WATCH_CONFIRMED, WATCH_LIFTED, WATCH_PROPOSED
from subsidies.models import Claim, Hold, PayeeChange, WatchEntry
from subsidies.review.selectors.signals import WATCHED
from subsidies.review.services.holds import place_holds

PROPOSED, CONFIRMED, DECLINED, LIFTING, LIFTED = WatchEntry.State
_CONTEXT = {WatchEntry.Kind.PHONE: "phone", WatchEntry.Kind.WALLET: "wallet_no"}


class ListedAlready(ValueError):
    """It is on the list, or waits to be put there."""


class OwnEntry(PermissionError):
    """Whoever said it does not confirm it."""


class Decided(ValueError):
    """Somebody decided it meanwhile, or it has expired."""


@dataclass(frozen=True, slots=True)
class Named:
    """Who or what is to be listed: `value` normalised (an ID number, `+86…`, 16 digits), or the shop."""

    kind: WatchEntry.Kind
    reason: WatchEntry.Reason
    note: str
    expires_on: date
    value: str = ""
    merchant: Merchant | None = None


def index_of(kind: str, value: str) -> bytes:
    """By what a value is found among the claims."""
    if kind == WatchEntry.Kind.PERSON:
        return number_index(value)
    return blind_index(value, context=_CONTEXT[WatchEntry.Kind(kind)])


def propose_entry(*, named: Named, by: User, now: datetime) -> WatchEntry:
    """Propose it; nothing is held before another person confirms. Raises ListedAlready."""
    with acting("propose_entry", by=by, now=now, note=named.note):
        index = index_of(named.kind, named.value) if named.value else None
        same = WatchEntry.objects.filter(kind=named.kind, value_index=index, merchant=named.merchant)
        here = Q(state=PROPOSED) | Q(state__in=[CONFIRMED, LIFTING], expires_on__gte=local_day(now))
        if same.filter(here).exists():
            raise ListedAlready(named.kind)
        entry = WatchEntry.objects.create(
            kind=named.kind,
            value=named.value or None,
            value_index=index,
            value_print=fingerprint(named.value, context="subsidies.watchentry").hex() if named.value else "",
            merchant=named.merchant,
            reason=named.reason,
            note=named.note,
            expires_on=named.expires_on,
            proposed_by=by,
            proposed_at=now,
        )
        mark(WATCH_PROPOSED, [entry.pk], at=now)
        return entry


def confirm_entry(*, entry: WatchEntry, by: User, now: datetime, note: str = "") -> int:
    """Put on the list what another person proposed, and hold what matches; return how many claims that holds anew.

    Raises OwnEntry, Decided.
    """
    with acting("confirm_entry", by=by, now=now, note=note):
        found = _locked(entry, PROPOSED)
        if found.proposed_by_id == by.pk:
            raise OwnEntry("whoever proposed an entry does not confirm it")
        if found.expires_on < local_day(now):
            raise Decided(f"entry {entry.pk} has expired")
        found.state, found.decided_by, found.decided_at = CONFIRMED, by, now
        found.save(update_fields=["state", "decided_by", "decided_at"])
        mark(WATCH_CONFIRMED, [found.pk], at=now)
        noticed = {"kinds": [found.kind], "reasons": [found.reason], "entries": [found.pk]}
        matching = matching_claims(found).values_list("pk", flat=True)
        return place_holds(kind=Hold.Kind.LISTED, evidence=dict.fromkeys(matching, noticed), by=by, now=now)


def decline_entry(*, entry: WatchEntry, by: User, now: datetime, note: str = "") -> None:
    """Leave it off the list; whoever proposed it may take it back. Raises Decided."""
    with acting("decline_entry", by=by, now=now, note=note):
        found = _locked(entry, PROPOSED)
        found.state, found.decided_by, found.decided_at = DECLINED, by, now
        found.save(update_fields=["state", "decided_by", "decided_at"])


def propose_lift(*, entry: WatchEntry, by: User, now: datetime, note: str) -> None:
    """Propose that it is taken off. It holds on until another person confirms. Raises Decided."""
    with acting("propose_lift", by=by, now=now, note=note):
        found = _locked(entry, CONFIRMED)
        found.state, found.lift_by, found.lift_note = LIFTING, by, note
        found.save(update_fields=["state", "lift_by", "lift_note"])


def confirm_lift(*, entry: WatchEntry, by: User, now: datetime, note: str = "") -> None:
    """Take it off. What it holds stays held until somebody has looked. Raises OwnEntry, Decided."""
    with acting("confirm_lift", by=by, now=now, note=note):
        found = _locked(entry, LIFTING)
        if found.lift_by_id == by.pk:
            raise OwnEntry("whoever proposed to lift an entry does not confirm it")
        found.state, found.lifted_by, found.lifted_at = LIFTED, by, now
        found.save(update_fields=["state", "lifted_by", "lifted_at"])
        mark(WATCH_LIFTED, [found.pk], at=now)


def decline_lift(*, entry: WatchEntry, by: User, now: datetime, note: str = "") -> None:
    """It stays on the list. Raises Decided."""
    with acting("decline_lift", by=by, now=now, note=note):
        found = _locked(entry, LIFTING)
        found.state, found.lift_by, found.lift_note = CONFIRMED, None, ""
        found.save(update_fields=["state", "lift_by", "lift_note"])


def _locked(entry: WatchEntry, state: WatchEntry.State) -> WatchEntry:
    found = WatchEntry.objects.select_for_update(no_key=True, of=("self",)).get(pk=entry.pk)
    if found.state != state:
        raise Decided(f"entry {entry.pk} is {found.state}")
    return found


_MATCHING: dict[str, Callable[[WatchEntry], Q]] = {
    WatchEntry.Kind.PERSON: lambda entry: Q(owner__number_index=entry.value_index),
    WatchEntry.Kind.PHONE: lambda entry: _paid_to("phone_index", entry),
    WatchEntry.Kind.WALLET: lambda entry: _paid_to("wallet_index", entry),
    WatchEntry.Kind.SHOP: lambda entry: Q(trade_in__merchant=entry.merchant_id),
}


def matching_claims(entry: WatchEntry) -> QuerySet[Claim]:
    """The claims that an entry concerns and whose money can still be held back."""
    return Claim.objects.filter(_MATCHING[entry.kind](entry), live=True, state__in=WATCHED)


def _paid_to(column: str, entry: WatchEntry) -> Q:
    """By the record, or by any change of the payee: what once stood there counts as well."""
    changed = PayeeChange.objects.filter(**{column: entry.value_index})
    return Q(**{f"trade_in__{column}": entry.value_index}) | Q(pk__in=changed.values("claim"))
