"""Figures that others state: the newest that two people had told for a day not after the period's end."""

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from core.money import yuan
from subsidies.models import Scheme, StatedFigure
from subsidies.reports.selectors.figures.figure import Figure, Scope, rows_of

Subject, Exactness = StatedFigure.Subject, StatedFigure.Exactness
OTHER = "told.other."  # how the codes of figures begin that have a name alone


def newest(
    scope: Scope, subject: str, *, scheme: Scheme | None = None, stage_no: int | None = None, title: str = ""
) -> QuerySet[StatedFigure]:
    """The row that counts, or none. A plan counts from the day it was made."""
    found = StatedFigure.objects.confirmed().filter(
        subject=subject, scheme=scheme, stage_no=stage_no, title=title, as_of__lte=scope.last
    )
    pk = found.order_by("-as_of", "-pk").values("pk")[:1]
    return rows_of(
        StatedFigure.objects.filter(pk__in=list(pk.values_list("pk", flat=True))),
        label="source",
        day="as_of",
        note=Concat(F("proof_name"), Value(" "), F("note")),
        value="value",
        late=Q(decided_at__gte=scope.end),
    )


def stated(rows: QuerySet[StatedFigure], code: str, word: str, title: str, *, remark: str = "") -> Figure:
    """Such a row as a figure: said as its source says it, with its source and day."""
    row = rows.first()
    if row is None:
        meaning, says = _("尚未登记，或未经他人确认。"), ""
    else:
        meaning = _("%(source)s，截至 %(day)s。") % {"source": row.source, "day": row.as_of.isoformat()}
        says = said(row)
    is_money = row.is_money if row else code.endswith("_fen")
    return Figure(code, word, title, meaning, rows, is_money=is_money, is_told=True, says=says, remark=remark)


def said(row: StatedFigure) -> str:
    """The value as its source says it."""
    number = yuan(row.value) if row.is_money else f"{row.value:,}"
    if row.exactness == Exactness.OVER:
        return _("%s 余") % number
    return _("近 %s") % number if row.exactness == Exactness.NEARLY else number


def from_outside(scope: Scope) -> list[Figure]:
    """What other systems count of the district."""
    known = (
        (Subject.CODE_PLATES, "码牌合一号牌", _("累计发放“码牌合一”号牌")),
        (Subject.FILED_BIKES, "全区备案车辆", _("全区备案非标电动自行车")),
        (Subject.ONLINE_TRADE_INS, "累计线上置换", _("累计线上淘汰置换")),
    )
    return [stated(newest(scope, subject), f"told.{subject}", word, title) for subject, word, title in known]


def others_from_outside(scope: Scope) -> list[Figure]:
    """Whatever else was entered, by its name; the prose lists them all in a paragraph of its own."""
    others = StatedFigure.objects.confirmed().filter(subject=Subject.OTHER, as_of__lte=scope.last)
    titles = sorted(set(others.values_list("title", flat=True)))
    return [
        stated(_other(scope, title), f"{OTHER}{n}", f"其他数据{n}", title)
        for n, title in enumerate(titles, start=1)
    ]


def _other(scope: Scope, title: str) -> QuerySet[StatedFigure]:
    ids = StatedFigure.objects.confirmed().filter(subject=Subject.OTHER, title=title, as_of__lte=scope.last)
    scheme = ids.order_by("-as_of", "-pk").first()
    return newest(scope, Subject.OTHER, scheme=scheme.scheme if scheme else None, title=title)
