"""Pages of single records: in the words of the work, masked, and in full only for whoever may and says why."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.accounts.roles import ROLES
from core.audit.acting import acting
from core.models import AuditEntry
from core.privacy.photos import keep_photo, take_photo
from ebikes.models import (
    FiledBike,
    ImportBatch,
    LicensingAnswer,
    LicensingHealth,
    Owner,
    TradeIn,
    TradeInPhoto,
)
from ebikes.records.reveal import REVEALS, NoReason, NotAllowed, reveal_person
from tests.admin.district import ID_NO, NAME, PHONE, WALLET, WHO_IT_IS, logged_in, said, url
from tests.factories import (
    NOW,
    FiledBikeFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    local,
    make_answer,
    make_claim,
    make_staff,
)
from tests.laid import laid
from tests.photos import jpeg, upload

pytestmark = pytest.mark.django_db

WHO = (*WHO_IT_IS, ID_NO)


@laid
def owner():
    return OwnerFactory(name=NAME, id_no=ID_NO)


@laid
def bike(owner):
    return FiledBikeFactory(owner=owner, phone=PHONE, filing_plate_no="杭K123456", brand="雅迪")


@pytest.fixture
def batch():
    return ImportBatch.objects.create(
        kind="trade_ins", file_name="6月.csv", uploaded_at=NOW, state="confirmed", confirmed_at=NOW
    )


@laid
def trade_in(owner, bike, batch):
    return TradeInFactory(
        owner=owner, owner_name=NAME, phone=PHONE, wallet_no=WALLET, filing_plate_no=bike.filing_plate_no,
        batch=batch, batch_line=12, price_fen=269900, collected_at=local("2022-06-10 23:59:59"),
        day_only=["collected_at"],
    )  # fmt: skip


@laid
def officer():
    return make_staff("officer")


def page(client, row):
    response = client.get(url(type(row), "change", row.pk))
    assert response.status_code == 200
    return response.content.decode()


def reveal(client, row, reason="核对收款人"):
    return client.post(url(type(row), "reveal", row.pk), {"reason": reason})


# ------------------------------------------------------------------ what a page tells


def test_a_trade_in_reads_like_the_work(client, trade_in):
    html = page(client, trade_in)
    for words in (
        *("记录", "四个环节", "旧车", "新车", "商户与代办点"),
        *("2022-06-10 09:00:00", "2022-06-10 (仅日期)", "2,699 元", "6月.csv 第 12 行", "车主与本记录相同"),
        *(trade_in.merchant.name, trade_in.agent_point.point_no),
    ):
        assert words in html, words
    assert "23:59:59" not in html


@pytest.mark.parametrize("filed_to_another", [True, False])
def test_the_register_is_asked_about_the_old_bike(client, trade_in, bike, filed_to_another):
    if filed_to_another:
        with acting("x", by=None, now=NOW):
            FiledBike.objects.filter(pk=bike.pk).update(owner=OwnerFactory(name="李四"))
    else:
        with acting("x", by=None, now=NOW):
            FiledBike.objects.filter(pk=bike.pk).update(filing_plate_no="杭Z999999")
    html = page(client, trade_in)
    assert ("车主与本记录不同" if filed_to_another else "备案登记中没有这块号牌") in html


def test_a_record_from_the_form_says_so(client, trade_in, batch):
    ImportBatch.objects.filter(pk=batch.pk).update(source="form")
    assert "逐笔填报" in page(client, trade_in)


def test_both_systems_answers_stand_in_words(client, trade_in):
    make_answer(trade_in, "exing", status="有效")
    make_answer(
        trade_in, "exing", status="已注销", deregistered_at="2022-06-10T01:00:00+00:00", collected_at=None,
        agent_point_no="GS-DB-0007",
    )  # fmt: skip
    make_answer(trade_in, "yunshenling")
    html = page(client, trade_in)
    for words in ("已注销", "2022-06-10 09:00:00", "GS-DB-0007", "与记录车主的证件相同", "无记录"):
        assert words in html, words
    assert "有效" not in html  # the newest answer counts
    assert "&quot;status&quot;" not in html


def test_an_answer_is_told_in_words_and_the_raw_one_never(client, trade_in):
    told = {"vehicle_kind": "标准", "plated_at": "2022-06-10T04:00:00+00:00"}
    common = {"trade_in": trade_in, "raw": "原文-原文", "answered_at": NOW, "adapter_version": "test"}
    answer = LicensingAnswer.objects.create(
        system="yunshenling", outcome="found", facts=told, holder_index=OwnerFactory().number_index, request_id="r-8",
        **common,
    )  # fmt: skip
    html = page(client, answer)
    for words in ("云申领", "车辆类型 标准", "上牌时间 2022-06-10 12:00:00", "与记录车主的证件不同"):
        assert words in html, words
    assert "原文" not in html
    unknown = LicensingAnswer.objects.create(
        system="exing", outcome="unknown", problem="timeout", request_id="r-9", **common
    )
    html = page(client, unknown)
    assert "未知：超过时限没有答复" in html
    assert "原文" not in html


def test_the_health_of_a_system_is_told_in_words(client):
    health = LicensingHealth.objects.create(
        system="ecny",
        state="open",
        consecutive_failures=21,
        seen_at=NOW,
        open_until=NOW + timedelta(minutes=1),
    )
    html = page(client, health)
    for words in ("数字人民币运营机构", "暂停询问", "2022-09-20 09:01:00", "2022-09-20 09:00:00"):
        assert words in html, words


@pytest.mark.parametrize("of", ["owner", "bike", "trade_in"])
def test_what_belongs_to_a_person_leads_there(client, district, owner, bike, trade_in, of):
    claim = make_claim(district.scheme, trade_in=trade_in)
    other_bike, other = FiledBikeFactory(owner=owner), TradeInFactory(owner=owner, owner_name=NAME)
    row = {"owner": owner, "bike": bike, "trade_in": trade_in}[of]
    html = page(client, row)
    expected = {claim, other_bike, other, bike, trade_in, owner} - {row}
    for each in expected:
        assert f'href="{url(type(each), "change", each.pk)}"' in html, each
    assert "符合条件" in html
    assert "300 元" in html


LEADING_AWAY = {"logout/", "password_change/"}


def test_links_are_for_those_who_may_follow_them(trade_in, district):
    make_claim(district.scheme, trade_in=trade_in)
    make_answer(trade_in, "exing", status="已注销")
    for role in ("officer", "reviewer", "auditor"):
        client = logged_in(make_staff(role))
        html = page(client, trade_in)
        links = {part.split('"')[0] for part in html.split('href="/admin/')[1:]}
        assert {client.get(f"/admin/{link}").status_code for link in links if link not in LEADING_AWAY} == {
            200
        }, role


def test_there_is_no_list_of_people(client, owner):
    response = client.get(url(Owner, "changelist"))
    assert response.status_code == 200
    html = response.content.decode()
    assert "车主不逐个列出" in html
    assert NAME[0] + "*" not in html
    assert url(Owner, "changelist") not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("role", ["officer", "reviewer", "auditor"])
def test_names_and_numbers_are_masked_for_everybody(trade_in, bike, owner, role, district):
    claim = make_claim(district.scheme, trade_in=trade_in)
    client = logged_in(make_staff(role))
    for row in (trade_in, bike, owner, claim):
        for address in (url(type(row), "changelist"), url(type(row), "change", row.pk)):
            html = client.get(address).content.decode()
            assert not [secret for secret in WHO if secret in html], address


@pytest.mark.parametrize("of", ["owner", "bike", "trade_in"])
def test_a_page_costs_the_same_with_one_and_with_many(client, district, owner, bike, trade_in, of):
    row = {"owner": owner, "bike": bike, "trade_in": trade_in}[of]

    def grow():
        FiledBikeFactory(owner=owner)
        make_answer(trade_in, "exing", status="有效")
        make_claim(district.scheme, trade_in=TradeInFactory(owner=owner))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(client, row)
        return len(captured)

    grow()
    queries()
    before = queries()
    for _time in range(25):
        grow()
    assert queries() == before
    assert "只列出最新的 20 条" in page(client, row)


# ------------------------------------------------------------------ photos


@pytest.fixture
def photo(trade_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    taken = take_photo(upload(jpeg()), size=1000)
    return TradeInPhoto.objects.create(
        kind="invoice", trade_in=trade_in, name=keep_photo(taken), digest=taken.digest, width=taken.width,
        height=taken.height, added_by=UserFactory(), added_at=NOW,
    )  # fmt: skip


def test_photos_stand_on_the_page_and_open(client, trade_in, photo):
    html = page(client, trade_in)
    small, whole = (reverse(name, args=[photo.pk]) for name in ("staff-photo-small", "staff-photo"))
    assert f'src="{small}"' in html
    assert f'href="{whole}"' in html
    sizes = [len(client.get(address).content) for address in (small, whole)]
    assert sizes[0] < sizes[1]
    assert client.get(whole)["Content-Type"] == "image/jpeg"


def test_opening_a_photo_is_written_down_and_glancing_at_it_is_not(client, boss, photo):
    client.get(reverse("staff-photo-small", args=[photo.pk]))
    assert not AuditEntry.objects.filter(action="view").exists()
    client.get(reverse("staff-photo", args=[photo.pk]))
    entry = AuditEntry.objects.get(action="view")
    assert (entry.by, entry.object_type, entry.object_id) == (boss, "ebikes.tradeinphoto", str(photo.pk))


@pytest.mark.parametrize("role", [None, *ROLES])
def test_photos_are_for_those_who_may_see_the_record(photo, role):
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for name in ("staff-photo", "staff-photo-small"):
        status = client.get(reverse(name, args=[photo.pk])).status_code
        assert status == (200 if role in ("officer", "reviewer", "auditor") else 403)


def test_a_photo_that_is_gone_is_not_found(client, photo, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "empty"
    assert client.get(reverse("staff-photo", args=[photo.pk])).status_code == 404


# ------------------------------------------------------------------ in full


@pytest.mark.parametrize("of", ["owner", "bike", "trade_in"])
def test_who_it_is_in_full_is_shown_once_and_written_down(officer, owner, bike, trade_in, of):
    row = {"owner": owner, "bike": bike, "trade_in": trade_in}[of]
    client = logged_in(officer)
    assert "显示完整信息" in page(client, row)
    response = reveal(client, row)
    html = response.content.decode()
    fields = {"name": NAME, "id_no": ID_NO, "phone": "13912345678", "wallet_no": WALLET}
    if of == "bike":
        del fields["wallet_no"]
    for value in fields.values():
        assert value in html
    assert "no-store" in response["Cache-Control"]
    entry = AuditEntry.objects.get(action="reveal")
    assert (entry.by, entry.object_type, entry.object_id) == (officer, row._meta.label_lower, str(row.pk))
    assert entry.detail == {"reason": "核对收款人", "fields": sorted(fields)}
    for again in (page(client, row), client.get(url(type(row), "reveal", row.pk)).content.decode()):
        assert not [secret for secret in WHO if secret in again]


@pytest.mark.parametrize("role", [None, "finance", "auditor", "sysadmin", "merchant_manager"])
def test_without_the_right_nobody_sees_it(owner, bike, trade_in, role):
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for row in (owner, bike, trade_in):
        assert reveal(client, row).status_code == 403
        assert client.get(url(type(row), "reveal", row.pk)).status_code == 403
    with pytest.raises(NotAllowed):
        reveal_person(of=owner, reason="核对收款人", by=make_staff(role) if role else UserFactory(), now=NOW)
    assert not AuditEntry.objects.filter(action="reveal").exists()


def test_an_auditor_is_not_offered_what_is_not_the_auditors(trade_in):
    assert "显示完整信息" not in page(logged_in(make_staff("auditor")), trade_in)


EMPTY = ["", "x", "。。。。", "核对核对核对", "1234567890", "aaaaaaaaaaaa", "查看", "   "]


@pytest.mark.parametrize("reason", [*EMPTY, "电话13912345678的车主", f"查 {ID_NO[:6]} {ID_NO[6:]}"])
def test_without_a_reason_or_with_a_number_in_it_it_is_refused(officer, trade_in, reason):
    response = logged_in(officer).post(url(TradeIn, "reveal", trade_in.pk), {"reason": reason}, follow=True)
    assert said(response) == [
        "请写明为什么要查看，例如“车主来电核对收款账户”；理由中请勿填写证件号码或手机号。"
    ]
    assert not [secret for secret in WHO if secret in response.content.decode()]
    assert not AuditEntry.objects.filter(action="reveal").exists()


def test_nobody_copies_the_register_by_hand(officer, owner):
    with time_machine.travel(NOW, tick=False) as clock:
        for _time in range(REVEALS.limit):
            reveal_person(of=owner, reason="核对收款人", by=officer, now=NOW)
        client = logged_in(officer)
        response = client.post(url(Owner, "reveal", owner.pk), {"reason": "再看一位车主"}, follow=True)
        assert said(response) == ["您查看完整信息过于频繁，请 60 分钟后再试。"]
        assert NAME not in response.content.decode()
        assert (
            NAME in reveal(logged_in(make_staff("reviewer")), owner).content.decode()
        )  # counted for each person
        clock.shift(REVEALS.period + timedelta(seconds=1))
        assert NAME in reveal(logged_in(officer), owner).content.decode()
    assert AuditEntry.objects.filter(action="reveal").count() == REVEALS.limit + 2


def test_a_refusal_is_not_counted(officer, owner):
    for _time in range(REVEALS.limit + 1):
        with pytest.raises(NoReason):
            reveal_person(of=owner, reason=" ", by=officer, now=NOW)
    assert reveal_person(of=owner, reason="核对收款人", by=officer, now=NOW)


def test_what_is_not_there_is_not_found(officer):
    assert logged_in(officer).post(url(Owner, "reveal", 10**6), {"reason": "核对收款人"}).status_code == 404


def test_the_full_value_stays_out_of_logs(officer, owner):
    assert ID_NO not in repr(reveal_person(of=owner, reason="核对收款人", by=officer, now=NOW))
