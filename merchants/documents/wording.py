"""Names, money and times as documents write them."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.money import yuan_and_fen
from core.shanghai import SHANGHAI


def plain(text: str) -> str:
    """One line that can be printed: no control or direction marks, no lone surrogates, single spaces."""
    return "".join(filter(str.isprintable, " ".join(text.split())))


def money(fen: int) -> str:
    """Fen as `1,234.50` yuan."""
    return yuan_and_fen(fen)


def local(moment: datetime) -> datetime:
    """The same moment by Hangzhou's clock. Raises ValueError for a naive one."""
    return localtime(moment, SHANGHAI)


def clock(moment: datetime) -> str:
    """`2022-06-01 09:00:00` by Hangzhou's clock. Raises ValueError for a naive one."""
    return f"{local(moment):%Y-%m-%d %H:%M:%S}"


def day(on: date) -> str:
    """A date as the active language writes it."""
    return date_format(on, "DATE_FORMAT")


def month(first: date) -> str:
    """A month as the active language writes it."""
    return date_format(first, "YEAR_MONTH_FORMAT")


def numbering(page: int, pages: int) -> str:
    """Which page this is, and of how many."""
    return _("第 %(page)d 页，共 %(pages)d 页") % {"page": page, "pages": pages}
