"""Staff give a code after the password: before that nothing opens, and no code is good twice."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django_otp.oath import TOTP

from config import settings as project
from core.accounts.second_factor import recovery_codes_left
from core.models import KnownDevice, RecoveryCode, SecondFactor, User
from core.rights.services import NotPossible
from tests.console import tamper
from tests.core.accounts.conftest import PASSWORD, logged_in, with_password
from tests.factories import NOW, MerchantFactory, UserFactory, change_rights, make_member, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ASK, ENROL = "/account/second-factor/", "/account/second-factor/enrol/"
LOCKED = "验证码连续输错，已锁定，请 30 分钟后再试。"
WRONG = "验证码不正确或已使用过"
INSIDE = [
    *("/admin/", "/admin/subsidies/claim/", "/admin/password_change/", "/admin/nowhere/"),
    *("/imports/", "/account/password/"),
]
ODD = ["", "１２３４５６", "²²²²²²", "x" * 99, "'; --"]


@pytest.fixture(autouse=True)
def _two_factors(settings):
    settings.STAFF_TWO_FACTOR = True


@pytest.fixture
def officer():
    return with_password(make_staff("officer"))


@pytest.fixture
def device(officer):
    """The officer's device, set up an hour ago; ten recovery codes beside it."""
    return Device(officer)


class Device:
    """An authenticator app, set up through the pages as a person would."""

    def __init__(self, user):
        self.user, self.client = user, logged_in(user)
        self.secret = secret_on(self.client.get(ENROL))
        page = self.client.post(ENROL, {"code": code_of(self.secret)})
        self.recovery_codes = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", page.content.decode())

    def code(self, *, steps=0):
        return code_of(self.secret, steps=steps)


def secret_on(page):
    return re.search(r"<code>([A-Z2-7 ]{39})</code>", page.content.decode()).group(1).replace(" ", "")


def code_of(secret, *, steps=0):
    """What a device shows now, or some steps of half a minute later."""
    return f"{TOTP(base64.b32decode(secret), drift=steps).token():06}"


def wrong_code(device):
    near = {device.code(steps=steps) for steps in range(-3, 4)}
    return next(code for code in map("{:06}".format, range(10)) if code not in near)


def give(client, code, **more):
    return client.post(ASK, {"code": code, **more})


def is_inside(client):
    return client.get("/imports/").status_code == 200


# ------------------------------------------------------------------ before the code


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize("kind", ["officer", "superuser", "no role"])
def test_without_a_device_every_page_leads_to_where_one_is_set_up(kind, address):
    user = {
        "officer": lambda: make_staff("officer"),
        "superuser": lambda: UserFactory(is_staff=True, is_superuser=True),
        "no role": lambda: UserFactory(is_staff=True),
    }[kind]()
    client = logged_in(user)
    response = client.get(address)
    assert (response.status_code, response.headers["Location"]) == (302, f"{ASK}?next={address}")
    assert client.get(response.headers["Location"]).headers["Location"] == f"{ENROL}?next={address}"


@pytest.mark.parametrize("address", INSIDE)
def test_with_a_device_nothing_opens_before_its_code(device, address):
    client = logged_in(device.user)
    response = client.get(address)
    assert (response.status_code, response.headers["Location"]) == (302, f"{ASK}?next={address}")
    assert client.get(ASK).status_code == 200
    assert client.get(address).status_code == 302


def test_no_page_of_the_admin_and_none_of_the_imports_was_forgotten(device):
    client, addresses = logged_in(device.user), all_addresses()
    assert len(addresses) > 100
    for address in addresses:
        assert client.get(address).headers.get("Location", "").startswith(ASK), address


def all_addresses():
    """An address of every page under /admin/ and /imports/; of leaving, none."""

    def walk(patterns, prefix):
        for each in patterns:
            here = prefix + str(each.pattern)
            if hasattr(each, "url_patterns"):
                yield from walk(each.url_patterns, here)
            else:
                yield "/" + re.sub(r"<(\w+:)?\w+>", "1", here).removesuffix("$")

    found = walk(get_resolver().url_patterns, "")
    inside = [each for each in found if each.startswith(("/admin/", "/imports/")) and "(?P" not in each]
    return [each for each in inside if each != "/admin/logout/"]


def test_forms_do_not_work_before_the_code_either(device):
    client = logged_in(device.user)
    for address in ("/imports/", "/admin/subsidies/claim/", "/admin/core/user/add/"):
        assert client.post(address, {"action": "approve"}).headers["Location"].startswith(ASK)


def test_htmx_is_told_to_open_the_whole_page(device):
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/imports/1/"}
    response = logged_in(device.user).get("/imports/1/", headers=headers)
    assert (response.status_code, response.headers["HX-Redirect"]) == (204, f"{ASK}?next=/imports/1/")


def test_the_public_page_leaving_and_another_language_are_open(device):
    client = logged_in(device.user)
    assert client.get("/").status_code == 200
    assert client.post("/language/setlang/", {"language": "en", "next": "/x/"}).headers["Location"] == "/x/"
    assert client.post("/logout/").headers["Location"] == "/"


@pytest.mark.parametrize("form", ["/login/", "/admin/login/"])
def test_a_password_alone_opens_nothing_at_either_door(device, form):
    client = Client()
    client.post(form, {"username": device.user.username, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    assert not is_inside(client)


def test_a_code_without_a_password_opens_nothing(device):
    client = Client()
    response = give(client, device.code(steps=1))
    assert response.headers["Location"].startswith("/login/")
    assert client.post(ENROL, {"code": device.code(steps=1)}).headers["Location"].startswith("/login/")
    assert not is_inside(client)


def test_the_owner_of_a_shop_is_asked_as_staff_are(settings):
    settings.OWNER_TWO_FACTOR = True
    owner = make_member(MerchantFactory(), "owner")
    client = logged_in(owner)
    for address in ("/portal/", "/team/", "/imports/"):
        assert client.get(address).headers["Location"] == f"{ASK}?next={address}"
    assert client.get(f"{ASK}?next=/portal/").headers["Location"] == f"{ENROL}?next=/portal/"
    assert Device(owner).client.get("/team/").status_code == 200
    assert logged_in(owner).get("/team/").headers["Location"].startswith(ASK)


def test_a_device_is_known_once_the_second_factor_was_shown(device, clock):
    KnownDevice.objects.all().delete()
    client = Client()
    client.post("/login/", {"username": device.user.username, "password": PASSWORD})
    assert "device" not in client.cookies
    clock.shift(30)
    give(client, device.code())
    assert "device" in client.cookies
    assert KnownDevice.objects.get().user == device.user


def test_clerks_are_not_asked_and_find_nothing_there(settings):
    settings.OWNER_TWO_FACTOR = True
    client = logged_in(make_member(MerchantFactory(), "clerk"))
    assert client.get("/portal/").status_code == 200
    assert is_inside(client)
    for page in (ASK, ENROL):
        assert client.get(page).status_code == 404
        assert client.post(page, {"code": "123456"}).status_code == 404


def test_a_password_that_is_due_is_changed_first_and_the_code_asked_then(device):
    User.objects.filter(pk=device.user.pk).update(must_change_password=True)
    client = logged_in(device.user)
    assert client.get("/imports/").headers["Location"] == "/account/password/"
    new = "Gongshu-2022"
    client.post("/account/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert client.get("/imports/").headers["Location"].startswith(ASK)


# ------------------------------------------------------------------ setting a device up


def test_the_first_code_sets_a_device_up_and_opens_everything(officer):
    device = Device(officer)
    assert is_inside(device.client)
    assert SecondFactor.objects.get().secret == device.secret
    assert len(set(device.recovery_codes)) == 10


def test_the_page_shows_a_picture_and_the_secret_and_goes_back_to_where_one_wanted(officer):
    client = logged_in(officer)
    page = client.get(f"{ENROL}?next=/imports/")
    assert "data:image/svg+xml" in page.content.decode()
    assert page.headers["Cache-Control"].count("no-store") == 1
    done = client.post(ENROL, {"code": code_of(secret_on(page)), "next": "/imports/"}).content.decode()
    assert 'href="/imports/"' in done


@pytest.mark.parametrize("code", ["000000", "12345", "1234567", "abcdef", *ODD])
def test_a_wrong_first_code_sets_nothing_up(officer, code):
    client = logged_in(officer)
    client.get(ENROL)
    assert client.post(ENROL, {"code": code}).status_code == 200
    assert not SecondFactor.objects.exists()
    assert not is_inside(client)


def test_five_wrong_first_codes_lock(officer):
    client = logged_in(officer)
    secret = secret_on(client.get(ENROL))
    for _time in range(5):
        client.post(ENROL, {"code": "12345"})
    response = client.post(ENROL, {"code": code_of(secret)})
    assert (response.status_code, LOCKED in response.content.decode()) == (429, True)
    assert not SecondFactor.objects.exists()


def test_the_secret_stays_while_the_page_is_opened_again_but_another_session_gets_another(officer):
    client = logged_in(officer)
    assert secret_on(client.get(ENROL)) == secret_on(client.get(ENROL))
    assert secret_on(logged_in(officer).get(ENROL)) != secret_on(client.get(ENROL))


def test_the_offered_secret_lies_sealed_in_the_session(officer):
    client = logged_in(officer)
    secret = secret_on(client.get(ENROL))
    assert secret not in str(dict(client.session))
    client.post(ENROL, {"code": code_of(secret)})
    assert "second_factor_pending" not in client.session


def test_whoever_has_a_device_sets_no_other_one_up(device):
    for client in (logged_in(device.user), device.client):
        assert client.get(ENROL).headers["Location"] == ASK
        assert client.post(ENROL, {"code": device.code(steps=1)}).headers["Location"] == ASK
    assert SecondFactor.objects.get().secret == device.secret


def test_of_two_sessions_that_set_one_up_the_first_counts(officer):
    clients = [logged_in(officer), logged_in(officer)]
    secrets = [secret_on(client.get(ENROL)) for client in clients]
    for client, secret in zip(clients, secrets, strict=True):
        client.post(ENROL, {"code": code_of(secret)})
    assert SecondFactor.objects.get().secret == secrets[0]
    assert [is_inside(client) for client in clients] == [True, False]


def test_the_secret_rests_sealed_and_the_recovery_codes_as_digests(device):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM core_secondfactor")
        stored = bytes(cursor.fetchone()[0])
        cursor.execute("SELECT digest FROM core_recoverycode")
        digests = {bytes(row[0]) for row in cursor.fetchall()}
    assert device.secret.encode() not in stored
    assert {len(digest) for digest in digests} == {16}
    assert len(digests) == 10


def test_recovery_codes_are_never_shown_again(device):
    for page in (ENROL, ASK, "/imports/"):
        html = device.client.get(page, follow=True).content.decode()
        assert not [code for code in device.recovery_codes if code in html]


# ------------------------------------------------------------------ codes


def test_a_code_opens_everything_for_this_session_alone(device, clock):
    clock.shift(30)
    client = logged_in(device.user)
    assert give(client, device.code(), next="/imports/").headers["Location"] == "/imports/"
    assert is_inside(client)
    assert not is_inside(logged_in(device.user))


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_devices_clock_may_be_half_a_minute_off(device, clock, steps):
    clock.shift(300)
    client = logged_in(device.user)
    give(client, device.code(steps=steps))
    assert is_inside(client)


@pytest.mark.parametrize("steps", [-100, -2, 2, 100])
def test_and_no_more(device, clock, steps):
    clock.shift(3600)
    client = logged_in(device.user)
    assert WRONG in give(client, device.code(steps=steps)).content.decode()
    assert not is_inside(client)


def test_a_code_is_typed_with_a_gap_as_devices_show_it(device, clock):
    clock.shift(30)
    client = logged_in(device.user)
    code = device.code()
    give(client, f" {code[:3]} {code[3:]}")
    assert is_inside(client)


def test_the_code_that_set_the_device_up_is_used(device):
    client = logged_in(device.user)
    assert WRONG in give(client, device.code()).content.decode()
    assert not is_inside(client)


def test_a_code_is_taken_once_even_in_another_session_and_while_it_is_still_shown(device, clock):
    clock.shift(30)
    code, first, second = device.code(), logged_in(device.user), logged_in(device.user)
    give(first, code)
    assert WRONG in give(second, code).content.decode()
    clock.shift(29)
    assert WRONG in give(second, code).content.decode()
    assert [is_inside(first), is_inside(second)] == [True, False]


def test_once_a_newer_code_was_taken_older_ones_are_not(device, clock):
    clock.shift(300)
    older = device.code()
    give(logged_in(device.user), device.code(steps=1))
    client = logged_in(device.user)
    assert WRONG in give(client, older).content.decode()
    assert not is_inside(client)


def test_somebody_elses_code_opens_nothing(device, clock):
    other = Device(with_password(make_staff("reviewer")))
    clock.shift(300)
    client = logged_in(device.user)
    assert WRONG in give(client, other.code()).content.decode()
    assert WRONG in give(client, other.recovery_codes[0]).content.decode()
    tamper("UPDATE core_recoverycode SET factor_id = %s", device.user.second_factor.pk)
    assert WRONG in give(client, other.recovery_codes[1]).content.decode()


@pytest.mark.parametrize(
    "where", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
)
def test_a_code_leads_to_no_other_site(device, clock, where):
    clock.shift(30)
    assert give(logged_in(device.user), device.code(), next=where).headers["Location"] == "/portal/"


@pytest.mark.parametrize("code", ODD)
def test_whatever_is_typed_gets_an_answer(device, code):
    client = logged_in(device.user)
    assert give(client, code).status_code == 200
    assert not is_inside(client)


def test_a_form_from_another_site_is_refused(device, clock):
    clock.shift(30)
    client = logged_in(device.user, enforce_csrf_checks=True)
    assert give(client, device.code()).status_code == 403
    assert not is_inside(client)


# ------------------------------------------------------------------ guessing


def fail(device, times, *, client=None):
    client = client or logged_in(device.user)
    for _time in range(times):
        response = give(client, wrong_code(device))
    return response


def test_after_five_wrong_codes_not_even_the_right_one_is_taken(device, clock):
    clock.shift(300)
    client = logged_in(device.user)
    assert LOCKED not in fail(device, 5, client=client).content.decode()
    response = give(client, device.code())
    assert (response.status_code, LOCKED in response.content.decode()) == (429, True)
    assert not is_inside(client)


def test_nor_a_recovery_code(device):
    fail(device, 5)
    client = logged_in(device.user)
    assert LOCKED in give(client, device.recovery_codes[0]).content.decode()
    assert recovery_codes_left(device.user) == 10


def test_neither_another_session_nor_the_password_again_nor_another_address_starts_anew(device, clock):
    clock.shift(300)
    fail(device, 5)
    client = Client(REMOTE_ADDR="198.51.100.1")
    client.post("/login/", {"username": device.user.username, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    assert LOCKED in give(client, device.code()).content.decode()


def test_the_lock_ends_after_half_an_hour(device, clock):
    client = Client()
    clock.shift(300)
    fail(device, 5)
    clock.shift(30 * 60 - 1)
    client.force_login(device.user)
    assert "请 1 分钟后再试" in give(client, device.code()).content.decode()
    clock.shift(1)
    give(client, device.code())
    assert is_inside(client)


def test_recovery_codes_tried_in_vain_count_alike(device):
    client = logged_in(device.user)
    for _time in range(5):
        give(client, "AAAAA-AAAAA")
    assert LOCKED in give(client, device.recovery_codes[0]).content.decode()


def test_used_codes_count_too(device):
    client = logged_in(device.user)
    for _time in range(5):
        give(client, device.code())
    assert give(client, device.code()).status_code == 429


def test_a_right_code_starts_the_count_anew(device, clock):
    clock.shift(300)
    fail(device, 4)
    give(logged_in(device.user), device.code())
    assert fail(device, 4).status_code == 200


def test_a_locked_person_goes_on_where_the_code_was_given(device):
    fail(device, 6)
    assert is_inside(device.client)


def test_somebody_elses_wrong_codes_lock_nobody_else(device, clock):
    other = Device(with_password(make_staff("reviewer")))
    clock.shift(300)
    fail(other, 6)
    client = logged_in(device.user)
    give(client, device.code())
    assert is_inside(client)


# ------------------------------------------------------------------ recovery codes


def test_a_recovery_code_opens_once(device):
    code, client = device.recovery_codes[3], logged_in(device.user)
    give(client, code)
    page = client.get("/imports/").content.decode()
    assert "已用掉一个备用码，还剩 9 个。" in page
    again = logged_in(device.user)
    assert WRONG in give(again, code).content.decode()
    assert not is_inside(again)


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_it_may_be_typed_as_one_likes(device, typed):
    client = logged_in(device.user)
    give(client, typed(device.recovery_codes[0]))
    assert is_inside(client)


def test_each_of_the_ten_is_good_and_then_none_is(device):
    for code in device.recovery_codes:
        give(client := logged_in(device.user), code)
        assert is_inside(client)
    assert recovery_codes_left(device.user) == 0
    client = logged_in(device.user)
    assert WRONG in give(client, device.recovery_codes[0]).content.decode()


def test_used_ones_keep_the_time(device):
    give(logged_in(device.user), device.recovery_codes[0])
    assert [row.used_at for row in RecoveryCode.objects.exclude(used_at=None)] == [NOW]


# ------------------------------------------------------------------ reset


def test_after_a_reset_every_session_has_to_set_up_anew_and_old_codes_are_void(device, clock):
    before = is_inside(device.client)
    change_rights(device.user, "second_factor")
    assert (before, is_inside(device.client)) == (True, False)
    clock.shift(30)
    client = logged_in(device.user)
    for code in (device.code(), device.recovery_codes[0]):
        give(client, code)
        assert not is_inside(client)
    renewed = Device(device.user)
    assert renewed.secret != device.secret
    assert is_inside(renewed.client)
    assert not is_inside(logged_in(device.user))


def test_what_nobody_has_set_up_is_not_reset_nor_a_superusers(device):
    boss = UserFactory(is_staff=True, is_superuser=True)
    Device(boss)
    for person in (make_staff("officer"), boss):
        with pytest.raises(NotPossible):
            change_rights(person, "second_factor")


# ------------------------------------------------------------------ the setting


def test_on_a_local_machine_the_password_is_enough(settings, officer):
    settings.STAFF_TWO_FACTOR = False
    assert is_inside(logged_in(officer))


def test_it_is_off_on_a_local_machine_and_on_in_production():
    assert project.STAFF_TWO_FACTOR == project.OWNER_TWO_FACTOR == project.PRODUCTION


# ------------------------------------------------------------------ secrets stay secret


def test_neither_codes_nor_secrets_are_logged(officer, caplog, clock):
    caplog.set_level("DEBUG")
    device = Device(officer)
    clock.shift(30)
    client = logged_in(officer)
    codes = [wrong_code(device), device.code(), device.recovery_codes[0]]
    for code in codes:
        give(client, code)
    written = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [line for line in written for secret in (*codes, device.secret) if secret in line]


@pytest.mark.django_db(transaction=True)
def test_of_one_code_sent_four_times_at_once_one_is_taken(device, clock):
    clock.shift(300)
    clients, code = [logged_in(device.user) for _number in range(4)], device.code()

    def send(client):
        try:
            return give(client, code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(send, clients))
    assert statuses == [200, 200, 200, 302]
