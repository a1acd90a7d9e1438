"""While payouts are stopped: what was found in the operator's book, confirmed by one person and then by another."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.money import yuan
from core.shanghai import to_the_minute
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, Question, RequiredNoteForm, ask_first, bound_to_what_was_seen
from subsidies.models import PayoutStop
from subsidies.payouts.pages.batches import MOVE
from subsidies.payouts.selectors.stop import open_stop
from subsidies.payouts.services.stops import Ended, NotRead, SamePerson, confirm_stop
from subsidies.review.pages.claim_facts import name_of

REFUSALS = {
    NotRead: gettext_lazy("还没有读回运营机构的账目：请系统管理员运行 manage.py match_operator_book。"),
    SamePerson: gettext_lazy("您已确认过，须由另一位财务人员再次确认。"),
    Ended: gettext_lazy("发放已恢复。"),
}


@require_http_methods(["GET", "POST"])
@staff_page(MOVE)
def stop(request: HttpRequest) -> HttpResponse:
    """Say what is stopped and why, and ask for the confirmation that is missing."""
    found = open_stop()
    if found is None:
        return redirect("admin:index")
    by = person(request)

    def do(told: dict[str, Any]) -> str:
        ended = confirm_stop(stop=found, by=by, now=timezone.now(), note=told["note"])
        return (
            _("两人均已确认，发放已恢复。") if ended else _("已确认，须由另一位财务人员再次确认后恢复发放。")
        )

    if found.book_read_at is None:
        effect = Effect(str(REFUSALS[NotRead]), _why(found), possible=False)
    elif found.first_by == by:
        effect = Effect(str(REFUSALS[SamePerson]), [*_why(found), *_book(found)], possible=False)
    else:
        sentence = _("请逐项核对。两人先后确认之后，发放恢复；同一笔款项用同一请求号，不会重复付出。")
        effect = Effect(sentence, [*_why(found), *_book(found)], _warning(found))
    form = bound_to_what_was_seen(RequiredNoteForm, f"{found.book_read_at}/{found.first_by_id}")
    question = Question(_("确认恢复发放"), effect, do, form, REFUSALS, "/admin/")
    return ask_first(request, question) or redirect("admin:index")


def _why(found: PayoutStop) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        (_("停止原因"), found.get_why_display()),
        (_("停止时间"), to_the_minute(found.begun_at)),
    ]
    if found.detail:
        facts.append((_("说明"), found.detail))
    if found.first_by:
        facts.append((_("第一确认人"), name_of(found.first_by)))
    return facts


def _book(found: PayoutStop) -> list[tuple[str, object]]:
    told, read_at = found.found, found.book_read_at
    return [
        (_("账目读回于"), to_the_minute(read_at) if read_at else ""),
        (_("运营机构已付"), _("%(n)s 笔，%(yuan)s 元") % {"n": told["paid"], "yuan": yuan(told["paid_fen"])}),
        (_("两边一致"), _("%s 笔") % told["matched"]),
        (
            _("对方已付、本系统没有记下"),
            _("%(n)s 笔，%(yuan)s 元") % {"n": told["unbooked"], "yuan": yuan(told["unbooked_fen"])},
        ),
        (_("对方已付、本系统没有对应的申请"), _("%s 笔") % told["unexplained"]),
        (_("金额不同或付了不止一次"), _("%s 笔") % told["differing"]),
        (_("本系统记为已付、对方没有"), _("%s 笔") % told["missing"]),
    ]


def _warning(found: PayoutStop) -> str:
    if any(found.found[each] for each in ("unexplained", "differing", "missing")):
        return _("两边的账目有差异，确认前请先查明，并在说明中写明结论。")
    return ""
