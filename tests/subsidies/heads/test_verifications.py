"""The whole proof at the press of a button: run once, by a worker; what it found stays, and stands on the home page."""

import pytest
from django.urls import reverse

from subsidies.heads import tasks
from subsidies.heads.services.verify import begin_verification
from subsidies.models import LedgerEntry, Verification
from tests.admin.district import logged_in
from tests.console import refused, tamper
from tests.factories import NOW, make_scheme, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def auditor():
    return make_staff("auditor")


@laid
def client(auditor):
    return logged_in(auditor)


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """The runs that workers were sent a message about; nobody is at work."""
    sent = []
    monkeypatch.setattr(tasks.verify_everything, "delay", sent.append)
    return sent


def press(client):
    client.post(reverse("staff-verifications"))
    return Verification.objects.first()


def page(client):
    return client.get(reverse("staff-verifications")).content.decode()


def test_a_run_that_finds_nothing_says_so_on_both_pages(client, auditor, asked):
    make_scheme()
    assert "还没有核对过" in client.get("/admin/").content.decode()
    run = press(client)
    assert (asked, run.by) == ([run.pk], auditor)
    assert "正在核对" in page(client)
    tasks.verify_everything(run.pk)
    assert "全部相符" in page(client)
    run.refresh_from_db()
    assert run.compared["ledger"] == LedgerEntry.objects.count() > 0
    assert run.compared["decisions"] > 0
    assert f"资金账目(行) {run.compared['ledger']}" in page(client)
    assert "全部相符" in client.get("/admin/").content.decode()


def test_pressed_twice_it_runs_once(client, asked):
    assert press(client) == press(client)
    assert len(asked) == 1


def test_what_is_wrong_is_told_and_stays(client):
    scheme = make_scheme()
    tamper("UPDATE subsidies_ledgerentry SET amount_fen = amount_fen + 1 WHERE scheme_id = %s", scheme.pk)
    run = press(client)
    assert tasks.verify_everything(run.pk) == tasks.verify_everything(run.pk) > 0
    run.refresh_from_db()
    assert scheme.code in run.told[0]
    assert run.told[0] in page(client).replace("&quot;", '"')
    for change in ("UPDATE subsidies_verification SET faults = 0", "DELETE FROM subsidies_verification"):
        assert refused(change, because="never changed|refused")


def test_each_night_it_runs_by_itself(client):
    tasks.sweep_decisions()
    assert Verification.objects.get().faults == 0
    assert "每晚自动" in page(client)


def test_a_run_whose_worker_died_is_given_up(auditor):
    begin_verification(by=auditor, now=NOW)
    tamper("UPDATE subsidies_verification SET begun_at = begun_at - interval '3 hours'")
    assert begin_verification(by=auditor, now=NOW)[1]


@pytest.mark.parametrize("role", ["officer", "merchant_manager", "sysadmin"])
def test_it_is_for_auditors_and_finance(role):
    assert logged_in(make_staff(role)).get(reverse("staff-verifications")).status_code == 403
