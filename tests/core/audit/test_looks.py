"""Who looked at whom, who searched, who took a file away, who came in and who tried to."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from core.accounts.second_factor import WrongCode, show
from core.models import AuditEntry, User
from ebikes.models import FiledBike, ImportBatch, LicensingAnswer, TradeIn
from merchants.models import Merchant
from subsidies.models import Claim, PayoutBatch, Scheme
from tests.admin.district import ID_NO, logged_in, url
from tests.core.audit.reading import everything, last, newest, since
from tests.factories import (
    NOW,
    FiledBikeFactory,
    MerchantFactory,
    UserFactory,
    change_rights,
    give_password,
    lay_factor,
    make_member,
    make_scheme,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db

PASSWORD, HERE = "Hushu-2022", "192.0.2.7"


@pytest.fixture(autouse=True)
def _passwords_cost_nothing(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@laid
def boss():
    return UserFactory(username="boss", is_staff=True, is_superuser=True)


PEOPLE = [Claim, TradeIn, FiledBike, LicensingAnswer, PayoutBatch, ImportBatch, User, Merchant]


@pytest.mark.parametrize("model", PEOPLE, ids=lambda model: model.__name__)
def test_opening_a_record_is_written(district, boss, model):
    district.pay(district.grow())
    row, client = model._default_manager.latest("pk"), logged_in(boss)
    number = last()
    client.get(url(model, "change", row.pk), REMOTE_ADDR=HERE)
    (entry,) = since(number)
    assert (entry.action, entry.by, entry.address) == ("view", boss, HERE)
    assert (entry.object_type, entry.object_id) == (model._meta.label_lower, str(row.pk))


def test_a_list_is_not_a_look_nor_is_a_page_without_people_nor_one_that_is_closed(district, boss):
    claim = district.grow()
    client, stranger = logged_in(boss), logged_in(make_staff("sysadmin"))
    number = last()
    client.get(url(Claim, "changelist"))
    client.get(url(Scheme, "change", claim.scheme_id))
    client.get(url(Claim, "change", claim.pk + 1000))
    assert stranger.get(url(Claim, "change", claim.pk)).status_code == 403
    assert since(number) == []


@pytest.mark.parametrize(("here", "written"), [(HERE, HERE), ("2001:db8:1:2::7", "2001:db8:1:2::")])
def test_looks_searches_and_exports_say_from_where(district, boss, here, written):
    claim, client, number = district.grow(), logged_in(boss), last()
    client.get(reverse("staff-case", args=[claim.pk]), REMOTE_ADDR=here)
    client.post(reverse("staff-search"), {"text": claim.filing_plate_no}, REMOTE_ADDR=here)
    client.post(url(TradeIn, "reveal", claim.trade_in_id), {"reason": "核对证件"}, REMOTE_ADDR=here)
    list_address = reverse("admin:core_export_add", query={"list": "subsidies.claim"})
    client.post(list_address, {"file_format": "csv"}, REMOTE_ADDR=here)
    found = [(entry.action, entry.address) for entry in since(number)]
    assert {action for action, _address in found} >= {"view", "search", "reveal", "export"}
    assert {address for _action, address in found} == {written}


def test_of_a_search_only_that_and_how_much_was_found(district, boss):
    claim, client = district.grow(), logged_in(boss)
    number = last()
    for term in (claim.trade_in.merchant.name, "没有这家店", ID_NO):
        client.get(url(Merchant, "changelist"), {"q": term})
    found = since(number)
    assert [(entry.action, entry.object_type, entry.detail) for entry in found] == [
        ("search", "merchants.merchant", {"found": 1}),
        ("search", "merchants.merchant", {"found": 0}),
    ]
    assert not [term for term in ("没有这家店", ID_NO) if term in everything()]


def test_a_shop_s_look_before_the_sale_is_written_without_whom_it_typed():
    make_scheme()
    clerk, bike = make_member(MerchantFactory()), FiledBikeFactory()
    client, number = logged_in(clerk), last()
    for plate in (bike.filing_plate_no, "杭Z000001"):
        data = {"plate": plate, "id_no": "11010519491231002X", "day": "2022-06-10"}
        page = client.post(reverse("precheck"), data, REMOTE_ADDR=HERE)
        assert page.status_code == 200
    entries = since(number)
    assert [(each.action, each.object_type, each.object_id, each.by) for each in entries] == [
        ("search", "ebikes.filedbike", str(bike.pk), clerk),
        ("search", "ebikes.filedbike", "", clerk),
    ]
    assert entries[0].detail == {"page": "precheck", "answer": "bad"}
    assert "1949" not in everything()


@pytest.mark.parametrize("query", ["", "?refused"])
def test_a_file_of_verdicts_that_is_taken_away_is_written(query):
    batch = ImportBatch.objects.create(
        kind="trade_ins", state="preview", file_name="6月.csv", uploaded_at=NOW
    )
    officer = make_staff("officer")
    logged_in(officer).get(reverse("import-verdicts", args=[batch.pk]) + query)
    entry = newest(action="download")
    name = f"refused-{batch.pk}.xlsx" if query else f"verdicts-{batch.pk}.csv"
    assert (entry.by, entry.object_id, entry.detail) == (officer, str(batch.pk), {"file": name})


# ------------------------------------------------------------------ coming in


@pytest.fixture
def person():
    user = UserFactory(username="wangming", is_staff=True)
    give_password(user, PASSWORD)
    return user


def try_to_log_in(username, password, page="login"):
    client = Client(REMOTE_ADDR=HERE)
    client.post(reverse(page), {"username": username, "password": password})
    return client


@pytest.mark.parametrize("page", ["login", "admin:login"])
def test_who_comes_in_and_goes_is_written(person, page):
    number = last()
    client = try_to_log_in("wangming", PASSWORD, page)
    client.post(reverse("logout"))
    found = [entry for entry in since(number) if entry.action.startswith("log")]
    assert [(entry.action, entry.by, entry.object_id, entry.address) for entry in found] == [
        ("login", person, str(person.pk), HERE),
        ("logout", person, str(person.pk), HERE),
    ]


def test_a_wrong_password_is_written_against_the_account_and_the_fifth_locks(person):
    number = last()
    for _time in range(6):
        try_to_log_in("wangming", "wrong-Password-1")
    found = since(number)
    assert {(entry.action, entry.by, entry.object_id, entry.address) for entry in found} == {
        ("login_failed", None, str(person.pk), HERE)
    }
    assert [entry.detail["locked"] for entry in found] == [False] * 4 + [True] * 2
    assert "wrong-Password-1" not in everything()


def test_what_was_typed_where_there_is_no_account_is_not_kept():
    number = last()
    try_to_log_in("Geheim-2022", "Geheim-2022")
    (entry,) = since(number)
    assert (entry.action, entry.object_type, entry.object_id) == ("login_failed", "core.user", "")
    assert "Geheim" not in everything()


def test_a_wrong_code_is_written():
    user = make_staff("officer")
    lay_factor(user)
    with pytest.raises(WrongCode):
        show(user=user, session=Client().session, code="000000", address=HERE, now=NOW)
    entry = newest(action="login_failed")
    assert (entry.object_id, entry.detail, entry.address) == (str(user.pk), {"step": "code"}, HERE)


def test_a_device_that_is_reset_is_written_with_who_confirmed_it():
    user = make_staff("officer")
    lay_factor(user)
    change_rights(user, "second_factor")
    entry = newest(object_type="core.user", object_id=user.pk)
    assert (entry.action, entry.detail["part"], entry.detail["verb"]) == (
        *("delete", "core.secondfactor", "confirm_rights"),
    )
    assert entry.by.groups.get().name == "security"
    assert not AuditEntry.objects.filter(detail__icontains="AAAA").exists()
