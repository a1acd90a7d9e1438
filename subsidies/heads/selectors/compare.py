"""The chains of the database against heads that were signed: whoever rewrote either, past every trigger, is found here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.database.catalog import Catalog, catalog
from core.models import AuditSeal
from subsidies.heads.books import TITLES
from subsidies.heads.selectors.published import published
from subsidies.heads.statement import NONE_BEFORE, Heads, NotAHead, read_heads
from subsidies.models import BookSeal, LedgerEntry


@dataclass(frozen=True, slots=True)
class HeadFault:
    """What does not fit: in which file, what (a key of FAULTS), and its particulars."""

    file: str
    what: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        """The fault as a sentence in the language that is active."""
        return str(FAULTS[self.what]) % {"file": self.file, **self.facts}


FAULTS = {
    "unreadable": _("链头文件 %(file)s 无法读取，或签名不符：文件被改动过"),
    "stranger": _("链头文件 %(file)s 由另一把密钥签署"),
    "gap": _("链头文件 %(file)s 接不上前一个：其间有文件缺失"),
    "ledger": _("方案 %(code)s 第 %(seq)s 行账目与 %(file)s 所签的链值不符：账目此后被改写过"),
    "audit": _("第 %(no)s 个审计封存与 %(file)s 所签的链值不符：审计记录此后被改写过"),
    "tables": _(
        "数据库的表、约束、触发器、函数或权限与 %(file)s 所签的不同，而此后没有迁移过：有人改动过数据库的规则"
    ),
    "book": _("%(book)s：第 %(no)s 个封存与 %(file)s 所签的链值不符：记录此后被改写过"),
}


def compare(files: Sequence[Path], *, keys: Collection[str], in_a_row: bool = False) -> list[HeadFault]:
    """Where the database is not what these files say that it was. An empty list: all is right.

    `keys`: the public keys that may have signed. `in_a_row`: the files are all that were ever written, in their order.
    """
    found: list[HeadFault] = []
    before, tables = NONE_BEFORE, catalog() if files else None
    for path in files:
        try:
            signed = read_heads(path)
        except NotAHead:
            found.append(HeadFault(path.name, "unreadable", {}))
            continue
        if signed.public_key not in keys:
            found.append(HeadFault(path.name, "stranger", {}))
        if in_a_row and signed.heads.previous != before:
            found.append(HeadFault(path.name, "gap", {}))
        before = signed.heads.digest
        found += _against(signed.heads, path.name) + _tables(signed.heads, tables, path.name)
    return found


def _against(heads: Heads, file: str) -> list[HeadFault]:
    found = []
    for code, (seq, head) in heads.ledgers.items():
        rows = LedgerEntry.objects.filter(scheme__code=code, seq=seq)
        if seq and [bytes(each).hex() for each in rows.values_list("hash", flat=True)] != [head]:
            found.append(HeadFault(file, "ledger", {"code": code, "seq": seq}))
    no, head = heads.audit
    seals = AuditSeal.objects.filter(no=no)
    if no and [bytes(each).hex() for each in seals.values_list("hash", flat=True)] != [head]:
        found.append(HeadFault(file, "audit", {"no": no}))
    now = {
        (seal.book, seal.no): bytes(seal.hash).hex() for seal in BookSeal.objects.filter(book__in=heads.books)
    }
    for name, (no, head) in heads.books.items():
        if now.get((name, no)) != head:
            found.append(HeadFault(file, "book", {"book": TITLES.get(name, name), "no": no}))
    return found


def changed_tables() -> list[HeadFault]:
    """Whether what the tables hold has changed since it was last signed, though nothing was migrated."""
    for path in published()[-1:]:
        try:
            return _tables(read_heads(path).heads, catalog(), path.name)
        except NotAHead:
            return [HeadFault(path.name, "unreadable", {})]
    return []


def _tables(heads: Heads, now: Catalog | None, file: str) -> list[HeadFault]:
    signed = heads.tables
    if signed is None or now is None or signed.under != now.under or signed.holds == now.holds:
        return []
    return [HeadFault(file, "tables", {})]
