"""The audit trail as a chain: what was written is sealed, block by block, and every block stands on the one before.

Entries are not chained as they are written: all who write would wait for one another (docs/adr/0029). A block is sealed
when no transaction can add to it any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.audit.blocks import BEGINNING, Content, content_of, findings, lines_of, link
from core.audit.proof import proof_of
from core.audit.retention import kept_months
from core.models import AuditSeal

_ENTRIES = """
    SELECT audit_payload(e) FROM core_auditentry e
    WHERE at >= %(since)s AND at < %(until)s ORDER BY at, id
"""


@dataclass(frozen=True, slots=True)
class SealFault:
    """What `verify_audit` found wrong at which seal: what (a key of FAULTS), and its particulars."""

    no: int
    what: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        """The fault as a sentence in the language that is active."""
        return str(FAULTS[self.what]) % {"no": self.no, **self.facts}


FAULTS = {
    "missing": _("第 %(no)s 个审计封存缺失"),
    "link": _("第 %(no)s 个审计封存接不上前一个：其中一个被改写"),
    "count": _("第 %(no)s 个审计封存有 %(sealed)s 条记录，现有 %(found)s 条：有记录被删除或插入"),
    "content": _("第 %(no)s 个审计封存的 %(sealed)s 条记录中有被改动的"),
}


@transaction.atomic
def seal_entries() -> AuditSeal | None:
    """Seal what is complete by now; None where there is nothing new. Of two at once one is refused (IntegrityError)."""
    last = AuditSeal.objects.last()
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_settled()")
        (until,) = cursor.fetchone()
    count, digest = _content(last.until if last else None, until)
    if not count:
        return None
    no = last.no + 1 if last else 1
    hashed = link(bytes(last.hash) if last else BEGINNING, no, until, count, digest)
    with connection.cursor() as cursor:
        proof = proof_of(f"seal {hashed.hex()}", to=connection)
        cursor.execute("SELECT seal_audit(%s, %s, %s, %s, %s, %s)", [no, until, count, digest, hashed, proof])
    return AuditSeal.objects.get(no=no)


def verify_audit() -> list[SealFault]:
    """Recompute the whole chain, and the content of every block that is still kept. An empty list: all is right."""
    forgotten = timezone.now() - timedelta(days=kept_months() * 28)  # nothing that is younger may be gone
    seals = AuditSeal.objects.order_by("no").iterator()
    found = findings(seals, content=_content, kept=lambda seal: seal.until > forgotten)
    return [SealFault(*each) for each in found]


def _content(since: datetime | None, until: datetime) -> Content:
    """The entries from one moment to before another, each in one line."""
    since = since or datetime.min.replace(tzinfo=until.tzinfo)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_ENTRIES, {"since": since, "until": until})
        return content_of(lines_of(cursor))
