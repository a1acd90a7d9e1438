"""What a made-up regulator did in the first half of 2022, at the figures of the half-year report."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random

from django.db import transaction

from ebikes.synthetic.people import SURNAMES, Registry
from ebikes.synthetic.publicity import write_publicity
from merchants.letters.signing import current_text
from merchants.models import (
    AgentAuthorization,
    AgentPoint,
    CommitmentLetter,
    Inspection,
    Merchant,
    PlannedCategory,
    SamplingLot,
    SamplingPlan,
    TradeInEvent,
    Training,
)
from merchants.supervision.models.inspection import ITEMS, Finding

TRAININGS = 253
TOPICS = ("浙江e行在线操作", "淘汰置换办理流程", "补贴政策解读", "承诺书签订和上墙公示", "经营规范和明码标价")
# Kind and place of each event; the first twelve are the four-venue outreach (四进).
EVENTS = (
    *(("office", "拱墅区政府"), ("office", "区市场监管局"), ("office", "区行政服务中心")),
    *(
        ("community", "祥符街道"),
        ("community", "半山街道"),
        ("community", "和睦街道"),
        ("community", "大关街道"),
    ),
    *(("enterprise", "北部软件园"), ("enterprise", "杭州钢铁园区"), ("enterprise", "运河科创园")),
    *(("campus", "浙大城市学院"), ("campus", "树人学院")),
    *(("mall", "武林银泰"), ("mall", "嘉里中心"), ("mall", "城西银泰")),
)
E_BIKE_LOTS, ENFORCED, BATTERY_LOTS = 10, 2, 5
LABORATORY = "市产品质量检验研究院"
FAILED = {2, 7, 11}  # of the lots, counted from 0 through both kinds
# The year's plan (2022年度产品质量监督抽查工作方案): lots planned and drawn by the middle of the year, of each category.
DOCUMENT, BUDGET_FEN, LOT_FEN = "2022年度产品质量监督抽查工作方案", 25_000_000, 300_000
PLAN = (
    *(("电动自行车", 10, 0), ("电动自行车铅酸电池", 5, 0), ("燃气器具及配件", 8, 8), ("车用汽油", 5, 5)),
    *(("非医用口罩", 5, 5), ("塑料购物袋", 5, 5), ("儿童服装", 5, 5), ("儿童玩具", 5, 5), ("成人服装", 5, 5)),
    *(("电线电缆", 7, 0), ("家用电器", 6, 0), ("食品相关产品", 6, 0), ("消防产品", 6, 0)),
)
# What is written down of a fault, by its head.
FOUND = {
    "uncertified": "在售两辆未能提供有效的 CCC 证书",
    "beyond_scope": "实际经营地址与登记不一致",
    "modified": "一辆在售车解除限速、加装雨篷",
    "trademark": "店招使用他人注册商标，未能提供授权",
    "price_marking": "部分配件未明码标价",
    "price_gouging": "补贴期间标价上涨，未能说明理由",
}
FAULTY_SHOPS, STILL_FAULTY = 20, 3
FIRST, OPENED = date(2022, 1, 10), date(2022, 7, 4)


@transaction.atomic
def write_supervision(*, seed: int = 2022) -> None:
    """Letters, trainings, events, publicity, inspections of every shop and spot checks. Of two shops that opened in July one
    has yet to sign its letter, so that this can be tried out; the other has signed and not put it on its wall."""
    rnd = Random(seed)  # noqa: S311 - a made-up world, not a secret
    shops = list(Merchant.objects.order_by("uscc"))
    _letters(shops, rnd)
    _new_shops(Registry(rnd))
    write_publicity()
    _trainings(shops, rnd)
    _events(shops, rnd)
    _inspections(shops, rnd)
    _lots(shops, rnd)


def _day(rnd: Random, days: int) -> date:
    return FIRST + timedelta(days=rnd.randrange(days))


def _letters(shops: Iterable[Merchant], rnd: Random) -> None:
    text = current_text()
    letters = []
    for shop in shops:
        signed_on = date(2022, 5, 5) + timedelta(days=rnd.randrange(20))
        letters.append(
            CommitmentLetter(
                merchant=shop,
                text_version=text.version,
                text_sha256=text.sha256,
                signed_on=signed_on,
                signer=f"{rnd.choice(SURNAMES)}店长",
                posted_at=signed_on + timedelta(days=rnd.randrange(4)),
            )
        )
    CommitmentLetter.objects.bulk_create(letters)


def _new_shops(registry: Registry) -> None:
    """Two that opened after the first half of the year: the one in whose letter something is missing comes last."""
    text = current_text()
    for n, name in enumerate(("新门头电动车祥符1店", "新门头电动车半山2店"), start=1):
        shop = Merchant.objects.create(
            uscc=registry.merchant_code(),
            name=name,
            subdistrict=name[6:8],
            registered_on=OPENED,
            trade_in_enabled_on=OPENED,
        )
        point = AgentPoint.objects.create(point_no=f"GS-DB-N{n:02}", merchant=shop)
        AgentAuthorization.objects.create(agent_point=point, starts_on=OPENED)
        if n == 2:
            told = {"text_version": text.version, "text_sha256": text.sha256, "signer": "新店店长"}
            CommitmentLetter.objects.create(merchant=shop, signed_on=OPENED, **told)


def _trainings(shops: Sequence[Merchant], rnd: Random) -> None:
    trainings = Training.objects.bulk_create(
        Training(
            title=f"{TOPICS[n % len(TOPICS)]}（第{n // len(TOPICS) + 1}期）",
            held_on=_day(rnd, 165),
            place=rnd.choice(shops).subdistrict + "街道",
        )
        for n in range(TRAININGS)
    )
    link = Training.attended_by.through
    link.objects.bulk_create(
        link(training_id=training.pk, merchant_id=shops[(n * 9 + k) % len(shops)].pk)
        for n, training in enumerate(trainings)
        for k in range(9)
    )


def _events(shops: Sequence[Merchant], rnd: Random) -> None:
    events = TradeInEvent.objects.bulk_create(
        TradeInEvent(
            held_on=date(2022, 4, 15) + timedelta(days=5 * n),
            venue_kind=kind,
            place=place,
            organiser="拱墅区市场监管局",
            bikes=rnd.randrange(12, 60),
        )
        for n, (kind, place) in enumerate(EVENTS)
    )
    link = TradeInEvent.merchants.through
    link.objects.bulk_create(
        link(tradeinevent_id=event.pk, merchant_id=shop.pk)
        for event in events
        for shop in rnd.sample(shops, min(8, len(shops)))
    )


def _inspections(shops: Sequence[Merchant], rnd: Random) -> None:
    faulty = rnd.sample(range(len(shops)), min(FAULTY_SHOPS, len(shops)))
    open_ones = set(faulty[:STILL_FAULTY])
    found = []
    for n, shop in enumerate(shops):
        on = _day(rnd, 150)
        visit = Inspection(
            merchant=shop,
            inspected_on=on,
            inspectors=f"{rnd.choice(SURNAMES)}队、{rnd.choice(SURNAMES)}工",
            **dict.fromkeys(ITEMS, Finding.OK),
        )
        visit.conclusion = Inspection.Conclusion.CLEAN
        if n in faulty:
            item = rnd.choice(ITEMS)
            setattr(visit, item, Finding.FAULT)
            setattr(visit, f"{item}_note", FOUND[item])
            visit.conclusion = Inspection.Conclusion.RECTIFY
            visit.rectify_by = on + timedelta(days=15)
            visit.rectified_on = None if n in open_ones else on + timedelta(days=rnd.randrange(1, 15))
        found.append(visit)
    Inspection.objects.bulk_create(found)


def _plan() -> dict[str, PlannedCategory]:
    plan = SamplingPlan.objects.create(year=2022, document=DOCUMENT, budget_fen=BUDGET_FEN)
    return {
        title: PlannedCategory.objects.create(plan=plan, title=title, lots=lots)
        for title, lots, _drawn in PLAN
    }


def _lots(shops: Sequence[Merchant], rnd: Random) -> None:
    lots, categories = [], _plan()
    for title, _planned, drawn in PLAN:
        if drawn:
            on, cost = _day(rnd, 160), drawn * LOT_FEN
            told = {"product": title, "lots": drawn, "cost_fen": cost, "laboratory": LABORATORY}
            lots.append(SamplingLot(kind="other", sampled_on=on, category=categories[title], **told))
    for n, shop in enumerate(rnd.sample(shops, min(E_BIKE_LOTS + BATTERY_LOTS, len(shops)))):
        bike, failed = n < E_BIKE_LOTS, n in FAILED
        lots.append(
            SamplingLot(
                kind="e_bike" if bike else "lead_acid",
                product="电动自行车" if bike else "铅酸蓄电池",
                model_no=f"TDT{n + 101}Z" if bike else f"6-DZF-{12 + n}",
                maker="示例车业有限公司",
                laboratory=LABORATORY,
                category=categories["电动自行车" if bike else "电动自行车铅酸电池"],
                cost_fen=LOT_FEN,
                failing=("制动性能" if bike else "容量") if failed else "",
                purpose="enforcement" if n < ENFORCED else "routine",
                merchant=shop,
                sampled_on=_day(rnd, 160),
                lots=1,
                failed=int(failed),
                result="failed" if failed else "passed",
                report_no=f"JC2022-{n + 1:04}",
                follow_up="已下架，责令整改" if failed else "",
            )
        )
    SamplingLot.objects.bulk_create(lots)
