"""What a cell's number format says of a number: that it is a day, or a time of a day, or only a number."""

import re
from enum import Enum


class Shows(Enum):
    """What people see of a number."""

    NUMBER = "number"
    DAY = "day"
    CLOCK = "clock"


# Built-in formats have no text in a workbook. 27-36 and 50-58 are those of Chinese, Japanese and Korean versions
# (ECMA-376 part 1, 18.8.30); of these, in China, 32-35, 55 and 56 show a clock.
_DAYS = {*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58}
_CLOCKS = {*range(18, 23), *range(32, 36), *range(45, 48), 55, 56}

_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hHmMsS]+\])[^\]]*\]')
_CLOCK = re.compile(r"[hHsS]|上午|下午|AM/PM|A/P", re.IGNORECASE)
_DAY = re.compile(r"[yYdD]|mmm|m月|年|(?<![#0.?])m(?![#0.?])", re.IGNORECASE)
_NO_DATE = re.compile(r"general|g/通用格式|[#0?]", re.IGNORECASE)


def shows(number: int, code: str | None) -> Shows:
    """What a format shows, by its number and, where the workbook gives it, its text."""
    if not code:
        return Shows.DAY if number in _DAYS else Shows.CLOCK if number in _CLOCKS else Shows.NUMBER
    plain = _LITERALS.sub("", code.split(";")[0])
    if _NO_DATE.sub("", plain) != plain and not re.search(r"[yYdDhH]", plain.replace("General", "")):
        return Shows.NUMBER
    if _CLOCK.search(plain):
        return Shows.CLOCK
    return Shows.DAY if _DAY.search(plain) or re.search("[年月日]", code) else Shows.NUMBER
