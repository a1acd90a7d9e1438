"""What waits in the shops: faults, letters, cases."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.shanghai import today
from merchants.models import CorrectionOrder, EnforcementCase, Inspection, InspectionTask, Merchant
from subsidies.overview.pages.figure_links import Rows
from subsidies.overview.pages.task import Task
from subsidies.overview.selectors.open_work import OpenWork


def shop_tasks(beside: OpenWork, rows: Rows) -> Iterator[Task]:
    """What whoever keeps the shops has before them; what became of visits is everybody's who sees visits."""
    if rows.can("merchants.change_merchant"):
        yield from _shops(beside, rows)
    if rows.may(Inspection):
        yield from _enforcement(rows)


def _shops(beside: OpenWork, rows: Rows) -> Iterator[Task]:
    faults = rows.figure(beside.faults, Inspection, rectification="open")
    yield Task(_("待整改的检查"), faults, beside.faults > 0)
    unposted = rows.figure(beside.unposted, Merchant, standing="-posted")
    yield Task(_("承诺书未上墙的商户"), unposted, beside.unposted > 0)


def _enforcement(rows: Rows) -> Iterator[Task]:
    """Visits that were asked for, letters and cases, by what they wait for; each only where there is any."""
    if asked := InspectionTask.objects.open().count():
        yield Task(
            _("待检查的商户"), rows.page(asked, "staff-visits"), rows.can("merchants.change_inspection")
        )
    orders, cases = CorrectionOrder.objects, EnforcementCase.objects
    signs, hands_over = (
        rows.can("merchants.change_correctionorder"),
        rows.can("merchants.change_enforcementcase"),
    )
    state = {"state__exact": "proposed"}
    if n := orders.filter(state=CorrectionOrder.State.PROPOSED).count():
        yield Task(_("待签发的责令改正通知书"), rows.figure(n, CorrectionOrder, **state), signs)
    if n := orders.late(today()).count():
        waits = rows.can("merchants.add_enforcementcase")
        yield Task(_("逾期未改正的通知书"), rows.figure(n, CorrectionOrder, late="yes"), waits)
    if n := cases.filter(state=EnforcementCase.State.PROPOSED).count():
        yield Task(_("待移送的案件"), rows.figure(n, EnforcementCase, **state), hands_over)
    if n := cases.filter(state=EnforcementCase.State.OUTCOME).count():
        yield Task(_("待核对的处理结果"), rows.figure(n, EnforcementCase, state__exact="outcome"), hands_over)
