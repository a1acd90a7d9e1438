"""What staff see and are asked on the import pages beyond what a merchant does."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.money import yuan
from core.privacy.masks import mask_name
from core.staff.access import person
from core.staff.ask_first import Effect, Question, ask_first
from ebikes.importing.pipeline import BatchNotInPreview
from ebikes.importing.report import noted
from ebikes.models import ImportBatch
from subsidies.intake.selectors.displaced import MOST_OPEN, Displaced, Moved, displaced
from subsidies.intake.services.confirm_import import confirm_import, discard_import
from subsidies.models import Claim
from subsidies.overview.pages.figure_links import Rows
from subsidies.schemes.selectors.current import NoScheme


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


def ask_to_confirm(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """Say what becomes live and what it does to the queue; then make it live."""

    def do(_data: dict[str, Any]) -> str:
        now, user = timezone.now(), person(request)
        confirm_import(batch=batch, by=user, now=now)
        return _("已确认导入：%s 行生效。") % f"{batch.rows_accepted:,}"

    refusals: dict[type[Exception], str] = {
        BatchNotInPreview: _("这个文件已经确认或撤销过了，没有重复导入。"),
        NoScheme: _("还没有补贴方案，无法受理淘汰置换记录。"),
    }
    effect = Effect("") if "confirmed" in request.POST else _confirming(batch)
    return _asked(request, batch, Question(_("导入这个文件"), effect, do, forms.Form, refusals, _back(batch)))


def ask_to_discard(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """Say what is dropped; then drop it."""

    def do(_data: dict[str, Any]) -> str:
        discard_import(batch=batch, by=person(request), now=timezone.now())
        return _("已撤销，没有任何记录被导入。")

    refusals: dict[type[Exception], str] = {BatchNotInPreview: _("这个文件已经确认或撤销过了。")}
    sentence = _("撤销后，“%(file)s”的 %(rows)s 行都不会导入。逐行结论仍在批次历史中。")
    effect = Effect(sentence % {"file": batch.file_name, "rows": f"{batch.rows_accepted:,}"})
    return _asked(request, batch, Question(_("撤销这个文件"), effect, do, forms.Form, refusals, _back(batch)))


def _asked(request: HttpRequest, batch: ImportBatch, question: Question) -> HttpResponse:
    return ask_first(request, question) or redirect(question.back)


def _back(batch: ImportBatch) -> str:
    return reverse("import", args=[batch.pk])


def _confirming(batch: ImportBatch) -> Effect:
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
    warning = _("导入后不能整批撤回。")
    found = displaced(batch, now=timezone.now())
    if found and found.moved is not None:
        facts.append((_("名次后移的申请"), f"{found.moved:,}"))
        facts.append((_("其中将得不到补贴的"), f"{found.losing:,}"))
        if found.losing:
            sum_of = {"count": f"{found.losing:,}", "yuan": yuan(found.losing_fen)}
            warning = _("有 %(count)s 份申请(共 %(yuan)s 元)将因此得不到补贴。") % sum_of + warning
    return Effect(sentence, facts, warning)
