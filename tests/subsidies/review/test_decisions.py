"""A reason from the list is kept once, in Chinese with its code, and read by everybody in their own language."""

import pytest
from django.utils import translation

from core.audit.acting import acting
from subsidies.claims.audit_history import moves_of_claim
from subsidies.decision_reasons import OTHER, REASONS_FOR, as_read, as_written
from subsidies.models import Hold
from subsidies.review.pages.claim_facts import facts
from subsidies.review.services.holds import clear_holds, place_holds
from tests.english import chinese_in
from tests.factories import NOW, UserFactory, make_claim, make_scheme

LISTED = [(verb, code) for verb, reasons in REASONS_FOR.items() for code in reasons if code != OTHER]


def test_it_is_kept_in_chinese_whoever_decides():
    with translation.override("en"):
        kept = as_written("cancel", ["returned"], "Receipt seen")
    assert kept == "已退车(returned)：Receipt seen"


@pytest.mark.parametrize(("verb", "code"), LISTED)
def test_every_reason_is_read_in_the_reader_s_language(verb, code):
    kept = as_written(verb, [code], "Seen")
    title = REASONS_FOR[verb][code]
    assert as_read(kept) == f"{title}：Seen"
    with translation.override("en"):
        assert as_read(kept) == f"{title}: Seen"
        assert as_read(as_written(verb, [code], "")) == str(title)
        assert chinese_in(as_read(kept)) == []


def test_one_code_of_two_verbs_is_read_as_the_verb_that_gave_it():
    said = {as_read(as_written(verb, ["returned"], "")) for verb in ("cancel", "start_recovery")}
    assert said == {"已退车", "发放后退车"}


def test_several_reasons_are_all_read():
    kept = as_written("demand_correction", ["plate_wrong", "times_wrong"], "")
    assert as_read(kept) == "号牌录入有误、时间录入有误"
    with translation.override("en"):
        assert chinese_in(as_read(kept)) == []


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("", ""),
        ("车主来电：已退车(returned)", "车主来电：已退车"),  # somebody's own words stay theirs
        ("旧的说法(returned)：已核", "旧的说法：已核"),  # the list says it otherwise today
        ("已退车(returned)，另有说明", "已退车，另有说明"),
        ("已核对(甲)", "已核对(甲)"),
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_is_not_from_the_list_is_read_as_it_was_written(kept, read, language):
    with translation.override(language):
        assert as_read(kept) == read


@pytest.mark.django_db
def test_a_claim_s_page_and_its_history_read_them_so():
    claim, person = make_claim(make_scheme()), UserFactory()
    noticed = {"text": as_written("hold", ["identity"], "")}
    place_holds(kind=Hold.Kind.OBJECTION, evidence={claim.pk: noticed}, by=person, now=NOW)
    written = as_written("clear_holds", ["seen_on_site"], "")
    clear_holds(holds=claim.holds.all(), by=person, now=NOW, note=written)
    with acting("demand_correction", by=person, now=NOW, note=as_written("hold", ["identity"], "")):
        claim.scheme.claims.filter(pk=claim.pk).update(state="cancelled")
    with translation.override("en"):
        shown = facts(claim)
        held = shown["holds"][0]
        notes = [held.note, *held.sentences, shown["steps"][-1].note, moves_of_claim(str(claim.pk))[0].what]
        assert chinese_in("\n".join(notes)) == []
        assert not [note for note in notes if "(identity)" in note or "(seen_on_site)" in note]
