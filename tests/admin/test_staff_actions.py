"""Each thing that staff do with claims is declared once; the pages have a title, an effect and a form for each."""

import pytest
from django import forms

from core.audit.wording import VERBS as TRAIL_WORDS
from subsidies.actions.pages.questions import ACTION_WORDS, LEFT
from subsidies.actions.services.staff_actions import ACTIONS, NoteMissing, Outcome, perform
from subsidies.claims.admin import ClaimAdmin
from subsidies.claims.services import undo
from subsidies.claims.services.undo import UnknownReason
from subsidies.models import Claim, ClaimEvent
from subsidies.review.pages.case import OFFERED
from subsidies.states import MOVES, ClaimState
from tests.console import put_in
from tests.factories import NOW, UserFactory, make_claim, make_scheme

EVERY = pytest.mark.parametrize("slug", ACTIONS)


def test_the_pages_have_words_for_every_action_and_for_nothing_else():
    assert list(ACTION_WORDS) == list(ACTIONS)
    assert {*OFFERED, *(action.__name__ for action in ClaimAdmin.actions)} <= {*ACTIONS, "ask_for_a_file"}


def test_the_pages_have_words_for_everything_that_stands_in_the_way_and_for_nothing_else():
    codes = {each.code for action in ACTIONS.values() for each in action.blocked_by}
    assert {*LEFT} == {"state", *codes}


@EVERY
def test_the_form_asks_for_what_the_action_needs(slug):
    action, fields = ACTIONS[slug], ACTION_WORDS[slug].form().fields
    asked = fields.get("reason") or fields.get("reasons") or forms.ChoiceField()
    assert {code for code, _title in asked.choices if code} == {*action.reasons}
    assert ("note" in fields and fields["note"].required) == action.needs_note


@EVERY
def test_an_action_starts_from_somewhere_and_every_state_but_the_last_has_one(slug):
    assert ACTIONS[slug].starts_from
    begun = {state for action in ACTIONS.values() for state in action.starts_from}
    by_its_case, on_paper = {ClaimState.RECOVERING}, {ClaimState.REFUSED}
    assert begun | by_its_case | on_paper == {state for state, moves in MOVES.items() if moves}


@pytest.mark.django_db
@EVERY
def test_what_starts_from_nowhere_else_moves_nothing_else(slug, boss):
    """The verb itself leaves alone what the action says that it does not start from."""
    scheme, action = make_scheme(), ACTIONS[slug]
    for state in ClaimState:
        if state not in action.starts_from:
            put_in(make_claim(scheme), state)
    before = [*Claim.objects.order_by("pk").values_list("pk", "state")]
    assert before
    done = perform(action, Claim.objects.all(), by=boss, now=NOW, reasons=[*action.reasons][:1], note="x")
    assert done == Outcome(0)
    assert [*Claim.objects.order_by("pk").values_list("pk", "state")] == before
    assert not Claim.objects.filter(holds__isnull=False).exists()


@pytest.mark.django_db
@EVERY
def test_what_an_action_moves_is_told_by_name_in_the_trail(slug, boss, monkeypatch):
    action, scheme = ACTIONS[slug], make_scheme()
    for state in action.starts_from:
        put_in(make_claim(scheme), state)
    monkeypatch.setattr(
        undo, "append_for_claims", lambda **row: None
    )  # they were laid there without their money
    number = ClaimEvent.objects.latest("pk").pk
    perform(action, Claim.objects.all(), by=boss, now=NOW, reasons=[*action.reasons][:1], note="x")
    verbs = ClaimEvent.objects.filter(pk__gt=number).values_list("verb", flat=True)
    assert {*verbs} <= {*TRAIL_WORDS}


# ------------------------------------------------------------------ refused


@pytest.fixture
def claims(db):
    make_claim(make_scheme(), state="review")
    return Claim.objects.all()


@pytest.mark.parametrize("slug", [slug for slug, action in ACTIONS.items() if action.reasons])
@pytest.mark.parametrize("reasons", [[], ["nonsense"], ["paid_in_error", "nonsense"]])
def test_without_a_reason_from_its_list_nothing_is_done(claims, slug, reasons):
    with pytest.raises(UnknownReason):
        perform(ACTIONS[slug], claims, by=UserFactory(), now=NOW, reasons=reasons, note="x")
    assert claims.get().state == "review"


@pytest.mark.parametrize(
    ("slug", "reason"),
    [("ask_again", "other"), ("refuse", "untrue_record"), ("propose_refusal", "untrue_record")],
)
def test_what_the_list_does_not_say_is_told_in_a_note(claims, slug, reason):
    with pytest.raises(NoteMissing):
        perform(ACTIONS[slug], claims, by=UserFactory(), now=NOW, reasons=[reason], note="  ")
    assert claims.get().state == "review"
