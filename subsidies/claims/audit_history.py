"""What a claim's own history says above its audit trail: every move, who made it, by which verb, and why."""

from core.audit.history import HISTORIES, Move
from core.audit.wording import VALUES, VERBS
from subsidies.decision_reasons import TITLES, reasons_and_note, titles_of
from subsidies.models import ClaimEvent


def moves_of_claim(key: str) -> list[Move]:
    """The claim's moves, the newest first."""
    events = ClaimEvent.objects.filter(claim_id=int(key)).select_related("by").order_by("-id")
    return [Move(event.at, event.by, _sentence(event)) for event in events]


def _sentence(event: ClaimEvent) -> str:
    before = event.get_from_state_display() if event.from_state else ""
    move = f"{before} → {event.get_to_state_display()}" if before else str(event.get_to_state_display())
    why = titles_of(event.refusals), reasons_and_note(event.reasons, event.note)
    return " · ".join(filter(None, [move, str(VERBS.get(event.verb, event.verb)), *why]))


def begin() -> None:
    """Offer it to the trail."""
    HISTORIES["subsidies.claim"] = moves_of_claim
    VALUES.update(dict.fromkeys(("refusals", "cleared_reasons"), TITLES))
