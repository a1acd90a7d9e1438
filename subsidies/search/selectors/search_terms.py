"""What a text that somebody typed may name: each way of naming whose form it has, read as an import would read it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ebikes.importing import fields, identity
from ebikes.importing.problems import Problem, masked, sentence
from ebikes.importing.text import as_text, compact, free_text

LONGEST = 200
_RESIDENT_LENGTH = re.compile(r"\d{17}[\dX]", re.ASCII)
_USCC_LENGTH = re.compile(r"[0-9A-Z]{18}", re.ASCII)
_OFFICE_NUMBER = re.compile(r"[!-~]{2,64}")
_PAYOUT_NUMBER = re.compile(r"[0-9A-Z]{8,32}", re.ASCII)
_PLATE = re.compile(r"(?=.*\d)[\u4e00-\u9fffA-Z0-9]{2,32}")
_NAME = re.compile(r"(?=.*[\u4e00-\u9fffA-Za-z]).{2,100}")
_PERSON = re.compile(r"[\u4e00-\u9fff·]{2,4}")


@dataclass(frozen=True, slots=True)
class Reading:
    """The text as one way of naming reads it; the value stays out of logs."""

    way: str
    value: str = field(repr=False)

    @property
    def title(self) -> str:
        return str(WAYS[self.way][0])


def _id_no(text: str) -> str | None:
    """A number of any kind of document. 18 characters are looked for even if their check character is wrong."""
    number = compact(text)
    if _RESIDENT_LENGTH.fullmatch(number):
        return number
    return number if any(_accepts(rule, number) for rule in identity.KINDS.values()) else None


def _accepts(rule: Callable[[str], str], number: str) -> bool:
    try:
        return bool(rule(number))
    except Problem:
        return False


def _uscc(text: str) -> str | None:
    """A code with the right check character, or one that cannot be anything else: 18 characters with letters."""
    code = compact(text)
    if _USCC_LENGTH.fullmatch(code) and not _RESIDENT_LENGTH.fullmatch(code):
        return code
    return fields.uscc(code)


def _matching(pattern: re.Pattern[str], tidy: Callable[[str], str]) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        value = tidy(text)
        return value if pattern.fullmatch(value) else None

    return read


# Each way: what it is called, and how a text is read; None, or a Problem, where it has not that form. In the order in
# which they are told. Where one is sure of itself, nothing that only might be meant is looked for beside it.
WAYS: dict[str, tuple[str | Promise, Callable[[str], str | None]]] = {
    "id_no": (gettext_lazy("证件号码"), _id_no),
    "phone": (gettext_lazy("手机号"), fields.phone),
    "vehicle_code": (gettext_lazy("整车编码"), fields.vehicle_code),
    "uscc": (gettext_lazy("统一社会信用代码"), _uscc),
    "wallet_no": (gettext_lazy("钱包编号"), fields.wallet),
    "record_no": (gettext_lazy("单号"), _matching(_OFFICE_NUMBER, fields.code)),
    "payout_no": (gettext_lazy("发放请求号"), _matching(_PAYOUT_NUMBER, fields.code)),
    "plate": (gettext_lazy("号牌"), _matching(_PLATE, fields.plate)),
    "point_no": (gettext_lazy("代办点编号"), _matching(_OFFICE_NUMBER, fields.code)),
    "frame_no": (gettext_lazy("车架号"), _matching(_OFFICE_NUMBER, fields.code)),
    "merchant_name": (gettext_lazy("商户名称"), _matching(_NAME, free_text)),
}
_SURE = ("phone", "vehicle_code", "uscc")
_LOOSE = frozenset({"id_no", "plate", "point_no", "frame_no", "merchant_name"})


def read_as(text: str) -> tuple[Reading, ...]:
    """Every way in which this text may name something. Empty where there is nothing to look for."""
    if not as_text(text) or len(text) > LONGEST:
        return ()
    found = [Reading(way, value) for way, (_title, read) in WAYS.items() if (value := _read(read, text))]
    if any(_is_sure(reading) for reading in found):
        found = [reading for reading in found if reading.way not in _LOOSE or _is_sure(reading)]
    return tuple(found)


def _read(read: Callable[[str], str | None], text: str) -> str | None:
    try:
        return read(text)
    except Problem:
        return None


def _is_sure(reading: Reading) -> bool:
    resident = reading.way == "id_no" and _RESIDENT_LENGTH.fullmatch(reading.value)
    return bool(resident) or reading.way in _SURE


def echo(text: str) -> str:
    """Enough of the text to see a slip of the hand, not enough to tell whose number it is."""
    bare = compact(text)[:LONGEST]
    return masked(bare) if len(bare) > len("1234") else f"{bare[:1]}***"


def advice(text: str) -> str:
    """What to tell somebody whose text named nothing: what is wrong with it, if that can be seen."""
    number = compact(text)
    if _RESIDENT_LENGTH.fullmatch(number):
        try:
            identity.resident_id(number)
        except Problem as problem:
            return sentence(problem.kind, {"value": masked(number)})
    if _PERSON.fullmatch(number):
        return _("不能按车主姓名查找，请用证件号码、手机号或号牌。")
    return ""
