"""What every answer says to the browser, page by page."""

import re

import pytest
from django.test import override_settings
from django.urls import reverse

from core.middleware.headers import STAFF, STRICT
from ebikes.models import TradeIn
from subsidies.models import Claim, PayoutBatch, RecoveryCase
from tests.admin.district import District, url
from tests.admin.test_staff_pages import PAGES, address, make_rows
from tests.ebikes.files import valid_uscc
from tests.factories import MerchantFactory, UserFactory, make_member, make_scheme
from tests.subsidies.pages.site import logged_in
from tests.subsidies.pages.test_access import READING, addresses_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("made")]
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:|\shx-on", re.IGNORECASE)
STYLED = re.compile(r"<style|\sstyle=", re.IGNORECASE)


@pytest.fixture(scope="module")
def made(module_db, tmp_path_factory):
    """Each page as it answers, opened once for all tests."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("uploads")):
        rows = make_rows(District(make_scheme(year=2019)))
        shop = MerchantFactory(uscc=valid_uscc())
        own = addresses_of(shop)
        staffs = [address(name, arguments, rows) for name, arguments, _roles in PAGES]
        staffs += [url(model, "changelist") for model in (TradeIn, Claim)]
        staffs += [
            url(model, "change", model.objects.first().pk)
            for model in (TradeIn, Claim, PayoutBatch, RecoveryCase)
        ]
        staffs += [reverse("admin:index"), reverse("admin:core_export_add"), reverse("imports")]
        boss = logged_in(UserFactory(is_staff=True, is_superuser=True))
        owner = logged_in(make_member(shop, "owner"))
        nobody = logged_in(None)
        asked = {
            "nobody": [(nobody, page) for page in ("/", "/login/", "/admin/login/", "/invitation/x/", "/nothing")],
            "owner": [(owner, own[name]) for name in READING] + [(owner, page) for page in ("/team/", "/account/password/")],
            "staff": [(boss, page) for page in staffs],
        }  # fmt: skip
        yield {who: [opened(client, page) for client, page in pages] for who, pages in asked.items()}


def opened(client, page):
    """The page's address, what was said with it, and what stands on it."""
    response = client.get(page)
    kind = response.headers.get("Content-Type", "")
    html = "" if response.streaming or "html" not in kind else response.content.decode()
    return page, response.headers, html


@pytest.mark.parametrize("who", ["nobody", "owner", "staff"])
def test_no_page_holds_a_script_and_its_policy_would_run_none(made, who):
    for page, headers, html in made[who]:
        policy = headers["Content-Security-Policy"]
        assert not INLINE.search(html), page
        script = re.search(r"script-src ([^;]*)", policy)[1]
        assert "unsafe-inline" not in script, page
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("who", ["nobody", "owner"])
def test_outside_of_the_staffs_theme_nothing_is_evaluated_and_nothing_styled_in_the_page(made, who):
    for page, headers, html in made[who]:
        if page.startswith("/admin/"):
            continue
        assert headers["Content-Security-Policy"] == STRICT, page
        assert not STYLED.search(html), page


def test_only_the_staffs_pages_may_evaluate_what_their_theme_needs(made):
    assert {headers["Content-Security-Policy"] for _page, headers, _html in made["staff"]} == {STAFF}
    assert "unsafe-eval" not in STRICT


@pytest.mark.parametrize("who", ["owner", "staff"])
def test_nothing_of_who_is_logged_in_is_kept_by_the_browser(made, who):
    for page, headers, _html in made[who]:
        assert headers["Cache-Control"] == "no-store", page


def test_an_answer_to_a_form_is_kept_by_nobody_and_a_page_for_all_by_whoever_likes():
    client = logged_in(None)
    assert client.post("/", {"record_no": "x", "id_end": "1234"}).headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/").headers


def test_what_else_every_answer_says(made):
    for who in made:
        _page, headers, _html = made[who][0]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert (
            headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        )
        assert headers["X-Frame-Options"] == "DENY"
        assert "camera=()" in headers["Permissions-Policy"]


def test_a_browser_that_asks_for_an_icon_by_itself_is_led_to_it(client):
    assert client.get("/favicon.ico")["Location"].endswith("img/mark.svg")
