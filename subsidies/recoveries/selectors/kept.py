"""What a claim was paid and has not given back, as the ledger has it."""

from collections.abc import Iterable

from django.db.models import Case, F, Sum, Value, When

from subsidies.models import LedgerEntry

Kind = LedgerEntry.Kind


def kept_by(claims: Iterable[int]) -> dict[int, int]:
    """By claim: fen that were paid and neither returned nor recovered; a claim that was never paid is left out."""
    signed = Case(
        When(kind=Kind.PAY, then=F("amount_fen")),
        When(kind__in=[Kind.RETURN, Kind.RECOVER], then=-F("amount_fen")),
        default=Value(0),
    )
    rows = LedgerEntry.objects.filter(claim__in=claims).order_by().values("claim").annotate(kept=Sum(signed))
    return dict(rows.values_list("claim", "kept"))


def kept_by_claim(claim: int) -> int:
    """The same of one claim; 0 where it was never paid."""
    return kept_by([claim]).get(claim, 0)
