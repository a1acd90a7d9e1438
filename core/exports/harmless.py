"""Text that a spreadsheet shows and does not run."""

import unicodedata

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BLANKS = " \n\x0b\x0c\u00a0\u3000\u200b\ufeff"  # some spreadsheets look past them


def harmless(text: str) -> str:
    """Text that a spreadsheet will not take for a formula, whether its signs are half-width or full-width."""
    if text[:1].isalnum():
        return text
    first = text.lstrip(_BLANKS)[:1]
    return f"'{text}" if unicodedata.normalize("NFKC", first).startswith(FORMULA) else text
