"""Money: integer fen everywhere, yuan only where a person or an outside system reads them. Never a float."""

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

_EXACTLY = Context(prec=28, traps=[Inexact, InvalidOperation, Overflow])
_MOST = 2**63 - 1  # what a column of the database holds


def exact_yuan(fen: int) -> Decimal:
    """Fen as yuan, exactly."""
    return Decimal(fen).scaleb(-2)


def yuan(fen: int) -> str:
    """Fen as yuan with thousands marks; whole amounts without decimals: 1,234.50, -300."""
    return yuan_and_fen(fen).removesuffix(".00")


def without_unit(title: object) -> str:
    """`补贴金额(分)` without the unit, which is another one where people read it."""
    return str(title).partition("(")[0].strip()


def yuan_and_fen(fen: int) -> str:
    """Fen as yuan with thousands marks, always to the last fen: 1,234.00."""
    return f"{exact_yuan(fen):,.2f}"


def plain_yuan(fen: int) -> str:
    """Fen as yuan for another program, to the last fen and without marks: 1234.00."""
    return f"{exact_yuan(fen):.2f}"


def to_fen(amount: Decimal) -> int:
    """Yuan as fen. Raises ValueError where it is not a whole number of fen, or more than can be kept."""
    try:
        fen = amount.scaleb(2, _EXACTLY)
    except ArithmeticError:
        fen = Decimal("NaN")
    if not fen.is_finite() or abs(fen) > _MOST or fen != fen.to_integral_value():
        raise ValueError("not a whole number of fen")
    return int(fen)
