"""The index key changes: whoever was found before is found after, by the new key alone, and nobody is made two."""

import base64
import os

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from core.keys import recognised
from core.keys.recognised import WrongKey, refuse_wrong_keys
from core.models import KnownKey
from core.privacy.sealing import UnreadableSecret, blind_index
from ebikes.models import LicensingAnswer, Owner, TradeIn
from ebikes.records.persons import number_index
from subsidies.claims.services.change_payee import change_payee
from subsidies.indexes.rebuild import FOLLOWING, TABLES, rebuild
from subsidies.models import PayeeChange, PayeeCheck, PayoutLine
from subsidies.payouts.services.payouts import make_payouts
from tests.console import tamper
from tests.factories import NOW, FiledBikeFactory, OwnerFactory, UserFactory, make_answer

pytestmark = pytest.mark.django_db
PHONE, WALLET = "13900000001", "0021234567890124"


@pytest.fixture(autouse=True)
def known(monkeypatch):
    tamper("DELETE FROM core_knownkey")
    refuse_wrong_keys(connection)
    monkeypatch.setattr(recognised, "_REBUILDS", False)


@pytest.fixture
def new_key(settings):
    def put():
        settings.INDEX_KEYS = f"2:{base64.b64encode(os.urandom(32)).decode()},{settings.INDEX_KEYS}"

    return put


@pytest.fixture
def world(approved, maker):
    """One changed his payee, the other is in an order; answers about both of them, and about a stranger."""
    one, other = approved.claims.order_by("pk")
    change_payee(claim=one, cells={"wallet_no": WALLET}, by=UserFactory(), now=NOW)
    make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW)
    FiledBikeFactory(phone="+86" + PHONE, phone_index=blind_index("+86" + PHONE, context="phone"))
    for claim in (one, other):
        make_answer(claim.trade_in, "exing", status="已注销")
    answer = make_answer(other.trade_in, "yunshenling", status="x")
    LicensingAnswer.objects.bulk_create(
        [
            answer.__class__(
                trade_in=other.trade_in,
                system="exing",
                outcome="found",
                holder_index=number_index("110105194912310021"),
                raw="{}",
                request_id="stranger",
                answered_at=NOW,
                adapter_version="test",
            )
        ]
    )
    PayeeCheck.objects.create(
        claim=other,
        payee_index=other.trade_in.phone_index,
        payee_digest=b"x",
        result="match",
        request_id="r",
        at=NOW,
    )
    return approved


def versions(model, column):
    rows = model.objects.filter(**{f"{column}__isnull": False}).values_list(column, flat=True)
    return {bytes(each)[0] for each in rows}


def test_everybody_is_found_by_the_new_key_and_by_no_other(world, new_key, capsys):
    numbers = {owner.pk: owner.id_no for owner in Owner.objects.all()}
    new_key()
    call_command("rebuild_indexes")
    for pk, number in numbers.items():
        assert Owner.objects.get(number_index=number_index(number)).pk == pk
    assert PayeeChange.objects.get(wallet_index=blind_index(WALLET, context="wallet_no"))
    for table in TABLES:
        for column in INDEXES:
            if any(field.name == column for field in table.model._meta.concrete_fields):
                assert versions(table.model, column) <= {2}, (table.model, column)
    assert [
        KnownKey.objects.get(in_force=True).number,
        versions(PayoutLine, "payee_index"),
    ] == [2, {2}]
    for answer in LicensingAnswer.objects.exclude(request_id="stranger").select_related("trade_in__owner"):
        assert bytes(answer.holder_index) == bytes(answer.trade_in.owner.number_index)
    check = PayeeCheck.objects.select_related("claim__trade_in").get()
    assert bytes(check.payee_index) == bytes(check.claim.trade_in.phone_index)
    assert "重算" in capsys.readouterr().out


def test_done_twice_it_has_nothing_to_do(world, new_key, capsys):
    new_key()
    call_command("rebuild_indexes")
    before = list(Owner.objects.order_by("pk").values_list("id_index", flat=True))
    call_command("rebuild_indexes")
    assert list(Owner.objects.order_by("pk").values_list("id_index", flat=True)) == before
    assert "没有要做的事" in capsys.readouterr().out


def test_afterwards_the_old_key_alone_is_refused_and_may_go(world, new_key, settings, monkeypatch):
    old = settings.INDEX_KEYS
    new_key()
    call_command("rebuild_indexes")
    monkeypatch.setattr(recognised, "_REBUILDS", False)
    refuse_wrong_keys(connection)
    new, settings.INDEX_KEYS = settings.INDEX_KEYS, old
    with pytest.raises(WrongKey, match="2 号"):
        refuse_wrong_keys(connection)
    with pytest.raises(IntegrityError, match="another index key than version 2"), transaction.atomic():
        OwnerFactory()
    settings.INDEX_KEYS = new.split(",")[0]
    refuse_wrong_keys(connection)


def test_what_cannot_be_read_leaves_everything_as_it_was(world, new_key):
    tamper(
        "UPDATE ebikes_tradein SET phone = set_byte(phone, 20, 255 - get_byte(phone, 20)) WHERE id = %s",
        TradeIn.objects.latest("pk").pk,
    )
    new_key()
    with pytest.raises(UnreadableSecret):
        list(rebuild(now=NOW))
    assert versions(Owner, "id_index") == {1}
    assert KnownKey.objects.get(in_force=True).number == 1


def test_no_index_is_forgotten():
    known = {(each.model, name) for each in TABLES for name in INDEXES} | set(FOLLOWING)
    every = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField)
        and field.name.endswith("_index")
        and field.name != "content_index"
    }
    assert every - known == set()


INDEXES = (
    "id_index",
    "number_index",
    "name_index",
    "phone_index",
    "wallet_index",
    "payee_index",
    "value_index",
)
