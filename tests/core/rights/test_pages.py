"""The two administrators at their pages, and what the person hears."""

import re

import pytest
from django.urls import reverse

from core.models import RightsChange, User
from tests.admin.district import logged_in, url
from tests.factories import UserFactory, make_staff

pytestmark = pytest.mark.django_db

FILLED = {"confirmed": "1", "note": "拱市监〔2022〕5号"}


def half_on(page):
    (half,) = re.findall(r"<code>(\w+)</code>", page.content.decode())
    return half


def post(client, name, *args, **more):
    return client.post(reverse(name, args=args), FILLED | more)


def test_an_account_is_opened_at_two_desks(client):
    keeper, guard = logged_in(make_staff("sysadmin")), logged_in(make_staff("security"))
    proposed = post(keeper, "staff-rights-new", username="li.na", full_name="李娜", roles=["reviewer"])
    first = half_on(proposed)
    change = RightsChange.objects.exclude(kind="first").get()
    page = guard.get(url(RightsChange, "change", change.pk)).content.decode()
    assert "李娜" in page
    assert first not in page
    assert first not in keeper.get(url(RightsChange, "change", change.pk)).content.decode()
    second = half_on(post(guard, "staff-rights-decide", change.pk, "confirm"))
    assert "no-store" in proposed.headers["Cache-Control"]
    person = User.objects.get(username="li.na")
    assert person.check_password(first + second)
    told = logged_in(person).get(reverse("admin:index"), follow=True).content.decode()
    assert "您的账号和权限最近有变更" in told or person.must_change_password
    User.objects.filter(pk=person.pk).update(must_change_password=False)
    told = logged_in(person).get(reverse("admin:index")).content.decode()
    assert "您的账号和权限最近有变更" in told
    assert "不能办理涉及资金的事项" in told
    assert not User.objects.get(pk=person.pk).has_perm("subsidies.change_claim")
    assert User.objects.get(pk=person.pk).has_perm("subsidies.view_claim")


def test_whoever_proposed_has_no_page_to_confirm(client):
    keeper = logged_in(make_staff("sysadmin"))
    post(keeper, "staff-rights-new", username="li.na", roles=["officer"])
    change = RightsChange.objects.exclude(kind="first").get()
    for verb in ("confirm", "decline"):
        assert post(keeper, "staff-rights-decide", change.pk, verb).status_code == 403
    post(keeper, "staff-rights-decide", change.pk, "withdraw")
    change.refresh_from_db()
    assert change.state == "withdrawn"


@pytest.mark.parametrize("kind", ["roles", "reactivate", "password", "second_factor", "unlock"])
def test_every_kind_has_a_page(kind):
    person = make_staff("officer")
    keeper = logged_in(make_staff("sysadmin"))
    assert keeper.get(reverse("staff-rights-propose", args=[person.pk, kind])).status_code == 200
    assert logged_in(person).get(reverse("staff-rights-propose", args=[person.pk, kind])).status_code == 403


def test_the_form_of_an_account_takes_no_rights_and_no_password():
    person, keeper = UserFactory(), logged_in(make_staff("sysadmin"))
    page = keeper.get(url(User, "change", person.pk))
    assert list(page.context["adminform"].form.fields) == [
        "full_name",
        "email",
        "as_seen",
    ]
    sent = {
        "username": person.username,
        "is_staff": "on",
        "is_superuser": "on",
        "groups": "1",
        "password": "x",
    }
    places = {"membership-TOTAL_FORMS": "0", "membership-INITIAL_FORMS": "0"}
    roles = set(person.groups.all())
    keeper.post(url(User, "change", person.pk), sent | places)
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser, set(person.groups.all())) == (False, False, roles)
    assert keeper.get(url(User, "change", person.pk) + "../password/").status_code in (302, 404)


def test_somebody_is_shut_out_at_once():
    person = make_staff("officer")
    post(logged_in(make_staff("security")), "staff-account-deactivate", person.pk)
    person.refresh_from_db()
    assert not person.is_active
