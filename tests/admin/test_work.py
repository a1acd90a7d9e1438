"""The work lists and the cases: decided one after the other, once, by whoever may."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.audit.acting import acting
from core.models import AuditEntry
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Hold
from subsidies.review.services.decide import ask_again, demand_correction
from subsidies.review.services.holds import clear_holds, place_holds
from tests.admin.district import WHO_IT_IS, logged_in, said
from tests.factories import NOW, make_claim, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db
WORK, NEXT = reverse("staff-work"), reverse("staff-work-next")


@laid
def officer():
    return make_staff("officer")


@laid
def reviewer():
    return make_staff("reviewer")


@pytest.fixture
def desk(officer):
    return logged_in(officer)


def waiting(scheme, state="review", *, days=0):
    """A claim that has waited in a state for so many days."""
    claim = make_claim(scheme, state="checking")
    with acting("test", by=None, now=timezone.now() - timedelta(days=days)):
        Claim.objects.filter(pk=claim.pk).update(state=state)
    claim.refresh_from_db()
    return claim


def held(scheme, kind=Hold.Kind.SHARED_WALLET, *, days=0):
    claim = make_claim(scheme)
    at = timezone.now() - timedelta(days=days)
    place_holds(kind=kind, evidence={claim.pk: {"owners": 3, "claims": 4}}, by=None, now=at)
    return claim


def case(claim, query="tab=review"):
    return f"{reverse('staff-case', args=[claim.pk])}?{query}"


def decide(client, claim, verb, *, query="tab=review", **answers):
    """Take a decision on the case page; where that leads."""
    data = {f"{verb}-{name}": value for name, value in answers.items()}
    page = client.get(case(claim, query))
    data["mark"] = page.context["mark"] if page.status_code == 200 else ""
    return client.post(case(claim, query), {"verb": verb, **data}, follow=True)


def order(response):
    return [row["claim"].pk for row in response.context["rows"]]


# ------------------------------------------------------------------ the lists


def test_the_longest_waiting_come_first_and_every_tab_is_counted(desk, district):
    new, old = waiting(district.scheme, days=1), waiting(district.scheme, days=9)
    waiting(district.scheme, "needs_correction")
    held(district.scheme)
    page = desk.get(WORK)
    assert order(page) == [old.pk, new.pk]
    assert [count for _url, _title, count, _here in page.context["tabs"]] == [0, 2, 1, 1, 0, 3]


def test_the_list_is_narrowed_by_age_and_by_kind(desk, district):
    waiting(district.scheme, days=1)
    old = waiting(district.scheme, days=9)
    assert order(desk.get(WORK, {"tab": "review", "days": "7"})) == [old.pk]
    held(district.scheme)
    burst = held(district.scheme, Hold.Kind.BURST, days=4)
    assert order(desk.get(WORK, {"tab": "holds", "kind": "burst"})) == [burst.pk]
    assert order(desk.get(WORK, {"tab": "holds", "days": "3"})) == [burst.pk]


@pytest.mark.parametrize(
    "query", ["tab=x", "tab=holds&kind=x", "days=x", "days=-1", "page=x", "after=x", "after=1_2"]
)
def test_an_address_that_makes_no_sense_is_no_error(desk, district, query):
    waiting(district.scheme)
    for page in (WORK, NEXT):
        assert desk.get(f"{page}?{query}", follow=True).status_code == 200


def test_a_claim_with_two_holds_is_one_case(desk, district):
    claim = held(district.scheme)
    place_holds(kind=Hold.Kind.BURST, evidence={claim.pk: {}}, by=None, now=NOW)
    page = desk.get(WORK, {"tab": "holds"})
    assert order(page) == [claim.pk]
    assert page.context["rows"][0]["why"] == "多名车主使用同一钱包、代办点短时间内大量申请"


def test_lists_and_cases_cost_the_same_at_three_and_at_thirty(desk, district):
    costs = []
    for more in (3, 27):
        for _ in range(more):
            claim = held(district.scheme)
            first = waiting(district.scheme)
        found = []
        for address in (f"{WORK}?tab=holds", f"{WORK}?tab=review", case(claim, "tab=holds"), case(first)):
            desk.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(address).status_code == 200
            found.append(len(queries))
        costs.append(found)
    assert costs[0] == costs[1]


def test_nobody_is_given_away(desk, district):
    claim = district.grow()
    place_holds(
        kind=Hold.Kind.SHARED_PHONE, evidence={claim.pk: {"owners": 3, "claims": 3}}, by=None, now=NOW
    )
    for address in (f"{WORK}?tab=holds", case(claim, "tab=holds")):
        html = desk.get(address).content.decode()
        assert not [secret for secret in (*WHO_IT_IS, claim.owner.id_no) if secret in html]


# ------------------------------------------------------------------ deciding


def test_after_a_decision_the_next_one_opens_and_the_end_says_so(desk, district, officer):
    first, second = waiting(district.scheme, days=3), waiting(district.scheme, days=2)
    page = decide(desk, first, "ask_again", reason="system_is_back")
    assert page.redirect_chain[-1][0] == case(second)
    assert "重新询问两个系统：已办理 1 份。" in said(page)[0]
    page = decide(desk, second, "demand_correction", reason="plate_wrong", note="应为 杭A000001")
    assert page.redirect_chain[-1][0] == f"{WORK}?tab=review"
    assert "这份清单已经到末尾。" in said(page)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("checking", "needs_correction")
    event = second.events.last()
    assert (event.by, event.reasons, event.note) == (officer, ["plate_wrong"], "应为 杭A000001")
    assert AuditEntry.objects.filter(action="decide", by=officer).count() == 2


def test_the_case_says_how_many_are_left(desk, district):
    claims = [waiting(district.scheme, days=days) for days in (3, 2, 1)]
    page = desk.get(case(claims[1])).content.decode()
    assert "第 2 份，共 3 份" in page
    for name in ("staff-paper", "staff-case-file"):
        assert f'href="{reverse(name, args=[claims[1].pk])}"' in page


def test_a_case_that_is_passed_over_stays_and_the_next_one_opens(desk, district):
    first, second = waiting(district.scheme, days=3), waiting(district.scheme, days=2)
    page = desk.get(desk.get(case(first)).context["skip"], follow=True)
    assert page.redirect_chain[-1][0] == case(second)
    first.refresh_from_db()
    assert first.state == "review"


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "这个字段是必填项。"),
        ({"reason": "nonsense"}, "nonsense"),
        ({"reason": "other"}, "选“其他”时请写明理由。"),
        ({"reason": "other", "note": "  "}, "选“其他”时请写明理由。"),
    ],
)
def test_without_a_reason_nothing_is_decided(desk, district, answers, sentence):
    claim = waiting(district.scheme)
    page = decide(desk, claim, "ask_again", **answers)
    assert sentence in page.content.decode()
    claim.refresh_from_db()
    assert claim.state == "review"


def test_a_hold_is_cleared_with_its_reason(desk, district, officer):
    claim = held(district.scheme)
    decide(desk, claim, "clear_holds", query="tab=holds", reason="family", note="父子")
    hold = claim.holds.get()
    assert (hold.cleared_by, hold.cleared_reasons, hold.note) == (officer, ["family"], "父子")
    page = desk.get(reverse("admin:subsidies_claim_change", args=[claim.pk]))
    assert "同一家庭共用手机号或钱包：父子" in page.content.decode()


def test_a_hold_that_came_after_the_page_was_opened_is_not_cleared_unseen(desk, district):
    claim = held(district.scheme)
    mark = desk.get(case(claim, "tab=holds")).context["mark"]
    place_holds(kind=Hold.Kind.BURST, evidence={claim.pk: {}}, by=None, now=NOW)
    data = {"verb": "clear_holds", "mark": mark, "clear_holds-reason": "family"}
    page = desk.post(case(claim, "tab=holds"), data, follow=True)
    assert "您的认定没有办理" in said(page)[0]
    assert claim.holds.filter(cleared_at=None).count() == 2


def test_whom_an_officer_would_refuse_a_reviewer_decides(desk, district, reviewer):
    claim = held(district.scheme)
    allocate(scheme=district.scheme, now=NOW)
    decide(desk, claim, "propose_refusal", query="tab=holds", reasons=["untrue_record"], note="到店查无此车")
    proposed = claim.holds.get(kind="objection")
    assert (proposed.reasons, proposed.evidence) == (["untrue_record"], {"note": "到店查无此车"})
    page = logged_in(reviewer).get(case(claim, "tab=holds"))
    assert "经办提请不予补贴：经核实，申报内容不实。" in page.content.decode()
    address = next(choice.url for choice in page.context["choices"] if choice.slug == "refuse")
    asked = logged_in(reviewer).get(address)
    facts = {str(name): fact for name, fact in asked.context["effect"].facts}
    assert facts["将释放锁定的补贴"] == "300 元"
    data = {"confirmed": "1", "seen": asked.context["form"]["seen"].value()}
    page = logged_in(reviewer).post(
        address, {**data, "reasons": ["untrue_record"], "note": "同意"}, follow=True
    )
    claim.refresh_from_db()
    assert (claim.state, claim.refusals) == ("refused", ["untrue_record"])
    assert page.redirect_chain[-1][0].startswith(WORK)


@pytest.mark.parametrize("verb", ["refuse", "retry_failed", "approve"])
def test_an_officer_does_not_do_what_is_the_reviewers(desk, district, verb):
    claim = waiting(district.scheme)
    assert desk.post(case(claim), {"verb": verb}).status_code == 403


def test_those_who_only_read_are_offered_nothing(district):
    claim = waiting(district.scheme)
    for role in ("auditor", "finance"):
        client = logged_in(make_staff(role))
        assert client.get(case(claim)).context["choices"] == []
        assert client.post(case(claim), {"verb": "ask_again"}).status_code == 403


# ------------------------------------------------------------------ two at one desk


def test_a_decision_on_what_has_changed_meanwhile_is_not_taken(desk, district):
    """Sent back by a colleague while the page stood open: it could still be asked again, but nobody decided that."""
    claim, colleague = waiting(district.scheme, days=3), make_staff("officer")
    mark = desk.get(case(claim)).context["mark"]
    own = Claim.objects.filter(pk=claim.pk)
    demand_correction(claims=own, by=colleague, now=timezone.now(), note="号牌有误")
    data = {"verb": "ask_again", "mark": mark, "ask_again-reason": "system_is_back"}
    page = desk.post(case(claim), data, follow=True)
    assert f"{colleague.username}于" in said(page)[0]
    assert "您的认定没有办理" in said(page)[0]
    assert own.get().state == "needs_correction"


def test_who_was_quicker_is_said_and_the_next_one_opens(desk, district):
    first, second = waiting(district.scheme, days=3), waiting(district.scheme, days=2)
    colleague = make_staff("officer")
    since = desk.get(case(first)).context["place"].since
    ask_again(claims=Claim.objects.filter(pk=first.pk), by=colleague, now=timezone.now())
    data = {
        "verb": "demand_correction",
        "since": since.isoformat(),
        "demand_correction-reason": "plate_wrong",
    }
    page = desk.post(case(first), data, follow=True)
    assert page.redirect_chain[-1][0] == case(second)
    assert f"{colleague.username}于" in said(page)[0]
    assert "核验中" in said(page)[0]
    first.refresh_from_db()
    assert first.state == "checking"


def test_who_cleared_the_hold_meanwhile_is_said(desk, district):
    claim, colleague = held(district.scheme), make_staff("officer")
    clear_holds(holds=claim.holds.all(), by=colleague, now=timezone.now(), note="已核实")
    page = desk.get(case(claim, "tab=holds"))
    assert "解除暂缓" in said(page)[0]
    assert colleague.username in said(page)[0]


def test_a_colleague_who_has_the_case_open_is_named_and_the_next_one_is_another(desk, district):
    first, second = waiting(district.scheme, days=3), waiting(district.scheme, days=2)
    colleague = make_staff("officer")
    logged_in(colleague).get(case(first))
    assert f"{colleague.username}自" in desk.get(case(first)).content.decode()
    assert f"{colleague.username}正在查看" in desk.get(WORK).content.decode()
    assert desk.get(NEXT).headers["Location"] == case(second)


def test_the_own_look_and_one_that_ran_out_keep_nobody_away(desk, district):
    claim, colleague = waiting(district.scheme), make_staff("officer")
    logged_in(colleague).get(case(claim))
    claim.look.__class__.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert desk.get(NEXT).headers["Location"] == case(claim)
    assert not desk.get(case(claim)).context["looker"]
    assert not desk.get(case(claim)).context["looker"]
    assert logged_in(colleague).get(case(claim)).context["looker"]


def test_who_reads_a_case_is_written_down(desk, district, officer):
    claim = waiting(district.scheme)
    desk.get(case(claim))
    entry = AuditEntry.objects.get(action="view")
    assert (entry.by, entry.object_type, entry.object_id) == (officer, "subsidies.claim", str(claim.pk))


def test_what_a_colleague_wants_refused_is_seen_in_every_list(desk, district, officer):
    claim = waiting(district.scheme)
    place_holds(
        kind=Hold.Kind.OBJECTION,
        evidence={claim.pk: {}},
        by=officer,
        now=timezone.now(),
        reasons=["untrue_record"],
    )
    (row,) = desk.get(WORK, {"tab": "review"}).context["rows"]
    assert row["why"] == Hold.Kind.OBJECTION.label


def test_ones_own_look_is_no_colleagues(desk, reviewer, district):
    claim = waiting(district.scheme)
    desk.get(case(claim))
    assert desk.get(WORK, {"tab": "review"}).context["rows"][0]["looker"] == ""
    assert logged_in(reviewer).get(WORK, {"tab": "review"}).context["rows"][0]["looker"] != ""


def test_a_claim_that_has_ended_has_nothing_left_to_clear(desk, district):
    claim = held(district.scheme)
    with acting("test", by=None, now=NOW):
        Claim.objects.filter(pk=claim.pk).update(state="cancelled")
    page = desk.get(reverse("admin:subsidies_claim_change", args=[claim.pk]))
    assert "clear_holds" not in str(page.context["verbs"])
    assert "暂缓中" not in page.content.decode()
    assert "申请已办结" in page.content.decode()
