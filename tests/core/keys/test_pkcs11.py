"""Keys behind a software token: what the settings hold opens nothing without it, and everything works with it."""

import importlib.util
import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from core.keys import pkcs11 as adapter
from core.keys.pkcs11 import KEYS, unwrapped, wrapped
from core.privacy.sealing import blind_index, seal, unseal
from core.signing import public_key, sign, verify

PLACES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so")
MODULE = next((place for place in PLACES if Path(place).exists()), "")
MISSING = "SoftHSM is not installed here: apt-get install softhsm2"
pytestmark = [
    pytest.mark.skipif(not MODULE or not shutil.which("softhsm2-util"), reason=MISSING),
    pytest.mark.skipif(not importlib.util.find_spec("pkcs11"), reason="python-pkcs11 is not installed here"),
]  # fmt: skip
PIN = secrets.token_hex(4)


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    """A software token with an AES key that cannot be taken out of it."""
    import pkcs11  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "conf").write_text(
        f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    before, os.environ["SOFTHSM2_CONF"] = os.environ.get("SOFTHSM2_CONF"), str(folder / "conf")
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "tried", "--pin", PIN, "--so-pin", PIN],  # noqa: S607
        check=True, capture_output=True,
    )  # fmt: skip
    with pkcs11.lib(MODULE).get_token(token_label="tried").open(user_pin=PIN, rw=True) as session:
        session.generate_key(
            pkcs11.KeyType.AES, 256, label="keys", store=True,
            template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
        )  # fmt: skip
    yield
    if before is None:
        del os.environ["SOFTHSM2_CONF"]


@pytest.fixture
def with_token(token, settings):
    settings.PKCS11_MODULE, settings.PKCS11_TOKEN, settings.PKCS11_PIN, settings.PKCS11_KEY = (
        MODULE,
        "tried",
        PIN,
        "keys",
    )
    adapter._opened.cache_clear()
    return settings


def test_sealing_finding_and_signing_go_on_behind_the_token(with_token):
    sealed, index, head = (
        seal("13900000001", context="x"),
        blind_index("13900000001", context="phone"),
        public_key("heads"),
    )
    for name in KEYS:
        setattr(with_token, name, wrapped(name, getattr(with_token, name)))
    with_token.KEY_PROVIDER = "core.keys.pkcs11.unwrapped"
    assert unseal(sealed, context="x") == "13900000001"
    assert blind_index("13900000001", context="phone") == index
    assert verify(b"a head", sign(b"a head", purpose="heads"), head)


def test_what_the_settings_hold_is_no_key(with_token):
    text = wrapped("NUMBER_KEY", "the key itself")
    assert text.startswith("wrapped:")
    assert "the key itself" not in text
    assert text != wrapped("NUMBER_KEY", "the key itself")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PKCS11_PIN", "0000000", "cannot be used"),
        ("PKCS11_TOKEN", "another", "another cannot be used"),
        ("PKCS11_KEY", "another", "cannot be used"),
        ("PKCS11_MODULE", "/nowhere.so", "cannot be used"),
        ("NUMBER_KEY", "wrapped:AAAA", "NUMBER_KEY cannot be opened"),
        ("NUMBER_KEY", "in the clear", "not wrapped"),
    ],
)
def test_without_the_right_token_one_sentence_says_what_is_wrong(with_token, name, value, said):
    with_token.NUMBER_KEY = wrapped("NUMBER_KEY", "x")
    setattr(with_token, name, value)
    with pytest.raises(ImproperlyConfigured, match=said) as refused:
        unwrapped("NUMBER_KEY")
    assert PIN not in str(refused.value)


def test_one_setting_s_key_does_not_open_as_another_s(with_token):
    with_token.NUMBER_KEY = wrapped("INDEX_KEYS", "x")
    with pytest.raises(ImproperlyConfigured, match="cannot be opened"):
        unwrapped("NUMBER_KEY")


def test_the_command_writes_what_belongs_into_the_settings(with_token, capsys):
    call_command("wrap_keys")
    lines = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert set(lines) == set(KEYS)
    before = with_token.NUMBER_KEY
    with_token.NUMBER_KEY = lines["NUMBER_KEY"]
    assert unwrapped("NUMBER_KEY") == before
