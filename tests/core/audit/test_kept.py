"""The trail is changed by nobody and kept as long as is set; and nothing that money touched is ever deleted."""

import os
import subprocess
import sys

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import override_settings

from core.audit.record import Action, record
from core.audit.retention import forget_entries, write_retention
from core.audit.tasks import forget_old_entries
from core.models import AuditEntry, User
from ebikes.models import FiledBike, ImportBatch, ImportRow, Owner, TradeIn
from merchants.models import AgentPoint, Merchant
from subsidies.models import Claim, LedgerEntry, PayoutBatch, PayoutLine, PolicyVersion, Scheme, Stage
from tests.admin.district import logged_in, url
from tests.console import forbidden, owning, refused, sql, tamper
from tests.factories import (
    NOW,
    FiledBikeFactory,
    MerchantFactory,
    UserFactory,
    change_rights,
    make_scheme,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def boss():
    return UserFactory(username="boss", is_staff=True, is_superuser=True)


def entry(*, months=0, days=0):
    """An entry of so long ago."""
    ((at,),) = sql("SELECT now() - make_interval(months => %s, days => %s)", months, days)
    record(Action.VIEW, by=None)
    made = AuditEntry.objects.latest("id")
    tamper("UPDATE core_auditentry SET at = %s WHERE id = %s", at, made.pk)
    return made


def lay_seal(*, until):
    """A seal of that age, as if it had been made then."""
    tamper(
        f"INSERT INTO core_auditseal (no, until, entries, digest, hash) SELECT 1, {until}, 0, sha256(''), sha256('')"
    )


# ------------------------------------------------------------------ the trail


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET detail = '{}'",
        "UPDATE core_auditentry SET at = now() - interval '1 year'",
        "UPDATE core_auditentry SET id = id WHERE false",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry",
    ],
)
def test_nobody_changes_or_empties_the_trail(statement):
    entry()
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks that are due is not emptied in any case
    assert refused(statement, because="only added to")


def test_an_old_entry_is_not_changed_either():
    entry(months=90)
    assert refused("UPDATE core_auditentry SET action = 'view'", because="only added to")


@pytest.mark.parametrize(
    ("months", "days", "goes"), [(84, 1, True), (84, -1, False), (6, 1, False), (0, 0, False)]
)
def test_the_database_gives_up_what_is_older_than_the_setting_to_its_owner_and_no_sooner(months, days, goes):
    row = entry(months=months, days=days)
    statement = f"DELETE FROM core_auditentry WHERE id = {row.pk}"
    assert forbidden(statement)
    with owning():
        assert sql(statement) == 1 if goes else refused(statement, because="84 months")


def test_the_application_cannot_shorten_the_time():
    assert forbidden(
        "CREATE OR REPLACE FUNCTION audit_months() RETURNS int LANGUAGE sql STABLE AS 'SELECT 0'"
    )


def test_what_is_past_the_setting_goes_in_small_batches_and_the_rest_stays():
    old = [entry(months=84, days=day) for day in range(1, 8)]
    young = [entry(months=84, days=-1), entry()]
    assert forget_entries() == 0  # nothing goes before it was sealed
    lay_seal(until="now() - interval '84 months'")
    assert forget_entries(batch=3) == 7
    left = set(AuditEntry.objects.values_list("id", flat=True))
    assert not left & {row.pk for row in old}
    assert left >= {row.pk for row in young}


@override_settings(AUDIT_MONTHS=12)
def test_the_daily_task_goes_by_the_setting_and_logs_how_many(caplog):
    with owning():
        write_retention(using="default")
    entry(months=12, days=1)
    entry(months=11)
    lay_seal(until="now() - interval '12 months'")
    with caplog.at_level("INFO"):
        assert forget_old_entries() == 1
    assert "1 audit entries older than 12 months" in caplog.text


@pytest.mark.parametrize(("months", "starts"), [("5", False), ("0", False), ("6", True), ("120", True)])
def test_less_than_six_months_is_no_setting(months, starts):
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        env={**os.environ, "AUDIT_MONTHS": months},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == starts
    assert starts or "ImproperlyConfigured: AUDIT_MONTHS must be 6 or more" in done.stderr


# ------------------------------------------------------------------ nothing by accident


@pytest.fixture
def money(district):
    """A claim that is in a payout, and everything that it stands on."""
    claim = district.grow()
    district.pay(claim)
    bike = FiledBikeFactory(filing_plate_no=claim.filing_plate_no, owner=claim.owner)
    batch = claim.trade_in.batch
    ImportRow.objects.create(batch=batch, line=1, record_no="TH1", verdict="accepted")
    ImportBatch.objects.filter(pk=batch.pk).update(state="confirmed", confirmed_at=NOW)
    return {
        **{Claim: claim, TradeIn: claim.trade_in, Owner: claim.owner, FiledBike: bike},
        **{Merchant: claim.trade_in.merchant, AgentPoint: claim.trade_in.agent_point},
        **{Scheme: claim.scheme, Stage: claim.stage, PolicyVersion: claim.policy},
        **{model: model.objects.latest("pk") for model in (LedgerEntry, PayoutBatch, PayoutLine, ImportRow)},
        **{ImportBatch: batch, User: district.maker},
    }


MONEY = [Claim, TradeIn, Owner, FiledBike, Merchant, AgentPoint, Scheme, Stage, PolicyVersion]
MONEY += [LedgerEntry, PayoutBatch, PayoutLine, ImportBatch, ImportRow, User]


@pytest.mark.parametrize("model", MONEY, ids=lambda model: model.__name__)
def test_plain_sql_deletes_nothing_that_money_touched(money, model):
    table, row = model._meta.db_table, money[model]
    why = "violates foreign key|refused|is kept|are kept"
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # what another table's key holds back is said at once
    assert refused(f"DELETE FROM {table} WHERE id = {row.pk}", because=why)
    assert refused(f"TRUNCATE {table} CASCADE", because="refused|only added to")


def test_a_filed_bike_without_records_may_be_struck_off_and_that_is_written():
    bike = FiledBikeFactory(brand="凤凰")
    with owning():
        sql("DELETE FROM ebikes_filedbike WHERE id = %s", bike.pk)
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.object_id, entry.before["brand"]) == ("delete", str(bike.pk), "凤凰")


def test_a_batch_that_is_read_again_may_drop_its_verdicts():
    batch = ImportBatch.objects.create(kind="trade_ins", file_name="6月.csv", uploaded_at=NOW)
    ImportRow.objects.create(batch=batch, line=1, verdict="accepted")
    assert ImportRow.objects.filter(batch=batch).delete()[0] == 1
    assert refused(f"DELETE FROM ebikes_importbatch WHERE id = {batch.pk}", because="is kept")


def test_no_page_of_the_admin_deletes_anything(district, boss):
    district.pay(district.grow())
    MerchantFactory()
    make_scheme(year=2021)
    change_rights(UserFactory(), "roles", roles=["officer"])
    client = logged_in(boss)
    for model, page in admin.site._registry.items():
        row = model._default_manager.latest("pk")
        count = model._default_manager.count()
        client.post(url(model, "delete", row.pk), {"post": "yes"})
        many = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk], "post": "yes"}
        client.post(url(model, "changelist"), many)
        assert model._default_manager.filter(pk=row.pk).exists(), model
        assert model._default_manager.count() >= count
        request = client.get(url(model, "changelist")).wsgi_request
        request.user = boss
        assert not page.has_delete_permission(request, row)
        assert "delete_selected" not in page.get_actions(request)
        for inline in page.get_inline_instances(request, row):
            form_is_taken = page.has_change_permission(request, row) and inline.can_delete
            assert not (form_is_taken and inline.has_delete_permission(request, row)), inline


def test_a_person_is_deactivated_and_keeps_the_name_in_the_trail(boss):
    person = make_staff("officer")
    record(Action.VIEW, by=person)
    why = "violates foreign key"
    assert refused(
        f"DELETE FROM core_user WHERE id = {person.pk}; SET CONSTRAINTS ALL IMMEDIATE", because=why
    )
