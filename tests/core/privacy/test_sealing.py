"""Personal data at rest: sealed, unreadable once touched, found again only by whoever holds the key."""

import base64

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from core.keys.recognised import keys_given
from core.keys.ring import KeyRing
from core.privacy.masks import looks_personal, mask_id, mask_name, mask_phone, mask_wallet
from core.privacy.sealing import SealedField, UnreadableSecret, blind_index, seal, unseal
from ebikes.models import Owner, TradeIn
from tests.factories import OwnerFactory, TradeInFactory

SM4 = f"1:sm4:{base64.b64encode(b'k' * 16).decode()}"
AES = f"2:aes:{base64.b64encode(b'K' * 32).decode()}"
ID = "330105199001010011"


@pytest.fixture
def keys(settings):
    """Change the configured keys: `keys(FIELD_KEYS=…, INDEX_KEYS=…)`."""

    def change(**values):
        for name, value in values.items():
            setattr(settings, name, value)

    return change


# ------------------------------------------------------------------ sealing


@pytest.mark.parametrize("ring", [SM4, AES, f"{SM4},{AES}", f" {AES} , {SM4} "])
@pytest.mark.parametrize("text", [ID, "", "王小芳", "🚲" * 100])
def test_what_was_sealed_is_read_again(keys, ring, text):
    keys(FIELD_KEYS=ring)
    assert unseal(seal(text, context="owner.id_no"), context="owner.id_no") == text


@pytest.mark.parametrize("ring", [SM4, AES])
def test_a_sealed_value_shows_nothing_and_never_looks_the_same_twice(keys, ring):
    keys(FIELD_KEYS=ring)
    one, two = (seal(ID, context="owner.id_no") for _ in range(2))
    assert one != two
    assert ID.encode() not in one
    assert len(one) == 2 + 12 + len(ID) + 16


@pytest.mark.parametrize("ring", [SM4, AES])
def test_a_value_moved_to_another_field_is_unreadable(keys, ring):
    keys(FIELD_KEYS=ring)
    with pytest.raises(UnreadableSecret, match="changed"):
        unseal(seal(ID, context="owner.id_no"), context="owner.phone")


@pytest.mark.parametrize("ring", [SM4, AES])
def test_any_flipped_byte_makes_it_unreadable(keys, ring):
    keys(FIELD_KEYS=ring)
    sealed = seal(ID, context="x")
    for position in range(len(sealed)):
        touched = bytearray(sealed)
        touched[position] ^= 1
        with pytest.raises(UnreadableSecret):
            unseal(bytes(touched), context="x")


@pytest.mark.parametrize("ring", [SM4, AES])
def test_any_shortened_value_is_unreadable(keys, ring):
    keys(FIELD_KEYS=ring)
    sealed = seal(ID, context="x")
    for length in range(len(sealed)):
        with pytest.raises(UnreadableSecret):
            unseal(sealed[:length], context="x")


def test_after_a_rotation_the_old_key_opens_and_the_new_one_seals(keys):
    keys(FIELD_KEYS=SM4)
    old = seal(ID, context="x")
    keys(FIELD_KEYS=f"{AES},{SM4}")
    assert unseal(old, context="x") == ID
    assert (old[1], seal(ID, context="x")[1]) == (1, 2)


def test_a_value_whose_key_is_gone_is_unreadable(keys):
    keys(FIELD_KEYS=SM4)
    sealed = seal(ID, context="x")
    keys(FIELD_KEYS=AES)
    with pytest.raises(UnreadableSecret, match="no configured key"):
        unseal(sealed, context="x")


def test_another_key_under_the_same_id_opens_nothing(keys):
    keys(FIELD_KEYS=SM4)
    sealed = seal(ID, context="x")
    keys(FIELD_KEYS=f"1:sm4:{base64.b64encode(b'!' * 16).decode()}")
    with pytest.raises(UnreadableSecret, match="changed"):
        unseal(sealed, context="x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "1:sm4",
        "1:sm4:a:b",
        "one:sm4:a2tra2tra2tra2tra2traw==",
        "0:sm4:a2tra2tra2tra2tra2traw==",
        "256:sm4:a2tra2tra2tra2tra2traw==",
        "-1:sm4:a2tra2tra2tra2tra2traw==",
        "1:des:a2tra2tra2tra2tra2traw==",
        "1:sm4:not base64",
        "1:sm4:a2s=",
        "1:aes:a2tra2tra2tra2tra2traw==",
        f"{SM4},{SM4}",
    ],
)
def test_malformed_keys_are_refused_in_one_sentence_without_showing_them(text):
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS") as refusal:
        KeyRing.parse(text)
    assert "a2tr" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


# ------------------------------------------------------------------ the blind index


def test_the_index_of_one_value_is_always_the_same():
    assert blind_index(ID, context="id_no") == blind_index(ID, context="id_no")
    assert len(blind_index(ID, context="id_no")) == 16


def test_values_and_contexts_are_kept_apart():
    indexes = {
        blind_index("a", context="id_no"),
        blind_index("b", context="id_no"),
        blind_index("a", context="phone"),
        blind_index("", context="id_noa"),
        blind_index("id_noa", context=""),
    }
    assert len(indexes) == 5


def test_without_the_key_the_index_cannot_be_recomputed(keys):
    before = blind_index(ID, context="id_no")
    keys(INDEX_KEYS=f"1:{base64.b64encode(b'another key, 32 bytes long, yes.').decode()}")
    assert blind_index(ID, context="id_no") != before


# ------------------------------------------------------------------ in the database


@pytest.mark.django_db
def test_the_columns_hold_no_plain_text():
    trade_in = TradeInFactory(wallet_no="0021234567890123", owner=OwnerFactory(id_no=ID))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.phone, t.wallet_no, o.id_no FROM ebikes_tradein t"
            " JOIN ebikes_owner o ON o.id = t.owner_id WHERE t.id = %s",
            [trade_in.pk],
        )
        raw = b"".join(bytes(column) for column in cursor.fetchone())
        cursor.execute(
            "SELECT t::text || o::text FROM ebikes_tradein t JOIN ebikes_owner o ON o.id = t.owner_id"
        )
        everything = cursor.fetchone()[0]
    for secret in (trade_in.phone.removeprefix("+86"), "0021234567890123", ID):
        assert secret.encode() not in raw
        assert secret not in everything
        assert secret.encode().hex() not in everything


@pytest.mark.django_db
def test_the_field_reads_back_what_was_saved():
    trade_in = TradeInFactory(wallet_no="0021234567890123")
    again = TradeIn.objects.get(pk=trade_in.pk)
    assert (again.phone, again.wallet_no) == (trade_in.phone, "0021234567890123")


@pytest.mark.django_db
def test_an_empty_field_stays_empty():
    assert TradeIn.objects.get(pk=TradeInFactory(phone=None).pk).phone is None


@pytest.mark.django_db
def test_a_value_copied_into_another_column_is_unreadable():
    trade_in = TradeInFactory(wallet_no="0021234567890123")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ebikes_tradein SET phone = wallet_no")
    copied = TradeIn.objects.get(pk=trade_in.pk)
    with pytest.raises(UnreadableSecret):
        copied.phone  # noqa: B018 - it is opened when it is looked at


@pytest.mark.django_db
def test_a_value_copied_from_another_record_is_unreadable():
    """An insider who can write any bytes to the database has another's payout sent to his own wallet."""
    his, hers = TradeInFactory(wallet_no="0021234567890123"), TradeInFactory(wallet_no="0029999999999999")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ebikes_tradein t SET wallet_no = o.wallet_no, wallet_index = o.wallet_index FROM ebikes_tradein o"
            " WHERE o.id = %s AND t.id = %s",
            [his.pk, hers.pk],
        )
    with pytest.raises(UnreadableSecret):
        TradeIn.objects.get(pk=hers.pk).wallet_no  # noqa: B018


@pytest.mark.django_db
def test_what_is_not_looked_at_is_written_back_as_it_was():
    trade_in = TradeIn.objects.get(pk=TradeInFactory(wallet_no="0021234567890123").pk)
    before = bytes(TradeIn.objects.values_list("wallet_no", flat=True).get(pk=trade_in.pk))
    trade_in.save()
    assert bytes(TradeIn.objects.values_list("wallet_no", flat=True).get(pk=trade_in.pk)) == before


@pytest.mark.django_db
def test_a_sealed_value_is_not_written_without_its_row():
    with pytest.raises(TypeError, match="save the row"):
        TradeIn.objects.update(wallet_no="0021234567890123")


def test_a_field_bound_to_an_id_that_comes_too_late_is_found_before_it_loses_anything():
    class Late(models.Model):  # noqa: DJ008
        secret = SealedField()

        class Meta:
            app_label = "core"
            managed = False

    try:
        (found,) = Late._meta.get_field("secret").check()
        assert found.id == "keys.E001"
    finally:
        del apps.all_models["core"]["late"]


@pytest.mark.django_db
def test_a_person_in_print_is_masked():
    owner = Owner.objects.get(pk=OwnerFactory(id_no=ID, name="王小芳").pk)
    assert str(owner) == "王** 330105********0011"


# ------------------------------------------------------------------ masks


def test_masks_look_as_people_expect():
    assert mask_id(ID) == "330105********0011"
    assert mask_id("H1234567890") == "*******7890"
    assert mask_id("E1234567") == "********"
    assert mask_phone("+8613812345678") == "138****5678"
    assert mask_wallet("0021234567890123") == "****0123"
    assert [mask_name(name) for name in ("王小芳", "李雷", "王", "")] == ["王**", "李*", "王*", ""]


# Private-use characters stand for the secret ones, so that a star is never mistaken for them.
SECRETS = st.text(st.characters(min_codepoint=0xE000, max_codepoint=0xE0FF), max_size=40)


def shown(mask, text):
    return sum(char != "*" for char in mask(text))


@given(SECRETS)
def test_a_mask_that_shows_anything_hides_at_least_four_characters(text):
    for mask, most in ((mask_id, 10), (mask_phone, 7), (mask_wallet, 4)):
        assert shown(mask, text) <= min(most, max(0, len(text) - 4))


@given(SECRETS)
def test_of_a_name_only_the_first_character_is_shown(text):
    assert shown(mask_name, text) <= 1


@pytest.mark.parametrize(
    "key",
    [
        "",
        "1:change-me",
        "1:AAAA",
        f"1:{base64.b64encode(bytes(31)).decode()}",
        base64.b64encode(bytes(32)).decode(),
    ],
)
def test_an_index_key_that_is_none_stops_the_start(keys, key):
    keys(INDEX_KEYS=key)

    with pytest.raises(ImproperlyConfigured, match="INDEX_KEYS"):
        list(keys_given())


@pytest.mark.parametrize(
    "text",
    ["33010519900101001X", "330105 19900101 001x", "13912345678", "+86 139-1234-5678", "0571 和 13912345678"],
)
def test_a_number_of_a_person_is_recognised_however_it_is_written(text):
    assert looks_personal(text)
    assert looks_personal("".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "湖墅",
        "91330105MA27XY1H0K",
        "913301050000000012",
        "TH202213912345678",
        "123422200007788",
        "12345678901",
    ],
)
def test_other_numbers_are_no_persons(text):
    assert not looks_personal(text)
