"""Who may open which page, what the public page tells, and what a merchant sees of its own claims."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from ebikes.models import ImportBatch
from subsidies.models import Claim
from subsidies.reasons import NEXT_STEPS, REASONS
from subsidies.services.allocate import allocate
from subsidies.states import ClaimState
from tests.console import put_in, tamper, update
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    local,
    make_answer,
    make_claim,
    make_member,
    make_scheme,
)

pytestmark = pytest.mark.django_db

LOGIN, ADMIN = "/login/?next=", "/admin/"
READING = ["healthz", "portal", "portal-claim", "import", "import-verdicts"]
POST_PAGES = ["import-confirm", "import-discard"]
ID_NO, NAME, PHONE = "33010519491231002X", "欧阳娜娜", "+8613912345678"


@pytest.fixture
def shop():
    return MerchantFactory(name="湖墅车行")


@pytest.fixture
def claim(shop):
    """A settled claim of the shop, with evidence, whose owner is easily recognised."""
    scheme = make_scheme()
    claim = make_claim(scheme, trade_in=trade_in_of(shop, id_no=ID_NO, owner_name=NAME, phone=PHONE))
    checked(claim)
    allocate(scheme=scheme, now=NOW)
    claim.refresh_from_db()
    return claim


@pytest.fixture
def batch(shop):
    return ImportBatch.objects.create(
        kind="trade_ins", state="preview", file_name="6月.csv", uploaded_at=NOW, merchant=shop
    )


def trade_in_of(shop, *, id_no="330105194912310038", **fields):
    owner = OwnerFactory(id_no=id_no) if id_no else OwnerFactory()
    return TradeInFactory(owner=owner, agent_point=AgentPointFactory(merchant=shop), **fields)


def checked(claim):
    """Evidence for a claim, as the licensing systems gave it."""
    answers = [make_answer(claim.trade_in, system, plate="浙A1") for system in ("exing", "yunshenling")]
    claim.checks.create(
        results={"not_filed": "pass"},
        exing_answer=answers[0],
        yunshenling_answer=answers[1],
        policy=claim.policy,
        completed_at=claim.completed_at,
        completed_by=claim.completed_by,
        checked_at=NOW,
    )


def logged_in(user, **options):
    client = Client(**options)
    if user:
        client.force_login(user)
    return client


def person(role, shop):
    """Somebody in this role towards `shop`."""
    return {
        "anonymous": lambda: None,
        "clerk": lambda: make_member(shop, "clerk"),
        "owner": lambda: make_member(shop, "owner"),
        "clerk of another": lambda: make_member(MerchantFactory(), "clerk"),
        "staff": lambda: UserFactory(is_staff=True, is_superuser=True),
        "neither": UserFactory,
    }[role]()


def address(name, claim, batch):
    pk = {"portal-claim": claim.pk}.get(name, batch.pk)
    return reverse(name, args=[] if name in ("home", "healthz", "portal", "imports") else [pk])


def outcome(response):
    """The status; of a redirect, where to."""
    return response.headers["Location"] if response.status_code == 302 else response.status_code


# ------------------------------------------------------------------ who may open what

WHO = ["anonymous", "clerk", "owner", "clerk of another", "staff", "neither"]
ALLOWED = {
    "home": [200, 200, 200, 200, 200, 200],
    "healthz": [200, 200, 200, 200, 200, 200],
    "portal": [LOGIN, 200, 200, 200, ADMIN, 404],
    "portal-claim": [LOGIN, 200, 200, 404, ADMIN, 404],
    "imports": [LOGIN, 200, 200, 200, 200, 404],
    "import": [LOGIN, 200, 200, 404, 200, 404],
    "import-verdicts": [LOGIN, 200, 200, 404, 200, 404],
    "import-confirm": [LOGIN, "import", "import", 404, "import", 404],
    "import-discard": [LOGIN, "import", "import", 404, "import", 404],
}


@pytest.mark.parametrize("name", ALLOWED)
def test_each_page_opens_to_those_it_is_for(name, claim, batch, shop):
    url = address(name, claim, batch)
    found = {}
    for role in WHO:
        client = logged_in(person(role, shop))
        found[role] = outcome(client.post(url) if name in POST_PAGES else client.get(url))
    ends = {LOGIN: LOGIN + url, "import": reverse("import", args=[batch.pk])}
    assert found == {
        role: ends.get(expected, expected) for role, expected in zip(WHO, ALLOWED[name], strict=True)
    }


def test_the_table_above_names_every_page():
    own = {pattern.name for pattern in get_resolver("subsidies.urls").url_patterns}
    assert own == set(ALLOWED)


@pytest.mark.parametrize("name", POST_PAGES)
@pytest.mark.parametrize("role", ["clerk", "staff"])
def test_what_changes_something_is_never_a_link(name, role, claim, batch, shop):
    response = logged_in(person(role, shop)).get(address(name, claim, batch))
    batch.refresh_from_db()
    assert (response.status_code, batch.state) == (405, "preview")


@pytest.mark.parametrize("name", READING)
def test_pages_to_read_take_no_post(name, claim, batch, shop):
    response = logged_in(person("clerk", shop)).post(address(name, claim, batch))
    assert response.status_code == 405


@pytest.mark.parametrize("name", ["home", "imports", *POST_PAGES, "login", "logout"])
def test_a_form_from_another_site_is_refused(name, claim, batch, shop):
    client = logged_in(None if name == "login" else person("clerk", shop), enforce_csrf_checks=True)
    url = reverse(name) if name in ("login", "logout") else address(name, claim, batch)
    response = client.post(url, {"record_no": "TH1", "id_end": "1234"})
    batch.refresh_from_db()
    assert (response.status_code, batch.state) == (403, "preview")
    assert "页面已过期" in response.content.decode()


def test_somebody_elses_refusal_looks_like_a_page_that_does_not_exist(claim, batch, shop):
    client = logged_in(person("clerk of another", shop))
    theirs = client.get(address("portal-claim", claim, batch))
    nobodys = client.get(reverse("portal-claim", args=[claim.pk + 1]))
    assert theirs.content == nobodys.content
    assert "没有这一页" in theirs.content.decode()


def test_logging_in_leads_each_to_the_right_side(shop):
    for user, side in [(make_member(shop), "portal"), (UserFactory(is_staff=True), "admin:index")]:
        user.set_password("a-long-password")
        user.save()
        response = Client().post(
            reverse("login"), {"username": user.username, "password": "a-long-password"}, follow=True
        )
        assert response.redirect_chain[-1][0] == reverse(side)


def test_a_wrong_password_is_refused_in_words():
    response = Client().post(reverse("login"), {"username": "nobody", "password": "x"})
    assert 'role="alert"' in response.content.decode()
    assert response.status_code == 200


# ------------------------------------------------------------------ the public page


@pytest.fixture(autouse=True)
def _nobody_asked_before():
    cache.clear()


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


def test_the_newest_scheme_is_shown():
    make_claim(make_scheme())
    make_scheme(budget_fen=123_400)
    assert pairs(Client().get(reverse("home")).content.decode())["资金总额"] == ["1,234 元"]


@pytest.mark.parametrize("id_end", ["002X", "002x", " 002X", "\uff10\uff10\uff12\uff38"])
def test_an_owner_finds_the_claim_by_its_number_and_the_end_of_the_id(claim, id_end):
    html = looked_up(claim.trade_in.record_no, id_end)
    assert str(NEXT_STEPS[ClaimState.SETTLED]) in html
    assert pairs(html)["名次"] == ["1"]


def test_untidy_spelling_of_the_number_is_understood(claim):
    untidy = " ".join(claim.trade_in.record_no.lower())
    assert str(NEXT_STEPS[ClaimState.SETTLED]) in looked_up(untidy, "002X")


def test_a_wrong_ending_tells_nothing_not_even_that_the_record_exists(claim):
    wrong, unknown = looked_up(claim.trade_in.record_no, "0000"), looked_up("TH0", "0000")
    assert "没有找到这份申请" in wrong
    assert claim.get_state_display() not in wrong
    assert without_input(wrong) == without_input(unknown)


def without_input(html):
    """A page without what was typed into it, nor the token of its forms."""
    return re.sub(r'value="[^"]*"', "", html)


@pytest.mark.parametrize("id_end", ["", "02X", "1002X", "\x00\x00\x00\x00", "%%%%", "____"])
def test_less_or_more_than_four_characters_find_nothing(claim, id_end):
    assert str(NEXT_STEPS[ClaimState.SETTLED]) not in looked_up(claim.trade_in.record_no, id_end)


@pytest.mark.parametrize("record_no", ["", "x" * 65, "\x00", "%", "TH2022'--"])
def test_any_record_number_gets_an_answer(record_no):
    assert "<h1>" in looked_up(record_no, "002X")


def test_the_look_up_never_shows_who_it_is(claim):
    assert not who_it_is(looked_up(claim.trade_in.record_no, "002X"), typed="002X")


def test_the_newest_claim_of_a_record_answers(claim):
    with_state(claim, "refused")
    again = make_claim(claim.scheme, trade_in=claim.trade_in)
    assert again.get_state_display() in looked_up(claim.trade_in.record_no, "002X")


def who_it_is(html, *, typed=""):
    """What of a person a page gives away: the whole ID, its birthday, the name, the phone."""
    digits = PHONE.removeprefix("+86")
    return [secret for secret in (ID_NO, "19491231", NAME, NAME[1:], digits, digits[3:7]) if secret in html]


def with_state(claim, state):
    put_in(claim, state)
    if state == "refused":
        tamper(update(claim, "refusals = '{not_filed}'"))


def test_the_public_page_costs_the_same_for_three_claims_and_for_thirty():
    scheme = make_scheme()
    few = queries_with(3, lambda: make_claim(scheme), Client(), reverse("home"))
    many = queries_with(27, lambda: make_claim(scheme), Client(), reverse("home"))
    assert few == many <= 5


def queries_with(more, make, client, url):
    """How many queries a page needs once `more` of these were made."""
    for _ in range(more):
        make()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_health_page_asks_the_database_and_nobody_elses():
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(reverse("healthz"))
    assert (response.content, response.headers["Content-Type"]) == (b"ok", "text/plain")
    assert len(queries) == 1


# ------------------------------------------------------------------ a merchant's claims


def listed(client, **query):
    """The record numbers in the list, in its order."""
    response = client.get(reverse("portal"), query)
    assert response.status_code == 200
    return re.findall(r'/portal/claims/\d+/">([^<]+)</a>', response.content.decode())


@pytest.fixture
def clerk(shop):
    return logged_in(make_member(shop))


def test_the_list_holds_the_shops_own_claims_newest_first(claim, shop, clerk):
    second = make_claim(claim.scheme, trade_in=trade_in_of(shop))
    make_claim(claim.scheme, trade_in=trade_in_of(MerchantFactory(), id_no=None))
    assert listed(clerk) == [second.trade_in.record_no, claim.trade_in.record_no]


def test_the_list_is_narrowed_by_state(claim, shop, clerk):
    waiting = make_claim(claim.scheme, state="review", trade_in=trade_in_of(shop))
    assert listed(clerk, state="review") == [waiting.trade_in.record_no]
    assert listed(clerk, state="paid") == []
    assert len(listed(clerk, state="no such state")) == 2


@pytest.mark.parametrize("by", ["record_no", "filing_plate_no", "digital_plate_no"])
def test_the_list_is_searched_by_number_or_either_plate(claim, shop, clerk, by):
    make_claim(claim.scheme, trade_in=trade_in_of(shop))
    text = getattr(claim.trade_in, by)
    for spelled in (text, f" {text.lower()} ", " ".join(text)):
        assert listed(clerk, q=spelled) == [claim.trade_in.record_no]
    assert listed(clerk, q=text[:-1]) == []


def test_a_plate_is_found_with_the_dot_that_is_printed_on_it(claim, clerk):
    number = claim.filing_plate_no
    assert listed(clerk, q=f"{number[:2]}·{number[2:]}") == [claim.trade_in.record_no]


def test_a_search_never_reaches_another_shops_claims(claim):
    other = logged_in(make_member(MerchantFactory()))
    assert listed(other, q=claim.trade_in.record_no) == []


@pytest.mark.parametrize("q", ["\x00%", "%", "'", "x" * 5000])
def test_any_search_gets_an_answer(claim, clerk, q):
    assert listed(clerk, q=q) == []


def test_a_page_out_of_range_is_the_nearest_one(claim, shop, clerk):
    for _ in range(30):
        make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None))
    for page, shown in {"1": "1 / 2", "2": "2 / 2", "99": "2 / 2", "0": "2 / 2", "x": "1 / 2"}.items():
        assert shown in clerk.get(reverse("portal"), {"page": page}).content.decode()


def test_turning_the_page_keeps_the_filter(claim, shop, clerk):
    for _ in range(31):
        make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None))
    html = clerk.get(reverse("portal"), {"state": "eligible"}).content.decode()
    assert "?state=eligible&amp;page=2" in html


def test_the_list_masks_names(claim, clerk):
    html = clerk.get(reverse("portal")).content.decode()
    assert "欧***" in html
    assert not who_it_is(html)


def test_the_list_costs_the_same_for_three_claims_and_for_thirty(claim, shop, clerk):
    def make():
        make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None))

    assert queries_with(2, make, clerk, reverse("portal")) == queries_with(27, make, clerk, reverse("portal"))


def page_of(claim, client):
    response = client.get(reverse("portal-claim", args=[claim.pk]))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("state", [state for state in ClaimState if state != ClaimState.REFUSED])
def test_a_claim_in_any_state_says_what_comes_next(claim, clerk, state):
    with_state(claim, state)
    html = page_of(claim, clerk)
    assert str(ClaimState(state).label) in html
    assert str(NEXT_STEPS[state]) in html
    assert not who_it_is(html)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_refused_claim_says_why_and_what_to_do(claim, clerk, reason):
    with_state(claim, "refused")
    tamper(update(claim, f"refusals = '{{{reason}}}'"))
    html = page_of(claim, clerk)
    assert str(REASONS[reason].title) in html
    assert str(REASONS[reason].remedy) in html


def test_a_claim_that_was_never_checked_has_a_page(shop, clerk):
    claim = make_claim(make_scheme(), state="received", trade_in=trade_in_of(shop))
    assert "尚未得到答复" in page_of(claim, clerk)


def test_a_claim_outside_every_stage_has_a_page(shop, clerk):
    claim = make_claim(
        make_scheme(), state="received", completed_at=local("2022-12-01 12:00:00"), trade_in=trade_in_of(shop)
    )
    assert "完成时间不在任何补贴阶段内" in page_of(claim, clerk)


def test_a_claim_costs_the_same_among_three_and_among_thirty(claim, shop, clerk):
    def make():
        checked(make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None)))

    url = reverse("portal-claim", args=[claim.pk])
    assert queries_with(2, make, clerk, url) == queries_with(27, make, clerk, url)


def test_what_people_typed_is_shown_and_never_run(claim, clerk):
    tamper(
        "UPDATE ebikes_tradein SET owner_name = '<b>王', record_no = '<script>1</script>' WHERE id = %s",
        claim.trade_in_id,
    )
    for url in (reverse("portal"), reverse("portal-claim", args=[claim.pk])):
        html = clerk.get(url).content.decode()
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_another_language_is_chosen_on_the_page_only(claim, clerk):
    assert (
        'lang="zh-hans"' in clerk.get(reverse("portal"), headers={"accept-language": "en"}).content.decode()
    )
    clerk.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert 'lang="en"' in clerk.get(reverse("portal")).content.decode()


def test_there_are_as_many_claims_as_the_heading_says(claim, clerk):
    assert "共 1 份申请" in clerk.get(reverse("portal")).content.decode()
    assert Claim.objects.count() == 1
