"""One normaliser per field: an untidy cell in, the value as it is stored out, or a Problem.

The clean case is met by one regular expression; only what fails it is repaired and looked at closely. Cells are what a
spreadsheet holds: text, numbers, dates. A rule that follows a standard names it.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import phonenumbers
from stdnum.cn import uscc as uscc_rule
from stdnum.exceptions import ValidationError

from core.money import to_fen
from core.privacy.masks import names_by_number
from ebikes.importing.characters import PRIVATE, visible
from ebikes.importing.moments import parse_day
from ebikes.importing.problems import Problem
from ebikes.importing.text import MANY, Cell, as_text, compact, free_text

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_DOT = re.compile(r"(?<=[^\W\d_a-zA-Z])\s*[.·•‧∙●⋅・᛫․。ᐧ⸱ꞏ]\s*(?=[^\W\d_a-zA-Z])")
_LOST = re.compile(
    r"[\ufffd?□■〓]|object Object", re.IGNORECASE
)  # what programs leave of a character that they lack


@lru_cache(MANY)
def name(cell: Cell) -> str:
    """A person's name as it compares: Chinese names lose blanks, others keep single ones; one dot (·) between syllables.

    Raises Problem where a program lost a character of it.
    """
    if isinstance(cell, str) and _HAN.fullmatch(cell):
        return cell
    text = free_text(cell)
    if _LOST.search(text) or PRIVATE.search(text) or (text and not any(map(str.isalpha, text))):
        raise Problem("name", {"value": text})
    return text if text.isascii() else _DOT.sub("·", text.replace(" ", ""))


def note(cell: Cell) -> str:
    """Text for people that names nobody by a number: it is kept for good, and many read it. Raises Problem."""
    text = free_text(cell)
    if names_by_number(text):
        raise Problem("personal_note", {})
    return text


def name_as_written(cell: Cell) -> str:
    """The same for people to read: as it stood in the file, without what nobody sees; empty where that is the name."""
    if cell is None or (isinstance(cell, str) and _HAN.fullmatch(cell)):
        return ""
    written = visible(str(cell))
    return "" if written == name(cell) else written


_PLATE = re.compile(r"[\u4e00-\u9fffA-Z0-9]+")
_PLATE_NOISE = re.compile(r"[\s·・•.\-‧∙●⋅]+")


def plate(cell: Cell) -> str:
    """A plate number without its dot and blanks. Whether it is on file is a matter for the checks, not for this."""
    if isinstance(cell, str) and _PLATE.fullmatch(cell):
        return cell
    return _PLATE_NOISE.sub("", compact(cell))


def is_plate(text: str) -> bool:
    """Whether there is nothing in it but Chinese characters, letters and digits."""
    return _PLATE.fullmatch(text) is not None


_VEHICLE = re.compile(r"\d{4}2\d{10}", re.ASCII)
_QR = re.compile(r"(?:vinCode|cert_ins_id)=(\d{15})(?!\d)", re.IGNORECASE)


def vehicle_code(cell: Cell) -> str:
    """15 digits, the fifth a 2 (GB 17761-2018); a scanned certificate's address yields the code in it."""
    if isinstance(cell, str) and _VEHICLE.fullmatch(cell):
        return cell
    text = compact(cell)
    if not _VEHICLE.fullmatch(text):
        scanned = _QR.search(as_text(cell))
        if scanned is None or not _VEHICLE.fullmatch(scanned.group(1)):
            raise Problem("vehicle_code", {"value": text})
        return scanned.group(1)
    return text


_MOBILE = re.compile(r"\+?(?:86|0)?(1[3-9]\d{9})", re.ASCII)
_PHONE_NOISE = re.compile(r"[\s\-().·・•]+")


def phone(cell: Cell) -> str | None:
    """A mainland mobile number as E.164; nothing where the cell is empty. A landline is refused."""
    text = cell if isinstance(cell, str) else as_text(cell)
    found = _MOBILE.fullmatch(text)
    if found is None:
        text = _PHONE_NOISE.sub("", compact(cell))
        if not text:
            return None
        found = _MOBILE.fullmatch(text.removeprefix("00"))
    if found is None or not _is_mobile_range(found.group(1)[:5]):
        raise Problem("phone", {"value": text})
    return f"+86{found.group(1)}"


@lru_cache(MANY)
def _is_mobile_range(prefix: str) -> bool:
    """Whether numbers with these first five digits are mobile phones (the numbering plan tells by them)."""
    number = phonenumbers.parse(f"{prefix}000000", "CN")
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


@lru_cache(MANY)
def uscc(cell: Cell) -> str:
    """A unified social credit code (GB 32100) whose check character is right."""
    text = compact(cell)
    try:
        return str(uscc_rule.validate(text))
    except ValidationError:
        raise Problem("uscc", {"value": text}) from None


_CODE = re.compile(r"[0-9A-Z-]*")
_STAMPED = re.compile(r"[0-9A-Z./*_-]*")  # into a frame or a motor


def code(cell: Cell) -> str:
    """A number that some office gave out: blanks gone, letters upper. Anything but letters, digits and - is refused."""
    if isinstance(cell, str) and _CODE.fullmatch(cell):
        return cell
    return _shaped(compact(cell), _CODE)


def stamped(cell: Cell) -> str:
    """A number that a maker stamped into metal: as a code, and with the marks that makers use."""
    return _shaped(compact(cell), _STAMPED)


def _shaped(text: str, shape: "re.Pattern[str]") -> str:
    if shape.fullmatch(text):
        return text
    odd = next(each for each in text if not shape.fullmatch(each))
    raise Problem("code", {"value": text, "odd": odd, "unicode": f"U+{ord(odd):04X}"})


@lru_cache(MANY)
def day(cell: Cell) -> date | None:
    """A local date; nothing where the cell is empty."""
    return None if cell is None or as_text(cell) == "" else parse_day(cell)


_MONEY_NOISE = re.compile(r"[¥¥$]|人民币|RMB|CNY|元|圆|整", re.IGNORECASE)
_THOUSANDS = re.compile(r"-?\d{1,3}([, ]\d{3})+(\.\d*)?", re.ASCII)
_AMOUNT = re.compile(r"-?\d+(\.\d*)?", re.ASCII)
_NEAR = Decimal("0.000001")  # yuan by which a computed price may be off the fen that it shows


_DEAREST_FEN = 10**12


@lru_cache(MANY)
def price_fen(cell: Cell) -> int | None:
    """Yuan as written, in fen; nothing where the cell is empty. More than two decimals are not money.

    A comma or a blank stands before three digits or is refused: 2999,00 may be either. What a spreadsheet computed is
    taken to the fen that it lies next to.
    """
    written = as_text(cell)
    if not written:
        return None
    text = _MONEY_NOISE.sub("", written).strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "").replace(" ", "")
    try:
        if not _AMOUNT.fullmatch(text):
            raise ValueError(text)
        amount = Decimal(text)
        if isinstance(cell, float):
            near = round(amount, 2)
            amount = near if abs(near - amount) <= _NEAR else amount
        fen = to_fen(amount)
    except (InvalidOperation, ValueError):
        raise Problem("price", {"value": written}) from None
    if not 0 <= fen <= _DEAREST_FEN:
        raise Problem("price", {"value": written})
    return fen


def amount_fen(cell: Cell) -> int | None:
    """The same of what is no price: told as an amount where it is none."""
    try:
        return price_fen(cell)
    except Problem as problem:
        raise Problem("amount", problem.params) from None


WALLET = re.compile(r"\d{16}", re.ASCII)


def wallet(cell: Cell) -> str | None:
    """A digital-yuan wallet number, 16 digits; nothing where the cell is empty."""
    text = cell if isinstance(cell, str) and _CODE.fullmatch(cell) else compact(cell)
    if text and not WALLET.fullmatch(text):
        raise Problem("wallet", {"value": text})
    return text or None
