"""A group of doubtful claims as one page: its members side by side, decided together or one by one, its shops inspected."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.audit.record import Action, record
from core.money import yuan
from core.shanghai import to_the_second
from core.staff.access import person, staff_page
from core.staff.ask_first import ask_first
from core.storable import is_key
from ebikes.models import TradeInPhoto
from merchants.models import Merchant
from subsidies.actions.pages.questions import ACTION_WORDS, question
from subsidies.actions.services.staff_actions import ACTIONS
from subsidies.models import Claim, Hold
from subsidies.review.pages.worklists import LOOK
from subsidies.ties.pages.inspect import ASK_INSPECTION
from subsidies.ties.selectors.evidence import MOST, Member, differing, members, titles
from subsidies.ties.selectors.groups import TIED_BY, Group, held_groups, members_of
from subsidies.ties.services.inspect import asked_for

PHOTOS = "ebikes.view_tradein"
# What is decided of a group, in the order of the buttons.
OFFERED = ("clear_holds", "hold", "demand_evidence", "demand_correction", "propose_refusal", "refuse")
LINES = 4  # of a member's column besides its facts and pictures: number, sum, state, holds
WHOLE = 1000  # the width of the time line's picture


@require_GET
@staff_page(LOOK)
def groups(request: HttpRequest) -> HttpResponse:
    """The groups in which something is held, of one kind or of all."""
    kind = request.GET.get("kind", "")
    kinds = [each for each in TIED_BY if not kind or each.value == kind]
    found = {each: held_groups(each) for each in kinds}
    context = {
        **admin.site.each_context(request),
        "title": _("疑点分组"),
        "kinds": [("?", _("全部"), not kind)]
        + [(f"?kind={each.value}", each.label, each.value == kind) for each in TIED_BY],
        "rows": [
            {"group": each, "url": _address(each), "yuan": yuan(each.fen)}
            for each in sorted((g for some in found.values() for g in some), key=lambda g: g.since)
        ],
    }
    return TemplateResponse(request, "subsidies/ties/groups.html", context)


@require_http_methods(["GET", "POST"])
@staff_page(LOOK)
def group(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One group. What is pressed is asked about first, for the members that are ticked."""
    if kind not in {each.value for each in TIED_BY}:
        raise Http404
    tie = Hold.Kind(kind)
    anchor = get_object_or_404(Claim.objects.select_related("trade_in"), pk=pk)
    ids = members_of(tie, anchor)
    if not ids:
        messages.info(request, _("%s 现在不与别的申请相连。") % anchor.trade_in.record_no)
        return redirect("staff-case", pk)
    if request.method == "POST":
        done = _decided(request, tie, ids)
        if done is not None:
            return done
        return redirect(request.get_full_path())
    return TemplateResponse(request, "subsidies/ties/group.html", _context(request, tie, ids, anchor))


def _decided(request: HttpRequest, tie: Hold.Kind, ids: list[int]) -> HttpResponse | None:
    slug = request.POST.get("action", "")
    if slug not in OFFERED or not ACTIONS[slug].allowed(request.user):
        raise PermissionDenied
    ticked = {int(each) for each in request.POST.getlist(ACTION_CHECKBOX_NAME) if is_key(each)}
    chosen = sorted(ticked & {*ids})
    if not chosen:
        messages.warning(request, _("请先勾选要办理的申请。"))
        return None
    asked = question(slug, Claim.objects.filter(pk__in=chosen), request, back=request.get_full_path())
    return ask_first(request, asked)


def _context(request: HttpRequest, tie: Hold.Kind, ids: list[int], anchor: Claim) -> dict[str, Any]:
    shown = members(ids)
    record(Action.VIEW, by=person(request), of=anchor, detail={"list": str(tie.label), "rows": len(shown)})
    pictures = _photos(shown) if request.user.has_perm(PHOTOS) else [[] for _each in shown]
    kinds = [row.kind for row in pictures[0]]
    return {
        **admin.site.each_context(request),
        "title": _("%(kind)s：%(count)s 份申请") % {"kind": tie.label, "count": f"{len(ids):,}"},
        "tie": tie,
        "titles": list(zip(titles(), differing(shown), strict=True)),
        "members": list(zip(shown, pictures, strict=True)),
        "kinds": kinds,
        "height": len(titles()) + len(kinds) + LINES,
        "enlarged": "photos" in request.GET,
        "left_out": max(0, len(ids) - MOST),
        "owners": len({each.claim.owner_id for each in shown}),
        "sum": yuan(sum(each.claim.amount_fen for each in shown)),
        "line": _time_line(shown),
        "anchor": anchor,
        "shops": _shops(shown, tie) if request.user.has_perm(ASK_INSPECTION) else [],
        "verbs": [
            (slug, ACTION_WORDS[slug].title) for slug in OFFERED if ACTIONS[slug].allowed(request.user)
        ],
    }


@dataclass(frozen=True, slots=True)
class Street:
    """One street of the time line, by its shops: where its claims lie between the first and the last (0 to WHOLE)."""

    name: str
    marks: list[tuple[int, str]]


def _time_line(shown: Sequence[Member]) -> dict[str, Any]:
    """When and in which street each was completed: the picture, and the ends of its line in words."""
    times = [each.claim.completed_at for each in shown]
    first, last = min(times), max(times)
    whole = (last - first).total_seconds() or 1
    by_street: list[Street] = []
    unknown = _("街道未登记")
    ordered = sorted(shown, key=lambda each: (not each.street, each.street, each.claim.completed_at))
    for name, some in groupby(ordered, key=lambda each: each.street):
        marks = [
            (
                round(WHOLE * (each.claim.completed_at - first).total_seconds() / whole),
                f"{to_the_second(each.claim.completed_at)} {each.claim.trade_in.record_no}",
            )
            for each in some
        ]
        by_street.append(Street(name or unknown, marks))
    return {"first": first, "last": last, "streets": by_street}


def _shops(shown: Sequence[Member], tie: Hold.Kind) -> list[tuple[Merchant, int, bool]]:
    """The shops of a group, those with most members first; and whether its inspection was asked for already."""
    counted: dict[Merchant, int] = {}
    for each in shown:
        counted[each.claim.trade_in.merchant] = counted.get(each.claim.trade_in.merchant, 0) + 1
    asked = asked_for([*counted], tie)
    return sorted(
        ((shop, count, shop.pk in asked) for shop, count in counted.items()), key=lambda row: -row[1]
    )


@dataclass(frozen=True, slots=True)
class Shots:
    """A member's pictures of one kind; with each, whether the very same picture stands with another member, too."""

    kind: TradeInPhoto.Kind
    shots: list[tuple[TradeInPhoto, bool]]


def _photos(shown: Sequence[Member]) -> list[list[Shots]]:
    """Of each member its pictures, by what is on them: the kinds that any of them has, in one order."""
    with_members: dict[str, set[int]] = {}
    for each in shown:
        for photo in each.photos:
            with_members.setdefault(photo.digest, set()).add(each.claim.pk)
    kinds = [kind for kind in TradeInPhoto.Kind if any(p.kind == kind for each in shown for p in each.photos)]
    return [
        [
            Shots(kind, [(p, len(with_members[p.digest]) > 1) for p in each.photos if p.kind == kind])
            for kind in kinds
        ]
        for each in shown
    ]


def _address(found: Group) -> str:
    return reverse("staff-tie", args=[found.kind.value, found.anchor])
