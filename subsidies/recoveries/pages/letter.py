"""The demand letter of a case, to be printed, sealed and served."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from core.audit.record import Action, record
from core.privacy.masks import mask_id, mask_name
from core.shanghai import local_day
from core.staff.access import person, staff_page
from ebikes.records.models.trade_in import contacts
from ebikes.records.reveal import RIGHT
from subsidies.models import RecoveryCase
from subsidies.recoveries.demand import DemandLetter, demand_pdf
from subsidies.recoveries.pages.worklist import LOOK
from subsidies.recoveries.plans import Due


@require_GET
@staff_page(LOOK)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as it was decided, with its first plan; the owner in full for those who may see it, and written down."""
    loaded = RecoveryCase.objects.select_related("claim__trade_in", "claim__owner")
    case = get_object_or_404(loaded.defer(*contacts("claim__trade_in__")), pk=pk)
    if case.number is None or case.decided_at is None:
        raise Http404
    named = request.user.has_perm(RIGHT)
    trade_in, owner = case.claim.trade_in, case.claim.owner
    told = {"reason": case.number, "fields": ["id_no", "name"]} if named else {"reason": case.number}
    action = Action.REVEAL if named else Action.VIEW
    record(action, by=person(request), of=case, detail=told)
    made = demand_pdf(
        DemandLetter(
            number=case.number,
            owner=trade_in.owner_name if named else mask_name(trade_in.owner_name),
            id_no=owner.id_no if named else mask_id(owner.id_no),
            record_no=trade_in.record_no,
            filing_plate_no=case.claim.filing_plate_no,
            paid_fen=case.claim.amount_fen,
            amount_fen=case.amount_fen,
            facts=case.note,
            basis=case.basis,
            plan=tuple(Due(each.due_on, each.amount_fen) for each in case.instalments.filter(plan_no=0)),
            issued_on=local_day(case.decided_at),
            account=settings.RECOVERY_ACCOUNT,
            contact=settings.RECOVERY_CONTACT,
        )
    )
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="demand-{case.year}-{case.serial}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
