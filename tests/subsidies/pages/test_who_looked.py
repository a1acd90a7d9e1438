"""A person sees who looked at the own data, when, in which role and why; and nobody else does."""

import pytest
from django.test import Client
from django.urls import reverse

from core.audit.record import Action, record
from core.models import AuditEntry
from core.shanghai import to_the_minute
from ebikes.records.reveal import reveal_person
from tests.factories import NOW, UserFactory, make_staff
from tests.subsidies.pages.site import ID_NO, NAME, who_it_is

pytestmark = pytest.mark.django_db


def ask(claim, end=ID_NO[-4:]):
    response = Client().post(reverse("who-looked"), {"record_no": claim.trade_in.record_no, "id_end": end})
    return response.content.decode()


def test_who_saw_everything_and_why_is_told_without_names(claim):
    officer = make_staff("officer")
    officer.full_name = "陈经办"
    officer.save()
    reveal_person(of=claim.owner, reason="车主来电核对收款账户", by=officer, now=NOW)
    record(Action.VIEW, by=make_staff("auditor"), of=claim)
    page = ask(claim)
    when = to_the_minute(AuditEntry.objects.get(action="reveal").at)
    for words in ("车主来电核对收款账户", "经办", "完整信息", "证件号码", "打星号的信息", when):
        assert words in page, words
    assert "陈经办" not in page
    assert NAME not in page
    assert who_it_is(page) == []


def test_without_the_proof_nothing_is_told(claim):
    reveal_person(of=claim.owner, reason="车主来电核对收款账户", by=make_staff("officer"), now=NOW)
    page = ask(claim, end="0000")
    assert "没有找到这份申请" in page
    assert "车主来电" not in page


def test_what_others_were_looked_at_for_is_not_told(claim):
    other = UserFactory(is_staff=True)
    record(Action.VIEW, by=other)
    assert "还没有工作人员查看过您的信息" in ask(claim)


def test_guessing_here_is_counted_like_guessing_there(claim):
    for number in range(10):
        ask(claim, end=f"{number:04d}")
    assert "次数过多" in ask(claim)
