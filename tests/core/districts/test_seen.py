"""Another district's rows are neither seen nor counted: by page, search, export, trail, and SQL with the website's role."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.accounts.roles import ROLES
from core.database.owner import owning
from core.districts.open import OPEN
from core.districts.reader import reading_as, working_in
from core.exports.write import write_table
from core.models import AuditEntry, District, Export, RightsChange, User
from ebikes.models import FiledBike, ImportBatch, Owner, TradeIn
from merchants.models import AgentPoint, Merchant
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.services.receive import receive_claims
from subsidies.models import Claim, Scheme
from tests.admin.district import District as Grown
from tests.admin.district import logged_in, url, who_it_is
from tests.console import sql, unguarded
from tests.factories import (
    GONGSHU,
    NOW,
    AgentPointFactory,
    MerchantFactory,
    OwnerFactory,
    TradeInFactory,
    make_scheme,
    make_staff,
)
from tests.website import AS_WEBSITE, AS_WORKER, become

XIHU = 330106
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_districts")]
MODELS = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
KEPT = MODELS.keys() - OPEN


@pytest.fixture(scope="module")
def two_districts(module_db):
    """One of everything in 拱墅, and 西湖, where there is a scheme and a shop and nothing else."""
    gongshu = Grown(make_scheme(year=2022))
    gongshu.pay(gongshu.grow())
    gongshu.grow()
    with owning():
        District.objects.create(code=XIHU, name="西湖区")
    with working_in(XIHU):
        make_scheme(year=2022)


def counted(person):
    """How many rows of each table that person reads, over all."""
    with reading_as(person.pk):
        return _counts()


def _counts():
    each = (f"SELECT '{table}', count(*) FROM {table}" for table in sorted(KEPT))
    return {table: count for table, count in sql(" UNION ALL ".join(each)) if count}


def test_every_table_has_a_policy_or_a_reason():
    tables = "relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    shown = dict(sql(f"SELECT relname::text, relrowsecurity FROM pg_class WHERE {tables}"))
    assert {table for table, kept in shown.items() if not kept} == OPEN.keys()
    assert all(OPEN.values())
    wrong = "SELECT tablename::text FROM pg_policies WHERE qual IS NULL OR permissive <> 'PERMISSIVE'"
    assert sql(wrong) == []


def test_views_and_functions_open_no_way_round():
    """A view reads as its owner, who sees all; so does a function of the owner's that gives rows away."""
    named = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
    assert sql(named) == [("subsidies_claim_move",)]  # the table of moves


@pytest.mark.parametrize("role", ROLES)
def test_nobody_of_another_district_sees_or_counts_a_row(role):
    person = make_staff(role, district_id=XIHU)
    theirs = {"subsidies_scheme", "subsidies_stage", "subsidies_policyversion", "subsidies_schemechange"}
    theirs |= {"subsidies_ledgerentry", "subsidies_walkdue"}
    found = counted(person)
    city = {"core_user"}  # is named everywhere
    rules = {"subsidies_closingrule", "subsidies_reporttemplate"}  # are the same for all
    assert found.keys() <= theirs | city | rules | {"core_auditentry", "core_rightschange"}
    with reading_as(person.pk):
        assert not Scheme.objects.exclude(district=XIHU).exists()
        assert not User.objects.filter(district=GONGSHU).exists()
        assert not AuditEntry.objects.exclude(district=XIHU).exists()
        assert not RightsChange.objects.exclude(district=XIHU).exists()


def test_the_districts_own_people_see_all_that_there_is_of_it():
    all_rows, found = _counts(), counted(make_staff("auditor"))
    theirs = {"subsidies_scheme", "subsidies_stage", "subsidies_policyversion", "subsidies_schemechange"}
    theirs |= {
        "subsidies_ledgerentry",
        "subsidies_walkdue",
        "core_user",
        "core_auditentry",
        "core_rightschange",
    }
    of_the_whole = {"subsidies_statemententry", "subsidies_difference", "subsidies_operatorpayment"}
    assert {table for table, rows in all_rows.items() if found.get(table) != rows} <= theirs | of_the_whole


def test_the_city_sees_every_district():
    city = make_staff("auditor", district_id=None)
    everything = _counts()
    assert counted(city) == everything


@pytest.mark.parametrize("said", ["", '{"by": 1}', f"{'0' * 64} " + '{"public": true}'])
def test_to_whom_nobody_says_with_proof_who_reads_there_is_nothing(said):
    become(AS_WEBSITE)
    try:
        sql("SELECT set_config('ebikes.reader', %s, true)", said)
        assert _counts().keys() <= {"core_user"}  # at the door: who logs in is found
        if said:
            assert _counts() == {}
    finally:
        become(AS_WORKER)


def test_a_row_is_not_put_into_another_district():
    person = make_staff("merchant_manager", district_id=XIHU)
    with reading_as(person.pk), pytest.raises(Exception, match="row-level security"):
        sql(
            "INSERT INTO merchants_merchant (uscc, name, subdistrict, district_id) VALUES ('x', 'x', '', %s)",
            GONGSHU,
        )


def test_no_list_of_the_admin_shows_another_districts_rows():
    client = logged_in(make_staff("auditor", district_id=XIHU))
    same_for_all = {
        "group",
        "licensinghealth",
        "statementreading",
        "user",
        "auditentry",
        "rightschange",
        "scheme",
        "ledgerentry",
    }
    same_for_all |= {"closingrule", "schemechange", "stage"}
    for model in admin.site._registry:
        page = client.get(url(model, "changelist"))
        if page.status_code == 200 and "cl" in page.context and model._meta.model_name not in same_for_all:
            assert page.context["cl"].result_count == 0, model
    claim = Claim.objects.first()
    assert client.get(url(Claim, "change", claim.pk)).status_code in (302, 404)


@pytest.mark.parametrize(("district", "finds"), [(XIHU, 0), (GONGSHU, 1)])
def test_nor_does_the_box_find_them(district, finds):
    plate = FiledBike.objects.order_by("pk").first().filing_plate_no
    page = logged_in(make_staff("officer", district_id=district)).post(
        reverse("staff-search"), {"text": plate}
    )
    assert bool(page.context["sections"]) is bool(finds)


def test_an_export_is_written_as_its_asker_reads(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    for person, rows in ((make_staff("auditor", district_id=XIHU), 0), (make_staff("auditor"), 2)):
        export = Export.objects.create(
            model_label="subsidies.claim", query="", file_format="csv", language="zh-hans", file_name="x.csv",
            asked_by=person, asked_at=NOW,
        )  # fmt: skip
        write_table(export_id=export.pk, clock=lambda: NOW)
        export.refresh_from_db()
        assert (export.state, export.rows_written) == ("ready", rows), export.failure


def test_one_bike_has_one_subsidy_whichever_district_is_asked():
    first = Claim.objects.select_related("trade_in", "owner").filter(live=True).first()
    shop = MerchantFactory(district_id=XIHU)
    owner = OwnerFactory(district_id=XIHU, id_no=first.owner.id_no)
    with working_in(XIHU):
        batch = ImportBatch.objects.create(kind="trade_ins", file_name="x", uploaded_at=NOW)
    record = TradeInFactory(
        agent_point=AgentPointFactory(merchant=shop),
        owner=owner,
        filing_plate_no=first.filing_plate_no,
        batch=batch,
    )
    assert (record.district_id, batch.district_id) == (XIHU, XIHU)
    assert receive_claims(batch_id=batch.pk, by=None, now=NOW) == 1
    claim = Claim.objects.get(trade_in=record)
    assert (claim.state, claim.refusals, claim.scheme.district_id) == (
        "refused",
        ["bike_already_claimed"],
        XIHU,
    )
    with reading_as(make_staff("officer", district_id=XIHU).pk):
        (line,) = [each for each in explain_claim(claim).checks if each.reason == "bike_already_claimed"]
        assert line.evidence == f"这辆旧车已在拱墅区申请补贴，单号 {first.trade_in.record_no}"
        assert not Claim.objects.filter(pk=first.pk).exists()


def test_a_shop_a_point_and_a_person_may_be_known_in_two_districts():
    shop = Merchant.objects.first()
    assert MerchantFactory(uscc=shop.uscc, district_id=XIHU).district_id == XIHU
    with pytest.raises(Exception, match="a_shop_is_known_once_in_a_district"):
        MerchantFactory(uscc=shop.uscc, district_id=GONGSHU)


@pytest.mark.parametrize(
    ("model", "column"), [(TradeIn, "record_no"), (AgentPoint, "point_no"), (Owner, "id_index")]
)
def test_and_each_number_once_in_one(model, column):
    row = model.objects.filter(district=GONGSHU).first()
    columns = [f.column for f in model._meta.concrete_fields if f.column != "id"]
    same = f"INSERT INTO {model._meta.db_table} (id, {', '.join(columns)}) SELECT -1, {', '.join(columns)}"
    with pytest.raises(IntegrityError, match="known_once_in_a_district"), unguarded():
        sql(f"{same} FROM {model._meta.db_table} WHERE id = %s", row.pk)


def test_what_hangs_together_lies_in_one_district():
    shop = MerchantFactory(district_id=XIHU)
    with pytest.raises(Exception, match="lies in another district"):
        TradeInFactory(agent_point=AgentPointFactory(merchant=shop), owner=OwnerFactory(district_id=GONGSHU))


def test_a_row_and_an_account_stay_where_they_are():
    shop, person = MerchantFactory(district_id=XIHU), make_staff("officer")
    with pytest.raises(Exception, match="stays in its district"), transaction.atomic():
        Merchant.objects.filter(pk=shop.pk).update(district=GONGSHU)
    with pytest.raises(Exception, match="is for good"):
        User.objects.filter(pk=person.pk).update(district=XIHU)


def test_the_city_sees_its_districts_in_figures_and_nobody_by_name():
    client = logged_in(make_staff("city_overseer", district_id=None))
    page = client.get(reverse("staff-city"))
    found = {each.district.name: (each.claims, each.funded_fen) for each in page.context["standings"]}
    assert found == {"拱墅区": (2, 10_000_000), "西湖区": (0, 10_000_000)}
    assert not who_it_is(page)
    assert client.get(url(Claim, "changelist")).status_code == 403


def test_it_asks_where_a_bike_is_claimed_and_learns_the_district_and_the_number():
    claim = Claim.objects.select_related("trade_in").filter(live=True).first()
    client = logged_in(make_staff("city_overseer", district_id=None))
    page = client.post(reverse("staff-city"), {"number": claim.filing_plate_no})
    told = f"这辆旧车已在拱墅区申请补贴，单号 {claim.trade_in.record_no}"
    assert [lock.sentence for lock in page.context["locks"]] == [told]
    assert claim.filing_plate_no not in str(AuditEntry.objects.latest("pk").detail)
    assert (
        "没有这个号码的有效申请"
        in client.post(reverse("staff-city"), {"number": "杭A999999"}).content.decode()
    )


def test_a_district_is_added_by_the_owner_of_the_tables_and_by_its_code():
    with pytest.raises(CommandError, match=r"西湖区|已存在|具有"):
        call_command("add_district", str(XIHU), "西湖区")
    call_command("add_district", "330109", "萧山区")
    assert District.objects.get(pk=330109).name == "萧山区"
