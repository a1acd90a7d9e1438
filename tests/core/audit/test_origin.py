"""Who did it, and from where: the person who is logged in, the verb in a worker, or somebody at a console."""

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.timezone import localdate

from core.audit import origin
from core.audit.acting import acting
from core.models import AuditEntry, User
from merchants.models import Invitation, Merchant
from tests.admin.district import logged_in, url
from tests.console import owning, sql, update
from tests.core.audit.reading import last, newest, since
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    UserFactory,
    invited_by_two,
    make_member,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db

DESK, HOME = "192.0.2.7", "198.51.100.9"


@laid
def shop():
    return MerchantFactory(name="湖墅车行")


@laid
def manager():
    return make_staff("merchant_manager")


@pytest.fixture
def a_worker():
    """This process, as if a worker's main had begun it."""
    origin.begin_process("(worker)")
    origin.tell_new_connection(connection)
    yield
    origin._process.clear()
    sql("SELECT set_config('ebikes.request', '', false)")


def rename(shop, name, by, **more):
    """Change a shop's name in the admin."""
    inline = {f"letters-{each}": "0" for each in ("TOTAL_FORMS", "INITIAL_FORMS")}
    data = {"uscc": shop.uscc, "name": name, **inline}
    return logged_in(by).post(url(Merchant, "change", shop.pk), data, **more)


def whose(entry):
    return entry.by, entry.address, entry.detail["verb"]


def test_a_page_writes_who_is_logged_in_and_where(shop, manager):
    assert rename(shop, "拱宸车行", manager, REMOTE_ADDR=DESK).status_code == 302
    entry = newest(object_type="merchants.merchant", object_id=shop.pk, after__name="拱宸车行")
    assert whose(entry) == (manager, DESK, "(web)")


@override_settings(PROXIES=1)
def test_behind_a_proxy_the_client_s_address_is_written(shop, manager):
    rename(shop, "拱宸车行", manager, REMOTE_ADDR=DESK, headers={"X-Forwarded-For": f"6.6.6.6, {HOME}"})
    assert newest(action="update", object_id=shop.pk).address == HOME


def test_of_ipv6_the_home_is_written(shop, manager):
    rename(shop, "拱宸车行", manager, REMOTE_ADDR="2001:db8:1:2:3:4:5:6")
    assert newest(action="update", object_id=shop.pk).address == "2001:db8:1:2::/64"


def test_a_verb_on_a_page_is_named_and_its_person_is_whoever_is_logged_in(district):
    batch, releaser = district.pay(district.grow()), make_staff("finance")
    client, page = logged_in(releaser), reverse("staff-batch-verb", args=[batch.pk, "discard"])
    seen = client.get(page).context["form"]["seen"].value()
    client.post(page, {"confirmed": "1", "note": "金额有误", "seen": seen}, REMOTE_ADDR=DESK)
    entry = newest(object_type="subsidies.payoutbatch", object_id=batch.pk)
    assert (entry.by, entry.address, entry.after["state"]) == (releaser, DESK, "discarded")
    assert entry.detail["verb"] not in ("(web)", "(sql)")


def test_at_a_console_nobody_is_named(shop):
    sql(update(shop, "name = 'x'"))
    assert whose(newest(object_id=shop.pk)) == (None, None, "(sql)")


def test_in_a_worker_the_verb_says_who_ordered_it(a_worker, shop):
    officer = UserFactory()
    with acting("confirm_import", by=officer, now=NOW):
        sql(update(shop, "name = 'x'"))
    assert whose(newest(object_id=shop.pk)) == (officer, None, "confirm_import")


def test_a_worker_s_own_doing_is_the_system_s(a_worker, shop):
    sql(update(shop, "name = 'x'"))
    assert whose(newest(object_id=shop.pk)) == (None, None, "(worker)")


def test_a_page_in_such_a_process_is_still_its_person_s_and_the_process_s_again_after_it(
    a_worker, shop, manager
):
    rename(shop, "拱宸车行", manager, REMOTE_ADDR=DESK)
    assert whose(newest(action="update", object_id=shop.pk)) == (manager, DESK, "(web)")
    sql(update(shop, "name = 'x'"))
    assert whose(newest(object_id=shop.pk)) == (None, None, "(worker)")


# ------------------------------------------------------------------ connections are kept


def told():
    ((text,),) = sql("SELECT current_setting('ebikes.request', true)")
    return text or ""


def test_nothing_stays_on_the_connection_after_a_request(shop, manager):
    rename(shop, "拱宸车行", manager)
    assert told() == ""
    sql(update(shop, "name = 'x'"))
    assert newest(object_id=shop.pk).by is None


def test_the_next_request_in_the_thread_is_its_own_person_s(shop, manager):
    colleague = make_staff("merchant_manager")
    for by, address in ((manager, DESK), (colleague, HOME), (manager, HOME)):
        rename(shop, f"{by.pk} {address}", by, REMOTE_ADDR=address)
        assert whose(newest(action="update", object_id=shop.pk))[:2] == (by, address)


def test_nor_after_a_request_that_failed(shop, manager, monkeypatch):
    def broken(*args, **kwargs):
        assert told()
        raise RuntimeError

    monkeypatch.setattr("merchants.shops.admin.MerchantAdmin.changeform_view", broken)
    with pytest.raises(RuntimeError):
        rename(shop, "拱宸车行", manager)
    assert told() == ""
    assert origin.current_address() == ""


def test_nor_after_one_that_was_refused(shop):
    rename(shop, "拱宸车行", make_staff("auditor"))
    assert told() == ""


def test_a_request_that_changes_nothing_says_for_whom_it_reads_and_no_more(
    manager, django_assert_num_queries
):
    client, request = logged_in(manager), Client().get("/healthz").wsgi_request
    with origin.answering(request):
        assert told() == ""  # who is logged in was asked for by now
    with django_assert_num_queries(2), origin.answering(request):
        pass
        assert origin.current_address() == "127.0.0.1"
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_opened_anew_within_a_request_is_told_again(shop, manager):
    request = logged_in(manager).post("/healthz").wsgi_request
    request.user = manager
    with origin.answering(request):
        connection.close()
        sql(update(shop, "name = 'x'"))
    assert newest(object_id=shop.pk).by == manager
    assert told() == ""


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_cannot_be_told_is_not_used_again(shop, manager):
    request = logged_in(manager).post("/healthz").wsgi_request
    request.user = manager
    with origin.answering(request):
        connection.connection.close()
    sql(update(shop, "name = 'x'"))
    assert newest(object_id=shop.pk).by is None


# ------------------------------------------------------------------ who becomes somebody


def test_whoever_is_invited_comes_in_as_nobody_and_is_somebody_from_then_on(shop):
    token = invited_by_two(shop, "clerk", "小李")
    with owning():
        Invitation.objects.update(expires_at="2099-01-01T00:00Z")
    number = last()
    data = {"username": "xiaoli", "password1": "Hushu-2022-x", "password2": "Hushu-2022-x"}
    Client().post(reverse("invitation", args=[token]), data, REMOTE_ADDR=HOME)
    person = User.objects.get(username="xiaoli")
    found = [(entry.action, entry.object_type, entry.by, entry.address) for entry in since(number)]
    assert found == [
        ("create", "core.user", None, HOME),
        ("create", "core.user", None, HOME),
        ("update", "merchants.invitation", None, HOME),
        ("login", "core.user", person, HOME),
    ]


def test_an_owner_who_lets_a_clerk_in_no_more_is_named(shop):
    owner, clerk = make_member(shop, "owner"), make_member(shop, "clerk")
    logged_in(owner).post(reverse("team-deactivate", args=[clerk.pk]))
    entry = newest(action="update", object_type="core.user", object_id=clerk.pk)
    assert (entry.by, entry.before, entry.after) == (owner, {"is_active": True}, {"is_active": False})


def test_a_withdrawn_authorisation_names_who_withdrew_it(manager):
    point, today = AgentPointFactory(), localdate()
    data = {"confirmed": "1", "last_day": today, "reason": "出借授权牌"}
    page = reverse("staff-point-withdraw", args=[point.pk])
    assert logged_in(manager).post(page, data).status_code == 302
    entry = AuditEntry.objects.get(action="update", detail__part="merchants.agentauthorization")
    assert (entry.by, entry.object_id) == (manager, str(point.pk))
    assert (entry.after["ends_on"], entry.after["withdrawn_by_id"]) == (today.isoformat(), manager.pk)
