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
        yield {
            "nobody": [(nobody, page) for page in ("/", "/login/", "/admin/login/", "/invitation/x/", "/nothing")],
            "owner": [(owner, own[name]) for name in READING] + [(owner, page) for page in ("/team/", "/account/password/")],
            "staff": [(boss, page) for page in staffs],
        }  # fmt: skip


def opened(each):
    client, page = each
    response = client.get(page)
    kind = response.headers.get("Content-Type", "")
    return response, "" if response.streaming or "html" not in kind else response.content.decode()


@pytest.mark.parametrize("who", ["nobody", "owner", "staff"])
def test_no_page_holds_a_script_and_its_policy_would_run_none(made, who):
    for each in made[who]:
        response, html = opened(each)
        policy = response.headers["Content-Security-Policy"]
        assert not INLINE.search(html), each[1]
        script = re.search(r"script-src ([^;]*)", policy)[1]
        assert "unsafe-inline" not in script, each[1]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("who", ["nobody", "owner"])
def test_outside_of_the_staffs_theme_nothing_is_evaluated_and_nothing_styled_in_the_page(made, who):
    for each in made[who]:
        response, html = opened(each)
        if each[1].startswith("/admin/"):
            continue
        assert response.headers["Content-Security-Policy"] == STRICT, each[1]
        assert not STYLED.search(html), each[1]


def test_only_the_staffs_pages_may_evaluate_what_their_theme_needs(made):
    assert all(opened(each)[0].headers["Content-Security-Policy"] == STAFF for each in made["staff"])
    assert "unsafe-eval" not in STRICT


@pytest.mark.parametrize("who", ["owner", "staff"])
def test_nothing_of_who_is_logged_in_is_kept_by_the_browser(made, who):
    for each in made[who]:
        assert opened(each)[0].headers["Cache-Control"] == "no-store", each[1]


def test_an_answer_to_a_form_is_kept_by_nobody_and_a_page_for_all_by_whoever_likes():
    client = logged_in(None)
    assert client.post("/", {"record_no": "x", "id_end": "1234"}).headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/").headers


def test_what_else_every_answer_says(made):
    for who in made:
        headers = opened(made[who][0])[0].headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert (
            headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        )
        assert headers["X-Frame-Options"] == "DENY"
        assert "camera=()" in headers["Permissions-Policy"]
