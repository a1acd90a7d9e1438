"""The papers that count for claims: confirmed by two people of ours, not expired, and saying what they said then."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from core.decisions import unmarked
from core.privacy.sealing import UnreadableSecret, fingerprint
from ebikes.records.persons import document, number_index
from subsidies.engine.case import Paper
from subsidies.marked import PAPER_CONFIRMED
from subsidies.models import Claim, PaperEvidence

PRINT = "subsidies.paperevidence"


def print_of(number: str) -> str:
    """What a paper's mark holds of a number: a keyed fingerprint, 32 hex digits."""
    return fingerprint(number, context=PRINT).hex()


def papers_of(claim_ids: Iterable[int], *, day: date) -> dict[int, tuple[Paper, ...]]:
    """By claim, the papers in force on this local day, as the engine reads them. Without its mark a paper is none."""
    found = list(
        PaperEvidence.objects.in_force(day).filter(claim__in=list(claim_ids)).select_related("claim__owner")
    )
    forged = unmarked(PAPER_CONFIRMED, [paper.pk for paper in found])
    by_claim: dict[int, tuple[Paper, ...]] = defaultdict(tuple)
    for paper in found:
        holder = _holder(paper)
        if paper.pk not in forged and (paper.stands_for_a_system or holder):
            by_claim[paper.claim_id] += (Paper(paper.pk, paper.subject, holder),)
    return by_claim


def with_papers(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Those of these claims about which two people confirmed a paper, whether it has expired since or not."""
    confirmed = (PaperEvidence.State.CONFIRMED, PaperEvidence.State.EXPIRED)
    return claims.filter(pk__in=PaperEvidence.objects.filter(state__in=confirmed).values("claim"))


def _holder(paper: PaperEvidence) -> bytes | None:
    """Whom the systems name, of a kind like the owner's; None where there is none, or it is not the one that was marked."""
    try:
        number = paper.other_id_no
    except UnreadableSecret:
        return None
    if not number or print_of(number) != paper.other_print:
        return None
    return document(paper.claim.owner.id_kind, number_index(number))
