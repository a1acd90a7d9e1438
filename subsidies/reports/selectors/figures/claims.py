"""The bikes on file, and the trade-ins of the period as they stood when it was over."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, TruncDate
from django.utils.translation import gettext_lazy as _

from core.audit.as_was import as_was
from core.shanghai import SHANGHAI
from ebikes.models import EVENTS, FiledBike, WrittenRow
from subsidies.models import Claim, ClaimEvent, EligibilityCheck, PaperEvidence
from subsidies.reports.selectors.figures.figure import Figure, Scope, rows_of
from subsidies.states import ClaimState

BETWEEN = " · "  # street, merchant


def bikes(scope: Scope) -> list[Figure]:
    """The register of filed bikes: what was filed by the end of the period, whenever it was handed to us."""
    made = WrittenRow.objects.filter(
        target="ebikes_filedbike", before__isnull=True, batch__confirmed_at__gte=scope.end
    )
    there = FiledBike.objects.annotate(then=as_was(FiledBike, "filed_on", scope.end)).filter(
        then__lte=scope.last
    )
    late = Q(pk__in=made.values("row_id"))
    return [
        Figure(
            "bikes",
            "备案车辆",
            _("备案非标电动自行车"),
            _("备案登记中，备案日期不晚于期末的车辆。"),
            rows_of(there, label="filing_plate_no", day="then", note="subdistrict", late=late),
        )
    ]


def claims_then(scope: Scope) -> QuerySet[Any]:
    """Claims with where they stood when the period was over: `state_then` ("": it came later), `completed_then`.

    When a trade-in was completed the checks may say otherwise later: what was known then counts. What came later counts by
    what is known of it now; one that was withdrawn since is none.
    """
    events = ClaimEvent.objects.filter(claim=OuterRef("pk"), at__lt=scope.end).order_by("-pk")
    checks = EligibilityCheck.objects.filter(claim=OuterRef("pk"))
    before = checks.filter(checked_at__lt=scope.end).order_by("-pk").values("completed_at")[:1]
    as_handed_in = Greatest(*(f"trade_in__{name}" for name in EVENTS))
    found = Claim.objects.filter(scheme__in=scope.schemes).annotate(
        state_then=Coalesce(Subquery(events.values("to_state")[:1]), Value("")),
        completed_then=Case(
            When(received_at__gte=scope.end, then=F("completed_at")),
            When(
                Exists(checks.filter(checked_at__gte=scope.end)),
                then=Coalesce(Subquery(before), as_handed_in, output_field=DateTimeField()),
            ),
            default=F("completed_at"),
        ),
    )
    gone = Q(state_then=ClaimState.CANCELLED) | Q(received_at__gte=scope.end, state=ClaimState.CANCELLED)
    return found.exclude(gone)


def completed_within(scope: Scope) -> QuerySet[Any]:
    """Those whose whole flow was completed in the period."""
    return claims_then(scope).filter(completed_then__gte=scope.begin, completed_then__lt=scope.end)


def claim_rows(
    claims: QuerySet[Any], scope: Scope, *, value: object = 1, note: object = None
) -> QuerySet[Any]:
    """Claims as rows: called by their record's number, of the day of their completion, with street and merchant."""
    where = Concat(F("trade_in__merchant__subdistrict"), Value(BETWEEN), F("trade_in__merchant__name"))
    return rows_of(
        claims,
        label=F("trade_in__record_no"),
        day=TruncDate("completed_then", tzinfo=SHANGHAI),
        note=note or where,
        value=value,
        late=Q(received_at__gte=scope.end),
    )


def in_states(claims: QuerySet[Any], states: Iterable[str]) -> QuerySet[Any]:
    """Those that stood in one of these when the period was over."""
    return claims.filter(state_then__in=list(states))


def trade_ins(scope: Scope) -> list[Figure]:
    """Completed in the period; of these those that had been refused, what shops gave off and what scrap was worth."""
    if not scope.schemes:
        return []
    done = completed_within(scope)
    reasons = Func(
        Cast("refusals", ArrayField(CharField())),
        Value(","),
        function="array_to_string",
        output_field=CharField(),
    )

    confirmed = (PaperEvidence.State.CONFIRMED, PaperEvidence.State.EXPIRED)
    papers = PaperEvidence.objects.filter(state__in=confirmed, decided_at__lt=scope.end)
    on_paper = Exists(papers.filter(claim=OuterRef("pk")))

    def given(column: str) -> QuerySet[Any]:
        given_off = done.filter(**{f"trade_in__{column}__gt": 0})
        return claim_rows(given_off, scope, value=F(f"trade_in__{column}"))

    return [
        Figure(
            "trade-ins",
            "淘汰置换",
            _("线上淘汰置换"),
            _("期内完成全流程的淘汰置换，期末已撤回的不计，不予补贴的计入；期末以后才报来的另行注明。"),
            claim_rows(done, scope),
        ),
        Figure(
            "trade-ins-refused",
            "不予补贴",
            _("其中不予补贴"),
            _("期内完成、到期末已决定不予补贴的。"),
            claim_rows(in_states(done, [ClaimState.REFUSED]), scope, note=reasons),
            of="trade-ins",
        ),
        Figure(
            "trade-ins-on-paper",
            "书面材料",
            _("其中凭书面材料核验"),
            _("期内完成、没有不予补贴的，系统没有答复或答复有误，到期末已由两人确认的书面材料代替。"),
            claim_rows(done.filter(on_paper).exclude(state_then=ClaimState.REFUSED), scope),
            of="trade-ins",
        ),
        Figure(
            "shop-discounts",
            "车企让利",
            _("车企让利(元)"),
            _("期内完成的淘汰置换中，商户填报的自行让利之和。"),
            given("shop_discount_fen"),
            is_money=True,
        ),
        Figure(
            "scrap-values",
            "回收抵扣",
            _("回收抵扣(元)"),
            _("期内完成的淘汰置换中，商户填报的旧车回收抵扣之和。"),
            given("scrap_value_fen"),
            is_money=True,
        ),
    ]
