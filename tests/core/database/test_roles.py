"""What the application's login may do to the database: log in as it does, and try to take 300 yuan, or to cover it up."""

import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.db.transaction import TransactionManagementError
from psycopg.errors import InsufficientPrivilege

from config.local import scratch
from core.audit import proof
from core.audit.acting import acting
from core.audit.proof import with_proof
from core.audit.record import Action, record
from core.database.owner import NoOwner, as_owner
from core.models import User
from subsidies.ledger.services.append import append_change, append_for_claims
from subsidies.models import Claim, ClaimEvent
from tests.console import refused, sql
from tests.core.database.conftest import login
from tests.factories import NOW, UserFactory, make_claim, make_scheme

ROLES = ("ebike_owner", "ebike_app", "ebike_worker", "ebike_auditor")


FORBIDDEN = {
    "to own a trigger of a temporary table": "CREATE TEMP TABLE mine (id int)",
    "to make a table": "CREATE TABLE mine (id int)",
    "to make a function": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "to make a schema": "CREATE SCHEMA mine",
    "to turn a trigger off": "ALTER TABLE subsidies_ledgerentry DISABLE TRIGGER ALL",
    "to turn all of them off": "SET session_replication_role = replica",
    "to replace a guard": (
        "CREATE OR REPLACE FUNCTION ledger_appended() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    ),
    "to drop a guard": "DROP TRIGGER ledger_keeps_the_sums ON subsidies_ledgerentry",
    "to put a trigger of its own": (
        "CREATE TRIGGER mine AFTER INSERT ON subsidies_hold FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    ),
    "to empty a table": "TRUNCATE subsidies_hold",
    "to be the owner": "SET ROLE ebike_owner",
    "to be the administrator": "SET ROLE postgres",
    "to be let into the owner's role": "GRANT ebike_owner TO ebike_app",
    "to write the ledger": "INSERT INTO subsidies_ledgerentry (scheme_id) VALUES (1)",
    "to rewrite the ledger": "UPDATE subsidies_ledgerentry SET amount_fen = 1",
    "to write an event": "INSERT INTO subsidies_claimevent (claim_id) VALUES (1)",
    "to rewrite an event": "UPDATE subsidies_claimevent SET verb = 'x'",
    "to set a tally": "UPDATE subsidies_claimtally SET count = 0",
    "to write the audit trail": "INSERT INTO core_auditentry (action) VALUES ('view')",
    "to rewrite the audit trail": "UPDATE core_auditentry SET by_id = 1",
    "to forget of the audit trail": "DELETE FROM core_auditentry",
    "to lay a seal": "INSERT INTO core_auditseal (no) VALUES (1)",
    "to keep entries for a shorter time": (
        "CREATE OR REPLACE FUNCTION audit_months() RETURNS int LANGUAGE sql AS 'SELECT 0'"
    ),
    "to widen what a staff role may": "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (1, 1)",
    "to say that a migration was run": "DELETE FROM django_migrations",
    "to read files of the server": "SELECT pg_read_file('/etc/passwd')",
    "to run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_application_has_no_right(tried, what):
    with pytest.raises(InsufficientPrivilege):
        tried(FORBIDDEN[what])


def test_none_of_the_roles_is_more_on_the_server(tried):
    rows = tried(
        "SELECT rolname, rolsuper, rolcreaterole, rolreplication, rolbypassrls, rolname <> 'ebike_owner' AND rolcreatedb"
        f" FROM pg_roles WHERE rolname IN {ROLES}"
    )
    past_policies = {"ebike_worker"}
    assert sorted(rows) == [(role, *[False] * 3, role in past_policies, False) for role in sorted(ROLES)]


def test_the_application_is_in_no_role_but_its_own(tried):
    assert tried("SELECT pg_has_role('ebike_app', rolname, 'MEMBER'), rolname FROM pg_roles WHERE rolname <> 'ebike_app'"
                 " AND pg_has_role('ebike_app', oid, 'MEMBER')") == []  # fmt: skip


def test_everything_belongs_to_the_owner(tried):
    assert tried(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> 'ebike_owner'::regrole"
        " UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proowner <> 'ebike_owner'::regrole"
    ) == []  # fmt: skip


def test_every_guard_runs_as_the_owner_and_where_it_looks_is_fixed(tried):
    """But the one that asks who its caller is."""
    guards = tried(
        "SELECT proname, prosecdef, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND (prorettype = 'trigger'::regtype OR prosecdef)"
    )
    assert {name for name, definer, _config in guards if not definer} == {
        *(
            "refuse_sums_by_hand",
            "account_is_opened_by_two",
            "factor_is_its_persons",
            "first_rights_are_laid",
            "role_is_given_by_two",
            "refuse_bare_sql",
            "right_is_given_by_roles",
        ),
    }
    assert [
        name for name, _, config in guards if "search_path=pg_catalog, public, pg_temp" not in (config or [])
    ] == []


def test_functions_are_called_only_by_whom_they_are_given_to(tried):
    """Nobody but the owner by default; to the application those that it needs."""
    open_to_all, given = (
        {
            name
            for (name,) in tried(
                "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                f" AND has_function_privilege('{role}', oid, 'EXECUTE')"
            )
        }
        for role in ("ebike_auditor", "ebike_app")
    )
    assert open_to_all == set()
    writes = {
        *(
            "append_for_claims",
            "append_change",
            "record_entry",
            "forget_audit_entries",
            "seal_audit",
            "tell_planner",
        ),
    }
    assert writes <= given
    definers = {
        name for (name,) in tried(
            "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
            " AND has_function_privilege('ebike_app', oid, 'EXECUTE')"
        )
    }  # fmt: skip
    assert definers == writes | {
        "audit_holder",
        "audit_origin",
        "audit_settled",
        "at_the_door",
        "bike_claimed",
        "claimed_in",
        "districts_read",
        "fold_tallies",
        "reader",
        "reads_whole",
        "schemes_read",
        "seal_book",
        "seen_by_now",
        "this_session",
        "vehicle_claimed",
    }


def test_the_database_is_closed_to_everybody_else(tried):
    name = connections["default"].settings_dict["NAME"]
    assert tried(
        f"SELECT has_database_privilege('ebike_app', '{name}', 'TEMP'),"
        f" has_database_privilege('ebike_app', '{name}', 'CREATE'),"
        f" has_database_privilege('ebike_app', '{name}', 'CONNECT'), has_schema_privilege('ebike_app', 'public', 'CREATE')"
    ) == [(False, False, True, False)]


def test_a_table_that_a_later_migration_makes_is_the_applications_to_write():
    """The rooms say what is not; nothing else needs to be said."""
    with (
        scratch.scratch_database() if not connection.in_atomic_block else pytest.fail("needs no transaction")
    ):
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE later (id bigint GENERATED BY DEFAULT AS IDENTITY, told text)")
            cursor.execute("CREATE FUNCTION later_on() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO later (told) VALUES ('x'); UPDATE later SET told = 'y'")
            with pytest.raises(ProgrammingError, match="permission denied for table later"):
                cursor.execute("DELETE FROM later")
            with pytest.raises(ProgrammingError, match="permission denied for function later_on"):
                cursor.execute("SELECT later_on()")


# ------------------------------------------------------------------ 300 yuan


@pytest.mark.django_db
def test_nobody_funds_a_scheme_without_a_change_that_two_people_made():
    scheme = make_scheme()
    person = UserFactory()
    sql(
        "INSERT INTO subsidies_schemechange (scheme_id, based_on, terms, budget_fen, ref, note, state, proposed_at,"
        " proposed_by_id, decision_note) VALUES (%s, 1, '{}', 100000000, '', '.', 'proposed', now(), %s, '')",
        *(scheme.pk, person.pk),
    )
    change = scheme.changes.latest("pk")
    with pytest.raises(IntegrityError, match="a scheme change that two people made"), transaction.atomic():
        append_change(change, now=NOW)
    assert refused(
        "UPDATE subsidies_schemechange SET state = 'approved', decided_at = now(), decided_by_id = proposed_by_id"
        " WHERE id = %s",
        change.pk,
        because="violates check constraint",
    )


@pytest.mark.django_db
def test_a_change_moves_its_money_once():
    scheme = make_scheme()
    with pytest.raises(IntegrityError, match="a_change_moves_its_money_once"), transaction.atomic():
        append_change(scheme.changes.get(), now=NOW)


@pytest.mark.django_db
def test_nobody_books_a_payment_that_was_not_ordered():
    claim = make_claim(make_scheme())
    books = {"scheme": claim.scheme, "claim_ids": [claim.pk], "by": None, "now": NOW}
    append_for_claims(kind="reserve", **books)
    with pytest.raises(IntegrityError, match="not a payment that was ordered and made"), transaction.atomic():
        append_for_claims(kind="pay", **books)


# What a process of ours alone may say; somebody with its login says it in SQL.
SAID = {
    "money for a scheme": "SELECT append_change(1, now(), repeat('0', 64))",
    "a payment that was made": "SELECT append_for_claims(1, 'pay', now(), NULL, '{1}', '', NULL, repeat('0', 64))",
    "that an auditor looked": 'SELECT record_entry(\'{"action": "view", "by": 1}\', repeat(\'0\', 64))',
    "a seal of its own": "SELECT seal_audit(1, now(), 0, sha256(''), sha256(''), repeat('0', 64))",
    "by what processes are recognised": "SELECT * FROM core_processkey",
    "who belongs to a shop": "INSERT INTO merchants_membership (user_id, merchant_id) VALUES (1, 1)",
    "who is a shop's owner": "UPDATE merchants_membership SET role = 'owner'",
    "where an invitation leads": "UPDATE merchants_invitation SET merchant_id = 1",
    "since when a bike is on file": "UPDATE ebikes_filedbike SET filed_on = '2020-05-05'",
    "that a bike is on file": "INSERT INTO ebikes_filedbike (filing_plate_no) VALUES ('x')",
    "from when a shop may take part": "UPDATE merchants_merchant SET trade_in_enabled_on = '2022-01-05'",
    "what stands in the operator's statement": "UPDATE subsidies_statemententry SET returned = true",
    "up to where claims were looked at": "UPDATE subsidies_signalsweep SET last_claim = 1000000",
}


@pytest.mark.parametrize("what", SAID)
def test_only_a_process_that_holds_keys_says_so(tried, what):
    with pytest.raises(
        InsufficientPrivilege, match=r"no process of this system (says so|writes to)|permission denied"
    ):
        tried(SAID[what])


@pytest.mark.django_db
def test_who_acts_is_not_what_anybody_sets():
    """Told on another connection, or without a proof, it is nobody's."""
    person, claim = UserFactory(), make_claim(make_scheme(), state="settled")
    said = f'{{"verb": "approve_claims", "by": {person.pk}}}'
    ours, process = with_proof(said, to=connection), proof._sessions[connection.connection]
    proof._sessions[connection.connection] = re.sub(r"\|.*", "|1700000000.000000", process)
    earlier = with_proof(said, to=connection)  # a process of this number, before
    proof._sessions[connection.connection] = process
    for told in (said, f"{'0' * 64} {said}", ours.replace("approve_claims", "refuse_claims"), earlier, ours):
        with transaction.atomic():
            sql("SELECT set_config('ebikes.acting', %s, true)", told)
            sql("UPDATE subsidies_claim SET state = 'on_notice' WHERE id = %s", claim.pk)
            event = ClaimEvent.objects.filter(claim=claim).latest("pk")
            assert (event.verb, event.by_id) == (
                ("approve_claims", person.pk) if told == ours else ("(sql)", None)
            )
            transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_application_deletes_where_a_room_says_so_and_nowhere_else(tried):
    """What its code deletes from; with what falls with that."""
    may = {name for (name,) in tried(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND has_table_privilege('ebike_app', oid, 'DELETE')"
    )}  # fmt: skip
    said = re.findall(
        r"application_deletes\('(\w+)'\)",
        "".join(file.read_text() for file in settings.BASE_DIR.glob("*/**/sql/deleted.sql")),
    )
    assert may == set(said)
    assert len(may) == 31


@pytest.mark.django_db
@pytest.mark.parametrize(
    "column", ["funded_fen = 1", "reserved_fen = 1", "paid_fen = 1", "ledger_seq = 0", "ledger_head = ''"]
)
def test_nobody_sets_a_sum(column):
    scheme = make_scheme()
    with pytest.raises(IntegrityError, match="not set by hand"):
        sql(f"UPDATE subsidies_scheme SET {column} WHERE id = %s", scheme.pk)


# ------------------------------------------------------------------ in another's name


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["deactivated", "nobody there"])
def test_nothing_is_recorded_in_the_name_of_who_is_not_there(who):
    person = UserFactory(is_active=False).pk if who == "deactivated" else 0
    because = "no active account"
    claim = make_claim(make_scheme())
    with pytest.raises(IntegrityError, match=because), transaction.atomic():
        record(Action.VIEW, by=User(pk=person))
    with pytest.raises(IntegrityError, match=because), acting("approve", by=User(pk=person), now=NOW):
        Claim.objects.filter(pk=claim.pk).update(state="settled")


@pytest.mark.django_db
def test_the_time_of_history_is_the_databases():
    claim = make_claim(make_scheme())
    with acting("test", by=None, now=NOW):
        Claim.objects.filter(pk=claim.pk).update(state="waitlisted")
    ((given, recorded, now),) = sql(
        "SELECT at, recorded_at, now() FROM subsidies_claimevent WHERE to_state = 'waitlisted' AND claim_id = %s",
        claim.pk,
    )
    assert given == NOW
    assert now <= recorded
    assert sql("SELECT bool_and(recorded_at = now()) FROM subsidies_ledgerentry") == [(True,)]


# ------------------------------------------------------------------ the owner's address


def test_without_the_owners_address_nothing_migrates_and_it_is_said(settings):
    settings.DATABASE_OWNER = None
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
        call_command("migrate", verbosity=0)
    with pytest.raises(NoOwner), as_owner():
        pass


@pytest.mark.django_db
def test_the_owner_has_a_connection_of_his_own():
    with pytest.raises(TransactionManagementError), as_owner():
        pass


def test_who_is_the_owner_in_one_thread_is_nobody_else_in_another():
    """Two who were it at once had left the second one's connections as the owner's for good."""
    with as_owner():
        assert "role=ebike_worker" in connections.settings["default"]["OPTIONS"]["options"]


def test_the_website_is_given_no_address_of_the_owner():
    compose = (settings.BASE_DIR / "docker-compose.yml").read_text()
    services = re.findall(r"^  (\w+):.*\n((?:    .*\n|\n)*)", compose, re.MULTILINE)
    assert [name for name, told in services if "DATABASE_OWNER_URL" in told] == ["migrate"]
    assert "DATABASE_OWNER_URL" not in compose[: compose.index("\nservices:")]


# ------------------------------------------------------------------ the auditor


@pytest.fixture(scope="module")
def auditor(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), login("ebike_auditor") as session:
        yield session


@pytest.mark.parametrize(
    "question",
    [
        "SELECT scheme_id, seq, kind, amount_fen, at, by_id, hash FROM subsidies_ledgerentry",
        "SELECT * FROM core_auditentry",
        "SELECT * FROM core_auditseal",
        "SELECT id, state, amount_fen, approved_by_id FROM subsidies_claim",
        "SELECT request_no, amount_fen, state FROM subsidies_payoutline",
        "SELECT id, username, is_active, last_login FROM core_user",
    ],
)
def test_the_auditor_reads(auditor, question):
    with auditor.transaction(force_rollback=True):
        auditor.execute(question)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM ebikes_owner",
        "SELECT owner_name FROM ebikes_tradein",
        "SELECT payee_name FROM subsidies_payoutline",
        "SELECT payee_wallet FROM subsidies_payoutline",
        "SELECT password FROM core_user",
        "SELECT * FROM core_session",
        "UPDATE subsidies_hold SET note = 'x'",
        "SELECT append_change(1, now(), '')",
        "CREATE TEMP TABLE mine (id int)",
    ],
)
def test_the_auditor_neither_reads_who_it_is_nor_writes(auditor, question):
    with pytest.raises(InsufficientPrivilege), auditor.transaction(force_rollback=True):
        auditor.execute(question)
