"""Before the sale: would this bike and this person get the subsidy, how much, and what is still missing.

Answers from the district's own records; what e行在线 says of the old bike is added where it answers at once. Nothing
is kept, and no place is held: only a finished trade-in has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db import connection
from django.utils.translation import gettext as _

from core.money import yuan
from core.shanghai import local_day
from ebikes.licensing.answers import Answer, ExingRecord
from ebikes.records.persons import Document, kinds_of_series, number_index
from merchants.models import Merchant
from subsidies.checks.selectors.cases import case_before_sale
from subsidies.claims.selectors.claims_per_stage import claims_per_stage, left_behind_queue
from subsidies.claims.selectors.locks import claimed_in
from subsidies.engine.case import Case, anniversary
from subsidies.engine.checks import Result, assess
from subsidies.models import Claim, PolicyVersion, Scheme, Stage
from subsidies.states import ENDED, ClaimState

NEWEST = 500  # trade-ins from which is told how long plating takes


class Verdict(StrEnum):
    """What one finding means for the sale."""

    GOOD = "good"
    TODO = "todo"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer, in a sentence."""

    code: str
    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class StageOutlook:
    """What completing in one stage would bring. `left_fen`: the money for it that nobody ahead counts on."""

    stage: Stage
    now: bool
    left_fen: int


@dataclass(frozen=True, slots=True)
class Precheck:
    """Everything that a shop wants to know before it sells."""

    findings: tuple[Finding, ...]
    stages: tuple[StageOutlook, ...]
    available_fen: int

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings."""
        order = list(Verdict)
        return max((f.verdict for f in self.findings), key=order.index, default=Verdict.GOOD)

    @property
    def current(self) -> StageOutlook | None:
        return next((s for s in self.stages if s.now), None)


def precheck(
    *,
    scheme: Scheme,
    merchant: Merchant,
    plate: str,
    shown: Document,
    day: date,
    exing: Answer[ExingRecord] | None = None,
) -> Precheck:
    """Look at one bike and person as if the flow were finished on `day`. `plate` and the document `shown` normalised."""
    policy = scheme.policy
    case = case_before_sale(merchant=merchant, plate=plate, shown=shown, day=day, exing=exing, policy=policy)
    stages = _outlook(scheme, day)
    asked = Asked(
        plate, day, case, assess(case).results, told=exing is not None and exing.outcome != "unknown"
    )
    own = [*_filing(asked), *_used(scheme, policy, plate, shown)] if asked.belongs else [_unmatched()]
    bike = _old_bike(asked) if asked.belongs else []
    findings = [*own, *_shop(asked), *_point(asked), *bike, *_money(asked, stages)]
    return Precheck(tuple(findings), tuple(stages), scheme.available_fen)


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as the engine has judged it: what fails are its codes. `told`: e行在线 answered."""

    plate: str
    day: date
    case: Case
    results: Mapping[str, Result]
    told: bool

    def fails(self, code: str) -> bool:
        return self.results[code] is Result.FAIL

    @property
    def belongs(self) -> bool:
        """Whether the district has this bike under this document. Where not, nothing is told of either."""
        filing = self.case.filing
        return filing is not None and filing.holder == self.case.record.holder


def _unmatched() -> Finding:
    """The same for a plate that nobody filed, a document that nobody has, and two that do not belong together:
    whoever holds only one of them learns nothing of the other."""
    text = _("按这个号牌和证件号码，本区没有可以享受补贴的备案：请对照备案凭证和证件核对，仍不符请联系监管局")
    return Finding("not_filed", Verdict.BAD, text)


def _filing(asked: Asked) -> list[Finding]:
    """What the district's register has to say; where it says nothing against it, what e行在线 has."""
    filing = asked.case.filing
    if filing is None:
        return []
    found = [Finding("filed", Verdict.GOOD, _("%s 备案在本人名下") % filing.filed_on)]
    years = asked.case.rules.filed_years_limit
    if years:
        last = anniversary(filing.filed_on, years)
        if asked.fails("filed_too_long"):
            text = _("备案已满 %(years)s 年(%(last)s)，不再享受补贴") % {"years": years, "last": last}
            found.append(Finding("filed_too_long", Verdict.BAD, text))
        else:
            found.append(Finding("filed_on", Verdict.GOOD, _("备案未超年限，最晚 %s 前办完") % last))
    return found


def _used(scheme: Scheme, policy: PolicyVersion, plate: str, shown: Document) -> list[Finding]:
    used = Claim.objects.filter(filing_plate_no=plate, live=True).first()
    if used is not None:
        state = ClaimState(used.state).label
        return [Finding("bike_already_claimed", Verdict.BAD, _("这辆旧车已有一份申请(%s)") % state)]
    if elsewhere := claimed_in(plate=plate, district=scheme.district_id):
        return [Finding("bike_already_claimed", Verdict.BAD, elsewhere[0].sentence)]
    if policy.per_person_cap:
        number, kinds = number_index(shown.number), kinds_of_series(shown.kind)
        mine = {"owner__number_index": number, "owner__id_kind__in": kinds}
        own = Claim.objects.filter(scheme=scheme, **mine).exclude(state__in=ENDED).count()
        if own >= policy.per_person_cap:
            text = _("本人已有 %(own)s 份申请，每人最多 %(cap)s 份")
            return [Finding("person_cap", Verdict.BAD, text % {"own": own, "cap": policy.per_person_cap})]
    return [Finding("unused", Verdict.GOOD, _("这辆旧车和本人都还没有申请过"))]


def _shop(asked: Asked) -> list[Finding]:
    if not asked.fails("merchant_not_enabled"):
        return []
    text = _("本店尚未开通淘汰置换功能，请先联系监管局开通")
    return [Finding("merchant_not_enabled", Verdict.BAD, text)]


def _point(asked: Asked) -> list[Finding]:
    if not asked.fails("point_not_authorised"):
        return []
    if asked.case.exing is not None and asked.case.exing.collected_at is not None:
        text = _("旧车已于 %s 回收，但回收的代办点当天不在授权期内")
        day = local_day(asked.case.exing.collected_at)
        return [Finding("point_not_authorised", Verdict.BAD, text % day)]
    text = _("本店没有在有效期内的代办点，请到授权代办点交车")
    return [Finding("point_not_authorised", Verdict.WARN, text)]


def _old_bike(asked: Asked) -> list[Finding]:
    """What is still to be done with the old bike, as e行在线 has it."""
    if not asked.told:
        return [Finding("exing_unknown", Verdict.WARN, _("浙江e行在线暂时没有答复，以上按本区备案登记判断"))]
    exing = asked.case.exing
    if exing is None or exing.holder != asked.case.record.holder:
        text = _("浙江e行在线没有这辆车在本人名下的备案，请车主先到该系统核对")
        return [Finding("not_filed", Verdict.BAD, text)]
    todo = {
        "not_deregistered": _("还要办：注销旧车备案"),
        "not_collected": _("还要办：把旧车交给授权代办点回收"),
    }
    return [
        *(Finding(code, Verdict.TODO, text) for code, text in todo.items() if asked.fails(code)),
        Finding("to_plate", Verdict.TODO, _("还要办：购买新车并完成上牌")),
    ]


def _outlook(scheme: Scheme, day: date) -> list[StageOutlook]:
    stages = claims_per_stage(scheme)
    left = left_behind_queue(scheme, stages)
    return [
        StageOutlook(
            each.stage,
            now=each.stage.covers(day),
            left_fen=left if each.spare_fen is None else min(left, each.spare_fen),
        )
        for each in stages
        if each.stage.ends_on >= day
    ]


def _money(asked: Asked, stages: list[StageOutlook]) -> list[Finding]:
    if not stages:
        return [Finding("outside_stages", Verdict.BAD, _("补贴各阶段都已结束"))]
    current = next((s for s in stages if s.now), None)
    if current is None or asked.fails("outside_stages"):
        return [Finding("outside_stages", Verdict.WARN, _("%s 不在任何补贴阶段内") % asked.day)]
    found = []
    if current.left_fen < current.stage.amount_fen:
        found.append(
            Finding("no_money", Verdict.WARN, _("资金可能已经排完：现在完成的只能候补，不要向顾客承诺补贴"))
        )
    days = plating_days()
    if days and (current.stage.ends_on - asked.day).days < days:
        later = next((s for s in stages if s.stage.no > current.stage.no), None)
        text = _("本阶段 %(end)s 结束，最近上牌多在购车后 %(days)s 天内办完：来不及就没有补贴了")
        if later:
            text = _(
                "本阶段 %(end)s 结束，最近上牌多在购车后 %(days)s 天内办完：来不及的话补贴按 %(yuan)s 元算"
            )
        found.append(
            Finding(
                "lower_stage",
                Verdict.WARN,
                text
                % {
                    "end": current.stage.ends_on,
                    "days": days,
                    "yuan": yuan(later.stage.amount_fen) if later else 0,
                },
            )
        )
    return found


def plating_days() -> int:
    """Within how many days nine in ten of the newest trade-ins were plated after the sale; 0 where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ceil(extract(epoch FROM percentile_cont(0.9) WITHIN GROUP (ORDER BY plated_at - purchased_at))"
            " / 86400)::int FROM (SELECT plated_at, purchased_at FROM ebikes_tradein ORDER BY id DESC LIMIT %s) newest",
            [NEWEST],
        )
        return max(0, cursor.fetchone()[0] or 0)
