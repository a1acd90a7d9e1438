"""Paper evidence: one person brings it, another confirms it; until its day it counts, says so, and then no more."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from core.decisions import unmarked
from core.privacy.scans import Scan
from core.shanghai import today
from subsidies.actions.services.staff_actions import ACTIONS, preview
from subsidies.allocation.services.allocate import allocate
from subsidies.casefile.make import case_file_of
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.services.undo import refuse_claims
from subsidies.marked import CHECKED, PAPER_CONFIRMED, PAPER_PROPOSED
from subsidies.models import Claim, EligibilityCheck, Hold, PaperEvidence, PayoutLine
from subsidies.papers.pages.papers import PaperForm
from subsidies.papers.services.papers import (
    Decided,
    NotOfUse,
    OwnPaper,
    Said,
    decide_paper,
    expire_papers,
    propose_paper,
)
from subsidies.payouts.selectors.register import paid_and_no_longer_pass
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.review.selectors.comparison import side_by_side
from subsidies.tasks import sweep_payouts
from tests.admin.district import logged_in, said
from tests.console import sql
from tests.factories import NOW, TradeInFactory, UserFactory, make_claim, make_scheme, make_staff
from tests.laid import laid
from tests.merchants.documents.reading import words
from tests.photos import jpeg
from tests.subsidies.checks.test_check_service import sweep

pytestmark = pytest.mark.django_db
WIFE = "11010519491231002X"
S = PaperEvidence.Subject
PDF = b"%PDF-1.7 /Type /Page %%EOF"
SCAN = Scan(jpeg(size=(400, 300)), ".jpg", "a" * 64)
LATER = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@laid
def scheme():
    return make_scheme()


@laid
def officer():
    return UserFactory(username="officer")


@laid
def reviewer():
    return UserFactory(username="reviewer")


@pytest.fixture
def hers(scheme, outside):
    """A claim that is refused: the new plate is the wife's."""
    record = TradeInFactory()
    claim = make_claim(scheme, state="received", trade_in=record, completed_at=record.plated_at)
    outside.know(record, id_no=WIFE)
    sweep()
    return again(claim)


def again(claim):
    return Claim.objects.get(pk=claim.pk)


def brought(claim, by, subject=S.FAMILY, *, until=date(2022, 12, 31), number=WIFE, **facts):
    other = "" if facts else number
    paper = Said(subject, "户口簿 第3页", until, "夫妻，同户", facts, other)
    return propose_paper(claim=claim, said=paper, scans=[SCAN], by=by, now=NOW)


def confirmed(claim, officer, reviewer, *args, **more):
    paper = brought(claim, officer, *args, **more)
    decide_paper(paper=paper, confirm=True, by=reviewer, now=NOW)
    return paper


def test_whom_the_police_name_stands_for_the_owner_once_two_people_say_so(hers, officer, reviewer):
    assert (hers.state, hers.refusals) == ("refused", ["plate_other_owner"])
    paper = brought(hers, officer)
    assert again(hers).state == "refused"
    decide_paper(paper=paper, confirm=True, by=reviewer, now=NOW)
    assert (again(hers).state, again(hers).refusals) == ("checking", [])
    sweep(LATER)
    claim, check = again(hers), EligibilityCheck.objects.latest("pk")
    assert (claim.state, check.papers, check.results["plate_other_owner"]) == ("eligible", [paper.pk], "pass")
    assert unmarked(CHECKED, [claim.pk]) == unmarked(PAPER_CONFIRMED, [paper.pk]) == set()
    assert unmarked(PAPER_PROPOSED, [paper.pk]) == set()
    (line,) = [each for each in explain_claim(claim).checks if each.title == "新车号牌在他人名下"]
    assert "计入书面材料" in line.evidence


def test_what_passed_on_a_paper_is_paid_and_is_no_finding_of_the_night(
    hers, scheme, outside, officer, reviewer
):
    confirmed(hers, officer, reviewer, until=today() + timedelta(days=30))
    sweep(LATER)
    allocate(scheme=scheme, now=LATER)
    approve_claims(claims=Claim.objects.filter(pk=hers.pk), by=UserFactory(), now=LATER)
    made = make_payouts(scheme=scheme, claims=Claim.objects.all(), by=UserFactory(), now=LATER)
    release_payout(batch=made.batches[0], by=UserFactory(), now=LATER)
    sweep_payouts()
    line = PayoutLine.objects.get()
    assert (line.state, line.said) == ("success", "")
    assert paid_and_no_longer_pass(now=timezone.now() + timedelta(days=1)) == []


def test_another_person_s_paper_is_of_no_use(hers, officer, reviewer):
    confirmed(hers, officer, reviewer, number="330105194912310070")
    sweep(LATER)
    assert again(hers).refusals == ["plate_other_owner"]


def test_nobody_confirms_the_own_paper_not_even_in_sql(hers, officer):
    paper = brought(hers, officer)
    with pytest.raises(OwnPaper):
        decide_paper(paper=paper, confirm=True, by=officer, now=NOW)
    with pytest.raises(DatabaseError, match="a_paper_has_two_people"):
        sql(
            "UPDATE subsidies_paperevidence SET state = 'confirmed', decided_by_id = %s, decided_at = now()",
            officer.pk,
        )


def test_the_own_paper_is_taken_back(hers, officer):
    paper = brought(hers, officer)
    decide_paper(paper=paper, confirm=False, by=officer, now=NOW)
    assert PaperEvidence.objects.get().state == "declined"
    brought(hers, officer)


def test_a_paper_that_sql_confirmed_counts_for_nothing(hers, officer, reviewer):
    brought(hers, officer)
    sql(
        "UPDATE subsidies_paperevidence SET state = 'confirmed', decided_by_id = %s, decided_at = now()",
        reviewer.pk,
    )
    sql("UPDATE subsidies_claim SET state = 'checking', refusals = '{}', next_check_at = now(),"
        " exing_answer_id = NULL, yunshenling_answer_id = NULL")  # fmt: skip
    sweep(timezone.now() + timedelta(days=1))
    assert again(hers).refusals == ["plate_other_owner"]


def test_what_it_says_is_never_changed(hers, officer):
    brought(hers, officer)
    for change in ("expires_on = '2099-01-01'", "facts = '{\"a\": 1}'", "other_print = 'x'"):
        with pytest.raises(DatabaseError, match="says what it said"), transaction.atomic():
            sql(f"UPDATE subsidies_paperevidence SET {change}")


def test_a_claim_that_people_refused_is_reopened_by_no_paper(scheme, officer, reviewer):
    claim = make_claim(scheme)
    refuse_claims(scheme=scheme, claims=Claim.objects.all(), reasons=["untrue_record"], by=reviewer, now=NOW)
    with pytest.raises(NotOfUse):
        brought(claim, officer)
    with pytest.raises(DatabaseError, match="only a confirmed paper"):
        sql("UPDATE subsidies_claim SET state = 'checking', refusals = '{}'")


def test_where_a_system_never_answers_paper_stands_in_and_says_so(scheme, outside, officer, reviewer):
    record = TradeInFactory()
    claim = make_claim(scheme, state="received", trade_in=record, completed_at=record.plated_at)
    outside.know(record, status="有效")  # on file and gone: no answer
    sweep(NOW + timedelta(days=30))
    claim = again(claim)
    assert (claim.state, claim.exing_answer) == ("review", None)
    told = {
        "status": "已注销",
        "deregistered_at": record.deregistered_at.isoformat(),
        "collected_at": record.collected_at.isoformat(),
        "agent_point_no": "",
    }
    paper = confirmed(claim, officer, reviewer, S.EXING, **told)
    sweep(NOW + timedelta(days=31))
    claim = again(claim)
    assert (claim.state, claim.exing_answer.adapter_version) == ("eligible", "paper")
    assert claim.exing_answer == PaperEvidence.objects.get(pk=paper.pk).answer
    assert EligibilityCheck.objects.latest("pk").papers == [paper.pk]
    assert "书面材料，两人确认" in explain_claim(claim).checks[0].evidence
    row = next(row for row in side_by_side(claim) if row.title == "注销时间")
    assert (row.exing, row.differs) == (f"{row.record}(书面材料)", False)
    file = words(case_file_of(claim, by=officer, now=NOW, purpose="审计", in_full=False))
    for said_there in (
        "书面材料(代替浙江e行在线)",
        "书面材料，不是系统答复",
        "书面材料：户口簿第3页，第1份，共1份",
        "附在其后1张",
    ):
        assert said_there in file


def test_the_time_of_a_paper_is_typed_to_the_second_and_the_file_writes_its_name_nowhere_else():
    form = PaperForm()
    assert str(form).count('step="1"') == 3
    assert 'disabled class="grow' in str(
        form["scans"]
    )  # a box of its own, into which the admin's script writes the name


def test_a_paper_that_has_expired_is_confirmed_by_nobody(hers, officer, reviewer):
    paper = brought(hers, officer, until=date(2022, 9, 19))
    with pytest.raises(Decided):
        decide_paper(paper=paper, confirm=True, by=reviewer, now=NOW)


def test_when_it_expires_what_is_not_paid_is_looked_at_again(hers, officer, reviewer):
    confirmed(hers, officer, reviewer, until=date(2022, 9, 21))
    sweep(LATER)
    assert expire_papers(now=LATER) == 0
    over = NOW + timedelta(days=3)
    assert (expire_papers(now=over), expire_papers(now=over)) == (1, 0)
    assert again(hers).state == "checking"
    sweep(over)
    assert again(hers).refusals == ["plate_other_owner"]


def test_what_is_set_aside_when_it_expires_is_held(hers, scheme, officer, reviewer):
    confirmed(hers, officer, reviewer, until=date(2022, 9, 21))
    sweep(LATER)
    allocate(scheme=scheme, now=LATER)
    expire_papers(now=NOW + timedelta(days=3))
    assert Hold.objects.open().get(claim=hers).kind == "paper"
    assert approve_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW + timedelta(days=3)) == 0


def test_whoever_confirmed_it_does_not_approve(hers, scheme, officer, reviewer):
    confirmed(hers, officer, reviewer)
    sweep(LATER)
    allocate(scheme=scheme, now=LATER)
    assert preview(ACTIONS["approve"], Claim.objects.all(), by=reviewer).left == {"handled": 1}
    with pytest.raises(DatabaseError, match="handled"):
        sql("UPDATE subsidies_claim SET state = 'approved', approved_by_id = %s", reviewer.pk)


# ------------------------------------------------------------------ the pages


def test_it_is_brought_confirmed_and_looked_at_on_the_pages(hers):
    desk, bench = logged_in(make_staff("officer")), logged_in(make_staff("reviewer"))
    address = reverse("staff-paper", args=[hers.pk])
    typed = {
        "subject": "family",
        "title": "户口簿 330105-7788",
        "other_id_no": WIFE.lower(),
        "expires_on": today() + timedelta(days=30),
        "note": "夫妻关系，原件已核",
    }
    wrong = desk.post(address, typed)
    assert "请上传 1 至 6 份扫描件。" in wrong.content.decode()
    assert "户口簿 330105-7788" in wrong.content.decode()
    acts = desk.post(address, {**typed, "scans": SimpleUploadedFile("a.pdf", PDF + b"/Java#53cript %%EOF")})
    assert "有脚本、附件或表单" in acts.content.decode()
    scans = [SimpleUploadedFile("0.pdf", PDF), SimpleUploadedFile("1.jpg", jpeg(size=(400, 300)))]
    page = desk.post(address, {**typed, "scans": scans}, follow=True)
    assert said(page) == ["书面材料已提出，须由另一人确认后生效。"]
    paper = PaperEvidence.objects.get()
    assert len(paper.scans) == 2
    shown = page.content.decode()
    assert WIFE not in shown
    assert "书面材料(不是系统答复)" in shown
    assert desk.get(reverse("staff-scan", args=[paper.pk, 1])).headers["Content-Type"] == "image/jpeg"
    sent = desk.get(reverse("staff-scan", args=[paper.pk, 0]))
    assert (sent.content, sent.headers["Content-Type"]) == (PDF, "application/pdf")
    assert sent.headers["Content-Disposition"].startswith("attachment")
    file = words(case_file_of(hers, by=UserFactory(), now=NOW, purpose="审计", in_full=False))
    assert "另附PDF原件" in file
    assert "附在其后1张" in file
    assert desk.get(reverse("staff-scan", args=[paper.pk, 2])).status_code == 404
    confirm = reverse("staff-paper-verb", args=[paper.pk, "confirm"])
    assert desk.post(confirm, {"confirmed": "1"}).status_code == 403
    assert WIFE not in bench.get(confirm).content.decode()
    assert said(bench.post(confirm, {"confirmed": "1"}, follow=True)) == [
        "书面材料已确认，申请按此重新核验。"
    ]
    assert again(hers).state == "checking"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"other_id_no": ""}, "请按材料填写。"),
        ({"other_id_no": "330105194912310021"}, "号码不正确"),
        ({"subject": "exing"}, "请按材料填写。"),
        ({"expires_on": "2001-01-01"}, "有效期须在今天到两年之内。"),
        ({"subject": ""}, "这个字段是必填项。"),
        ({"subject": "yunshenling", "vehicle_code": "1", "plated_at": "2022-06-01T10:00"}, "号码不正确"),
        ({"subject": "yunshenling", "plated_at": "2999-06-01T10:00"}, "时间晚于现在。"),
    ],
)
def test_what_is_typed_wrongly_is_said_in_a_sentence(hers, changed, sentence):
    typed = {
        "subject": "family",
        "title": "户口簿",
        "other_id_no": WIFE,
        "expires_on": today(),
        "note": "夫妻",
        **changed,
    }
    page = logged_in(make_staff("officer")).post(reverse("staff-paper", args=[hers.pk]), typed)
    assert sentence in page.content.decode()
    assert not PaperEvidence.objects.exists()
