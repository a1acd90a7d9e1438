"""Whoever chooses English reads no Chinese: not on a page, not of a claim on the command line."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ebikes.models import ImportBatch, ImportRow
from subsidies.engine.checks import CHECKS
from tests.console import put_in, tamper, update
from tests.english import chinese_in, chinese_on, english
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    make_answer,
    make_claim,
    make_member,
    make_scheme,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim():
    """A refused claim with evidence; its names and plates hold no Chinese, so that only the page's own words do."""
    point = AgentPointFactory(merchant=MerchantFactory(name="Lakeside Bikes"))
    trade_in = TradeInFactory(
        owner=OwnerFactory(id_no="33010519491231002X"),
        owner_name="Wang",
        agent_point=point,
        filing_plate_no="A1",
        digital_plate_no="B1",
    )
    claim = make_claim(make_scheme(caps=(1_000_000, None, None)), trade_in=trade_in)
    claim.checks.create(
        results=dict.fromkeys(CHECKS, "pass") | {"not_collected": "fail"},
        exing_answer=make_answer(trade_in, "exing", plate="A1"),
        yunshenling_answer=make_answer(trade_in, "yunshenling"),
        policy=claim.policy,
        completed_at=claim.completed_at,
        completed_by=claim.completed_by,
        checked_at=NOW,
    )
    put_in(claim, "refused")
    tamper(update(claim, "refusals = '{not_collected,person_cap}'"))
    return claim


def test_the_public_page_in_english_has_no_chinese_left(claim):
    asking = {"record_no": claim.trade_in.record_no, "id_end": "002X"}
    assert chinese_on(english().get("/")) == []
    assert chinese_on(english().post("/", asking)) == []
    assert chinese_on(english().post("/", {**asking, "record_no": "TH0"})) == []
    assert chinese_on(english().post("/", {})) == []


def test_neither_has_it_before_there_is_a_scheme():
    assert chinese_on(english().get("/")) == []


def test_pages_for_whom_something_went_wrong_are_english_too():
    stranger = english(UserFactory())
    refused = Client(enforce_csrf_checks=True, headers={"cookie": f"{settings.LANGUAGE_COOKIE_NAME}=en"})
    responses = stranger.get("/portal/"), refused.post("/", {}), english().get("/login/")
    assert [response.status_code for response in responses] == [404, 403, 200]
    assert [chinese_on(response) for response in responses] == [[], [], []]


def test_a_merchants_pages_in_english_have_no_chinese_left(claim):
    clerk = english(make_member(claim.trade_in.merchant))
    for url in [
        reverse("portal"),
        reverse("portal-claims"),
        reverse("portal-claims") + "?q=nothing",
        reverse("precheck"),
        reverse("statements"),
        reverse("claim-payee", args=[claim.pk]),
        reverse("portal-claim", args=[claim.pk]),
    ]:
        assert chinese_on(clerk.get(url)) == []


@pytest.mark.parametrize("state", ["preview", "reading", "failed", "discarded"])
def test_imports_in_english_have_no_chinese_left(state):
    batch = ImportBatch.objects.create(
        kind="trade_ins", state=state, file_name="June.csv", uploaded_at=NOW, rows_refused=1
    )
    ImportRow.objects.create(
        batch=batch,
        line=2,
        verdict="refused",
        reason="phone",
        problems=[{"kind": "phone", "params": {"value": "1"}}],
    )
    staff = english(UserFactory(is_staff=True, is_superuser=True))
    assert chinese_on(staff.get(reverse("imports"))) == []
    assert chinese_on(staff.get(reverse("import", args=[batch.pk]))) == []


def test_the_claims_are_counted_in_english(claim):
    page = english(make_member(claim.trade_in.merchant)).get(reverse("portal-claims")).content.decode()
    assert "1 claim<" in page


def test_without_the_cookie_a_page_is_chinese():
    assert "补贴尚未开始" in Client(headers={"accept-language": "en"}).get("/").content.decode()


def test_a_claim_is_explained_in_english(claim, capsys):
    call_command("explain", claim.trade_in.record_no, lang="en")
    said = capsys.readouterr().out
    assert "Refused: The old bike has not been collected; This person has reached" in said
    assert chinese_in(said.replace(claim.scheme.name, "")) == []
