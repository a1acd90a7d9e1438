"""A record's page has buttons to save where there is something to save, and only there."""

import re

import pytest
from django.urls import reverse

from core.accounts.roles import ROLES
from core.models import AuditEntry, User
from merchants.models import AgentPoint, Inspection, Merchant
from tests.admin.district import ASKED_FOR, EDITABLE, READ_ONLY, logged_in, url
from tests.factories import NOW, UserFactory, answered, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("grown")]
SAVE = re.compile(r'name="(_save|_continue|_addanother|_saveasnew)"')
TYPED_INTO = re.compile(r'<(?:input(?![^>]*type="hidden")|select|textarea)\b')


def form_of(model, html):
    """The record's own form, without the frame around it."""
    start = html.find(f'id="{model._meta.model_name}_form"')
    return html[start : html.find("</form>", start)] if start >= 0 else ""


def saves(model, html):
    """Whether it has buttons, and whether anything can be typed."""
    return bool(SAVE.search(html)), bool(TYPED_INTO.search(form_of(model, html)))


KINDS = {
    AuditEntry: ("action", "object_type", "detail__part"),  # where all the others leave theirs
    User: ("is_superuser", "is_staff", "groups", "membership__role"),
}


def of_each_kind(model):
    """Every record; of those that are many, one of each kind."""
    rows, kind = model._default_manager.order_by("pk"), KINDS.get(model)
    return rows.order_by(*kind, "pk").distinct(*kind) if kind else rows


@pytest.mark.parametrize("model", [*READ_ONLY, *EDITABLE, *ASKED_FOR], ids=lambda model: model.__name__)
@pytest.mark.parametrize("role", [*ROLES, "superuser"])
def test_no_buttons_where_nothing_can_be_saved(at_work, model, role):
    superuser = role == "superuser"
    client = logged_in(UserFactory(is_staff=True, is_superuser=True)) if superuser else at_work[role]
    for row in of_each_kind(model):
        page = client.get(url(model, "change", row.pk), follow=True)
        if page.status_code == 200:
            buttons, typed_into = saves(model, page.content.decode())
            assert buttons == typed_into, row


@pytest.mark.parametrize(
    ("model", "role", "editable"),
    [
        (AgentPoint, "merchant_manager", False),
        (AgentPoint, "officer", False),
        (Merchant, "merchant_manager", True),
        (Merchant, "sysadmin", False),
        (Inspection, "merchant_manager", True),
        (Inspection, "auditor", False),
        (User, "sysadmin", True),
        (User, "auditor", False),
    ],
)
def test_whoever_may_save_finds_the_buttons(model, role, editable):
    page = logged_in(make_staff(role)).get(url(model, "change", model._default_manager.first().pk))
    assert saves(model, page.content.decode()) == (editable, editable)


def test_of_an_inspection_that_is_closed_the_note_is_still_written():
    faulty = answered(modified="fault")
    Inspection.objects.update(**faulty, conclusion="rectify", rectified_on=NOW.date())
    page = logged_in(make_staff("merchant_manager")).get(
        url(Inspection, "change", Inspection.objects.get().pk)
    )
    assert saves(Inspection, page.content.decode()) == (True, True)


def test_a_new_record_is_saved():
    client = logged_in(make_staff("merchant_manager"))
    page = client.get(reverse("admin:merchants_agentpoint_add"))
    assert saves(AgentPoint, page.content.decode()) == (True, True)
