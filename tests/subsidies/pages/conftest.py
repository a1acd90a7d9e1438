"""A shop with a clerk, a claim and a file; uploads lie in a folder of the test's own, and no worker is there."""

import pytest

from ebikes.importing.tasks import read_upload
from ebikes.models import ImportBatch
from subsidies.allocation.services.allocate import allocate
from tests.ebikes.files import valid_uscc
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    make_claim,
    make_member,
    make_scheme,
    make_staff,
)
from tests.subsidies.pages.site import ID_NO, NAME, PHONE, checked, logged_in, trade_in_of


@pytest.fixture
def shop():
    return MerchantFactory(name="湖墅车行", uscc=valid_uscc())


@pytest.fixture
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
    """A settled claim of the shop, with evidence, whose owner is easily recognised."""
    scheme = make_scheme()
    claim = make_claim(scheme, trade_in=trade_in_of(shop, id_no=ID_NO, owner_name=NAME, phone=PHONE))
    checked(claim)
    allocate(scheme=scheme, now=NOW)
    claim.refresh_from_db()
    return claim


@pytest.fixture
def batch(shop):
    return ImportBatch.objects.create(
        kind="trade_ins", state="preview", file_name="6月.csv", uploaded_at=NOW, merchant=shop
    )


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
