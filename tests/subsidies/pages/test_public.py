"""What everybody may see: the scheme's figures, and one's own claim by number and end of the ID."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subsidies.allocation.services.allocate import allocate
from subsidies.reasons import NEXT_STEPS
from subsidies.schemes.services.create import create_scheme
from subsidies.states import ClaimState
from tests.console import put_in
from tests.factories import NOW, UserFactory, local, make_claim, make_plan, make_scheme
from tests.subsidies.pages.site import ID_NO, queries_with, who_it_is

pytestmark = pytest.mark.django_db


def looked_up(record_no, id_end):
    response = Client().post(reverse("home"), {"record_no": record_no, "id_end": id_end})
    assert response.status_code == 200
    return response.content.decode()


def pairs(html):
    """Every term of the page with what stands beside it."""
    found = {}
    for term, words in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL):
        found.setdefault(term, []).append(words)
    return found


def test_before_any_scheme_the_page_says_so():
    response = Client().get(reverse("home"))
    assert response.status_code == 200
    assert "目前没有正在实施的补贴方案" in response.content.decode()


def test_before_any_scheme_the_look_up_answers_too():
    assert "没有找到这份申请" in looked_up("TH1", "1234")


def test_the_figures_are_those_of_the_scheme():
    scheme = make_scheme(budget_fen=100_000, caps=(30_000, None, None))
    first = make_claim(scheme)
    make_claim(scheme, completed_at=local("2022-06-20 12:00:00"))
    make_claim(scheme, completed_at=local("2022-07-10 12:00:00"))
    make_claim(scheme, state="checking", completed_at=local("2022-08-10 12:00:00"))
    make_claim(scheme, state="review", completed_at=local("2022-08-11 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    first.refresh_from_db()
    assert first.state == "settled"
    found = pairs(Client().get(reverse("home")).content.decode())
    assert found["资金总额"] == ["1,000 元"]
    assert found["已锁定待发放"] == ["500 元"]
    assert found["已发放"] == ["0 元"]
    assert found["已获补贴"] == ["1", "1", "0"]
    assert found["候补"] == ["1", "0", "0"]
    assert found["核验中"] == ["0", "0", "2"]
    assert found["已用金额"] == ["300 元", "200 元", "0 元"]
    assert found["本阶段上限剩余"] == ["0 元"]


def test_the_scheme_of_today_is_shown_and_another_may_be_chosen_but_no_plan():
    then, _now = make_scheme(year=2021, budget_fen=567_800), make_scheme(budget_fen=123_400)
    plan = create_scheme(make_plan(year=2020), by=UserFactory(), now=NOW)
    html = Client().get(reverse("home")).content.decode()
    assert pairs(html)["资金总额"] == ["1,234 元"]
    assert (f"?scheme={then.code}" in html, f"?scheme={plan.code}" in html) == (True, False)
    html = Client().get(reverse("home"), {"scheme": then.code}).content.decode()
    assert pairs(html)["资金总额"] == ["5,678 元"]
    for code in (plan.code, "nothing"):
        assert Client().get(reverse("home"), {"scheme": code}).status_code == 404


@pytest.mark.parametrize(
    "id_end",
    ["002X", "002x", " 002X", "\uff10\uff10\uff12\uff38", "\u2068002X\u2069", "002×", "002Х", "'002X"],
)
def test_an_owner_finds_the_claim_by_its_number_and_the_end_of_the_id(claim, id_end):
    html = looked_up(claim.trade_in.record_no, id_end)
    assert str(NEXT_STEPS[ClaimState.SETTLED]) in html
    assert pairs(html)["名次"] == ["1"]


def test_untidy_spelling_of_the_number_is_understood(claim):
    number = claim.trade_in.record_no
    for untidy in (" ".join(number.lower()), f"\u202d{number}\u2069", f"\u00a0'{number}\ufe0f"):
        assert str(NEXT_STEPS[ClaimState.SETTLED]) in looked_up(untidy, "002X")


def test_a_whole_number_is_asked_for_its_end_and_another_alphabet_is_named(claim):
    assert "只填证件号码的后四位" in looked_up(claim.trade_in.record_no, ID_NO)
    assert "U+0422" in looked_up("\u0422H1", "002X")


def test_a_wrong_ending_tells_nothing_not_even_that_the_record_exists(claim):
    wrong, unknown = looked_up(claim.trade_in.record_no, "0000"), looked_up("TH0", "0000")
    assert "没有找到这份申请" in wrong
    assert claim.get_state_display() not in wrong
    assert without_input(wrong) == without_input(unknown)


def without_input(html):
    """A page without what was typed into it, nor the token of its forms."""
    return re.sub(r'value="[^"]*"', "", html)


@pytest.mark.parametrize("id_end", ["", "02X", "1002X", "%%%%", "____"])
def test_less_or_more_than_four_characters_find_nothing(claim, id_end):
    assert str(NEXT_STEPS[ClaimState.SETTLED]) not in looked_up(claim.trade_in.record_no, id_end)


@pytest.mark.parametrize("record_no", ["", "x" * 65, "%", "TH2022'--"])
def test_any_record_number_gets_an_answer(record_no):
    assert "<h1>" in looked_up(record_no, "002X")


def test_the_look_up_never_shows_who_it_is(claim):
    assert not who_it_is(looked_up(claim.trade_in.record_no, "002X"))


def test_the_newest_claim_of_a_record_answers(claim):
    put_in(claim, "refused")
    again = make_claim(claim.scheme, trade_in=claim.trade_in)
    assert again.get_state_display() in looked_up(claim.trade_in.record_no, "002X")


def test_the_public_page_costs_the_same_for_three_claims_and_for_thirty():
    scheme = make_scheme()
    few = queries_with(3, lambda: make_claim(scheme), Client(), reverse("home"))
    many = queries_with(27, lambda: make_claim(scheme), Client(), reverse("home"))
    assert few == many <= 6


def test_the_health_page_asks_the_database_and_nobody_elses():
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(reverse("healthz"))
    assert (response.content, response.headers["Content-Type"]) == (b"ok", "text/plain")
    assert len(queries) == 3  # beside it, for whom it reads is said and taken back
