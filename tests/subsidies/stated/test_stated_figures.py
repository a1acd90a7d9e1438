"""Figures from outside and plans: told by one, confirmed by another, and counted from their day on."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.models import AuditEntry
from core.privacy.proofs import Proof
from subsidies.models import StatedFigure
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.reports.selectors.report import report
from subsidies.stated.services.figures import (
    Decided,
    NoteMissing,
    NotYet,
    SamePerson,
    Statement,
    decide_figure,
    tell_figure,
)
from tests.admin.district import logged_in
from tests.console import refused, sql, update
from tests.factories import NOW, UserFactory, make_scheme, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db
JUNE = date(2022, 6, 30)
PLATES = Statement("code_plates", 45_000, JUNE, "云申领 6 月报表", exactness="over")
SCAN = Proof("6月报表.pdf", b"%PDF-1.7 plates")


@laid
def officer():
    return make_staff("officer")


@laid
def reviewer():
    return make_staff("reviewer")


@laid
def scheme():
    return make_scheme(caps=(78_000_000, None, None), budget_fen=90_000_000)


def tell(by, told=PLATES, *, proof=None, confirmed_by=None):
    figure = tell_figure(told=told, proof=proof, by=by, now=NOW)
    if confirmed_by:
        decide_figure(figure=figure, confirm=True, by=confirmed_by, now=NOW)
    return figure


def printed(*schemes, last=JUNE):
    """What the report prints of each figure, with its remark."""
    found = report(Scope(date(2022, 1, 1), last, schemes))
    return {each.figure.code: (each.text, each.figure.remark) for part in found for each in part.figures}


def test_a_figure_counts_when_another_person_has_confirmed_it(officer, reviewer):
    figure = tell(officer)
    assert printed()["told.code_plates"] == ("–", "")
    with pytest.raises(SamePerson):
        decide_figure(figure=figure, confirm=True, by=officer, now=NOW)
    decide_figure(figure=figure, confirm=True, by=reviewer, now=NOW)
    assert printed()["told.code_plates"] == ("45,000 余", "")
    with pytest.raises(Decided):
        decide_figure(figure=figure, confirm=False, by=reviewer, now=NOW, note="x")


def test_the_newest_for_a_day_within_the_period_counts(officer, reviewer):
    tell(officer, confirmed_by=reviewer)
    tell(officer, Statement("code_plates", 60_000, date(2022, 8, 31), "8 月报表"), confirmed_by=reviewer)
    assert printed()["told.code_plates"][0] == "45,000 余"
    assert printed(last=date(2022, 8, 31))["told.code_plates"][0] == "60,000"
    assert printed(last=date(2022, 6, 29))["told.code_plates"][0] == "–"


def test_nobody_knows_a_figure_of_tomorrow(officer):
    with pytest.raises(NotYet):
        tell(officer, Statement("code_plates", 1, date(2022, 9, 21), "云申领"))


def test_a_figure_is_given_back_with_a_reason_by_whoever_told_it_too(officer):
    figure = tell(officer)
    with pytest.raises(NoteMissing):
        decide_figure(figure=figure, confirm=False, by=officer, now=NOW, note=" ")
    assert decide_figure(figure=figure, confirm=False, by=officer, now=NOW, note="重复").state == "declined"


def test_people_and_money_of_a_plan_stand_beside_the_cap_and_neither_is_adjusted(officer, reviewer, scheme):
    plan = {"as_of": date(2022, 5, 20), "source": "实施方案测算表", "scheme": scheme, "stage_no": 1}
    tell(officer, Statement("plan_people", 2_560, **plan), confirmed_by=reviewer)
    tell(officer, Statement("plan_fen", 78_000_000, **plan), confirmed_by=reviewer)
    found, stage = printed(scheme), f"stage.{scheme.pk}.1"
    assert [found[f"{stage}.{kind}"][0] for kind in ("plan_people", "plan_fen", "cap")] == [
        "2,560",
        "780,000",
        "780,000",
    ]
    assert (
        "768,000 元，与预计金额相差 12,000 元，合 40 份；照实列出，不作调整" in found[f"{stage}.plan_fen"][1]
    )


def test_the_database_refuses_one_person_a_rewritten_figure_and_a_plan_without_a_scheme(officer, reviewer):
    figure = tell(officer)
    alone = f"state = 'confirmed', decided_by_id = {officer.pk}, decided_at = now()"
    assert refused(update(figure, alone), because="a_stated_figure_has_two_people")
    assert refused(update(figure, "value = 1"), because="stays as it was told")
    assert refused(f"DELETE FROM subsidies_statedfigure WHERE id = {figure.pk}", because="only ever added")
    clerk = make_staff("auditor")
    other = f"state = 'confirmed', decided_by_id = {clerk.pk}, decided_at = now()"
    assert refused(update(figure, other), because="holds none of|may not|right")
    with pytest.raises(IntegrityError), transaction.atomic():
        tell(officer, Statement("plan_people", 1, JUNE, "测算"))
    assert StatedFigure.objects.get().state == "proposed"


def test_the_source_is_kept_sealed_and_taken_away_by_whoever_may_look(officer):
    figure = tell(officer, proof=SCAN)
    ((kept,),) = sql(f"SELECT proof FROM subsidies_statedfigure WHERE id = {figure.pk}")
    assert b"plates" not in bytes(kept)
    response = logged_in(make_staff("auditor")).get(reverse("staff-figure-proof", args=[figure.pk]))
    assert (response.content, response["Content-Type"]) == (SCAN.content, "application/pdf")
    assert AuditEntry.objects.filter(action="download", object_type="subsidies.statedfigure").exists()
    assert (
        logged_in(UserFactory(is_staff=True)).get(reverse("staff-figure-proof", args=[figure.pk])).status_code
        == 403
    )


FORM = {
    "subject": "code_plates",
    "value": "45000",
    "exactness": "over",
    "as_of": "2022-06-30",
    "source": "云申领",
}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"value": "4.5"}, "件数和人数须是整数"),
        ({"value": "-1"}, ""),
        ({"value": "9" * 40}, ""),
        ({"as_of": "2999-01-01"}, "截至日期不能晚于今天"),
        ({"subject": "plan_people"}, "预计数请选择补贴方案"),
        ({"subject": "other"}, "请写明名称"),
        ({"subject": "plan_fen", "stage_no": "7"}, "所选方案没有这个阶段"),
        ({"file": SimpleUploadedFile("x.exe", b"MZ")}, "请上传 PDF"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(officer, more, said):
    response = logged_in(officer).post(reverse("staff-figure-new"), {**FORM, **more})
    page = response.content.decode()
    assert response.status_code == 200
    assert said in page
    assert "云申领" in page
    assert not StatedFigure.objects.exists()


def test_one_tells_it_on_the_page_and_another_confirms_it(officer, reviewer):
    teller, other = logged_in(officer), logged_in(reviewer)
    upload = SimpleUploadedFile("6月.pdf", SCAN.content)
    page = teller.post(reverse("staff-figure-new"), {**FORM, "file": upload}, follow=True)
    figure = StatedFigure.objects.get()
    confirm = reverse("staff-figure-verb", args=[figure.pk, "confirm"])
    assert "45,000 余" in page.content.decode()
    assert confirm not in page.content.decode()
    assert teller.get(confirm).status_code == 403
    asked = other.get(confirm)
    other.post(confirm, {"confirmed": "1", "seen": asked.context["form"]["seen"].value(), "note": ""})
    figure.refresh_from_db()
    assert (figure.state, figure.told_by, figure.decided_by) == ("confirmed", officer, reviewer)
