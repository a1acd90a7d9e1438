"""A shop with a clerk, a claim and a file; uploads lie in a folder of the test's own, and no worker is there."""

import pytest

from ebikes.importing.tasks import read_upload
from tests.ebikes.files import valid_uscc
from tests.factories import AgentPointFactory, MerchantFactory, make_member, make_staff
from tests.laid import laid
from tests.subsidies.pages.site import logged_in, previewed_file, settled_claim


@laid
def shop():
    return MerchantFactory(name="湖墅车行", uscc=valid_uscc())


@laid
def point(shop):
    return AgentPointFactory(merchant=shop)


@pytest.fixture
def clerk(shop):
    return logged_in(make_member(shop))


@pytest.fixture
def staff():
    return logged_in(make_staff("officer"))


@pytest.fixture
def claim(shop):
    return settled_claim(shop)


@pytest.fixture
def batch(shop):
    return previewed_file(shop)


@pytest.fixture(autouse=True)
def ordered(monkeypatch, settings, tmp_path):
    """The batches that a worker was asked to read; no worker is there."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    batches = []
    monkeypatch.setattr(read_upload, "delay", batches.append)
    return batches


@pytest.fixture(autouse=True)
def _passwords_cost_nothing(settings):
    """A password's hash is slow on purpose; none here is worth it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
