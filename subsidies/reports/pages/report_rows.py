"""The lines of the report: what each figure is called, what it counts, and where its rows are."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ebikes.models import FiledBike
from merchants.models import AgentPoint, Inspection, Merchant, SamplingLot, TradeInEvent, Training
from merchants.supervision.models.outreach import FOUR_VENUES
from subsidies.models import Claim
from subsidies.overview.pages.figure_links import Figure, Rows, completed
from subsidies.reports.selectors.report import BATTERIES, Report, rate
from subsidies.states import ClaimState


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: its share of the whole where it has one, and what it counts."""

    title: str
    figure: Figure
    meaning: str
    rate: str = ""


@dataclass(frozen=True, slots=True)
class ReportSection:
    """Figures that belong together."""

    title: str
    rows: list[Row]


def sections(found: Report, rows: Rows) -> list[ReportSection]:
    """Everything but the stages' money."""
    return [
        ReportSection(_("商户与代办点"), [*_shops(found, rows), *_points(found, rows)]),
        ReportSection(_("车辆与淘汰置换"), _bikes(found, rows)),
        ReportSection(_("培训和活动"), _outreach(found, rows)),
        ReportSection(_("一店一查和监督抽查"), [*_visits(found, rows), *_lots(found, rows)]),
    ]


def _shops(found: Report, rows: Rows) -> list[Row]:
    shops, day = found.shops, found.period.as_of
    on = {"day": day.isoformat()}

    def standing(name: str, count: int) -> Figure:
        return rows.figure(count, Merchant, standing=f"{name}@{day}")

    return [
        Row(
            pgettext("many", "销售商户"),
            rows.figure(shops.all, Merchant),
            _("本系统登记的全部销售商户。"),
        ),
        Row(
            _("平台注册"),
            standing("registered", shops.registered),
            _("截至 %(day)s 已在“浙江e行在线”注册的商户，占全部商户。") % on,
            rate(shops.registered, shops.all),
        ),
        Row(
            _("淘汰置换开通"),
            standing("enabled", shops.enabled),
            _("开通率：截至 %(day)s 已开通淘汰置换功能的商户，占全部商户；开通日期在此之后的不计。") % on,
            rate(shops.enabled, shops.all),
        ),
        Row(
            _("承诺书签订"),
            standing("signed", shops.signed),
            _("截至 %(day)s 已签订现行版本承诺书的商户，占全部商户。") % on,
            rate(shops.signed, shops.all),
        ),
        Row(
            _("承诺书上墙"),
            standing("posted", shops.posted),
            _("截至 %(day)s 已签订并上墙公示的商户，占全部商户。") % on,
            rate(shops.posted, shops.all),
        ),
    ]


def _points(found: Report, rows: Rows) -> list[Row]:
    points, period = found.points, found.period
    during = f"during@{period.first}_{period.last}"
    return [
        Row(
            _("授牌代办点"),
            rows.figure(points.during, AgentPoint, authorised=during),
            _("期内有过授权的代办点，无论后来是否到期或撤回。"),
        ),
        Row(
            _("其中期末有效"),
            rows.figure(points.authorised, AgentPoint, authorised=f"yes@{period.as_of}"),
            _("%s 当天仍在授权期内的代办点。") % period.as_of,
        ),
    ]


def _bikes(found: Report, rows: Rows) -> list[Row]:
    period, trade_ins = found.period, found.trade_ins
    lines = [
        Row(_("备案非标电动自行车"), rows.figure(found.bikes, FiledBike), _("备案登记中的全部车辆。")),
        Row(
            _("“码牌合一”号牌"),
            Figure("–"),
            _("全区累计发放数由“云申领”掌握，本系统只有淘汰置换新车的号牌，不作推算。"),
        ),
    ]
    if found.scheme is None:
        return lines
    days = (found.scheme, period.first, period.last)
    received = [state for state in ClaimState if state != ClaimState.CANCELLED]
    return [
        *lines,
        Row(
            _("线上淘汰置换"),
            rows.figure(trade_ins.all, Claim, **completed(*days, received)),
            _("期内完成全流程的淘汰置换，已撤回的不计，不予补贴的计入。"),
        ),
        Row(
            _("其中不予补贴"),
            rows.figure(trade_ins.refused, Claim, **completed(*days, [ClaimState.REFUSED])),
            _("期内完成、经核验不予补贴的。"),
            rate(trade_ins.refused, trade_ins.all),
        ),
        Row(
            _("其中凭书面材料核验"),
            rows.figure(
                trade_ins.on_paper,
                Claim,
                **completed(*days, [state for state in received if state != ClaimState.REFUSED]),
                on_paper="yes",
            ),
            _("系统没有答复或答复有误，由两人确认的书面材料代替的。"),
        ),
    ]


def _outreach(found: Report, rows: Rows) -> list[Row]:
    outreach, period = found.outreach, found.period
    days = {"held_on__gte": period.first, "held_on__lte": period.as_of}
    four = ",".join(FOUR_VENUES)
    return [
        Row(
            _("商户培训"),
            rows.figure(outreach.trainings, Training, **days),
            _("期内已举办的培训场次。"),
        ),
        Row(
            _("集中淘汰置换活动"),
            rows.figure(outreach.events, TradeInEvent, **days),
            _("期内已举办的活动场次。"),
        ),
        Row(
            _("其中“四进”"),
            rows.figure(outreach.four_venues, TradeInEvent, venue_kind__in=four, **days),
            _("进机关、进街道社区、进企业、进校园的活动。"),
        ),
        Row(_("活动当天置换车辆"), Figure(f"{outreach.bikes:,}"), _("各场活动填报的当天置换车辆数之和。")),
    ]


def _visits(found: Report, rows: Rows) -> list[Row]:
    work, shops, period = found.supervision, found.shops, found.period
    days = {"inspected_on__gte": period.first, "inspected_on__lte": period.last}
    return [
        Row(
            _("一店一查"),
            rows.figure(work.visits, Inspection, **days),
            _("期内上门检查的次数。"),
        ),
        Row(
            _("检查到的商户"),
            Figure(f"{shops.visited:,}"),
            _("期内至少检查一次的商户，占全部商户。"),
            rate(shops.visited, shops.all),
        ),
        Row(
            _("发现问题"),
            rows.figure(work.with_faults, Inspection, faulty__exact=1, **days),
            _("期内有一项或几项问题的检查，占全部检查。"),
            rate(work.with_faults, work.visits),
        ),
        Row(
            _("其中待整改"),
            rows.figure(work.to_be_put_right, Inspection, rectification="open", **days),
            _("期内检查发现、至今没有填写整改完成日期的。"),
        ),
    ]


def _lots(found: Report, rows: Rows) -> list[Row]:
    work, period = found.supervision, found.period
    days = {"sampled_on__gte": period.first, "sampled_on__lte": period.last}
    bikes = {**days, "kind__exact": SamplingLot.Kind.E_BIKE}
    others = [kind for kind in SamplingLot.Kind if kind not in (SamplingLot.Kind.E_BIKE, *BATTERIES)]
    enforcement = {**bikes, "purpose__exact": SamplingLot.Purpose.ENFORCEMENT}
    taken = work.e_bike_lots + work.battery_lots + work.other_lots
    return [
        Row(
            _("抽查电动自行车(批次)"),
            rows.figure(work.e_bike_lots, SamplingLot, **bikes),
            _("期内抽样的批次数之和。"),
        ),
        Row(
            _("其中执法抽检(批次)"),
            rows.figure(work.enforcement_lots, SamplingLot, **enforcement),
            _("抽检性质为执法抽检的电动自行车批次。"),
        ),
        Row(
            _("抽查蓄电池(批次)"),
            rows.figure(work.battery_lots, SamplingLot, kind__in=",".join(BATTERIES), **days),
            _("铅酸和锂离子蓄电池的批次数之和。"),
        ),
        Row(
            _("抽查其他产品(批次)"),
            rows.figure(work.other_lots, SamplingLot, kind__in=",".join(others), **days),
            _("充电器、头盔等的批次数之和。"),
        ),
        Row(
            _("不合格(批次)"),
            rows.figure(work.failed_lots, SamplingLot, result__exact=SamplingLot.Result.FAILED, **days),
            _("已出结果中不合格的批次数，占全部批次。"),
            rate(work.failed_lots, taken),
        ),
    ]
