"""The case file of a claim: all of it on numbered pages, who printed it at the foot; and an archive of many."""

import csv
import io
import zipfile
from hashlib import md5

import pytest
from django.urls import reverse

from core.exports import tasks
from core.exports.ask import Wish, ask_for_export
from core.exports.lists import Asked, Refusal
from core.models import AuditEntry, Export
from core.privacy.photos import drop_photo, keep_photo, take_photo
from ebikes.models import TradeInPhoto
from subsidies.casefile.bundle import CaseFiles
from subsidies.casefile.rules import RULES
from subsidies.engine.checks import CHECKS
from subsidies.models import Claim
from tests.admin.district import ID_NO, NAME, PHONE, WALLET, logged_in
from tests.admin.test_exports import fetch, files, messages  # noqa: F401 - both see to themselves
from tests.console import refused, tamper
from tests.factories import NOW, UserFactory, make_staff
from tests.laid import laid
from tests.merchants.documents.reading import pages, words
from tests.photos import jpeg, upload

pytestmark = pytest.mark.django_db

WHO = (NAME, ID_NO, PHONE, WALLET)


@laid
def claim(district):
    """Somebody's who is easily recognised, paid."""
    claim = district.grow()
    claim.owner.id_no = ID_NO
    claim.owner.save()
    district.pay(claim)
    return claim


def a_photo(trade_in):
    taken = take_photo(upload(jpeg()), size=1000)
    return TradeInPhoto.objects.create(
        kind="invoice", trade_in=trade_in, name=keep_photo(taken), digest=taken.digest, width=taken.width,
        height=taken.height, added_by=UserFactory(), added_at=NOW,
    )  # fmt: skip


def printed(client, claim, **said):
    response = client.post(reverse("staff-case-file", args=[claim.pk]), {"purpose": "年度审计抽查", **said})
    assert response.headers["Content-Type"] == "application/pdf", response.context["form"].errors
    return response.content


def test_everything_that_bears_on_a_claim_stands_on_numbered_pages(claim):
    a_photo(claim.trade_in)
    reviewer = make_staff("reviewer")
    pdf = printed(logged_in(reviewer), claim)
    all_of_it, text = pages(pdf), words(pdf)
    for number, page in enumerate(all_of_it, 1):
        assert f"第{number}页，共{len(all_of_it)}页" in page
        assert str(reviewer) in page
    for said in (
        *("申请和结论", "两个系统的答复", "浙江e行在线", "资格核验", "政策第1版", "经过", "收款信息和发放"),
        *("链值重算相符", "签名的链头", "补贴申请的批准", "印记相符", "审计记录", "照片：购车发票"),
        claim.trade_in.record_no,
    ):
        assert said in text
    assert "不符" not in text


def test_each_check_stands_beside_its_rule():
    assert [*RULES] == [*CHECKS]


def test_people_are_masked_unless_somebody_who_may_says_why(claim):
    officer = logged_in(make_staff("officer"))
    assert not [each for each in WHO if each in words(printed(officer, claim))]
    entry = AuditEntry.objects.filter(action="export").latest("pk")
    assert (entry.object_id, entry.detail["reason"]) == (str(claim.pk), "年度审计抽查")
    told = words(printed(officer, claim, in_full="on"))
    assert [each for each in WHO if each in told] == list(WHO)
    assert "年度审计抽查" in told
    assert AuditEntry.objects.filter(action="reveal").latest("pk").object_id == str(claim.pk)


def test_an_auditor_has_it_masked_whatever_was_sent(claim):
    told = words(printed(logged_in(make_staff("auditor")), claim, in_full="on"))
    assert not [each for each in WHO if each in told]


@pytest.mark.parametrize("purpose", ["", "x", "查 330105199001011234"])
def test_a_purpose_says_something_and_names_nobody(client, claim, purpose):
    response = client.post(reverse("staff-case-file", args=[claim.pk]), {"purpose": purpose})
    assert response.headers["Content-Type"].startswith("text/html")
    assert "用途" in response.context["form"].errors.as_text() or "purpose" in response.context["form"].errors


def test_a_row_that_was_rewritten_and_a_mark_that_does_not_fit_are_said(client, claim):
    tamper("UPDATE subsidies_ledgerentry SET at = at - interval '1 day' WHERE claim_id = %s", claim.pk)
    tamper(
        "UPDATE core_decisionmark SET mac = sha256(mac) WHERE kind = 'approved' AND subject = %s", claim.pk
    )
    text = words(printed(client, claim))
    assert "链值重算不符" in text
    assert "印记不符" in text


def test_a_photo_that_is_gone_is_said_to_be(client, claim):
    drop_photo(a_photo(claim.trade_in).name)
    assert "文件缺失或无法打开" in words(printed(client, claim))


# ------------------------------------------------------------------ many, in one archive


def archive(client, **form):
    address = reverse("admin:core_export_add", query={"list": "subsidies.claim", "filters": ""})
    response = client.post(address, {"file_format": "zip", **form})
    assert response.status_code == 302, response.context["form"].errors
    export = Export.objects.latest("pk")
    tasks.write_export(export.pk)
    return export, zipfile.ZipFile(io.BytesIO(fetch(client, export)))


def index_of(packed):
    return list(csv.reader(io.StringIO(packed.read("目录.csv").decode("utf-8-sig"))))


def test_a_sample_is_drawn_so_that_anybody_can_draw_it_again(client, district, claim):
    for _time in range(4):
        district.grow()
    export, packed = archive(client, sample="3")
    title, *lines, how = index_of(packed)
    assert title[:2] == ["文件", "淘汰置换单号"]
    assert f"MD5(“{export.pk}:”" in how[0]
    lots = sorted(Claim.objects.all(), key=lambda claim: md5(f"{export.pk}:{claim.pk}".encode()).hexdigest())  # noqa: S324
    assert [line[1] for line in lines] == [claim.trade_in.record_no for claim in lots[:3]]
    assert [line[0] for line in lines] == packed.namelist()[:-1]
    assert Export.objects.get(pk=export.pk).rows_written == 3
    assert lines[0][1] in words(packed.read(lines[0][0]))


def test_of_too_many_no_archive_is_made_and_what_was_drawn_stays(client, boss, district, claim, monkeypatch):
    monkeypatch.setattr(CaseFiles, "most", 0)
    with pytest.raises(Refusal, match="随机抽取"):
        ask_for_export(asked=Asked("subsidies.claim", "", boss), wish=Wish("zip"), now=NOW)
    monkeypatch.setattr(CaseFiles, "most", 9)
    export, _packed = archive(client)
    assert refused(f"UPDATE core_export SET sample = 1 WHERE id = {export.pk}", because="history")


def test_a_list_without_documents_has_no_archive(client, boss):
    address = reverse("admin:core_export_add", query={"list": "merchants.merchant", "filters": ""})
    assert "sample" not in client.get(address).content.decode()
    with pytest.raises(Refusal, match="没有可以打包"):
        ask_for_export(asked=Asked("merchants.merchant", "", boss), wish=Wish("zip"), now=NOW)


# ------------------------------------------------------------------ the audit trail, taken away


def test_the_audit_trail_is_taken_away_by_its_auditor_alone(claim):
    auditor = logged_in(make_staff("auditor"))
    address = reverse("admin:core_export_add", query={"list": "core.auditentry", "filters": ""})
    assert auditor.post(address, {"file_format": "csv"}).status_code == 302
    export = Export.objects.latest("pk")
    tasks.write_export(export.pk)
    rows = list(csv.DictReader(io.StringIO(fetch(auditor, export).decode("utf-8-sig"))))
    assert len(rows) > 10
    assert any(claim.trade_in.record_no in row["对象"] and row["内容"] for row in rows)
    assert not [each for each in WHO if each in str(rows)]
    for role in ("officer", "finance"):
        assert logged_in(make_staff(role)).get(address).status_code == 403
