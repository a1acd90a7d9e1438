"""A letter binds a shop once two people made it; its numbers have no gap; another look closes it, a case escalates it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse

from core.shanghai import local_day
from merchants.enforcement.cases import (
    Result,
    close_case,
    open_case,
    propose_case,
    return_outcome,
    write_outcome,
)
from merchants.enforcement.orders import (
    Incomplete,
    NotNow,
    Orders,
    OwnProposal,
    conclude,
    decline_order,
    drafted,
    issue_order,
    propose_order,
    serve_order,
)
from merchants.models import CorrectionOrder, EnforcementCase
from merchants.supervision.visits import answer_head, begin_visit, name_inspectors, refuse_signature
from tests.admin.district import logged_in, told
from tests.console import refused, update
from tests.factories import NOW, MerchantFactory, answered, make_staff
from tests.laid import laid
from tests.merchants.documents.reading import words

pytestmark = pytest.mark.django_db
DAY = local_day(NOW)
DUE = DAY + timedelta(days=15)


@laid
def manager():
    return make_staff("merchant_manager")


@laid
def reviewer():
    return make_staff("reviewer")


@laid
def found():
    """A shop with one fault, ordered to be put right."""
    faulty = answered(modified="fault", modified_note="解除限速一辆")
    day = {"inspected_on": DAY, "rectify_by": DUE, "conclusion": "rectify"}
    return MerchantFactory(name="湖墅南路店").inspections.create(inspectors="陈队、周工", **day, **faulty)


def propose(found, by, **more):
    said = {"demands": "恢复限速", "basis": "《条例》", "due_on": DUE, **more}
    return propose_order(inspection=found, orders=Orders(**said), by=by, now=NOW)


@pytest.fixture
def issued(found, manager, reviewer):
    return issue_order(order=propose(found, manager), by=reviewer, now=NOW)


def look_again(found, by, **findings):
    visit = begin_visit(shop=found.merchant, recheck_of=found, by=by, now=NOW)
    name_inspectors(visit=visit, inspectors="陈队、周工", note="", by=by, now=NOW)
    for head, finding in answered(**findings).items():
        answer_head(visit=visit, head=head, finding=finding, words="说明", by=by, now=NOW)
    refuse_signature(visit=visit, reason="店主不在", by=by, now=NOW)
    clean = "rectify" if "fault" in findings.values() else "clean"
    return conclude(
        visit=visit, conclusion=clean, rectify_by=DUE if clean == "rectify" else None, by=by, now=NOW
    )


def test_what_was_found_is_drafted(found):
    draft = drafted(found)
    assert (draft.demands, draft.due_on) == ("1. 经营性改装、拼装、加装：解除限速一辆", DUE)
    assert "电动自行车管理条例" in draft.basis


@pytest.mark.parametrize("said", [{"demands": " "}, {"basis": ""}, {"due_on": DAY}])
def test_a_letter_says_what_on_what_law_and_by_when(found, manager, said):
    with pytest.raises(Incomplete):
        propose(found, manager, **said)


def test_one_letter_at_a_time_and_none_where_nothing_is_wrong(found, manager):
    propose(found, manager)
    sound = found.merchant.inspections.create(
        inspected_on=DAY, inspectors="陈队", conclusion="clean", **answered()
    )
    for inspection in (found, sound):
        with pytest.raises(NotNow):
            propose(inspection, manager)


def test_whoever_proposes_does_not_sign_and_neither_does_who_may_not(found, manager, reviewer):
    order = propose(found, manager)
    with pytest.raises(OwnProposal):
        issue_order(order=order, by=manager, now=NOW)
    signed = "state = 'issued', decided_at = now(), number = 'X', year = 2022, serial = 1, decided_by_id = "
    assert refused(update(order, f"{signed}{manager.pk}"), because="whoever_proposes_an_order")
    with pytest.raises(DatabaseError, match=r"may not|right"), transaction.atomic():
        issue_order(order=order, by=make_staff("officer"), now=NOW)
    assert issue_order(order=order, by=reviewer, now=NOW).number == "拱市监责改〔2022〕1号"


@pytest.mark.parametrize("later", [0, 3])
def test_whoever_signs_is_told_where_a_letter_gives_longer_than_the_inspection_said(
    found, manager, reviewer, later
):
    order = propose(found, manager, due_on=DUE + timedelta(days=later))
    desk = logged_in(reviewer)
    page = desk.get(reverse("staff-order", args=[order.pk])).content.decode()
    asked = desk.get(reverse("staff-order-verb", args=[order.pk, "issue"])).content.decode()
    assert ("晚于检查时" in page, "晚于检查时" in asked) == (bool(later), bool(later))
    assert reverse("staff-visit", args=[found.pk]) in page


def test_numbers_have_no_gap(found, manager, reviewer, issued):
    other = MerchantFactory().inspections.create(
        inspected_on=DAY,
        inspectors="陈队",
        rectify_by=DUE,
        conclusion="rectify",
        **answered(trademark="fault"),
    )
    order = propose(other, manager)
    third = f"state = 'issued', decided_at = now(), number = 'X', year = 2022, serial = 3, decided_by_id = {reviewer.pk}"
    assert refused(update(order, third), because="without a gap")
    assert issue_order(order=order, by=reviewer, now=NOW).number == "拱市监责改〔2022〕2号"


@pytest.mark.parametrize(
    "change", ["due_on = '2099-01-01'", "demands = '别的'", "number = 'X'", "state = 'proposed'"]
)
def test_a_signed_letter_stands(issued, change):
    assert refused(update(issued, change), because=r"stands|is issued")
    assert refused(f"DELETE FROM merchants_correctionorder WHERE id = {issued.pk}", because="is kept")


def test_a_letter_whose_day_is_over_is_not_signed(found, manager, reviewer):
    order = propose(found, manager)
    with pytest.raises(Incomplete):
        issue_order(order=order, by=reviewer, now=NOW + timedelta(days=20))
    decline_order(order=order, by=reviewer, now=NOW, note="期限已过")
    assert propose(found, manager) != order


def test_it_is_served_once_after_it_was_signed(issued, manager):
    with pytest.raises(Incomplete):
        serve_order(order=issued, served_on=DAY - timedelta(days=1), how="直接送达", by=manager, now=NOW)
    serve_order(order=issued, served_on=DAY, how="直接送达", by=manager, now=NOW)
    with pytest.raises(NotNow):
        serve_order(order=issued, served_on=DAY, how="邮寄", by=manager, now=NOW)


def test_another_look_that_finds_all_put_right_closes_it(found, issued, manager):
    assert refused(update(found, f"rectified_on = '{DAY}'"), because="by another look")
    assert look_again(found, manager, modified="fault").conclusion == "rectify"
    issued.refresh_from_db()
    assert issued.state == "issued"
    again = look_again(found, manager)
    issued.refresh_from_db()
    found.refresh_from_db()
    assert (issued.state, issued.recheck, found.rectified_on) == ("closed", again, DAY)


def test_nobody_closes_it_without_another_look(found, issued, manager):
    wrong = look_again(found, manager, modified="fault")
    for look in ("NULL", found.pk, wrong.pk):
        closed = f"state = 'closed', ended_at = now(), recheck_id = {look}"
        assert refused(update(issued, closed), because=r"closed by another look|an_order_ends_with")


def test_a_letter_that_was_not_followed_becomes_a_case_with_its_number(found, issued, manager, reviewer):
    handed = {"source": found, "facts": "逾期未改正", "handed_to": "稽查大队"}
    case = propose_case(**handed, by=manager, now=NOW)
    with pytest.raises(NotNow):
        propose_case(**handed, by=manager, now=NOW)
    with pytest.raises(OwnProposal):
        open_case(case=case, number="拱市监案〔2022〕7号", by=manager, now=NOW)
    with pytest.raises(Incomplete):
        open_case(case=case, number=" ", by=reviewer, now=NOW)
    assert refused(update(issued, "state = 'escalated', ended_at = now()"), because="escalated by a case")
    open_case(case=case, number="拱市监案〔2022〕7号", by=reviewer, now=NOW)
    issued.refresh_from_db()
    assert issued.state == "escalated"

    case.refresh_from_db()
    penalty = Result("penalty", "拱市监罚〔2022〕3号", DAY, fine_fen=500_000, forfeited_fen=12_345, goods=2)
    with pytest.raises(Incomplete):
        write_outcome(case=case, result=Result("penalty", "", DAY), by=manager, now=NOW)
    write_outcome(case=case, result=penalty, by=manager, now=NOW)
    with pytest.raises(OwnProposal):
        close_case(case=case, by=manager, now=NOW)
    return_outcome(case=case, by=reviewer, now=NOW, note="金额有误")
    write_outcome(case=case, result=penalty, by=manager, now=NOW)
    close_case(case=case, by=reviewer, now=NOW)
    case.refresh_from_db()
    assert (case.state, case.fine_fen, case.goods) == ("closed", 500_000, 2)
    for change in ("fine_fen = 0", "number = 'X'", "state = 'open'", f"closed_by_id = {manager.pk}"):
        assert refused(update(case, change), because=r"stands|does_not_confirm")


def test_past_every_verb_a_case_begins_with_what_was_found(found, manager):
    row = (
        "INSERT INTO merchants_enforcementcase (merchant_id, inspection_id, facts, handed_to, state, proposed_by_id,"
        " proposed_at, outcome, decision_no) VALUES (%s, %s, 'x', 'x', 'proposed', %s, now(), '', '')"
    )
    assert refused(row, MerchantFactory().pk, found.pk, manager.pk, because="begins as a proposal")


def test_the_letter_is_printed_as_it_was_signed(issued, reviewer):
    client, page = logged_in(reviewer), reverse("staff-order-letter", args=[issued.pk])
    printed = client.get(page)
    assert printed.headers["Content-Type"] == "application/pdf"
    text = words(printed.content)
    for said in (
        "责令改正通知书",
        "拱市监责改〔2022〕1号",
        "湖墅南路店",
        "恢复限速",
        "2022年10月5日",
        "送达回证",
    ):
        assert said in text
    assert client.get(page).content == printed.content


def confirmed(client, name, *args, **answers):
    """Read what a page asks, and confirm it; the page that follows."""
    address = reverse(name, args=args)
    asked = client.get(address).context["form"]
    seen = {"seen": asked["seen"].value()} if "seen" in asked.fields else {}
    return client.post(address, {"confirmed": "1", **seen, **answers}, follow=True)


@time_machine.travel(NOW, tick=False)
def test_both_walk_it_on_their_pages(found, manager, reviewer):
    inspector, signer = logged_in(manager), logged_in(reviewer)
    visit = reverse("staff-visit", args=[found.pk])
    assert "拟责令改正通知书" in inspector.get(visit).content.decode()
    wrong = confirmed(inspector, "staff-order-new", found.pk, demands="x", basis="y", due_on=DAY)
    assert "改正期限须晚于今天" in wrong.content.decode()
    confirmed(inspector, "staff-order-new", found.pk, demands="恢复限速", basis="《条例》", due_on=DUE)
    order = CorrectionOrder.objects.get()
    assert told(inspector.get(reverse("staff-order-verb", args=[order.pk, "decline"])))["改正期限"] == str(
        DUE
    )
    assert (
        inspector.post(reverse("staff-order-verb", args=[order.pk, "issue"]), {"confirmed": "1"}).status_code
        == 403
    )
    confirmed(signer, "staff-order-verb", order.pk, "issue")
    assert "拱市监责改〔2022〕1号" in signer.get(reverse("staff-order", args=[order.pk])).content.decode()
    confirmed(inspector, "staff-order-verb", order.pk, "serve", served_on=DAY, how="直接送达")
    confirmed(inspector, "staff-enforcement-new", "inspection", found.pk, facts="逾期", handed_to="稽查大队")
    case = EnforcementCase.objects.get()
    confirmed(signer, "staff-enforcement-verb", case.pk, "open", number="案1")
    fine = {"outcome": "warned", "decision_no": "罚1", "decided_on": DAY, "fine_fen": "50.5"}
    assert (
        "只有行政处罚"
        in confirmed(inspector, "staff-enforcement-verb", case.pk, "outcome", **fine).content.decode()
    )
    confirmed(inspector, "staff-enforcement-verb", case.pk, "outcome", **(fine | {"outcome": "penalty"}))
    closed = confirmed(signer, "staff-enforcement-verb", case.pk, "close")
    assert "50.50 元" in closed.content.decode()
    order.refresh_from_db()
    case.refresh_from_db()
    assert (order.state, order.served_on, case.state, case.fine_fen) == ("escalated", DAY, "closed", 5_050)
