"""The way of a claim in five stations."""

import pytest
from django.utils.translation import override

from subsidies.allocation.services.allocate import allocate
from subsidies.claims.selectors.timeline import timeline
from tests.factories import NOW, change_policy, make_claim, make_scheme

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_chinese():
    with override("zh-hans"):
        yield


def stations(claim):
    claim.refresh_from_db()
    return {str(each.title): (each.standing, str(each.text)) for each in timeline(claim)}


def test_what_was_set_aside_is_told_to_the_last_fen():
    scheme = make_scheme()
    change_policy(scheme, stages={1: {"amount_fen": 123_450}})
    claim = make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    assert stations(claim)["锁定补贴"] == ("done", "1,234.50 元")


def test_before_the_money_the_place_is_told():
    claim = make_claim(make_scheme(), state="checking")
    assert stations(claim)["名次"] == ("now", "第 1 名(核验后确定)")
    assert stations(claim)["锁定补贴"] == stations(claim)["发放"] == ("todo", "")
