"""What is signed: a few lines of text that a person can read and any program take apart.

电动自行车补贴 链头 1
at 2026-11-30T00:30:00.000000Z
previous <SM3 of the statement before, 64 zeros for the first>
ledger <seq> <hash> <code of the scheme>
audit <no> <hash>
book <no> <hash> <name>
tables 1 <what they hold> <under which migrations>
--
public-key <04 x y>
signature <SM2 with SM3 over everything above the two dashes>
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.database.catalog import Catalog
from core.shanghai import to_the_microsecond
from core.signing import public_key, sign, verify
from core.signing.sm3 import sm3

TITLE, RULE, NONE_BEFORE = "电动自行车补贴 链头 1", "--\n", "0" * 64
Head = tuple[int, str]  # the number of a row, or of a seal, and its hash in hexadecimal


class NotAHead(ValueError):
    """The file is no statement of heads, or it is not what was signed."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the chains were at one moment. `ledgers`: by scheme code; `audit`: (0, '') where nothing was sealed yet;
    `books`: by name, those of which something was sealed; `tables`: what they held (`core.database.catalog`).
    """

    at: datetime
    previous: str
    ledgers: Mapping[str, Head]
    audit: Head
    books: Mapping[str, Head] = field(default_factory=dict)
    tables: Catalog | None = None

    def text(self) -> str:
        """As it is signed."""
        lines = [TITLE, f"at {to_the_microsecond(self.at)}", f"previous {self.previous}"]
        lines += [f"ledger {seq} {head} {code}" for code, (seq, head) in sorted(self.ledgers.items())]
        no, head = self.audit
        books = [f"book {seq} {hashed} {name}" for name, (seq, hashed) in sorted(self.books.items())]
        held = [f"tables 1 {self.tables.holds} {self.tables.under}"] if self.tables else []
        return "\n".join([*lines, f"audit {no} {head or NONE_BEFORE}", *books, *held, ""])

    @property
    def digest(self) -> str:
        """What the next statement names as the one before."""
        return sm3(self.text().encode()).hex()


@dataclass(frozen=True, slots=True)
class SignedHeads:
    """A statement, whose signature fits, and the public key that it fits."""

    heads: Heads
    public_key: str


def signed(heads: Heads) -> str:
    """The whole file. Raises ImproperlyConfigured where there is no key."""
    text = heads.text()
    signature = sign(text.encode(), purpose="heads")
    return f"{text}{RULE}public-key {public_key('heads')}\nsignature {signature}\n"


def read_heads(path: Path) -> SignedHeads:
    """What a file says. Raises NotAHead where it cannot be read, or was changed since it was signed."""
    try:
        return read_statement(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotAHead(path.name) from error


def read_statement(file: str) -> SignedHeads:
    """The same of a file's text, wherever it came from. Raises NotAHead."""
    text, rule, below = file.partition(RULE)
    try:
        told = dict(line.split(" ", 1) for line in below.splitlines())
        if not rule or not verify(text.encode(), told["signature"], told["public-key"]):
            raise NotAHead
        return SignedHeads(_parsed(text), told["public-key"])
    except (ValueError, KeyError) as error:
        raise NotAHead from error


def _parsed(text: str) -> Heads:
    title, at, previous, *rest = text.splitlines()
    if title != TITLE:
        raise ValueError(title)
    ledgers: dict[str, Head] = {}
    books: dict[str, Head] = {}
    audit: Head = (0, "")
    tables = None
    for line in rest:
        kind, number, told = line.split(" ", 2)
        if kind in ("ledger", "book"):
            head, name = told.split(" ", 1)
            (ledgers if kind == "ledger" else books)[name] = (int(number), head)
        elif kind == "audit":
            audit = (int(number), told if int(number) else "")
        elif kind == "tables":
            holds, under = told.split(" ")
            tables = Catalog(under, holds)
    moment = datetime.fromisoformat(at.removeprefix("at ").replace("Z", "+00:00"))
    return Heads(moment, previous.removeprefix("previous "), ledgers, audit, books, tables)
