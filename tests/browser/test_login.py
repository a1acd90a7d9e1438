"""Coming in, and not coming in."""

import base64

import pytest
from django.urls import reverse
from django_otp.oath import TOTP
from playwright.sync_api import expect

from core.models import SecondFactor
from tests.browser.conftest import PASSWORD
from tests.factories import NOW, MerchantFactory, UserFactory, make_member, make_staff


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


def test_staff_set_a_device_up_and_write_their_recovery_codes_down(page, login, accessible, settings, site):
    settings.STAFF_TWO_FACTOR = True
    login(page, make_staff("officer"))
    page.get_by_role("heading", name="设置两步验证").wait_for()
    accessible(page)
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("验证码").fill(f"{TOTP(base64.b32decode(secret)).token():06}")
    page.get_by_role("button", name="绑定").click()
    page.get_by_role("heading", name="备用码").wait_for()
    expect(page.locator("code")).to_have_count(10)
    accessible(page)
    page.get_by_role("link", name="已抄下").click()
    page.wait_for_url(site + reverse("admin:index"))
    page.goto(reverse("imports"))
    page.get_by_role("heading", name="导入").wait_for()


def test_staff_with_a_device_are_asked_for_its_code(page, login, accessible, settings):
    settings.STAFF_TWO_FACTOR = True
    officer = make_staff("officer")
    SecondFactor.objects.create(user=officer, secret="A" * 32, last_step=0, confirmed_at=NOW)
    login(page, officer)
    page.get_by_label("验证码").fill("000")
    page.get_by_role("button", name="继续").click()
    page.get_by_text("验证码不正确或已使用过").wait_for()
    accessible(page)
