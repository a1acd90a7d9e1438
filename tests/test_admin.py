"""The staff's side: everything can be looked at, money and evidence are moved by verbs alone."""

import csv
import io

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from ebikes.models import FiledBike, ImportBatch, LicensingAnswer, LicensingHealth, TradeIn
from merchants.models import AgentPoint, CommitmentLetter, Merchant, User
from subsidies.models import Claim, LedgerEntry, PayoutBatch, Scheme
from subsidies.services.allocate import allocate
from subsidies.services.payouts import approve_claims, make_payouts, release_payout
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    local,
    make_answer,
    make_claim,
    make_member,
    make_scheme,
)

pytestmark = pytest.mark.django_db

ID_NO, NAME, PHONE, WALLET = "33010519491231002X", "欧阳娜娜", "+8613912345678", "6222000011112222"
WHO_IT_IS = (NAME, NAME[1:], "13912345678", WALLET)
READ_ONLY = [
    *(FiledBike, TradeIn, ImportBatch, LicensingAnswer, LicensingHealth),
    *(Scheme, Claim, PayoutBatch, LedgerEntry),
]
EDITABLE = [User, Merchant, AgentPoint]


@pytest.fixture
def boss():
    return UserFactory(username="boss", is_staff=True, is_superuser=True)


@pytest.fixture
def client(boss):
    return logged_in(boss)


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


class District:
    """A scheme that fills with people who are easily recognised, every kind of row beside them."""

    def __init__(self):
        self.scheme = make_scheme()
        self.approver, self.maker = UserFactory(), UserFactory()

    def grow(self):
        """One more of everything that the admin lists."""
        owner = OwnerFactory(name=NAME)
        point = AgentPointFactory()
        make_member(point.merchant)
        CommitmentLetter.objects.create(merchant=point.merchant, signed_on=NOW.date())
        batch = ImportBatch.objects.create(
            kind="trade_ins", file_name="6月.csv", uploaded_at=NOW, uploaded_by=self.maker
        )
        FiledBikeFactory(owner=owner, phone=PHONE)
        trade_in = TradeInFactory(
            owner=owner, owner_name=NAME, phone=PHONE, wallet_no=WALLET, agent_point=point, batch=batch
        )
        answers = [make_answer(trade_in, system, plate="浙A1") for system in ("exing", "yunshenling")]
        claim = make_claim(self.scheme, trade_in=trade_in)
        claim.checks.create(
            results={"not_filed": "pass"},
            exing_answer=answers[0],
            yunshenling_answer=answers[1],
            policy=claim.policy,
            completed_at=claim.completed_at,
            completed_by=claim.completed_by,
            checked_at=NOW,
        )
        LicensingHealth.objects.create(
            system=f"system-{claim.pk}", state="closed", consecutive_failures=0, seen_at=NOW
        )
        return claim

    def pay(self, claim):
        """A settled claim, approved by one and ordered by another; its batch."""
        allocate(scheme=self.scheme, now=NOW)
        claims = Claim.objects.filter(pk=claim.pk)
        approve_claims(claims=claims, by=self.approver, now=NOW)
        (batch,) = make_payouts(scheme=self.scheme, claims=claims, by=self.maker, now=NOW).batches
        return batch


@pytest.fixture
def district():
    return District()


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def said(response):
    """The messages on the page that follows an action."""
    return [str(message) for message in response.context["messages"]]


# ------------------------------------------------------------------ everything can be looked at


def test_the_lists_here_name_every_registered_model():
    assert set(admin.site._registry) == {*READ_ONLY, *EDITABLE}


@pytest.mark.parametrize("page", ["admin:index", "admin:password_change"])
def test_the_first_pages_open(client, page):
    assert client.get(reverse(page)).status_code == 200


@pytest.mark.parametrize("model", [*READ_ONLY, *EDITABLE])
def test_every_list_and_every_row_can_be_opened(client, district, model):
    district.pay(district.grow())
    row = model._default_manager.first()
    assert client.get(url(model, "changelist")).status_code == 200
    response = client.get(url(model, "change", row.pk))
    assert response.status_code == 200
    if model is not User:
        assert not who_it_is(response)


def who_it_is(response):
    """What a page gives away of a person: the name, the phone, the wallet."""
    return [secret for secret in WHO_IT_IS if secret in response.content.decode()]


@pytest.mark.parametrize("model", [*READ_ONLY, *EDITABLE])
@pytest.mark.parametrize("page", ["changelist", "change"])
def test_a_page_costs_the_same_at_three_rows_and_at_thirty(client, district, model, page):
    district.pay(district.grow())
    address = (
        url(model, page) if page == "changelist" else url(model, page, model._default_manager.first().pk)
    )
    client.get(address)  # what is looked up once and remembered is remembered now
    costs = []
    for more in (2, 27):
        for _ in range(more):
            district.grow()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("model", [FiledBike, TradeIn, LicensingAnswer, Claim, User, Merchant, AgentPoint])
def test_every_search_answers(client, district, model):
    district.grow()
    for text in ("TH2022", "%", "' OR 1=1 --", "王"):
        assert client.get(url(model, "changelist"), {"q": text}).status_code == 200


def test_a_claim_is_found_by_the_number_of_its_record(client, district):
    claim = district.grow()
    district.grow()
    html = client.get(url(Claim, "changelist"), {"q": claim.trade_in.record_no}).content.decode()
    assert claim.filing_plate_no in html
    assert html.count("action-checkbox") - html.count("action-checkbox-column") <= 1


# ------------------------------------------------------------------ nothing is changed by hand


@pytest.mark.parametrize("model", READ_ONLY)
def test_money_decisions_and_evidence_are_never_edited(client, district, model):
    district.pay(district.grow())
    row = model._default_manager.first()
    before = model._default_manager.values().get(pk=row.pk)
    assert client.get(url(model, "add")).status_code == 403
    assert client.post(url(model, "add"), {}).status_code == 403
    assert client.post(url(model, "change", row.pk), {"state": "paid", "amount_fen": 1}).status_code == 403
    assert client.get(url(model, "delete", row.pk)).status_code == 403
    assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.values().get(pk=row.pk) == before


@pytest.mark.parametrize("model", READ_ONLY)
def test_not_even_many_at_once(client, district, model):
    district.grow()
    count = model._default_manager.count()
    act(client, model, "delete_selected", *model._default_manager.all(), post="yes")
    assert model._default_manager.count() == count


def act(client, model, action, *rows, **more):
    """Choose rows and press an action's button; the page that follows."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    response = client.post(url(model, "changelist"), data, follow=True)
    assert response.status_code == 200
    return response


# ------------------------------------------------------------------ the verbs


def test_claims_are_approved_once(client, boss, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    assert said(act(client, Claim, "approve", claim)) == ["已批准 1 份;其余不在可批准的状态。"]
    assert said(act(client, Claim, "approve", claim)) == ["已批准 0 份;其余不在可批准的状态。"]
    claim.refresh_from_db()
    assert (claim.state, claim.approved_by) == ("approved", boss)
    assert claim.events.filter(to_state="approved").count() == 1


def test_whoever_approved_does_not_order_the_payment(client, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    act(client, Claim, "approve", claim)
    assert said(act(client, Claim, "order_payment", claim)) == ["批准、制单、放行须由三个不同的人完成。"]
    claim.refresh_from_db()
    assert (claim.state, PayoutBatch.objects.count()) == ("approved", 0)


def test_a_payment_is_ordered_once(client, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    approve_claims(claims=Claim.objects.filter(pk=claim.pk), by=district.approver, now=NOW)
    assert said(act(client, Claim, "order_payment", claim))[0].startswith("已制作 1 个批次;0 份")
    assert said(act(client, Claim, "order_payment", claim))[0].startswith("已制作 0 个批次;0 份")
    assert PayoutBatch.objects.get().lines.count() == 1


def test_claims_that_are_not_approved_are_not_ordered(client, district):
    claim = district.grow()
    assert said(act(client, Claim, "order_payment", claim))[0].startswith("已制作 0 个批次")
    assert PayoutBatch.objects.count() == 0


def test_claims_of_two_schemes_are_ordered_apart(client, district):
    other = District()
    claims = [district.grow(), other.grow()]
    for each in (district, other):
        allocate(scheme=each.scheme, now=NOW)
    approve_claims(claims=Claim.objects.all(), by=district.approver, now=NOW)
    assert [text[:9] for text in said(act(client, Claim, "order_payment", *claims))] == [
        "已制作 1 个批次"
    ] * 2
    assert {batch.scheme for batch in PayoutBatch.objects.all()} == {district.scheme, other.scheme}


def test_what_can_be_ordered_is_ordered_though_the_rest_is_somebody_elses_to_order(client, boss, district):
    """One scheme's claims were approved by the one who orders: the other scheme's go ahead."""
    other = District()
    mine, theirs = district.grow(), other.grow()
    for each, by in ((district, boss), (other, other.approver)):
        allocate(scheme=each.scheme, now=NOW)
        approve_claims(claims=Claim.objects.filter(scheme=each.scheme), by=by, now=NOW)
    messages = said(act(client, Claim, "order_payment", mine, theirs))
    assert PayoutBatch.objects.get().scheme == other.scheme
    assert any("已制作 1 个批次" in message for message in messages)


def test_a_third_person_releases_once(client, boss, district):
    batch = district.pay(district.grow())
    assert said(act(client, PayoutBatch, "release", batch)) == [f"批次 {batch.request_no} 已放行。"]
    assert said(act(client, PayoutBatch, "release", batch)) == ["该批次已不在可操作的状态。"]
    batch.refresh_from_db()
    assert (batch.state, batch.released_by) == ("released", boss)


@pytest.mark.parametrize("part", ["approver", "maker"])
def test_neither_approver_nor_maker_releases(district, part):
    batch = district.pay(district.grow())
    person = getattr(district, part)
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    person.refresh_from_db()
    sentence = "批准、制单、放行须由三个不同的人完成。"
    assert said(act(logged_in(person), PayoutBatch, "release", batch)) == [sentence]
    batch.refresh_from_db()
    assert (batch.state, batch.released_by) == ("draft", None)


def test_a_draft_is_discarded_once_and_its_claims_are_approved_again(client, district):
    claim = district.grow()
    batch = district.pay(claim)
    assert "已作废" in said(act(client, PayoutBatch, "discard", batch))[0]
    assert said(act(client, PayoutBatch, "discard", batch)) == ["该批次已不在可操作的状态。"]
    claim.refresh_from_db()
    batch.refresh_from_db()
    assert (claim.state, batch.state) == ("approved", "discarded")


def test_a_released_batch_is_not_discarded(client, boss, district):
    batch = district.pay(district.grow())
    release_payout(batch=batch, by=boss, now=timezone.now())
    assert said(act(client, PayoutBatch, "discard", batch)) == ["该批次已不在可操作的状态。"]
    batch.refresh_from_db()
    assert batch.state == "released"


# ------------------------------------------------------------------ who may enter


@pytest.mark.parametrize("who", ["anonymous", "merchant's owner", "nobody"])
def test_only_staff_come_in(district, who):
    district.grow()
    member = make_member(Merchant.objects.first(), "owner")
    user = {"anonymous": None, "merchant's owner": member, "nobody": UserFactory()}[who]
    client = logged_in(user) if user else Client()
    for model in (*READ_ONLY, *EDITABLE):
        response = client.get(url(model, "changelist"))
        assert response.status_code == 302
        assert "login" in response.headers["Location"]


def test_staff_without_rights_see_nothing_and_move_nothing(district):
    batch = district.pay(district.grow())
    client = logged_in(UserFactory(is_staff=True))
    for model in (*READ_ONLY, *EDITABLE):
        assert client.get(url(model, "changelist")).status_code == 403
    for model in (TradeIn, Claim):
        assert client.get(url(model, "export")).status_code == 403
        assert client.post(url(model, "export"), {"format": "0", "resource": "0"}).status_code == 403
    data = {"action": "release", "_selected_action": [batch.pk]}
    assert client.post(url(PayoutBatch, "changelist"), data).status_code == 403


def with_rights(*codenames):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def test_whoever_may_only_look_moves_nothing(district):
    settled, ordered = district.grow(), district.grow()
    batch = district.pay(ordered)
    client = logged_in(with_rights("view_claim", "view_payoutbatch"))
    for row, actions in ((settled, ["approve", "order_payment"]), (batch, ["release", "discard"])):
        page = client.get(url(type(row), "changelist"))
        assert page.status_code == 200
        for action in actions:
            assert f'value="{action}"' not in page.content.decode()
            act(client, type(row), action, row)
    settled.refresh_from_db()
    batch.refresh_from_db()
    assert (settled.state, batch.state) == ("settled", "draft")


def test_whoever_may_change_claims_and_payouts_calls_their_verbs(district):
    claim, ordered = district.grow(), district.grow()
    batch = district.pay(ordered)
    client = logged_in(with_rights("change_claim", "change_payoutbatch"))
    act(client, Claim, "approve", claim)
    act(client, PayoutBatch, "release", batch)
    claim.refresh_from_db()
    batch.refresh_from_db()
    assert (claim.state, batch.state) == ("approved", "released")


# ------------------------------------------------------------------ exports


@pytest.mark.parametrize("model", [TradeIn, Claim])
def test_an_export_holds_the_records_and_tells_nobodys_name(client, district, model):
    claim = district.grow()
    claim.owner.id_no = ID_NO
    claim.owner.save()
    (row,) = exported(client, model)
    assert claim.trade_in.record_no in row.values()
    everything = " ".join(row.values())
    assert not [secret for secret in (*WHO_IT_IS, ID_NO, "19491231") if secret in everything]


def export(client, model, file_format="csv"):
    """The file that staff get."""
    form = client.get(url(model, "export")).context["form"]
    numbers = {label: number for number, label in form.fields["format"].choices}
    response = client.post(url(model, "export"), {"format": numbers[file_format], "resource": "0"})
    assert response.headers["Content-Disposition"].startswith("attachment")
    return response.content


def exported(client, model):
    return list(csv.DictReader(io.StringIO(export(client, model).decode("utf-8-sig"))))


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_holds_no_formulas(client, text, file_format):
    TradeInFactory(record_no=text, brand=text, owner_name=text)
    content = export(client, TradeIn, file_format)
    if file_format == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    else:
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "1" in " ".join(cells)


def test_an_export_in_csv_is_read_rightly_by_spreadsheets(client, district):
    district.grow()
    assert export(client, TradeIn).startswith(b"\xef\xbb\xbf")


def test_exports_are_tables_and_nothing_that_a_browser_would_run(client):
    formats = client.get(url(TradeIn, "export")).context["form"].fields["format"].choices
    assert [label for number, label in formats if number] == ["csv", "xlsx"]


def test_times_in_an_export_are_local(client, district):
    make_claim(district.scheme, completed_at=local("2022-06-30 23:30:00"))
    (row,) = exported(client, Claim)
    assert row["completed_at"].startswith("2022-06-30 23:30:00")


def test_an_export_costs_the_same_for_three_and_for_thirty(client, district):
    costs = []
    for more in (3, 27):
        for _ in range(more):
            district.grow()
        with CaptureQueriesContext(connection) as queries:
            export(client, TradeIn)
            export(client, Claim)
        costs.append(len(queries))
    assert costs[0] == costs[1]
