"""Money: integer fen everywhere, yuan only where a person or an outside system reads them. Never a float."""

from decimal import Decimal


def exact_yuan(fen: int) -> Decimal:
    """Fen as yuan, exactly."""
    return Decimal(fen).scaleb(-2)


def yuan(fen: int) -> str:
    """Fen as yuan with thousands marks; whole amounts without decimals: 1,234.50, -300."""
    return yuan_and_fen(fen).removesuffix(".00")


def yuan_and_fen(fen: int) -> str:
    """Fen as yuan with thousands marks, always to the last fen: 1,234.00."""
    return f"{exact_yuan(fen):,.2f}"
