"""The money of a scheme's stages, when the period was over: what was expected, set aside, granted and paid, side by side."""

from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from core.money import yuan
from core.shanghai import SHANGHAI, midnight
from subsidies.models import LedgerEntry, Scheme, StatedFigure
from subsidies.reports.selectors.figures.claims import claim_rows, claims_then, in_states
from subsidies.reports.selectors.figures.figure import Figure, Scope, Section, rows_of
from subsidies.reports.selectors.figures.stated import newest, stated
from subsidies.states import GRANTED, SPENT

Kind, Subject = LedgerEntry.Kind, StatedFigure.Subject
# What is promised and what is paid, from the ledger's rows: reserved and paid out, less what was released or came back.
OWED = {Kind.RESERVE: 1, Kind.RELEASE: -1, Kind.RETURN: -1, Kind.RECOVER: -1}
PAID = {Kind.PAY: 1, Kind.RETURN: -1, Kind.RECOVER: -1}


def money(scope: Scope) -> list[Section]:
    """A section for each scheme: its stages that had begun when the period was over, each over its whole window."""
    return [
        Section(
            scheme.name,
            [figure for terms in terms_then(scheme, scope) for figure in _stage(scheme, terms, scope, n)],
        )
        for n, scheme in enumerate(scope.schemes, start=1)
    ]


def terms_then(scheme: Scheme, scope: Scope, *, begun: bool = True) -> list[dict[str, Any]]:
    """The stages by the version of the rules that was newest then; by the first, where the scheme was entered later.

    `begun`: only those that had begun when the period was over.
    """
    versions = scheme.policies.order_by("version")
    version = versions.filter(created_at__lt=scope.end).last() or versions.first()
    stages: list[dict[str, Any]] = version.stages if version else []
    return [terms for terms in stages if not begun or terms["starts_on"] <= scope.last.isoformat()]


def _stage(scheme: Scheme, terms: dict[str, Any], scope: Scope, nth: int) -> list[Figure]:
    """Its figures in the order of the table."""
    itself = Scheme.objects.filter(pk=scheme.pk)
    ledger = LedgerEntry.objects.filter(scheme=scheme, stage__no=terms["no"], at__lt=scope.end)
    first, last = (date.fromisoformat(terms[day]) for day in ("starts_on", "ends_on"))
    window = Q(completed_then__gte=midnight(first), completed_then__lt=scope.end)
    claims = claims_then(Scope(scope.first, scope.last, (scheme,))).filter(
        window, completed_then__date__lte=last
    )
    prefix, word = f"stage.{scheme.pk}.{terms['no']}", f"{f'方案{nth}' if nth > 1 else ''}第{terms['no']}阶段"
    cap, grant = terms["cap_fen"], terms["amount_fen"]

    def term(fen: int | None) -> QuerySet[Scheme]:
        whose = itself if fen is not None else itself.none()
        return rows_of(whose, label="name", day=Value(first), value=Value(fen or 0))

    def figure(kind: str, name: str, title: str, meaning: str, rows: QuerySet[Any], **more: Any) -> Figure:
        return Figure(f"{prefix}.{kind}", f"{word}{name}", title, meaning, rows, **more)

    def plan(subject: StatedFigure.Subject) -> QuerySet[StatedFigure]:
        return newest(scope, subject, scheme=scheme, stage_no=terms["no"])

    people, expected = plan(Subject.PLAN_PEOPLE), plan(Subject.PLAN_FEN)
    owed = _entries(ledger, OWED, scope)
    return [
        figure(
            "standard",
            "补贴标准",
            _("补贴标准(元)"),
            _("实施方案规定的每份金额。"),
            term(grant),
            is_money=True,
        ),
        stated(people, f"{prefix}.plan_people", f"{word}预计对象", _("预计符合发放对象(人)")),
        stated(
            expected,
            f"{prefix}.plan_fen",
            f"{word}预计金额",
            _("预计发放金额(元)"),
            remark=_plans_differ(people, expected, grant),
        ),
        figure(
            "cap",
            "安排资金",
            _("安排资金(元)"),
            _("阶段上限；没有上限的不列。"),
            term(cap),
            is_money=True,
            is_told=True,
            remark=_cap_differs(cap, owed, grant),
        ),
        figure(
            "done",
            "淘汰置换",
            _("完成置换(台)"),
            _("在这一阶段完成全流程的淘汰置换，期末已撤回的不计。"),
            claim_rows(claims, scope),
        ),
        figure(
            "granted",
            "符合发放对象",
            _("符合发放对象(人)"),
            _("期末已获补贴的申请。"),
            claim_rows(in_states(claims, GRANTED), scope),
        ),
        figure(
            "owed",
            "应发补贴",
            _("应发补贴(元)"),
            _("期末账上已锁定和已发放之和，按账目的时间计。"),
            owed,
            is_money=True,
        ),
        figure(
            "paid",
            "已发放人数",
            _("已发放(人)"),
            _("期末已经发放、没有全部退回或追回的申请。"),
            claim_rows(in_states(claims, SPENT), scope),
        ),
        figure(
            "paid_fen",
            "已发放金额",
            _("已发放(元)"),
            _("期末账上发放减去退回和追回，按账目的时间计。"),
            _entries(ledger, PAID, scope),
            is_money=True,
        ),
    ]


def _entries(
    ledger: QuerySet[LedgerEntry], signs: dict[LedgerEntry.Kind, int], scope: Scope
) -> QuerySet[LedgerEntry]:
    """Rows of the ledger, each with what it adds or takes. Late: dated into the period and written down afterwards."""
    signed = Case(
        *(When(kind=kind, then=F("amount_fen") * sign) for kind, sign in signs.items()),
        output_field=BigIntegerField(),
    )
    return rows_of(
        ledger.filter(kind__in=list(signs)),
        label="seq",
        day=TruncDate("at", tzinfo=SHANGHAI),
        note="kind",
        value=signed,
        late=Q(recorded_at__gte=scope.end),
    )


def _plans_differ(people: QuerySet[StatedFigure], expected: QuerySet[StatedFigure], grant: int) -> str:
    """Where people and money of a plan do not agree, by how many grants: both are told, neither adjusted."""
    counts, sums = people.first(), expected.first()
    if counts is None or sums is None or (apart := sums.value - counts.value * grant) == 0:
        return ""
    return _(
        "预计对象 %(people)s 人按标准合 %(fen)s 元，与预计金额相差 %(apart)s 元，合 %(count)s 份；照实列出，不作调整。"
    ) % {
        "people": f"{counts.value:,}",
        "fen": yuan(counts.value * grant),
        "apart": yuan(abs(apart)),
        "count": f"{abs(apart) // grant:,}",
    }


def _cap_differs(cap: int | None, owed: QuerySet[Any], grant: int) -> str:
    """Where what was set aside and what is owed do not agree, likewise."""
    if cap is None or (left := cap - sum(owed.values_list("row_value", flat=True))) == 0:
        return ""
    told = {"yuan": yuan(left), "count": f"{left // grant:,}"}
    return _("安排资金与应发补贴相差 %(yuan)s 元，合 %(count)s 份；两数照实列出，不作调整。") % told
