"""Passkeys stand beside codes: made, shown, taken away, and believed only when everything about them is right."""

import hashlib
import json
import re

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from core.models import AuditEntry, Passkey, SecondFactor
from tests.console import tamper
from tests.core.accounts.conftest import PASSWORD, logged_in, with_password
from tests.core.accounts.test_two_factor import ENROL, Device, code_of, secret_on
from tests.factories import NOW, MerchantFactory, make_member, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SITE = "subsidy.example.org"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
WRONG = "通行密钥没有通过验证"


@pytest.fixture(autouse=True)
def _two_factors(settings):
    settings.STAFF_TWO_FACTOR = settings.OWNER_TWO_FACTOR = True
    settings.PASSKEY_DOMAIN, settings.PASSKEY_ORIGINS = SITE, [f"https://{SITE}"]


@pytest.fixture
def officer():
    return with_password(make_staff("officer"))


class Authenticator:
    """A phone that has one key; what it says of itself can be made wrong."""

    def __init__(self):
        self.key, self.id, self.counter = ec.generate_private_key(ec.SECP256R1()), b"k" * 32, 0

    def made(self, asked, **wrong):
        data = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        said = self._data(wrong, ATTESTED, data)
        client = self._client("webauthn.create", asked, wrong)
        return self._answer(
            clientDataJSON=client, attestationObject=bytes(AttestationObject.create("none", said, {}))
        )

    def shown(self, asked, *, counts=1, **wrong):
        self.counter += counts
        said, client = self._data(wrong), self._client("webauthn.get", asked, wrong)
        signed = bytes(said) + hashlib.sha256(client).digest()
        key = wrong.get("key", self.key)
        signature = key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=bytes(said), signature=signature)

    def _data(self, wrong, more=0, attested=b""):
        domain = hashlib.sha256(wrong.get("domain", SITE).encode()).digest()
        return AuthenticatorData.create(
            domain, wrong.get("flags", PRESENT | VERIFIED) | more, self.counter, attested
        )

    def _client(self, kind, asked, wrong):
        origin = wrong.get("origin", f"https://{SITE}")
        said = {
            "type": wrong.get("type", kind),
            "challenge": wrong.get("challenge", asked),
            "origin": origin,
        }
        return json.dumps(said).encode()

    def _answer(self, **response):
        packed = {name: websafe_encode(value) for name, value in response.items()}
        return {
            "id": websafe_encode(self.id),
            "rawId": websafe_encode(self.id),
            "type": "public-key",
            "response": packed,
        }


def question(page):
    found = re.search(r'data-question="([^"]*)"', page.content.decode())
    return json.loads(found.group(1).replace("&quot;", '"'))["challenge"]


def make(client, authenticator, *, page=ENROL, **more):
    asked = question(client.get(page))
    wrong = {name: more.pop(name) for name in list(more) if name in WRONGS}
    answer = authenticator.made(asked, **wrong)
    form = {"name": "我的手机", "answer": json.dumps(answer), **more}
    return client.post(reverse("passkey-make"), form, follow=True)


def show(client, authenticator, **more):
    answer = authenticator.shown(question(client.get(reverse("second-factor"))), **more)
    return client.post(reverse("passkey-show"), {"answer": json.dumps(answer)}, follow=True)


WRONGS = {
    "flags": PRESENT,  # the authenticator did not ask who it is
    "origin": "https://subsidy.example.org.evil.example",
    "domain": "evil.example",
    "type": "webauthn.other",
    "challenge": websafe_encode(b"x" * 32),
}


def is_inside(client):
    return client.get("/imports/").status_code == 200


@pytest.fixture
def enrolled(officer):
    """The officer's phone, with which the first passkey was made."""
    phone, client = Authenticator(), logged_in(officer)
    make(client, phone)
    assert is_inside(client)
    return phone


# ------------------------------------------------------------------ the first one


def test_a_passkey_can_be_the_second_factor_alone(officer, enrolled):
    assert (Passkey.objects.get().user, Passkey.objects.get().name) == (officer, "我的手机")
    assert not is_inside(logged_in(officer))


def test_the_owner_of_a_shop_makes_one_too(settings):
    owner = make_member(MerchantFactory(), "owner")
    client = logged_in(owner)
    make(client, Authenticator())
    assert client.get("/portal/").status_code == 200


@pytest.mark.parametrize("wrong", WRONGS)
def test_of_one_that_is_not_right_in_everything_none_is_made(officer, wrong):
    client = logged_in(officer)
    page = make(client, Authenticator(), **{wrong: WRONGS[wrong]})
    assert "通行密钥没有添加" in page.content.decode()
    assert not Passkey.objects.exists()
    assert not is_inside(client)


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"response": {}}', "[" * 5000, '{"id": 1, "rawId": []}']
)
def test_nonsense_makes_none_and_shows_nothing(officer, enrolled, answer):
    stranger = logged_in(make_staff("reviewer"))
    stranger.get(ENROL)
    assert stranger.post(reverse("passkey-make"), {"name": "x", "answer": answer}).status_code == 302
    client = logged_in(officer)
    client.get(reverse("second-factor"))
    assert client.post(reverse("passkey-show"), {"answer": answer}).status_code == 302
    assert Passkey.objects.count() == 1
    assert not is_inside(client)


# ------------------------------------------------------------------ showing one


def test_after_the_password_the_passkey_opens(officer, enrolled):
    client = Client()
    client.post("/login/", {"username": officer.username, "password": PASSWORD})
    assert not is_inside(client)
    show(client, enrolled)
    assert is_inside(client)
    assert AuditEntry.objects.filter(action="login", by=officer, detail__step="passkey").exists()
    assert "device" in client.cookies


@pytest.mark.parametrize("wrong", WRONGS)
def test_one_that_is_not_right_in_everything_opens_nothing(officer, enrolled, wrong):
    client = logged_in(officer)
    assert WRONG in show(client, enrolled, **{wrong: WRONGS[wrong]}).content.decode()
    assert not is_inside(client)


def test_another_key_under_the_same_name_opens_nothing(officer, enrolled):
    client = logged_in(officer)
    show(client, enrolled, key=ec.generate_private_key(ec.SECP256R1()))
    assert not is_inside(client)


def test_an_answer_is_good_once(officer, enrolled):
    client, other = logged_in(officer), logged_in(officer)
    answer = json.dumps(enrolled.shown(question(client.get(reverse("second-factor")))))
    other.get(reverse("second-factor"))
    for each in (other, client):
        each.post(reverse("passkey-show"), {"answer": answer})
    assert [is_inside(each) for each in (other, client)] == [False, True]
    client.post("/logout/")
    again = logged_in(officer)
    again.post(reverse("passkey-show"), {"answer": answer})
    assert not is_inside(again)


def test_a_counter_that_does_not_grow_gives_a_copy_away(officer, enrolled):
    show(logged_in(officer), enrolled, counts=7)
    client = logged_in(officer)
    show(client, enrolled, counts=0)
    assert not is_inside(client)
    assert AuditEntry.objects.filter(action="login_failed", detail__copied=True).exists()


def test_an_authenticator_that_does_not_count_is_taken(officer, enrolled):
    for _ in range(2):
        client = logged_in(officer)
        show(client, enrolled, counts=0)
        assert is_inside(client)


def test_somebody_elses_passkey_opens_nothing(officer, enrolled):
    other = make_staff("reviewer")
    mine = Authenticator()
    mine.id = b"m" * 32
    make(logged_in(other), mine)
    client = logged_in(other)
    show(client, enrolled)
    assert not is_inside(client)


def test_a_passkey_that_is_laid_beside_another_name_opens_nothing(officer, enrolled):
    """As the owner of the tables could."""
    other, mine = make_staff("reviewer"), Authenticator()
    mine.id = b"m" * 32
    make(logged_in(other), mine)
    tamper("UPDATE core_passkey SET user_id = %s WHERE user_id = %s", officer.pk, other.pk)
    client = logged_in(officer)
    show(client, mine)
    assert not is_inside(client)
    show(client, enrolled)
    assert is_inside(client)


def test_five_wrong_ones_lock_and_the_right_one_waits(officer, enrolled):
    client = logged_in(officer)
    for _ in range(5):
        show(client, enrolled, flags=PRESENT)
    assert "连续未通过，请 30 分钟后再试" in show(client, enrolled).content.decode()
    assert not is_inside(client)


# ------------------------------------------------------------------ the password alone adds none


def test_with_the_password_alone_nobody_adds_a_factor_beside_one_that_is_there(officer, enrolled):
    thief = logged_in(officer)
    assert thief.get(ENROL).headers["Location"] == reverse("second-factor")
    assert thief.post(ENROL, {"code": "123456"}).headers["Location"] == reverse("second-factor")
    assert "second_factor_pending" not in thief.session
    second = Authenticator()
    second.id = b"t" * 32
    form = {"name": "x", "password": PASSWORD, "answer": json.dumps(second.made(websafe_encode(b"x" * 32)))}
    thief.post(reverse("passkey-make"), form)
    assert thief.get(reverse("passkeys")).status_code == 302
    assert (Passkey.objects.count(), SecondFactor.objects.count()) == (1, 0)
    assert not is_inside(thief)


def test_with_codes_set_up_likewise(officer):
    Device(officer)
    thief = logged_in(officer)
    thief.post(reverse("passkey-make"), {"name": "x", "password": PASSWORD, "answer": "{}"})
    assert not Passkey.objects.exists()


def test_who_has_shown_it_adds_a_second_with_the_password_and_codes_beside(officer, enrolled):
    client, second = logged_in(officer), Authenticator()
    second.id = b"s" * 32
    show(client, enrolled)
    for password, count in (("wrong", 1), (PASSWORD, 2)):
        make(client, second, page=reverse("passkeys"), name="安全钥匙", password=password)
        assert Passkey.objects.count() == count
    assert is_inside(client)
    secret = secret_on(client.get(ENROL))
    client.post(ENROL, {"code": code_of(secret)})
    assert SecondFactor.objects.filter(user=officer).exists()


# ------------------------------------------------------------------ taking one away


def test_one_is_taken_away_with_the_password_and_opens_no_more(officer, enrolled):
    client, second = logged_in(officer), Authenticator()
    second.id = b"s" * 32
    show(client, enrolled)
    make(client, second, page=reverse("passkeys"), password=PASSWORD)
    first = Passkey.objects.order_by("pk").first()
    url = reverse("passkey-remove", args=[first.pk])
    client.post(url, {"password": "wrong"})
    assert Passkey.objects.count() == 2
    client.post(url, {"password": PASSWORD})
    assert Passkey.objects.get().credential_id == second.id
    assert is_inside(client)
    other = logged_in(officer)
    show(other, enrolled)
    assert not is_inside(other)


def test_the_last_factor_is_not_taken_away(officer, enrolled):
    client = logged_in(officer)
    show(client, enrolled)
    page = client.post(
        reverse("passkey-remove", args=[Passkey.objects.get().pk]), {"password": PASSWORD}, follow=True
    )
    assert "唯一的第二步验证" in page.content.decode()
    assert Passkey.objects.exists()


def test_nobody_takes_somebody_elses_away(officer, enrolled):
    other = with_password(make_staff("reviewer"))
    client = Device(other).client
    url = reverse("passkey-remove", args=[Passkey.objects.get().pk])
    client.post(url, {"password": PASSWORD})
    assert Passkey.objects.exists()


def test_clerks_find_nothing_there():
    client = logged_in(make_member(MerchantFactory(), "clerk"))
    for name in ("passkeys", "passkey-make", "passkey-show"):
        method = client.get if name == "passkeys" else client.post
        assert method(reverse(name)).status_code == 404


@pytest.mark.parametrize("origin", ["http://localhost:8123", "http://localhost"])
def test_on_a_local_machine_any_port_of_it_will_do(officer, settings, origin):
    settings.PASSKEY_DOMAIN, settings.PASSKEY_ORIGINS = "localhost", []
    make(logged_in(officer), Authenticator(), domain="localhost", origin=origin)
    assert Passkey.objects.get().made_at == NOW
