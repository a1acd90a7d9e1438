"""Whoever has the tables and no keys learns the names of neither the staff nor a shop's people."""

import pytest

from core.models import AuditEntry, RightsChange, User
from core.rights import services
from merchants.letters.signing import sign_letter
from merchants.models import Inspection
from merchants.team.invitations import accept
from tests.admin.district import logged_in, url
from tests.at_rest import columns_that_say
from tests.console import sql
from tests.core.accounts.conftest import PASSWORD
from tests.factories import (
    NOW,
    MerchantFactory,
    UserFactory,
    change_rights,
    give_password,
    invited_by_two,
    make_staff,
)

pytestmark = pytest.mark.django_db
CAST = {"陈经办", "李娜娜", "王店主", "周检查", "赵店员"}


def inspected(shop):
    """An inspection that was typed in, and typed again."""
    client, page = logged_in(make_staff("merchant_manager")), url(Inspection, "add")
    shown = client.get(page).context["adminform"].form
    sent = {each.html_name: each.value() or "" for each in shown} | {"merchant": shop.pk}
    client.post(page, sent | {"inspectors": "周检查"})
    found = Inspection.objects.get()
    client.post(url(Inspection, "change", found.pk), sent | {"inspectors": "周检查、赵店员"})
    return found


def test_who_is_of_the_staff_and_of_a_shop_stands_nowhere_in_clear():
    shop, keeper = MerchantFactory(), make_staff("sysadmin")
    change_rights(None, "new_account", username="chen", full_name="陈经办", roles=["officer"])
    services.propose(
        kind="new_account", by=keeper, now=NOW, note="x", username="li", full_name="李娜娜", roles=["finance"]
    )
    token = invited_by_two(shop, "owner", "赵店员")
    user = accept(token=token, username="zhao", password=PASSWORD, now=NOW)
    sign_letter(merchant=shop, signer="王店主", by=user, now=NOW)
    inspection = inspected(shop)
    chen = User.objects.get(username="chen")
    places = {"membership-TOTAL_FORMS": "0", "membership-INITIAL_FORMS": "0"}
    logged_in(keeper).post(url(User, "change", chen.pk), places | {"full_name": "陈经办娜"})
    said = {each.full_name for each in (*User.objects.all(), *RightsChange.objects.all())}
    assert said | {shop.letters.get().signer, inspection.inspectors} >= CAST | {"陈经办娜"}
    assert columns_that_say(CAST) == set()
    assert "merchants_merchant.name" in columns_that_say({shop.name})  # which is public


def test_a_name_that_was_laid_over_another_stops_nobody_and_tells_nobody(caplog):
    """Sealed for one account it opens in no other: there the user name says who it is, also where something is done."""
    victim, keeper = make_staff("officer"), make_staff("sysadmin")
    UserFactory(username="chen", full_name="陈经办")
    sql("UPDATE core_user SET full_name = (SELECT full_name FROM core_user WHERE username = 'chen')")
    for person in (victim, keeper):
        person.refresh_from_db(fields=["email"])
        assert str(User.objects.get(pk=person.pk)) == person.username
    page = logged_in(keeper).get(url(User, "change", victim.pk))
    assert page.status_code == 200
    assert "陈经办" not in page.content.decode()
    assert "alarm" in caplog.text


def test_who_chooses_another_password_has_changed_no_name():
    person = give_password(UserFactory(full_name="陈经办"), PASSWORD)
    again = User.objects.get(pk=person.pk)
    assert again.get_full_name() == "陈经办"
    give = AuditEntry.objects.order_by("pk").last().pk
    again.full_name, again.email = "陈经办", "chen@example.cn"
    again.save()
    assert AuditEntry.objects.get(pk__gt=give).after == {"email": "chen@example.cn"}
