"""From where one is logged in: to be seen, to be ended, and over with what it rests upon."""

import re

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.accounts.browsers import in_words
from core.accounts.session_store import digest
from core.accounts.sessions import forget_expired
from core.models import AuditEntry, KnownDevice, Session
from core.privacy.masks import mask_address
from tests.console import owning, sql
from tests.core.accounts.conftest import PASSWORD, logged_in, with_password
from tests.factories import NOW, MerchantFactory, change_rights, lay_factor, make_member, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PHONE = "Mozilla/5.0 (Linux; Android 14; V2307A) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
NEW = "Gongshu-2022"


def log_in(user, client=None, **options):
    client = client or Client(**options)
    client.post(reverse("login"), {"username": user.username, "password": PASSWORD})
    assert is_in(client)
    return client


def is_in(client):
    return (
        Session.objects.filter(session_key=digest(client.cookies["sessionid"].value))
        .exclude(user=None)
        .exists()
    )


def opens(client):
    return client.get(reverse("password")).status_code == 200


def test_a_session_that_is_copied_to_a_key_of_ones_own_is_nobodys(clerk):
    """Somebody with the application's login in SQL: the row is there, what is signed in it is another's."""
    assert opens(log_in(clerk))
    sql("INSERT INTO core_session (session_key, session_data, expire_date, user_id, begun_at, seen_at, browser)"
        " SELECT %s, session_data, expire_date, user_id, begun_at, seen_at, browser FROM core_session"
        " WHERE user_id = %s", digest("k" * 32), clerk.pk)  # fmt: skip
    thief = Client()
    thief.cookies["sessionid"] = "k" * 32
    assert not opens(thief)


# ------------------------------------------------------------------ they end with what they rest upon


def console(statement):
    """Whatever changes it, somebody at the database too."""

    def end(user):
        with connection.cursor() as cursor:
            cursor.execute(statement, [user.pk])

    return end


def switched_off_and_on(user):
    for active in (False, True):
        user.is_active = active
        user.save()


def as_owner(act):
    with owning():
        act()


ENDS = {
    "switched off and on again": switched_off_and_on,
    "password set by somebody else": lambda user: with_password(user, NEW),
    "made a superuser": console("UPDATE core_user SET is_superuser = true WHERE id = %s"),
    "given a role": lambda user: user.groups.add(Group.objects.get(name="officer")),
    "another place in the shop": console("UPDATE merchants_membership SET role = 'owner' WHERE user_id = %s"),
    "no place in the shop": lambda user: as_owner(user.membership.delete),
}


@pytest.mark.parametrize("what", ENDS)
def test_what_a_session_rests_upon_ends_it(clerk, owner, what):
    sessions, colleague = [log_in(clerk), log_in(clerk)], log_in(owner)
    with owning():
        ENDS[what](clerk)
    assert [is_in(each) for each in sessions] == [False, False]
    assert [opens(each) for each in sessions] == [False, False]
    assert opens(colleague)


def test_a_role_that_is_taken_ends_it():
    officer = with_password(make_staff("officer"))
    client = log_in(officer)
    change_rights(officer, "roles", roles=["merchant_manager"])
    assert not opens(client)


def test_a_second_factor_that_is_reset_ends_it_and_the_devices_are_strangers(clerk):
    lay_factor(clerk)
    client = log_in(clerk)
    change_rights(clerk, "second_factor")
    assert not opens(client)
    assert not KnownDevice.objects.filter(user=clerk).exists()


def test_what_nothing_rests_upon_ends_nothing(clerk):
    client = log_in(clerk)
    clerk.full_name, clerk.last_login = "李娜", NOW
    clerk.save()
    assert opens(client)


def test_who_changes_the_own_password_goes_on_and_all_others_are_out(clerk):
    here, there = log_in(clerk), log_in(clerk)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    here.post(reverse("password"), form)
    assert [opens(here), opens(there)] == [True, False]


def test_a_session_that_ends_while_its_page_is_made_is_no_fault(clerk, clock, monkeypatch):
    client = log_in(clerk)
    clock.shift(60)
    saved = SessionBase.get_expiry_date

    def ended_meanwhile(session):
        Session.objects.filter(user=clerk).delete()
        return saved(session)

    with monkeypatch.context() as patch:
        patch.setattr(SessionBase, "get_expiry_date", ended_meanwhile)
        assert client.post(reverse("password"), {}).status_code == 200
    assert not opens(client)


# ------------------------------------------------------------------ the page


def page_of(client):
    return client.get(reverse("sessions")).content.decode()


def test_it_shows_in_plain_words_where_one_is_logged_in(clerk, owner):
    here = log_in(clerk, HTTP_USER_AGENT=DESK, REMOTE_ADDR="203.0.113.9")
    log_in(clerk, HTTP_USER_AGENT=PHONE, REMOTE_ADDR="2001:db8:7::1")
    log_in(owner, HTTP_USER_AGENT="Firefox")
    page = page_of(here)
    for shown in ("Windows 电脑 · Chrome", "安卓设备 · 微信", "203.0.*.*", "2001:db8:*", "2022-09-20 09:00"):
        assert shown in page
    for hidden in ("203.0.113.9", "2001:db8:7", "Firefox"):
        assert hidden not in page
    assert page.index("203.0.*.*") < page.index("2001:db8:*")  # this one first


def test_one_is_ended_and_the_others_go_on(clerk):
    here, there, third = (log_in(clerk) for _ in range(3))
    here.post(reverse("session-end", args=[digest(there.cookies["sessionid"].value)]))
    assert [opens(each) for each in (here, there, third)] == [True, False, True]


def test_all_others_are_ended_at_once(clerk, owner):
    here, *others = (log_in(clerk) for _ in range(3))
    colleague = log_in(owner)
    page = here.post(reverse("sessions-end-others"), follow=True)
    assert "已结束其他 2 处登录" in page.content.decode()
    assert [opens(each) for each in (here, *others, colleague)] == [True, False, False, True]
    entry = AuditEntry.objects.filter(action="logout").first()
    assert (entry.by, entry.detail) == (clerk, {"verb": "end_sessions", "sessions": 2})


def test_nobody_ends_somebody_elses(clerk, owner):
    theirs, mine = log_in(owner), log_in(clerk)
    mine.post(reverse("session-end", args=[digest(theirs.cookies["sessionid"].value)]))
    mine.post(reverse("device-forget", args=[KnownDevice.objects.get(user=owner).pk]))
    mine.post(reverse("sessions-end-others"))
    assert opens(theirs)


@pytest.mark.parametrize("row", ["x", "0" * 40, "-1"])
def test_one_that_is_not_there_is_no_fault(clerk, row):
    assert log_in(clerk).post(reverse("session-end", args=[row])).status_code == 302


def test_a_device_that_is_removed_is_a_stranger_and_out(clerk):
    here, there = log_in(clerk), log_in(clerk)
    device = KnownDevice.objects.order_by("pk").last()
    here.post(reverse("device-forget", args=[device.pk]))
    assert [opens(here), opens(there)] == [True, False]
    assert not KnownDevice.objects.filter(pk=device.pk).exists()


def test_the_table_tells_no_key_that_would_let_somebody_in(clerk):
    key = log_in(clerk).cookies["sessionid"].value
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM core_session AS s")
        assert not [row for (row,) in cursor.fetchall() if key in row]
    thief = Client()
    thief.cookies["sessionid"] = Session.objects.get().session_key
    assert not opens(thief)


def test_an_administrator_ends_all_of_somebody_elses_and_says_why(clerk, staff):
    client, boss, url = log_in(clerk), logged_in(staff), reverse("admin:core_user_changelist")
    chosen = {"action": "end_sessions", "_selected_action": [clerk.pk]}
    page = boss.post(url, chosen).content.decode()
    assert opens(client)
    seen = re.search(r'name="seen" value="([^"]*)"', page).group(1)
    boss.post(url, {**chosen, "confirmed": "1", "seen": seen, "note": "手机遗失"})
    assert not opens(client)
    assert not KnownDevice.objects.filter(user=clerk).exists()
    entry = AuditEntry.objects.filter(action="logout").first()
    assert (entry.by, entry.object_id, entry.detail["note"]) == (staff, str(clerk.pk), "手机遗失")


# ------------------------------------------------------------------ how long


def test_on_a_known_device_a_clerks_session_lasts_a_shift(clerk, clock, settings):
    client = log_in(clerk)
    client.post(reverse("logout"))
    log_in(clerk, client)
    for _ in range(int(settings.SHOP_SESSION_HOURS * 3600) // 3600 - 1):
        clock.shift(3600)
        assert opens(client)
    clock.shift(3600)
    page = client.get(reverse("portal"), follow=True).content.decode()
    assert "登录已满 12 小时，请重新登录。" in page


def test_a_shift_too_ends_when_nobody_is_there(clerk, clock, settings):
    client = log_in(clerk)
    client.post(reverse("logout"))
    log_in(clerk, client)
    clock.shift(settings.SHOP_IDLE_SECONDS)
    assert not opens(client)


def test_on_a_device_for_the_first_time_it_does_not(clerk, clock):
    client = log_in(clerk)
    clock.shift(600)
    assert not opens(client)


def test_staff_have_no_shift_on_whatever_device(staff, clock):
    client = log_in(staff)
    client.post(reverse("logout"))
    log_in(staff, client)
    clock.shift(600)
    assert not opens(client)


def test_staff_log_in_again_after_eight_hours_however_busy_they_are(staff, clock):
    client = log_in(staff)
    for _ in range(8 * 6):
        assert opens(client)
        clock.shift(599)
    clock.shift(60)
    assert not opens(client)


def test_what_is_over_is_swept(clerk, owner, clock):
    log_in(clerk)
    clock.shift(11 * 3600)
    log_in(owner)
    clock.shift(2 * 3600)
    assert forget_expired(now=NOW.fromtimestamp(NOW.timestamp() + 13 * 3600, NOW.tzinfo)) == 1
    assert Session.objects.get().user == owner


# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (DESK, "Windows 电脑 · Chrome"),
        (PHONE, "安卓设备 · 微信"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
            "iPhone · Safari",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) Gecko/20100101 Firefox/127.0", "苹果电脑 · Firefox"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Windows 电脑 · Edge"),
        ("curl/8.0", "未知设备"),
        ("", "未知设备"),
    ],
)
def test_a_browser_is_named_as_people_know_it(said, words):
    assert in_words(said) == words


@pytest.mark.parametrize(
    ("address", "shown"), [("203.0.113.9", "203.0.*.*"), ("2001:db8::", "2001:db8:*"), ("", "")]
)
def test_of_an_address_its_beginning_is_shown(address, shown):
    assert mask_address(address) == shown


def test_a_shops_person_finds_the_page_and_a_stranger_the_log_in():
    page = logged_in(make_member(MerchantFactory(), "clerk")).get(reverse("password")).content.decode()
    assert reverse("sessions") in page
    assert Client().get(reverse("sessions")).headers["Location"].startswith("/login/")
