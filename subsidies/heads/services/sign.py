"""Signing where the chains are, and laying it where the database's owner cannot write."""

import os
from datetime import datetime
from pathlib import Path

from core.audit.seals import seal_entries
from core.audit.settled import demand_settled
from core.database.catalog import catalog
from core.models import AuditSeal
from core.shanghai import local_day
from subsidies.heads.selectors.books import book_heads
from subsidies.heads.selectors.published import folder, published
from subsidies.heads.services.seal_books import seal_books
from subsidies.heads.statement import NONE_BEFORE, Heads, read_heads, signed
from subsidies.models import Scheme


def sign_heads(*, now: datetime) -> Path | None:
    """Seal the audit trail, and write a signed statement of where it and every ledger are; return the file.

    None where none are kept. A file is never written twice: it is made once, for reading only. Raises OSError, NotAHead
    where the one before is not what was signed, and Unsettled where an open transaction holds up the seals: what stands
    behind them must not look signed.
    """
    here = folder()
    if here is None:
        return None
    demand_settled()
    seal_entries()
    seal_books()
    before = published()
    previous = read_heads(before[-1]).heads.digest if before else NONE_BEFORE
    heads = Heads(now, previous, _ledgers(), _audit(), book_heads(), catalog())
    here.mkdir(parents=True, exist_ok=True)
    path = here / f"{now:%Y%m%dT%H%M%S}.txt"
    _write_once(path, signed(heads))
    return path


def signed_today(*, now: datetime) -> bool:
    """Whether there is a statement of this day (Asia/Shanghai) already."""
    last = published()[-1:]
    return bool(last) and local_day(read_heads(last[0]).heads.at) == local_day(now)


def _ledgers() -> dict[str, tuple[int, str]]:
    rows = Scheme.objects.values_list("code", "ledger_seq", "ledger_head")
    return {code: (seq, bytes(head).hex()) for code, seq, head in rows}


def _audit() -> tuple[int, str]:
    last = AuditSeal.objects.last()
    return (last.no, bytes(last.hash).hex()) if last else (0, "")


def _write_once(path: Path, text: str) -> None:
    """On the disk before it returns. Raises FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
