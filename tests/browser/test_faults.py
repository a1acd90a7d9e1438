"""The look-out itself: what it is there to notice, it notices."""

import pytest
from django.urls import reverse

from tests.browser.faults import barriers


def show(page, body):
    """A page that holds this and nothing else, without the site's policy; it names an icon, so that none is looked for."""
    html = (
        "<!doctype html><html lang='zh'><head><title>页</title><link rel='icon' href='data:,'>"
        "<meta name='viewport' content='width=device-width'><style>body {margin: 0}</style></head>"
        f"<body>{body}</body></html>"
    )
    page.route(
        "**/shown-here", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
    )
    page.goto("/shown-here", wait_until="networkidle")


@pytest.mark.parametrize(
    ("body", "noticed"),
    [
        ("<script>throw new Error('broken')</script>", "JavaScript: broken"),
        ("<script>console.error('grumble')</script>", "console: grumble"),
        ("<img src='/static/no-such.png' alt=''>", "console: Failed to load resource"),
        ("<img src='http://127.0.0.1:9/x.png' alt=''>", "another host was asked: http://127.0.0.1:9/x.png"),
    ],
)
def test_what_goes_wrong_on_a_page_is_noticed(page, faults, body, noticed):
    show(page, body)
    assert any(noticed in line for line in faults), faults
    faults.clear()


def test_a_request_that_nobody_answers_is_noticed(page, faults):
    page.route("**/gone.png", lambda route: route.abort("connectionrefused"))
    show(page, "<img src='/gone.png' alt=''>")
    assert any(line.startswith("request failed: ") for line in faults), faults
    faults.clear()


@pytest.mark.parametrize(
    ("body", "noticed"),
    [
        ("<input>", "label: Form elements must have labels: input"),
        ("<p>看得清</p>", None),
        ("<style>p {color: #ccc; background: #fff}</style><p>看不清</p>", "light: color-contrast"),
        (
            "<style>@media (prefers-color-scheme: dark) {p {color: #333; background: #000}}</style><p>看不清</p>",
            "dark: color-contrast",
        ),
        ("<div style='width: 361px'>宽</div>", "scrolls sideways: 361 px wide on a screen of 360"),
    ],
)
def test_what_keeps_people_out_is_noticed_and_nothing_else(phone, body, noticed):
    show(phone, body)
    found = barriers(phone)
    assert [line for line in found if noticed in line] if noticed else not found


@pytest.mark.parametrize("body", ["<script>document.title = 'run'</script>", "<p style='color: red'>x</p>"])
def test_what_somebody_smuggled_into_a_page_does_not_run_and_is_noticed(page, faults, body):
    page.goto(reverse("login"))
    page.evaluate("body => document.write(body)", body)
    assert page.title() != "run"
    assert any("Content Security Policy" in line for line in faults), faults
    faults.clear()
