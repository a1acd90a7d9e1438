"""A scheme whose money ended: four people asked, three of them in June, two streets; and what it is to ask for a replay."""

from dataclasses import replace

import pytest

from subsidies.allocation.services.allocate import allocate
from subsidies.laboratory.services.runs import ask_for_run, work_on_run
from subsidies.laboratory.variants import Variant
from subsidies.models import LaboratoryRun
from subsidies.schemes.selectors.terms import Terms
from tests.factories import (
    NOW,
    FiledBikeFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    local,
    make_claim,
    make_scheme,
)

PEOPLE = (
    ("2022-06-10", "湖墅"),
    ("2022-06-11", "湖墅"),
    ("2022-06-20", "米市巷"),
    ("2022-07-05", "米市巷"),
)


@pytest.fixture
def scheme():
    """600 yuan: the first two have them, the third and the fourth wait."""
    scheme = make_scheme(budget_fen=60_000)
    for day, street in PEOPLE:
        at = local(f"{day} 12:00:00")
        owner = OwnerFactory(name="欧阳娜娜")
        trade_in = TradeInFactory(owner=owner, owner_name=owner.name, plated_at=at, day=at.date())
        FiledBikeFactory(filing_plate_no=trade_in.filing_plate_no, owner=owner, subdistrict=street)
        make_claim(scheme, trade_in=trade_in, completed_at=at)
    allocate(scheme=scheme, now=NOW)
    return scheme


def variant(scheme, *, title="1", budget_fen=None, stages=None, **differs):
    """What is in force, but for what is told. `stages`: what differs, by number."""
    terms = Terms.of(scheme.policy)
    plans = tuple(replace(each, **(stages or {}).get(each.no, {})) for each in terms.stages)
    scheme.refresh_from_db()
    return Variant(title, replace(terms, stages=plans, **differs), budget_fen or scheme.funded_fen)


def asked(scheme, *variants, by=None):
    told = {"title": "若追加资金", "note": "第二批还差多少", "variants": variants}
    return ask_for_run(scheme=scheme, **told, by=by or UserFactory(), now=NOW)


def ready(scheme, *variants):
    run = asked(scheme, *variants)
    work_on_run(run_id=run.pk, clock=lambda: NOW)
    return LaboratoryRun.objects.get(pk=run.pk)
