"""What follows from the demonstration's inspections: letters to be signed and late, cases, visits that are asked for."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from config.packs.logins import in_role
from core.shanghai import local_day, midnight
from merchants.enforcement.cases import Result, close_case, open_case, propose_case, write_outcome
from merchants.enforcement.orders import drafted, issue_order, propose_order, serve_order
from merchants.models import Inspection, SamplingLot
from merchants.supervision.inspection_tasks import ask_for_inspection
from merchants.supervision.visits import begin_visit

HANDED_TO = "区市场监管综合行政执法队"


def leave_enforcement() -> None:
    """For the merchant manager, and for the reviewer who signs."""
    manager, reviewer, now = in_role("merchants"), in_role("reviewer"), timezone.now()
    open_ones = list(
        Inspection.objects.to_be_put_right().select_related("merchant").order_by("inspected_on", "pk")
    )
    late, *others = open_ones
    then = midnight(late.inspected_on + timedelta(days=1))
    order = propose_order(inspection=late, orders=drafted(late), by=manager, now=then)
    issue_order(order=order, by=reviewer, now=then)
    serve_order(order=order, served_on=local_day(then), how=_("直接送达"), by=manager, now=then)
    for inspection in others[:1]:
        until = local_day(now) + timedelta(days=15)
        draft = drafted(inspection)
        propose_order(
            inspection=inspection, orders=type(draft)(draft.demands, draft.basis, until), by=manager, now=now
        )
    _cases()
    shops = [each.merchant for each in open_ones]
    ask_for_inspection(
        shop=shops[0],
        why=_("责令改正逾期，请复查"),
        due_on=local_day(now) + timedelta(days=7),
        by=in_role("officer"),
        now=now,
    )
    begin_visit(shop=shops[-1], by=manager, now=now)


def _cases() -> None:
    """Of the lots that failed one is closed with a fine, and one waits to be handed over."""
    manager, reviewer, now = in_role("merchants"), in_role("reviewer"), timezone.now()
    failed = list(SamplingLot.objects.filter(result="failed", merchant__isnull=False).order_by("pk"))
    for lot, number in zip(failed[:2], (_("拱市监案〔2022〕17号"), ""), strict=False):
        facts = _("经抽样检验，%s项目不合格") % lot.failing
        case = propose_case(source=lot, facts=facts, handed_to=HANDED_TO, by=manager, now=now)
        if number:
            open_case(case=case, number=number, by=reviewer, now=now)
            fine = Result("penalty", _("拱市监罚〔2022〕9号"), date(2022, 6, 28), 1_200_000, 86_000, 4)
            write_outcome(case=case, result=fine, by=manager, now=now)
            close_case(case=case, by=reviewer, now=now)
