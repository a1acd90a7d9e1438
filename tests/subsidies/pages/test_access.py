"""Who may open which page, and what never happens by a link or from another site."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.factories import MerchantFactory, UserFactory, make_member
from tests.subsidies.pages.site import logged_in

pytestmark = pytest.mark.django_db

LOGIN, ADMIN = "/login/?next=", "/admin/"
READING = ["healthz", "portal", "portal-claim", "import", "import-verdicts"]
POST_PAGES = ["import-confirm", "import-discard"]

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
