"""The admin's look and its sidebar, in the words of the work."""

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _link(title: object, view: str) -> dict[str, object]:
    """A way to a page, for those who may look at it: its address says which right that is. Home is everybody's."""
    link = {"title": title, "link": reverse_lazy(view)}
    if view == "admin:index":
        return link
    app, model = (
        ("ebikes", "importbatch") if view == "imports" else view.removeprefix("admin:").split("_")[:2]
    )
    return link | {
        "permission": lambda request: any(
            request.user.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "change")
        )
    }


def _entry(title: object, icon: str, view: str) -> dict[str, object]:
    """A page of the sidebar."""
    return _link(title, view) | {"icon": icon}


def _tabs(*models: tuple[str, object]) -> dict[str, object]:
    """Lists that belong together: each shows the others as tabs, and all of them light up one entry of the sidebar."""
    return {
        "models": [model for model, _title in models],
        "items": [_link(title, f"admin:{model.replace('.', '_')}_changelist") for model, title in models],
    }


UNFOLD = {
    "SITE_TITLE": _("电动自行车淘汰置换补贴"),
    "SITE_HEADER": _("拱墅区电动自行车补贴"),
    "SITE_SYMBOL": "electric_moped",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "subsidies.views.staff.home.home",
    "LOGIN": {"form": "merchants.lockout.StaffLoginForm"},
    "COLORS": {
        "primary": {
            "50": "#eef8f4", "100": "#d5eee4", "200": "#aedccb", "300": "#7dc4ab", "400": "#4ba98a",
            "500": "#2a8d6e", "600": "#0b6b4f", "700": "#0a5a43", "800": "#0a4836", "900": "#093b2d", "950": "#04211a",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {
                "items": [
                    _entry(_("今日待办"), "checklist", "admin:index"),
                    _entry(_("淘汰置换"), "swap_horiz", "admin:ebikes_tradein_changelist"),
                    _entry(_("资格核验"), "fact_check", "admin:subsidies_claim_changelist"),
                    _entry(_("补贴分配"), "account_balance", "admin:subsidies_scheme_changelist"),
                    _entry(_("发放"), "payments", "admin:subsidies_payoutbatch_changelist"),
                    _entry(_("商户与代办点"), "storefront", "admin:merchants_merchant_changelist"),
                    _entry(_("备案车辆"), "electric_bike", "admin:ebikes_filedbike_changelist"),
                    _entry(_("审计"), "receipt_long", "admin:subsidies_ledgerentry_changelist"),
                ],
            },
            {
                "title": _("登记"),
                "items": [
                    _entry(_("导入"), "upload_file", "imports"),
                    _entry(_("代办点"), "pin_drop", "admin:merchants_agentpoint_changelist"),
                    _entry(_("培训"), "school", "admin:merchants_training_changelist"),
                    _entry(_("核验应答"), "verified", "admin:ebikes_licensinganswer_changelist"),
                ],
            },
            {
                "title": _("系统"),
                "items": [
                    _entry(_("外部系统状况"), "monitor_heart", "admin:ebikes_licensinghealth_changelist"),
                    _entry(_("用户"), "group", "admin:merchants_user_changelist"),
                    _entry(_("角色"), "badge", "admin:auth_group_changelist"),
                    _entry(_("邀请"), "mail", "admin:merchants_invitation_changelist"),
                ],
            },
        ],
    },
    "TABS": [
        {
            "page": "imports",  # the pages of a file, which are no model's
            "models": ["ebikes.importbatch"],
            "items": [
                _link(_("导入"), "imports"),
                _link(_("批次历史"), "admin:ebikes_importbatch_changelist"),
            ],
        },
        _tabs(
            ("subsidies.claim", _("补贴申请")),
            ("ebikes.licensinganswer", _("核验应答")),
            ("ebikes.licensinghealth", _("外部系统状况")),
        ),
        _tabs(
            ("merchants.merchant", _("销售商户")),
            ("merchants.agentpoint", _("代办点")),
            ("merchants.invitation", _("邀请")),
            ("merchants.user", _("用户")),
        ),
    ],
}  # fmt: skip
