"""The pages of invitations and of a merchant's people: who may open them, what they say, and what they never show."""

import re
from itertools import chain

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse

from core.models import User
from merchants.models import Invitation, Membership
from merchants.team.invitations import accept, invite
from tests.core.accounts.conftest import PASSWORD, logged_in
from tests.factories import NOW, MerchantFactory, UserFactory, make_member, make_staff
from tests.subsidies.pages.test_templates import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FILLED = {"username": "li.na", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def token(shop, owner):
    return invite(merchant=shop, role="clerk", name="李娜", by=owner, now=NOW)


def opened(token, data=None, client=None):
    """The page of a link, or what follows its form."""
    client = client or Client()
    url = reverse("invitation", args=[token])
    return client.post(url, data) if data is not None else client.get(url)


def links_on(response):
    return re.findall(r"http://testserver/invitation/([^/]+)/", response.content.decode())


# ------------------------------------------------------------------ the page of an invitation


def test_it_shows_whose_it_is_and_asks_for_a_name_and_a_password_twice(token):
    response = opened(token)
    html = response.content.decode()
    assert "湖墅车行" in html
    assert "您被邀请为本商户的店员" in html
    assert re.findall(r'<input type="(?:text|password)" name="(\w+)"', html) == list(FILLED)
    assert "no-store" in response.headers["Cache-Control"]


def test_accepting_logs_in_and_leads_to_the_portal(token, shop):
    client = Client()
    assert opened(token, FILLED, client).headers["Location"] == reverse("portal")
    assert "湖墅车行" in client.get(reverse("portal")).content.decode()
    assert Membership.objects.get(user__username="li.na").merchant == shop
    assert User.objects.get(username="li.na").last_login == NOW


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"username": "Li.Na"}, "已有这个用户名"),
        ({"username": "li na"}, "请输入合法的用户名"),
        ({"username": ""}, "这个字段是必填项"),
        ({"password1": "hushuche22", "password2": "hushuche22"}, "至少三种"),
        ({"password1": "P@ssw0rd", "password2": "P@ssw0rd"}, "太常见"),
        ({"password2": "Gongshu-2022"}, "两个密码不一致"),
        ({"password1": "", "password2": ""}, "这个字段是必填项"),
    ],
)
def test_what_will_not_do_is_said_and_the_link_stays_open(token, fields, sentence):
    UserFactory(username="li.na")
    response = opened(token, {**FILLED, "username": "li.na2", **fields})
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert PASSWORD not in response.content.decode()
    assert Invitation.objects.get().accepted_at is None
    assert opened(token).status_code == 200


def use(token, clock):
    accept(token=token, username="somebody", password=PASSWORD, now=NOW)


def let_expire(token, clock):
    clock.shift(14 * 24 * 3600)


@pytest.mark.parametrize("data", [None, FILLED])
@pytest.mark.parametrize(
    ("happened", "status", "sentence"),
    [
        (use, 410, "邀请已使用过：如果账号是您注册的，请直接登录"),
        (let_expire, 410, "邀请已失效：请联系邀请您的人重新邀请。"),
    ],
)
def test_a_link_that_is_used_or_expired_says_so_and_what_to_do(
    token, clock, data, happened, status, sentence
):
    happened(token, clock)
    response = opened(token, data)
    assert response.status_code == status
    assert sentence in response.content.decode()
    assert not User.objects.filter(username="li.na").exists()


def test_who_tries_links_that_nobody_was_given_is_stopped_and_others_are_not(token):
    for number in range(20):
        assert opened(f"guess-{number}").status_code == 404
    assert opened(token).status_code == 429
    assert opened(token, client=Client(REMOTE_ADDR="198.51.100.1")).status_code == 200


@pytest.mark.parametrize("token", ["x", "x" * 1900, "邀请"])
def test_a_link_that_nobody_was_given_says_so(token):
    response = opened(token, FILLED)
    assert response.status_code == 404
    assert "请核对链接是否完整" in response.content.decode()


def test_a_refused_link_does_not_say_whose_it_was(token, clock):
    use(token, clock)
    html = opened(token).content.decode()
    assert "湖墅车行" not in html
    assert "李娜" not in html


def test_a_form_from_another_site_is_refused(token):
    response = opened(token, FILLED, Client(enforce_csrf_checks=True))
    assert response.status_code == 403
    assert Invitation.objects.get().accepted_at is None


def test_somebody_else_who_is_logged_in_is_logged_out_by_accepting(token, staff):
    client = logged_in(staff)
    opened(token, FILLED, client)
    assert client.session["_auth_user_id"] == str(User.objects.get(username="li.na").pk)


# ------------------------------------------------------------------ the people of a merchant


WHO = {
    "anonymous": "/login/?next=/team/",
    "owner": 200,
    "clerk": 403,
    "staff": "/admin/",
    "neither": 404,
}


@pytest.mark.parametrize("who", WHO)
def test_the_page_of_the_people_opens_to_the_owner_alone(shop, who):
    user = {
        "anonymous": lambda: None,
        "owner": lambda: make_member(shop, "owner"),
        "clerk": lambda: make_member(shop, "clerk"),
        "staff": lambda: UserFactory(is_staff=True),
        "neither": UserFactory,
    }[who]()
    client = logged_in(user) if user else Client()
    for response in (client.get(reverse("team")), client.post(reverse("team"), {"name": "李娜"})):
        assert response.headers.get("Location", response.status_code) == WHO[who]
    assert Invitation.objects.exists() == (who == "owner")


def test_only_the_owner_finds_a_way_there(owner, clerk):
    pages = [logged_in(user).get(reverse("portal")).content.decode() for user in (owner, clerk)]
    assert [reverse("team") in page for page in pages] == [True, False]


def test_it_lists_the_merchants_own_people_with_role_and_last_login(owner, clerk):
    User.objects.filter(pk=clerk.pk).update(last_login=NOW)
    stranger = make_member(MerchantFactory(), "clerk")
    html = logged_in(owner).get(reverse("team")).content.decode()
    assert owner.username in html
    assert clerk.username in html
    assert "店员" in html
    assert "2022-09-20 09:00" in html
    assert f">{stranger.username}<" not in html
    assert reverse("team-deactivate", args=[clerk.pk]) in html
    assert reverse("team-deactivate", args=[owner.pk]) not in html


def test_the_link_is_shown_once_and_makes_a_clerk(owner, shop):
    client = logged_in(owner)
    (token,) = links_on(client.post(reverse("team"), {"name": "李娜", "role": "owner"}))
    page = client.get(reverse("team"))
    assert links_on(page) == []
    assert "李娜" in page.content.decode()
    opened(token, FILLED)
    membership = Membership.objects.get(user__username="li.na")
    assert (membership.merchant, membership.role) == (shop, "clerk")


@pytest.mark.parametrize("name", ["", " ", "x" * 51])
def test_without_a_usable_name_nobody_is_invited(owner, name):
    response = logged_in(owner).post(reverse("team"), {"name": name})
    assert links_on(response) == []
    assert "errorlist" in response.content.decode()
    assert not Invitation.objects.exists()


def test_what_was_typed_is_shown_and_never_run(owner):
    html = logged_in(owner).post(reverse("team"), {"name": "<script>1</script>"}).content.decode()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_page_costs_the_same_for_three_people_and_for_thirty(owner, shop):
    client, costs = logged_in(owner), []
    client.get(reverse("team"))  # the first page of a visit writes the session
    for more in (2, 27):
        for _ in range(more):
            make_member(shop)
            invite(merchant=shop, role="clerk", name="李娜", by=owner, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("team"))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def switched_off(client, user):
    response = client.post(reverse("team-deactivate", args=[user.pk]), follow=True)
    user.refresh_from_db()
    return response, not user.is_active


def test_the_owner_switches_off_a_clerk_whose_session_ends_at_once(owner, clerk):
    theirs = logged_in(clerk)
    response, off = switched_off(logged_in(owner), clerk)
    assert off
    assert "该店员不能再登录" in response.content.decode()
    assert theirs.get(reverse("portal")).headers["Location"] == "/login/?next=/portal/"
    assert "已停用" in response.content.decode()


@pytest.mark.parametrize("who", ["itself", "another owner", "another's clerk"])
def test_the_owner_switches_off_nobody_else(owner, shop, who):
    person = {
        "itself": lambda: owner,
        "another owner": lambda: make_member(shop, "owner"),
        "another's clerk": lambda: make_member(MerchantFactory(), "clerk"),
    }[who]()
    response, off = switched_off(logged_in(owner), person)
    assert (response.status_code, off) == (404, False)


@pytest.mark.parametrize("who", ["clerk", "owner of another", "staff", "anonymous"])
def test_nobody_but_the_owner_switches_off(shop, clerk, who):
    person = {
        "clerk": lambda: make_member(shop, "clerk"),
        "owner of another": lambda: make_member(MerchantFactory(), "owner"),
        "staff": lambda: UserFactory(is_staff=True),
        "anonymous": lambda: None,
    }[who]()
    _response, off = switched_off(logged_in(person) if person else Client(), clerk)
    assert not off


def test_switching_off_is_never_a_link(owner, clerk):
    assert logged_in(owner).get(reverse("team-deactivate", args=[clerk.pk])).status_code == 405


def test_nor_works_it_from_another_site(owner, clerk):
    response, off = switched_off(logged_in(owner, enforce_csrf_checks=True), clerk)
    assert (response.status_code, off) == (403, False)


def test_every_page_can_be_read_by_everybody(token, owner, clock):
    """With a keyboard, by a screen reader, and from this host alone."""
    client = logged_in(owner)
    pages = [
        opened(token),
        opened(token, {"username": "li na", "password1": "x", "password2": "y"}),
        opened("x"),
        client.get(reverse("team")),
        client.post(reverse("team"), {"name": "李娜"}),
        client.get(reverse("password")),
        client.post(reverse("password"), {}),
        client.get(reverse("sessions")),
        client.get(reverse("passkeys")),
    ]
    clock.shift(600)
    pages.append(client.get(reverse("team"), follow=True))
    for page in pages:
        assert list(Page(page.content.decode()).faults()) == []


def test_every_page_of_the_accounts_is_tried_here_or_beside():
    patterns = [get_resolver(urls).url_patterns for urls in ("core.urls", "merchants.urls")]
    assert {pattern.name for pattern in chain(*patterns) if isinstance(pattern, URLPattern)} == {
        *("login", "logout", "password"),
        *("invitation", "team", "team-deactivate"),
        *("second-factor", "second-factor-enrol"),
        *("sessions", "session-end", "sessions-end-others", "device-forget"),
        *("come-back", "filter-keep", "filter-forget"),  # test_typed.py, test_list_filters.py
        *("passkeys", "passkey-make", "passkey-show", "passkey-remove"),
        *("staff-rights-new", "staff-rights-propose", "staff-rights-decide", "staff-account-deactivate"),
    }


# ------------------------------------------------------------------ the regulator's side


def invite_url(shop):
    return reverse("admin:merchants_merchant_invite_people", args=[shop.pk])


@pytest.mark.parametrize("role", ["owner", "clerk"])
def test_staff_invite_from_the_merchants_page(staff, shop, role):
    client = logged_in(staff)
    page = client.get(reverse("admin:merchants_merchant_change", args=[shop.pk])).content.decode()
    assert invite_url(shop) in page
    assert "湖墅车行" in client.get(invite_url(shop)).content.decode()
    (token,) = links_on(client.post(invite_url(shop), {"name": "李娜", "role": role}))
    assert links_on(client.get(invite_url(shop))) == []
    assert "尚待另一名工作人员确认" in opened(token, FILLED).content.decode()
    invitation = Invitation.objects.get()
    for person, because in ((staff, "须由邀请人以外"), (make_staff("merchant_manager"), "已确认，邀请链接")):
        assert because in confirm(logged_in(person), invitation)
    opened(token, FILLED)
    assert Membership.objects.get(user__username="li.na").role == role


def confirm(client, invitation):
    client.get(reverse("admin:merchants_invitation_confirm", args=[invitation.pk]))
    address = reverse("staff-invitation-confirm", args=[invitation.pk])
    return (
        client.get(address, follow=True).content.decode()
        + client.post(address, {"confirmed": "1"}, follow=True).content.decode()
    )


@pytest.mark.parametrize(
    "data", [{}, {"name": "李娜"}, {"name": "李娜", "role": "boss"}, {"name": "", "role": "owner"}]
)
def test_an_incomplete_form_invites_nobody(staff, shop, data):
    assert links_on(logged_in(staff).post(invite_url(shop), data)) == []
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("pk", ["0", "x", "1_5F"])
def test_a_merchant_that_does_not_exist_has_no_page(staff, pk):
    url = reverse("admin:merchants_merchant_invite_people", args=[pk])
    assert logged_in(staff).get(url).status_code == 404


@pytest.mark.parametrize("rights", [[], ["view_merchant"], ["change_user"]])
def test_staff_without_the_right_to_change_merchants_invite_nobody(shop, rights, staff_who_may):
    client = logged_in(staff_who_may(*rights))
    assert client.get(invite_url(shop)).status_code == 403
    assert client.post(invite_url(shop), {"name": "李娜", "role": "owner"}).status_code == 403
    assert not Invitation.objects.exists()


def test_the_list_of_invitations_shows_no_digest(staff, token):
    row = Invitation.objects.get()
    for name, args in (("changelist", []), ("change", [row.pk])):
        html = logged_in(staff).get(reverse(f"admin:merchants_invitation_{name}", args=args)).content.decode()
        assert row.token_hash not in html
        assert "李娜" in html


def test_who_accepted_an_invitation_is_not_deleted(staff, token):
    user = accept(token=token, username="li.na", password=PASSWORD, now=NOW)
    logged_in(staff).post(reverse("admin:core_user_delete", args=[user.pk]), {"post": "yes"})
    assert User.objects.filter(pk=user.pk).exists()
