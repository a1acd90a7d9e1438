"""Coming in, and not coming in."""

import pytest
from django.urls import reverse

from tests.browser.conftest import PASSWORD
from tests.factories import MerchantFactory, UserFactory, make_member


@pytest.fixture
def clerk():
    user = make_member(MerchantFactory(name="湖墅车行"))
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(page, tab_to, user, password):
    page.goto(reverse("login"))
    tab_to(page.get_by_label("用户名"))
    page.keyboard.type(user.username)
    tab_to(page.get_by_label("密码"))
    page.keyboard.type(password)
    tab_to(page.get_by_role("button", name="登录"))
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_clerk_comes_in_and_leaves_with_the_keyboard_alone(page, accessible, tab_to, clerk, site):
    log_in(page, tab_to, clerk, PASSWORD)
    assert page.url == site + reverse("portal")
    accessible(page)
    tab_to(page.get_by_role("button", name="退出"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == site + reverse("home")


def test_a_wrong_password_is_refused_in_words_that_everybody_gets(page, accessible, tab_to, clerk):
    page.goto(reverse("login"))
    accessible(page)
    log_in(page, tab_to, clerk, "wrong")
    assert "正确的用户名和密码" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("密码").input_value() == ""
    accessible(page)


def test_staff_come_to_their_own_side(desktop, login, site):
    login(desktop, UserFactory(is_staff=True))
    assert desktop.url == site + reverse("admin:index")
