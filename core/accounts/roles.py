"""What each of the regulator's staff may do: roles are Django groups, written from the table here at every migration.

What somebody changes by hand in a group does not last. Who may move one claim how far is not said here: that its
approver, the maker and the releaser of its payout are three people, the services and PostgreSQL see to.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import DEFAULT_DB_ALIAS
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_LOOK = ("view",)
_KEEP = ("view", "add", "change")


def _may(verbs: Collection[str], app: str, *models: str) -> frozenset[str]:
    return frozenset(f"{app}.{verb}_{model}" for model in models for verb in verbs)


_RECORDS = _may(_LOOK, "ebikes", "owner", "filedbike", "tradein", "licensinganswer", "licensinghealth")
_CLAIMS = _may(_LOOK, "subsidies", "claim", "claimevent", "eligibilitycheck")
_SCHEMES = _may(_LOOK, "subsidies", "scheme", "stage", "policyversion", "schemechange")
_BOOKS = _may(_LOOK, "subsidies", "difference", "statementreading", "statemententry", "verification")
_CLOSES = _may(_LOOK, "subsidies", "period", "voucher", "paymentrequest", "closingrule")
_RECOVERIES = _may(_LOOK, "subsidies", "recoverycase", "recoveryreceipt", "supplement")
_MONEY = _may(_LOOK, "subsidies", "payoutbatch", "payoutline", "ledgerentry") | _CLOSES | _RECOVERIES
# The report is read by all of its readers; what it takes from outside, and each issue, by two people.
_REPORTS = _may(_LOOK, "subsidies", "statedfigure", "reportissue", "reporttemplate")
_WRITES = _may(("add",), "subsidies", "statedfigure", "reportissue", "reporttemplate")
_SIGNS = _may(("change",), "subsidies", "statedfigure", "reportissue", "reporttemplate")
# What might have been is read by all who deal with the money, and tried by those who propose, decide and pay.
_TRIES = _may(("view", "add"), "subsidies", "laboratoryrun") | _may(_LOOK, "subsidies", "dailyforecast")
_SHOPS = (
    *("merchant", "agentpoint", "agentauthorization", "commitmentletter", "training"),
    *("inspection", "inspectiontask", "samplinglot", "tradeinevent", "publicity"),
    *("samplingplan", "plannedcategory"),
    *("correctionorder", "enforcementcase"),
)
_TAKE = _may(_LOOK, "core", "export")  # takes lists away that it may look at, and sees its own exports
# The whole ID number, phone or wallet of somebody: to compare documents, to call an owner back, to find a returned payment.
# An auditor needs none of it to follow who did what, and is the one who watches those who have it.
_WHO = frozenset({"ebikes.see_personal_data"})
_PEOPLE = ("membership", "invitation")
_FOLLOWS = ("correctionorder", "enforcementcase")  # proposed by whoever inspects, signed by a reviewer
_ASKS = _may(("add",), "merchants", "inspectiontask")  # may ask for a visit to a shop


@dataclass(frozen=True, slots=True)
class Role:
    """One kind of staff. `permissions` are Django's, `app.verb_model`."""

    title: str | Promise
    duty: str | Promise
    permissions: frozenset[str]


ROLES: dict[str, Role] = {
    "officer": Role(
        _("经办"),
        _("导入文件，查看淘汰置换和补贴申请，对待人工复核的申请作出认定，提出追回、补发和方案变更，登记外部数据，编制报告"),
        _RECORDS | _CLAIMS | _SCHEMES | _MONEY
        | _may(_LOOK, "merchants", *_SHOPS)
        | _may(("view", "add"), "ebikes", "importbatch")
        | {"subsidies.decide_claim", "subsidies.propose_schemechange"}
        | _may(("add",), "subsidies", "recoverycase", "supplement") | _may(("view", "add"), "subsidies", "watchentry")
        | _ASKS | _TAKE | _WHO | _TRIES | _REPORTS | _WRITES,
    ),
    "reviewer": Role(
        _("复核"),
        _("批准发放或不予补贴，核准追回和补发，批准方案变更，签发责令改正通知书，移送案件，确认外部数据，签发报告"),
        _RECORDS | _CLAIMS | _SCHEMES | _MONEY | _may(_LOOK, "merchants", *_SHOPS)
        | {"subsidies.change_claim", "subsidies.decide_schemechange"} | _may(("change",), "merchants", *_FOLLOWS)
        | _may(("add", "change"), "subsidies", "recoverycase", "supplement")
        | _may(("view", "change"), "subsidies", "watchentry") | _ASKS | _TAKE | _WHO | _TRIES | _REPORTS | _SIGNS,
    ),
    "finance": Role(
        _("财务"),
        _("制作发放批次，放行他人制作的批次，每日对账，按月关账，登记和核对追回收款，提出方案变更和资金增减"),
        _CLAIMS | _SCHEMES | _MONEY | _BOOKS
        | _may(("add", "change"), "subsidies", "payoutbatch", "recoveryreceipt")
        | {"subsidies.change_difference", "subsidies.add_statementreading"}
        | {"subsidies.change_period", "subsidies.add_paymentrequest", "subsidies.change_closingrule"}
        | {"subsidies.propose_schemechange", "subsidies.propose_budget"} | _TAKE | _WHO | _TRIES
        | _REPORTS,
    ),
    "auditor": Role(
        _("审计"),
        _("查看全部，不作任何改动"),
        _RECORDS | _CLAIMS | _SCHEMES | _MONEY | _BOOKS
        | _may(_LOOK, "merchants", *_SHOPS, *_PEOPLE)
        | _may(_LOOK, "core", "user", "auditentry", "rightschange")
        | _may(_LOOK, "ebikes", "importbatch")
        | _may(_LOOK, "auth", "group")
        | _may(_LOOK, "subsidies", "laboratoryrun", "dailyforecast", "watchentry")
        | _REPORTS
        | _TAKE | {"core.view_every_export"},
    ),
    "sysadmin": Role(
        _("系统管理员"),
        _("提出账号和权限的变更，停用账号，管理邀请，不接触个人信息"),
        _may(("view", "change"), "core", "user") | _may(("view", "add"), "core", "rightschange")
        | _may(_KEEP, "merchants", "membership")
        | _may(_LOOK, "auth", "group")
        | _may(_LOOK, "merchants", "merchant")
        | _may(("view", "add"), "merchants", "invitation")
        | _may(_LOOK, "ebikes", "licensinghealth")
        | _TAKE,
    ),
    "security": Role(
        _("安全管理员"),
        _("确认系统管理员提出的账号和权限变更，停用账号，不接触业务"),
        _may(("view", "change"), "core", "user") | _may(("view", "change"), "core", "rightschange")
        | _may(_LOOK, "auth", "group") | _TAKE,
    ),
    "merchant_manager": Role(
        _("商户管理"),
        _(
            "管理商户、代办点、授权、承诺书、培训、检查、抽查、活动、宣传和邀请，拟责令改正通知书，提请移送案件，导入文件，"
            "登记外部数据，编制报告"
        ),
        (_may(_KEEP, "merchants", *_SHOPS) - _may(("change",), "merchants", *_FOLLOWS))
        | _may(("view", "add"), "merchants", "invitation")
        | _may(("view", "add"), "ebikes", "importbatch")
        | _REPORTS | _WRITES
        | _TAKE,
    ),
    "city_overseer": Role(
        _("市级监管"),
        _("按区查看资金、进度、不予补贴和疑点的数字，查询一辆车在哪个区申请，不接触个人信息"),
        _may(_LOOK, "core", "district") | _TAKE,
    ),
}  # fmt: skip

# Who keeps the accounts keeps those of every district.
OF_THE_INSTALLATION = frozenset({"sysadmin", "security"})

# Nobody is both of such a pair: one approves what the other decided or pays, one keeps the shops, one the accounts, one
# confirms what is done with these, one looks over all shoulders.
_ALONE = ("auditor", "sysadmin", "security")
APART: tuple[frozenset[str], ...] = (
    frozenset({"officer", "reviewer"}),
    frozenset({"officer", "finance"}),
    frozenset({"reviewer", "finance"}),
    frozenset({"reviewer", "merchant_manager"}),
    *dict.fromkeys(frozenset({one, each}) for one in _ALONE for each in ROLES if each != one),
)


def clashing(names: Collection[str]) -> frozenset[str]:
    """Two of these roles that nobody may hold together; empty where all go together."""
    held = frozenset(names)
    return next((pair for pair in APART if pair <= held), frozenset())


def title_of(name: str) -> str:
    """A role's title in the language of the page; a group that is none has its name."""
    return str(ROLES[name].title) if name in ROLES else name


_RIGHTS = {"view": _("查看%s"), "add": _("新增%s"), "change": _("修改%s"), "delete": _("删除%s")}


def title_of_right(permission: Any) -> str:
    """A permission in the language of the page: of a model by its name, one of our own by the text it was made with."""
    verb, _sep, name = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if model is not None and verb in _RIGHTS and name == model._meta.model_name:
        return f"{_RIGHTS[verb] % model._meta.verbose_name}"
    return gettext(permission.name)


def write_roles(
    app_config: AppConfig, *, using: str = DEFAULT_DB_ALIAS, apps: Any = installed, **kwargs: Any
) -> None:
    """Handle `post_migrate`: give each role exactly the table's permissions in that app, which Django makes first."""
    wanted = {name: _within(role, app_config.label) for name, role in ROLES.items()}
    if not any(wanted.values()):
        return
    create_permissions(app_config, verbosity=0, interactive=False, using=using, apps=apps)
    try:
        permissions = apps.get_model("auth", "Permission").objects.using(using)
        groups = apps.get_model("auth", "Group").objects.using(using)
    except LookupError:
        return  # a migration that stops before there are groups
    groups.bulk_create([groups.model(name=name) for name in ROLES], ignore_conflicts=True)
    here = dict(permissions.filter(content_type__app_label=app_config.label).values_list("codename", "pk"))
    _grant(groups, here, wanted)


def _within(role: Role, app: str) -> frozenset[str]:
    return frozenset(each.removeprefix(f"{app}.") for each in role.permissions if each.startswith(f"{app}."))


def _grant(groups: Any, here: Mapping[str, int], wanted: Mapping[str, Collection[str]]) -> None:
    held = groups.model.permissions.through.objects.using(groups.db)
    ids = dict(groups.filter(name__in=wanted).values_list("name", "pk"))
    right = {
        (ids[name], here[each]) for name, codenames in wanted.items() for each in codenames if each in here
    }
    rows = held.filter(group__in=ids.values(), permission__in=here.values())
    found = {
        (group, permission): pk for pk, group, permission in rows.values_list("pk", "group", "permission")
    }
    held.filter(pk__in=[pk for pair, pk in found.items() if pair not in right]).delete()
    held.bulk_create(
        [held.model(group_id=group, permission_id=permission) for group, permission in right - found.keys()],
        ignore_conflicts=True,
    )
