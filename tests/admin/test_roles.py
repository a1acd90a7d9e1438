"""Who of the staff may do what: every page of the admin against every role, and the import pages too."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management.sql import emit_post_migrate_signal
from django.db.models.signals import post_migrate
from django.test import RequestFactory
from django.urls import reverse

from core.accounts.roles import ROLES
from core.models import AuditEntry, Export, RightsChange, User
from ebikes.models import FiledBike, ImportBatch, LicensingAnswer, LicensingHealth, Owner, TradeIn
from merchants.models import (
    AgentPoint,
    CorrectionOrder,
    EnforcementCase,
    Inspection,
    Invitation,
    Membership,
    Merchant,
    Publicity,
    SamplingLot,
    SamplingPlan,
    TradeInEvent,
    Training,
)
from subsidies.allocation.services.allocate import allocate
from subsidies.models import (
    Claim,
    ClosingRule,
    Difference,
    LedgerEntry,
    PaymentRequest,
    PayoutBatch,
    PayoutLine,
    Period,
    RecoveryCase,
    RecoveryReceipt,
    ReportIssue,
    Scheme,
    StatedFigure,
    StatementEntry,
    StatementReading,
    Supplement,
    Voucher,
)
from subsidies.payouts.services.payouts import approve_claims
from tests.admin.district import act, confirm, logged_in, url, who_it_is
from tests.console import owning
from tests.factories import NOW, MerchantFactory, UserFactory, give_password, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("grown")]

DESK = {"officer", "reviewer"}
MONEY = {*DESK, "finance"}
REPORT = {*MONEY, "auditor", "merchant_manager"}
# What each page asks for; a model's row in the table below says who has that. "nobody" is a page for superusers alone.
PAGES = {
    "changelist": "look",
    "history": "look",
    "change": "look",
    "add": "add",
    "delete": "nobody",
    "invite_people": "invite",
    "import_file": "send",
    "tell": "tell",
    "proof": "look",
    "overview": "look",
    **dict.fromkeys(("show_visit", "add_report", "progress"), "look"),
    "hand_over": "change",
    "enable": "change",
    "grant": "change",
    "withdraw": "change",
    "new_account": "propose rights",
    "change_roles": "propose rights",
    "reset_password": "propose rights",
    "reset_second_factor": "propose rights",
    "unlock": "propose rights",
    "reactivate": "propose rights",
    "deactivate": "change",
    "confirm": "nobody",
    "decline": "nobody",
    "reveal": "reveal",
}
KEPT = {
    "look": {*DESK, "auditor", "merchant_manager"},
    "add": {"merchant_manager"},
    "change": {"merchant_manager"},
}
# Of somebody else's export: looked at by the auditor, fetched by nobody; its history is the audit log.
OTHERS_EXPORT = {"change": "look at others'", "history": "nobody", "download": "nobody"}
TABLE = {
    Export: {"look": {*ROLES}, "add": {*ROLES}, "look at others'": {"auditor"}},
    Owner: {"look": {*DESK, "auditor"}, "reveal": DESK},
    FiledBike: {"look": {*DESK, "auditor"}, "send": {"officer", "merchant_manager"}, "reveal": DESK},
    TradeIn: {"look": {*DESK, "auditor"}, "send": {"officer", "merchant_manager"}, "reveal": DESK},
    LicensingAnswer: {"look": {*DESK, "auditor"}},
    LicensingHealth: {"look": {*DESK, "auditor", "sysadmin"}},
    ImportBatch: {"look": {"officer", "auditor", "merchant_manager"}},
    Scheme: {"look": {*MONEY, "auditor"}},
    Claim: {
        "look": {*MONEY, "auditor"},
        "approve": {"reviewer"},
        "order_payment": {"finance"},
        "retry_failed": {"reviewer"},
        "ask_again": {"officer"},
        "demand_correction": {"officer"},
        "demand_evidence": DESK,
        "hold": DESK,
        "propose_refusal": {"officer"},
        "clear_holds": DESK,
        "refuse": {"reviewer"},
        "start_recovery": DESK,
    },
    PayoutLine: {"look": {*MONEY, "auditor"}},
    PayoutBatch: {
        "look": {*MONEY, "auditor"},
        "release": {"finance"},
        "discard": {"finance"},
        "leave_held": {"finance"},
        "take_apart": {"finance"},
    },
    LedgerEntry: {"look": {*MONEY, "auditor"}},
    Difference: {
        "look": {"finance", "auditor"},
        **{verb: {"finance"} for verb in ("take", "propose", "sign", "decline")},
    },
    StatementReading: {"look": {"finance", "auditor"}},
    StatementEntry: {"look": {"finance", "auditor"}},
    RecoveryCase: {"look": {*MONEY, "auditor"}},
    RecoveryReceipt: {"look": {*MONEY, "auditor"}},
    **{model: {"look": {*MONEY, "auditor"}} for model in (Period, Voucher, PaymentRequest, ClosingRule)},
    Supplement: {"look": {*MONEY, "auditor"}, "order": {"finance"}},
    Merchant: {
        "look": {*DESK, "auditor", "sysadmin", "merchant_manager"},
        "add": {"merchant_manager"},
        "change": {"merchant_manager"},
        "invite": {"sysadmin", "merchant_manager"},
        "send": {"officer", "merchant_manager"},
    },
    AgentPoint: {**KEPT, "send": {"officer", "merchant_manager"}},
    Training: KEPT,
    Inspection: KEPT,
    SamplingLot: KEPT,
    SamplingPlan: KEPT,
    **{
        model: {"look": {*DESK, "auditor", "merchant_manager"}}
        for model in (CorrectionOrder, EnforcementCase)
    },
    TradeInEvent: KEPT,
    Publicity: KEPT,
    StatedFigure: {"look": REPORT, "tell": {"officer", "merchant_manager"}},
    ReportIssue: {"look": REPORT},
    Invitation: {"look": {"auditor", "sysadmin", "merchant_manager"}},
    User: {
        "look": {"auditor", "sysadmin", "security"},
        "change": {"sysadmin", "security"},
        "propose rights": {"sysadmin"},
        "end_sessions": {"sysadmin", "security"},
    },
    RightsChange: {"look": {"auditor", "sysadmin", "security"}},
    Group: {"look": {"auditor", "sysadmin", "security"}},
    AuditEntry: {"look": {"auditor"}},
}


CONFIRMED = {"confirmed": "1", "seen": "1/30000/0"}


# Lists that are tabs of another's entry in the sidebar, or stand on the home page besides, or have no way to them.
ELSEWHERE = {
    *(ImportBatch, LicensingAnswer, LicensingHealth, Claim, LedgerEntry, PayoutLine, Owner),
    *(AgentPoint, Training, Inspection, SamplingLot, SamplingPlan, TradeInEvent),
    *(CorrectionOrder, EnforcementCase),
    *(RecoveryCase, RecoveryReceipt, Supplement),
    *(Period, Voucher, PaymentRequest, ClosingRule),
    *(Difference, StatementReading, StatementEntry),
    *(Publicity, StatedFigure, ReportIssue),
}


def asking_for(model):
    """What each page of a model asks for."""
    return PAGES | OTHERS_EXPORT if model is Export else PAGES


def pages_of(model):
    """The names of a model's pages in the admin, without the model's own."""
    prefix = f"{model._meta.app_label}_{model._meta.model_name}_"
    names = {pattern.name for pattern in admin.site._registry[model].get_urls() if pattern.name}
    return {name.removeprefix(prefix) for name in names}


def actions_of(model):
    """The actions on a model's list, of whoever may do everything."""
    request = RequestFactory().get("/")
    request.user = UserFactory(is_staff=True, is_superuser=True)
    return set(admin.site._registry[model].get_actions(request)) - {"delete_selected"}


def address(model, page, row):
    return url(
        model,
        page,
        *([] if page in ("changelist", "add", "import_file", "new_account", "tell") else [row.pk]),
    )


def test_every_page_of_the_admin_stands_in_the_table():
    assert set(TABLE) == set(admin.site._registry)
    for model, rights in TABLE.items():
        assert pages_of(model) <= set(asking_for(model)), model
        no_actions = {
            "look",
            "add",
            "change",
            "invite",
            "send",
            "reveal",
            "look at others'",
            "propose rights",
            "tell",
        }
        assert actions_of(model) == set(rights) - no_actions, model


@pytest.mark.parametrize("model", TABLE, ids=lambda model: model.__name__)
def test_every_page_opens_to_the_roles_it_is_for(at_work, model):
    row = model._default_manager.first()
    found = {page: set() for page in pages_of(model)}
    for role, client in at_work.items():
        for page, roles in found.items():
            status = client.get(address(model, page, row), follow=True).status_code
            assert status in (200, 403)
            if status == 200:
                roles.add(role)
    assert found == {page: TABLE[model].get(asking_for(model)[page], set()) for page in found}


@pytest.mark.parametrize("model", TABLE, ids=lambda model: model.__name__)
def test_forms_are_taken_from_the_roles_they_are_for(at_work, model):
    """Sent without what they ask for: who may gets the form again, who may not is refused."""
    row = model._default_manager.first()
    before = model._default_manager.values().get(pk=row.pk)
    found = {"add": set(), "change": set(), "delete": set()}
    for role, client in at_work.items():
        for page, roles in found.items():
            if client.post(address(model, page, row), {"post": "yes"}).status_code != 403:
                roles.add(role)
    assert found == {page: TABLE[model].get(page, set()) for page in found}
    assert model._default_manager.values().get(pk=row.pk) == before


@pytest.mark.parametrize("model", TABLE, ids=lambda model: model.__name__)
def test_every_action_is_offered_to_the_roles_it_is_for(at_work, model):
    actions = actions_of(model)
    found = {action: set() for action in actions}
    for role in sorted(TABLE[model]["look"]):
        page = at_work[role].get(url(model, "changelist")).content.decode()
        assert 'value="delete_selected"' not in page
        for action in actions:
            if f'value="{action}"' in page:
                found[action].add(role)
    assert found == {action: TABLE[model][action] for action in actions}


# ------------------------------------------------------------------ moving money


@pytest.mark.parametrize("role", [None, *(role for role in ROLES if role != "reviewer")])
def test_nobody_but_a_reviewer_approves(district, role):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    client.post(url(Claim, "changelist"), {"action": "approve", "_selected_action": [claim.pk], **CONFIRMED})
    claim.refresh_from_db()
    assert claim.approved_by is None


@pytest.mark.parametrize("role", [None, *(role for role in ROLES if role != "finance")])
def test_nobody_but_finance_makes_releases_or_discards_payouts(district, role):
    paid, approved = district.grow(), district.grow()
    batch = district.pay(paid)
    allocate(scheme=district.scheme, now=NOW)
    approve_claims(claims=Claim.objects.filter(pk=approved.pk), by=district.approver, now=NOW)
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for model, row, actions in (
        (PayoutBatch, batch, ["release", "discard"]),
        (Claim, approved, ["order_payment"]),
    ):
        for action in actions:
            data = {"action": action, "_selected_action": [row.pk], "note": "x", **CONFIRMED}
            client.post(url(model, "changelist"), data)
    batch.refresh_from_db()
    assert (batch.state, PayoutBatch.objects.latest("pk")) == ("draft", batch)


def test_a_claim_goes_through_three_hands(district):
    claim = district.grow()
    reviewer, maker, releaser = (make_staff(role) for role in ("reviewer", "finance", "finance"))
    allocate(scheme=district.scheme, now=NOW)
    confirm(logged_in(reviewer), Claim, "approve", claim)
    confirm(logged_in(maker), Claim, "order_payment", claim)
    batch = PayoutBatch.objects.latest("pk")
    assert [line.claim for line in batch.lines.all()] == [claim]
    act(logged_in(maker), PayoutBatch, "release", batch)
    batch.refresh_from_db()
    assert (batch.state, batch.made_by) == ("draft", maker)
    confirm(logged_in(releaser), PayoutBatch, "release", batch)
    batch.refresh_from_db()
    assert (batch.state, batch.released_by) == ("released", releaser)


# ------------------------------------------------------------------ the import pages

LOOKING = {"officer", "auditor", "merchant_manager"}
SENDING = {"officer", "merchant_manager"}
OF_SHOPS = {"merchants", "agent_points"}


def a_file(kind):
    return ImportBatch.objects.create(kind=kind, state="preview", file_name="6月.csv", uploaded_at=NOW)


@pytest.fixture
def batch():
    return a_file("trade_ins")


@pytest.mark.parametrize("kind", ImportBatch.Kind.values)
@pytest.mark.parametrize("role", [None, *ROLES])
def test_files_are_looked_at_and_sent_by_the_roles_they_are_for(role, kind):
    """Who keeps the shops deals with the shops' files alone: the others' rows name people."""
    batch, client = a_file(kind), logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    theirs = role != "merchant_manager" or kind in OF_SHOPS
    looks, sends = role in LOOKING and theirs, role in SENDING and theirs
    no = 403 if theirs else 404
    pages = [reverse(name, args=[batch.pk]) for name in ("import", "import-verdicts")]
    pages.append(reverse("import-template", args=[kind]))
    assert {client.get(page).status_code for page in pages} == {200 if looks else no}
    assert client.get(reverse("imports")).status_code == (200 if role in LOOKING else 403)
    assert client.post(reverse("imports"), {}).status_code == (200 if role in SENDING else 403)
    for verb in ("confirm", "discard"):
        address = reverse(f"import-{verb}", args=[batch.pk])
        seen = re.search(r'name="seen" value="([^"]*)"', client.get(address).content.decode())
        status = client.post(address, {"confirmed": "1", "seen": (seen and seen.group(1)) or ""}).status_code
        assert status == (302 if sends else no)
    batch.refresh_from_db()
    assert (batch.state == "preview") == (not sends)


@pytest.mark.parametrize(("role", "sends"), [("officer", True), ("auditor", False)])
def test_only_who_sends_files_finds_the_forms_for_it(batch, role, sends):
    client = logged_in(make_staff(role))
    assert ('type="file"' in client.get(reverse("imports")).content.decode()) == sends
    page = client.get(reverse("import", args=[batch.pk])).content.decode()
    assert (reverse("import-confirm", args=[batch.pk]) in page) == sends


@pytest.mark.parametrize("role", ROLES)
def test_the_sidebar_leads_nobody_to_a_closed_door(role):
    client = logged_in(make_staff(role))
    page = client.get(reverse("admin:index")).content.decode()
    for model, rights in TABLE.items():
        if model not in ELSEWHERE:
            assert (f'href="{url(model, "changelist")}"' in page) == (role in rights["look"]), model
    assert (f'href="{reverse("imports")}"' in page) == (role in LOOKING)
    assert (f'href="{reverse("staff-work")}"' in page) == (role in TABLE[Claim]["look"])


# ------------------------------------------------------------------ who gives roles


def account(user, **more):
    """The form of an account, filled with what it has."""
    inline = {f"membership-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    joined = {"date_joined_0": "2022-09-20", "date_joined_1": "09:00"}
    return {"username": user.username, "is_active": "on", "is_staff": "on", **joined, **inline, **more}


def ids(*names):
    return [Group.objects.get(name=name).pk for name in names]


def saved(client, user, **more):
    return client.post(url(User, "change", user.pk), account(user, **more))


def roles_of(user):
    return set(user.groups.values_list("name", flat=True))


def test_a_system_administrator_makes_nobody_a_superuser_and_gives_no_right_beside_the_roles():
    client, person = logged_in(make_staff("sysadmin")), UserFactory(is_staff=True)
    right = Permission.objects.get(codename="change_claim")
    assert saved(client, person, is_superuser="on", user_permissions=[right.pk]).status_code == 302
    person.refresh_from_db()
    assert (person.is_superuser, person.user_permissions.count()) == (False, 0)


def test_nor_gives_the_own_account_another_role_or_anybody_a_place_in_a_merchant():
    person, friend, shop = make_staff("sysadmin"), UserFactory(), MerchantFactory()
    place = {"membership-TOTAL_FORMS": "1", "membership-0-merchant": shop.pk, "membership-0-role": "owner"}
    for account_of in (person, friend):
        saved(logged_in(person), account_of, groups=ids("auditor"), **place)
    assert roles_of(person) == {"sysadmin"}
    assert not Membership.objects.filter(user__in=[person, friend]).exists()


def test_nor_touches_a_superuser(boss):
    client = logged_in(make_staff("sysadmin"))
    assert saved(client, boss, is_active="").status_code == 403


def test_no_role_reads_the_hash_of_a_password():
    person = UserFactory()
    give_password(person, "Gongshu-2022")
    for role in ("auditor", "sysadmin"):
        page = logged_in(make_staff(role)).get(url(User, "change", person.pk)).content.decode()
        assert person.password.split("$")[-1] not in page


def test_a_system_administrator_sees_no_personal_data():
    client = logged_in(make_staff("sysadmin"))
    for model in TABLE:
        for page in pages_of(model):
            assert not who_it_is(client.get(address(model, page, model._default_manager.first())))


def test_roles_have_chinese_titles_wherever_they_are_shown(client):
    person = make_staff("reviewer")
    for page in (url(User, "changelist"), url(User, "change", person.pk), url(Group, "changelist")):
        assert "复核" in client.get(page).content.decode()


# ------------------------------------------------------------------ the table and the database


def after_a_migration():
    """What follows one, in this transaction, as the owner."""
    with owning():
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")


def held(name):
    rows = Permission.objects.filter(group__name=name).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


@pytest.mark.parametrize("name", ROLES)
def test_the_database_holds_the_table(name):
    assert held(name) == ROLES[name].permissions


def test_what_was_changed_by_hand_is_put_right_at_the_next_migration():
    officer = Group.objects.get(name="officer")
    person = make_staff("officer")
    with owning():
        officer.permissions.set(Permission.objects.filter(codename="change_claim"))
        Group.objects.get(name="finance").delete()
    for _time in range(2):
        after_a_migration()
        assert {name: held(name) for name in ROLES} == {
            name: role.permissions for name, role in ROLES.items()
        }
    assert roles_of(person) == {"officer"}


def test_a_group_that_is_no_role_is_left_alone():
    with owning():
        other = Group.objects.create(name="interns")
        other.permissions.set(Permission.objects.filter(codename="view_scheme"))
    after_a_migration()
    assert held("interns") == {"subsidies.view_scheme"}


def test_the_roles_are_written_once_per_migration():
    assert [key for key, *_rest in post_migrate.receivers if key[0] == "core.accounts.roles"] != []
    assert Group.objects.filter(name__in=ROLES).count() == len(ROLES)


@pytest.mark.parametrize("role", ["auditor"])
def test_an_auditor_holds_no_right_but_to_look(role):
    assert {right.split(".")[1].split("_")[0] for right in ROLES[role].permissions} == {"view"}
