"""A whole district: scheme, registers, trade-ins, and the licensing systems' own records."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

from ebikes.synthetic.files import write_csv, write_late, write_trade_ins
from ebikes.synthetic.late import make_late
from ebikes.synthetic.oddities import add_oddities
from ebikes.synthetic.people import BRANDS, SUBDISTRICTS, Registry
from ebikes.synthetic.trades import STAGES, Bike, Trade, make_trades

MERCHANTS, ENABLED, POINTS = 272, 264, 234
OVERFILED = 0.03  # filed so long ago that seven years have passed
STAGE_1_FEN = 78_000_000  # 780,000 yuan, as the source sets aside for the first stage
LATE_FILE = "waiting/4-纸质登记补录.csv"
BUDGET_FEN = 82_800_000  # and what the whole scheme is given here, so that the third stage runs dry

Progress = Callable[[float], None]


def write_district(
    folder: Path,
    *,
    bikes: int = 20_000,
    trade_ins: int = 3_500,
    seed: int = 2022,
    walk_ins: int = 0,
    progress: Progress = lambda part: None,
) -> list[Trade]:
    """Write a district pack into `folder`: the same for the same seed. `progress` is told the fraction done.

    Returns up to `walk_ins` clean trade-ins that both licensing systems know and no file holds: customers who still come.
    A district with walk-ins is there to be tried out, so it has a handful of what a person should look at, too, and a file
    (LATE_FILE) that waits to be confirmed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    registry = Registry(Random(seed))  # noqa: S311 - a made-up world, not a secret
    _write_scheme(folder)
    merchants, points = _write_merchants(folder, registry)
    filed = _make_bikes(bikes, registry, progress)
    trades = make_trades(filed, points[:230], merchants[ENABLED:], trade_ins, registry)
    if walk_ins:
        add_oddities(trades, dict(points), Random(seed + 1))  # noqa: S311 - likewise
    _write_bikes(folder, filed, trades, registry.rnd)
    progress(0.8)
    waiting = [trade for trade in reversed(trades) if trade.clean][:walk_ins]
    write_trade_ins(folder / "trade_ins", [t for t in trades if t not in waiting], registry.rnd)
    late = make_late(filed, trades, points, registry) if walk_ins else []
    if late:
        write_late(folder / LATE_FILE, late, trades[0])
    _write_licensing(folder, [*trades, *late])
    progress(1.0)
    return waiting


def _write_scheme(folder: Path) -> None:
    scheme = {
        "code": "gongshu-2022",
        "name": "拱墅区电动自行车“促销费稳增长”数字人民币补贴",
        "timezone": "Asia/Shanghai",
        "budget_fen": BUDGET_FEN,
        "head_of_line": "strict",
        "per_person_cap": 1,
        "filed_years_limit": 7,
        "settle_lag_hours": 0,
        "filing_plate_pattern": r"^杭[A-Z]\d{6}$",
        "digital_plate_pattern": r"^浙A[0-9A-Z]{6}$",
        "stages": [
            {
                "no": no,
                "starts_on": first.isoformat(),
                "ends_on": last.isoformat(),
                "amount_fen": fen,
                "cap_fen": STAGE_1_FEN if no == 1 else None,
            }
            for no, (first, last, fen) in enumerate(STAGES, start=1)
        ],
    }
    (folder / "scheme.json").write_text(json.dumps(scheme, ensure_ascii=False, indent=2), encoding="utf-8")


def _write_merchants(folder: Path, registry: Registry) -> tuple[list[str], list[tuple[str, str]]]:
    rnd = registry.rnd
    codes = [registry.merchant_code() for _ in range(MERCHANTS)]
    rows = []
    for n, code in enumerate(codes):
        where = rnd.choice(SUBDISTRICTS)
        registered = date(2021, 9, 1) + timedelta(days=rnd.randrange(180))
        enabled = date(2022, 3, 1) + timedelta(days=rnd.randrange(60)) if n < ENABLED else ""
        rows.append((code, f"{rnd.choice(BRANDS)}电动车{where}{n + 1}店", where, registered, enabled))
    write_csv(
        folder / "merchants.csv",
        ("统一社会信用代码", "名称", "街道", "平台注册日期", "淘汰置换开通日期"),
        rows,
    )
    points = [(f"GS-DB-{n + 1:03}", codes[n]) for n in range(POINTS)]
    first = STAGES[0][0]
    periods = [
        (
            no,
            code,
            first - timedelta(days=14),
            first + timedelta(days=rnd.randrange(30, 70)) if n % 60 == 31 else "",
        )
        for n, (no, code) in enumerate(points)
    ]
    write_csv(
        folder / "agent_points.csv", ("代办点编号", "商户统一社会信用代码", "授权起", "授权止"), periods
    )
    return codes, points


def _make_bikes(count: int, registry: Registry, progress: Progress) -> list[Bike]:
    rnd, bikes = registry.rnd, []
    for n in range(count):
        early = rnd.random() < OVERFILED
        filed = date(2014, 6, 1) if early else date(2018, 4, 15)
        filed += timedelta(days=rnd.randrange(300 if early else 600))
        bikes.append(Bike(f"杭{'ABCDEFGH'[n % 8]}{n:06}", filed, registry.person()))
        if n % 2000 == 0:
            progress(0.6 * n / count)
    return bikes


def _write_bikes(folder: Path, bikes: list[Bike], trades: list[Trade], rnd: Random) -> None:
    """The register. A bike that its owner retired as a second one is filed to that owner."""
    holders = {t.plate: t.person for t in trades if t.exing and t.exing["id_no"] == t.person.id_no}

    def row(bike: Bike) -> tuple[object, ...]:
        owner = holders.get(bike.plate, bike.owner)
        frame, motor = f"{rnd.choice('LYTX')}{rnd.randrange(10**11):011}", f"M{rnd.randrange(10**9):09}"
        where = rnd.choice(SUBDISTRICTS)
        person = (owner.name, "居民身份证", owner.id_no, owner.phone)
        return (bike.plate, bike.filed_on, frame, motor, rnd.choice(BRANDS), *person, where)

    header = (
        "备案号牌",
        "备案日期",
        "车架号",
        "电机号",
        "品牌",
        "车主姓名",
        "证件类型",
        "证件号码",
        "手机号",
        "街道",
    )
    write_csv(folder / "filed_bikes.csv", header, (row(bike) for bike in bikes))


def _write_licensing(folder: Path, trades: list[Trade]) -> None:
    write_csv(
        folder / "exing.csv",
        ("备案号牌", "证件号码", "备案状态", "注销时间", "回收时间", "回收代办点编号"),
        (
            (t.plate, e["id_no"], e["status"], e["deregistered"] or "", e["collected"] or "", e["point"])
            for t in trades
            if (e := t.exing)
        ),
    )
    write_csv(
        folder / "yunshenling.csv",
        ("号牌", "整车编码", "证件号码", "上牌时间", "车辆类型"),
        (
            (t.digital_plate, y["code"], y["id_no"], y["plated"], y["kind"])
            for t in trades
            if (y := t.yunshenling)
        ),
    )
