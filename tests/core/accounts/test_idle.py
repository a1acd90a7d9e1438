"""Ten minutes without a request end a session; what a page asks by itself is none."""

from urllib.parse import quote

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ebikes.models import ImportBatch
from tests.core.accounts.conftest import PASSWORD, logged_in
from tests.factories import NOW, UserFactory

pytestmark = pytest.mark.django_db

WHY = "超过 10 分钟没有操作，为保护账号已自动退出，请重新登录。"
POLLS = {
    "an address": ("?poll", {}),
    "an address with more": ("?verdict=refused&poll=1", {}),
    "htmx": ("", {"hx-request": "true", "hx-trigger": "poll-figures"}),
}


@pytest.fixture
def client(clerk, clock):
    client = logged_in(clerk)
    assert client.get(reverse("portal")).status_code == 200
    return client


def is_in(client):
    return "_auth_user_id" in client.session


def test_just_under_ten_minutes_go_on_for_ever(client, clock):
    for _ in range(5):
        clock.shift(599)
        assert client.get(reverse("portal")).status_code == 200


def test_a_page_of_many_requests_writes_its_session_once(client, clock):
    clock.shift(4)
    with CaptureQueriesContext(connection) as soon:
        client.get(reverse("portal"))
    clock.shift(1)
    with CaptureQueriesContext(connection) as later:
        client.get(reverse("portal"))
    wrote = [[query for query in each if 'UPDATE "core_session"' in query["sql"]] for each in (soon, later)]
    assert [len(each) for each in wrote] == [0, 1]


def test_ten_minutes_end_it(client, clock):
    clock.shift(600)
    assert client.get(reverse("portal")).headers["Location"] == "/login/?next=/portal/"
    assert not is_in(client)
    assert client.get(reverse("portal")).status_code == 302


def test_the_log_in_page_says_why_once(client, clock):
    clock.shift(600)
    page = client.get(reverse("portal"), follow=True).content.decode()
    assert WHY in page
    assert 'value="/portal/"' in page
    assert WHY not in client.get(reverse("login")).content.decode()


def test_logging_in_again_comes_back_to_the_same_page(client, clerk, clock):
    clock.shift(600)
    where = client.get(reverse("portal"), {"state": "paid", "page": 2}).headers["Location"]
    assert where == f"/login/?next={quote('/portal/?state=paid&page=2')}"
    page = client.get(where).context["next"]
    response = client.post(reverse("login"), {"username": clerk.username, "password": PASSWORD, "next": page})
    assert response.headers["Location"] == "/portal/?state=paid&page=2"
    clock.shift(599)
    assert client.get(reverse("portal")).status_code == 200


def test_staff_are_logged_out_of_the_admin_likewise(staff, clock):
    client = logged_in(staff)
    client.get(reverse("admin:index"))
    clock.shift(599)
    assert client.get(reverse("admin:index")).status_code == 200
    clock.shift(600)
    assert client.get(reverse("admin:index")).headers["Location"] == "/login/?next=/admin/"


def test_whoever_logs_in_and_does_nothing_is_logged_out_too(clerk, clock, client):
    client.logout()
    client.post(reverse("login"), {"username": clerk.username, "password": PASSWORD})
    clock.shift(600)
    assert client.get(reverse("portal")).headers["Location"] == "/login/?next=/portal/"


@pytest.mark.parametrize("how", POLLS)
def test_what_a_page_asks_by_itself_keeps_nobody_logged_in(client, clock, how):
    query, headers = POLLS[how]
    for _ in range(4):
        clock.shift(149)
        assert client.get(reverse("portal") + query, headers=headers).status_code == 200
    clock.shift(4)
    client.get(reverse("portal") + query, headers=headers)
    assert not is_in(client)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("?q=poll", {}),
        ("", {"hx-trigger": "poll-figures"}),
        ("", {"hx-request": "true"}),
        ("", {"hx-request": "true", "hx-trigger": "show-poll"}),
    ],
)
def test_everything_else_is_somebody_asking(client, clock, query, headers):
    clock.shift(599)
    client.get(reverse("portal") + query, headers=headers)
    clock.shift(599)
    assert client.get(reverse("portal")).status_code == 200


def test_a_page_that_is_being_read_asks_as_a_poll(shop, client, clock):
    batch = ImportBatch.objects.create(
        kind="trade_ins", state="reading", file_name="6月.csv", uploaded_at=NOW, merchant=shop
    )
    assert 'content="2;url=?poll"' in client.get(reverse("import", args=[batch.pk])).content.decode()


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/imports/7/?page=2", "/imports/7/?page=2"),
        ("https://elsewhere.example/imports/", "/portal/"),
        ("//elsewhere.example/", "/portal/"),
        ("javascript:alert(1)", "/portal/"),
        (None, "/portal/"),
    ],
)
def test_a_form_sent_too_late_leads_back_to_the_page_it_stood_on(client, clock, referer, back):
    clock.shift(600)
    headers = {"referer": referer} if referer else {}
    response = client.post(reverse("imports"), headers=headers)
    assert response.headers["Location"] == f"/login/?next={quote(back)}"


@pytest.mark.parametrize(
    ("current", "back"),
    [
        ("http://testserver/portal/?state=paid", "/portal/?state=paid"),
        ("https://elsewhere.example/", "/portal/"),
        ("", "/portal/"),
    ],
)
def test_htmx_is_told_to_open_the_whole_log_in_page(client, clock, current, back):
    clock.shift(600)
    headers = {"hx-request": "true", "hx-current-url": current, "hx-trigger": "poll"}
    response = client.get(reverse("portal"), headers=headers)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["HX-Redirect"] == f"/login/?next={quote(back)}"
    assert [str(message) for message in get_messages(response.wsgi_request)] == [WHY]


def test_the_log_in_page_does_not_lead_back_to_itself(client, clerk, clock):
    clock.shift(600)
    where = client.get(reverse("login")).headers["Location"]
    assert where == "/login/?next=/portal/"
    response = client.post(where, {"username": clerk.username, "password": PASSWORD, "next": "/portal/"})
    assert response.headers["Location"] == "/portal/"


def test_the_time_is_a_setting(client, clock, settings):
    settings.IDLE_SECONDS = 120
    clock.shift(120)
    assert "超过 2 分钟没有操作" in client.get(reverse("portal"), follow=True).content.decode()


def test_whoever_is_not_logged_in_is_left_alone(clock, client):
    client.logout()
    for _ in range(2):
        response = client.get(reverse("home"))
        assert response.status_code == 200
        assert "sessionid" not in response.cookies
        clock.shift(3600)


def test_a_clerk_who_was_switched_off_is_out_at_once(client, clerk):
    clerk.is_active = False
    clerk.save()
    assert client.get(reverse("portal")).headers["Location"] == "/login/?next=/portal/"
    assert logged_in(UserFactory()).get(reverse("portal")).status_code == 404
