"""What staff see and are asked on the import pages beyond what a merchant does."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.money import yuan
from core.privacy.masks import mask_name
from core.staff.access import person
from core.staff.ask_first import (
    EFFECT_CHANGED,
    Effect,
    Question,
    ask_first,
    bound_to_what_was_seen,
    digest_of,
)
from ebikes.importing.pipeline import BatchNotInPreview, NeedsSecondPerson
from ebikes.importing.report import noted
from ebikes.importing.taking_back import REGISTERS, ChangedSince, Depended, NotToBeTakenBack
from ebikes.models import ImportBatch
from subsidies.intake.selectors.displaced import MOST_OPEN, Displaced, Moved, displaced, shut_for
from subsidies.intake.selectors.owner_changes import owner_changes
from subsidies.intake.selectors.standing_on import standing_on
from subsidies.intake.services.confirm_import import (
    NotYours,
    StandsOnIt,
    confirm_import,
    discard_import,
    needs_two_people,
    take_back_import,
)
from subsidies.models import Claim
from subsidies.overview.pages.figure_links import Rows
from subsidies.schemes.selectors.current import NoScheme, SchemesShut


@dataclass(frozen=True, slots=True)
class MovedClaim:
    """A claim that would move down, as it stands on the page; its numbers are on `moved`."""

    moved: Moved
    record_no: str
    owner: str
    url: str


def frame(request: HttpRequest, title: str) -> dict[str, Any]:
    """The admin's frame around a page."""
    return {
        **admin.site.each_context(request),
        "base": "subsidies/intake/imports/staff.html",
        "title": title,
        "staff": True,
    }


def effect_on_queue(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """Whom it would move down the queue; claim by claim for those who may see claims."""
    found = displaced(batch, now=timezone.now())
    lines = _lines(found) if found and Rows(request).may(Claim) else []
    return {"displaced": found, "lines": lines, "most_open": MOST_OPEN}


def _lines(found: Displaced) -> list[MovedClaim]:
    claims = Claim.objects.select_related("trade_in").in_bulk([each.claim_id for each in found.shown])
    return [
        MovedClaim(
            moved,
            claims[moved.claim_id].trade_in.record_no,
            mask_name(claims[moved.claim_id].trade_in.owner_name),
            reverse("admin:subsidies_claim_change", args=[moved.claim_id]),
        )
        for moved in found.shown
    ]


def effect_on_owners(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    """Whose bikes a register's file would give to somebody else, and whether another than the uploader has to confirm it."""
    if batch.state != ImportBatch.State.PREVIEW:
        return {}
    found, two = owner_changes(batch), needs_two_people(batch)
    lines = [(each, _claim_address(request, each.claim_id)) for each in found.shown] if found else []
    return {
        "owners": found,
        "owner_lines": lines,
        "two_people": two,
        "not_alone": two and batch.uploaded_by_id == request.user.pk,
        "alone_rows": settings.CONFIRM_ALONE_ROWS,
    }


def _claim_address(request: HttpRequest, claim: int | None) -> str:
    if claim is None or not Rows(request).may(Claim):
        return ""
    return reverse("admin:subsidies_claim_change", args=[claim])


def ask_to_confirm(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """Say what becomes live and what it does to the queue; then make it live."""

    def do(_data: dict[str, Any]) -> str:
        now, user = timezone.now(), person(request)
        confirm_import(batch=batch, by=user, now=now)
        return _("已确认导入：%s 行生效。") % f"{batch.rows_accepted:,}"

    refusals: dict[type[Exception], str] = {
        BatchNotInPreview: _("这个文件已经确认或撤销过了，没有重复导入。"),
        NeedsSecondPerson: _("这个文件须由上传人以外的人确认。"),
        NoScheme: _("还没有补贴方案，无法受理淘汰置换记录。"),
        SchemesShut: _("文件中有属于现在不受理的方案的记录，没有导入；文件还在，方案恢复受理后可再确认。"),
    }
    effect, seen = _confirming(batch)
    form = bound_to_what_was_seen(forms.Form, seen, EFFECT_CHANGED)
    return _asked(request, batch, Question(_("导入这个文件"), effect, do, form, refusals, _back(batch)))


def ask_to_discard(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """Say what is dropped; then drop it."""

    def do(_data: dict[str, Any]) -> str:
        discard_import(batch=batch, by=person(request), now=timezone.now())
        return _("已撤销，没有任何记录被导入。")

    refusals: dict[type[Exception], str] = {BatchNotInPreview: _("这个文件已经确认或撤销过了。")}
    sentence = _("撤销后，“%(file)s”的 %(rows)s 行都不会导入。逐行结论仍在批次历史中。")
    effect = Effect(sentence % {"file": batch.file_name, "rows": f"{batch.rows_accepted:,}"})
    return _asked(request, batch, Question(_("撤销这个文件"), effect, do, forms.Form, refusals, _back(batch)))


def ask_to_take_back(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """Say what is undone; then undo it, if nothing stands on it."""

    def do(_data: dict[str, Any]) -> str:
        take_back_import(batch=batch, by=person(request), now=timezone.now())
        return _("已撤回：登记恢复为确认之前的样子。")

    refusals: dict[type[Exception], str] = {
        NotToBeTakenBack: _("这个文件没有确认，或已经撤回过了。"),
        StandsOnIt: _("已有置换记录依据这个文件办理，不能撤回。请逐条更正，或重新导入正确的登记。"),
        ChangedSince: _("其中的登记后来又有改动，不能撤回。请先撤回后来的文件。"),
        Depended: _("文件新增的登记已被其他记录引用，不能撤回。"),
        NotYours: _("这个文件由两人导入，须由确认人以外的人撤回。"),
    }
    standing = standing_on(batch)
    sentence = _("撤回后，“%(file)s”改动的登记恢复原样，新增的登记删除。逐行结论仍在批次历史中。") % {
        "file": batch.file_name
    }
    facts = [(_("接受"), f"{batch.rows_accepted:,}"), (_("依据它办理的置换记录"), f"{standing:,}")]
    warning = refusals[StandsOnIt] if standing else ""
    effect = Effect(sentence, facts, warning, possible=not standing)
    return _asked(request, batch, Question(_("撤回这个文件"), effect, do, forms.Form, refusals, _back(batch)))


def _asked(request: HttpRequest, batch: ImportBatch, question: Question) -> HttpResponse:
    return ask_first(request, question) or redirect(question.back)


def _back(batch: ImportBatch) -> str:
    return reverse("import", args=[batch.pk])


def _confirming(batch: ImportBatch) -> tuple[Effect, str]:
    """What becomes live, and a digest of that: of all but how many it moves, for the queue never stands still."""
    if shut := shut_for(batch):
        return Effect(SchemesShut(shut).sentence, possible=False), ""
    sentence = _("确认后，“%(file)s”中接受的 %(rows)s 行(%(kind)s)立即生效；重复和拒绝的行不导入。") % {
        "file": batch.file_name,
        "rows": f"{batch.rows_accepted:,}",
        "kind": batch.get_kind_display(),
    }
    facts: list[tuple[str, object]] = [
        (_("接受"), f"{batch.rows_accepted:,}"),
        (_("重复"), f"{batch.rows_duplicate:,}"),
        (_("拒绝"), f"{batch.rows_refused:,}"),
    ]
    if notes := noted(batch).count():
        facts.append((_("接受，但有说明"), f"{notes:,}"))
    if owners := owner_changes(batch):
        facts.append((_("换了车主的备案车辆"), f"{owners.bikes:,}"))
        facts.append((_("其中已有申请的"), f"{owners.claimed:,}"))
    undone = _("在还没有置换记录依据它办理之前可以撤回。")
    warning = undone if batch.kind in REGISTERS else _("导入后不能整批撤回。")
    found = displaced(batch, now=timezone.now())
    losing = found.losing if found and found.moved is not None else None
    seen = digest_of(batch.pk, batch.uploaded_at, *facts, losing)
    if found and found.moved is not None:
        facts.append((_("名次后移的申请"), f"{found.moved:,}"))
        facts.append((_("其中将得不到补贴的"), f"{found.losing:,}"))
        if found.losing:
            sum_of = {"count": f"{found.losing:,}", "yuan": yuan(found.losing_fen)}
            warning = _("有 %(count)s 份申请(共 %(yuan)s 元)将因此得不到补贴。") % sum_of + warning
    return Effect(sentence, facts, warning), seen
