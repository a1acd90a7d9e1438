"""A reason from the list is kept as its code, whoever decides, and read by everybody in their own language."""

import pytest
from django.utils import translation

from core.audit.acting import acting
from subsidies.actions.services.staff_actions import ACTIONS
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.audit_history import moves_of_claim
from subsidies.decision_reasons import OTHER, SUPPLEMENT, TITLES, reasons_and_note
from subsidies.models import Hold
from subsidies.review.pages.claim_facts import facts
from subsidies.review.services.holds import clear_holds, place_holds
from tests.english import chinese_in
from tests.factories import NOW, UserFactory, make_claim, make_scheme

LISTED = [code for code in TITLES if code != OTHER]


@pytest.mark.parametrize("code", LISTED)
def test_every_reason_is_read_in_the_reader_s_language(code):
    assert reasons_and_note([code], "Seen") == f"{TITLES[code]}：Seen"
    with translation.override("en"):
        assert reasons_and_note([code], "Seen") == f"{TITLES[code]}: Seen"
        assert reasons_and_note([code], "") == str(TITLES[code])
        assert chinese_in(reasons_and_note([code], "")) == []


def test_a_code_means_the_same_wherever_it_stands():
    listed = [*(each.reasons for each in ACTIONS.values()), SUPPLEMENT]
    said = {(code, str(title)) for reasons in listed for code, title in reasons.items()}
    assert said == {(code, str(title)) for code, title in TITLES.items()}


def test_several_reasons_are_all_read():
    assert reasons_and_note(["plate_wrong", "times_wrong"], "") == "号牌录入有误、时间录入有误"
    with translation.override("en"):
        assert chinese_in(reasons_and_note(["plate_wrong", "times_wrong"], "")) == []


@pytest.mark.parametrize(
    ("codes", "note", "read"),
    [
        ([], "", ""),
        ([], "车主来电：已退车(returned)", "车主来电：已退车(returned)"),  # somebody's own words stay theirs
        ([OTHER], "车主来电", "车主来电"),
        (["no_longer_listed"], "已核", "no_longer_listed：已核"),
    ],
)
def test_what_is_not_from_the_list_is_read_as_it_was_written(codes, note, read):
    assert reasons_and_note(codes, note) == read


@pytest.fixture
def decided(db):
    """A claim that was held, let go and withdrawn, each for a reason."""
    claim, person = make_claim(make_scheme()), UserFactory()
    place_holds(kind=Hold.Kind.OBJECTION, evidence={claim.pk: {}}, by=person, now=NOW, reasons=["identity"])
    clear_holds(holds=claim.holds.all(), by=person, now=NOW, reasons=["seen_on_site"])
    with acting("cancel_claims", by=person, now=NOW, reasons=["returned"], note="Receipt (identity)"):
        claim.scheme.claims.filter(pk=claim.pk).update(state="cancelled")
    claim.refresh_from_db()
    return claim


def test_the_codes_stand_apart_from_what_was_typed(decided):
    event, hold = decided.events.last(), decided.holds.get()
    assert (event.reasons, event.note) == (["returned"], "Receipt (identity)")
    assert (hold.reasons, hold.cleared_reasons, hold.note) == (["identity"], ["seen_on_site"], "")


def test_a_claim_s_page_its_history_and_its_explanation_read_them_so(decided):
    with translation.override("en"):
        shown = facts(decided)
        held = shown["holds"][0]
        notes = [*held.sentences, held.note, shown["steps"][-1].note]
        more = [moves_of_claim(str(decided.pk))[0].what, explain_claim(decided).history[-1]]
        assert chinese_in("\n".join([*notes, *more])) == []
        assert notes == [
            str(TITLES["identity"]),
            str(TITLES["seen_on_site"]),
            f"{TITLES['returned']}: Receipt (identity)",
        ]
        assert all(notes[-1] in each for each in more)


def test_a_move_without_a_reason_says_none(db):
    claim = make_claim(make_scheme())
    assert [event.reasons for event in claim.events.all()] == [[]] * claim.events.count()
    assert "()" not in "".join(explain_claim(claim).history)
