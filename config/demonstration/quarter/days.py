"""The pilot's working days: the statement in the morning, payments by noon, and what goes wrong now and then.

Every service is called as people and workers call it, with the clock of that day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from config.demonstration.quarter.operator import SlyOperator, operator_here
from config.demonstration.quarter.pilot import at, prepare_pilot
from config.local.scratch import copy_database, drop_database
from config.packs.logins import in_role
from subsidies.claims.models.claim import PLACE
from subsidies.claims.services.change_payee import change_payee
from subsidies.closing.selectors.calendar import month_to_close
from subsidies.closing.services.close import close_month, confirm_close
from subsidies.decision_reasons import LEGAL_BASIS
from subsidies.models import Claim, Difference, PayoutLine, RecoveryReceipt, Scheme
from subsidies.payees.services.check_names import check_names
from subsidies.payouts.operator import ask_operator
from subsidies.payouts.selectors.stop import open_stop
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout, retry_failed
from subsidies.payouts.services.prove import proved
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.payouts.services.stops import anchored, confirm_stop, keep_book, still_anchored
from subsidies.payouts.statement import read_statement
from subsidies.reconciliation.selectors.gate import gate
from subsidies.reconciliation.selectors.triangle import oldest_open_day
from subsidies.reconciliation.services.reconcile import take_in_statement
from subsidies.reconciliation.services.resolve import (
    Finding,
    propose_resolution,
    sign_resolution,
    take_over,
)
from subsidies.recoveries.plans import Due
from subsidies.recoveries.services.cases import Demand, confirm_recovery, propose_recovery
from subsidies.recoveries.services.receipts import Arrival, confirm_receipt, take_receipt
from subsidies.review.services.hold_claims import clear_claims
from subsidies.states import ClaimState

FAILS_EACH, RETURNS_EACH = 100, 250  # one payment in so many
REASON = "returned_after_payment"
FROZEN, MISNAMED, SOUND = "0002", "0001", "8888"  # wallets as the stub of the operator understands them
# On which of the working days, told in parts of the quarter, what happens.
MISSTATES, RESTORES, DEMANDS, DENIES, RETURNS = 0.2, 0.35, 0.45, 0.6, 0.5


@dataclass
class Quarter:
    """What was lived through: the working days, on which of them the gate held orders back, and after which a backup
    was put in the database's place."""

    scheme: Scheme
    days: list[date]
    held: list[date] = field(default_factory=list)
    restored: list[date] = field(default_factory=list)


def live_through_a_quarter(folder: Path, *, payments: int, today: date, each: int = 1) -> Quarter:
    """The last three whole months before `today`; of their working days every `each`-th is paid on."""
    first, last = _three_months_before(today)
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    days = [day for day in span if day.weekday() < 5][::each]  # Monday to Friday
    wallets = {n: FROZEN if n % 3 else MISNAMED for n in range(FAILS_EACH // 2, payments + 1, FAILS_EACH)}
    with operator_here() as operator, _anchor(folder / "anchor.json"):
        scheme = prepare_pilot(folder / "pilot", payments=payments, first=first, wallets=wallets)
        found = Quarter(scheme, days)
        life = _Life(found, operator, payments)
        for number in range(len(days)):
            life.live(number)
        life.morning(last + timedelta(days=1))
        return found


def _three_months_before(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - timedelta(days=1)
    first = last.replace(day=1)
    for _month in range(2):
        first = (first - timedelta(days=1)).replace(day=1)
    return first, last


@contextmanager
def _anchor(path: Path) -> Iterator[None]:
    before, settings.ANCHOR_FILE = settings.ANCHOR_FILE, str(path)
    try:
        yield
    finally:
        settings.ANCHOR_FILE = before


class _Life:
    """One quarter day by day, with the same people as the rest of the demonstration."""

    def __init__(self, found: Quarter, operator: SlyOperator, payments: int) -> None:
        self.found, self.operator = found, operator
        self.approver, self.maker, self.releaser = (in_role(n) for n in ("reviewer", "finance", "releaser"))
        self.officer = in_role("officer")
        self.per_day = -(-payments // max(1, len(found.days) - 5))
        self.returns = max(1, payments // RETURNS_EACH)

    @property
    def claims(self) -> QuerySet[Claim]:
        return Claim.objects.filter(scheme=self.found.scheme)

    def _is(self, number: int, part: float) -> bool:
        return number == int(len(self.found.days) * part)

    def live(self, number: int) -> None:
        """One working day."""
        day, days = self.found.days[number], self.found.days
        self.morning(day)
        while month := month_to_close(self.found.scheme, today=day):
            self._close(month, at(day, 9))
        if self._is(number, DEMANDS):
            self._demand_back(day)
        self._mend_failures(day)
        if self._is(number, RESTORES):
            self._pay_and_lose_it(day)
        else:
            self._pay(day)
        if self._is(number, MISSTATES):
            self.operator.misstated[self._paid_on(day).request_no] = 100
        if number > len(days) * RETURNS and self.returns:
            self._give_back()

    # -------------------------------------------------------------- the morning

    def morning(self, day: date) -> None:
        """The statement of the days before is matched; what differs is closed, and what was stopped goes on."""
        now = at(day, 8)
        still_anchored(now=now)
        if open_stop() is not None:
            self._read_back(day, now)
        last = day - timedelta(days=1)
        first = min(last - timedelta(days=settings.RETURN_DAYS), oldest_open_day() or last)
        take_in_statement(lines=read_statement(first=first, last=last), first=first, last=last, now=now)
        if gate(now=now) is None:
            return
        self.found.held.append(day)
        self._sort_out(now)
        take_in_statement(
            lines=read_statement(first=first, last=last), first=first, last=last, now=now + timedelta(hours=1)
        )

    def _sort_out(self, now: datetime) -> None:
        """What the operator misstated it states again; what was paid after all is booked by two people."""
        live = Difference.objects.filter(state=Difference.State.OPEN)
        take_over(differences=live, by=self.maker, now=now)
        self.operator.misstated.clear()
        paid = live.filter(kind=Difference.Kind.STATE)
        if paid.exists():
            finding = Finding(Difference.Resolution.PAID, "运营机构书面确认款项已付，当日答复有误")
            numbers = list(paid.values_list("pk", flat=True))
            propose_resolution(differences=paid, finding=finding, by=self.maker, now=now)
            proposed = Difference.objects.filter(pk__in=numbers)
            sign_resolution(differences=proposed, by=self.releaser, now=now + timedelta(minutes=20))

    def _read_back(self, day: date, now: datetime) -> None:
        stop = open_stop()
        if stop is None:
            return
        lines = read_statement(first=day - timedelta(days=120), last=day)
        stop = keep_book(stop=stop, lines=lines, by=self.maker, now=now)
        for person in (self.maker, self.releaser):
            confirm_stop(stop=stop, by=person, now=now, note="已与运营机构账目逐笔核对")

    # -------------------------------------------------------------- payments

    def _pay(self, day: date) -> None:
        ready = self.claims.filter(state=ClaimState.SETTLED).order_by(*PLACE)[: self.per_day]
        lot = Claim.objects.filter(pk__in=list(ready.values_list("pk", flat=True)))
        approve_claims(claims=lot, by=self.approver, now=at(day, 9, 30))
        while check_names(now=at(day, 9, 40)):
            pass
        made = make_payouts(
            scheme=self.found.scheme, claims=self.claims, by=self.maker, now=at(day, 10)
        ).batches
        for batch in made:
            release_payout(batch=batch, by=self.releaser, now=at(day, 11))
        self.operator.now = at(day, 11, 30)
        if made and self._is(self.found.days.index(day), DENIES):
            self.operator.denied.add(made[0].lines.order_by("pk")[0].request_no)
        now = at(day, 11, 30)
        while order := lease_due_order(now=now, new_ones=gate(now=now) is None):
            if not anchored(order, now=now):
                break
            record_results(order, ask_operator(proved(order, now=now)), now=now)
        self.operator.denied.clear()

    def _pay_and_lose_it(self, day: date) -> None:
        """In the evening a backup from before the payments is put in the database's place."""
        name = str(connection.settings_dict["NAME"])
        backup = f"{name}_backup"
        connection.close()
        drop_database(backup)
        copy_database(name, backup)
        self._pay(day)
        connection.close()
        drop_database(name)
        copy_database(backup, name)
        drop_database(backup)
        self.found.restored.append(day)

    def _paid_on(self, day: date) -> PayoutLine:
        return PayoutLine.objects.filter(state="success", finished_at__gte=at(day, 0)).order_by("pk")[0]

    def _mend_failures(self, day: date) -> None:
        """What failed or came back a few days ago gets another wallet, is looked at, and approved again."""
        before = at(day, 0) - timedelta(days=4)
        failed = self.claims.filter(state=ClaimState.PAYOUT_FAILED, payout_lines__finished_at__lt=before)
        for claim in failed.distinct().order_by("pk")[:3]:
            now = at(day, 9, 5)
            cells = {"wallet_no": f"0099{claim.pk:08}{SOUND}", "wallet_operator": "网商银行"}
            change_payee(claim=claim, cells=cells, by=self.maker, now=now, note="车主持证件到窗口更正")
            only = Claim.objects.filter(pk=claim.pk)
            clear_claims(claims=only, by=self.officer, now=now, reasons=["asked_by_phone"])
            retry_failed(claims=only, by=self.approver, now=now, reasons=["payee_corrected"])

    def _give_back(self) -> None:
        """A payment of the week before comes back: the wallet was closed."""
        paid = PayoutLine.objects.filter(state="success", batch__scheme=self.found.scheme, attempt=1)
        line = paid.exclude(claim__state=ClaimState.RECOVERING).order_by("-pk")[self.per_day]
        self.operator.take_back(line.request_no)
        self.returns -= 1

    # -------------------------------------------------------------- money that comes back, and the month's end

    def _demand_back(self, day: date) -> None:
        """Two owners returned the new bike: one pays in three parts, the other has paid one of two so far."""
        paid = self.claims.filter(state=ClaimState.PAID).order_by(*PLACE)[:2]
        for claim, parts, paid_parts in zip(list(paid), (3, 2), (3, 1), strict=True):
            fen = claim.amount_fen // parts
            plan = tuple(Due(day + timedelta(days=10 * n), fen) for n in range(1, parts + 1))
            demand = Demand(REASON, LEGAL_BASIS[REASON], "门店提供退车发票", claim.amount_fen, plan)
            case = propose_recovery(claim=claim, demand=demand, by=self.officer, now=at(day, 9))
            case = confirm_recovery(case=case, by=self.approver, now=at(day, 9, 30))
            for part in range(paid_parts):
                arrival = Arrival(RecoveryReceipt.Way.TRANSFER, fen, day, f"JS{case.pk:04}{part + 1:02}")
                receipt = take_receipt(case=case, arrival=arrival, by=self.maker, now=at(day, 15, part))
                confirm_receipt(receipt=receipt, by=self.releaser, now=at(day, 16, part))

    def _close(self, month: date, now: datetime) -> None:
        period = close_month(scheme=self.found.scheme, month=month, by=self.maker, now=now)
        confirm_close(period=period, by=self.releaser, now=now + timedelta(minutes=30))
