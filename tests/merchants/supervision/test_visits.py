"""A visit in a shop: nothing is answered beforehand, every part may come twice, and what was concluded stands."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.shanghai import local_day, today
from merchants.models import Inspection, InspectionPhoto
from merchants.supervision import visits
from merchants.supervision.heads import HEADS
from merchants.supervision.inspection_tasks import ask_for_inspection
from merchants.supervision.resources import InspectionResource
from merchants.supervision.visits import Concluded, NotSaid
from tests.admin.district import logged_in
from tests.console import refused, update
from tests.factories import NOW, MerchantFactory, make_staff
from tests.laid import laid
from tests.photos import HEIC, jpeg, png, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@laid
def shop():
    return MerchantFactory()


@laid
def inspector():
    return make_staff("merchant_manager")


@laid
def begun(shop, inspector):
    visit = visits.begin_visit(shop=shop, by=inspector, now=NOW)
    visits.name_inspectors(visit=visit, inspectors="陈队、周工", note="", by=inspector, now=NOW)
    visit.refresh_from_db()
    return visit


@laid
def client(inspector):
    return logged_in(inspector)


def who(inspector):
    return {"by": inspector, "now": NOW}


def answered(visit, inspector, **others):
    """Every head as it should be, but for `others`: a head's finding, or finding and words."""
    for head in HEADS:
        said = others.get(head.code, "ok")
        finding, words = (said, "") if isinstance(said, str) else said
        visits.answer_head(visit=visit, head=head.code, finding=finding, words=words, **who(inspector))
    visit.refresh_from_db()


def sent(client, visit, **part):
    """One part as the script sends it: the answer's status, and what it says."""
    response = client.post(reverse("staff-visit", args=[visit.pk]), part, headers={"X-Part": "1"})
    return response.status_code, response.json()["said"]


def test_nothing_is_answered_before_somebody_answers(begun):
    assert {answer for _title, answer, _words in begun.answers()} == {""}
    assert len(visits.missing_from(begun)) == len(HEADS) + 1


def test_whoever_begins_again_goes_on_and_a_colleague_begins_anew(begun, shop, inspector):
    assert visits.begin_visit(shop=shop, **who(inspector)) == begun
    assert visits.begin_visit(shop=shop, **who(make_staff("merchant_manager"))) != begun


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"modified": ""}, "还没有填写"),
        ({"modified": "fault"}, "有问题，请写明情况"),
        ({"modified": "n/a"}, "未检查，请写明原因"),
        ({}, "还没有签字"),
    ],
)
def test_a_visit_is_not_concluded_before_all_is_said(begun, inspector, answers, sentence):
    answered(begun, inspector, **answers)
    with pytest.raises(NotSaid, match=sentence):
        visits.conclude_visit(visit=begun, conclusion="clean", rectify_by=None, **who(inspector))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("modified = '', signed_at = now()", "every_head_is_answered"),
        ("modified = 'n/a', signed_at = now()", "what_was_not_checked_says_why"),
        (
            "modified = 'fault', signed_at = now(), conclusion = 'rectify'",
            "what_was_found_on_the_spot_is_told",
        ),
        ("modified = 'n/a'", "stands under the signature"),
        ("note = '另有说明'", "stands under the signature"),
        ("signed_at = NULL, signer = NULL", "the_shop_signs_or_it_is_said_why_not"),
        ("refusal = '不在'", "the_shop_signs_or_it_is_said_why_not"),
        ("concluded_by_id = NULL", "a_visit_knows_who_began_and_who_ended_it"),
        ("conclusion = 'unseen'", "a_conclusion_agrees_with_the_findings"),
    ],
)
def test_nor_past_every_verb(begun, inspector, change, constraint):
    answered(begun, inspector)
    visits.sign_visit(visit=begun, signer="王店主", picture=None, **who(inspector))
    ended = f"conclusion = 'clean', concluded_at = now(), concluded_by_id = {inspector.pk}, rectify_by = '2099-01-01'"
    ended = ", ".join(each for each in ended.split(", ") if each.split(" =")[0] not in change)
    assert refused(update(begun, f"{ended}, {change}"), because=constraint)


def test_nobody_signs_a_blank(client, begun, inspector):
    answered(begun, inspector, modified=("fault", ""))
    for part in ({"part": "sign", "signer": "王店主"}, {"part": "refuse", "refusal": "店主不在"}):
        status, said = sent(client, begun, **part)
        assert (status, "填完后，商户才能签字" in said, "请写明情况" in said) == (422, True, True)
    assert refused(update(begun, "signed_at = now(), refusal = 'x', modified = ''"), because="every_head")


def test_what_is_changed_after_the_signature_voids_it_and_the_same_said_again_does_not(
    client, begun, inspector
):
    answered(begun, inspector)
    visits.sign_visit(visit=begun, signer="王店主", picture=None, **who(inspector))
    again = {"part": "answer", "head": "modified", "finding": "ok"}
    assert sent(client, begun, **again) == (200, "已保存")
    assert "签字作废" in client.get(reverse("staff-visit", args=[begun.pk])).content.decode()
    assert "原来的签字作废" in sent(client, begun, **again, words="另有一辆")[1]
    begun.refresh_from_db()
    assert (begun.signed_at, begun.signer, visits.missing_from(begun)) == (
        None,
        None,
        ["商户还没有签字；拒签的，请写明原因。"],
    )


@pytest.mark.parametrize(
    ("named", "enough"),
    [("陈队", False), ("张 三", False), ("陈队、陈队", False), ("陈队、周工", True), ("陈队长 周工", True)],
)
def test_two_people_inspect(begun, inspector, named, enough):
    begun.inspectors = named
    assert any("两人以上" in each for each in visits.missing_from(begun)) != enough


def test_a_concluded_visit_stands_and_does_what_was_asked(begun, shop, inspector):
    task = ask_for_inspection(shop=shop, why="举报改装", **who(inspector))
    answered(begun, inspector, modified=("fault", "解除限速"))
    visits.refuse_signature(visit=begun, reason="店主不在", **who(inspector))
    with pytest.raises(NotSaid, match="整改期限须晚于今天"):
        visits.conclude_visit(visit=begun, conclusion="rectify", rectify_by=local_day(NOW), **who(inspector))
    by = local_day(NOW) + timedelta(days=15)
    visits.conclude_visit(visit=begun, conclusion="rectify", rectify_by=by, **who(inspector))
    task.refresh_from_db()
    assert (task.state, task.inspection) == ("done", begun)
    with pytest.raises(Concluded):
        visits.answer_head(visit=begun, head="modified", finding="ok", words="", **who(inspector))
    for change in ("modified_note = ''", "refusal = '别的'", "located_at = now()"):
        assert refused(update(begun, change), because="what was found stands")
    assert refused(
        "INSERT INTO merchants_inspectionphoto (inspection_id, head, name, digest, added_by_id, added_at)"
        " VALUES (%s, '', 'x', 'x', %s, now())",
        begun.pk,
        inspector.pk,
        because="photos of inspection",
    )


def test_of_a_shop_that_was_shut_nothing_was_seen_and_the_visit_is_still_asked_for(begun, shop, inspector):
    task = ask_for_inspection(shop=shop, why="举报改装", **who(inspector))
    answered(begun, inspector, **{head.code: ("n/a", "店铺关门") for head in HEADS})
    visits.conclude_visit(visit=begun, conclusion="unseen", rectify_by=None, **who(inspector))
    task.refresh_from_db()
    assert task.state == "open"


def test_another_look_is_one_at_faults_of_the_same_shop(begun, inspector):
    with pytest.raises(IntegrityError, match="same shop"), transaction.atomic():
        visits.begin_visit(shop=MerchantFactory(), recheck_of=begun, **who(inspector))


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"part": "answer", "head": "nonsense", "finding": "ok"}, "没有这项检查内容"),
        ({"part": "answer", "head": "modified", "finding": "nonsense"}, "没有这项检查内容"),
        ({"part": "place", "latitude": "x"}, "无法识别"),
        (
            {"part": "place", "latitude": "91", "longitude": "0", "accuracy": "1", "at": "1655000000000"},
            "无法识别",
        ),
        (
            {"part": "place", "latitude": "NaN", "longitude": "0", "accuracy": "1", "at": "1655000000000"},
            "无法识别",
        ),
        ({"part": "place", "latitude": "30", "longitude": "120", "accuracy": "1e99", "at": "1"}, "无法识别"),
        (
            {"part": "place", "latitude": "30", "longitude": "120", "accuracy": "9", "at": "9" * 30},
            "无法识别",
        ),
        ({"part": "place", "latitude": "30", "longitude": "120", "accuracy": "9", "at": "1"}, "定位时间"),
        ({"part": "photo"}, "照片是空的"),
        ({"part": "photo", "photo": upload(HEIC)}, "HEIC"),
        ({"part": "photo", "head": "nonsense", "photo": upload(jpeg())}, "没有这项检查内容"),
        ({"part": "drop", "photo": "x"}, "没有这张照片"),
        ({"part": "sign", "signer": " "}, "请写下签字人姓名"),
        ({"part": "refuse"}, "请写明拒签原因"),
        (
            {"part": "answer", "head": "modified", "finding": "fault", "words": "13912345678"},
            "不能写证件号码、手机号或钱包编号",
        ),
        ({"part": "inspectors", "inspectors": ""}, "请填写检查人员"),
        ({"part": "nonsense"}, "不完整"),
        ({}, "不完整"),
    ],
)
def test_what_cannot_be_kept_is_told_in_a_sentence(client, begun, part, sentence):
    status, said = sent(client, begun, **part)
    assert status == 422
    assert sentence in said


def test_a_part_that_comes_twice_is_one(client, begun):
    for _time in range(2):
        assert sent(client, begun, part="photo", head="modified", photo=upload(jpeg())) == (
            200,
            "照片已保存。",
        )
        assert sent(client, begun, part="answer", head="modified", finding="fault", words="解除限速") == (
            200,
            "已保存",
        )
    assert InspectionPhoto.objects.get().head == "modified"


def test_a_visit_is_walked_from_the_list_to_its_end(client, begun, shop):
    visits_page = reverse("staff-visits")
    assert shop.name in client.get(visits_page).content.decode()
    page = reverse("staff-visit", args=[begun.pk])
    assert "geolocation=(self)" in client.get(page).headers["Permissions-Policy"]
    for head in HEADS:
        sent(client, begun, part="answer", head=head.code, finding="ok")
    at = int(begun.begun_at.timestamp() * 1000)
    place = {"latitude": "30.319", "longitude": "120.1419", "accuracy": "12.4", "at": at}
    assert sent(client, begun, part="place", **place) == (200, "已记录位置")
    assert sent(client, begun, part="sign", signer="王店主", picture=upload(png())) == (200, "已签字。")
    photo = sent(client, begun, part="photo", photo=upload(jpeg()))
    assert photo[0] == 200
    shot = begun.photos.get()
    begun.refresh_from_db()
    assert (begun.latitude, begun.accuracy_m, begun.signer) == (Decimal("30.319000"), 12, "王店主")
    for name, pk in (("photo", shot.pk), ("photo-small", shot.pk), ("signature", begun.pk)):
        assert client.get(reverse(f"staff-visit-{name}", args=[pk])).headers["Content-Type"] == "image/jpeg"
    ending = reverse("staff-visit-conclude", args=[begun.pk])
    form = client.get(ending).context["form"]
    answer = {"confirmed": "1", "seen": form["seen"].value(), "conclusion": "rectify"}
    assert "选择一个有效的选项" in client.post(ending, answer).content.decode()
    client.post(ending, answer | {"conclusion": "clean"})
    begun.refresh_from_db()
    assert (begun.conclusion, begun.concluded_by_id) == ("clean", begun.begun_by_id)
    assert sent(client, begun, part="sign", signer="别人")[0] == 422
    assert "没有待复查的问题" in client.get(visits_page).content.decode()
    assert "王店主" in client.get(page).content.decode()


def test_who_only_looks_changes_nothing(begun):
    officer = logged_in(make_staff("officer"))
    page = reverse("staff-visit", args=[begun.pk])
    assert 'name="part"' not in officer.get(page).content.decode()
    assert officer.post(page, {"part": "refuse", "refusal": "x"}).status_code == 403
    assert officer.post(reverse("staff-visit-conclude", args=[begun.pk])).status_code == 403


def test_an_officer_asks_for_a_visit_and_the_inspectors_drop_it(shop, client):
    officer, ask = logged_in(make_staff("officer")), reverse("staff-task-ask", args=[shop.pk])
    wrong = {"confirmed": "1", "note": "举报改装", "due_on": today() - timedelta(days=1)}
    assert "不能早于今天" in officer.post(ask, wrong).content.decode()
    officer.post(ask, {"confirmed": "1", "note": "举报改装"})
    task = shop.inspection_tasks.get()
    drop = reverse("staff-task-drop", args=[task.pk])
    assert officer.post(drop, {"confirmed": "1", "note": "x"}).status_code == 403
    client.post(drop, {"confirmed": "1", "note": "已由街道检查"})
    task.refresh_from_db()
    assert task.state == "dropped"
    assert client.get(drop).status_code == 302


def taken_away(visit):
    """What the exported list of inspections says of it."""
    table = InspectionResource()
    (row,) = table.values(Inspection.objects.filter(pk=visit.pk), personal=False)
    return dict(zip(table.headers(), row, strict=True))


def test_what_the_shop_signed_keeps_its_photos_and_a_later_one_says_that_it_is(client, begun, inspector):
    answered(begun, inspector)
    assert sent(client, begun, part="photo", photo=upload(jpeg()))[0] == 200
    shot = begun.photos.get()
    visits.sign_visit(visit=begun, signer="店主", picture=None, by=inspector, now=shot.added_at)
    told = (422, "这张照片在商户签字前已经上传，签字后不能删除。")
    assert sent(client, begun, part="drop", photo=shot.pk) == told
    assert refused(f"DELETE FROM merchants_inspectionphoto WHERE id = {shot.pk}", because="has signed")
    assert sent(client, begun, part="photo", photo=upload(png()))[0] == 200
    page = client.get(reverse("staff-visit", args=[begun.pk])).content.decode()
    assert page.count("签字后补拍") == 1
    assert (
        "2，其中签字后补拍 1" in client.get(reverse("staff-visit-conclude", args=[begun.pk])).content.decode()
    )
    assert taken_away(begun)["照片数"] == 2
    assert taken_away(begun)["其中签字后补拍"] == 1
    assert sent(client, begun, part="drop", photo=begun.photos.last().pk) == (200, "照片已删除。")
