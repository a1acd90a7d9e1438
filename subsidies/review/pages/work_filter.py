"""What a work list may be narrowed by, as a form that is sent with one button."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.shanghai import next_month
from merchants.models import Merchant
from subsidies.casework.selectors.queue import handlers
from subsidies.models import Hold, Scheme
from subsidies.review.pages.claim_facts import name_of
from subsidies.review.selectors.narrowing import KEYS, NOBODYS
from subsidies.review.selectors.worklist import DUE_TODAY, OVERDUE, Filter, Tab, counts_by_kind

DAYS = (0, 1, 3, 7)
SORTS = {
    "since": gettext_lazy("等待时间"),
    "amount": gettext_lazy("补贴金额"),
    "merchant": gettext_lazy("商户名称"),
    "street": gettext_lazy("街道"),
    "completed": gettext_lazy("全流程完成时间"),
}
Option = tuple[str, str]


def filter_form(chosen: Filter) -> dict[str, Any]:
    """The choices of each field, with what is chosen now."""
    more = chosen.more
    return {
        "tab": chosen.tab.value,
        "chosen": more,
        "selects": [
            *([("kind", _("疑点"), _kinds(), chosen.kind)] if chosen.tab is Tab.HOLDS else []),
            *([("holder", _("承办人"), _holders(), more.holder)] if chosen.tab is not Tab.MINE else []),
            *([("due", _("办理期限"), _dues(), chosen.due)] if chosen.tab is Tab.OPEN else []),
            ("days", _("已等"), _ages(), _days(chosen)),
            ("street", _("街道"), _streets(), more.street),
            ("merchant", _("商户"), _merchants(), more.merchant),
            ("month", _("完成月份"), _months(more.month), more.month),
        ],
        "sorts": [
            ("sort", _("排序"), _sorts(_("等待最久在前")), more.sort),
            ("then", _("其次"), _sorts(_("不另排")), more.then),
        ],
    }


def _ages() -> list[Option]:
    return [(str(days) if days else "", _("%s 天以上") % days if days else _("不限")) for days in DAYS]


def _dues() -> list[Option]:
    return [("", _("不限")), (OVERDUE, _("已逾期")), (DUE_TODAY, _("今日到期"))]


def _days(chosen: Filter) -> str:
    return str(chosen.days) if chosen.days else ""


def _kinds() -> list[Option]:
    found = counts_by_kind()
    return [("", _("全部"))] + [
        (kind.value, f"{kind.label} ({found[kind]:,})" if kind in found else str(kind.label))
        for kind in Hold.Kind
    ]


def _holders() -> list[Option]:
    return [
        ("", _("不限")),
        (NOBODYS, _("尚未分派")),
        *((str(each.pk), name_of(each)) for each in handlers()),
    ]


def _streets() -> list[Option]:
    names = Merchant.objects.exclude(subdistrict="").order_by("subdistrict")
    return [
        ("", _("不限")),
        *((name, name) for name in names.values_list("subdistrict", flat=True).distinct()),
    ]


def _merchants() -> list[Option]:
    rows = Merchant.objects.order_by("name", "pk").values_list("pk", "name")
    return [("", _("不限")), *((str(pk), name) for pk, name in rows)]


def _months(chosen: str) -> list[Option]:
    """Those of all schemes' stages, the newest first."""
    found: set[str] = {chosen} if chosen else set()
    for first, last in Scheme.objects.values_list("stages__starts_on", "stages__ends_on"):
        if first and last:
            found |= set(_within(first, last))
    return [("", _("不限")), *((month, month) for month in sorted(found, reverse=True))]


def _within(first: date, last: date) -> list[str]:
    month, found = first.replace(day=1), []
    while month <= last:
        found.append(f"{month:%Y-%m}")
        month = next_month(month)
    return found


def _sorts(none: str) -> list[Option]:
    up_and_down = [
        [(key, _("%s，从小到大") % SORTS[key]), (f"-{key}", _("%s，从大到小") % SORTS[key])] for key in KEYS
    ]
    return [("", none), *(each for pair in up_and_down for each in pair)]
