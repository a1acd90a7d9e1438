"""Made-up trade-ins: when people come, what goes wrong, and what the two licensing systems know of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from ebikes.synthetic.people import BRANDS, Person, Registry

STAGES = (
    (date(2022, 6, 1), date(2022, 6, 30), 30000),
    (date(2022, 7, 1), date(2022, 7, 31), 20000),
    (date(2022, 8, 1), date(2022, 8, 31), 10000),
)
SHARES = (0.875, 0.075, 0.05)  # most people come while it is 300 yuan
EVENT_DAYS = (5, 12, 18, 25)  # collective trade-in events
FLAWED = 0.09
FAILING_WALLETS = (
    "0000",
    "0001",
    "0002",
    "0000",
    "0001",
    "0002",
)  # as the stub of the operator understands them


@dataclass(frozen=True, slots=True)
class Bike:
    """A filed bike of the register."""

    plate: str
    filed_on: date
    owner: Person


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade-in as it happened, and what each licensing system holds of it (None: nothing)."""

    record_no: str
    plate: str
    person: Person
    merchant: str
    point: str
    times: dict[str, datetime]
    vehicle_code: str
    digital_plate: str
    brand: str
    invoice: str
    price_fen: int
    exing: dict[str, Any] | None
    yunshenling: dict[str, Any] | None
    remark: str = ""

    @property
    def clean(self) -> bool:
        """Whether both systems hold just what the record says."""
        old = {"id_no": self.person.id_no, "status": "已注销", "point": self.point}
        new = {"id_no": self.person.id_no, "code": self.vehicle_code, "kind": "标准"}
        return bool(
            self.exing
            and self.yunshenling
            and old.items() <= self.exing.items()
            and new.items() <= self.yunshenling.items()
            and self.exing["collected"]
        )


def make_trades(
    bikes: list[Bike], points: list[tuple[str, str]], unready: list[str], count: int, registry: Registry
) -> list[Trade]:
    """Trade in `count` of `bikes` at `points` (number, merchant); `unready` merchants never got the function enabled."""
    rnd = registry.rnd
    trades = [
        make_trade(n, bike, *rnd.choice(points), registry)
        for n, bike in enumerate(rnd.sample(bikes, count), start=1)
    ]
    flaws = _flaws(unready, registry)
    for i in rnd.sample(range(count), int(count * FLAWED)):
        trades[i] = rnd.choice(flaws)(trades[i])
    _second_bikes(trades, rnd)
    _failing_wallets(trades, rnd)
    return sorted(trades, key=lambda t: t.times["plated"] + timedelta(hours=rnd.randrange(36)))


def make_trade(number: int, bike: Bike, point: str, merchant: str, registry: Registry) -> Trade:
    """A trade-in that went as it should, known to both licensing systems."""
    rnd = registry.rnd
    deregistered = _arrival(rnd)
    collected = deregistered + timedelta(minutes=rnd.randrange(3, 50), seconds=rnd.randrange(60))
    purchased = collected + timedelta(minutes=rnd.randrange(5, 70), seconds=rnd.randrange(60))
    slow = rnd.random() < 0.2
    plated = purchased + timedelta(minutes=rnd.randrange(900, 4000) if slow else rnd.randrange(10, 150))
    code, plate = registry.vehicle_code(), registry.digital_plate()
    return Trade(
        record_no=f"GS2022{number:07}",
        plate=bike.plate,
        person=bike.owner,
        merchant=merchant,
        point=point,
        times={
            "deregistered": deregistered,
            "collected": collected,
            "purchased": purchased,
            "plated": plated,
        },
        vehicle_code=code,
        digital_plate=plate,
        brand=rnd.choice(BRANDS),
        invoice=f"{rnd.randrange(10**20):020}",
        price_fen=rnd.randrange(15999, 49999) // 100 * 1000 + 9900,
        exing={
            "id_no": bike.owner.id_no,
            "status": "已注销",
            "deregistered": deregistered,
            "collected": collected,
            "point": point,
        },
        yunshenling={"id_no": bike.owner.id_no, "code": code, "plated": plated, "kind": "标准"},
    )


def _arrival(rnd: Random) -> datetime:
    """A stage by its share, then a day: weekends and event days are busy, and the last days before a cut-off most."""
    first, last, _ = rnd.choices(STAGES, SHARES)[0]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weights = [1 + (d.weekday() > 4) + 2 * (d.day in EVENT_DAYS) + 3 * ((last - d).days < 3) for d in days]
    day = rnd.choices(days, weights)[0]
    return datetime(day.year, day.month, day.day, 9) + timedelta(seconds=rnd.randrange(9 * 3600))  # noqa: DTZ001 - a wall clock


def _flaws(unready: list[str], registry: Registry) -> list[Callable[[Trade], Trade]]:
    """What goes wrong now and then; each must be found by one check."""
    rnd = registry.rnd

    def exing(trade: Trade, **changes: Any) -> Trade:
        return replace(trade, exing={**(trade.exing or {}), **changes})

    def plate(trade: Trade, **changes: Any) -> Trade:
        return replace(trade, yunshenling={**(trade.yunshenling or {}), **changes})

    def other_owner(trade: Trade) -> Trade:
        person = registry.person()
        return plate(replace(trade, person=person), id_no=person.id_no)

    return [
        lambda t: replace(t, plate="杭Z" + t.plate[2:], exing=None),
        other_owner,
        lambda t: exing(t, status="有效", deregistered=None),
        lambda t: exing(t, collected=None),
        lambda t: replace(t, yunshenling=None),
        lambda t: plate(t, id_no=registry.person().id_no),
        lambda t: plate(t, code=registry.vehicle_code()),
        lambda t: plate(t, kind="非标"),
        lambda t: replace(t, merchant=rnd.choice(unready)),
        lambda t: plate(t, plated=t.times["plated"] + timedelta(days=rnd.randrange(1, 5))),
        lambda t: plate(t, plated=t.times["plated"] + timedelta(days=120)),
    ]


def _second_bikes(trades: list[Trade], rnd: Random) -> None:
    """Some people retire two bikes: the person's cap is theirs."""
    sound = [
        i for i, t in enumerate(trades) if t.exing and t.yunshenling and t.exing["id_no"] == t.person.id_no
    ]
    chosen = rnd.sample(sound, 40)
    for one, other in zip(chosen[::2], chosen[1::2], strict=True):
        person = trades[one].person
        second = trades[other]
        trades[other] = replace(
            second,
            person=person,
            exing={**(second.exing or {}), "id_no": person.id_no},
            yunshenling={**(second.yunshenling or {}), "id_no": person.id_no},
        )


def _failing_wallets(trades: list[Trade], rnd: Random) -> None:
    """A few wallets of the first stage that the operator will refuse."""
    early = [
        i for i, t in enumerate(trades) if t.times["plated"].date() <= STAGES[0][1] and t.person.wallet_no
    ]
    for i, ending in zip(rnd.sample(early, len(FAILING_WALLETS)), FAILING_WALLETS, strict=True):
        person = trades[i].person
        trades[i] = replace(trades[i], person=replace(person, wallet_no=person.wallet_no[:12] + ending))
