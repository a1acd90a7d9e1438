"""The claims that are about to be decided, to be looked at before: each of a few; of many some, drawn by chance."""

import random

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.money import yuan
from core.privacy.masks import mask_name
from core.staff.ask_first import Sample
from subsidies.actions.services.staff_actions import ACTIONS, would_move
from subsidies.claims.selectors.payee import masked, payees_of
from subsidies.models import Claim

SAMPLED = ("approve",)
SIZE = 8
FEW = 50  # claims that are named one by one


def sample_of(slug: str, claims: QuerySet[Claim], *, by: User) -> Sample:
    """A few of those that the action would move, others each time: nobody knows beforehand which."""
    ids = list(would_move(ACTIONS[slug], claims, by=by).order_by().values_list("pk", flat=True))
    drawn = random.SystemRandom().sample(ids, min(SIZE, len(ids)))
    rows = [(_page(claim), cells) for claim, cells in _told(Claim.objects.filter(pk__in=drawn))]
    return Sample(_titles(), rows)


def each_of(slug: str, claims: QuerySet[Claim], *, by: User) -> Sample:
    """Every one of a few claims, and whether the action would move it."""
    moved = set(would_move(ACTIONS[slug], claims, by=by).order_by().values_list("pk", flat=True))
    rows = [
        (_page(claim), (*cells, _("办理") if claim.pk in moved else _("不办理")))
        for claim, cells in _told(claims)
    ]
    return Sample([*_titles(), _("本次")], rows, _("所选申请"))


def _titles() -> list[str]:
    return [_("单号"), _("车主"), _("商户"), _("收款"), _("金额(元)")]


def _page(claim: Claim) -> str:
    return reverse("admin:subsidies_claim_change", args=[claim.pk])


def _told(claims: QuerySet[Claim]) -> list[tuple[Claim, tuple[str, ...]]]:
    """What is told of each, masked."""
    chosen = claims.select_related("trade_in__merchant").order_by("pk")
    payees = payees_of(chosen)
    return [
        (
            claim,
            (
                claim.trade_in.record_no,
                mask_name(claim.trade_in.owner_name),
                claim.trade_in.merchant.name,
                masked(payees[claim.pk]),
                yuan(claim.amount_fen),
            ),
        )
        for claim in chosen
    ]
