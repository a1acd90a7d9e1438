"""A browser before the site: a phone and a desktop, a login, and a page that must be sound in every test."""

from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import sync_playwright

from config.celery import app
from tests.admin.district import logged_in
from tests.browser import chromium
from tests.browser.faults import barriers, note_faults
from tests.factories import give_password

PASSWORD = "a-long-password"
FAR = 60  # presses of the Tab key


def pytest_runtest_setup():
    """Before any fixture, so that the summary says it once and not once for each test."""
    if not chromium.find():
        pytest.skip("no Chromium found: apt-get install chromium; browser tests skipped")


@pytest.fixture(scope="package")
def browser():
    """The machine's Chromium. It stops with the last test here: until then an event loop runs in this thread."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with chromium.launch(playwright) as started:
            yield started
        connections.close_all()  # beside the loop Django has connections of their own


@contextmanager
def alone(uploads):
    """What is given to a worker is done before the site answers; uploads lie in a folder of their own."""
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher"
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(MEDIA_ROOT=uploads, PASSWORD_HASHERS=[hasher]),
    ):
        patch.setitem(app.conf, "task_always_eager", True)
        patch.setitem(app.conf, "task_eager_propagates", True)
        yield


@pytest.fixture(autouse=True)
def site(live_server, transactional_db, tmp_path):
    """The address of the site, with an empty database."""
    with alone(tmp_path / "uploads"):
        yield live_server.url


@pytest.fixture(autouse=True)
def faults():
    """What went wrong in the browser: nothing may. A test that provokes something takes it out of the list."""
    found = []
    yield found
    assert not found, "\n".join(found)


@pytest.fixture
def open_page(browser, site, faults):
    """Open a page on "phone" or "desktop", as somebody who was never here before."""
    contexts = []

    def opened(screen):
        contexts.append(chromium.on_screen(browser, screen, site=site))
        note_faults(contexts[-1], site, faults)
        return contexts[-1].new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def phone(open_page):
    return open_page("phone")


@pytest.fixture
def desktop(open_page):
    return open_page("desktop")


@pytest.fixture
def page(phone):
    """A walk is done on the phone, where there is least room; `accessible` looks at each stop on the desktop too."""
    return phone


@pytest.fixture
def login():
    """`login(page, user)`: give somebody a password and go through the form, to wherever it leads."""

    def log_in(page, user):
        give_password(user, PASSWORD)
        page.goto(reverse("login"))
        page.get_by_label("用户名").fill(user.username)
        page.get_by_label("密码").fill(PASSWORD)
        with page.expect_navigation():
            page.get_by_role("button", name="登录").click()

    return log_in


@pytest.fixture
def enter(site):
    """`enter(page, user)`: as somebody who has logged in, without the form and where it leads: it has its own tests."""

    def enter_as(page, user):
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": logged_in(user).cookies[name].value, "url": site}])

    return enter_as


@pytest.fixture
def accessible():
    """`accessible(page)`: nobody is kept out of it, on either screen, in light and in dark; it never scrolls sideways."""

    def check(page):
        found = barriers(page)
        assert not found, f"{page.url}\n" + "\n".join(found)

    return check


@pytest.fixture
def tab_to():
    """`tab_to(locator)`: go to a control with the Tab key alone."""

    def walk(locator):
        for _ in range(FAR):
            if locator.evaluate("each => each === document.activeElement"):
                return
            locator.page.keyboard.press("Tab")
        pytest.fail(f"the Tab key does not lead to {locator}")

    return walk
