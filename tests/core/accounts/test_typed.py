"""A form that is sent after the session has ended: what was typed comes back after the log-in, and nothing is done yet."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.accounts.typed import kept
from core.models import Session
from merchants.models import Training
from subsidies.models import CaseAssignment
from tests.admin.test_work import waiting
from tests.core.accounts.conftest import PASSWORD, logged_in, with_password
from tests.factories import make_scheme, make_staff

pytestmark = pytest.mark.django_db
ADD = reverse("admin:merchants_training_add")
TRAINING = {"title": "置换政策培训", "held_on": "2022-09-20", "place": "湖墅街道办事处", "attended_by": []}


def too_late(client, clock, address, data, **headers):
    """Sit there for ten minutes, then send the form."""
    assert client.get(reverse("admin:index")).status_code == 200
    clock.shift(600)
    return client.post(address, data, headers=headers)


def log_in(client, user, where):
    page = client.get(where)
    data = {"username": user.username, "password": PASSWORD, "next": page.context["next"]}
    return client.post(reverse("login"), data)


def fields_of(page):
    """The form that leads back, as the browser sends it."""
    html = page.content.decode().partition("<form")[2].partition("</form>")[0]
    form = page.content.decode().split("<form")
    (html,) = [each.partition("</form>")[0] for each in form if 'name="resumed"' in each]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def test_a_question_comes_back_filled_in_and_is_asked_again(clock):
    officer, colleague = with_password(make_staff("officer")), make_staff("officer")
    claim, client = waiting(make_scheme()), logged_in(officer)
    address = reverse("staff-case-assign", args=[claim.pk])
    told = {"confirmed": "1", "holder": colleague.pk, "due_on": "", "note": "请先电话核实"}
    answer = too_late(client, clock, address, told)
    assert answer.headers["Location"] == f"/login/?next={reverse('come-back')}"
    assert "您刚才填写的内容已保留" in client.get(answer.headers["Location"]).content.decode()
    assert "请先电话核实" not in str(list(Session.objects.values()))
    assert log_in(client, officer, answer.headers["Location"]).headers["Location"] == reverse("come-back")
    back = client.get(reverse("come-back"))
    page = client.post(address, fields_of(back))
    assert not CaseAssignment.objects.exists()
    assert page.context["form"]["note"].value() == "请先电话核实"
    assert page.context["form"]["holder"].value() == str(colleague.pk)
    client.post(address, told)
    assert CaseAssignment.objects.get().holder == colleague
    assert client.get(reverse("come-back")).status_code == 302  # it came back once


def test_a_record_comes_back_filled_in_and_is_not_saved_before_it_was_seen(clock):
    keeper = with_password(make_staff("merchant_manager"))
    client = logged_in(keeper)
    log_in(client, keeper, too_late(client, clock, ADD, TRAINING).headers["Location"])
    page = client.post(ADD, fields_of(client.get(reverse("come-back"))))
    assert not Training.objects.exists()
    html = page.content.decode()
    assert "登录曾过期，还没有保存。" in html
    assert 'value="置换政策培训"' in html
    client.post(ADD, TRAINING)
    assert Training.objects.get().place == "湖墅街道办事处"


def test_nobody_else_gets_what_was_typed_and_after_an_hour_nobody_does(clock):
    keeper, other = (with_password(make_staff("merchant_manager")) for _ in range(2))
    client = logged_in(keeper)
    where = too_late(client, clock, ADD, TRAINING).headers["Location"]
    assert kept(client.session, other, now=timezone.now()) is None
    assert kept(client.session, keeper, now=timezone.now() + timedelta(hours=1)) is None
    log_in(client, other, where)
    assert client.get(reverse("come-back"), follow=True).redirect_chain
    assert kept(client.session, keeper, now=timezone.now()) is None


def test_what_is_not_wanted_any_more_is_forgotten(clock):
    keeper = with_password(make_staff("merchant_manager"))
    client = logged_in(keeper)
    log_in(client, keeper, too_late(client, clock, ADD, TRAINING).headers["Location"])
    client.post(reverse("come-back"))
    assert kept(client.session, keeper, now=timezone.now()) is None


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ({"old_password": PASSWORD, "new_password1": "x"}, {}),
        ({}, {}),
        ({"title": "x" * 200_001}, {}),
        ({"title": "x"}, {"hx-request": "true"}),
    ],
)
def test_passwords_and_what_is_no_form_are_not_kept(clock, data, headers):
    keeper = make_staff("merchant_manager")
    client = logged_in(keeper)
    assert too_late(client, clock, ADD, data, **headers).status_code in (204, 302)
    assert kept(client.session, keeper, now=timezone.now()) is None
    assert "_auth_user_id" not in client.session


def test_what_another_site_sends_in_somebodys_name_is_not_kept(clock):
    keeper = make_staff("merchant_manager")
    client = Client(enforce_csrf_checks=True)
    client.force_login(keeper)
    assert too_late(client, clock, ADD, TRAINING).status_code == 403
    assert kept(client.session, keeper, now=timezone.now()) is None
    assert "_auth_user_id" not in client.session
