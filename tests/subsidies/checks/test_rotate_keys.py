"""Keys rotate: afterwards the first key opens what can be rewritten, and everything still reads as before."""

import base64
import os

import pytest
from django.core.management import call_command
from django.db import connection

from core.privacy.sealing import key_ring
from ebikes.models import Owner, TradeIn
from tests.factories import TradeInFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def put_a_new_key_in_front(settings):
    def put() -> None:
        settings.FIELD_KEYS = f"9:aes:{base64.b64encode(os.urandom(32)).decode()},{settings.FIELD_KEYS}"
        key_ring.cache_clear()

    yield put
    key_ring.cache_clear()


def sealed_by(table: str, column: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT get_byte({column}, 0) FROM {table} WHERE {column} IS NOT NULL")
        return {key for (key,) in cursor.fetchall()}


def test_after_a_rotation_the_new_key_seals_everything_and_nothing_is_lost(put_a_new_key_in_front, capsys):
    trade_ins = [TradeInFactory(phone=f"+861380000000{n}", wallet_no=None) for n in range(3)]
    numbers = sorted(Owner.objects.values_list("id_no", flat=True))
    assert 9 not in sealed_by("ebikes_owner", "id_no") | sealed_by("ebikes_tradein", "phone")
    put_a_new_key_in_front()

    call_command("rotate_keys")

    assert sealed_by("ebikes_owner", "id_no") == sealed_by("ebikes_tradein", "phone") == {9}
    assert sorted(Owner.objects.values_list("id_no", flat=True)) == numbers
    assert {t.phone for t in TradeIn.objects.all()} == {t.phone for t in trade_ins}


def test_a_second_rotation_has_nothing_to_do(put_a_new_key_in_front, capsys):
    TradeInFactory()
    put_a_new_key_in_front()
    call_command("rotate_keys")
    capsys.readouterr()

    call_command("rotate_keys")

    assert "重新加密 1 项" not in capsys.readouterr().out
