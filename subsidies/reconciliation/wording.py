"""What the two sides of a difference say, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import yuan
from core.storable import is_key
from subsidies.models import PayoutLine

_WORDS: dict[str, str | Promise] = {
    **dict(PayoutLine.State.choices),
    "paid": gettext_lazy("已付"),
    "pay": gettext_lazy("账目发放"),
    "return": gettext_lazy("账目退回"),
    "amount": gettext_lazy("先后金额不同："),
    "payee": gettext_lazy("先后收款人不同"),
    "day": gettext_lazy("先后付款日不同："),
}
LEAST_FEN = 100  # a bare number below it counts payments


def in_words(told: str) -> str:
    """What one side says (`success 30000 2022-08-01`) for people: states in words, fen as yuan."""
    if not told:
        return _("没有")
    parts = told.split()
    return " ".join(
        str(_WORDS.get(part, _("%s 元") % yuan(int(part)) if _is_fen(part) else part)) for part in parts
    )


def _is_fen(part: str) -> bool:
    return is_key(part) and int(part) >= LEAST_FEN
