"""Money is demanded back on the staff's pages: proposed, confirmed, taken in, counted; each says who is missing."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from pypdf import PdfReader

from core.models import AuditEntry
from core.shanghai import today
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, RecoveryCase, RecoveryReceipt, RecoveryStep
from tests.admin.district import ID_NO, NAME, confirm, logged_in, paid_claim, said, url, who_it_is
from tests.factories import make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def people():
    roles = {"officer": "officer", "reviewer": "reviewer", "cashier": "finance", "accountant": "finance"}
    return {name: logged_in(make_staff(role)) for name, role in roles.items()}


@laid
def case(district, people):
    """Proposed by an officer on the list of claims, for all of a paid claim."""
    claim = paid_claim(district)
    page = confirm(
        people["officer"], Claim, "start_recovery", claim, reason="untrue_proved", note="查实没有交车"
    )
    assert said(page) == ["提出追回：已办理 1 份。"]
    return RecoveryCase.objects.latest("pk")


def ask(client, name, *args):
    return client.get(reverse(f"staff-{name}", args=args))


def answer(client, name, *args, **typed):
    """Read the question, and confirm it."""
    form = ask(client, name, *args).context["form"]
    given = {key: field.initial or "" for key, field in form.fields.items() if field.initial is not None}
    given |= {**{key: value for key, value in form.initial.items() if value}, **typed}
    return client.post(reverse(f"staff-{name}", args=args), {"confirmed": "1", **given}, follow=True)


def page_of(client, case):
    return client.get(url(RecoveryCase, "change", case.pk)).content.decode()


@laid
def confirmed(case, people):
    page = answer(people["reviewer"], "recovery-decide", case.pk, "confirm", note="")
    assert "文号 拱市监追〔" in said(page)[0]
    case.refresh_from_db()
    return case


def test_a_demand_goes_its_way_from_the_list_to_the_last_receipt(confirmed, people):
    page = answer(
        people["cashier"], "recovery-receipt", confirmed.pk, way="transfer", amount="120.5", voucher="YH-1"
    )
    assert "须由另一位财务人员核对后入账" in said(page)[0]
    receipt = RecoveryReceipt.objects.latest("pk")
    assert f"收款 {receipt.number} 已记入资金账目。" in said(
        answer(people["accountant"], "receipt-decide", receipt.pk, "confirm")
    )
    answer(people["cashier"], "recovery-receipt", confirmed.pk, way="cash", voucher="YH-2")
    answer(people["accountant"], "receipt-decide", RecoveryReceipt.objects.latest("pk").pk, "confirm")
    confirmed.refresh_from_db()
    assert (confirmed.state, confirmed.received_fen, confirmed.claim.state) == (
        "recovered",
        30_000,
        "recovered",
    )
    assert verify_ledger(scheme=confirmed.claim.scheme) == []


def test_the_proposers_own_page_offers_no_confirmation_and_says_why(case, people):
    own = reverse("staff-recovery-decide", args=[case.pk, "confirm"])
    assert own not in page_of(people["officer"], case)
    assert own in page_of(people["reviewer"], case)
    RecoveryCase.objects.filter(pk=case.pk).update(proposed_by=people["reviewer"].session["_auth_user_id"])
    assert "提出追回的人不能自己核准" in people["reviewer"].get(own).content.decode()
    assert own not in page_of(people["reviewer"], case)


def test_a_proposal_is_put_right_and_then_waits_for_another(case, people):
    plan = f"{today() + timedelta(days=5)} 40\n{today() + timedelta(days=35)} 60.00"
    page = answer(
        people["officer"], "recovery-amend", case.pk, reason="paid_too_much", amount="100", plan=plan
    )
    assert said(page) == ["追回方案已修改，由您提出，须由另一人核准。"]
    case.refresh_from_db()
    assert (case.amount_fen, [p.amount_fen for p in case.instalments.all()]) == (10_000, [4_000, 6_000])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "300.01"}, "实际发放、尚未退回的只有 300 元"),
        ({"amount": "0"}, "大于或等于"),
        ({"amount": "100"}, "各期合计 300 元，应为 100 元"),
        ({"plan": "下月 300"}, "第 1 行无法识别"),
        ({"plan": "2099-02-30 300"}, "第 1 行无法识别"),
        ({"plan": "2001-01-01 300"}, "到期日已经过去"),
        ({"plan": "2099-01-02 100\n2099-01-01 200"}, "依次推后"),
        ({"plan": "2099-01-02 1e99"}, "第 1 行无法识别"),
        ({"note": ""}, "必填"),
        ({"basis": ""}, "必填"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_said_and_nothing_is_lost(case, people, typed, sentence):
    page = answer(people["officer"], "recovery-amend", case.pk, **typed).content.decode()
    assert sentence in page
    case.refresh_from_db()
    assert case.amount_fen == 30_000


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "300.01"}, "尚未收到的只有 300 元"),
        ({"received_on": "2001-01-01"}, "核准之日和今天之间"),
        ({"received_on": "2099-01-01"}, "核准之日和今天之间"),
        ({"voucher": ""}, "必填"),
        ({"way": "set_off"}, "请选择抵扣的申请"),
        ({"way": "gold"}, "gold"),
    ],
)
def test_what_is_wrong_with_a_receipt_is_said(confirmed, people, typed, sentence):
    told = {"way": "transfer", "voucher": "YH-1"} | typed
    page = answer(people["cashier"], "recovery-receipt", confirmed.pk, **told).content.decode()
    assert sentence in page
    assert not confirmed.receipts.exists()


def test_whoever_took_a_receipt_down_is_not_offered_to_confirm_it(confirmed, people):
    answer(people["cashier"], "recovery-receipt", confirmed.pk, way="transfer", voucher="YH-1")
    own = reverse("staff-receipt-decide", args=[RecoveryReceipt.objects.latest("pk").pk, "confirm"])
    assert own not in page_of(people["cashier"], confirmed)
    assert own in page_of(people["accountant"], confirmed)
    assert people["cashier"].post(own, {"confirmed": "1"}).status_code == 403


def test_a_write_off_takes_two_people(confirmed, people):
    answer(people["officer"], "recovery-step", confirmed.pk, "write_off", note="无可供执行的财产")
    step = RecoveryStep.objects.get()
    assert "“核销余款”待另一人核准" in page_of(people["reviewer"], confirmed)
    assert said(answer(people["reviewer"], "recovery-step-decide", step.pk, "approve")) == [
        "“核销余款”已核准。"
    ]
    confirmed.refresh_from_db()
    assert (confirmed.state, confirmed.claim.state) == ("written_off", "written_off")


def test_a_question_that_was_overtaken_is_asked_again(case, people):
    address = reverse("staff-recovery-decide", args=[case.pk, "confirm"])
    seen = people["reviewer"].get(address).context["form"]["seen"].value()
    answer(people["officer"], "recovery-amend", case.pk, note="又查明一事")
    page = people["reviewer"].post(address, {"confirmed": "1", "seen": seen, "note": ""})
    assert "有了变化" in page.content.decode()
    case.refresh_from_db()
    assert case.state == "proposed"


# ------------------------------------------------------------------ the letter


def letter(client, case):
    response = ask(client, "recovery-letter", case.pk)
    assert response.headers["Content-Type"] == "application/pdf"
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)


def test_the_letter_says_how_much_why_on_what_law_by_when_and_how_to_object(confirmed, people, settings):
    settings.RECOVERY_ACCOUNT, settings.RECOVERY_CONTACT = "户名甲；账号 1234", "文晖路 1 号"
    text = letter(people["officer"], confirmed).replace("\n", "")
    due = confirmed.instalments.get().due_on
    for told in (
        *(confirmed.number, "300.00", "查实没有交车", "第十四条", "账号 1234", "文晖路 1 号"),
        *(f"{due.year} 年 {due.month} 月 {due.day} 日", "行政复议", "行政诉讼", "印章"),
    ):
        assert told in text, told
    assert NAME in text
    assert confirmed.claim.owner.id_no in text
    entry = AuditEntry.objects.filter(action="reveal").latest("pk")
    assert (entry.object_type, entry.detail["reason"]) == ("subsidies.recoverycase", confirmed.number)
    assert ID_NO not in str(entry.detail)


def test_whoever_may_not_see_who_it_is_gets_the_letter_masked(confirmed):
    text = letter(logged_in(make_staff("auditor")), confirmed)
    assert NAME not in text
    assert confirmed.claim.owner.id_no not in text


def test_before_it_is_confirmed_there_is_no_letter(case, people):
    assert ask(people["officer"], "recovery-letter", case.pk).status_code == 404


# ------------------------------------------------------------------ where it is seen


def test_the_work_list_says_what_is_next(confirmed, people):
    rows = ask(people["officer"], "recoveries").context["rows"]
    assert [(row["url"], row["next"].startswith("等待退回")) for row in rows] == [
        (url(RecoveryCase, "change", confirmed.pk), True)
    ]
    assert ask(people["officer"], "recoveries").context["page"].paginator.count == 1
    for tab in ("proposed", "second", "overdue", "enforced", "surplus", "nonsense"):
        page = people["officer"].get(f"{reverse('staff-recoveries')}?tab={tab}")
        assert page.status_code == 200


def test_the_home_page_and_the_claims_page_lead_there(case, people):
    home = people["reviewer"].get(reverse("admin:index"))
    assert {str(task.title): task.figure.text for task in home.context["tasks"]}["待核准的追回"] == "1"
    claim = people["reviewer"].get(url(Claim, "change", case.claim_id))
    assert url(RecoveryCase, "change", case.pk) in claim.content.decode()


def test_nobody_is_given_away(confirmed, people):
    for page in (
        people["officer"].get(url(RecoveryCase, "change", confirmed.pk)),
        ask(people["officer"], "recoveries"),
        ask(people["cashier"], "recovery-receipt", confirmed.pk),
    ):
        assert not who_it_is(page)
