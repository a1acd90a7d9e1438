"""The staff's home page in a browser: sound for everybody, with its picture and with nothing in it."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from core.audit.acting import acting
from ebikes.models import ImportBatch, LicensingHealth
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim
from tests.factories import NOW, UserFactory, local, make_claim, make_scheme


@pytest.fixture
def officer():
    return UserFactory(username="officer", is_staff=True, is_superuser=True)


@pytest.fixture
def scheme():
    """Money for three claims, somebody who waits, somebody refused, a file and a system that fails."""
    scheme = make_scheme(budget_fen=90_000, caps=(60_000, None, None))
    for day in ("2022-06-10", "2022-06-11", "2022-06-11", "2022-07-05", "2022-08-01"):
        make_claim(scheme, completed_at=local(f"{day} 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    make_claim(scheme, state="review")
    refused = make_claim(scheme, state="checking")
    with acting("test", by=None, now=timezone.now()):
        Claim.objects.filter(pk=refused.pk).update(state="refused", refusals=["no_plate"])
    ImportBatch.objects.create(kind="trade_ins", file_name="6月.csv", uploaded_at=NOW, state="preview")
    LicensingHealth.objects.create(
        system="yunshenling", state="closed", consecutive_failures=0, last_ok_at=NOW, seen_at=NOW
    )
    LicensingHealth.objects.create(system="exing", state="open", consecutive_failures=21, seen_at=NOW)
    return scheme


def test_before_any_scheme_the_home_page_is_for_everybody(desktop, enter, accessible, officer):
    enter(desktop, officer)
    desktop.goto(reverse("admin:index"))
    expect(desktop.get_by_text("目前没有补贴方案。")).to_be_visible()
    accessible(desktop)


def test_the_home_page_is_for_everybody_and_leads_to_what_waits(page, enter, accessible, officer, scheme):
    enter(page, officer)
    page.goto(reverse("admin:index"))
    expect(page.get_by_role("img", name="每天完成的申请")).to_be_visible()
    page.get_by_text("逐日数字").click()
    accessible(page)
    page.emulate_media(color_scheme="dark")
    page.reload()  # the admin's look asks once for light or dark
    accessible(page)
    page.get_by_role("listitem").filter(has_text="待人工复核").get_by_role("link").click()
    page.wait_for_url("**/work/?tab=review")
