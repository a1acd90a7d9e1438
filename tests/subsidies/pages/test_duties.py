"""What a shop owes and takes home: the letter, the plaque, the statement, the template, the news."""

import io
from datetime import date

import pytest
from django.core import mail
from django.urls import reverse
from openpyxl import load_workbook

from ebikes.importing.layouts import LAYOUTS
from merchants.models import CommitmentLetter, Training
from subsidies.portal.selectors.news import newest_event
from subsidies.portal.services.tell_merchants import digest_in_words, tell_merchants
from subsidies.tasks import send_notices
from tests.factories import NOW, MerchantFactory, make_claim, make_member
from tests.photos import EXECUTABLE, jpeg, upload
from tests.subsidies.pages.site import logged_in, trade_in_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(shop):
    return logged_in(make_member(shop, "owner"))


def sign(client, **data):
    page = client.post(reverse("letter-sign"), {"read": "on", "signer": "王店主", **data}, follow=True)
    return page.content.decode()


def test_the_owner_signs_once_and_prints_the_letter(owner, shop):
    assert "承诺书已签订" in sign(owner)
    assert "已经签过" in sign(owner)
    letter = CommitmentLetter.objects.get()
    assert (letter.merchant, letter.signer, len(letter.text_sha256)) == (shop, "王店主", 64)
    assert owner.get(reverse("letter")).content.startswith(b"%PDF")


def test_nobody_signs_without_reading_or_without_a_name(owner):
    assert "请写下签字人姓名" in sign(owner, signer=" ")
    page = owner.post(reverse("letter-sign"), {"signer": "王店主"}, follow=True).content.decode()
    assert "请先勾选" in page
    assert not CommitmentLetter.objects.exists()


def test_before_it_is_signed_there_is_nothing_to_print_or_to_show(owner):
    assert owner.get(reverse("letter")).status_code == 404
    assert owner.get(reverse("letter-photo")).status_code == 404
    page = owner.post(reverse("letter-post"), {"photo": upload(jpeg())}, follow=True).content.decode()
    assert "请先签订承诺书" in page


def test_a_photo_shows_that_it_hangs_in_the_shop(owner):
    sign(owner)
    bad = owner.post(reverse("letter-post"), {"photo": upload(EXECUTABLE)}, follow=True).content.decode()
    assert "不是照片" in bad
    assert CommitmentLetter.objects.get().posted_at is None
    owner.post(reverse("letter-post"), {"photo": upload(jpeg())})
    assert CommitmentLetter.objects.get().posted_at
    assert owner.get(reverse("letter-photo")).content.startswith(b"\xff\xd8")


def test_trainings_and_authorisations_are_listed(owner, shop, point):
    Training.objects.create(title="操作培训", held_on=date(2022, 5, 20), place="湖墅").attended_by.add(shop)
    page = owner.get(reverse("duties")).content.decode()
    assert "操作培训" in page
    assert point.point_no in page


def test_a_statement_holds_the_months_money_and_nobody_elses(claim, shop, clerk):
    make_claim(claim.scheme, trade_in=trade_in_of(MerchantFactory(), id_no=None))
    page = clerk.get(reverse("statements")).content.decode()
    assert page.count(claim.trade_in.record_no) == 1
    sheet = load_workbook(
        io.BytesIO(clerk.get(reverse("statement-xlsx", args=["2022-06"])).content)
    ).worksheets[0]
    text = str([[cell.value for cell in row] for row in sheet.iter_rows()])
    assert claim.trade_in.record_no in text
    assert "欧阳" not in text


def test_a_month_that_is_none_is_not_there(clerk):
    assert clerk.get(reverse("statement-pdf", args=["2022-13"])).status_code == 404
    assert "本店还没有申请" in clerk.get(reverse("statements"), {"month": "x"}).content.decode()


def test_the_template_has_the_columns_that_the_import_knows(clerk):
    content = clerk.get(reverse("import-template", args=["trade_ins"])).content
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [column.title for column in LAYOUTS["trade_ins"].columns]
    assert clerk.get(reverse("import-template", args=["merchants"])).status_code == 404


def test_news_are_there_until_they_were_seen(claim, shop):
    clerk = logged_in(make_member(shop))
    record = claim.trade_in.record_no
    assert record in clerk.get(reverse("portal")).content.decode()
    clerk.post(reverse("news-seen"), {"until": "999999999999"})
    assert record not in clerk.get(reverse("portal")).content.decode()


@pytest.mark.parametrize("until", ["", "x", "-1", "９", "9" * 30])
def test_nonsense_is_not_seen(claim, shop, until):
    clerk = logged_in(make_member(shop))
    assert clerk.post(reverse("news-seen"), {"until": until}).status_code == 302
    assert claim.trade_in.record_no in clerk.get(reverse("portal")).content.decode()


def test_merchants_are_told_once_and_without_names(claim, shop):
    make_member(shop)
    told = []
    channel = lambda merchant, text: told.append((merchant, text))  # noqa: E731
    assert tell_merchants(channel=channel, now=NOW) == 0  # the first time only sets the mark
    make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None))
    assert tell_merchants(channel=channel, now=NOW) == 1
    assert tell_merchants(channel=channel, now=NOW) == 0
    ((merchant, text),) = told
    assert merchant == shop
    assert "符合条件 1 份" in text


def test_the_mail_goes_to_everybody_of_the_shop_who_has_an_address(claim, shop, settings):
    settings.NOTICE_CHANNEL = "merchants.team.notices.to_email"
    for address in ("wang@example.org", ""):
        user = make_member(shop)
        user.email = address
        user.save()
    send_notices()
    make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None))
    assert send_notices() == 1
    assert mail.outbox[0].to == ["wang@example.org"]
    assert newest_event() > 0


def test_a_digest_is_a_sentence():
    assert digest_in_words({"paid": 2, "refused": 1}).count("份") == 2
