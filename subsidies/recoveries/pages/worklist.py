"""The recoveries that need somebody, by what is to be done next, with their age; each leads to its case."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.paging import CappedPaginator
from core.shanghai import local_day
from core.staff.access import staff_page
from ebikes.records.models.trade_in import contacts
from subsidies.recoveries.pages.asking import address_of
from subsidies.recoveries.pages.wording import what_next
from subsidies.recoveries.selectors.standing import standings
from subsidies.recoveries.selectors.worklist import Tab, counts, entries

LOOK = "subsidies.view_recoverycase"
PAGE = 50
TABS = {
    Tab.PROPOSED: gettext_lazy("待核准"),
    Tab.SECOND: gettext_lazy("待第二人办理"),
    Tab.OVERDUE: gettext_lazy("逾期"),
    Tab.OPEN: gettext_lazy("追回中"),
    Tab.ENFORCED: gettext_lazy("已移送"),
    Tab.SURPLUS: gettext_lazy("待退还"),
}
WHAT = {
    Tab.PROPOSED: gettext_lazy("已提出追回，须由另一人核准后才发出通知书。"),
    Tab.SECOND: gettext_lazy("收款待核对，或办理待核准：须由另一人完成。"),
    Tab.OVERDUE: gettext_lazy("到期未还：系统每天催缴商户；可变更计划、移送强制执行或核销。"),
    Tab.OPEN: gettext_lazy("已发出通知书，款项尚未收齐。"),
    Tab.ENFORCED: gettext_lazy("已移送强制执行，执行到账的照常登记收款。"),
    Tab.SURPLUS: gettext_lazy("原款由运营机构退回，此前收到的部分须退还缴款人。"),
}


@require_GET
@staff_page(LOOK)
def worklist(request: HttpRequest) -> HttpResponse:
    """One tab of the list; without one the first that has anything."""
    now = timezone.now()
    day = local_day(now)
    found = counts(today=day)
    asked = next((tab for tab in Tab if tab == request.GET.get("tab")), None)
    chosen = asked or next((tab for tab in Tab if found[tab]), Tab.OPEN)
    loaded = entries(chosen, today=day).select_related("claim__trade_in__merchant", "proposed_by")
    loaded = loaded.defer(*contacts("claim__trade_in__"))
    page = CappedPaginator(loaded, PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("追回：工作清单"),
        "tabs": [(f"?tab={tab.value}", TABS[tab], found[tab], tab is chosen) for tab in Tab],
        "what": WHAT[chosen],
        "page": page,
        "rows": [
            {
                "found": each,
                "url": address_of(each.case),
                "days": (now - (each.case.decided_at or each.case.proposed_at)).days,
                "next": what_next(each, today=day),
            }
            for each in standings(page, today=day)
        ],
    }
    return TemplateResponse(request, "subsidies/recoveries/work.html", context)
