"""Every page can be read by everybody: with a keyboard, by a screen reader, and from this host alone."""

from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views import defaults
from django.views.csrf import csrf_failure

from ebikes.models import ImportBatch
from subsidies.states import ClaimState
from tests.console import put_in
from tests.ebikes.files import as_csv, trade_in_row
from tests.factories import make_scheme
from tests.subsidies.pages.site import act, page_of, send, sent

pytestmark = pytest.mark.django_db

FIELDS = ("input", "select", "textarea")
ADDRESSES = ("href", "src", "action", "srcset", "poster", "data")


class Page(HTMLParser):
    """A page as its tags: (name, attributes), and what is wrong with it."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.title, self._in_title = [], "", False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in_title = self._in_title or tag == "title"

    def handle_endtag(self, tag):
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data):
        self.title += data.strip() if self._in_title else ""

    def all(self, *names):
        return [attrs for tag, attrs in self.tags if tag in names]

    def faults(self):
        yield from (f"{what}: {count}" for what, count in self._counts() if count != 1)
        yield from (f"no label: {field}" for field in self._unlabelled())
        for tag, attrs in self.tags:
            if tag == "style" or "style" in attrs or (tag == "script" and "src" not in attrs):
                yield f"inline: {tag} {attrs}"
            yield from (f"inline: {name}" for name in attrs if name.startswith("on"))
            yield from (f"another host: {attrs[name]}" for name in ADDRESSES if elsewhere(attrs.get(name)))
        yield from (f"no alternative text: {img}" for img in self.all("img") if "alt" not in img)

    def _counts(self):
        yield "h1", len(self.all("h1"))
        yield "main", len(self.all("main"))
        yield "language", sum(bool(attrs.get("lang")) for attrs in self.all("html"))
        yield "title", int(bool(self.title))
        ids = [attrs["id"] for _, attrs in self.tags if "id" in attrs]
        yield "each id", max(map(ids.count, ids), default=1)

    def _unlabelled(self):
        labelled = {attrs.get("for") for attrs in self.all("label")}
        for attrs in self.all(*FIELDS):
            if (
                attrs.get("type") != "hidden"
                and "aria-label" not in attrs
                and attrs.get("id") not in labelled
            ):
                yield attrs


def elsewhere(address):
    return (bool(address) and not address.startswith(("/", "#", "?"))) or (address or "").startswith("//")


def faults(html):
    return list(Page(html).faults())


def own_part(response):
    """Of a page in the admin's frame, what is ours."""
    html = response.content.decode()
    return html[html.index('<main class="staff') : html.index("</main>")]


def test_the_public_page_without_a_scheme():
    assert faults(Client().get(reverse("home")).content.decode()) == []


def test_the_public_page_with_a_look_up_that_finds_and_one_that_does_not(claim):
    for id_end in ("002X", "0000", "1"):
        response = Client().post(reverse("home"), {"record_no": claim.trade_in.record_no, "id_end": id_end})
        assert faults(response.content.decode()) == []


@pytest.mark.parametrize("data", [None, {}, {"username": "nobody", "password": "x"}])
def test_the_login(data):
    client = Client()
    response = client.get(reverse("login")) if data is None else client.post(reverse("login"), data)
    assert faults(response.content.decode()) == []


@pytest.mark.parametrize("query", [{}, {"state": "paid"}, {"q": "nothing"}])
def test_the_list_of_claims(claim, clerk, query):
    assert faults(clerk.get(reverse("portal-claims"), query).content.decode()) == []


def test_the_page_of_a_claim_in_every_state(claim, clerk):
    for state in ClaimState:
        put_in(claim, state)
        assert faults(page_of(clerk, claim)) == []


def test_the_list_of_files_and_its_form(clerk, staff, batch):
    assert faults(clerk.get(reverse("imports")).content.decode()) == []
    assert faults(send(clerk, b"").content.decode()) == []
    for response in (staff.get(reverse("imports")), send(staff, b"")):
        unlabelled = [fault for fault in faults(own_part(response)) if "label" in fault]
        assert unlabelled == []


def test_the_page_of_a_file_in_every_state(clerk, batch):
    for state in ("reading", "preview", "discarded", "failed"):
        ImportBatch.objects.filter(pk=batch.pk).update(state=state, failure="文件是空的")
        assert faults(page_of(clerk, batch)) == []


def test_the_page_of_a_file_with_rows_and_with_a_message(clerk, point):
    make_scheme()
    batch = sent(clerk, as_csv([trade_in_row(point), trade_in_row(point, 手机号="1")]))
    assert faults(page_of(clerk, batch)) == []
    assert faults(act(clerk, "confirm", batch)) == []
    assert faults(act(clerk, "confirm", batch)) == []


def test_the_pages_that_say_no():
    request = RequestFactory().get("/")
    for page in (
        defaults.page_not_found(request, Exception()),
        defaults.permission_denied(request, Exception()),
        defaults.server_error(request),
        csrf_failure(request),
    ):
        assert faults(page.content.decode()) == []


def test_the_page_for_a_crash_needs_nothing_that_may_have_crashed(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert "系统出错" in render_to_string("500.html")


@pytest.mark.parametrize("name", ["home", "login", "portal", "imports"])
def test_every_form_that_changes_something_carries_its_token(claim, clerk, name):
    client = Client() if name == "login" else clerk
    page = Page(client.get(reverse(name)).content.decode())
    posts = [attrs for attrs in page.all("form") if attrs.get("method") == "post"]
    tokens = [attrs for attrs in page.all("input") if attrs.get("name") == "csrfmiddlewaretoken"]
    assert len(posts) == len(tokens) > 0


def test_a_fault_would_be_found():
    """The judge itself: a page with everything wrong is found out."""
    html = """<html><title></title><h1>1</h1><h1>2</h1><p style="x" onclick="x" id=a><p id=a>
        <input id=b><script></script><a href="https://example.org"></a><img src="//example.org/x">"""
    found = " ".join(faults(html))
    for fault in ("h1: 2", "main: 0", "language: 0", "title: 0", "each id: 2", "no label", "inline: script"):
        assert fault in found
    for fault in ("inline: p", "inline: onclick", "https://example.org", "//example.org/x", "no alternative"):
        assert fault in found
