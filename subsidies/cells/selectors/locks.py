"""What the register has said of claims. Where this installation is no cell, each of these asks for nothing more."""

from collections.abc import Collection

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from subsidies.models import LockQuestion, PayoutStop


def is_cell() -> bool:
    """Whether this installation asks a register."""
    return bool(settings.REGISTER_URL)


def lock_facts(claims: Collection[int]) -> dict[int, bool]:
    """Of these claims, those of which the register has answered what is asked now: whether a claim of another cell holds
    their bike, vehicle or person.
    """
    if not is_cell():
        return {}
    answered = LockQuestion.objects.filter(claim__in=claims, in_force=True).exclude(word="")
    return {claim: word == LockQuestion.Word.TAKEN for claim, word in answered.values_list("claim", "word")}


def lock_kept() -> Q:
    """For a queryset of claims: whether the register keeps their keys; or is not asked at all."""
    if not is_cell():
        return Q(pk__isnull=False)
    kept = LockQuestion.objects.filter(claim=OuterRef("pk"), in_force=True, word=LockQuestion.Word.KEPT)
    return Q(Exists(kept))


def taken_by(claim: int) -> LockQuestion | None:
    """The answer that another cell's claim holds this one's bike, vehicle or person; None where there was none."""
    return LockQuestion.objects.filter(claim=claim, word=LockQuestion.Word.TAKEN).order_by("pk").last()


def lies_behind() -> bool:
    """Whether this database is being looked at because it may have been restored: it then asks the register nothing."""
    return PayoutStop.objects.filter(state=PayoutStop.State.OPEN, why=PayoutStop.Why.BEHIND).exists()
