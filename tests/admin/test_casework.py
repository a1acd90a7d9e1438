"""Whose a case is, on the staff's pages: taken, assigned in a batch, noted on; and a list that is narrowed and sorted."""

import re
from html import unescape

import pytest
from django.urls import reverse

from core.models import AuditEntry
from subsidies.casework.services.assign import assign_cases
from subsidies.models import CaseLook, CaseNote
from subsidies.review.selectors.worklist import look_at
from tests.admin.district import logged_in, said
from tests.admin.test_work import NEXT, WORK, case, held, order, waiting
from tests.factories import AgentPointFactory, MerchantFactory, TradeInFactory, local, make_claim, make_staff
from tests.laid import laid
from tests.photos import jpeg, upload

pytestmark = pytest.mark.django_db


@laid
def officer():
    return make_staff("officer")


@laid
def colleague():
    return make_staff("officer")


@laid
def desk(officer):
    return logged_in(officer)


def now():
    from django.utils import timezone  # noqa: PLC0415

    return timezone.now()


def give(person, *claims, by):
    assign_cases(claims=[claim.pk for claim in claims], holder=person, by=by, now=now())


def test_a_case_is_taken_on_its_page_and_stands_in_the_own_list(desk, district, officer):
    claim, other = waiting(district.scheme, days=2), waiting(district.scheme, days=1)
    page = desk.post(f"{reverse('staff-case-take', args=[claim.pk])}?tab=review", follow=True)
    assert page.redirect_chain[-1][0] == case(claim)
    assert "已由您承办。" in said(page)
    assert order(desk.get(WORK, {"tab": "mine"})) == [claim.pk]
    assert order(desk.get(WORK, {"tab": "review", "holder": "none"})) == [other.pk]
    home = desk.get(reverse("admin:index"))
    assert home.context["tasks"][0].title == "我的待办"
    desk.post(reverse("staff-case-give-back", args=[claim.pk]))
    assert order(desk.get(WORK, {"tab": "mine"})) == []


def test_ticked_cases_are_assigned_at_once_and_a_mistake_loses_nothing(desk, district, colleague):
    claims = [waiting(district.scheme) for _ in range(2)]
    chosen = {"_selected_action": [claim.pk for claim in claims]}
    page = desk.post(f"{reverse('staff-assign')}?tab=review", chosen)
    count, (title, term) = page.context["effect"].facts
    assert (count, title) == (("份数", "2"), "最早的办理期限")
    assert term.endswith("起算，10 个工作日)")
    late = {
        **chosen,
        "confirmed": "1",
        "holder": colleague.pk,
        "due_on": "2020-01-01",
        "note": "请先电话核实",
    }
    page = desk.post(reverse("staff-assign"), late)
    assert "期限已过，请另选日期。" in page.content.decode()
    assert page.context["form"]["note"].value() == "请先电话核实"
    assert dict(page.context["chosen"])["_selected_action"]
    page = desk.post(reverse("staff-assign"), {**late, "due_on": ""}, follow=True)
    assert len(order(desk.get(WORK, {"tab": "mine", "holder": colleague.pk}))) == 2
    (row, _other) = desk.get(reverse("staff-work"), {"tab": "review"}).context["rows"]
    assert row["holder"] == colleague.username


def test_each_figure_of_the_desks_leads_to_just_its_rows(desk, district, officer):
    mine, late = waiting(district.scheme), waiting(district.scheme, days=200)
    held(district.scheme)
    give(officer, mine, by=officer)
    page = desk.get(reverse("staff-load"))
    figures = re.findall(r'<a href="([^"]*/work/[^"]*tab=open[^"]*)">(\d+)</a>', page.content.decode())
    assert sorted(int(figure) for _url, figure in figures) == [1, 1, 2]
    for url, figure in figures:
        assert len(order(desk.get(unescape(url)))) == int(figure), url
    (overdue,) = [url for url, _figure in figures if "due=overdue" in url]
    assert order(desk.get(unescape(overdue))) == [late.pk]


def test_the_end_of_a_list_says_what_colleagues_have(desk, district, officer, colleague):
    looked, theirs = waiting(district.scheme, days=2), waiting(district.scheme, days=1)
    look_at(claim_id=looked.pk, by=colleague, now=now())
    give(colleague, theirs, by=officer)
    page = desk.get(f"{NEXT}?tab=review", follow=True)
    assert page.redirect_chain[-1][0] == f"{WORK}?tab=review"
    (sentence,) = said(page)
    assert f"1 份正由同事查看：{colleague.username}" in sentence
    assert f"1 份已分派给同事：{colleague.username}" in sentence
    CaseLook.objects.all().delete()
    assert desk.get(f"{NEXT}?tab=review").headers["Location"] == case(looked)


def test_a_note_with_a_scan_is_read_by_colleagues_and_who_opened_it_is_written_down(
    desk, district, officer, colleague, settings, tmp_path
):
    settings.MEDIA_ROOT = str(tmp_path)
    claim = waiting(district.scheme)
    address = reverse("staff-case-note", args=[claim.pk])
    page = desk.post(address, {"confirmed": "1", "text": "车主来电说明", "scan": upload(b"MZ" + b"\0" * 99)})
    assert "扫描件只接受 PDF 或照片。" in page.content.decode()
    assert "车主来电说明" in page.content.decode()
    desk.post(address, {"confirmed": "1", "text": "车主来电说明", "scan": upload(jpeg())})
    assert "车主来电说明" in logged_in(colleague).get(case(claim)).content.decode()
    scan = logged_in(colleague).get(reverse("staff-note-scan", args=[CaseNote.objects.get().pk]))
    assert scan.headers["Content-Disposition"].startswith("attachment")
    assert AuditEntry.objects.filter(action="view", by=colleague, object_type="subsidies.casenote").exists()
    finance = logged_in(make_staff("finance"))
    assert finance.post(address, {"confirmed": "1", "text": "x"}).status_code == 403


def at(scheme, street, amount_fen, month):
    """A claim in review of a shop in this street."""
    point = AgentPointFactory(merchant=MerchantFactory(subdistrict=street))
    plated = local(f"2022-{month}-10 09:00:00")
    claim = make_claim(scheme, state="checking", trade_in=TradeInFactory(agent_point=point, plated_at=plated))
    type(claim).objects.filter(pk=claim.pk).update(amount_fen=amount_fen, state="review", completed_at=plated)
    return claim


def test_a_list_is_narrowed_by_street_shop_month_and_days_and_sorted_by_two_keys(desk, district):
    small = at(district.scheme, "湖墅街道", 10_000, "06")
    large = at(district.scheme, "湖墅街道", 30_000, "07")
    other = at(district.scheme, "小河街道", 30_000, "06")

    def shown(**query):
        return set(order(desk.get(WORK, {"tab": "review", **query})))

    assert shown(street="湖墅街道") == {small.pk, large.pk}
    assert shown(merchant=str(other.trade_in.merchant_id)) == {other.pk}
    assert shown(month="2022-06") == {small.pk, other.pk}
    assert shown(first="2999-01-01") == shown(first="x") == shown() == {small.pk, large.pk, other.pk}
    assert shown(last="2000-01-02") == set()
    by_two = {"tab": "review", "sort": "-amount", "then": "street"}
    assert order(desk.get(WORK, by_two)) == [other.pk, large.pk, small.pk]
    # the next one follows the same order, also after the first has left the list
    opened = desk.get(NEXT, by_two)
    page = desk.get(opened.headers["Location"])
    assert page.context["claim"].pk == other.pk
    type(other).objects.filter(pk=other.pk).update(state="checking")
    assert f"/{large.pk}/" in desk.get(page.context["skip"]).headers["Location"]
