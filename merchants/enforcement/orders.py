"""Ordering a shop to put things right: one proposes the letter, another signs it; another look closes it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.locks import hold
from core.models import User
from core.shanghai import local_day
from merchants.models import CorrectionOrder, Inspection
from merchants.supervision.heads import HEADS
from merchants.supervision.models.inspection import Finding
from merchants.supervision.visits import conclude_visit

State = CorrectionOrder.State


class NotNow(ValueError):
    """The letter, or what it is about, is not in a state in which this is done."""


class OwnProposal(PermissionError):
    """Whoever proposes does not sign."""


class Incomplete(ValueError):
    """A letter says what is to be done, on what law, by a day to come."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a shop is ordered to do: in words, on what law, by which local day (included)."""

    demands: str
    basis: str
    due_on: date


def drafted(inspection: Inspection) -> Orders:
    """What is proposed to whoever writes the letter: each fault, in words, and its law."""
    faults = [head for head in HEADS if getattr(inspection, head.code) == Finding.FAULT]
    demands = [
        f"{no}. {head.title}：{getattr(inspection, head.note)}".rstrip("：")
        for no, head in enumerate(faults, 1)
    ]
    basis = dict.fromkeys(head.basis for head in faults)
    return Orders(
        "\n".join(demands), "；".join(basis)[:500], inspection.rectify_by or inspection.inspected_on
    )


def propose_order(*, inspection: Inspection, orders: Orders, by: User, now: datetime) -> CorrectionOrder:
    """Propose a letter; it binds nobody before another person signs it. Raises NotNow, Incomplete."""
    with acting("propose_order", by=by, now=now):
        locked = Inspection.objects.select_for_update(no_key=True).get(pk=inspection.pk)
        over = locked.conclusion != Inspection.Conclusion.RECTIFY or locked.rectified_on
        if over or locked.orders.unended().exists():
            raise NotNow(_("这次检查没有待责令改正的问题，或已有通知书在办。"))
        if not orders.demands.strip() or not orders.basis.strip() or orders.due_on <= local_day(now):
            raise Incomplete(_("须写明改正内容、法律依据和今天以后的期限。"))
        return CorrectionOrder.objects.create(
            inspection=locked,
            demands=orders.demands.strip(),
            basis=orders.basis.strip(),
            due_on=orders.due_on,
            proposed_by=by,
            proposed_at=now,
        )


def issue_order(*, order: CorrectionOrder, by: User, now: datetime) -> CorrectionOrder:
    """Sign a letter: it has its number and binds the shop. Raises NotNow, OwnProposal, Incomplete (its day is over)."""
    with acting("issue_order", by=by, now=now):
        locked = _locked(order)
        if locked.state != State.PROPOSED or locked.inspection.rectified_on:
            raise NotNow(_("这份通知书已经办理，或问题已经整改。"))
        if locked.proposed_by_id == by.pk:
            raise OwnProposal(_("承办人不能签发自己的通知书。"))
        if locked.due_on <= local_day(now):
            raise Incomplete(_("改正期限已过，请退回重拟。"))
        locked.year = local_day(now).year
        hold("merchants_correctionorder", locked.year)
        same_year = CorrectionOrder.objects.filter(year=locked.year)
        locked.serial = 1 + (same_year.aggregate(last=Max("serial"))["last"] or 0)
        locked.number = f"{settings.ORDER_PREFIX}〔{locked.year}〕{locked.serial}号"
        locked.state, locked.decided_by, locked.decided_at = State.ISSUED, by, now
        locked.save(update_fields=["year", "serial", "number", "state", "decided_by", "decided_at"])
        return locked


def decline_order(*, order: CorrectionOrder, by: User, now: datetime, note: str) -> None:
    """Do not sign a letter, or take the own proposal back. Raises NotNow."""
    with acting("decline_order", by=by, now=now, note=note):
        locked = _locked(order)
        if locked.state != State.PROPOSED:
            raise NotNow(_("这份通知书已经办理。"))
        locked.state, locked.decided_by, locked.decided_at, locked.ended_at = State.DECLINED, by, now, now
        locked.save(update_fields=["state", "decided_by", "decided_at", "ended_at"])


def serve_order(*, order: CorrectionOrder, served_on: date, how: str, by: User, now: datetime) -> None:
    """Write down when and how the shop received the letter. Raises NotNow, Incomplete."""
    with acting("serve_order", by=by, now=now):
        locked = _locked(order)
        if locked.state != State.ISSUED or locked.served_on or locked.decided_at is None:
            raise NotNow(_("这份通知书没有签发，或已登记送达。"))
        if not local_day(locked.decided_at) <= served_on <= local_day(now) or not how.strip():
            raise Incomplete(_("送达日期须在签发日至今天之间，并写明送达方式。"))
        locked.served_on, locked.served_how = served_on, how.strip()[:100]
        locked.save(update_fields=["served_on", "served_how"])


def put_right(found: Inspection, again: Inspection) -> bool:
    """Whether another look, concluded, found everything put right that was wrong."""
    wrong = [head.code for head in HEADS if getattr(found, head.code) == Finding.FAULT]
    return bool(again.conclusion) and all(getattr(again, code) == Finding.OK for code in wrong)


def conclude(
    *, visit: Inspection, conclusion: str, rectify_by: date | None, by: User, now: datetime
) -> Inspection:
    """End a visit; one that looked again and found everything put right ends the faults, and their letter, too.

    Raises what `conclude_visit` raises.
    """
    with acting("conclude_visit", by=by, now=now):
        ended = conclude_visit(visit=visit, conclusion=conclusion, rectify_by=rectify_by, by=by, now=now)
        if ended.recheck_of_id is None:
            return ended
        found = Inspection.objects.select_for_update(no_key=True).get(pk=ended.recheck_of_id)
        if found.rectified_on is None and put_right(found, ended):
            found.orders.filter(state=State.ISSUED).update(state=State.CLOSED, recheck=ended, ended_at=now)
            found.rectified_on = ended.inspected_on
            found.save(update_fields=["rectified_on"])
        return ended


def _locked(order: CorrectionOrder) -> CorrectionOrder:
    Inspection.objects.select_for_update(no_key=True).get(pk=order.inspection_id)
    return CorrectionOrder.objects.select_for_update(no_key=True).get(pk=order.pk)
