"""A claim is made under the scheme that its completion falls to, whichever was opened last; no day belongs to two."""

from dataclasses import replace
from datetime import date

import pytest

from subsidies.claims.services.receive import receive_claims
from subsidies.models import Claim, Scheme
from subsidies.schemes.selectors.current import NoScheme
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import Faulty, approve_change, propose_change
from subsidies.schemes.services.create import create_scheme
from tests.console import refused
from tests.factories import NOW, TradeInFactory, UserFactory, make_plan, make_scheme

pytestmark = pytest.mark.django_db


def received(batch, day):
    trade_in = TradeInFactory(batch=batch, day=day)
    receive_claims(batch_id=batch.pk, by=None, now=NOW)
    return Claim.objects.get(trade_in=trade_in)


def test_a_late_record_claims_under_its_own_years_scheme_though_the_next_years_is_open(make_batch):
    this, then = make_scheme(), make_scheme(year=2023)
    late = received(make_batch(), date(2022, 6, 10))
    assert (late.scheme, late.stage.no, late.amount_fen, late.policy) == (this, 1, 30_000, this.policy)
    early = received(make_batch(), date(2023, 7, 10))
    assert (early.scheme, early.stage.no, early.policy) == (then, 2, then.policy)


def test_one_file_may_hold_records_of_two_schemes(make_batch):
    schemes, batch = [make_scheme(), make_scheme(year=2021)], make_batch()
    for scheme in schemes:
        TradeInFactory(batch=batch, day=scheme.stages.get(no=2).starts_on)
    assert receive_claims(batch_id=batch.pk, by=None, now=NOW) == 2
    assert [scheme.claims.get().stage.no for scheme in schemes] == [2, 2]


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2021, 1, 1), 2021),  # before the first of them
        (date(2021, 5, 31), 2021),
        (date(2021, 6, 1), 2021),
        (date(2021, 8, 31), 2021),
        (date(2022, 5, 31), 2021),  # between two: the one that had begun
        (date(2022, 6, 1), 2022),
        (date(2030, 1, 1), 2022),  # after the last
    ],
)
def test_a_day_outside_every_stage_belongs_to_the_scheme_that_had_begun_last(day, year):
    schemes = {each: make_scheme(year=each) for each in (2022, 2021)}
    assert Scheme.objects.on(day) == schemes[year]


def test_what_one_person_planned_takes_no_claims(make_batch):
    create_scheme(make_plan(year=2022), by=UserFactory(), now=NOW)
    batch = make_batch()
    TradeInFactory(batch=batch)
    with pytest.raises(NoScheme):
        receive_claims(batch_id=batch.pk, by=None, now=NOW)
    assert not Claim.objects.exists()


def test_of_two_plans_for_one_day_the_second_is_refused_at_its_approval_with_a_sentence():
    first, second = (create_scheme(make_plan(year=2022), by=UserFactory(), now=NOW) for _ in range(2))
    approve_change(change=first.changes.get(), by=UserFactory(), now=NOW)
    with pytest.raises(Faulty) as refusal:
        approve_change(change=second.changes.get(), by=UserFactory(), now=NOW)
    said = [fault.sentence for fault in refusal.value.faults]
    assert said[0] == f"与方案“{first.name}”在 2022-06-01 至 2022-06-30 重叠：同一天只能属于一个方案"
    assert len(said) == 3


def test_nor_is_a_stage_moved_into_another_schemes_days():
    make_scheme()
    scheme = make_scheme(year=2021)
    terms = Terms.of(scheme.policy)
    stages = (*terms.stages[:2], replace(terms.stages[2], ends_on=date(2022, 6, 1)))
    with pytest.raises(Faulty, match="重叠：同一天只能属于一个方案"):
        propose_change(
            scheme=scheme, proposal=Proposal(replace(terms, stages=stages), "延长"), by=UserFactory(), now=NOW
        )


def test_the_database_opens_no_two_schemes_for_one_day():
    first, second = (create_scheme(make_plan(year=2022), by=UserFactory(), now=NOW) for _ in range(2))
    approve_change(change=first.changes.get(), by=UserFactory(), now=NOW)
    approval = "UPDATE subsidies_schemechange SET state = 'approved', decided_by_id = %s, decided_at = now() WHERE id = %s"
    assert refused(approval, UserFactory().pk, second.changes.get().pk, because="shares days with another")
