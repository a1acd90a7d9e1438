"""Opening an account in the admin asks for what this system knows, and nothing that it does not."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from core.models import User
from merchants.models import Membership
from tests.admin.district import logged_in, url
from tests.factories import MerchantFactory, UserFactory, make_staff

pytestmark = pytest.mark.django_db

GOOD = "Gongshu-2022"


@pytest.fixture
def keeper():
    """The browser of a system administrator."""
    return logged_in(make_staff("sysadmin"))


def ids(*names):
    return [Group.objects.get(name=name).pk for name in names]


def filled(**more):
    return {"username": "li.na", "first_name": "李娜", "password1": GOOD, "password2": GOOD, **more}


def opened(client, **more):
    return client.post(url(User, "add"), filled(**more))


def test_the_form_asks_for_name_roles_and_password(keeper):
    page = keeper.get(url(User, "add"))
    asked = page.context["adminform"].form.fields
    assert list(asked) == ["username", "first_name", "groups", "password1", "password2"]
    assert [name for name, field in asked.items() if field.required] == ["username", "password1", "password2"]
    text = page.content.decode()
    assert not [word for word in ("LDAP", "单点", "单一", "usable_password") if word in text]
    assert "商户的人员在商户页面邀请" in text


def test_the_password_of_somebody_else_is_asked_for_and_not_shut_out(keeper):
    person = UserFactory()
    text = keeper.get(reverse("admin:auth_user_password_change", args=[person.pk])).content.decode()
    assert not [word for word in ("LDAP", "usable_password") if word in text]


def test_whoever_is_given_a_role_comes_in(keeper):
    assert opened(keeper, groups=ids("officer", "merchant_manager")).status_code == 302
    person = User.objects.get(username="li.na")
    assert {group.name for group in person.groups.all()} == {"officer", "merchant_manager"}
    assert (person.first_name, person.is_staff, person.is_superuser) == ("李娜", True, False)
    assert person.must_change_password
    assert person.check_password(GOOD)


def test_whoever_is_given_none_does_not(keeper):
    opened(keeper)
    assert not User.objects.get(username="li.na").is_staff


def test_roles_that_nobody_may_hold_together_are_refused_from_the_start(keeper):
    answer = opened(keeper, groups=ids("officer", "reviewer"))
    assert "同一人不能兼任" in answer.content.decode()
    assert not User.objects.filter(username="li.na").exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"password1": "", "password2": ""},
        {"password2": "Gongshu-2023"},
        {"password1": "hushuche22", "password2": "hushuche22"},
        {"password1": "", "password2": "", "usable_password": "false"},
    ],
)
def test_nobody_is_without_a_password_that_keeps_the_rules(keeper, typed):
    assert opened(keeper, **typed).status_code == 200
    assert not User.objects.filter(username="li.na").exists()


def test_nobody_s_password_is_shut_out_by_a_field_that_is_not_on_the_page(keeper):
    person = UserFactory()
    person.set_password(GOOD)
    person.save()
    address = reverse("admin:auth_user_password_change", args=[person.pk])
    shut = {"password1": "", "password2": "", "usable_password": "false", "unset-password": "1"}
    assert keeper.post(address, shut).status_code == 200
    person.refresh_from_db()
    assert person.check_password(GOOD)


def test_what_is_sent_beside_the_form_makes_nobody_more(keeper):
    place = {"membership-TOTAL_FORMS": "1", "membership-INITIAL_FORMS": "0", "membership-0-role": "owner"}
    more = {"is_superuser": "on", "is_staff": "on", "membership-0-merchant": MerchantFactory().pk}
    opened(keeper, **more, **place)
    person = User.objects.get(username="li.na")
    assert (person.is_staff, person.is_superuser) == (False, False)
    assert not Membership.objects.exists()


def test_when_somebody_came_and_logged_in_is_nobodys_to_write(client):
    user = make_staff("officer")
    page = client.get(url(User, "change", user.pk)).content.decode()
    assert 'name="last_login' not in page
    assert 'name="date_joined' not in page
