"""What staff are asked before they do something with claims, one or many: each action's title, effect and form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import User
from core.money import yuan
from core.shanghai import local_day
from core.staff.access import person
from core.staff.ask_first import (
    EFFECT_CHANGED,
    Done,
    Effect,
    NoteForm,
    Question,
    Sample,
    bound_to_what_was_seen,
)
from subsidies.actions.pages.forms import PlainForm, RefusalForm, reason_form, refusal_form
from subsidies.actions.pages.sample import FEW, SAMPLED, each_of, sample_of
from subsidies.actions.services.staff_actions import ACTIONS, ActionPreview, perform, preview
from subsidies.models import Claim, Hold, PayeeChange
from subsidies.payouts.pages.batches import what_was_made
from subsidies.payouts.services.ordering import NotYours
from subsidies.review.selectors.freed_money import freed_money
from subsidies.review.selectors.holds import open_holds, proposed_reasons
from subsidies.review.services.hold_claims import TO_ANSWER
from subsidies.review.services.holds import lock_claims


@dataclass(frozen=True, slots=True)
class ActionWords:
    """What an action is called, what it will do, and the form that asks for its reasons; the rest is `ACTIONS`'."""

    title: str | Promise
    effect: str | Promise
    form: type[forms.Form] = NoteForm
    warning: str | Promise = ""


ACTION_WORDS: dict[str, ActionWords] = {
    "approve": ActionWords(
        gettext_lazy("批准发放"),
        gettext_lazy("批准后由财务制作发放批次；批准人不能再参与制单和放行。"),
    ),
    "order_payment": ActionWords(
        gettext_lazy("制作发放批次"),
        gettext_lazy("按名次列入发放批次，每批至多 500 笔；由另一人放行后才会发出。"),
        PlainForm,
    ),
    "ask_again": ActionWords(
        gettext_lazy("重新询问两个系统"),
        gettext_lazy("立即重新向浙江e行在线和云申领核验，名次不变。"),
        reason_form("ask_again"),
    ),
    "demand_correction": ActionWords(
        gettext_lazy("退回商户更正"),
        gettext_lazy("商户会看到理由和说明，更正后重新核验；名次不变。"),
        reason_form("demand_correction"),
    ),
    "clear_holds": ActionWords(
        gettext_lazy("解除暂缓"),
        gettext_lazy("所有未解除的疑点都视为已核实、无异常；申请可以继续。解除人不能再批准这些申请。"),
        reason_form("clear_holds"),
    ),
    "hold": ActionWords(
        gettext_lazy("暂缓发放"),
        gettext_lazy("名次和锁定的补贴保留；解除之前不能批准、制单和放行。暂缓人不能再批准这些申请。"),
        reason_form("hold"),
    ),
    "demand_evidence": ActionWords(
        gettext_lazy("要求补充材料"),
        gettext_lazy(
            "商户会看到理由和说明，七日内补充；名次、状态和锁定的补贴不变，暂缓到有人看过补充的材料为止。要求人不能再批准这些申请。"
        ),
        reason_form("demand_evidence"),
    ),
    "propose_refusal": ActionWords(
        gettext_lazy("提请不予补贴"),
        gettext_lazy("暂缓发放，并连同理由提请复核人员决定。"),
        RefusalForm,
    ),
    "refuse": ActionWords(
        gettext_lazy("不予补贴"),
        gettext_lazy("申请就此终止，车主会看到原因。"),
        RefusalForm,
        warning=gettext_lazy("不能撤销；车主只能重新提交。"),
    ),
    "retry_failed": ActionWords(
        gettext_lazy("重新批准发放失败的申请"),
        gettext_lazy("回到“已批准”，由财务重新制作发放批次。请先确认收款信息已更正。"),
        reason_form("retry_failed"),
    ),
    "cancel": ActionWords(
        gettext_lazy("按书面申请撤回"),
        gettext_lazy("申请就此终止。"),
        reason_form("cancel"),
        warning=gettext_lazy("不能撤销；车主只能重新提交，名次重新排列。"),
    ),
    "start_recovery": ActionWords(
        gettext_lazy("提出追回"),
        gettext_lazy(
            "对已发放的补贴逐份立案追回，先按全额、一次还清；金额和还款计划可在案件中修改。由另一人核准后才发出追回通知书。"
        ),
        reason_form("start_recovery"),
    ),
}

# Why some of the selection are left alone, by the codes of `review.selectors.obstacles`;
# "state": it does not start from there.
LEFT: dict[str, str | Promise] = {
    "state": gettext_lazy("不在可办理的状态"),
    "held": gettext_lazy("暂缓中，须先解除"),
    "handled": gettext_lazy("由您经手，须由他人办理"),
    "approved_by_you": gettext_lazy("由您批准，须由他人制单"),
    "paid_besides": gettext_lazy("已有补发：须先重新发放，再按追回办理"),
    "supplemented": gettext_lazy("有补发尚未办结"),
    "archived": gettext_lazy("方案已归档，须由两人取消归档后再办"),
    "demanded": gettext_lazy("已有未了结的追回案件"),
    "no_address": gettext_lazy("没有收款钱包和手机号"),
    "not_looked_at": gettext_lazy("疑点还没有查到这里，最迟十几分钟后可以办理"),
    "name_not_asked": gettext_lazy("运营机构还没有答复收款人实名，请稍后再办"),
    "asked_already": gettext_lazy("已要求商户补充材料"),
    "held_already": gettext_lazy("已有工作人员暂缓"),
    "not_held": gettext_lazy("没有未解除的暂缓"),
    "changed_by_you": gettext_lazy("收款信息由您更正，须由他人核实"),
    "same_payee": gettext_lazy("因收款信息发放失败，尚未更正"),
}


class ChangedSince(ValueError):
    """Somebody did something with these claims between the look and the decision."""


REFUSALS: dict[type[Exception], str | Promise] = {
    ChangedSince: EFFECT_CHANGED,
    NotYours: gettext_lazy("批准、制单、放行须由三个不同的人完成。"),
}


def question(
    slug: str, claims: QuerySet[Claim], request: HttpRequest, *, back: str = "", subject: str = ""
) -> Question:
    """What is asked before `slug` is done with these claims; `subject` names the one that it is about."""
    verb, by = ACTION_WORDS[slug], person(request)
    chosen = Claim.objects.filter(pk__in=claims.order_by().values("pk"))
    seen = preview(ACTIONS[slug], chosen, by=by)

    shown = _seen(seen, chosen)

    def do(data: dict[str, Any]) -> Done:
        if slug != "clear_holds":
            return act(slug, chosen, data, request)
        with (
            transaction.atomic()
        ):  # what is let go is what was seen, though somebody is at it this very moment
            lock_claims(chosen)
            if _seen(preview(ACTIONS[slug], chosen, by=by), chosen) != shown:
                raise ChangedSince
            return act(slug, chosen, data, request)

    effect = Effect(
        str(verb.effect),
        _facts(slug, seen, chosen),
        str(verb.warning),
        possible=seen.moves > 0,
        sample=None if subject else _looked_at(slug, seen, chosen, by=by),
    )
    asked = refusal_form(proposed_reasons(chosen)) if slug == "refuse" else verb.form
    form = bound_to_what_was_seen(asked, shown)
    title = _("%(title)s：%(subject)s") % {"title": verb.title, "subject": subject} if subject else verb.title
    return Question(title, effect, do, form, REFUSALS, back)


def _looked_at(slug: str, seen: ActionPreview, chosen: QuerySet[Claim], *, by: User) -> Sample | None:
    """What is to be looked at before: some of those that are approved, else each of a few."""
    if slug in SAMPLED:
        return sample_of(slug, chosen, by=by) if seen.moves else None
    return each_of(slug, chosen, by=by) if seen.moves + sum(seen.left.values()) <= FEW else None


def act(slug: str, claims: QuerySet[Claim], data: Mapping[str, Any], request: HttpRequest) -> Done:
    """Do it, and say how many it moved; of batches that were made, where they are."""
    done = perform(
        ACTIONS[slug],
        claims,
        by=person(request),
        now=timezone.now(),
        reasons=data.get("reasons", ()),
        note=data.get("note", ""),
    )
    if done.batches:
        return what_was_made(done.batches)
    return Done(
        _("%(title)s：已办理 %(count)s 份。")
        % {"title": ACTION_WORDS[slug].title, "count": f"{done.count:,}"}
    )


def _facts(slug: str, seen: ActionPreview, claims: QuerySet[Claim]) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [(_("将办理"), _("%s 份") % f"{seen.moves:,}")]
    if seen.moves:
        facts.append((_("金额合计"), _("%s 元") % yuan(seen.fen)))
    facts += [
        (_("不办理：%s") % LEFT[code], _("%s 份") % f"{count:,}") for code, count in sorted(seen.left.items())
    ]
    if slug == "demand_evidence" and seen.moves:
        facts.append((_("商户补充期限"), local_day(timezone.now() + TO_ANSWER)))
    if slug == "clear_holds":
        facts += [(_("将解除：%s") % kind, _("%s 份") % f"{count:,}") for kind, count in _held_for(claims)]
    if slug in ("approve", "retry_failed", "order_payment") and (changed := _paid_elsewhere(claims)):
        facts.append((_("收款信息更正过"), _("%s 份") % f"{changed:,}"))
    if ACTIONS[slug].ends and seen.moves:
        freed = freed_money(claims, ending_from=ACTIONS[slug].starts_from, now=timezone.now())
        facts.append((_("将释放锁定的补贴"), _("%s 元") % yuan(freed.fen)))
        facts.append((_("候补"), _waiting(freed.waiting, freed.reached)))
    return facts


def _seen(seen: ActionPreview, claims: QuerySet[Claim]) -> str:
    """What the person saw of these claims, the newest change of a payee among it."""
    newest = PayeeChange.objects.filter(claim__in=claims).aggregate(newest=Max("pk"))["newest"]
    return f"{seen.seen}/{newest}" if newest else seen.seen


def _held_for(claims: QuerySet[Claim]) -> list[tuple[str, int]]:
    """For what these claims are held, with how many; all of it is cleared together."""
    held = open_holds().filter(claim__in=claims).order_by("kind").values_list("kind").annotate(n=Count("pk"))
    return [(str(Hold.Kind(kind).label), count) for kind, count in held]


def _paid_elsewhere(claims: QuerySet[Claim]) -> int:
    """How many of them are not paid to whom their record names."""
    return claims.filter(Exists(PayeeChange.objects.filter(claim=OuterRef("pk")))).count()


def _waiting(waiting: int, reached: int) -> str:
    if not waiting:
        return _("目前没有人候补")
    return _("递补 %(reached)s 名(共 %(waiting)s 名候补)") % {
        "reached": f"{reached:,}",
        "waiting": f"{waiting:,}",
    }
