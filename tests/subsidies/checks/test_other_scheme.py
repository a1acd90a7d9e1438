"""The authorities' time decides the scheme, too: a claim goes to the one that its completion falls to, and is in no two."""

from datetime import date

import pytest

from ebikes.licensing.ask import look_up_all
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.claims.selectors.place import place_of
from subsidies.claims.services.receive import receive_claims
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, ClaimTally
from subsidies.schemes.states import StepKind
from tests.console import refused, update
from tests.factories import NOW, TradeInFactory, local, make_claim, make_scheme, take_steps
from tests.laid import laid

pytestmark = pytest.mark.django_db

IN_AUGUST, IN_JUNE = local("2022-08-31 12:00:00"), local("2023-06-01 09:00:00")


@laid
def this():
    return make_scheme()


@laid
def then():
    return make_scheme(year=2023)


@pytest.fixture
def late(this, then, make_batch, outside):
    """A record of the last of August that 云申领 dates to the first of next June; its claim, under this year's scheme."""
    batch = make_batch()
    trade_in = TradeInFactory(day=date(2022, 8, 30), plated_at=IN_AUGUST, batch=batch)
    outside.know(trade_in, plated_at=IN_JUNE.isoformat())
    receive_claims(batch_id=batch.pk, by=None, now=NOW)
    claim = Claim.objects.get(trade_in=trade_in)
    assert claim.scheme == this
    return claim


def judge(now=NOW):
    due = lease_due_claims(limit=10, now=now)
    asked = {
        "exing": [d.exing_plate for d in due if d.exing_plate],
        "yunshenling": [d.yunshenling_plate for d in due if d.yunshenling_plate],
    }
    exing, plates = look_up_all(**asked)
    record_answers(due, exing=exing, yunshenling=plates, now=now)


def test_it_goes_to_the_scheme_of_the_authoritys_time_in_that_queues_order_and_says_so(late, this, then):
    before = make_claim(then, completed_at=local("2023-06-01 08:00:00"))
    behind = make_claim(then, completed_at=local("2023-06-01 10:00:00"))
    judge()
    late.refresh_from_db()
    assert (late.scheme, late.state, late.stage.no, late.amount_fen) == (then, "eligible", 1, 30_000)
    assert (late.policy, late.completed_at) == (then.policy, IN_JUNE)
    assert [place_of(each) for each in (before, late, behind)] == [1, 2, 3]
    note = late.events.get(to_state="eligible").note
    assert note == f"按主管部门登记的完成时间，由方案“{this.name}”转入方案“{then.name}”"
    for scheme in (this, then):
        allocate(scheme=scheme, now=local("2023-07-01 12:00:00"))
        assert verify_ledger(scheme=scheme) == []
    assert ClaimTally.objects.filter(scheme=this).total() == this.ledger.filter(kind="reserve").count() == 0
    assert then.ledger.filter(kind="reserve", claim_id=late.pk).count() == 1


def test_it_waits_where_that_scheme_takes_none_now_and_goes_there_afterwards(late, this, then):
    take_steps(then, StepKind.SUSPEND)
    judge()
    late.refresh_from_db()
    assert (late.scheme, late.state) == (this, "checking")
    take_steps(then, StepKind.RESUME)
    judge(now=late.next_check_at)
    late.refresh_from_db()
    assert (late.scheme, late.state) == (then, "eligible")


def test_a_day_that_no_scheme_covers_leads_nowhere(this, then, make_batch, outside):
    batch = make_batch()
    trade_in = TradeInFactory(day=date(2022, 8, 30), plated_at=IN_AUGUST, batch=batch)
    outside.know(trade_in, plated_at=local("2022-09-01 00:00:00").isoformat())
    receive_claims(batch_id=batch.pk, by=None, now=NOW)
    judge()
    claim = Claim.objects.get(trade_in=trade_in)
    assert (claim.scheme, claim.state, claim.refusals) == (this, "refused", ["outside_stages"])


def test_nobody_moves_a_claim_to_a_scheme_of_another_day_nor_one_that_has_a_place(late, this, then):
    to_then = f"scheme_id = {then.pk}"
    assert refused(update(late, to_then), because="does not belong to that scheme")
    settled = make_claim(this, completed_at=IN_AUGUST)
    dated = f"{to_then}, completed_at = '{IN_JUNE.isoformat()}'"
    assert refused(update(settled, dated), because="frozen")
