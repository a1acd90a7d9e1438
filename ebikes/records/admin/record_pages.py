"""Pages of single records: what belongs to them beside the fields, and, for whoever may, who it is in full."""

from collections.abc import Callable
from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from core.accounts.throttle import TooMany, minutes_until
from core.staff.access import person
from core.staff.base import ReadOnlyAdmin
from ebikes.models import FiledBike, Owner, TradeIn
from ebikes.records.reveal import REASON_LENGTH, NoReason, may_reveal, reveal_person
from ebikes.records.summaries import (
    ALSO_OF_OWNERS,
    MOST_LINES,
    Summary,
    SummaryList,
    address,
    bike_line,
    may_view,
    trade_in_line,
)


def link(row: Model, text: str = "") -> str:
    """A record as a link to its page."""
    return format_html('<a href="{}">{}</a>', address(row), text or str(row))


class RecordAdmin(ReadOnlyAdmin):
    """A record that says who somebody is: masked, unless somebody who may asks for it with a reason."""

    change_form_template = "ebikes/records/record.html"

    def owner_of(self, row: Any) -> Owner:
        """The person whose other records stand on this page."""
        owner: Owner = row.owner
        return owner

    def more_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the template shows of this kind of record beside the fields."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context |= {
                "sections": sections_of(request, self.owner_of(row), here=row),
                "reveal_url": self._reveal_url(row) if may_reveal(person(request)) else "",
                "reason_length": REASON_LENGTH,
                **self.more_context(request, row),
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
        view = self.admin_site.admin_view(self.reveal_view)
        own: list[URLPattern] = [path("<path:object_id>/reveal/", view, name=name)]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def _reveal_url(self, row: Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_reveal", args=[row.pk])

    @sensitive_variables("shown")
    def reveal_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The record with the person in full, as the answer to a reason; opened by its address it is the page as ever."""
        row, who = self.get_object(request, unquote(object_id)), person(request)
        if not self.has_view_permission(request, row) or not may_reveal(who):
            raise PermissionDenied
        if row is None:
            raise Http404
        shown, now = None, timezone.now()
        if request.method == "POST":
            try:
                shown = reveal_person(of=row, reason=request.POST.get("reason", ""), by=who, now=now)
            except (NoReason, TooMany) as refusal:
                messages.error(request, _refusal(refusal))
                return redirect(address(row))
        looking = copy(request)
        looking.method = "GET"  # the page is looked at; what was sent is a reason, not a form of the record
        response: HttpResponse = self.changeform_view(looking, object_id, extra_context={"revealed": shown})
        response["Cache-Control"] = "no-store"
        return response


def _refusal(refusal: NoReason | TooMany) -> str:
    if isinstance(refusal, TooMany):
        minutes = minutes_until(refusal.until, now=timezone.now())
        return _("您查看完整信息过于频繁，请 %s 分钟后再试。") % minutes
    return _("请写明为什么要查看，例如“车主来电核对收款账户”；理由中请勿填写证件号码或手机号。")


def sections_of(request: HttpRequest, owner: Owner, *, here: Model) -> list[SummaryList]:
    """What else there is of a person, as far as this reader may see it."""
    found: list[SummaryList | None] = []
    if may_view(request, FiledBike):
        bikes = FiledBike.objects.filter(owner=owner).select_related("owner").defer("phone")
        found.append(_section((_("备案车辆"), _("同一车主的其他备案车辆")), bikes, bike_line, here))
    if may_view(request, TradeIn):
        sent = TradeIn.objects.filter(owner=owner).select_related("merchant").without_contacts()
        found.append(_section((_("置换记录"), _("同一车主的其他置换记录")), sent, trade_in_line, here))
    found += [more(request, owner) for more in ALSO_OF_OWNERS]
    return [section for section in found if section is not None]


def _section(
    titles: tuple[str, str], rows: QuerySet[Any], line: Callable[[Any], Summary], here: Model
) -> SummaryList | None:
    """The newest of these rows without the one that is being looked at; None where there is no other."""
    beside = rows.model is type(here)
    others = rows.exclude(pk=here.pk) if beside else rows
    lines = [line(row) for row in others.order_by("-pk")[: MOST_LINES + 1]]
    return SummaryList(titles[beside], lines[:MOST_LINES], more=len(lines) > MOST_LINES) if lines else None
