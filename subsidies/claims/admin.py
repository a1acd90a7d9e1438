"""The admin of claims: moved by the same verbs that everybody uses, each asked about first, and by nothing else."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan
from core.privacy.masks import mask_name
from core.staff.ask_first import ask_first
from core.staff.filters import DayFilter, by_month
from core.staff.staff_list import StaffList
from core.storable import is_key
from merchants.shops.admin_filters import of_shops
from subsidies.actions.pages.questions import ACTION_WORDS, question
from subsidies.actions.services.staff_actions import ACTIONS
from subsidies.casefile.bundle import CaseFiles
from subsidies.casework.pages.shown import casework
from subsidies.claims.admin_filters import (
    ApprovableFilter,
    HeldFilter,
    HeldForFilter,
    OnPaperFilter,
    ReasonFilter,
    StageFilter,
    WaitingFilter,
)
from subsidies.claims.resources import ClaimResource
from subsidies.claims.selectors.list_pages import NEWEST_FIRST, PlacePaginator, Wanted, by_their_moves
from subsidies.claims.selectors.payee import masked
from subsidies.claims.selectors.shown import with_what_is_shown
from subsidies.decision_reasons import titles_of
from subsidies.models import Claim
from subsidies.review.pages.claim_facts import facts, load_claim, papers_of_claim, verbs_for
from subsidies.supplements.pages.supplements import verbs_of


def _action(slug: str) -> Any:
    """A staff action as an action of the list: asked about first, for all that is chosen, on this page or on all."""
    title: Any = ACTION_WORDS[slug].title

    @admin.action(description=title)
    def ask(page: ExportAdmin, request: HttpRequest, queryset: QuerySet[Claim]) -> HttpResponse | None:
        return ask_first(request, question(slug, queryset, request))

    ask.__name__ = slug
    return ask


class ClaimList(StaffList):
    """Claims by their state, which no index knows, are found by what the tallies and the moves tell."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Claim]:
        return by_their_moves(super().get_queryset(request, *args, **kwargs), _states(request))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if isinstance(self.paginator, PlacePaginator) and not self.multi_page:
            self.result_list = self.paginator.page(self.page_num).object_list
        self.result_list = with_what_is_shown(self.result_list)


# What may stand in an address beside the state, so that the tallies still know which claims are meant.
_TOLD = {"scheme__id__exact", "completed_at__gte", "completed_at__lt", "state__exact", "state__in", PAGE_VAR}


def _states(request: HttpRequest) -> list[str]:
    asked = request.GET.get("state__exact") or request.GET.get("state__in")
    return asked.split(",") if asked else []


def _wanted(request: HttpRequest) -> Wanted | None:
    """The claims of a list that is narrowed by their state and place alone; None of any other."""
    asked = request.GET
    states = _states(request)
    scheme = asked.get("scheme__id__exact", "")
    edges = [asked.get(f"completed_at__{end}") for end in ("gte", "lt")]
    if not states or set(asked) - _TOLD or (scheme and not is_key(scheme)):
        return None
    try:
        since, until = (datetime.fromisoformat(edge) if edge else None for edge in edges)
    except ValueError:
        return None
    if any(edge and edge.tzinfo is None for edge in (since, until)):
        return None
    wanted = Wanted(tuple(states), int(scheme) if scheme else None, since, until)
    return wanted if wanted.known else None


@admin.register(Claim)
class ClaimAdmin(ExportAdmin):
    resource_classes: ClassVar = [ClaimResource]
    bundle: ClassVar = CaseFiles()
    list_display: ClassVar = [
        "trade_in",
        "filing_plate_no",
        "owner_masked",
        "merchant",
        "payee_masked",
        "state",
        "stage",
        "yuan",
        "completed_at",
        "why",
    ]
    list_filter: ClassVar = [
        "scheme",
        "state",
        ("stage", StageFilter),
        WaitingFilter,
        HeldFilter,
        HeldForFilter,
        ApprovableFilter,
        OnPaperFilter,
        ReasonFilter,
        *of_shops("trade_in__merchant"),
        by_month("completed_at", gettext_lazy("完成月份")),
        ("received_at", DayFilter),
    ]
    list_select_related: ClassVar = ["trade_in__merchant", "stage"]
    list_max_show_all = 0
    sortable_by: ClassVar[list[str]] = []  # no index knows another order
    sortable_narrowed = ("state", "stage", "yuan", "completed_at", "merchant")
    actions: ClassVar = [
        _action("approve"),
        _action("order_payment"),
        _action("retry_failed"),
        _action("ask_again"),
        _action("demand_correction"),
        _action("demand_evidence"),
        _action("hold"),
        _action("clear_holds"),
        _action("propose_refusal"),
        _action("refuse"),
        _action("start_recovery"),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ClaimList

    def called(self, row: Claim) -> str:
        return row.trade_in.record_no

    def get_ordering(self, request: HttpRequest) -> Any:
        return NEWEST_FIRST if _wanted(request) else super().get_ordering(request)

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Claim], per_page: int, *args: Any, **kwargs: Any
    ) -> Any:
        wanted = _wanted(request)
        if wanted is not None:
            return PlacePaginator(queryset, per_page, wanted=wanted)
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those of the staff's actions that this person has a right to."""
        offered: dict[str, Any] = super().get_actions(request)
        return {
            name: each
            for name, each in offered.items()
            if name not in ACTIONS or ACTIONS[name].allowed(request.user)
        }

    @admin.display(description=gettext_lazy("车主"))
    def owner_masked(self, claim: Claim) -> str:
        return format_html('<span class="unbroken">{}</span>', mask_name(claim.trade_in.owner_name))

    @admin.display(description=gettext_lazy("销售商户"), ordering="trade_in__merchant__name")
    def merchant(self, claim: Claim) -> str:
        return format_html('<span class="roomy">{}</span>', claim.trade_in.merchant.name)

    @admin.display(description=gettext_lazy("收款"))
    def payee_masked(self, claim: Claim) -> str:
        parts = masked(claim.payee_shown).split(" ", 1)  # type: ignore[attr-defined]
        return format_html_join(" ", '<span class="unbroken">{}</span>', ((part,) for part in parts))

    @admin.display(description=gettext_lazy("补贴金额(元)"), ordering="amount_fen")
    def yuan(self, claim: Claim) -> str:
        return yuan(claim.amount_fen)

    @admin.display(description=gettext_lazy("未发放原因"))
    def why(self, claim: Claim) -> str:
        """Why it is held, and why refused: one column, so that a desk's screen shows the whole row."""
        kinds = dict.fromkeys(str(hold.get_kind_display()) for hold in claim.holds_shown)  # type: ignore[attr-defined]
        held = _("暂缓：%s") % _("、").join(kinds) if kinds else ""
        said = " ".join(filter(None, (held, titles_of(claim.refusals))))
        return format_html('<span class="roomy">{}</span>', said) if said else ""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The claim as a page to read, with what this person may do now; nothing is edited."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        claim = load_claim().filter(pk=object_id).first() if is_key(object_id) else None
        if claim is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        self.note_look(request, claim)
        context = {
            **self.admin_site.each_context(request),
            **facts(claim),
            "title": self.called(claim),
            "opts": self.opts,
            "verbs": verbs_for(claim, request),
            "casework": casework(claim, request),
            "papers": papers_of_claim(claim, request),
            "owed": [
                (each, verbs_of(each, request)) for each in claim.supplements.select_related("proposed_by")
            ],
        }
        return TemplateResponse(request, "subsidies/review/claim.html", context)
