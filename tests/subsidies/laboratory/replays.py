"""A scheme's history gone through once more, and where that differs from what the claims themselves say."""

from subsidies.engine.legs import Standing
from subsidies.laboratory.selectors.history import last_rows, read_history
from subsidies.laboratory.selectors.replayed import replayed
from subsidies.models import Claim
from subsidies.states import GRANTED


def gone_through(scheme, variant=None):
    """By claim: what it was granted in the replay and has not lost since, 0 for nothing."""
    history = read_history(scheme, last_rows(scheme))
    ending = replayed(history, variant).ending
    return {
        claim.id: ending.granted_fen[no] if ending.standing[no] is Standing.GRANTED else 0
        for no, claim in enumerate(history.claims)
    }


def in_fact(scheme):
    """By claim: its amount where its money is set aside or paid."""
    claims = Claim.objects.filter(scheme=scheme)
    return {claim.pk: claim.amount_fen if claim.state in GRANTED else 0 for claim in claims}


def misses(scheme):
    """Each claim of which the replay under the real rules says something else than the claim: what it has, what it would."""
    real, found = in_fact(scheme), gone_through(scheme)
    return {pk: (real[pk], found[pk]) for pk in real if real[pk] != found[pk]}
