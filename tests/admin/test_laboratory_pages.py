"""The laboratory's pages: a replay is asked for, gone through, taken away, and marked as not real wherever it is read."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.models import AuditEntry
from subsidies.laboratory.pages import runs
from subsidies.laboratory.services.runs import work_on_run
from subsidies.laboratory.tasks import sweep_laboratory
from subsidies.models import LaboratoryRun
from tests.admin.district import logged_in, who_it_is
from tests.english import chinese_on, english
from tests.factories import NOW, make_staff
from tests.subsidies.laboratory.conftest import asked, ready, scheme, variant  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_once(monkeypatch):
    """What is given to a worker is done at once."""
    monkeypatch.setattr(runs, "order_work", lambda run: work_on_run(run_id=run.pk, clock=lambda: NOW))


def typed(page, **differs):
    """The form as it is shown, sent with what differs."""
    forms = page.context["forms"]
    fields = list(forms.run)
    for each in forms.variants:
        fields += [*each.settings, *each.stages.management_form, *(f for form in each.stages for f in form)]
    shown = {field.html_name: field.value() for field in fields}
    data = {name: value for name, value in shown.items() if value is not None and value is not False}
    return {**data, "title": "若减少资金", **differs}


def test_two_variants_are_asked_for_and_stand_side_by_side(scheme, at_once):  # noqa: F811
    client, address = logged_in(make_staff("officer")), reverse("staff-laboratory-new", args=[scheme.pk])
    data = typed(
        client.get(address),
        **{"variant1-budget_fen": "1100", "variant2-stages-0-amount_fen": "150"},
    )
    page = client.post(address, data, follow=True)
    run = LaboratoryRun.objects.get()
    assert page.redirect_chain == [(reverse("staff-laboratory-run", args=[run.pk]), 302)]
    told = page.context["told"]
    assert [title for _kind, title in told.heads] == ["实际", "假设一", "假设二"]
    sums = {line.title: line.cells for line in told.sums}
    assert sums["获补贴(份)"] == ["2", "4", "3"]
    assert sums["多出的人：实际没有，推演有"] == ["–", "2 份，500 元", "1 份，150 元"]
    assert (
        sums["从哪天完成起有人候补"] == ["2022-06-20", "无人候补", "2022-07-05"] or sums["候补(份)"][2] == "0"
    )
    assert [[each.title for each in one.changes] for one in told.variants] == [
        ["资金总额(元)"],
        ["第 1 阶段 · 补贴标准(元)"],
    ]
    assert told.agrees
    assert {bar.kind for bar in told.chart.bars} == {"real", "one", "two"}
    assert who_it_is(page) == []


def test_whoever_may_look_opens_the_link_and_takes_it_away_marked_as_not_real(scheme):  # noqa: F811
    run, client = ready(scheme, variant(scheme, budget_fen=110_000)), logged_in(make_staff("auditor"))
    page = client.get(reverse("staff-laboratory-run", args=[run.pk])).content.decode()
    assert page.count("推演，不是真实数据") == 1
    assert "推演 非真实" in page  # across every printed page
    assert reverse("staff-laboratory-repeat", args=[run.pk]) not in page
    file = client.get(reverse("staff-laboratory-xlsx", args=[run.pk]))
    (sheet,) = load_workbook(BytesIO(file.content)).worksheets
    rows = [[cell for cell in row if cell is not None] for row in sheet.values]
    mark = ["推演结果，不是真实数据：没有任何人因此得到或失去补贴"]
    assert (sheet.title, rows[0], rows[-1]) == ("推演 非真实数据", mark, mark)
    assert ["多出的人：实际没有，推演有", "–", "2 份，500 元"] in rows
    assert "%E9%9D%9E%E7%9C%9F%E5%AE%9E" in file.headers["Content-Disposition"]  # 非真实
    taken = AuditEntry.objects.filter(action="download").latest("pk")
    assert (taken.object_type, taken.object_id) == ("subsidies.laboratoryrun", str(run.pk))


def test_what_cannot_be_is_said_beside_its_field_and_nothing_typed_is_lost(scheme):  # noqa: F811
    client, address = logged_in(make_staff("finance")), reverse("staff-laboratory-new", args=[scheme.pk])
    wrong = {"variant1-stages-0-amount_fen": "-5", "variant1-stages-0-ends_on": "2022-07-02", "title": "=1+1"}
    page = client.post(address, typed(client.get(address), **wrong)).content.decode()
    for sentence in ("补贴标准应大于 0 元", "与第 1 阶段在 2022-07-01 至 2022-07-02 重叠"):
        assert sentence in page
    assert 'value="=1+1"' in page
    page = client.post(address, {"title": ""})
    assert page.status_code == 200
    assert not LaboratoryRun.objects.exists()


def test_how_far_it_is_is_shown_until_it_is_there(scheme):  # noqa: F811
    run, client = asked(scheme, variant(scheme)), logged_in(make_staff("reviewer"))
    address = reverse("staff-laboratory-run", args=[run.pk])
    assert "等待中" in client.get(address).content.decode()
    assert client.get(reverse("staff-laboratory-xlsx", args=[run.pk])).headers["Location"] == address
    polled = {"HTTP_HX_REQUEST": "true"}
    assert "HX-Refresh" not in client.get(address, **polled).headers
    work_on_run(run_id=run.pk, clock=lambda: NOW)
    assert client.get(address, **polled).headers["HX-Refresh"] == "true"


def test_a_run_whose_message_was_lost_is_taken_up_later(scheme, monkeypatch):  # noqa: F811
    run = asked(scheme, variant(scheme))
    monkeypatch.setattr(
        "subsidies.laboratory.tasks.work_on.delay", lambda pk: work_on_run(run_id=pk, clock=lambda: NOW)
    )
    sweep_laboratory()
    run.refresh_from_db()
    assert run.state == "ready"


def test_it_is_repeated_by_a_press_and_says_that_it_came_to_the_same(scheme, at_once):  # noqa: F811
    run, client = ready(scheme, variant(scheme)), logged_in(make_staff("officer"))
    page = client.post(reverse("staff-laboratory-repeat", args=[run.pk]), follow=True)
    assert "结果相同" in page.content.decode()


def test_all_of_it_can_be_read_in_english(scheme, boss):  # noqa: F811
    run = ready(scheme, variant(scheme, budget_fen=110_000, head_of_line="skip"))
    reader = english(boss)
    pages = [
        reverse("staff-laboratory"),
        reverse("staff-laboratory-new", args=[scheme.pk]),
        reverse("staff-laboratory-run", args=[run.pk]),
        reverse("staff-forecasts", args=[scheme.pk]),
    ]
    own = ("若追加资金", "第二批还差多少", "湖墅", "米市巷")
    for page in pages:
        left = [line for line in chinese_on(reader.get(page)) if not any(text in line for text in own)]
        assert left == []
