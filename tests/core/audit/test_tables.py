"""What changes in the tables that people manage is written by the tables themselves, whatever SQL changed it."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection

from core.audit.acting import acting
from core.models import AuditEntry, Passkey, SecondFactor, User
from core.rights import services
from ebikes.models import FiledBike, ImportBatch, Owner, TradeIn
from merchants.models import (
    AgentAuthorization,
    AgentPoint,
    CommitmentLetter,
    Inspection,
    Invitation,
    Membership,
    Merchant,
    SamplingLot,
    SamplingPlan,
    Training,
)
from subsidies.models import (
    Claim,
    Hold,
    PayeeChange,
    PayoutBatch,
    PolicyVersion,
    Scheme,
    SchemeChange,
    SchemeStep,
    Stage,
)
from subsidies.review.services.holds import place_holds
from subsidies.schemes.services.steps import propose_step
from subsidies.schemes.states import StepKind
from tests.admin.district import ID_NO, PHONE, WALLET
from tests.console import owning, refused, sql, tamper, update
from tests.core.audit.reading import SEALED, everything, last, newest, since
from tests.factories import (
    NOW,
    FiledBikeFactory,
    MerchantFactory,
    OwnerFactory,
    UserFactory,
    change_policy,
    make_claim,
    make_scheme,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db

PERSON, SHOP, POINT, SCHEME, CLAIM = (
    "core.user",
    "merchants.merchant",
    "merchants.agentpoint",
    "subsidies.scheme",
    "subsidies.claim",
)
# Model, a column, what it becomes, and under whose history that stands where it is not the row's own.
CHANGES = [
    (User, "is_active", False, None),
    (Membership, "role", "owner", (PERSON, "user_id")),
    (SecondFactor, "confirmed_at", "2022-10-01T00:00:00+00:00", (PERSON, "user_id")),
    (Passkey, "name", "备用手机", (PERSON, "user_id")),
    (Group, "name", "clerks", None),
    (Invitation, "role", "owner", None),
    (Merchant, "subdistrict", "湖墅", None),
    (AgentPoint, "point_no", "GS-DB-9999", None),
    (AgentAuthorization, "ends_on", "2022-09-01", (POINT, "agent_point_id")),
    (CommitmentLetter, "posted_at", "2022-10-01", (SHOP, "merchant_id")),
    (Training, "place", "三楼会议室", None),
    (Inspection, "note", "复查", None),
    (SamplingLot, "maker", "某车业", None),
    (SamplingPlan, "document", "工作方案", None),
    (Owner, "id_kind", "护照", None),
    (FiledBike, "brand", "飞鸽", None),
    (TradeIn, "brand", "飞鸽", None),
    (ImportBatch, "state", "discarded", None),
    (Scheme, "name", "另一个方案", None),
    (PayoutBatch, "state", "discarded", None),
    (Claim, "refusals", ["not_filed"], None),
]


@laid
def everyone(district):
    """One row at least in every table; the district's claim, held and ordered."""
    claim = district.grow()
    district.pay(claim)
    with owning():
        SecondFactor.objects.create(
            user=Membership.objects.first().user, secret="SECRET", last_step=1, confirmed_at=NOW
        )
        Passkey.objects.create(
            **{"user": Membership.objects.first().user, "credential_id": b"i", "credential": "k"},
            **{"sign_count": 0, "made_at": NOW},
        )
    services.propose(
        **{"kind": "new_account", "by": make_staff("sysadmin"), "now": NOW, "note": "."},
        **{"username": "li.na", "roles": ["officer"]},
    )
    PayeeChange.objects.create(claim=claim, phone=PHONE, by=district.maker, at=NOW)
    place_holds(kind=Hold.Kind.OBJECTION, evidence={claim.pk: {}}, by=district.maker, now=NOW)
    propose_step(scheme=district.scheme, kind=StepKind.SUSPEND, note="核查", by=district.maker, now=NOW)
    return claim


def plain(row, column):
    """A column as JSON has it."""
    value = getattr(row, column)
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize(
    ("model", "column", "becomes", "under"), CHANGES, ids=[model.__name__ for model, *_rest in CHANGES]
)
def test_a_change_by_plain_sql_is_written_with_before_and_after(everyone, model, column, becomes, under):
    row = model._default_manager.latest("pk")
    before, number = plain(row, column), last()
    with owning():  # some of them are not the application's to change
        sql(f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", becomes, row.pk)
    (entry,) = since(number)
    label, key = (under[0], getattr(row, under[1])) if under else (model._meta.label_lower, row.pk)
    assert (entry.action, entry.object_type, entry.object_id) == ("update", label, str(key))
    assert (entry.before, entry.after) == ({column: before}, {column: becomes})
    part = {"part": model._meta.label_lower, "part_id": row.pk} if under else {}
    assert entry.detail == {"verb": "(sql)", **part}
    assert (entry.by, entry.address) == (None, None)


def test_a_stage_that_follows_a_new_version_is_written_under_its_scheme(everyone):
    scheme, number = Scheme.objects.latest("pk"), last()
    change_policy(scheme, stages={3: {"cap_fen": 5_000_000}})
    (entry,) = [each for each in since(number) if each.detail.get("part") == "subsidies.stage"]
    assert (entry.object_type, entry.object_id) == (SCHEME, str(scheme.pk))
    assert (entry.before, entry.after) == ({"cap_fen": None}, {"cap_fen": 5_000_000})


NEW = [User, Membership, SecondFactor, Invitation, Merchant, AgentPoint, AgentAuthorization, CommitmentLetter]
NEW += [
    Training,
    ImportBatch,
    Scheme,
    Stage,
    PolicyVersion,
    SchemeChange,
    PayoutBatch,
    PayeeChange,
    Hold,
    SchemeStep,
]


@pytest.mark.parametrize("model", NEW, ids=lambda model: model.__name__)
def test_a_new_row_is_written(everyone, model):
    row, label = model._default_manager.latest("pk"), model._meta.label_lower
    own = AuditEntry.objects.filter(object_type=label, object_id=row.pk)
    part = AuditEntry.objects.filter(detail__part=label, detail__part_id=row.pk)
    entry = (own.exclude(detail__has_key="part") | part).get(action="create")
    assert entry.before is None
    assert entry.after


GONE = [Membership, SecondFactor, Invitation, AgentAuthorization, CommitmentLetter]


@pytest.mark.parametrize("model", GONE, ids=lambda model: model.__name__)
def test_a_deleted_row_is_written_as_it_was(everyone, model):
    row, number = model._default_manager.latest("pk"), last()
    with owning():  # most of them the application does not delete
        sql(f"DELETE FROM {model._meta.db_table} WHERE id = %s", row.pk)
    (entry,) = since(number)
    assert (entry.action, entry.after) == ("delete", None)
    assert entry.before
    assert row.pk in (int(entry.object_id), entry.detail.get("part_id"))


def test_roles_and_rights_that_come_and_go_stand_under_the_person():
    person, role = UserFactory(), Group.objects.get(name="finance")
    right = Permission.objects.get(codename="view_scheme")
    for held, given, column in (
        (person.groups, role, "group_id"),
        (person.user_permissions, right, "permission_id"),
    ):
        with owning():
            held.add(given)
        entry = newest()
        assert (entry.action, entry.object_type, entry.object_id) == ("create", PERSON, str(person.pk))
        assert entry.after[column] == given.pk
        with owning():
            held.remove(given)
        entry = newest()
        assert (entry.action, entry.object_id, entry.before[column]) == ("delete", str(person.pk), given.pk)


def test_who_attended_a_training_stands_under_it():
    training, shop = Training.objects.create(title="政策", held_on=date(2022, 5, 1)), MerchantFactory()
    training.attended_by.add(shop)
    entry = newest(object_type="merchants.training", object_id=training.pk)
    assert (entry.detail["part"], entry.after["merchant_id"]) == (
        "merchants.training_attended_by",
        shop.pk,
    )


def test_what_a_role_may_is_written_when_somebody_changes_it():
    role = Group.objects.get(name="finance")
    with owning():
        role.permissions.clear()
    assert newest().action == "delete"
    assert newest().object_id == str(role.pk)


def test_many_rows_changed_by_one_statement_have_an_entry_each():
    shops = [MerchantFactory(subdistrict="拱宸桥") for _ in range(30)]
    number = last()
    assert sql("UPDATE merchants_merchant SET subdistrict = '湖墅' WHERE subdistrict = '拱宸桥'") == 30
    found = since(number)
    assert [entry.object_id for entry in found] == [str(shop.pk) for shop in shops]
    assert {str((entry.before, entry.after)) for entry in found} == {
        str(({"subdistrict": "拱宸桥"}, {"subdistrict": "湖墅"}))
    }


def test_only_what_changed_is_written_and_a_change_to_the_same_is_none():
    shop = MerchantFactory(name="湖墅车行")
    number = last()
    sql("UPDATE merchants_merchant SET name = name, uscc = uscc")
    assert since(number) == []
    shop.name = "拱宸车行"
    shop.save(update_fields=["name"])
    assert [entry.after for entry in since(number)] == [{"name": "拱宸车行"}]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_user SET last_login = now()",
        "UPDATE merchants_membership SET seen_event_id = 9",
        "UPDATE core_secondfactor SET last_step = 9",
        "UPDATE core_passkey SET sign_count = 9, used_at = now()",
        "UPDATE ebikes_importbatch SET progress = 0.5, rows_accepted = 3",
        "UPDATE subsidies_payoutbatch SET ask_attempts = 9, next_ask_at = now()",
        "UPDATE subsidies_claim SET next_check_at = now(), check_attempts = 9",
    ],
)
def test_what_turns_by_itself_is_not_written(everyone, statement):
    number = last()
    assert sql(statement) > 0
    assert since(number) == []


def test_new_rows_of_the_registers_are_explained_by_their_batch(district):
    number = last()
    FiledBikeFactory(owner=OwnerFactory())
    assert since(number) == []


def test_an_amended_register_is_written_though_it_came_by_insert():
    bike = FiledBikeFactory(brand="凤凰")
    number = last()
    with owning():
        sql(
            "INSERT INTO ebikes_filedbike (filing_plate_no, filed_on, frame_no, motor_no, brand, owner_id, subdistrict,"
            " content_index) SELECT filing_plate_no || x, filed_on, '', '', '飞鸽', owner_id, '', content_index"
            " FROM ebikes_filedbike, (VALUES (''), ('*')) more (x)"
            " ON CONFLICT (filing_plate_no) DO UPDATE SET brand = EXCLUDED.brand"
        )
    (entry,) = since(number)
    assert (entry.object_id, entry.before, entry.after) == (
        str(bike.pk),
        {"brand": "凤凰"},
        {"brand": "飞鸽"},
    )


# ------------------------------------------------------------------ what is sealed stays sealed


def test_of_sealed_columns_only_a_mark_is_written():
    owner, bike = OwnerFactory(id_no=ID_NO), FiledBikeFactory(phone=PHONE)
    owner.id_no, owner.name = "11010519491231002X", "欧阳娜娜"
    owner.save()
    entry = newest(object_type="ebikes.owner")
    assert entry.before == entry.after == {"id_no": SEALED, "name": SEALED}
    FiledBike.objects.filter(pk=bike.pk).update(phone=None)
    entry = newest(object_type="ebikes.filedbike")
    assert (entry.before, entry.after) == ({"phone": SEALED}, {"phone": None})


def test_of_a_password_only_that_it_changed():
    person = UserFactory()
    with acting("password", by=person, now=NOW):
        person.set_password("Gongshu-2022")
        person.save()
    assert newest(object_type=PERSON).after == {"password": SEALED}
    assert "Gongshu" not in everything()
    assert person.password.split("$")[-1] not in everything()


def test_nothing_sealed_is_anywhere_in_the_trail(everyone):
    owner = everyone.owner
    owner.id_no, owner.name = ID_NO, "上官婉儿"
    owner.save()
    sql(
        "UPDATE ebikes_tradein SET owner_name = convert_to('司马相如', 'UTF8'), wallet_operator = '工行',"
        " phone = '\\x00ff00ff'"
    )
    said = everything()
    secrets = [ID_NO, ID_NO[6:14], PHONE[3:], WALLET, "上官婉儿", "司马相如", "SECRET", "00ff00ff", "\\\\x"]
    assert not [secret for secret in secrets if secret in said]
    assert "工行" in said


def test_a_sealed_column_that_is_added_later_is_sealed_too():
    shop = MerchantFactory()
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # nothing of it is left to be looked at
    tamper("ALTER TABLE merchants_merchant ADD COLUMN licence bytea")
    sql("UPDATE merchants_merchant SET licence = '\\x00ff00ff'")
    assert newest(object_id=shop.pk).after == {"licence": SEALED}


# ------------------------------------------------------------------ claims


def test_a_person_s_decision_on_many_claims_is_one_entry(district):
    claims = [district.grow() for _ in range(3)]
    for claim in claims:
        district.pay(claim)
    entry = newest(action="decide", detail__verb="approve_claims")
    assert (entry.by, entry.object_id) == (district.approver, str(claims[-1].pk))
    number = last()
    with acting("discard_payout", by=district.maker, now=NOW):
        sql("UPDATE subsidies_claim SET state = 'approved'")
    (entry,) = since(number)
    assert (entry.action, entry.object_id, entry.by) == ("decide", "", district.maker)
    assert entry.detail == {"verb": "discard_payout", "from": "in_payout", "to": "approved", "count": 3}


def test_what_the_system_does_with_claims_is_not_said_twice(district):
    district.grow()
    number = last()
    with acting("allocate", by=None, now=NOW):
        sql("UPDATE subsidies_claim SET state = 'waitlisted'")
    assert since(number) == []


def test_a_claim_changed_at_a_console_is_written_row_by_row():
    scheme = make_scheme()
    claims = [make_claim(scheme, state="checking") for _ in range(2)]
    number = last()
    sql("UPDATE subsidies_claim SET amount_fen = 1")
    assert [(entry.object_id, entry.after) for entry in since(number)] == [
        (str(claim.pk), {"amount_fen": 1}) for claim in claims
    ]


# ------------------------------------------------------------------ past the triggers


AUDITED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audited_update' ORDER BY 1"


# What names a person and is not audited: history itself, what a mark stands beside, what goes by itself.
BESIDE = {
    "subsidies_claim",  # its decisions are: claims/sql/audited.sql
    *("subsidies_claimevent", "subsidies_ledgerentry", "core_auditentry", "core_decisionmark"),
    *("subsidies_caselook", "ebikes_tradeindraft", "ebikes_tradeinphoto", "core_export", "django_admin_log"),
    *("core_passwordhistory", "core_knowndevice", "core_session", "core_savedfilter"),
    "subsidies_workreminder",
}


def test_whatever_names_a_person_who_decided_is_audited():
    """Of every table that there is, and that will be."""
    naming = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if any(field.related_model is User for field in model._meta.fields)
    }
    assert naming - {name for (name,) in sql(AUDITED)} == BESIDE


def test_no_audited_table_is_emptied_unseen():
    tables = [name for (name,) in sql(AUDITED)]
    assert len(tables) > 50
    for table in tables:
        assert refused(f"TRUNCATE {table} CASCADE", because="refused")


def test_the_ids_of_rows_do_not_change():
    bike = FiledBikeFactory()
    assert refused(update(bike, "id = id + 1000"), because="keep their ids")


def test_a_change_that_is_taken_back_leaves_no_entry():
    shop = MerchantFactory()
    number = last()
    assert refused(update(shop, "name = 'x' || (1 / 0)"), because="division by zero")
    assert since(number) == []


def test_only_the_owner_of_the_server_goes_past_the_triggers():
    shop = MerchantFactory()
    number = last()
    tamper(update(shop, "name = 'x'"))
    assert since(number) == []
    assert connection.vendor == "postgresql"
