"""Whose cases can be, and whose they are."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from core.models import User
from subsidies.models import CaseAssignment, Claim
from subsidies.review.selectors.open_cases import open_cases

DECIDES = ("decide_claim", "change_claim")


def may_handle(person: User) -> bool:
    """Whether cases can be this person's: at work, and with a right to decide them."""
    return person.is_active and any(person.has_perm(f"subsidies.{right}") for right in DECIDES)


def handlers() -> QuerySet[User]:
    """Everybody whose cases can be."""
    rights = Permission.objects.filter(content_type__app_label="subsidies", codename__in=DECIDES)
    people = User.objects.filter(is_active=True, is_staff=True)
    able = people.filter(Q(groups__permissions__in=rights) | Q(user_permissions__in=rights))
    return able.distinct().order_by("username")


def holders(claims: list[int]) -> dict[int, CaseAssignment]:
    """Whose these cases are."""
    held = CaseAssignment.objects.open().filter(claim__in=claims).select_related("holder", "given_by")
    return {each.claim_id: each for each in held}


def since(claim: Claim) -> datetime | None:
    """When a claim began to wait; None where it does not."""
    found: Any = open_cases().filter(pk=claim.pk).first()
    return found.since if found else None
