"""An issue of the report: frozen by one, signed by another, the same for ever, held to the one before."""

import io
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from merchants.models import Training
from subsidies.issues.frozen import pack, unpack
from subsidies.issues.prose import prose_of
from subsidies.issues.resources import ReportIssueResource
from subsidies.issues.selectors.changes import changes, issue_of, scope_of
from subsidies.issues.services.issues import (
    Decided,
    NoteMissing,
    NotOver,
    SamePerson,
    decide_issue,
    make_issue,
)
from subsidies.models import IssueFigure, ReportIssue
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.reports.selectors.report import figure_named
from subsidies.stated.services.figures import Statement, decide_figure, tell_figure
from tests.admin.district import District, logged_in, who_it_is
from tests.console import refused, sql, update
from tests.factories import NOW, make_staff
from tests.laid import laid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("issue")]
FIRST, LAST = date(2022, 1, 1), date(2022, 9, 20)
MADE = NOW + timedelta(days=1)


@laid
def officer():
    return make_staff("officer")


@laid
def reviewer():
    return make_staff("reviewer")


@laid
def district():
    there = District()
    there.pay(there.grow())
    return there


@laid
def issue(officer, reviewer, district):
    made = make_issue(scope=scope(district), by=officer, now=MADE, note="半年报")
    return decide_issue(issue=made, sign=True, by=reviewer, now=MADE)


def scope(district, last=LAST):
    return Scope(FIRST, last, (district.scheme,))


def held(day):
    return Training.objects.create(title="补办的培训", held_on=day)


def page_of(issue):
    return reverse("admin:subsidies_reportissue_change", args=[issue.pk])


def test_an_issue_is_numbered_in_its_year_and_signed_by_another(officer, reviewer, district, issue):
    assert (issue.number, issue.state, issue.decided_by) == ("2022-01", "signed", reviewer)
    again = make_issue(scope=scope(district), by=officer, now=MADE)
    assert (again.number, again.compared_with) == ("2022-02", issue)
    with pytest.raises(SamePerson):
        decide_issue(issue=again, sign=True, by=officer, now=MADE)
    with pytest.raises(NoteMissing):
        decide_issue(issue=again, sign=False, by=reviewer, now=MADE)
    decide_issue(issue=again, sign=False, by=reviewer, now=MADE, note="培训数有误")
    with pytest.raises(Decided):
        decide_issue(issue=again, sign=True, by=reviewer, now=MADE)


def test_days_that_are_not_over_have_no_issue(officer, district):
    with pytest.raises(NotOver):
        make_issue(scope=scope(district, last=MADE.date()), by=officer, now=MADE)


def test_opened_a_month_later_after_further_work_it_is_the_same_to_the_byte(officer, district, issue):
    def opened():
        client = logged_in(officer)
        page = client.get(page_of(issue)).content.decode()
        files = [
            client.get(reverse(f"staff-issue-{form}", args=[issue.pk])).content for form in ("docx", "xlsx")
        ]
        rows = client.get(reverse("staff-issue-rows", args=[issue.pk, "trainings"])).content.decode()
        return [_main(page), _main(rows), *files]

    before = opened()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        held(LAST)
        district.grow()
        assert opened() == before


def _main(page):
    return page[page.index('<main class="staff">') : page.index("</main>")]


def test_the_live_report_names_the_late_row_that_changed_a_figure(officer, district, issue):
    late = held(LAST)
    page = logged_in(officer).get(reverse("staff-report"), {"first": str(FIRST), "last": str(LAST)})
    assert "第 2022-01 期为 1" in page.content.decode()
    kept = issue.figures.get(code="trainings")
    (change,) = changes(kept, figure_named(scope_of(issue), "trainings"))
    assert (change.kind, change.row.pk, change.row.late) == ("added", late.pk, True)
    told = (
        logged_in(officer).get(reverse("staff-issue-changes", args=[issue.pk, "trainings"])).content.decode()
    )
    assert "补办的培训" in told
    assert issue_of(scope(district)) == issue
    assert issue_of(scope(district, last=LAST - timedelta(days=1))) is None


def test_it_is_held_to_the_issue_before(officer, district, issue):
    held(LAST)
    later = make_issue(scope=scope(district), by=officer, now=MADE)
    rows = load_workbook(io.BytesIO(bytes(later.documents.get(file_format="xlsx").content))).active.values
    (trainings,) = [row for row in rows if row[2] == "商户培训"]
    assert (trainings[3], trainings[5], trainings[6]) == (2, 1, "增 1")


def test_its_table_says_of_which_stage_a_figure_is(issue):
    book = load_workbook(io.BytesIO(bytes(issue.documents.get(file_format="xlsx").content)))
    heading, *lines = list(book.active.values)[2:]
    assert heading[:3] == ("部分", "阶段", "指标")
    stages = {line[1] for line in lines if line[2] == "补贴标准(元)"}
    assert "第 1 阶段" in stages
    assert len(stages) == len([line for line in lines if line[2] == "补贴标准(元)"])


def test_its_prose_says_its_figures(issue):
    document = Document(io.BytesIO(bytes(issue.documents.get(file_format="docx").content)))
    text = "\n".join(each.text for each in document.paragraphs)
    assert "全区1家电动自行车销售商户" in text
    assert "六月至八月分三个阶段补贴标准分别为300元、200元、100元" in text
    assert "累计发放“码牌合一”数字化车牌（未登记）块" in text
    assert "监督抽查电动自行车1批次" in text
    assert "{" not in text
    assert "其他外部数据" not in text


def test_what_else_was_told_from_outside_has_a_section_and_a_paragraph(officer, reviewer, district):
    for value, title in ((1_200, "以旧换新咨询(次)"), (36, "街道宣讲(场)")):
        told = Statement("other", value, FIRST, "区商务局", exactness="over", title=title)
        decide_figure(
            figure=tell_figure(told=told, proof=None, by=officer, now=NOW), confirm=True, by=reviewer, now=NOW
        )
    issue = make_issue(scope=scope(district), by=officer, now=MADE)
    assert [each.title for each in issue.figures.filter(section="其他外部数据")] == [
        "以旧换新咨询(次)",
        "街道宣讲(场)",
    ]
    assert prose_of(bytes(issue.documents.get(file_format="docx").content))[-2:] == [
        "附：其他外部数据",
        "以旧换新咨询(次)1200余（区商务局，截至 2022-01-01）；街道宣讲(场)36余（区商务局，截至 2022-01-01）。",
    ]


def test_the_database_lets_nobody_change_what_was_given_out(officer, issue):
    figure = issue.figures.first()
    assert refused(update(issue, "note = 'x'"), because="stays as it was made")
    for table, row in (("issuefigure", figure), ("issuedocument", issue.documents.first())):
        assert refused(f"DELETE FROM subsidies_{table} WHERE id = {row.pk}", because="only ever added")
    assert refused(update(figure, "value = 1"), because="only ever added")
    assert refused(f"DELETE FROM subsidies_reportissue WHERE id = {issue.pk}", because="only ever added")
    copied = {**vars(figure), "pk": None, "id": None, "code": "more"}
    copied.pop("_state")
    with pytest.raises(Exception, match="made with it"):
        IssueFigure.objects.create(**copied)


def test_the_database_refuses_to_sign_alone_or_what_is_not_what_was_made(officer, reviewer, district):
    made = make_issue(scope=scope(district), by=officer, now=MADE)
    alone = f"state = 'signed', decided_by_id = {officer.pk}, decided_at = now()"
    assert refused(update(made, alone), because="a_report_issue_has_two_people")
    assert refused(update(made, "digest = sha256('x')"), because="stays as it was made")
    assert ReportIssue.objects.get(pk=made.pk).state == "proposed"
    ((digest,),) = sql(f"SELECT issue_digest({made.pk})")
    assert bytes(made.digest) == bytes(digest)


def test_rows_are_packed_the_same_and_come_back_as_they_were():
    rows = [(1, '甲,"乙"\n丙', date(2022, 6, 1), None, -300, True), (2, "", None, "x", 0, False)]
    packed = pack(rows)
    assert packed == pack(rows)
    first, second = unpack(packed)
    assert (first.label, first.day, first.value, first.late) == ('甲,"乙"\n丙', "2022-06-01", -300, True)
    assert (second.pk, second.day, second.note) == (2, "", "x")


def test_one_makes_it_on_the_page_and_another_signs_it(officer, reviewer, district):
    maker, signer = logged_in(officer), logged_in(reviewer)
    make = f"{reverse('staff-issue-new')}?first={FIRST}&last={LAST}&scheme={district.scheme.code}"
    assert signer.get(make).status_code == 403
    assert "已有签发的第 2022-01 期" in maker.get(make).content.decode()
    other = maker.get(make.replace(str(LAST), str(LAST - timedelta(days=1)))).content.decode()
    assert "已有签发的" not in other
    maker.post(make, {"confirmed": "1", "note": "半年报"})
    issue = ReportIssue.objects.latest("pk")
    assert issue.number == "2022-02"
    sign = reverse("staff-issue-verb", args=[issue.pk, "sign"])
    assert maker.get(sign).status_code == 403
    listed = maker.get(reverse("admin:subsidies_reportissue_changelist")).content.decode()
    assert district.scheme.name in listed
    page = signer.get(page_of(issue))
    assert sign in page.content.decode()
    assert not who_it_is(page)
    seen = signer.get(sign).context["form"]["seen"].value()
    signer.post(sign, {"confirmed": "1", "seen": seen, "note": ""})
    issue.refresh_from_db()
    assert (issue.state, issue.made_by, issue.decided_by) == ("signed", officer, reviewer)


def test_rows_of_claims_open_to_whoever_sees_claims_and_to_no_other(district, issue):
    address = reverse("staff-issue-rows", args=[issue.pk, "trade-ins"])
    page = logged_in(make_staff("finance")).get(address)
    assert (page.status_code, who_it_is(page)) == (200, [])
    assert logged_in(make_staff("merchant_manager")).get(address).status_code == 403


def test_a_list_of_issues_that_is_taken_away_says_of_which_schemes_each_is(district, issue):
    table = ReportIssueResource()
    (row,) = table.values(ReportIssue.objects.filter(pk=issue.pk), personal=False)
    assert dict(zip(table.headers(), row, strict=True))["补贴方案"] == district.scheme.name
