"""What a template of the prose may say: each figure by its name, and the ways in which the bureau writes numbers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.money import plain_yuan
from subsidies.models import StatedFigure

Exactness = StatedFigure.Exactness
WAN = 10_000
UNTOLD = "（未登记）"


@dataclass(frozen=True, slots=True)
class Word:
    """A figure in a sentence. `part`: it and the whole of which it is a share; `notes`: where or by which account."""

    value: int | None
    is_money: bool = False
    exactness: str = Exactness.EXACT
    part: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self._hedged(_plain(self))

    def _hedged(self, text: str) -> str:
        if self.value is None:
            return UNTOLD
        return {Exactness.OVER: f"{text}余", Exactness.NEARLY: f"近{text}"}.get(
            Exactness(self.exactness), text
        )

    def in_wan(self) -> str:
        """`4.5万余`, `78万`; below ten thousand as it is."""
        number = None if self.value is None else _units(self)
        if number is None or number < WAN:
            return str(self)
        return self._hedged(f"{number / WAN:.2f}".rstrip("0").rstrip(".") + "万")


def _units(word: Word) -> int:
    """Pieces, or whole yuan."""
    return (word.value or 0) // (100 if word.is_money else 1)


def _plain(word: Word) -> str:
    return plain_yuan(word.value or 0).removesuffix(".00") if word.is_money else str(word.value or 0)


def rounded_down(word: Word) -> str:
    """`250余` of 253: to the ten below; a round number as it is."""
    number = _units(word)
    return str(word) if word.value is None or number < 10 or number % 10 == 0 else f"{number // 10 * 10}余"


def in_characters(number: Word | int) -> str:
    """`十二` of 12."""
    if isinstance(number, Word) and number.value is None:
        return UNTOLD
    value = _units(number) if isinstance(number, Word) else int(number)
    import cn2an  # noqa: PLC0415 - it takes a sixth of the start of every process

    told: str = cn2an.an2cn(str(value))
    return told.removeprefix("一") if 10 <= value < 20 else told


def percent(word: Word) -> str:
    """The share to a tenth, `97.1%`; `100%` of the whole and of nothing less."""
    if word.part is None or not word.part[1]:
        return UNTOLD
    part, whole = word.part
    return "100%" if part == whole else f"{min(1000 * part // whole, 999) / 10:.1f}%"


def whole_percent(word: Word) -> str:
    """The share in whole per cent, rounded down: `97%`."""
    if word.part is None or not word.part[1]:
        return UNTOLD
    part, whole = word.part
    return f"{100 * part // whole}%"


def listed(word: Word) -> str:
    """Where or by which account: `武林银泰、嘉里中心`."""
    return "、".join(word.notes) or UNTOLD


def day_in_words(day: date) -> str:
    """`2022年6月30日`."""
    return f"{day.year}年{day.month}月{day.day}日"


FILTERS: dict[str, Callable[..., Any]] = {
    "万": Word.in_wan,
    "余": rounded_down,
    "汉字": in_characters,
    "百分比": percent,
    "整百分比": whole_percent,
    "列举": listed,
    "数": lambda word: word.value or 0,
    "日期": day_in_words,
}


def stages_in_words(stages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How a scheme's stages are spoken of: how many, from which month to which, at which amounts."""
    known = list(stages)
    months = [int(each[end][5:7]) for each in known for end in ("starts_on", "ends_on")]
    amounts = [f"{plain_yuan(each['amount_fen']).removesuffix('.00')}元" for each in known]
    spoken = [in_characters(month) for month in (min(months), max(months))] if months else []
    return {
        "阶段数": len(known),
        "阶段月份": "月至".join(spoken) + "月" if spoken else UNTOLD,
        "阶段标准": "、".join(amounts),
    }
