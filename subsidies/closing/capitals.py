"""Amounts in capitals (大写金额), as vouchers and requests for money write them."""

from core.money import plain_yuan

MOST_FEN = 10**17  # what the reader's own words end at: sixteen digits of yuan


def in_capitals(fen: int) -> str:
    """Fen in capitals: `叁佰元整`, `壹仟元零伍分`. Raises ValueError below nothing and beyond sixteen digits of yuan."""
    if not 0 <= fen < MOST_FEN:
        raise ValueError("an amount in capitals is not negative and has sixteen digits of yuan at most")
    import cn2an  # noqa: PLC0415 - it takes a sixth of the start of every process

    written: str = cn2an.an2cn(plain_yuan(fen), "rmb")
    return written
