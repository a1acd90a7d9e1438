"""The admin's look and its sidebar, in the words of the work."""

from functools import cache, partial
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Pages beside the admin's own, and the rights of which any lets in.
RIGHTS = {
    "imports": ("ebikes.view_importbatch",),
    "staff-visits": ("merchants.view_inspection",),
    "staff-report": ("merchants.view_inspection", "subsidies.view_scheme"),
    "staff-report-templates": ("subsidies.view_reporttemplate",),
    "staff-recoveries": ("subsidies.view_recoverycase",),
    "staff-work": ("subsidies.view_claim",),
    "staff-load": ("subsidies.view_claim",),
    "staff-ties": ("subsidies.view_claim",),
    "staff-watchlist": ("subsidies.view_watchentry",),
    "staff-reconciliation": ("subsidies.view_difference",),
    "staff-months": ("subsidies.view_period",),
    "staff-laboratory": ("subsidies.view_laboratoryrun",),
    "staff-province": ("subsidies.view_ledgerentry",),
    "staff-verifications": ("subsidies.view_verification",),
    "staff-city": ("core.view_district",),
    "staff-rules": ("subsidies.view_closingrule",),
}


_address = cache(reverse)  # for good: the theme copies a link before it looks at it


def _link(title: object, view: str) -> dict[str, object]:
    """A way to a page, for those who may look at it: its address says which right that is. Home is everybody's.

    The address is made once: the theme compares every link with every other on each page, and `reverse_lazy` would
    make it anew hundreds of times.
    """
    link = {"title": title, "link": SimpleLazyObject(partial(_address, view))}
    if view == "admin:index":
        return link
    if view in RIGHTS:
        return link | {"permission": lambda request: any(map(request.user.has_perm, RIGHTS[view]))}
    app, model = view.removeprefix("admin:").split("_")[:2]
    return link | {
        "permission": lambda request: any(
            request.user.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "change")
        )
    }


def _entry(title: object, icon: str, view: str) -> dict[str, object]:
    """A page of the sidebar."""
    return _link(title, view) | {"icon": icon}


def _of_province(entry: dict[str, Any]) -> dict[str, object]:
    """An entry of the installation that is a province's register, and of no other."""
    allowed = entry["permission"]
    return entry | {"permission": lambda request: bool(settings.PROVINCE_CELLS) and allowed(request)}


def _tabs(*models: tuple[str, object]) -> dict[str, object]:
    """Lists that belong together: each shows the others as tabs, and all of them light up one entry of the sidebar."""
    return {
        "models": [model for model, _title in models],
        "items": [_link(title, f"admin:{model.replace('.', '_')}_changelist") for model, title in models],
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("电动自行车淘汰置换补贴"),
    "SITE_HEADER": _("拱墅区电动自行车补贴"),
    "SITE_SYMBOL": "electric_moped",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")}],
    "STYLES": [lambda request: static("css/staff.css")],
    "SCRIPTS": [lambda request: static("js/staff-files.js")],
    "SHOW_HISTORY": False,
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "subsidies.overview.pages.home.home",
    "LOGIN": {"form": "core.accounts.lockout.StaffLoginForm"},
    "COLORS": {
        "primary": {
            "50": "#eef8f4", "100": "#d5eee4", "200": "#aedccb", "300": "#7dc4ab", "400": "#4ba98a",
            "500": "#2a8d6e", "600": "#0b6b4f", "700": "#0a5a43", "800": "#0a4836", "900": "#093b2d", "950": "#04211a",
        }
    },
    "SIDEBAR": {
        "show_search": "subsidies.search.pages.may_search",
        "navigation": [
            {
                "items": [
                    _entry(_("今日待办"), "checklist", "admin:index"),
                    _entry(_("淘汰置换"), "swap_horiz", "admin:ebikes_tradein_changelist"),
                    _entry(_("资格核验"), "fact_check", "staff-work"),
                    _entry(_("补贴分配"), "account_balance", "admin:subsidies_scheme_changelist"),
                    _entry(_("发放"), "payments", "admin:subsidies_payoutbatch_changelist"),
                    _entry(_("月结"), "event_available", "staff-months"),
                    _entry(_("追回"), "undo", "staff-recoveries"),
                    _entry(_("商户与代办点"), "storefront", "admin:merchants_merchant_changelist"),
                    _entry(_("检查任务"), "task_alt", "staff-visits"),
                    _entry(_("备案车辆"), "electric_bike", "admin:ebikes_filedbike_changelist"),
                    _entry(_("报表"), "bar_chart", "staff-report"),
                    _entry(_("各区情况"), "location_city", "staff-city"),
                    _entry(_("政策推演"), "science", "staff-laboratory"),
                    _entry(_("审计"), "policy", "admin:core_auditentry_changelist"),
                    _entry(_("账目和审计链核对"), "verified", "staff-verifications"),
                    _of_province(_entry(_("各市情况"), "map", "staff-province")),
                ],
            },
            {
                "title": _("文件"),
                "items": [
                    _entry(_("导入"), "upload_file", "imports"),
                    _entry(_("我的导出"), "download", "admin:core_export_changelist"),
                ],
            },
            {
                "title": _("系统"),
                "items": [
                    _entry(_("外部系统状况"), "monitor_heart", "admin:ebikes_licensinghealth_changelist"),
                    _entry(pgettext_lazy("many", "用户"), "group", "admin:core_user_changelist"),
                    _entry(_("账号和权限变更"), "key", "admin:core_rightschange_changelist"),
                    _entry(pgettext_lazy("many", "角色"), "badge", "admin:auth_group_changelist"),
                    _entry(pgettext_lazy("many", "邀请"), "mail", "admin:merchants_invitation_changelist"),
                ],
            },
        ],
    },
    # One entry of the sidebar has its lists as tabs; no list is in two groups, so that one entry is lit.
    "TABS": [
        {
            "page": "imports",  # the pages of a file, which are no model's
            "models": ["ebikes.importbatch"],
            "items": [
                _link(_("导入"), "imports"),
                _link(_("批次历史"), "admin:ebikes_importbatch_changelist"),
            ],
        },
        {
            "page": "work",
            "models": ["subsidies.claim", "ebikes.licensinganswer"],
            "items": [
                _link(_("工作清单"), "staff-work"),
                _link(_("各人待办"), "staff-load"),
                _link(_("疑点分组"), "staff-ties"),
                _link(_("待查名单"), "staff-watchlist"),
                _link(pgettext_lazy("many", "补贴申请"), "admin:subsidies_claim_changelist"),
                _link(_("核验应答"), "admin:ebikes_licensinganswer_changelist"),
            ],
        },
        _tabs(("subsidies.scheme", pgettext_lazy("many", "补贴方案")), ("subsidies.ledgerentry", _("资金账目"))),
        {
            "page": "payouts",
            "models": [
                *("subsidies.payoutbatch", "subsidies.payoutline", "subsidies.difference"),
                *("subsidies.statementreading", "subsidies.statemententry", "subsidies.supplement"),
            ],
            "items": [
                _link(pgettext_lazy("many", "发放批次"), "admin:subsidies_payoutbatch_changelist"),
                _link(_("发放明细"), "admin:subsidies_payoutline_changelist"),
                _link(_("补发"), "admin:subsidies_supplement_changelist"),
                _link(_("对账"), "staff-reconciliation"),
                _link(_("对账差异"), "admin:subsidies_difference_changelist"),
                _link(_("对账单"), "admin:subsidies_statementreading_changelist"),
                _link(_("对账单明细"), "admin:subsidies_statemententry_changelist"),
            ],
        },
        {
            "page": "months",
            "models": ["subsidies.period", "subsidies.voucher", "subsidies.paymentrequest", "subsidies.closingrule"],
            "items": [
                _link(_("各月"), "staff-months"),
                _link(_("关账记录"), "admin:subsidies_period_changelist"),
                _link(_("记账凭证"), "admin:subsidies_voucher_changelist"),
                _link(_("用款申请"), "admin:subsidies_paymentrequest_changelist"),
                _link(_("科目和版式"), "staff-rules"),
                _link(_("科目和版式的版本"), "admin:subsidies_closingrule_changelist"),
            ],
        },
        {
            "page": "report",
            "models": ["subsidies.reportissue", "subsidies.statedfigure", "merchants.publicity"],
            "items": [
                _link(_("报表"), "staff-report"),
                _link(pgettext_lazy("many", "报告期次"), "admin:subsidies_reportissue_changelist"),
                _link(_("外部数据"), "admin:subsidies_statedfigure_changelist"),
                _link(_("宣传"), "admin:merchants_publicity_changelist"),
                _link(_("报告模板"), "staff-report-templates"),
            ],
        },
        {
            "page": "recoveries",
            "models": ["subsidies.recoverycase", "subsidies.recoveryreceipt"],
            "items": [
                _link(_("工作清单"), "staff-recoveries"),
                _link(_("追回案件"), "admin:subsidies_recoverycase_changelist"),
                _link(_("追回收款"), "admin:subsidies_recoveryreceipt_changelist"),
            ],
        },
        _tabs(
            ("merchants.merchant", pgettext_lazy("many", "销售商户")),
            ("merchants.agentpoint", pgettext_lazy("many", "代办点")),
            ("merchants.training", _("培训")),
            ("merchants.inspection", _("一店一查")),
            ("merchants.correctionorder", _("责令改正")),
            ("merchants.enforcementcase", _("查处案件")),
            ("merchants.samplinglot", _("监督抽查")),
            ("merchants.samplingplan", _("抽检计划")),
            ("merchants.tradeinevent", _("集中置换活动")),
        ),
    ],
}  # fmt: skip
