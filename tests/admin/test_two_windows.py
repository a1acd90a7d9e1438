"""Two windows on one record of the admin: the second save overwrites nothing unseen, and loses nothing."""

from datetime import date

import pytest

from core.models import User
from merchants.models import CommitmentLetter
from tests.admin.district import logged_in, url
from tests.factories import MerchantFactory, make_staff

pytestmark = pytest.mark.django_db


def filled(page, **more):
    """What a browser sends of a form as it was shown, but for what is typed."""
    form = page.context["adminform"].form
    shown = {each.html_name: each.value() for each in form}
    rows = {}
    for inline in page.context["inline_admin_formsets"]:
        for part in (inline.formset.management_form, *inline.formset.initial_forms):
            rows |= {each.html_name: each.value() for each in part}
    return {
        name: value
        for name, value in (rows | shown | more).items()
        if value is not None and value is not False
    }


def test_the_second_save_says_who_changed_what_and_keeps_what_was_typed():
    person, other = make_staff("officer"), make_staff("sysadmin")
    person.full_name, person.email = "李娜", "li@example.cn"
    person.save()
    page = url(User, "change", person.pk)
    mine, theirs = logged_in(make_staff("security")), logged_in(other)
    before = mine.get(page)
    theirs.post(page, filled(theirs.get(page), full_name="李娜娜"))
    again = mine.post(page, filled(before, email="lina@example.cn"))
    assert f"{other} 于" in again.content.decode()
    assert "修改了：姓名。" in again.content.decode()
    person.refresh_from_db()
    assert (person.full_name, person.email) == ("李娜娜", "li@example.cn")
    mine.post(page, filled(again))
    person.refresh_from_db()
    assert (person.full_name, person.email) == ("李娜娜", "lina@example.cn")


def test_what_nobody_else_changed_is_saved_at_once():
    client, shop = logged_in(make_staff("merchant_manager")), MerchantFactory(name="湖墅车行")
    page = url(type(shop), "change", shop.pk)
    assert client.post(page, filled(client.get(page), name="湖墅新店")).status_code == 302
    shop.refresh_from_db()
    assert shop.name == "湖墅新店"


def test_nor_does_it_overwrite_a_row_within_the_record():
    """A letter on paper: one enters that it hangs on the wall, another, from an older page, who signed it."""
    shop, (mine, theirs) = MerchantFactory(), (logged_in(make_staff("merchant_manager")) for _ in range(2))
    told = {"text_version": "2022", "signed_on": date(2022, 6, 1), "signer": "王店主"}
    letter = CommitmentLetter.objects.create(merchant=shop, **told)
    page, posted = url(type(shop), "change", shop.pk), {"letters-0-posted_at": "2022-06-02"}
    before = mine.get(page)
    assert 'name="letters-0-as_seen"' in before.content.decode()
    assert theirs.post(page, filled(theirs.get(page), **posted)).status_code == 302
    again = mine.post(page, filled(before, **{"letters-0-signer": "王老板"}))
    assert "您的修改还没有保存" in again.content.decode()
    letter.refresh_from_db()
    assert (letter.signer, letter.posted_at is None) == ("王店主", False)
