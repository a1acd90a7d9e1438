"""Before the sale: would this bike and this person get the subsidy, how much, and what is still missing.

Answers from the district's own records; what e行在线 says of the old bike is added where it answers at once. Nothing
is kept, and no place is held: only a finished trade-in has one.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db import connection
from django.utils.translation import gettext as _

from core.privacy.sealing import blind_index
from ebikes.licensing.answers import Answer, ExingRecord
from ebikes.models import FiledBike
from merchants.models import AgentAuthorization, Merchant
from subsidies.engine.case import DEREGISTERED, anniversary
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
    id_no: str,
    day: date,
    exing: Answer[ExingRecord] | None = None,
) -> Precheck:
    """Look at one bike and person as if the flow were finished on `day`. `plate` and `id_no` normalised."""
    policy = scheme.policies.latest("version")
    holder = blind_index(id_no, context="id_no")
    stages = _outlook(scheme, day)
    findings = [
        *_filing(plate, holder, policy, day),
        *_used(scheme, policy, plate, holder),
        *_shop(merchant, day),
        *_old_bike(exing, holder),
        *_money(stages, day),
    ]
    return Precheck(tuple(findings), tuple(stages), scheme.available_fen)


def _filing(plate: str, holder: bytes, policy: PolicyVersion, day: date) -> list[Finding]:
    bike = FiledBike.objects.select_related("owner").filter(filing_plate_no=plate).first()
    if bike is None:
        return [Finding("not_filed", Verdict.BAD, _("号牌 %s 不在本区备案之列，请核对是否录错") % plate)]
    if bytes(bike.owner.id_index) != holder:
        return [Finding("other_owner", Verdict.BAD, _("这辆车备案在他人名下，只有备案车主本人可以领取补贴"))]
    found = [Finding("filed", Verdict.GOOD, _("%s 备案在本人名下") % bike.filed_on)]
    if policy.filed_years_limit:
        last = anniversary(bike.filed_on, policy.filed_years_limit)
        if day > last:
            text = _("备案已满 %(years)s 年(%(last)s)，不再享受补贴")
            found.append(
                Finding(
                    "filed_too_long", Verdict.BAD, text % {"years": policy.filed_years_limit, "last": last}
                )
            )
        else:
            found.append(Finding("filed_on", Verdict.GOOD, _("备案未超年限，最晚 %s 前办完") % last))
    return found


def _used(scheme: Scheme, policy: PolicyVersion, plate: str, holder: bytes) -> list[Finding]:
    used = Claim.objects.filter(filing_plate_no=plate, live=True).first()
    if used is not None:
        state = ClaimState(used.state).label
        return [Finding("bike_already_claimed", Verdict.BAD, _("这辆旧车已有一份申请(%s)") % state)]
    if policy.per_person_cap:
        own = Claim.objects.filter(scheme=scheme, owner__id_index=holder).exclude(state__in=ENDED).count()
        if own >= policy.per_person_cap:
            text = _("本人已有 %(own)s 份申请，每人最多 %(cap)s 份")
            return [Finding("person_cap", Verdict.BAD, text % {"own": own, "cap": policy.per_person_cap})]
    return [Finding("unused", Verdict.GOOD, _("这辆旧车和本人都还没有申请过"))]


def _shop(merchant: Merchant, day: date) -> list[Finding]:
    if merchant.trade_in_enabled_on is None or merchant.trade_in_enabled_on > day:
        return [
            Finding("merchant_not_enabled", Verdict.BAD, _("本店尚未开通淘汰置换功能，请先联系监管局开通"))
        ]
    points = AgentAuthorization.objects.filter(agent_point__merchant=merchant, starts_on__lte=day)
    if not points.exclude(ends_on__lt=day).exists():
        return [
            Finding("point_not_authorised", Verdict.WARN, _("本店没有在有效期内的代办点，请到授权代办点交车"))
        ]
    return []


def _old_bike(exing: Answer[ExingRecord] | None, holder: bytes) -> list[Finding]:
    """What is still to be done with the old bike, as e行在线 has it."""
    if exing is None or exing.outcome == "unknown":
        return [Finding("exing_unknown", Verdict.WARN, _("浙江e行在线暂时没有答复，以上按本区备案登记判断"))]
    record = exing.record
    if record is None:
        return [Finding("not_filed", Verdict.BAD, _("浙江e行在线没有这辆车的备案"))]
    if blind_index(record.id_no, context="id_no") != holder:
        return [Finding("other_owner", Verdict.BAD, _("浙江e行在线登记的车主不是本人"))]
    todo = []
    if record.status != DEREGISTERED:
        todo.append(Finding("not_deregistered", Verdict.TODO, _("还要办：注销旧车备案")))
    if record.collected_at is None:
        todo.append(Finding("not_collected", Verdict.TODO, _("还要办：把旧车交给授权代办点回收")))
    todo.append(Finding("to_plate", Verdict.TODO, _("还要办：购买新车并完成上牌")))
    return todo


def _outlook(scheme: Scheme, day: date) -> list[StageOutlook]:
    free = max(0, scheme.available_fen - _waiting_fen(scheme))
    return [
        StageOutlook(
            stage,
            now=stage.starts_on <= day <= stage.ends_on,
            left_fen=free if stage.cap_fen is None else min(free, stage.cap_fen - stage.committed_fen),
        )
        for stage in scheme.stages.order_by("no")
        if stage.ends_on >= day
    ]


def _waiting_fen(scheme: Scheme) -> int:
    """What the claims that are being checked or wait already count on: whole hours of tallies, at their stage's amount."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(t.count * st.amount_fen), 0)::bigint FROM subsidies_claimtally t"
            " JOIN subsidies_stage st ON st.scheme_id = t.scheme_id"
            " AND (t.hour AT TIME ZONE 'Asia/Shanghai')::date BETWEEN st.starts_on AND st.ends_on"
            " WHERE t.scheme_id = %s AND t.state IN ('received', 'checking', 'needs_correction', 'review', 'eligible',"
            " 'waitlisted')",
            [scheme.pk],
        )
        return int(cursor.fetchone()[0])


def _money(stages: list[StageOutlook], day: date) -> list[Finding]:
    if not stages:
        return [Finding("outside_stages", Verdict.BAD, _("补贴各阶段都已结束"))]
    current = next((s for s in stages if s.now), None)
    if current is None:
        return [Finding("outside_stages", Verdict.WARN, _("%s 不在任何补贴阶段内") % day)]
    found = []
    if current.left_fen < current.stage.amount_fen:
        found.append(
            Finding("no_money", Verdict.WARN, _("资金可能已经排完：现在完成的只能候补，不要向顾客承诺补贴"))
        )
    days = plating_days()
    if days and (current.stage.ends_on - day).days < days:
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
                    "yuan": later.stage.amount_fen // 100 if later else 0,
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
