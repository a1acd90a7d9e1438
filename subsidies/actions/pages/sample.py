"""Some of many claims, drawn by chance, to be looked at before all of them are approved."""

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


def sample_of(slug: str, claims: QuerySet[Claim], *, by: User) -> Sample:
    """A few of those that the action would move, others each time: nobody knows beforehand which."""
    ids = list(would_move(ACTIONS[slug], claims, by=by).order_by().values_list("pk", flat=True))
    drawn = random.SystemRandom().sample(ids, min(SIZE, len(ids)))
    chosen = Claim.objects.filter(pk__in=drawn).select_related("trade_in__merchant").order_by("pk")
    payees = payees_of(chosen)
    rows = [
        (
            reverse("admin:subsidies_claim_change", args=[claim.pk]),
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
    return Sample([_("单号"), _("车主"), _("商户"), _("收款"), _("金额(元)")], rows)
