"""Payout batches before they are released or discarded: what would go out, and what stands in the way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.models import User
from core.money import yuan
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    EFFECT_CHANGED,
    Done,
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
    digest_of,
)
from ebikes.records.models.trade_in import contacts
from subsidies.models import Hold, PayoutBatch, PayoutLine
from subsidies.payouts.selectors.seen import digest_of_lines
from subsidies.payouts.services.ordering import NotYours, approved_by
from subsidies.payouts.services.payouts import (
    ChangedSince,
    ClaimHeld,
    WrongState,
    discard_payout,
    leave_held_behind,
    release_payout,
    take_apart,
)

PAGE = 50
FIRST = (PayoutLine.State.FAILED, PayoutLine.State.UNKNOWN)
MOVE = "subsidies.change_payoutbatch"
REFUSALS: dict[type[Exception], str | Promise] = {
    NotYours: gettext_lazy("批准、制单、放行须由三个不同的人完成。"),
    WrongState: gettext_lazy("该批次已不在可操作的状态。"),
    ChangedSince: EFFECT_CHANGED,
    ClaimHeld: gettext_lazy("批次中有申请已被暂缓：请先解除暂缓，或作废批次后重新制作。"),
}


@dataclass(frozen=True, slots=True)
class BatchVerb:
    """Like a claim's verb, for batches."""

    title: str | Promise
    effect: str | Promise
    run: Callable[[PayoutBatch, User, str, str], None]  # the batch, by whom, the note, what was seen of it
    form: type[NoteForm] = NoteForm
    warning: str | Promise = ""
    needs: PayoutBatch.State = PayoutBatch.State.DRAFT


def _release(batch: PayoutBatch, by: User, note: str, seen: str) -> None:
    release_payout(batch=batch, by=by, now=timezone.now(), seen=seen)


def _discard(batch: PayoutBatch, by: User, note: str, seen: str) -> None:
    discard_payout(batch=batch, by=by, now=timezone.now(), note=note)


def _leave_held(batch: PayoutBatch, by: User, note: str, seen: str) -> None:
    leave_held_behind(batch=batch, by=by, now=timezone.now(), note=note)


def _take_apart(batch: PayoutBatch, by: User, note: str, seen: str) -> None:
    take_apart(batch=batch, by=by, now=timezone.now(), note=note)


VERBS: dict[str, BatchVerb] = {
    "release": BatchVerb(
        gettext_lazy("放行(发送给运营机构)"),
        gettext_lazy("款项将发往下列批次的收款人。"),
        _release,
        warning=gettext_lazy("放行后不能撤回。"),
    ),
    "discard": BatchVerb(
        gettext_lazy("作废未放行的批次"),
        gettext_lazy("批次作废，其中的申请退回“已批准”，可重新制作。"),
        _discard,
        RequiredNoteForm,
    ),
    "leave_held": BatchVerb(
        gettext_lazy("撤下暂缓的申请，其余重新制作"),
        gettext_lazy("批次作废，其中未暂缓的申请立即由您重新制作成批次，暂缓的退回“已批准”。"),
        _leave_held,
        RequiredNoteForm,
    ),
    "take_apart": BatchVerb(
        gettext_lazy("拆开运营机构不受理的批次"),
        gettext_lazy("其中的申请退回“已批准”，可更正后重新制作批次；请求号不变，不会重复付款。"),
        _take_apart,
        RequiredNoteForm,
        needs=PayoutBatch.State.REJECTED,
    ),
}
LEFT: dict[str, str | Promise] = {
    "state": gettext_lazy("批次的状态不能这样办理"),
    "yours": gettext_lazy("由您制单或其中有您批准的申请，须由他人放行"),
    "held": gettext_lazy("其中有申请已被暂缓，须先解除、撤下或作废批次"),
    "none_held": gettext_lazy("其中没有暂缓的申请"),
    "approved": gettext_lazy("其中有您批准的申请，须由他人重新制作"),
}


def with_obstacle(slug: str, batches: QuerySet[PayoutBatch], *, by: User) -> Any:
    """The batches, each with why it would be left alone (`why`, empty: it would not)."""
    lines = PayoutLine.objects.filter(batch=OuterRef("pk"))
    held = Hold.objects.open().filter(claim__payout_lines__batch=OuterRef("pk"))
    whens = [When(~Q(state=VERBS[slug].needs), then=Value("state"))]
    if slug == "release":
        mine = Q(made_by=by) | Q(Exists(lines.filter(approved_by(by))))
        whens += [When(mine, then=Value("yours")), When(Exists(held), then=Value("held"))]
    if slug == "leave_held":
        approved = Exists(lines.filter(approved_by(by)))
        whens += [When(~Exists(held), then=Value("none_held")), When(approved, then=Value("approved"))]
    return batches.annotate(why=Case(*whens, default=Value(""), output_field=CharField()))


def question(slug: str, batches: QuerySet[PayoutBatch], request: HttpRequest, *, back: str = "") -> Question:
    """What is asked before these batches are released or discarded."""
    verb, by = VERBS[slug], person(request)
    chosen = PayoutBatch.objects.filter(pk__in=batches.order_by().values("pk"))
    paid = PayoutLine.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    judged = with_obstacle(slug, chosen, by=by).order_by()  # once for each batch, not for each of its lines
    judged = judged.annotate(
        n=Subquery(paid.annotate(n=Count("pk")).values("n")),
        fen=Subquery(paid.annotate(fen=Sum("amount_fen")).values("fen")),
    )
    counted = {
        why: (number, lines or 0, fen or 0)
        for why, number, lines, fen in judged.values_list("why").annotate(Count("pk"), Sum("n"), Sum("fen"))
    }
    number, lines, fen = counted.pop("", (0, 0, 0))
    facts: list[tuple[str, object]] = [
        (_("将办理"), _("%(batches)s 个批次，%(lines)s 笔") % {"batches": number, "lines": f"{lines:,}"}),
        (_("金额合计"), _("%s 元") % yuan(fen)),
    ]
    payers = (
        judged.filter(why="").order_by("payer_name", "payer_wallet").values_list("payer_name", "payer_wallet")
    )
    facts += [(_("付款方"), f"{name} {wallet}") for name, wallet in payers.distinct()]
    elsewhere = PayoutLine.objects.filter(batch__in=chosen, claim__payee_changes__isnull=False)
    if changed := elsewhere.order_by().values("pk").distinct().count():
        facts.append((_("收款信息更正过"), _("%s 笔") % f"{changed:,}"))
    facts += [
        (_("不办理：%s") % LEFT[why], _("%s 个批次") % n)
        for why, (n, _lines, _fen) in sorted(counted.items())
    ]
    effect = Effect(str(verb.effect), facts, str(verb.warning), possible=number > 0)
    seen = {batch.pk: digest_of_lines(batch) for batch in judged.filter(why="").order_by("pk")}
    form = bound_to_what_was_seen(verb.form, digest_of(seen, sum(left[0] for left in counted.values())))

    def do(data: dict[str, Any]) -> str:
        return act(
            slug, with_obstacle(slug, chosen, by=by).filter(why="", pk__in=seen), data["note"], request, seen
        )

    return Question(verb.title, effect, do, form, REFUSALS, back)


def act(
    slug: str, batches: QuerySet[PayoutBatch], note: str, request: HttpRequest, seen: Mapping[int, str]
) -> str:
    """Do it with each batch; raises what the service refuses with."""
    by, done = person(request), []
    for batch in list(batches.order_by("pk")):
        VERBS[slug].run(batch, by, note, seen[batch.pk])
        done.append(batch.number)
    return _("%(title)s：%(count)s 个批次。") % {"title": VERBS[slug].title, "count": len(done)}


def what_was_made(batches: Sequence[PayoutBatch]) -> Done:
    """Of new batches how many, with how much, and who goes on; it leads to the one, or to the list of them."""
    keys = [batch.pk for batch in batches]
    sums = PayoutLine.objects.filter(batch__in=keys).aggregate(n=Count("pk"), fen=Sum("amount_fen"))
    sentence = _(
        "已制作 %(batches)s 个发放批次，共 %(lines)s 笔、%(yuan)s 元。须由另一位财务人员核对后放行：制单人和批准人不能放行。"
    ) % {"batches": f"{len(keys):,}", "lines": f"{sums['n']:,}", "yuan": yuan(sums["fen"])}
    if len(keys) == 1:
        return Done(sentence, reverse("admin:subsidies_payoutbatch_change", args=keys))
    some = urlencode({"id__in": ",".join(map(str, keys))}, safe=",")
    return Done(sentence, f"{reverse('admin:subsidies_payoutbatch_changelist')}?{some}")


@require_http_methods(["GET", "POST"])
@staff_page(MOVE)
def batch_verb(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then release or discard one batch; back to its page."""
    if slug not in VERBS:
        raise Http404
    if not request.user.has_perm(MOVE):
        raise PermissionDenied
    batch = get_object_or_404(PayoutBatch, pk=pk)
    back = reverse("admin:subsidies_payoutbatch_change", args=[batch.pk])
    return ask_first(
        request, question(slug, PayoutBatch.objects.filter(pk=pk), request, back=back)
    ) or redirect(back)


def held_in(batch: PayoutBatch) -> list[tuple[int, str]]:
    """The claims of a draft that somebody has still to look at: their ids and records."""
    held = Hold.objects.open().filter(claim__payout_lines__batch=batch, claim__live=True)
    rows = held.order_by("claim").values_list("claim", "claim__trade_in__record_no").distinct()
    return list(rows) if batch.state == PayoutBatch.State.DRAFT else []


def figures(batch: PayoutBatch) -> dict[str, Any]:
    """What finance reads on a batch's page: totals, by state, and failures by reason."""
    by_state = batch.lines.order_by("state").values("state").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    states = dict(PayoutLine.State.choices)
    failed = batch.lines.filter(state=PayoutLine.State.FAILED).order_by()
    return {
        "states": [(row["state"], states[row["state"]], row["n"], row["fen"]) for row in by_state],
        "count": sum(row["n"] for row in by_state),
        "fen": sum(row["fen"] for row in by_state),
        "failures": list(failed.values_list("fail_reason").annotate(n=Count("pk")).order_by(F("n").desc())),
    }


def state_in(asked: QueryDict) -> str:
    """The lines' state that an address names; empty for all of them."""
    return next((each for each in PayoutLine.State.values if each == asked.get("state")), "")


def states_to_choose(found: dict[str, Any], chosen: str) -> list[tuple[str, object, int]]:
    """The states that the lines of `figures` have, each with its number; the chosen one also where none has it."""
    counted = {state: count for state, _title, count, _fen in found["states"]}
    states = sorted({*counted, chosen} - {""})
    return [(state, PayoutLine.State(state).label, counted.get(state, 0)) for state in states]


def lines_of(batch: PayoutBatch, asked: QueryDict) -> Page[PayoutLine]:
    """One page of a batch's lines: what failed comes first, then what is not known; or one state alone."""
    lines = batch.lines.select_related("claim__trade_in", "supplement")
    lines = lines.defer(*contacts("claim__trade_in__"))
    if state := state_in(asked):
        lines = lines.filter(state=state)
    first = Case(
        *(When(state=each, then=Value(at)) for at, each in enumerate(FIRST)), default=Value(len(FIRST))
    )
    pages = Paginator(lines.order_by(first, "pk"), PAGE)  # counted to the end: a batch has an index for it
    return pages.get_page(asked.get("page"))
