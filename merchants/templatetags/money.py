"""Money and masked people in templates."""

from django import template

from merchants import privacy

register = template.Library()
register.filter("mask_name", privacy.mask_name)


@register.filter
def yuan(fen: int) -> str:
    """Fen as yuan with thousands marks; whole amounts without decimals."""
    return f"{fen // 100:,}" if fen % 100 == 0 else f"{fen / 100:,.2f}"
