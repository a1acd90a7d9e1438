"""The whole proof: every ledger with its sums and months, the audit trail, signed heads, books, decisions and payments."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from core.audit.seals import verify_audit
from core.signing import public_key
from subsidies.closing.selectors.proof import verify_periods
from subsidies.heads.selectors.books import verify_books
from subsidies.heads.selectors.compare import changed_tables, compare
from subsidies.heads.selectors.decisions import TOLD, verify_decisions
from subsidies.heads.selectors.published import published
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Scheme
from subsidies.payouts.selectors.register import paid_and_no_longer_pass


def everything_wrong(
    schemes: Iterable[Scheme], *, files: Sequence[Path] | None = None, keys: Iterable[str] = ()
) -> Iterator[str]:
    """What does not fit, each in a sentence of the active language. Nothing: all is right.

    `files`: heads that somebody kept, else all that were ever written here; `keys`: older public keys that may have signed.
    Where the tables themselves were changed nothing else is asked: they may say what somebody wants to be seen.
    """
    if changed := [str(fault) for fault in changed_tables()]:
        yield from changed
        return
    for scheme in schemes:
        faults = [*map(str, verify_ledger(scheme=scheme)), *map(str, verify_periods(scheme=scheme))]
        yield from (_("%(code)s：%(fault)s") % {"code": scheme.code, "fault": fault} for fault in faults)
    known = {public_key("heads"), *keys}
    heads = compare(published(), keys=known, in_a_row=True) if files is None else compare(files, keys=known)
    yield from map(str, (*verify_audit(), *heads, *verify_books(), *verify_decisions()))
    if refused := paid_and_no_longer_pass(now=timezone.now()):
        told = {"count": len(refused), "first": "、".join(map(str, refused[:TOLD]))}
        yield (
            _("近 30 天已付款的申请：%(count)s 件按现有的备案、门店和代办点资料核验不通过(编号 %(first)s)")
            % told
        )
