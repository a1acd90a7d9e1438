"""What photographed codes say: a certificate's vehicle code, a plate, an invoice.

The code of a national VAT invoice (增值税发票) is a text with commas: a fixed 01, the kind of invoice, its code (none on
fully digital ones), number, amount, day, check code. The amount is the whole price on fully digital invoices (数电票)
alone; on the older kinds it is without the tax, and is nobody's price.
"""

import re
from collections.abc import Callable, Iterable

from ebikes.importing.fields import plate, vehicle_code
from ebikes.importing.problems import Problem

Cells = dict[str, str]
_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z]·?[0-9A-Z]{5,8}")  # a province's sign, a letter, the number
_INVOICE = re.compile(
    r"01,(?P<kind>\d{2}),(?P<code>\d{10}|\d{12})?,(?P<number>\d{8}|\d{20}),(?P<amount>\d+(?:\.\d{1,2})?),"
    r"(?P<year>20\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01]),.*",
    re.ASCII | re.DOTALL,
)
_WITH_TAX = frozenset({"31", "32"})  # fully digital invoices, special and ordinary


def cells_in(texts: Iterable[str]) -> Cells:
    """The fields that the texts of codes fill in, the first text that fits each; empty where none is of ours."""
    found: Cells = {}
    for text in texts:
        for read in _READERS:
            for key, value in read(text).items():
                found.setdefault(key, value)
    return found


def _invoice(text: str) -> Cells:
    said = _INVOICE.fullmatch(text.strip())
    if said is None:
        return {}
    cells = {"invoice_no": said["number"], "purchased_at": f"{said['year']}-{said['month']}-{said['day']}"}
    return cells | ({"price_fen": said["amount"]} if said["kind"] in _WITH_TAX else {})


def _vehicle(text: str) -> Cells:
    try:
        return {"vehicle_code": vehicle_code(text)}
    except Problem:
        return {}


def _plate(text: str) -> Cells:
    """A plate's code holds the number itself, or an address that ends in it."""
    found = _PLATE.search(text)
    return {"digital_plate_no": plate(found.group(0))} if found else {}


_READERS: tuple[Callable[[str], Cells], ...] = (_invoice, _vehicle, _plate)
