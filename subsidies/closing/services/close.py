"""Closing a month: one person freezes it, another confirms exactly that. A confirmed month is never opened again."""

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.utils import translation

from core.audit.acting import acting
from core.models import User
from core.shanghai import local_day, next_month
from subsidies.closing.accounts import AccountMap
from subsidies.closing.selectors.calendar import month_to_close
from subsidies.closing.selectors.drafts import VoucherDraft, draft_vouchers, unmapped
from subsidies.closing.selectors.figures import groups_of, newest_row, sums_of
from subsidies.closing.selectors.in_force import rules_in_force
from subsidies.closing.selectors.still_open import OpenItem, still_open
from subsidies.ledger.services.append import lock_scheme
from subsidies.models import Period, Scheme, Voucher, VoucherEntry


class NotOver(ValueError):
    """The month is not over yet."""


class OutOfOrder(ValueError):
    """Another month comes first, or this one is closed already."""


class Blocked(ValueError):
    """Something is open with which no month closes; `items` says what."""

    def __init__(self, items: Sequence[OpenItem]) -> None:
        super().__init__("; ".join(item.code for item in items))
        self.items = items


class LedgerBroken(Blocked):
    """The ledger does not prove itself."""


class Unmapped(ValueError):
    """The table of accounts has no entries for a kind of row that the month has; `kinds` says which."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(", ".join(kinds))
        self.kinds = kinds


class SamePerson(PermissionError):
    """Whoever closed the month does not confirm it."""


class Decided(ValueError):
    """It was confirmed or declined already."""


class NoteMissing(ValueError):
    """Nothing is declined without saying why."""


def close_month(*, scheme: Scheme, month: date, by: User, now: datetime, note: str = "") -> Period:
    """Freeze a month and make its vouchers; from here on nothing is dated into it. Another person confirms it.

    Raises NotOver, OutOfOrder, Blocked (LedgerBroken), Unmapped.
    """
    if next_month(month) > local_day(now):
        raise NotOver(f"{month:%Y-%m} is not over")
    with translation.override(settings.LANGUAGE_CODE):
        items = still_open(
            scheme, month, thorough=True
        )  # the ledger is proved before anybody has to wait for the lock
    if blocking := [item for item in items if item.blocks]:
        raise (LedgerBroken if any(item.code == "ledger" for item in blocking) else Blocked)(blocking)
    with acting("close_month", by=by, now=now, note=note), translation.override(settings.LANGUAGE_CODE):
        locked = lock_scheme(scheme)
        if month_to_close(locked, today=local_day(now)) != month:
            raise OutOfOrder(f"{month:%Y-%m} is not the next")
        rules, sums = rules_in_force(), sums_of(locked, month)
        accounts = AccountMap.from_json(rules["accounts"]["content"])
        if lacking := unmapped(sums, accounts):
            raise Unmapped(lacking)
        last_seq, last_hash = newest_row(locked, month)
        period = Period.objects.create(
            scheme=locked,
            month=month,
            sums=sums,
            last_seq=last_seq,
            last_hash=last_hash,
            open_items=[item.as_json() for item in items],
            rules=rules,
            keep_until=kept_until(month),
            closed_by=by,
            closed_at=now,
            note=note.strip(),
        )
        _write(period, draft_vouchers(groups_of(locked, month), accounts, month))
        return period


def confirm_close(*, period: Period, by: User, now: datetime, note: str = "") -> Period:
    """Confirm what another person closed. The database adds it all up once more. Raises SamePerson, Decided."""
    with acting("confirm_close", by=by, now=now, note=note):
        locked = _locked(period)
        if locked.closed_by_id == by.pk:
            raise SamePerson("two people close a month")
        return _decide(locked, Period.State.CLOSED, by=by, now=now, note=note)


def decline_close(*, period: Period, by: User, now: datetime, note: str) -> Period:
    """Give a close back that nobody has confirmed, one's own too: the month is open again. Raises Decided, NoteMissing."""
    with acting("decline_close", by=by, now=now, note=note):
        if not note.strip():
            raise NoteMissing("say why")
        return _decide(_locked(period), Period.State.DECLINED, by=by, now=now, note=note)


def kept_until(day: date) -> date:
    """Until when it is kept: `VOUCHER_YEARS` from the end of its year, as 《会计档案管理办法》 counts."""
    return date(day.year + 1 + settings.VOUCHER_YEARS, 1, 1)


def _locked(period: Period) -> Period:
    lock_scheme(period.scheme)  # first the scheme, as everybody who writes the ledger does
    locked = Period.objects.select_for_update(no_key=True).get(pk=period.pk)
    if locked.state != Period.State.CLOSING:
        raise Decided(f"the close of {locked.month:%Y-%m} is {locked.state}")
    return locked


def _decide(period: Period, state: Period.State, *, by: User, now: datetime, note: str) -> Period:
    period.state, period.decided_by, period.decided_at, period.decision_note = state, by, now, note.strip()
    period.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
    return period


def _write(period: Period, drafts: Sequence[VoucherDraft]) -> None:
    vouchers = Voucher.objects.bulk_create(
        Voucher(
            period=period,
            no=no,
            day=draft.day,
            kind=draft.kind,
            summary=draft.summary,
            rows=draft.rows,
            amount_fen=draft.fen,
            attachments=draft.attachments,
        )
        for no, draft in enumerate(drafts, 1)
    )
    VoucherEntry.objects.bulk_create(
        VoucherEntry(
            voucher=voucher,
            line=line,
            book=book,
            side=side,
            account_code=code,
            account_name=name,
            amount_fen=draft.fen,
        )
        for voucher, draft in zip(vouchers, drafts, strict=True)
        for line, (book, side, code, name) in enumerate(draft.entries, 1)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE subsidies_period SET vouchers_digest = vouchers_digest(id) WHERE id = %s RETURNING vouchers_digest",
            [period.pk],
        )
        (digest,) = cursor.fetchone()
    period.vouchers_digest = bytes(digest)
