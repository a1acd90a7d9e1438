"""The one box: it finds by whatever people have in hand, shows nobody more than is theirs, and keeps nothing of it."""

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.accounts.roles import ROLES
from core.models import AuditEntry
from core.privacy.sealing import blind_index
from ebikes.models import FiledBike, Owner, TradeIn
from merchants.models import AgentPoint, Merchant
from subsidies.claims.services.change_payee import change_payee
from subsidies.models import Claim, PayoutBatch, PayoutLine
from subsidies.review.services.holds import place_holds
from subsidies.search.selectors.find import KINDS, SHOWN, find_all
from subsidies.search.selectors.search_terms import WAYS, advice, read_as
from tests.admin.district import NAME, WHO_IT_IS, District, logged_in
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    MerchantFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    make_claim,
    make_member,
    make_staff,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("annas_number")]

BOX = reverse("staff-search")
ID_NO, PHONE, WALLET = "33010519491231008X", "+8613912345678", "6222000011112222"
PLATE, NEW_PLATE, FRAME = "杭K123456", "浙A7788K", "LX20180601"
RECORD, VEHICLE = "TH2022-000777", "123422200007788"
USCC = "91330105MA27XY1H0K"


@pytest.fixture(scope="module")
def annas_number(module_db):
    """Anna's bike, trade-in, claim and payment, with the shop and the point; and somebody else's, who is never found."""
    district = District()
    district.pay(district.grow())
    TradeIn.objects.update(phone_index=None, wallet_index=None)  # theirs are other numbers
    owner = OwnerFactory(name=NAME, id_no=ID_NO)
    shop = MerchantFactory(name="湖墅南路欧克店", uscc=USCC)
    point = AgentPointFactory(merchant=shop, point_no="GS-DB-9001")
    indexes = {"phone": PHONE, "phone_index": blind_index(PHONE, context="phone")}
    FiledBikeFactory(owner=owner, filing_plate_no=PLATE, frame_no=FRAME, **indexes)
    trade_in = TradeInFactory(
        owner=owner, owner_name=NAME, record_no=RECORD, filing_plate_no=PLATE, digital_plate_no=NEW_PLATE,
        vehicle_code=VEHICLE, agent_point=point, wallet_no=WALLET,
        wallet_index=blind_index(WALLET, context="wallet_no"), **indexes,
    )  # fmt: skip
    claim = make_claim(district.scheme, trade_in=trade_in)
    district.pay(claim)
    return claim.pk


@pytest.fixture
def district(annas_number):
    """Anna's district."""
    return District(Claim.objects.get(pk=annas_number).scheme)


@pytest.fixture
def anna(annas_number):
    """Her claim."""
    return Claim.objects.get(pk=annas_number)


def ask(client, text):
    response = client.post(BOX, {"text": text})
    assert response.status_code == 200
    return response


def sections(response):
    return {str(section.title): len(section.lines) for section in response.context["sections"]}


OF_A_PERSON = {"申请", "置换记录", "备案车辆", "车主", "发放"}
OF_A_RECORD = {"申请", "置换记录", "发放"}


def wide(text):
    """As a Chinese keyboard types it: full-width."""
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


TIDY_AND_UNTIDY = [
    *((text, OF_A_PERSON) for text in (ID_NO, "330105 19491231 008x", wide(ID_NO), "\t33010519491231008x ")),
    *((text, OF_A_PERSON) for text in ("13912345678", "+86 139-1234-5678", wide("13912345678"), "0086 13912345678")),
    *((text, OF_A_RECORD) for text in (WALLET, "6222 0000 1111 2222", wide(WALLET))),
    *((text, OF_A_PERSON) for text in (PLATE, "杭k·123456", "杭K 123456", "杭K・123456")),
    *((text, OF_A_RECORD) for text in (NEW_PLATE, "浙A·7788k", wide(NEW_PLATE))),
    *((text, OF_A_RECORD) for text in (VEHICLE, "123 422 200 007 788", f"https://x.cn/q?vinCode={VEHICLE}")),
    *((text, OF_A_RECORD) for text in (RECORD, "th2022-000777", wide(RECORD))),
    *((text, {"备案车辆"}) for text in (FRAME, "lx2018 0601")),
    *((text, {"商户", "代办点"}) for text in (USCC, USCC.lower(), " 91330105 MA27XY1H0K")),
    *((text, {"商户"}) for text in ("欧克", "湖墅南路欧克店", " 欧克 ")),
    *((text, {"商户", "代办点"}) for text in ("GS-DB-9001", "gs-db-9001", wide("GS-DB-9001"))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), TIDY_AND_UNTIDY)
def test_every_way_of_naming_finds_tidy_or_untidy(client, anna, text, kinds):
    assert sections(ask(client, text)) == dict.fromkeys(kinds, 1)


@pytest.mark.parametrize(("field", "typed"), [("wallet_no", "6222 0000 3333 4444"), ("phone", "13900000009")])
def test_where_a_payment_was_led_to_later_finds_it_as_well(client, district, anna, field, typed):
    claim = make_claim(district.scheme, trade_in=TradeInFactory())
    change_payee(claim=claim, cells={field: typed}, by=district.maker, now=NOW)
    found = sections(ask(client, typed))
    assert {kind: found.get(kind) for kind in ("申请", "置换记录")} == {"申请": 1, "置换记录": 1}


def test_a_payout_is_found_by_its_number_and_by_its_batchs(client, anna):
    line = PayoutLine.objects.get(claim=anna)
    assert sections(ask(client, line.request_no.lower())) == {"申请": 1, "发放": 1}
    assert sections(ask(client, line.batch.request_no)) == {"发放批次": 1}


def test_every_line_leads_to_a_page_that_opens(client, anna):
    seen = [ask(client, text) for text in (ID_NO, "GS-DB-9001", PayoutBatch.objects.latest("pk").request_no)]
    links = [line.url for page in seen for section in page.context["sections"] for line in section.lines]
    assert len(links) == 5 + 2 + 1
    for link in links:
        assert client.get(link).status_code == 200


def test_what_was_found_says_where_it_stands(client, anna):
    page = ask(client, RECORD).content.decode()
    assert "发放中" in page or "已批准" in page
    assert "300 元" in page
    assert "第 1 阶段" in page


def test_a_held_claim_is_marked(client, district):
    claim = make_claim(district.scheme)
    assert "暂缓" not in ask(client, claim.trade_in.record_no).content.decode()
    place_holds(kind="objection", evidence={claim.pk: {}}, by=UserFactory(), now=NOW)
    assert "暂缓" in ask(client, claim.trade_in.record_no).content.decode()


def test_one_hit_is_shown_and_goes_nowhere_by_itself(client, anna):
    response = client.post(BOX, {"text": FRAME})
    assert response.status_code == 200
    assert PLATE in response.content.decode()


def test_more_than_a_page_takes_are_not_all_listed(client, district):
    shops = MerchantFactory.create_batch(SHOWN + 2, name="大关连锁店")
    page = ask(client, "大关")
    assert sections(page) == {"商户": SHOWN}
    assert page.context["sections"][0].count == len(shops)
    assert "只列出最新的 20 条" in page.content.decode()


# ------------------------------------------------------------------ nothing found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("330105199001010011", "按证件号码、单号、发放请求号查找，没有找到。"),
        ("13700000000", "按手机号"),
        ("330105199001010012", "校验码不符"),
        ("王小芳", "不能按车主姓名查找"),
        ("杭Z999999", "按号牌"),
        ("！", "看不出这是什么号码"),
        ("x" * 201, "看不出这是什么号码"),
    ],
)
def test_nothing_found_says_what_was_understood(client, anna, text, sentence):
    page = ask(client, text)
    assert sections(page) == {}
    assert sentence in page.content.decode()


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_asked_is_an_empty_box(client, anna, text):
    page = ask(client, text)
    assert "没有" not in page.content.decode()[page.content.decode().index('<main class="staff">') :]
    assert not AuditEntry.objects.filter(action="search").exists()


@pytest.mark.parametrize("text", ["%", "_", "' OR 1=1 --", "王%", "😀", "\\"])
def test_strange_texts_find_nothing_and_break_nothing(client, anna, text):
    assert sections(ask(client, text)) == {}


def test_readings_are_told_from_the_surest_on():
    assert [each.way for each in read_as(ID_NO)] == ["id_no", "record_no", "payout_no"]
    assert next(each.way for each in read_as("13912345678")) == "phone"
    assert next(each.way for each in read_as(VEHICLE)) == "vehicle_code"
    assert not [each for each in read_as(ID_NO) if ID_NO in repr(each)]
    assert advice(ID_NO) == ""


# ------------------------------------------------------------------ who may see what

EVERYTHING = {"申请", "置换记录", "备案车辆", "车主", "商户", "代办点", "发放批次", "发放"}
SEES = {
    "officer": EVERYTHING,
    "reviewer": EVERYTHING,
    "auditor": EVERYTHING,
    "finance": {"申请", "发放批次", "发放"},
    "sysadmin": {"商户"},
    "merchant_manager": {"商户", "代办点"},
}
TEXTS = (ID_NO, PHONE, WALLET, PLATE, NEW_PLATE, VEHICLE, RECORD, FRAME, USCC, "欧克", "GS-DB-9001")


@pytest.mark.parametrize("role", SEES)
def test_nobody_finds_what_the_role_may_not_see(anna, role):
    client = logged_in(make_staff(role))
    numbers = (anna.payout_lines.get().request_no, PayoutBatch.objects.latest("pk").request_no)
    found, links = set(), set()
    for text in (*TEXTS, *numbers):
        page = ask(client, text)
        found |= sections(page).keys()
        assert not [secret for secret in (*WHO_IT_IS, ID_NO) if secret in page.content.decode()]
        for section in page.context["sections"]:
            assert section.lines
            links |= {line.url for line in section.lines}
    assert found == SEES[role]
    assert [link for link in links if client.get(link).status_code != 200] == []


@pytest.mark.parametrize("role", [*sorted(set(ROLES) - set(SEES)), None])
def test_whoever_may_see_nothing_has_no_box_and_no_page(anna, role):
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    assert client.get(BOX).status_code == 403
    assert client.post(BOX, {"text": ID_NO}).status_code == 403
    assert f'action="{BOX}"' not in client.get(reverse("admin:index")).content.decode()


def test_strangers_and_merchants_are_shown_the_door(client, anna):
    for visitor in (type(client)(), logged_in(make_member(anna.trade_in.merchant, "owner"))):
        assert visitor.post(BOX, {"text": ID_NO}).status_code == 302
    assert not AuditEntry.objects.filter(action="search").exists()


@pytest.mark.parametrize("role", SEES)
def test_every_page_of_the_staff_has_the_box(anna, role):
    client = logged_in(make_staff(role))
    for address in (reverse("admin:index"), BOX):
        assert f'action="{BOX}"' in client.get(address).content.decode()


# ------------------------------------------------------------------ nothing is kept


@pytest.mark.parametrize("text", [ID_NO, "330105199001010010", "13912345678", WALLET, NAME])
def test_the_text_stands_in_no_address_no_log_and_no_entry(client, anna, caplog, text):
    with caplog.at_level(logging.DEBUG):
        response = ask(client, text)
        assert text not in response.request["PATH_INFO"] + response.request["QUERY_STRING"]
        assert text not in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        for section in response.context["sections"]:
            assert not [line.url for line in section.lines if text in line.url]
    said = " ".join(entry.getMessage() for entry in caplog.records if entry.name != "django.db.backends")
    assert text not in said
    kept = " ".join(f"{entry.detail} {entry.object_id} {entry.before}" for entry in AuditEntry.objects.all())
    assert text not in kept


def test_an_entry_says_how_was_looked_and_how_much_was_found(boss, client, anna):
    ask(client, PHONE)
    entry = AuditEntry.objects.get(action="search")
    assert (entry.by, entry.object_type) == (boss, "")
    assert entry.detail["ways"] == ["phone"]
    assert entry.detail["found"]["subsidies.claim"] == 1


def test_a_text_in_the_address_is_not_looked_for(client, anna):
    for name in ("text", "q", "s"):
        page = client.get(BOX, {name: RECORD})
        assert page.status_code == 200
        assert sections(page) == {}


def test_the_palette_that_asks_by_address_is_gone(client, district):
    page = client.get(reverse("admin:index")).content.decode()
    assert "searchCommand" not in page
    assert "hx-get" not in page
    assert reverse("admin:search") == BOX


# ------------------------------------------------------------------ the lists' own boxes


@pytest.mark.parametrize("model", [Claim, TradeIn, FiledBike, PayoutBatch, Owner])
def test_lists_of_people_have_no_box_of_their_own(client, model):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    assert 'id="searchbar"' not in client.get(reverse(name)).content.decode()


@pytest.mark.parametrize("model", [Claim, TradeIn, FiledBike, Merchant, AgentPoint])
@pytest.mark.parametrize(
    "typed", [ID_NO, "330105 19491231 008x", "13912345678", "+86 139 1234 5678", "电话13912345678"]
)
def test_a_number_of_a_person_in_an_address_is_led_away_from(client, district, model, typed):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    response = client.get(address, {"q": typed, "o": "1"})
    assert (response.status_code, response["Location"]) == (302, f"{address}?o=1")
    assert "没有查找" in client.get(address).content.decode()


@pytest.mark.parametrize("typed", ["湖墅", USCC, "913301050000000012", "GS-DB-0001", "TH202200000001"])
def test_other_texts_are_searched_in_the_lists_that_have_a_box(client, district, typed):
    address = reverse("admin:merchants_merchant_changelist")
    assert client.get(address, {"q": typed}).status_code == 200


# ------------------------------------------------------------------ quick


def test_it_costs_the_same_for_one_and_for_many(client, anna):
    def queries(text):
        with CaptureQueriesContext(connection) as captured:
            ask(client, text)
        return len(captured)

    ask(client, ID_NO)
    before = {text: queries(text) for text in TEXTS}
    for number in range(10):
        bike = FiledBikeFactory(owner=anna.owner, phone_index=blind_index(PHONE, context="phone"))
        trade_in = TradeInFactory(
            owner=anna.owner, phone_index=bike.phone_index, wallet_index=anna.trade_in.wallet_index,
            digital_plate_no=NEW_PLATE, agent_point=anna.trade_in.agent_point,
        )  # fmt: skip
        make_claim(anna.scheme, trade_in=trade_in)
        MerchantFactory(name=f"欧克{number}店")
    assert {text: queries(text) for text in TEXTS} == before
    assert max(before.values()) < 50


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_naming_has_an_index(anna, way):
    """Where a table may not be read through, PostgreSQL still finds a way: an index. Merchants are a few hundred."""
    text = {
        **{"id_no": ID_NO, "phone": PHONE, "vehicle_code": VEHICLE, "uscc": USCC, "wallet_no": WALLET},
        **{"record_no": RECORD, "payout_no": "A" * 32, "plate": PLATE, "point_no": "GS-DB-9001"},
        **{"frame_no": FRAME, "merchant_name": "欧克"},
    }[way]
    readings = [each for each in read_as(text) if each.way == way]
    with CaptureQueriesContext(connection) as captured:
        find_all(readings=readings, models=KINDS)
    asked = [query["sql"] for query in captured]
    assert asked
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert way == "merchant_name" or "Seq Scan" not in plan, plan
