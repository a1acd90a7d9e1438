"""What a cell of a spreadsheet holds, as people see it: a text, a number, a day or a time; or why none of them."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from core.shanghai import local
from ebikes.importing.characters import unescaped_xml
from ebikes.importing.flaws import Flaw
from ebikes.importing.moments import DAY, SERIAL_FROM, SERIAL_TO, serial_moment
from ebikes.importing.number_formats import Shows

LONGEST_DAY = len("2022-06-10")
_ROUND_MIDNIGHT = 60 / DAY  # a minute: some writers are seconds off, and a day became the evening before
_BOOLEANS = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"}
_DISPIMG = re.compile(r"=?\s*(?:_xlfn\.)?DISPIMG\s*\(", re.IGNORECASE)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_LONGEST_NUMBER = 400  # digits


def text_of_formula(text: str, *, unsaved: bool) -> Any:
    """A cell whose text stands in it: typed there, or the result of a formula that was saved, or a picture of WPS."""
    if unsaved:
        return Flaw("formula_empty", "")
    return Flaw("picture", "") if _DISPIMG.match(text) else unescaped_xml(text)


def value_of_type(kind: str, text: str, shows: Shows, *, epoch: int) -> Any:
    """A boolean, a time in ISO's way, or a number as its format shows it; `epoch`: days to be added to those of 1900."""
    if kind == "b":
        return _BOOLEANS.get(text.lower(), text)
    if kind == "d":
        return _iso(text, shows)
    if shows is Shows.NUMBER:
        return plain_number(text)
    try:
        serial = float(text)
    except ValueError:
        return text
    return moment_shown(serial + epoch, shows) or plain_number(text)


def plain_number(text: str) -> Any:
    """A number that is only a number; what is none is the text that it is."""
    if _INTEGER.fullmatch(text) and len(text) < _LONGEST_NUMBER:
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def moment_shown(serial: float, shows: Shows) -> date | datetime | None:
    """The day or the time that people see; nothing where it lies outside the years that are read."""
    if not SERIAL_FROM <= serial < SERIAL_TO:
        return None
    moment = serial_moment(serial + (_ROUND_MIDNIGHT if shows is Shows.DAY else 0))
    return moment.date() if moment and shows is Shows.DAY else moment


def _iso(text: str, shows: Shows) -> Any:
    """A cell of type d, which has no zone. Where one stands behind it nevertheless, an offset is meant; a Z may not be."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= LONGEST_DAY:
        return moment.date()
    if text[-1] in "Zz":
        return Flaw("zone", text)
    moment = (local(moment) if moment.tzinfo else moment).replace(tzinfo=None)
    if shows is Shows.DAY:
        return (moment + timedelta(minutes=1)).date()
    return moment.replace(microsecond=0)
