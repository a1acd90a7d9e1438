"""The look-out itself: what it is there to notice, it notices."""

import pytest

from tests.browser.faults import barriers


@pytest.mark.parametrize(
    ("html", "noticed"),
    [
        ("<script>throw new Error('broken')</script>", "JavaScript: broken"),
        ("<script>console.error('grumble')</script>", "console: grumble"),
        ("<img src='/static/no-such.png' alt=''>", "console: Failed to load resource"),
        ("<img src='http://127.0.0.1:9/x.png' alt=''>", "another host was asked: http://127.0.0.1:9/x.png"),
    ],
)
def test_what_goes_wrong_on_a_page_is_noticed(page, faults, html, noticed):
    page.goto("/healthz")
    page.set_content(html)
    page.wait_for_load_state("networkidle")
    assert any(noticed in line for line in faults), faults
    faults.clear()


def test_a_request_that_nobody_answers_is_noticed(page, faults):
    page.goto("/healthz")
    page.route("**/gone.png", lambda route: route.abort("connectionrefused"))
    page.set_content("<img src='/gone.png' alt=''>")
    page.wait_for_load_state("networkidle")
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
    phone.goto("/healthz")
    phone.set_content(
        "<!doctype html><html lang='zh'><head><title>页</title><meta name='viewport' content='width=device-width'>"
        f"<style>body {{margin: 0}}</style></head><body>{body}</body></html>"
    )
    found = barriers(phone)
    assert [line for line in found if noticed in line] if noticed else not found
