"""SM2 signatures: the standard's own example, what was changed is found, other programs agree."""

import shutil
import subprocess

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from core.signing import public_key, public_pem, sign, verify
from core.signing.sm2 import new_key

# GB/T 32918.5-2017, annex A.2: "message digest", signed by the default id 1234567812345678.
PRIVATE = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
PUBLIC = (
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
SIGNATURE = (
    "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


@pytest.fixture
def standard_key(settings):
    settings.SIGNING_KEYS = f"heads:{PRIVATE}:{PUBLIC}"


def test_the_example_of_the_standard_is_verified():
    assert verify(b"message digest", SIGNATURE, PUBLIC)


def test_the_key_of_the_standard_signs(standard_key):
    assert public_key("heads") == PUBLIC
    assert verify(b"a head", sign(b"a head", purpose="heads"), PUBLIC)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_only_what_was_signed_is_verified(message, other):
    signature = sign(message, purpose="heads")
    assert verify(other, signature, public_key("heads")) is (message == other)


def test_each_purpose_has_a_key_of_its_own():
    signature = sign(b"a head", purpose="heads")
    assert not verify(b"a head", signature, public_key("operator"))


@pytest.mark.parametrize("signature", ["", "zz", "00", SIGNATURE[:-2], SIGNATURE + "00", "3006020100020100"])
def test_what_is_no_signature_is_not_believed(signature):
    assert verify(b"message digest", signature, PUBLIC) is False


@pytest.mark.parametrize("key", ["", "zz", "04" + "11" * 64, PUBLIC[2:], PUBLIC[:-2]])
def test_what_is_no_key_verifies_nothing(key):
    assert verify(b"message digest", SIGNATURE, key) is False


@pytest.mark.parametrize(
    "keys",
    [
        "heads",
        f"heads:{PRIVATE}",
        f"heads:{PRIVATE[:-2]}:{PUBLIC}",
        f"heads:{PRIVATE}:{'04' + '11' * 64}",
        f"heads:{PRIVATE}:{new_key('heads').split(':')[2]}",
        f"heads:{PRIVATE}:{PUBLIC},heads:{PRIVATE}:{PUBLIC}",
        f"heads:{'00' * 32}:{PUBLIC}",
    ],
    ids=["one word", "no public half", "too short", "no point", "another's half", "twice", "nought"],
)
def test_keys_that_cannot_be_used_say_so_and_not_what_they_are(settings, keys):
    settings.SIGNING_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="SIGNING_KEYS") as refused:
        sign(b"a head", purpose="heads")
    assert PRIVATE not in str(refused.value)


def test_a_purpose_without_a_key_says_so(standard_key):
    with pytest.raises(ImproperlyConfigured, match="operator"):
        sign(b"an order", purpose="operator")


def openssl_verifies(folder, message: bytes, signature: str, public: str) -> bool:
    for name, content in {
        "key.pem": public_pem(public).encode(),
        "message": message,
        "signature": bytes.fromhex(signature),
    }.items():
        (folder / name).write_bytes(content)
    return not subprocess.run(
        [
            *("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-digest", "sm3"),
            *("-pkeyopt", "distid:1234567812345678", "-in", "message", "-sigfile", "signature"),
        ],
        cwd=folder,
        check=False,
        capture_output=True,
    ).returncode


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed here")
def test_another_program_agrees(tmp_path):
    signature = sign(b"a head", purpose="heads")
    assert openssl_verifies(tmp_path, b"a head", signature, public_key("heads"))
    assert not openssl_verifies(tmp_path, b"another", signature, public_key("heads"))
