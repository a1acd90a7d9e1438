"""Coming in, and not coming in."""

import base64

import pytest
from django.urls import reverse
from django_otp.oath import TOTP
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD
from tests.factories import MerchantFactory, UserFactory, give_password, lay_factor, make_member, make_staff


@pytest.fixture
def clerk():
    user = make_member(MerchantFactory(name="湖墅车行"))
    return give_password(user, PASSWORD)


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
    lay_factor(officer)
    login(page, officer)
    page.get_by_label("验证码").fill("000")
    page.get_by_role("button", name="继续").click()
    page.get_by_text("验证码不正确或已使用过").wait_for()
    accessible(page)


@pytest.fixture
def authenticator(page):
    """The phone has one (CDP's): it asks for a finger, and gets it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def verified(value):
        devtools.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": made["authenticatorId"], "isUserVerified": value},
        )

    return verified


def test_staff_add_a_passkey_and_log_in_by_it_on_the_phone(
    page, login, accessible, authenticator, settings, site
):
    settings.STAFF_TWO_FACTOR = True
    officer = make_staff("officer")
    login(page, officer)
    page.get_by_label("名称").fill("我的手机")
    page.get_by_role("button", name="添加").click()
    page.wait_for_url(site + reverse("admin:index"))
    assert officer.passkeys.get().name == "我的手机"
    page.goto(reverse("passkeys"))
    page.get_by_role("cell", name="名称 我的手机").wait_for()
    accessible(page)
    page.goto(reverse("sessions"))
    page.get_by_role("heading", name="登录与设备").wait_for()
    accessible(page)
    page.get_by_role("button", name="退出").click()
    login(page, officer)
    page.get_by_role("heading", name="两步验证").wait_for()
    accessible(page)
    authenticator(False)
    page.get_by_role("button", name="使用通行密钥").click()
    page.get_by_text("没有完成，请再试一次。").wait_for()
    authenticator(True)
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url(site + reverse("admin:index"))
    officer.passkeys.get(sign_count__gt=1, used_at__isnull=False)
