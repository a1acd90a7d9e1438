"""Whoever reads the trail, the ledger or a payment reads words: known numbers, verbs, yuan, and one style of dates."""

import ast
import re

import pytest
from django.utils import translation
from django.utils.formats import date_format

from core.audit.acting import acting
from core.audit.history import changes, details, known_as, subject
from core.audit.wording import DETAILS, PARTS, VERBS
from core.models import AuditEntry
from subsidies.models import Difference, Hold, LedgerEntry, PayoutLine, Supplement
from subsidies.review.hold_wording import SENTENCES
from subsidies.review.services.holds import place_holds
from tests.admin.district import logged_in, url
from tests.core.shipped import modules_where
from tests.factories import NOW, change_policy, local, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def client():
    return logged_in(make_staff("auditor"))


def test_every_verb_by_which_somebody_acts_has_its_words():
    def is_untold(node):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "acting" and node.args):
            return False
        verb = node.args[0]
        return isinstance(verb, ast.Constant) and verb.value not in VERBS

    assert modules_where(is_untold, home="core/audit/acting.py") == {}


def test_a_record_is_called_by_the_number_that_people_know(client, district):
    claim = district.grow()
    client.get(url(type(claim), "change", claim.pk))
    entry = AuditEntry.objects.filter(object_type="subsidies.claim", action="view").latest("pk")
    assert subject(entry) == f"补贴申请 {claim.trade_in.record_no}"
    page = client.get(url(AuditEntry, "changelist"))
    assert f"补贴申请 {claim.trade_in.record_no}" in page.content.decode()
    assert known_as({"subsidies.claim": ["x", "9" * 30], "gone.model": ["1"]}) == {}


def test_what_a_change_of_terms_lays_down_is_read_in_yuan_and_words(district):
    change_policy(district.scheme, review_days=5, stages={1: {"amount_fen": 25_000}})
    entry = AuditEntry.objects.filter(object_type="subsidies.schemechange", action="create").latest("pk")
    (terms,) = [change.after for change in changes(entry) if "补贴标准" in (change.after or "")]
    assert "补贴标准(元)：250" in terms
    assert "办理时限(工作日)：5" in terms
    assert "排队规则：严格排队：前面放不下就停" in terms
    assert not {"amount_fen", "head_of_line", "None", "strict"} & set(terms.replace("：", " ").split())


def test_what_holds_a_claim_and_the_roles_of_a_person_are_told_in_words(district):
    claim = district.grow()
    noticed = {claim.pk: {"due": "2022-09-30", "kinds": ["wallet"], "reasons": ["case"]}}
    place_holds(kind=Hold.Kind.LISTED, evidence=noticed, by=None, now=NOW)
    entry = AuditEntry.objects.filter(detail__part="subsidies.hold", action="create").latest("pk")
    told = {change.name: change.after for change in changes(entry)}
    assert told["依据"] == "最晚补充日期：2022-09-30、名单种类：数字人民币钱包、理由：已立案"
    for sentence in SENTENCES.values():
        assert set(re.findall(r"%\((\w+)\)s", str(sentence))) <= PARTS.keys() | DETAILS.keys()
    assert details(AuditEntry(detail={"roles": ["finance", "auditor"]}))[0][1] == "财务、审计"


def test_what_differs_is_told_as_on_its_own_page(district):
    with acting("take_in_statement", by=None, now=NOW):
        Difference.objects.create(
            number="N1", kind="state", day=NOW.date(), found_at=NOW, ours="failed 30000 2022-09-20", theirs=""
        )
    entry = AuditEntry.objects.filter(object_type="subsidies.difference").latest("pk")
    told = {change.name: change.after for change in changes(entry)}
    assert "300 元" in told["本系统"]
    assert "failed" not in told["本系统"]
    assert ("途径", "对账") in details(entry)


@pytest.mark.parametrize("model", [LedgerEntry, PayoutLine, Supplement])
def test_money_is_read_in_yuan_and_a_claim_by_its_number(client, district, model):
    claim = district.grow()
    district.pay(claim)
    row = model.objects.filter(claim=claim).latest("pk")
    for page in (url(model, "changelist"), url(model, "change", row.pk)):
        html = client.get(page).content.decode()
        assert claim.trade_in.record_no in html
        assert "(分)" not in html
        assert f"{claim.trade_in_id} in_payout" not in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_dates_have_one_style_in_every_language(language):
    with translation.override(language):
        moment = local("2022-06-01 09:05:07")
        assert date_format(moment, "DATETIME_FORMAT") == "2022-06-01 09:05"
        assert date_format(moment.date()) == "2022-06-01"
