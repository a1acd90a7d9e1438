"""A case is somebody's until it is decided, handed over or given back; late ones are told each working morning."""

import zlib
from datetime import date, timedelta

import pytest

from core.audit.acting import acting
from core.models import AuditEntry
from core.privacy.scans import BadScan, open_scan, take_scan
from subsidies.casework.pages.wording import counted_in_words
from subsidies.casework.selectors.loads import loads, own_load
from subsidies.casework.selectors.queue import handlers, holders
from subsidies.casework.services.assign import DayIsOver, NothingWaits, NotTheirs, assign_cases, give_back
from subsidies.casework.services.notes import NothingNoted, add_note
from subsidies.casework.services.remind import remind_staff
from subsidies.models import CaseNote, Claim, WorkReminder
from subsidies.review.selectors.deadlines import deadline
from subsidies.review.services.decide import ask_again
from subsidies.review.services.hold_claims import clear_claims, propose_refusal
from tests.console import refused
from tests.factories import NOW, UserFactory, change_policy, local, make_claim, make_scheme, make_staff
from tests.laid import laid
from tests.photos import jpeg, upload

pytestmark = pytest.mark.django_db
MONDAY = local("2022-09-26 09:00:00")


@laid
def scheme():
    return make_scheme()


@laid
def officer():
    return make_staff("officer")


@laid
def colleague():
    return make_staff("officer")


@laid
def reviewer():
    return make_staff("reviewer")


def waiting(scheme, at=NOW, state="review"):
    claim = make_claim(scheme, state="checking")
    with acting("test", by=None, now=at):
        Claim.objects.filter(pk=claim.pk).update(state=state)
    return claim


def give(person, *claims, by, now=NOW, **more):
    return assign_cases(claims=[claim.pk for claim in claims], holder=person, by=by, now=now, **more)


def of(claim):
    """Whose the case is, and how each time ended that it was somebody's."""
    held = holders([claim.pk]).get(claim.pk)
    return held and held.holder, list(claim.assignments.exclude(outcome="").values_list("outcome", flat=True))


# ------------------------------------------------------------------ whose


def test_a_case_is_one_persons_and_is_handed_over(scheme, officer, colleague, reviewer):
    claim = waiting(scheme)
    assert give(officer, claim, by=reviewer, note="已电话联系商户") == 1
    assert give(officer, claim, by=reviewer) == 0
    assert give(colleague, claim, by=officer) == 1
    assert of(claim) == (colleague, ["handed_over"])
    assert give_back(claims=[claim.pk], by=colleague, now=NOW) == 1
    assert of(claim) == (None, ["handed_over", "given_back"])
    told = AuditEntry.objects.filter(object_type="subsidies.claim", object_id=str(claim.pk), by=officer)
    assert "assign_cases" in str(list(told.values_list("detail", flat=True)))


def test_nobody_gets_a_case_who_decides_none(scheme, officer):
    claim = waiting(scheme)
    gone = make_staff("officer")
    gone.is_active = False
    for nobody in (make_staff("finance"), make_staff("auditor"), UserFactory(is_staff=True), gone):
        with pytest.raises(NotTheirs):
            give(nobody, claim, by=officer)
    assert officer in handlers()
    assert not handlers().filter(groups__name="finance").exists()


def test_what_waits_for_nobody_is_given_to_nobody(scheme, officer):
    with pytest.raises(NothingWaits):
        give(officer, make_claim(scheme, state="settled"), by=officer)
    claim, settled = waiting(scheme), make_claim(scheme, state="settled")
    assert give(officer, claim, settled, by=officer) == 1


def test_what_its_holder_decided_is_theirs_no_more(scheme, officer, colleague):
    mine, others = waiting(scheme), waiting(scheme)
    give(officer, mine, others, by=officer)
    ask_again(claims=Claim.objects.filter(pk=mine.pk), by=officer, now=NOW)
    ask_again(claims=Claim.objects.filter(pk=others.pk), by=colleague, now=NOW)
    assert (of(mine), of(others)) == ((None, ["decided"]), (None, ["settled"]))


def test_a_proposal_to_refuse_is_a_decision_and_then_the_case_is_the_reviewers(scheme, officer, reviewer):
    claim = make_claim(scheme, state="settled")
    some = Claim.objects.filter(pk=claim.pk)
    with pytest.raises(NothingWaits):
        give(officer, claim, by=reviewer)
    propose_refusal(claims=some, by=officer, now=NOW, reasons=["untrue_record"])
    give(reviewer, claim, by=officer)
    clear_claims(claims=some, by=reviewer, now=NOW, reasons=["family"])
    assert of(claim) == (None, ["decided"])


def test_a_case_that_still_waits_for_somebody_stays_whose_it_is(scheme, officer):
    claim = waiting(scheme)
    give(officer, claim, by=officer)
    with acting("test", by=None, now=NOW):
        Claim.objects.filter(pk=claim.pk).update(state="needs_correction")
    assert of(claim) == (officer, [])


@pytest.mark.parametrize(
    ("statement", "because"),
    [
        ("UPDATE subsidies_caseassignment SET holder_id = given_by_id", "never changed"),
        ("UPDATE subsidies_caseassignment SET note = 'x'", "never changed"),
        ("DELETE FROM subsidies_caseassignment", "only ever added"),
        (
            "INSERT INTO subsidies_caseassignment (claim_id, holder_id, given_by_id, given_at, note, outcome)"
            " SELECT claim_id, holder_id, given_by_id, given_at, '', '' FROM subsidies_caseassignment",
            "a_case_is_one_persons",
        ),
        ("UPDATE subsidies_casenote SET scan = 'x', scan_digest = 'x'", "only ever added"),
        ("DELETE FROM subsidies_casenote", "only ever added"),
    ],
)
def test_the_database_keeps_whose_it_was_and_what_was_noted(scheme, officer, reviewer, statement, because):
    claim = waiting(scheme)
    give(officer, claim, by=reviewer)
    add_note(claim=claim, text="已电话核实", by=officer, now=NOW)
    assert refused(statement, because=because)


# ------------------------------------------------------------------ by when


def test_the_term_is_the_policys_in_working_days(scheme, officer, reviewer):
    change_policy(scheme, review_days=3)
    claim = waiting(scheme, at=local("2022-09-29 10:00:00"))
    Claim.objects.filter(pk=claim.pk).update(policy=scheme.policy)
    # 30 September, then the first seven days of October off, the weekend after them worked
    give(officer, claim, by=reviewer, now=local("2022-09-30 09:00:00"))
    for day, due, overdue in ((8, 0, 0), (9, 1, 0), (10, 0, 1)):
        load = own_load(officer, today=date(2022, 10, day))
        assert (load.open, load.due, load.overdue) == (1, due, overdue)


def test_a_day_of_its_own_comes_before_the_policys(scheme, officer):
    claim = waiting(scheme)
    with pytest.raises(DayIsOver):
        give(officer, claim, by=officer, due_on=date(2022, 9, 19))
    give(officer, claim, by=officer, due_on=date(2022, 9, 21))
    assert own_load(officer, today=date(2022, 9, 22)).overdue == 1


def test_a_term_that_begins_on_a_saturday_counts_from_the_next_working_day():
    found = deadline(since=local("2022-07-02 10:00:00"), working_days=5, own_due=None)
    assert (found.counts_from, found.on) == (date(2022, 7, 4), date(2022, 7, 8))
    assert counted_in_words(found) == "自 2022-07-04 周一 起算，5 个工作日"


def test_a_term_that_reaches_into_a_year_not_known_has_no_day():
    found = deadline(since=local("2089-12-30 09:00:00"), working_days=10, own_due=None)
    assert (found.on, found.unknown_year) == (None, 2089)
    assert deadline(since=NOW, working_days=None, own_due=None).on is None


def test_what_waits_for_the_shop_alone_is_nobodys_lateness(scheme, officer):
    claim = waiting(scheme, state="needs_correction")
    give(officer, claim, by=officer)
    assert own_load(officer, today=date(2022, 12, 30)).open == 0


def test_each_desk_is_told_with_what_is_nobodys(scheme, officer, colleague):
    first, second, _third = waiting(scheme), waiting(scheme), waiting(scheme)
    give(officer, first, by=officer)
    give(colleague, second, by=officer)
    ask_again(claims=Claim.objects.filter(pk=first.pk), by=officer, now=NOW)
    found = {load.person: (load.open, load.decided) for load in loads(today=date(2022, 9, 20), now=NOW)}
    assert (found[officer], found[colleague], found[None]) == ((0, 1), (1, 0), (1, 0))


# ------------------------------------------------------------------ reminders


def remind(told, now):
    return remind_staff(channel=lambda person, text: told.append((person, text)), now=now)


def test_who_is_late_is_told_once_a_working_morning(scheme, officer, colleague):
    mine, told = waiting(scheme, at=MONDAY - timedelta(days=60)), []
    give(officer, mine, by=officer, now=MONDAY - timedelta(days=60))
    assert remind(told, MONDAY - timedelta(days=1)) == 0  # a Sunday
    assert remind(told, MONDAY) == 1
    assert remind(told, MONDAY + timedelta(hours=3)) == 0
    ((person, text),) = told
    assert person == officer
    assert "已逾期 1 份" in text
    assert WorkReminder.objects.get().overdue == 1
    waiting(scheme, at=MONDAY - timedelta(days=60))
    told.clear()
    remind(told, MONDAY + timedelta(days=1))
    assert {officer, colleague} <= {person for person, _text in told}
    assert "1 份已逾期、尚未分派" in told[0][1]


# ------------------------------------------------------------------ notes


def test_a_note_rests_sealed_with_its_scan(scheme, officer, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    claim, pdf = waiting(scheme), b"%PDF-1.7\n13912345678\n%%EOF\n"
    kept = add_note(
        claim=claim, text="车主电话 13912345678", by=officer, now=NOW, scan=take_scan(upload(pdf), size=30)
    )
    (path,) = (tmp_path / "scans").glob("??/*")
    assert b"139123" not in path.read_bytes()
    assert open_scan(kept.scan) == pdf
    assert CaseNote.objects.get().text == "车主电话 13912345678"
    assert b"139" not in bytes(
        CaseNote.objects.extra(select={"raw": "text"}).values_list("raw", flat=True)[0]
    )
    with pytest.raises(NothingNoted):
        add_note(claim=claim, text=" ", by=officer, now=NOW)


PACKED = (
    b"%PDF-1.7 <</Type/ObjStm/Filter/FlateDecode>>stream\n" + zlib.compress(b"/S /JavaScript") + b" %%EOF"
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"%PDF-1.7 /Encrypt 3 0 R %%EOF", "加了密"),
        (b"%PDF-1.7 /S /#4aavaScript %%EOF", "脚本、附件或表单"),
        (PACKED, "脚本、附件或表单"),
        (b"%PDF-1.7 " + b"/Type /Page " * 101 + b"%%EOF", "超过 100 页"),
    ],
)
def test_a_pdf_that_is_no_plain_scan_is_refused_in_words(content, why):
    with pytest.raises(BadScan, match=why):
        take_scan(upload(content), size=len(content))


@pytest.mark.parametrize("content", [b"%PDF-1.7 cut off", b"MZ\x90\0" + b"\0" * 999, b""])
def test_what_is_no_scan_is_not_kept(content, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    with pytest.raises(BadScan):
        take_scan(upload(content), size=len(content))


def test_a_photo_of_a_paper_is_a_scan(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    assert take_scan(upload(jpeg()), size=100).suffix == ".jpg"
