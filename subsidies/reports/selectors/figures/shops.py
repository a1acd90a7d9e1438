"""Merchants and agent points, as they stood when the period was over."""

from datetime import date

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit.as_was import as_was, came_later
from merchants.models import AgentAuthorization, AgentPoint, CommitmentLetter, Inspection, Merchant
from subsidies.reports.selectors.figures.figure import Figure, Scope, rows_of

SHOP, POINT = "merchants.merchant", "merchants.agentpoint"


def shops(scope: Scope) -> list[Figure]:
    """How many there are, on the platform, enabled; with the commitment letter signed, and hung up; and were visited."""
    late = came_later(Merchant, scope.end)
    there = Merchant.objects.annotate(
        registered=as_was(Merchant, "registered_on", scope.end),
        enabled=as_was(Merchant, "trade_in_enabled_on", scope.end),
    ).filter(Q(registered__isnull=True) | Q(registered__lte=scope.last))
    visits = Inspection.objects.concluded().filter(scope.within("inspected_on"), merchant=OuterRef("pk"))

    def those(queryset: QuerySet[Merchant], day: str | None = None) -> QuerySet[Merchant]:
        return rows_of(queryset, label="name", day=day, note="subdistrict", late=late)

    return [
        Figure(
            "shops",
            "销售商户",
            pgettext_lazy("many", "销售商户"),
            _("期末在册的全部销售商户；期末以后才在“浙江e行在线”注册的不计。"),
            those(there, "registered"),
        ),
        Figure(
            "shops-registered",
            "注册商户",
            _("平台注册"),
            _("期末已在“浙江e行在线”注册的商户，占全部商户。"),
            those(there.filter(registered__lte=scope.last), "registered"),
            of="shops",
        ),
        Figure(
            "shops-enabled",
            "开通商户",
            _("淘汰置换开通"),
            _("开通率：期末已开通淘汰置换功能的商户，占全部商户；开通日期在期末以后的不计。"),
            those(there.filter(enabled__lte=scope.last), "enabled"),
            of="shops",
        ),
        Figure(
            "shops-signed",
            "签订承诺书商户",
            _("承诺书签订"),
            _("期末已签订当时版本承诺书的商户，占全部商户。"),
            those(there.filter(Exists(_letters(scope.last)))),
            of="shops",
        ),
        Figure(
            "shops-posted",
            "上墙公示商户",
            _("承诺书上墙"),
            _("期末已签订并上墙公示的商户，占全部商户。"),
            those(there.filter(Exists(_letters(scope.last).filter(posted_at__lte=scope.last)))),
            of="shops",
        ),
        Figure(
            "shops-visited",
            "检查商户",
            _("检查到的商户"),
            _("期内至少检查一次的商户，占全部商户。"),
            those(there.filter(Exists(visits))),
            of="shops",
        ),
    ]


def _letters(day: date) -> QuerySet[CommitmentLetter]:
    """Of each merchant the letter that counted on a day: of the newest version that any had signed by then."""
    newest = CommitmentLetter.objects.filter(signed_on__lte=day).aggregate(version=Max("text_version"))[
        "version"
    ]
    return CommitmentLetter.objects.filter(
        merchant=OuterRef("pk"), text_version=newest or "", signed_on__lte=day
    )


def points(scope: Scope) -> list[Figure]:
    """Agent points that were authorised in the period, and at its end. What was withdrawn later stood then."""
    stood = (
        Q(ends_on__isnull=True)
        | Q(ends_on__gte=scope.last)
        | Q(withdrawn_at__isnull=False, withdrawn_at__gte=scope.end)
    )
    mine = AgentAuthorization.objects.filter(agent_point=OuterRef("pk"), starts_on__lte=scope.last)
    during = mine.filter(stood | Q(ends_on__gte=scope.first))
    late = came_later(AgentPoint, scope.end)

    def those(which: QuerySet[AgentAuthorization]) -> QuerySet[AgentPoint]:
        found = AgentPoint.objects.filter(Exists(which))
        return rows_of(found, label="point_no", note=F("merchant__name"), late=late)

    return [
        Figure(
            "points",
            "授牌代办点",
            _("授牌代办点"),
            _("期内有过授权的代办点，无论后来是否到期或撤回。"),
            those(during),
        ),
        Figure(
            "points-authorised",
            "期末有效代办点",
            _("其中期末有效"),
            _("期末当天仍在授权期内的代办点；期末以后撤回的，当时有效。"),
            those(mine.filter(stood)),
        ),
    ]
