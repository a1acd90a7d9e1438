"""Money that arrived: taken down by one person, confirmed or declined by another."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.money import plain_yuan, yuan
from core.shanghai import local_day, today
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, RequiredNoteForm, ask_first
from subsidies.claims.models.claim import ClaimQuerySet
from subsidies.models import Claim, RecoveryCase, RecoveryReceipt
from subsidies.recoveries.pages.asking import CONFIRM, TAKE, address_of, facts_of, filled, load_case
from subsidies.recoveries.pages.forms import ReceiptForm, claim_in_words
from subsidies.recoveries.pages.wording import REFUSALS
from subsidies.recoveries.selectors.standing import standings
from subsidies.recoveries.services.receipts import Arrival, confirm_receipt, decline_receipt, take_receipt
from subsidies.review.pages.claim_facts import name_of
from subsidies.states import ClaimState


@require_http_methods(["GET", "POST"])
@staff_page(TAKE)
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take down what arrived."""
    case = load_case(pk)
    (found,) = standings([case], today=today())
    waiting = sum(
        each.amount_fen for each in case.receipts.all() if each.state == RecoveryReceipt.State.TAKEN
    )
    room = max(0, found.open_fen - waiting)
    part = found.next_part
    initial = {
        "amount": plain_yuan(min(room, part.missing_fen if part else room)),
        "received_on": today().isoformat(),
    }
    since = local_day(case.decided_at) if case.decided_at else None
    form = filled(ReceiptForm, initial, open_fen=room, since=since, due=_still_to_be_paid(case))

    def do(told: dict[str, Any]) -> str:
        arrival = Arrival(
            RecoveryReceipt.Way(told["way"]),
            told["amount"],
            told["received_on"],
            told["voucher"],
            note=told["note"],
            set_off=told["set_off"],
        )
        receipt = take_receipt(case=case, arrival=arrival, by=person(request), now=timezone.now())
        return _("收款 %s 已登记，须由另一位财务人员核对后入账。") % receipt.number

    facts = [*facts_of(case), (_("尚未收到"), _("%s 元") % yuan(room))]
    effect = Effect(_("登记到账的款项；另一位财务人员核对后才记入资金账目。"), facts, possible=room > 0)
    question = Question(_("登记收款"), effect, do, form, REFUSALS, address_of(case))
    return ask_first(request, question) or redirect(address_of(case))


def _still_to_be_paid(case: RecoveryCase) -> ClaimQuerySet:
    """What could be set off: the same owner's approved claims."""
    own = case.claim
    due = Claim.objects.filter(owner=own.owner_id, scheme=own.scheme_id, state=ClaimState.APPROVED)
    return due.select_related("trade_in").without_contacts()


@require_http_methods(["GET", "POST"])
@staff_page(CONFIRM)
def decide_arrival(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Confirm a receipt against the bank's voucher, or decline it."""
    if slug not in ("confirm", "decline"):
        raise Http404
    loaded = RecoveryReceipt.objects.select_related("case__claim__trade_in", "taken_by", "set_off__trade_in")
    receipt = get_object_or_404(loaded, pk=pk)
    by, confirms, back = person(request), slug == "confirm", address_of(receipt.case)
    own = receipt.taken_by == by
    if own and confirms and request.method == "POST":
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        if not confirms:
            decline_receipt(receipt=receipt, by=by, now=timezone.now(), note=told["note"])
            return _("收款 %s 未予入账。") % receipt.number
        confirm_receipt(receipt=receipt, by=by, now=timezone.now(), note=told["note"])
        return _("收款 %s 已记入资金账目。") % receipt.number

    facts: list[tuple[str, object]] = [
        (_("收款编号"), receipt.number),
        (_("收款方式"), receipt.get_way_display()),
        (_("金额(元)"), yuan(receipt.amount_fen)),
        (_("到账日期"), receipt.received_on),
        (_("凭证号"), receipt.voucher),
        (_("登记人"), name_of(receipt.taken_by)),
    ]
    if receipt.set_off:
        facts.append((_("抵扣的申请"), claim_in_words(receipt.set_off)))
    sentence = (
        _("请与银行流水或缴款凭证核对。记入账目后不能更改；款项回到可用资金。")
        if confirms
        else _("没有到账，或登记有误：编号保留，不入账。")
    )
    possible = receipt.state == RecoveryReceipt.State.TAKEN and not (own and confirms)
    if own and confirms:
        sentence = _("登记人不能自己核对，须由另一位财务人员核对。")
    title = _("核对收款") if confirms else _("不予入账")
    form = NoteForm if confirms else RequiredNoteForm
    question = Question(title, Effect(sentence, facts, possible=possible), do, form, REFUSALS, back)
    return ask_first(request, question) or redirect(back)
