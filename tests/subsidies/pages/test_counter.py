"""The stepped form: every field judged as it is typed, every bad photo told why, nothing lost, one record."""

import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
import segno
from django.urls import reverse
from django.utils import timezone

from ebikes.models import TradeIn, TradeInDraft, TradeInPhoto
from subsidies.checks.pages.precheck import give
from subsidies.intake.pages.steps import STEPS
from subsidies.intake.pages.typed_times import in_full
from subsidies.intake.services.drafts import cells_of, open_draft
from tests.ebikes.files import typed_at
from tests.factories import MerchantFactory, make_member, make_scheme
from tests.photos import EXECUTABLE, HEIC, XLSX_LIKE, jpeg, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_answers_and_is_asked_once(settings, monkeypatch):
    settings.OUTSIDE = settings.OUTSIDE | {"attempts": 1, "breaker_failures": 10_000}
    monkeypatch.setattr("ebikes.licensing.outside._guards", {})


@pytest.fixture
def draft(point, shop):
    make_scheme()
    return open_draft(merchant=shop, by=make_member(shop), now=timezone.now())


@pytest.fixture
def typed(point):
    return typed_at(point)


def send(client, draft, slug, data, **more):
    return client.post(reverse("draft", args=[draft.pk, slug]), {**data, **more}, follow=True)


def kept(draft):
    draft.refresh_from_db()
    return cells_of(draft)


def filled_in(client, draft, typed):
    for step in STEPS:
        response = send(
            client, draft, step.slug, {field.key: typed.get(field.key, "") for field in step.fields}
        )
    return response


def test_step_by_step_it_becomes_one_record(clerk, draft, typed):
    page = filled_in(clerk, draft, typed).content.decode()
    assert "核对提交" in page
    assert typed["id_no"] not in page

    first = clerk.post(reverse("draft-submit", args=[draft.pk]))
    second = clerk.post(reverse("draft-submit", args=[draft.pk]))
    assert first.headers["Location"] == second.headers["Location"]
    assert TradeIn.objects.get().filing_plate_no == typed["filing_plate_no"]
    assert clerk.get(reverse("draft", args=[draft.pk, "owner"])).status_code == 302


def test_a_step_with_a_mistake_says_so_leads_there_and_keeps_what_was_typed(clerk, draft, typed):
    page = send(clerk, draft, "owner", {**typed, "id_no": "1"}).content.decode()
    assert "位数不对" in page
    assert re.search(r'name="id_no"[^>]*autofocus', page)
    page = send(clerk, draft, "sale", {**typed, "phone": "12345"}).content.decode()
    assert "不是中国大陆的手机号码" in page
    assert (kept(draft)["phone"], kept(draft)["owner_name"]) == ("12345", "王小芳")


def test_saving_for_later_asks_for_nothing(clerk, draft):
    response = send(clerk, draft, "sale", {"owner_name": "王小芳"}, leave="yes")
    assert response.redirect_chain == [(reverse("portal"), 302)]
    assert "保存的登记" in response.content.decode()


@pytest.mark.parametrize(("value", "sentence"), [("12345", "不是中国大陆的手机号码"), ("13812345678", "")])
def test_one_field_is_kept_and_judged_at_once(clerk, draft, value, sentence):
    url = reverse("draft-field", args=[draft.pk, "sale"])
    said = clerk.post(url, {"field": "phone", "phone": value}).content.decode()
    assert sentence in said
    assert said.startswith("<input") is not bool(sentence)
    assert kept(draft)["phone"] == value


def shown_with(client, draft, slug="owner"):
    page = client.get(reverse("draft", args=[draft.pk, slug])).content.decode()
    return {"as_seen": unescape(re.search(r'name="as_seen"[^>]*value="([^"]*)"', page).group(1))}


SALE = dict.fromkeys(("brand", "owner_name", "phone"), "")


def test_two_windows_empty_none_of_each_others_fields(clerk, draft):
    """Each saves the whole step as it types: the second had emptied what the first one filled in."""
    first, second = shown_with(clerk, draft, "sale"), shown_with(clerk, draft, "sale")
    send(clerk, draft, "sale", {**SALE, "brand": "杭A123456", **first}, leave="yes")
    address = reverse("draft-field", args=[draft.pk, "sale"])
    for name in ("王小", "王小芳"):  # typed on, and saved again by the page that stays as it is
        told = clerk.post(
            address, {**SALE, "owner_name": name, **second, "field": "owner_name"}
        ).content.decode()
        second = {"as_seen": unescape(re.search(r'value="([^"]*)" hx-swap-oob', told).group(1))}
    assert (kept(draft)["brand"], kept(draft)["owner_name"]) == ("杭A123456", "王小芳")


def test_what_two_windows_put_differently_is_told_and_the_second_may_insist(clerk, draft):
    first, second = shown_with(clerk, draft, "sale"), shown_with(clerk, draft, "sale")
    send(
        clerk,
        draft,
        "sale",
        {**SALE, "brand": "杭A123456", "owner_name": "王小芳", **first},
        leave="yes",
    )
    other = {**SALE, "brand": "杭A654321"}
    page = send(clerk, draft, "sale", {**other, **second}, leave="yes").content.decode()
    assert "另一窗口刚把这一项改为“杭A123456”" in page
    assert kept(draft)["brand"] == "杭A123456"
    again = {"as_seen": unescape(re.search(r'name="as_seen"[^>]*value="([^"]*)"', page).group(1))}
    send(clerk, draft, "sale", {**other, **again}, leave="yes")
    assert (kept(draft)["brand"], kept(draft)["owner_name"]) == ("杭A654321", "王小芳")


@pytest.mark.parametrize("seen", ["", "x", "[]", '{"owner_name": 1}', "null"])
def test_a_page_that_says_nonsense_of_what_it_showed_is_as_one_that_says_nothing(clerk, draft, seen):
    send(clerk, draft, "sale", {**SALE, "brand": "杭A123456", "as_seen": seen}, leave="yes")
    assert kept(draft)["brand"] == "杭A123456"


@pytest.mark.parametrize("field", ["", "no_such_field", "merchant_uscc"])
def test_a_field_that_is_not_on_the_page_changes_nothing(clerk, draft, field):
    before = kept(draft)
    clerk.post(reverse("draft-field", args=[draft.pk, "owner"]), {"field": field, field or "x": "1"})
    after = kept(draft)
    assert {key: after[key] for key in before if before[key]} == {k: v for k, v in before.items() if v}
    assert "no_such_field" not in after


@pytest.mark.parametrize("slug", ["nowhere", "review"])
def test_an_unknown_step_is_the_first_and_the_last_lists_what_is_missing(clerk, draft, slug):
    page = clerk.get(reverse("draft", args=[draft.pk, slug])).content.decode()
    assert ("没有填写" in page) is (slug == "review")
    assert ("提交</button>" in page) is False


def test_an_unfinished_draft_is_refused_in_words(clerk, draft):
    response = clerk.post(reverse("draft-submit", args=[draft.pk]), follow=True)
    assert "“备案号牌”没有填写" in response.content.decode()
    assert not TradeIn.objects.exists()


def test_a_photo_comes_with_what_is_typed_beside_it(clerk, draft):
    photo = upload(jpeg())
    page = send(
        clerk, draft, "owner", {"filing_plate_no": "杭A1", "old_bike": photo}, stay="yes"
    ).content.decode()
    assert "照片已保存" in page
    assert kept(draft)["filing_plate_no"] == "杭A1"
    url = reverse("photo", args=[TradeInPhoto.objects.get().pk])
    assert clerk.get(url).content.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (EXECUTABLE, "不是照片"),
        (XLSX_LIKE, "不是照片"),
        (HEIC, "HEIC"),
        (jpeg()[:3000], "不完整或已损坏"),
        (b"", "没有|空"),
        (jpeg(size=(50, 50)), "太小"),
        (b"\xff\xd8" + b"\0" * (21 * 2**20), "超过 20 MB"),
    ],
    ids=["executable", "spreadsheet", "HEIC", "truncated", "empty", "a stamp", "too large"],
)
def test_a_bad_photo_gets_a_sentence_and_loses_nothing(clerk, draft, content, sentence):
    data = {"filing_plate_no": "杭A1", "old_bike": upload(content)}
    response = send(clerk, draft, "owner", data, stay="yes")
    page = response.content.decode()
    assert response.status_code == 200
    assert any(part in page for part in sentence.split("|"))
    assert kept(draft)["filing_plate_no"] == "杭A1"
    assert not TradeInPhoto.objects.exists()


def code_of(text):
    out = io.BytesIO()
    segno.make(text).save(out, kind="png", scale=10)
    return upload(out.getvalue(), "code.png")


def test_the_code_on_a_certificate_fills_in_the_number(clerk, draft):
    scan = code_of("https://example.invalid/?vinCode=123422200000001")
    assert (
        "已识别：123422200000001" in send(clerk, draft, "sale", {"scan": scan}, stay="yes").content.decode()
    )
    assert kept(draft)["vehicle_code"] == "123422200000001"


def test_the_code_on_a_plate_fills_in_the_plate(clerk, draft):
    send(clerk, draft, "sale", {"scan": code_of("号牌：浙A·123456")}, stay="yes")
    assert kept(draft)["digital_plate_no"] == "浙A123456"


def test_a_code_that_is_none_of_ours_is_told(clerk, draft):
    page = send(
        clerk, draft, "sale", {"scan": code_of("https://example.invalid/a-poster-in-the-street")}, stay="yes"
    ).content.decode()
    assert "没有可用的二维码" in page


def test_a_draft_is_thrown_away(clerk, draft):
    assert "不能恢复" in clerk.get(reverse("draft-discard", args=[draft.pk])).content.decode()
    assert TradeInDraft.objects.exists()
    clerk.post(reverse("draft-discard", args=[draft.pk]))
    assert not TradeInDraft.objects.exists()


def test_what_the_pre_check_knew_is_filled_in(clerk, point):
    asked = {"plate": "杭A000001", "id_kind": "居民身份证", "id_no": "1"}
    sealed = give(point.merchant, asked, now=timezone.now())
    clerk.post(reverse("draft-new"), {"given": sealed, "merchant_uscc": "X"})
    cells = kept(TradeInDraft.objects.get())
    assert (cells["filing_plate_no"], cells["id_no"]) == ("杭A000001", "1")
    assert cells["merchant_uscc"] == point.merchant.uscc


@pytest.mark.parametrize("change", ["another shop's", "another text", "three hours later", ""])
def test_what_no_pre_check_of_this_shop_has_sealed_just_now_fills_in_nothing(clerk, point, change):
    asked = {"plate": "杭A000001", "id_kind": "居民身份证", "id_no": "1"}
    ago = timedelta(hours=3) if change == "three hours later" else timedelta()
    whose = MerchantFactory() if change == "another shop's" else point.merchant
    sealed = {"another text": "eyJ9", "": ""}.get(change) if change in ("another text", "") else None
    sealed = give(whose, asked, now=timezone.now() - ago) if sealed is None else sealed
    clerk.post(reverse("draft-new"), {"given": sealed})
    assert not TradeInDraft.objects.exists()


PERSONAL = ("owner_name", "id_no", "phone", "wallet_no")


def whole(page, typed):
    return [key for key in PERSONAL if typed[key].removeprefix("+86") in page]


@pytest.fixture
def known(typed):
    return {**typed, "owner_name": "欧阳娜娜", "phone": "13912345678", "wallet_no": "0022000011112222"}


def test_what_tells_who_it_is_goes_in_and_comes_back_masked_on_no_page_in_full(clerk, draft, known):
    pages = [filled_in(clerk, draft, known).content.decode()]
    pages += [
        clerk.get(reverse("draft", args=[draft.pk, slug])).content.decode() for slug in ("owner", "sale")
    ]
    pages.append(send(clerk, draft, "owner", {**known, "id_no": known["id_no"][:-1]}).content.decode())
    assert not [found for page in pages if (found := whole(page, known))]
    assert known["id_no"][:17] not in pages[3]
    assert "139****5678(留空不改)" in pages[2]
    assert "****2222(留空不改)" in pages[2]


def test_a_correction_shows_nobody_in_full_and_what_is_left_empty_stays(clerk, draft, known):
    filled_in(clerk, draft, known)
    clerk.post(reverse("draft-submit", args=[draft.pk]))
    claim = TradeIn.objects.get().claims.get()
    clerk.post(reverse("claim-correct", args=[claim.pk]))
    correction = TradeInDraft.objects.get(replaces=claim.trade_in)
    page = clerk.get(reverse("draft", args=[correction.pk, "owner"])).content.decode()
    assert whole(page, known) == []

    unsaid = dict.fromkeys(PERSONAL, "")
    review = filled_in(
        clerk, correction, {**known, **unsaid, "digital_plate_no": "浙A999999"}
    ).content.decode()
    assert whole(review, known) == []
    clerk.post(reverse("draft-submit", args=[correction.pk]))
    right = TradeIn.objects.latest("pk")
    assert (right.digital_plate_no, right.owner.id_no, right.owner_name) == (
        "浙A999999", known["id_no"], known["owner_name"]
    )  # fmt: skip
    assert (right.phone, right.wallet_no) == ("+8613912345678", known["wallet_no"])


def test_what_may_be_lacking_is_taken_out_by_a_tick_and_by_nothing_else(clerk, draft, known):
    send(clerk, draft, "sale", known, stay="yes")
    send(clerk, draft, "sale", {**known, "wallet_no": ""}, stay="yes")
    assert kept(draft)["wallet_no"] == known["wallet_no"]
    send(clerk, draft, "sale", {**known, "wallet_no": "", "wallet_no_out": "on"}, stay="yes")
    assert kept(draft)["wallet_no"] == ""


def test_a_payee_that_is_refused_is_not_written_back_into_the_page(clerk, draft, known):
    filled_in(clerk, draft, known)
    clerk.post(reverse("draft-submit", args=[draft.pk]))
    url = reverse("claim-payee", args=[TradeIn.objects.get().claims.get().pk])
    page = clerk.post(url, {"wallet_no": "6222000011119999", "phone": "1391234567"}).content.decode()
    assert "6222000011119999" not in page
    assert 'value="1391234567"' not in page


def test_a_phone_that_says_nothing_is_none_and_no_500(clerk, draft, known):
    filled_in(clerk, draft, known)
    clerk.post(reverse("draft-submit", args=[draft.pk]))
    url = reverse("claim-payee", args=[TradeIn.objects.get().claims.get().pk])
    assert clerk.post(url, {"wallet_no": "", "phone": "NaN"}).status_code == 200
    assert clerk.post(url, {"wallet_no": "NaN", "phone": "-"}).status_code == 200


def test_a_tap_makes_no_draft_and_what_is_typed_makes_one(clerk, point):
    make_scheme()
    page = clerk.get(reverse("draft-new")).content.decode()
    key = re.search(r'name="key" value="([^"]*)"', page).group(1)
    assert "没有填写" in clerk.post(reverse("draft-new"), {"key": key}).content.decode()
    assert not TradeInDraft.objects.exists()
    for _twice in range(2):
        typed = {"key": key, "filing_plate_no": "杭A123456", "field": "filing_plate_no"}
        told = clerk.post(reverse("draft-new-field"), typed)
    draft = TradeInDraft.objects.get()
    assert told.headers["HX-Replace-Url"] == reverse("draft", args=[draft.pk, "owner"])
    home = clerk.get(reverse("portal")).content.decode()
    assert "杭A123456" in home


@pytest.mark.parametrize("field", [field for step in STEPS for field in step.fields if field.required])
def test_the_sentence_calls_a_field_as_its_label_does(clerk, draft, field):
    page = clerk.get(reverse("draft", args=[draft.pk, "review"])).content.decode()
    assert f"“{field.label}”没有填写" in page or field.key in ("id_kind", "agent_point_no", "owner_name")


def test_an_invoices_code_says_its_number_its_day_and_with_the_tax_its_price(clerk, draft):
    scan = code_of("01,32,,23332000000012345678,2999.00,20220601,,7A2E,")
    send(clerk, draft, "sale", {"invoice": scan}, stay="yes")
    cells = kept(draft)
    assert (cells["invoice_no"], cells["price_fen"], cells["purchased_at"]) == (
        "23332000000012345678", "2999.00", "2022-06-01"
    )  # fmt: skip
    send(
        clerk,
        draft,
        "sale",
        {"scan": code_of("01,10,033001800111,12345678,2654.87,20220602,1,A,")},
        stay="yes",
    )
    assert (kept(draft)["invoice_no"], kept(draft)["price_fen"]) == ("12345678", "2999.00")


def test_a_wrong_photo_is_taken_back(clerk, draft):
    send(clerk, draft, "owner", {"old_bike": upload(jpeg())}, stay="yes")
    send(clerk, draft, "owner", {"drop": TradeInPhoto.objects.get().pk})
    assert not TradeInPhoto.objects.exists()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("8月31日", "2022-08-31"),
        ("8-31 10:30", "2022-08-31 10:30"),
        ("12月1日9点", "2021-12-01 9点"),
        ("今天 10:30", "2022-09-20 10:30"),
        ("昨天", "2022-09-19"),
        ("20220831", "20220831"),
        ("2月30日", "2月30日"),
        ("x", "x"),
    ],
)
def test_a_day_without_its_year_is_the_last_such_day(typed, meant):
    assert in_full(typed, today=date(2022, 9, 20)) == meant
