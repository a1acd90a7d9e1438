"""Names, money and times as documents write them."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.money import yuan_and_fen


def plain(text: str) -> str:
    """One line that can be printed: no control or direction marks, no lone surrogates, single spaces."""
    return "".join(filter(str.isprintable, " ".join(text.split())))


def money(fen: int) -> str:
    """Fen as `1,234.50` yuan."""
    return yuan_and_fen(fen)


def day(on: date) -> str:
    """A date as letters and vouchers of the active language write it; pages write it in digits."""
    return date_format(on, _("Y年n月j日"))


def month(first: date) -> str:
    """A month as the active language writes it."""
    return date_format(first, _("Y年n月"))


def numbering(page: int, pages: int) -> str:
    """Which page this is, and of how many."""
    return _("第 %(page)d 页，共 %(pages)d 页") % {"page": page, "pages": pages}
