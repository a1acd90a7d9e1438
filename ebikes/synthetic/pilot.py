"""A pilot (试点) before the scheme: a few thousand trade-ins of a quarter, all sound, to be paid day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from ebikes.synthetic.files import COLUMNS, cells_of, write_csv
from ebikes.synthetic.people import BRANDS, SUBDISTRICTS, Person, Registry
from ebikes.synthetic.trades import Bike, Trade, make_trade

PILOT_FEN = 30_000
SEED = 20_260_801
BORN = date(2004, 1, 1)  # nobody of the district itself is so young
BEYOND = {
    "phone": 50_000_000,
    "wallet": 5 * 10**9,
    "vehicle": 50_000_000,
}  # numbers that the district does not reach


def write_pilot(
    folder: Path,
    *,
    count: int,
    first: date,
    last: date,
    points: Sequence[tuple[str, str]],
    wallets: Mapping[int, str],
) -> list[Trade]:
    """Write the pilot's register and its trade-ins, completed between two days, at these points (number, merchant).

    `wallets`: by the record's number, from 1, how its wallet ends, where the operator is to see something in it.
    """
    registry = Registry(Random(SEED))  # noqa: S311 - a made-up world, not a secret
    registry.begin_at(BEYOND)
    rnd = registry.rnd
    trades = [_trade(n, registry, points, first, last) for n in range(1, count + 1)]
    for number, ending in wallets.items():
        trade = trades[number - 1]
        person = replace(trade.person, wallet_no=f"00{number:010}{ending}")
        trades[number - 1] = replace(trade, person=person)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        (
            t.plate,
            date(2021, 3, 1),
            f"P{n:011}",
            f"MP{n:08}",
            rnd.choice(BRANDS),
            *_who(t.person),
            rnd.choice(SUBDISTRICTS),
        )
        for n, t in enumerate(trades)
    ]
    titles = (
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
    write_csv(folder / "filed_bikes.csv", titles, rows)
    write_csv(folder / "trade_ins.csv", COLUMNS, ([cells_of(t)[c] for c in COLUMNS] for t in trades))
    return trades


def _who(person: Person) -> tuple[str, str, str, str]:
    return person.name, "居民身份证", person.id_no, person.phone


def _trade(
    number: int, registry: Registry, points: Sequence[tuple[str, str]], first: date, last: date
) -> Trade:
    rnd = registry.rnd
    person = registry.person(born=BORN + timedelta(days=rnd.randrange(900)))
    bike = Bike(f"杭P{number:06}", date(2021, 3, 1), person)
    trade = make_trade(number, bike, *rnd.choice(points), registry)
    day = first + timedelta(days=rnd.randrange((last - first).days))
    began = datetime.combine(day, time(9)) + timedelta(seconds=rnd.randrange(6 * 3600))
    shift = began - trade.times["deregistered"]
    times = {name: at + shift for name, at in trade.times.items()}
    if times["plated"].date() > last:
        times["plated"] = times["purchased"] + timedelta(minutes=30)
    return replace(
        trade, record_no=f"SD{first.year}{number:07}", digital_plate=f"浙AZ{number:05}", times=times
    )
