"""What a month came to and what is open in it, in the words of a question or a page."""

from typing import Any

from django.utils.translation import gettext as _

from core.money import yuan_and_fen
from subsidies.closing.accounts import kind_title
from subsidies.closing.selectors.figures import Sums
from subsidies.closing.selectors.still_open import MATTERS


def figures(sums: Sums) -> list[tuple[str, object]]:
    """The sums by kind, as a question or page tells them."""
    return [
        (
            kind_title(kind),
            _("%(n)s 笔，%(yuan)s 元") % {"n": f"{told['rows']:,}", "yuan": yuan_and_fen(told["fen"])},
        )
        for kind, told in sums.items()
    ] or [(_("账目"), _("本月没有账目"))]


def item_title(item: dict[str, Any]) -> str:
    """What an open matter is called, in the language of the page; one that is not known any more as it was kept."""
    titles = {matter.code: matter.title for matter in MATTERS}
    return str(titles.get(item["code"], item["title"]))


def item_told(item: dict[str, Any]) -> str:
    """How many of an open matter there are, of how much, and what else is known, as a close keeps it."""
    told = f"{item['count']:,}"
    if item["fen"]:
        told = _("%(n)s（共 %(yuan)s 元）") % {"n": told, "yuan": yuan_and_fen(item["fen"])}
    return _("%(told)s：%(detail)s") % {"told": told, "detail": item["detail"]} if item["detail"] else told
