"""The set-based allocation decides what the readable walk decides, whatever the queue."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subsidies.allocation.services.allocate import allocate
from subsidies.engine.queue import Funds, OpenClaim, Outcome, QueuePolicy, decide
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim
from tests.examples import examples
from tests.factories import NOW, OwnerFactory, local, make_claim, make_scheme
from tests.undone import undone

pytestmark = pytest.mark.django_db

MONTHS = {1: "2022-06-10 12:00:00", 2: "2022-07-10 12:00:00", 3: "2022-08-10 12:00:00"}
QUEUES = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3]),  # stage
        st.integers(0, 4),  # minutes after noon: collisions are wanted
        st.integers(0, 2),  # person
        st.sampled_from(["eligible", "eligible", "waitlisted", "checking", "review"]),
        st.sampled_from(
            [None, 5_000, 30_000]
        ),  # the stage's amount, or what it was before a change of the scheme
    ),
    max_size=12,
)
MONEY = st.integers(1, 20).map(lambda n: n * 10_000)
CAP = st.one_of(st.none(), MONEY)


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(QUEUES, MONEY, st.tuples(CAP, CAP, CAP), st.booleans(), st.sampled_from([None, 1, 2]))
@undone()
def test_it_decides_as_the_walk_does(queue, budget, caps, strict, per_person):
    scheme = make_scheme(
        budget_fen=budget, caps=caps, head_of_line="strict" if strict else "skip", per_person_cap=per_person
    )
    people = [OwnerFactory() for _ in range(3)]
    claims = [
        make_claim(
            scheme,
            state=state,
            owner=people[person],
            completed_at=local(MONTHS[stage]) + timedelta(minutes=minutes),
            amount_fen=amount,
        )
        for stage, minutes, person, state, amount in queue
    ]
    expected = decide(
        [
            OpenClaim(
                (c.completed_at, c.received_at, c.pk),
                c.owner_id,
                c.stage.no,
                c.amount_fen,
                c.state in ("eligible", "waitlisted"),
            )
            for c in claims
        ],
        Funds(budget, {no: cap for no, cap in zip((1, 2, 3), caps, strict=True) if cap is not None}),
        QueuePolicy(strict=strict, per_person_cap=per_person),
    )

    allocate(scheme=scheme, now=NOW)

    became = {Outcome.SETTLE: "settled", Outcome.WAIT: "waitlisted", Outcome.REFUSE: "refused"}
    assert dict(Claim.objects.filter(scheme=scheme).values_list("pk", "state")) == {
        c.pk: became.get(expected[c.pk], c.state) for c in claims
    }
    assert verify_ledger(scheme=scheme) == []
    again = allocate(scheme=scheme, now=NOW)
    assert (again.settled, again.waitlisted, again.refused) == (0, 0, 0)


@pytest.mark.parametrize(
    ("left", "amounts", "became"),
    [
        (20_000, [30_000, 10_000], ["waitlisted", "settled"]),  # the scheme has no room for the first
        (
            90_000,
            [30_000, 10_000, 5_000],
            ["settled", "waitlisted", "settled"],
        ),  # its stage has none for the second
        (20_000, [30_000, 20_000, 30_000, 10_000], ["waitlisted", "settled", "waitlisted", "waitlisted"]),
    ],
)
def test_under_skip_what_does_not_fit_takes_no_room_of_its_stage(left, amounts, became):
    scheme = make_scheme(budget_fen=left, caps=(35_000, None, None), head_of_line="skip")
    noon = local(MONTHS[1])
    claims = [
        make_claim(scheme, completed_at=noon + timedelta(minutes=after), amount_fen=amount)
        for after, amount in enumerate(amounts)
    ]

    allocate(scheme=scheme, now=NOW)

    assert [Claim.objects.get(pk=claim.pk).state for claim in claims] == became
