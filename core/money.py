"""Money: integer fen everywhere, yuan only where a person reads them."""

from decimal import Decimal


def exact_yuan(fen: int) -> Decimal:
    """Fen as yuan, exactly."""
    return Decimal(fen).scaleb(-2)


def yuan(fen: int) -> str:
    """Fen as yuan with thousands marks; whole amounts without decimals."""
    return f"{fen // 100:,}" if fen % 100 == 0 else f"{exact_yuan(fen):,.2f}"
