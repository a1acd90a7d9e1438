"""Times as a clerk types them, who means the last such day: 8月31日, 8-31 10:30, 今天, 昨天 9点."""

import re
from datetime import date, timedelta

_SHORT = re.compile(
    r"(?P<month>\d{1,2})\s*[月/.-]\s*(?P<day>\d{1,2})\s*[日号]?(?P<clock>(?:[\s,]*\S.*)?)", re.ASCII
)
_WORDS = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}


def in_full(text: str, *, today: date) -> str:
    """The same with its year: the last such day that is not ahead. Anything else as it stands."""
    typed = text.strip()
    for word, ago in _WORDS.items():
        if typed.startswith(word):
            return f"{today - timedelta(days=ago)} {typed.removeprefix(word).strip()}".strip()
    short = _SHORT.fullmatch(typed)
    if short is None:
        return text
    for year in (today.year, today.year - 1):
        try:
            day = date(year, int(short["month"]), int(short["day"]))
        except ValueError:
            continue
        if day <= today:
            return f"{day} {short['clock'].strip(' ,')}".strip()
    return text
