"""A scheme is suspended, closed and archived by two people; past the verbs the database says the same."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from core.decisions import unmarked
from subsidies.allocation.services.allocate import NOTHING, allocate
from subsidies.claims.services.receive import receive_claims
from subsidies.closing.services.close import close_month, confirm_close
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.marked import STEP_DECIDED, STEP_PROPOSED
from subsidies.models import Claim, RecoveryCase, Scheme, SchemeStep
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.payouts.services.returns import record_returned
from subsidies.schemes.selectors.current import SchemesShut
from subsidies.schemes.selectors.open_points import open_points
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import (
    AlreadyOpen,
    Decided,
    Faulty,
    NoteMissing,
    NotYours,
    approve_change,
    propose_change,
)
from subsidies.schemes.services.clone import clone_scheme, moved
from subsidies.schemes.services.create import create_scheme
from subsidies.schemes.services.steps import (
    NotFromHere,
    NotOver,
    StillOpen,
    confirm_step,
    decline_step,
    propose_step,
    withdraw_step,
)
from subsidies.schemes.states import STEPS, SchemeState, StepKind
from subsidies.tasks import sweep_payouts
from tests.console import ANOTHER_CLAIM, put_in, refused, sql, tamper
from tests.factories import (
    NOW,
    TradeInFactory,
    UserFactory,
    local,
    make_claim,
    make_plan,
    make_scheme,
    take_steps,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db

K = StepKind
LATER = local("2022-11-02 09:00:00")  # October is over


def propose(scheme, kind, *, by=None, now=LATER, note="区政府专题会议纪要", named=None):
    return propose_step(scheme=scheme, kind=kind, note=note, by=by or UserFactory(), now=now, named=named)


def step(scheme, *kinds, named=None):
    return take_steps(scheme, *kinds, now=LATER, named=named)


def books_closed(scheme):
    for month in (date(2022, 9, 1),):
        confirm_close(
            period=close_month(scheme=scheme, month=month, by=UserFactory(), now=LATER),
            by=UserFactory(),
            now=LATER,
        )


@laid
def scheme():
    return make_scheme()


# ------------------------------------------------------------------ refusals


def test_the_table_of_steps_is_the_databases():
    for kind, state in product(StepKind, SchemeState):
        ((told,),) = sql("SELECT state_after_step(%s, %s)", kind, state)
        assert told == STEPS[kind].get(state)


def test_nobody_takes_a_step_alone_nor_without_saying_why(scheme):
    alone = UserFactory()
    with pytest.raises(NoteMissing):
        propose(scheme, K.SUSPEND, note=" ")
    proposed = propose(scheme, K.SUSPEND, by=alone)
    with pytest.raises(NotYours):
        confirm_step(step=proposed, by=alone, now=LATER)
    with pytest.raises(NotYours):
        withdraw_step(step=proposed, by=UserFactory(), now=LATER)
    with pytest.raises(NoteMissing):
        decline_step(step=proposed, by=UserFactory(), now=LATER, note="")
    with pytest.raises(AlreadyOpen):
        propose(scheme, K.CLOSE)
    scheme.refresh_from_db()
    assert scheme.is_open


@pytest.mark.parametrize("end", ["declined", "withdrawn"])
def test_what_was_declined_or_withdrawn_changes_nothing_and_is_decided_once(scheme, end):
    alone = UserFactory()
    proposed = propose(scheme, K.SUSPEND, by=alone)
    if end == "declined":
        decline_step(step=proposed, by=UserFactory(), now=LATER, note="再核实")
    else:
        withdraw_step(step=proposed, by=alone, now=LATER)
    with pytest.raises(Decided):
        confirm_step(step=proposed, by=UserFactory(), now=LATER)
    scheme.refresh_from_db()
    assert scheme.is_open
    assert step(scheme, K.SUSPEND).state == "suspended"


def test_a_step_begins_only_where_the_table_says(scheme):
    for kind in (K.RESUME, K.REOPEN, K.ARCHIVE, K.RESTORE):
        with pytest.raises(NotFromHere):
            propose(scheme, kind)
    draft = create_scheme(make_plan(year=2023), by=UserFactory(), now=NOW)
    for kind in StepKind:
        with pytest.raises(NotFromHere):
            propose(draft, kind)


def test_a_scheme_is_not_closed_before_its_last_day_is_over(scheme):
    with pytest.raises(NotOver):
        propose(scheme, K.CLOSE, now=local("2022-08-31 23:59:59"))


@pytest.mark.parametrize("kinds", [(K.SUSPEND,), (K.CLOSE,)])
def test_what_is_not_open_takes_no_claims_and_says_so(scheme, make_batch, kinds):
    step(scheme, *kinds, named={"months": "12 月一并关账"})
    batch = make_batch()
    TradeInFactory(batch=batch)
    with pytest.raises(SchemesShut) as refusal:
        receive_claims(batch_id=batch.pk, by=None, now=NOW)
    assert scheme.name in refusal.value.sentence
    assert not Claim.objects.exists()


def test_of_a_file_for_two_schemes_nothing_is_taken_where_one_is_suspended(make_batch):
    one, other = make_scheme(), make_scheme(year=2021)
    step(other, K.SUSPEND)
    batch = make_batch()
    for each in (one, other):
        TradeInFactory(batch=batch, day=each.stages.get(no=1).starts_on)
    with pytest.raises(SchemesShut):
        receive_claims(batch_id=batch.pk, by=None, now=NOW)
    step(other, K.RESUME)
    assert receive_claims(batch_id=batch.pk, by=None, now=NOW) == 2


def test_what_is_suspended_allots_nothing_and_what_was_due_is_allotted_afterwards(scheme):
    claim = make_claim(scheme)
    step(scheme, K.SUSPEND)
    assert allocate(scheme=scheme, now=NOW) == allocate(scheme=scheme, now=NOW, whole=True) == NOTHING
    step(scheme, K.RESUME)
    allocate(scheme=scheme, now=NOW)
    claim.refresh_from_db()
    assert claim.state == "settled"


def test_a_close_names_every_open_point_and_no_draft_of_it_will_do(scheme):
    make_claim(scheme, state="review")
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    with pytest.raises(StillOpen) as refusal:
        propose(scheme, K.CLOSE, named={"claims": "补充材料未到", "reserved": " "})
    assert {point.code for point in refusal.value.points} == {"reserved", "months"}
    named = {"claims": "补充材料未到", "reserved": "10 月发放", "months": "年底关账"}
    proposed = propose(scheme, K.CLOSE, named=named)
    change = Proposal(Terms.of(scheme.policy), "追加", 100)
    propose_change(scheme=scheme, proposal=change, by=UserFactory(), now=NOW)
    with pytest.raises(StillOpen):  # since it was proposed
        confirm_step(step=proposed, by=UserFactory(), now=LATER)
    sql("UPDATE subsidies_schemechange SET state = 'withdrawn', decided_by_id = proposed_by_id, decided_at = now()"
        " WHERE state = 'proposed'")  # fmt: skip
    confirmed = confirm_step(step=proposed, by=UserFactory(), now=LATER)
    assert [point["code"] for point in confirmed.open_points] == ["claims", "reserved", "months"]


def test_what_is_open_is_not_archived(scheme):
    closed = step(scheme, K.CLOSE, named={"months": "年底关账"})
    with pytest.raises(StillOpen):
        propose(closed, K.ARCHIVE)
    books_closed(scheme)
    assert open_points(scheme) == []
    assert step(scheme, K.ARCHIVE).state == "archived"


def test_what_is_closed_keeps_its_terms_and_what_is_archived_everything(scheme):
    closed = step(scheme, K.CLOSE, named={"months": "年底关账"})
    terms = Terms.of(scheme.policy)
    other = Terms(**{**_fields(terms), "per_person_cap": 2})
    with pytest.raises(Faulty, match="各项规定不再变更"):
        propose_change(scheme=closed, proposal=Proposal(other, "改"), by=UserFactory(), now=LATER)
    back = propose_change(
        scheme=closed, proposal=Proposal(terms, "收回余款", -100), by=UserFactory(), now=LATER
    )
    sql("UPDATE subsidies_schemechange SET state = 'withdrawn', decided_by_id = proposed_by_id, decided_at = now()"
        " WHERE id = %s", back.pk)  # fmt: skip
    books_closed(scheme)
    archived = step(scheme, K.ARCHIVE)
    with pytest.raises(Faulty, match="方案已归档"):
        propose_change(
            scheme=archived, proposal=Proposal(terms, "收回余款", -100), by=UserFactory(), now=LATER
        )


def _fields(terms):
    return {name: getattr(terms, name) for name in terms.__slots__}


# ------------------------------------------------------------------ at the console


def test_nobody_moves_a_scheme_by_hand(scheme):
    for state in ("suspended", "closed", "archived", "draft"):
        assert refused("UPDATE subsidies_scheme SET state = %s", state, because="two people decide")
    draft = create_scheme(make_plan(year=2023), by=UserFactory(), now=NOW)
    assert refused(
        "UPDATE subsidies_scheme SET state = 'open' WHERE id = %s", draft.pk, because="two people decide"
    )


PROPOSED = (
    "INSERT INTO subsidies_schemestep (scheme_id, kind, from_state, state, note, named, open_points, proposed_by_id,"
    " proposed_at, decided_by_id, decided_at, decision_note)"
    " VALUES (%s, %s, %s, %s, 'x', '{}', '[]', %s, now(), %s, %s, '')"
)


def test_a_step_is_not_laid_down_as_decided_nor_from_another_state(scheme):
    one, other = UserFactory().pk, UserFactory().pk
    decided = (scheme.pk, "suspend", "open", "confirmed", one, other, LATER)
    assert refused(PROPOSED, *decided, because="begins as a proposal")
    for kind, stands in (("resume", "suspended"), ("resume", "open"), ("archive", "closed")):
        assert refused(PROPOSED, scheme.pk, kind, stands, "proposed", one, None, None, because="is open: no")


def test_a_step_is_decided_once_by_another_and_stays_as_it_was_proposed(scheme):
    proposed = propose(scheme, K.SUSPEND)
    confirm = "UPDATE subsidies_schemestep SET state = 'confirmed', decided_at = %s, decided_by_id = {}"
    assert refused(confirm.format("proposed_by_id"), LATER, because="a_scheme_step_has_two_people")
    confirm_other = confirm.format(UserFactory().pk) + ", kind = 'close'"
    assert refused(confirm_other, LATER, because="stays as it was")
    sql(confirm.format(UserFactory().pk), LATER)
    scheme.refresh_from_db()
    assert scheme.state == "suspended"
    assert refused(
        "UPDATE subsidies_schemestep SET state = 'declined', decision_note = 'x'", because="decided once"
    )
    assert refused("DELETE FROM subsidies_schemestep WHERE id = %s", proposed.pk, because="never|not|refuse")


def test_an_early_or_a_hollow_close_is_refused_by_the_database(scheme):
    make_claim(scheme)
    sql(PROPOSED, scheme.pk, "close", "open", "proposed", UserFactory().pk, None, None)
    confirm = "UPDATE subsidies_schemestep SET state = 'confirmed', decided_by_id = %s, decided_at = %s"
    assert refused(confirm, UserFactory().pk, local("2022-08-31 12:00:00"), because="days to come")
    assert refused(confirm, UserFactory().pk, LATER, because="nobody named")


def test_past_the_verbs_a_suspended_scheme_takes_no_claim_and_reserves_nothing(scheme, monkeypatch):
    claim = make_claim(scheme)
    step(scheme, K.SUSPEND)
    assert refused(ANOTHER_CLAIM, "refused", None, claim.pk, because="takes no claims")
    monkeypatch.setattr(Scheme, "is_open", True)  # an allocator that does not ask
    with pytest.raises(IntegrityError, match="allots nothing"), transaction.atomic():
        allocate(scheme=scheme, now=NOW)


def test_nothing_is_booked_or_begun_in_the_archive(scheme):
    claim = make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    put_in(claim, "paid")
    tamper("UPDATE subsidies_scheme SET state = 'archived'")
    begun = {"claim_id": claim.pk, "reason": "other", "basis": "x", "note": "x", "amount_fen": 1}
    with pytest.raises(IntegrityError, match="archived"), transaction.atomic():
        RecoveryCase.objects.create(**begun, proposed_by=UserFactory(), proposed_at=NOW)
    with pytest.raises(IntegrityError, match="archived"), transaction.atomic():
        claim.supplements.create(
            ref="S1", amount_fen=1, reason="other", note="x", proposed_by=UserFactory(), proposed_at=NOW
        )


# ------------------------------------------------------------------ and what goes on


def test_what_was_allotted_is_paid_and_may_come_back_while_the_scheme_is_closed(
    scheme, approver, maker, releaser, outside
):
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    approve_claims(claims=scheme.claims.all(), by=approver, now=NOW)
    (batch,) = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=maker, now=NOW).batches
    release_payout(batch=batch, by=releaser, now=NOW)
    step(scheme, K.SUSPEND, K.CLOSE, named=dict.fromkeys(("reserved", "batches", "months"), "11 月发放完毕"))
    sweep_payouts()
    sweep_payouts()
    line = batch.lines.get()
    assert line.state == "success"
    assert record_returned(numbers=[line.request_no], now=NOW) == 1
    assert scheme.claims.get().state == "payout_failed"
    assert verify_ledger(scheme=scheme) == []


def test_a_way_back_leads_past_suspended(scheme):
    step(scheme, K.CLOSE, named={"months": "年底关账"})
    assert step(scheme, K.REOPEN).state == "suspended"
    assert step(scheme, K.RESUME).state == "open"


# ------------------------------------------------------------------ next year's


def test_next_years_scheme_is_this_years_a_year_later_and_open_once_another_approves(scheme):

    terms = Terms.of(scheme.policy)
    later = Terms(**{**_fields(terms), "stages": moved(terms.stages)})
    with pytest.raises(Faulty, match="重叠"):
        clone_scheme(
            source=scheme, code="n", name="n", proposal=Proposal(terms, "x", 100), by=UserFactory(), now=NOW
        )
    draft = clone_scheme(
        source=scheme,
        code="2023",
        name="2023 年",
        proposal=Proposal(later, "续办", 100),
        by=UserFactory(),
        now=NOW,
    )
    assert (draft.state, draft.changes.get().note) == ("draft", "续办")
    assert list(draft.stages.values_list("starts_on", flat=True)) == [date(2023, m, 1) for m in (6, 7, 8)]
    with pytest.raises(NotYours):
        approve_change(change=draft.changes.get(), by=draft.changes.get().proposed_by, now=NOW)
    approve_change(change=draft.changes.get(), by=UserFactory(), now=NOW)
    draft.refresh_from_db()
    assert (draft.state, draft.funded_fen) == ("open", 100)
    assert Scheme.objects.on(date(2023, 6, 5)) == draft


def test_the_29th_of_february_is_the_28th_of_another_year(scheme):
    (first, *_rest) = Terms.of(scheme.policy).stages
    leap = type(first)(1, date(2024, 2, 29), date(2024, 2, 29) + timedelta(days=1), 100, None)
    assert [(each.starts_on, each.ends_on) for each in moved((leap,))] == [
        (date(2025, 2, 28), date(2025, 3, 1))
    ]


def test_every_step_bears_the_marks_of_two_people(scheme):

    step(scheme, K.SUSPEND)
    found = SchemeStep.objects.values_list("pk", flat=True)
    assert unmarked(STEP_PROPOSED, found) == unmarked(STEP_DECIDED, found) == set()
    tamper("UPDATE subsidies_schemestep SET note = '别的'")
    assert unmarked(STEP_PROPOSED, found) == unmarked(STEP_DECIDED, found) == set(found)
