"""Somebody changed sealed bytes: pages go on and say which value it is, nothing is changed, and the log has the alarm."""

import pytest
from django.db import connection

from core.privacy.masks import mask_id, mask_name
from core.privacy.sealing import UnreadableSecret
from core.privacy.unreadable import Unreadable, showing
from ebikes.models import Owner
from tests.admin.district import logged_in, url
from tests.console import tamper
from tests.factories import OwnerFactory, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken():
    owner = OwnerFactory()
    tamper("UPDATE ebikes_owner SET id_no = decode(repeat('01', 60), 'hex') WHERE id = %s", owner.pk)
    return Owner.objects.get(pk=owner.pk)


def test_a_page_with_a_value_that_does_not_open_is_shown_with_a_word_in_its_place(broken, caplog):
    page = logged_in(make_staff("officer")).get(url(Owner, "change", broken.pk))
    assert page.status_code == 200
    assert "无法解密" in page.content.decode()
    assert f"alarm: ebikes.owner.id_no of row {broken.pk} does not open" in caplog.text


def test_what_is_not_only_shown_stops_there(broken):
    with pytest.raises(UnreadableSecret):
        _ = broken.id_no
    with showing():
        assert broken.id_no == mask_id(broken.id_no) == "无法解密"
    assert mask_name(Unreadable("无法解密")) == "无法解密"


def test_the_word_is_never_saved(broken):
    before = bytes(_kept(broken))
    with showing():
        assert broken.id_no
    broken.name = "王大芳"
    broken.save()
    assert bytes(_kept(broken)) == before


def _kept(owner):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_no FROM ebikes_owner WHERE id = %s", [owner.pk])
        return cursor.fetchone()[0]
