"""What proves a claim's money and decisions: rows of the ledger in their chain, under a signed head, and marks."""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.utils.translation import gettext as _

from core.decisions import Kind, unmarked
from core.models import DecisionMark
from core.money import yuan_and_fen
from core.shanghai import to_the_second
from subsidies import marked
from subsidies.heads.selectors.decisions import TITLES
from subsidies.heads.selectors.published import published
from subsidies.heads.statement import NotAHead, read_heads
from subsidies.models import Claim, LedgerEntry

# Whether each row's hash is that of its content and the one before, computed anew.
_ROWS = """
    SELECT e.seq, e.kind, e.amount_fen, e.at, e.order_no, encode(e.prev_hash, 'hex'), encode(e.hash, 'hex'),
           e.hash = sha256(e.prev_hash || convert_to(ledger_payload(
               s.code, e.seq, e.kind, st.no, e.claim_id, e.amount_fen, e.at, e.by_id, e.change_id, e.order_no,
               e.payee_digest, e.recorded_at, e.ref), 'UTF8'))
           AND e.prev_hash = coalesce(before.hash, decode(repeat('00', 32), 'hex'))
    FROM subsidies_ledgerentry e JOIN subsidies_scheme s ON s.id = e.scheme_id
    LEFT JOIN subsidies_stage st ON st.id = e.stage_id
    LEFT JOIN subsidies_ledgerentry before ON before.scheme_id = e.scheme_id AND before.seq = e.seq - 1
    WHERE e.claim_id = %s ORDER BY e.seq
"""


def chain_proofs(claim: Claim) -> Iterator[tuple[str, str]]:
    """Each row of the ledger that is this claim's, whether it fits into the chain, and which signed head stands above it."""
    kinds = dict(LedgerEntry.Kind.choices)
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [claim.pk])
        rows = cursor.fetchall()
    for seq, kind, fen, at, order, before, hashed, fits in rows:
        told = [str(kinds[kind]), _("%s 元") % yuan_and_fen(fen), to_the_second(at), order]
        told += [_("链值重算相符") if fits else _("链值重算不符")]
        yield _("第 %s 行") % seq, _("，").join(filter(None, told))
        yield _("前一行链值"), before
        yield _("本行链值"), hashed
    if rows:
        yield _("签名的链头"), _head_above(claim.scheme.code, rows[-1][0])


def _head_above(code: str, seq: int) -> str:
    """The oldest signed statement that covers the row: whoever kept that file finds a change of it."""
    for path in published():
        try:
            there, hashed = read_heads(path).heads.ledgers.get(code, (0, ""))
        except NotAHead:
            continue
        if there >= seq:
            return _("%(file)s：第 %(seq)s 行 %(hash)s") % {"file": path.name, "seq": there, "hash": hashed}
    return _("还没有签名的链头包含以上各行")


def marks_of(claim: Claim) -> Iterator[tuple[str, str]]:
    """Each decision about the claim that bears a mark: by whom, when, and whether the mark fits what is written now."""
    lines = claim.payout_lines.all()
    about: tuple[tuple[Kind, Iterable[int]], ...] = (
        (marked.CHECKED, [claim.pk]),
        (marked.APPROVED, [claim.pk]),
        (marked.PAYEE_CHANGED, claim.payee_changes.values_list("pk", flat=True)),
        (marked.PAYEE_CHECKED, claim.payee_checks.values_list("pk", flat=True)),
        (marked.HOLD_CLEARED, claim.holds.filter(cleared_at__isnull=False).values_list("pk", flat=True)),
        (marked.BATCH_MADE, lines.values_list("batch", flat=True)),
        (
            marked.BATCH_RELEASED,
            lines.filter(batch__released_by__isnull=False).values_list("batch", flat=True),
        ),
        (
            marked.GATE_PASSED,
            lines.filter(batch__passes__isnull=False).values_list("batch__passes", flat=True),
        ),
    )
    for kind, subjects in about:
        ids = [*dict.fromkeys(subjects)]
        newest = {each.subject: each for each in _marks(kind, ids)}
        unproved = unmarked(kind, newest)
        for subject, found in newest.items():
            by = str(found.by or _("系统"))
            fits = _("印记不符") if subject in unproved else _("印记相符")
            yield str(TITLES[kind.name]), _("，").join([by, to_the_second(found.at), fits])


def _marks(kind: Kind, ids: Iterable[int]) -> Iterable[DecisionMark]:
    return (
        DecisionMark.objects.filter(kind=kind.name, subject__in=list(ids)).select_related("by").order_by("pk")
    )
