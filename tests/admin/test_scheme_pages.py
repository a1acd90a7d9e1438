"""The scheme's pages: seen by those who read it, proposed by one role, decided by another, told in sentences."""

import pytest
from django.contrib import admin
from django.urls import resolve, reverse

from core.accounts.roles import ROLES
from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.services.append import append_change
from subsidies.models import Scheme, SchemeChange
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import propose_change
from subsidies.urls import staff
from tests.admin.district import NAME, logged_in, said, url
from tests.console import lay_change
from tests.factories import (
    NOW,
    OwnerFactory,
    UserFactory,
    change_policy,
    make_claim,
    make_scheme,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db

READERS = {"officer", "reviewer", "finance", "auditor"}
# What each page of the staff beside the admin's own asks for, and who may.
TABLE = {
    "staff-scheme-propose": {"officer", "finance"},
    "staff-scheme-top-up": {"finance"},
    "staff-change": READERS,
    "staff-change-approve": {"reviewer"},
    "staff-change-reject": {"reviewer"},
    "staff-change-withdraw": set(),  # whoever proposed it, and nobody else
}
HERE = ("staff-scheme-propose", "staff-scheme-top-up", "staff-change")


@laid
def scheme():
    """One settled claim, two on the waitlist."""
    scheme = make_scheme(budget_fen=30_000)
    for _ in range(3):
        make_claim(scheme, owner=OwnerFactory(name=NAME))
    allocate(scheme=scheme, now=NOW)
    return scheme


@laid
def change(scheme):
    proposal = Proposal(Terms.of(scheme.policies.get()), "区财政追加", 30_000, "拱财〔2022〕7号")
    return propose_change(scheme=scheme, proposal=proposal, by=UserFactory(username="xiaojin"), now=NOW)


def person_of(role):
    return make_staff(role) if role else UserFactory(is_staff=True)


def filled(scheme, step="preview", **differs):
    """The form of a change as the browser sends it."""
    policy = scheme.policies.latest("version")
    data = {
        "version": policy.version,
        "note": "区政府专题会议纪要",
        "ref": "",
        "budget_fen": "",
        "step": step,
    }
    data |= {
        "head_of_line": policy.head_of_line,
        "per_person_cap": policy.per_person_cap or "",
        "filed_years_limit": policy.filed_years_limit or "",
        "settle_lag_hours": policy.settle_lag_hours,
        "review_days": policy.review_days or "",
    }
    data |= {"stages-TOTAL_FORMS": len(policy.stages) + 1, "stages-INITIAL_FORMS": len(policy.stages)}
    for n, stage in enumerate(policy.stages):
        data[f"stages-{n}-starts_on"], data[f"stages-{n}-ends_on"] = stage["starts_on"], stage["ends_on"]
        data[f"stages-{n}-amount_fen"] = stage["amount_fen"] // 100
        data[f"stages-{n}-cap_fen"] = "" if stage["cap_fen"] is None else stage["cap_fen"] // 100
    return data | differs


def faults_on(response):
    """What the form says, by field."""
    forms = response.context["forms"]
    told = {name: list(errors) for name, errors in forms.settings.errors.items()}
    for form in forms.stages.forms if forms.stages else []:
        told |= {f"{form.no}.{name}": list(errors) for name, errors in form.errors.items()}
    return told


# ------------------------------------------------------------------ who may


def test_every_page_of_the_staff_here_stands_in_the_table():
    here = {pattern.name for pattern in staff if pattern.name.startswith(HERE)}
    assert here == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_each_page_opens_to_the_roles_it_is_for(scheme, request, name):
    pk = scheme.pk if name.startswith("staff-scheme") else request.getfixturevalue("change").pk
    page = reverse(name, args=[pk])
    statuses = {role: logged_in(person_of(role)).get(page).status_code for role in (*ROLES, None)}
    assert {role for role, status in statuses.items() if status == 200} == TABLE[name]
    assert set(statuses.values()) <= {200, 403}
    assert resolve(page).func.rights


@pytest.mark.parametrize("name", TABLE)
def test_nobody_who_is_not_staff_gets_in(scheme, change, client, name):
    page = reverse(name, args=[scheme.pk if name.startswith("staff-scheme") else change.pk])
    assert logged_in(UserFactory()).get(page).status_code in (302, 403)


@pytest.mark.parametrize("role", [None, *(role for role in ROLES if role not in ("officer", "finance"))])
def test_nobody_else_proposes(scheme, role):
    client = logged_in(person_of(role))
    page = reverse("staff-scheme-propose", args=[scheme.pk])
    assert client.post(page, filled(scheme, "confirm", settle_lag_hours=5)).status_code == 403
    assert not SchemeChange.objects.open().exists()


@pytest.mark.parametrize("role", [None, *(role for role in ROLES if role != "reviewer")])
@pytest.mark.parametrize("name", ["approve", "reject"])
def test_nobody_but_a_reviewer_decides(change, role, name):
    client = logged_in(person_of(role))
    page = reverse(f"staff-change-{name}", args=[change.pk])
    assert client.post(page, {"confirmed": 1, "note": "好"}).status_code == 403
    change.refresh_from_db()
    assert change.state == "proposed"


def test_whoever_proposed_does_not_approve_though_they_may_do_everything(scheme, client, boss):
    proposal = Proposal(Terms.of(scheme.policies.get()), "区财政追加", 30_000)
    change = propose_change(scheme=scheme, proposal=proposal, by=boss, now=NOW)
    assert not client.get(reverse("staff-change", args=[change.pk])).context["may_decide"]
    answer = approved(client, change)
    assert said(answer) == ["提出变更的人不能批准或退回自己的变更，别人也不能代为撤回。"]
    change.refresh_from_db()
    assert change.state == "proposed"


def test_an_officer_asks_for_no_money(scheme):
    client = logged_in(make_staff("officer"))
    page = reverse("staff-scheme-propose", args=[scheme.pk])
    assert "budget_fen" not in client.get(page).context["forms"].settings.fields
    client.post(page, filled(scheme, "confirm", budget_fen="1000", settle_lag_hours=5))
    assert SchemeChange.objects.latest("pk").budget_fen == 0


# ------------------------------------------------------------------ the way of a change


def test_a_top_up_shows_who_leaves_the_waitlist_before_it_is_confirmed(scheme):
    client = logged_in(make_staff("finance"))
    page = reverse("staff-scheme-top-up", args=[scheme.pk])
    typed = {"version": 1, "budget_fen": "300.00", "note": "区财政追加", "ref": "", "step": "preview"}
    shown = client.post(page, typed)
    assert not SchemeChange.objects.open().exists()
    preview = shown.context["preview"]
    text = shown.content.decode()
    assert preview.leaving == (1, 30_000)
    assert "离开候补，获得补贴：1 份，共 300 元" in text
    assert NAME not in text
    answer = client.post(page, {**dict(shown.context["typed"]), "step": "confirm"}, follow=True)
    change = SchemeChange.objects.latest("pk")
    assert said(answer) == ["变更已提出，等待另一人批准；批准之前一切照旧。"]
    assert (change.budget_fen, change.note, change.state) == (30_000, "区财政追加", "proposed")


def test_the_approver_sees_it_too_and_is_asked_once(scheme, change):
    client = logged_in(make_staff("reviewer"))
    page = client.get(reverse("staff-change", args=[change.pk]))
    assert "离开候补，获得补贴：1 份，共 300 元" in page.content.decode()
    ask = reverse("staff-change-approve", args=[change.pk])
    facts = dict(client.get(ask).context["effect"].facts)
    assert (facts["离开候补"], facts["资金总额(元)"]) == ("1 份，共 300 元", "300 → 600")
    assert "改动" not in facts
    answer = approved(client, change)
    assert said(answer) == ["变更已批准，资金已入账；下一次分配按新的余额进行。"]
    scheme.refresh_from_db()
    assert scheme.funded_fen == 60_000
    again = client.post(ask, {"confirmed": 1, "note": ""}, follow=True)
    assert said(again) == ["这项变更已经有决定，不能再改。"]


def test_what_changed_after_it_was_seen_is_not_approved_but_shown_again(scheme, change):
    client = logged_in(make_staff("reviewer"))
    ask = reverse("staff-change-approve", args=[change.pk])
    seen = client.get(ask).context["form"]["seen"].value()
    _more_money(scheme)
    again = client.post(ask, {"confirmed": 1, "note": "同意", "seen": seen})
    assert "您查看之后情况有了变化" in again.content.decode()
    assert again.context["form"]["note"].value() == "同意"
    change.refresh_from_db()
    assert (change.state, change.seen) == ("proposed", "")
    now = again.context["form"]["seen"].value()
    client.post(ask, {"confirmed": 1, "note": "同意", "seen": now})
    change.refresh_from_db()
    assert (change.state, change.seen) == ("approved", now)


def test_a_stage_is_added_and_another_changed(scheme):
    client = logged_in(make_staff("officer"))
    page = reverse("staff-scheme-propose", args=[scheme.pk])
    new = {
        "stages-3-starts_on": "2022-09-01",
        "stages-3-ends_on": "2022-09-30",
        "stages-3-amount_fen": "50.5",
        "stages-0-cap_fen": "１,２００",
    }
    shown = client.post(page, filled(scheme, **new))
    told = [(each.where, each.new) for each in shown.context["preview"].differences]
    assert ("第 4 阶段", "50.50") in told
    assert ("第 1 阶段", "1,200") in told
    client.post(page, {**dict(shown.context["typed"]), "step": "confirm"})
    change = SchemeChange.objects.latest("pk")
    assert change.terms["stages"][3] == {
        "no": 4,
        "starts_on": "2022-09-01",
        "ends_on": "2022-09-30",
        "amount_fen": 5050,
        "cap_fen": None,
    }
    reviewer = logged_in(make_staff("reviewer"))
    answer = approved(reviewer, change)
    assert said(answer) == ["变更已批准，政策第 2 版生效；下一次分配按新规定进行。"]
    assert scheme.stages.count() == 4


def test_the_approver_reads_each_thing_that_changes_from_what_to_what(scheme):
    officer = logged_in(make_staff("officer"))
    page = reverse("staff-scheme-propose", args=[scheme.pk])
    officer.post(page, filled(scheme, "confirm", settle_lag_hours=24, **{"stages-0-cap_fen": "1200"}))
    ask = reverse("staff-change-approve", args=[SchemeChange.objects.latest("pk").pk])
    facts = dict(logged_in(make_staff("reviewer")).get(ask).context["effect"].facts)
    assert facts["政策 · 结算等待(小时)"] == "0 → 24"
    assert facts["第 1 阶段 · 阶段上限(元)"] == "不限 → 1,200"
    assert "资金总额(元)" not in facts


def test_what_a_top_up_changes_is_said_before_it_is_proposed_and_on_its_page(scheme):
    typed = {"version": 1, "budget_fen": "300", "note": "区财政追加", "ref": "", "step": "preview"}
    page = reverse("staff-scheme-top-up", args=[scheme.pk])
    client = logged_in(make_staff("finance"))
    proposing = client.post(page, typed)
    client.post(page, {**typed, "step": "confirm"})
    waiting = client.get(reverse("staff-change", args=[SchemeChange.objects.latest("pk").pk]))
    for shown in (proposing, waiting):
        assert "资金总额(元)</span> <b><del>300</del> → <ins>600</ins>" in shown.content.decode()


def test_the_empty_row_for_another_stage_has_no_stars_and_may_stay_empty(scheme):
    client = logged_in(make_staff("officer"))
    page = reverse("staff-scheme-propose", args=[scheme.pk])
    shown = client.get(page)
    *_known, extra = shown.context["forms"].stages.forms
    assert not any(field.field.required for field in extra)
    assert "留空则不增加阶段" in shown.content.decode()
    known = shown.context["forms"].stages.forms[0]
    assert known.fields["starts_on"].required
    preview = client.post(page, filled(scheme, settle_lag_hours=5)).context["preview"]
    assert [each.what for each in preview.differences] == ["结算等待(小时)"]


@pytest.mark.parametrize(
    "typed", [{"starts_on": "2022-09-01"}, {"amount_fen": "50", "ends_on": "2022-09-30"}, {"cap_fen": "100"}]
)
def test_a_row_for_another_stage_that_is_filled_in_half_is_refused(scheme, typed):
    client = logged_in(make_staff("officer"))
    half = {f"stages-3-{name}": value for name, value in typed.items()}
    answer = client.post(reverse("staff-scheme-propose", args=[scheme.pk]), filled(scheme, **half))
    told = faults_on(answer)
    assert told.pop("4.__all__") == ["这一阶段只填了一部分：增加阶段请填全，不增加请全部留空。"]
    assert set(told) == {f"4.{name}" for name in ("starts_on", "ends_on", "amount_fen") if name not in typed}


def test_a_stage_is_taken_out():
    client, scheme = logged_in(make_staff("officer")), make_scheme()
    shown = client.post(
        reverse("staff-scheme-propose", args=[scheme.pk]), filled(scheme, **{"stages-2-DELETE": "on"})
    )
    assert [each.new for each in shown.context["preview"].differences] == [""] * 4


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(scheme):
    client = logged_in(make_staff("finance"))
    typed = {
        "stages-0-ends_on": "2022-07-02",
        "stages-0-cap_fen": "100",
        "stages-1-amount_fen": "-5",
        "stages-2-ends_on": "2022-07-01",
        "settle_lag_hours": "-1",
        "budget_fen": "-0.01",
    }
    answer = client.post(reverse("staff-scheme-propose", args=[scheme.pk]), filled(scheme, **typed))
    assert faults_on(answer) == {
        "1.cap_fen": ["阶段上限不能低于本阶段已锁定和发放的 300 元"],
        "2.starts_on": ["与第 1 阶段在 2022-07-01 至 2022-07-02 重叠"],
        "2.amount_fen": ["补贴标准应大于 0 元"],
        "3.ends_on": ["截止日期 2022-07-01 早于起始日期 2022-08-01"],
        "settle_lag_hours": ["结算等待不能是负数"],
        "budget_fen": ["资金总额不能减到 299.99 元：已锁定和发放 300 元"],
    }
    text = answer.content.decode()
    assert all(f'value="{value}"' in text for value in typed.values())
    assert "区政府专题会议纪要" in text


@pytest.mark.parametrize("typed", ["1.005", "many", "1e400", "NaN", "∞", "9" * 20])
def test_money_that_is_no_money_is_refused_beside_its_field(scheme, typed):
    client = logged_in(make_staff("finance"))
    answer = client.post(
        reverse("staff-scheme-propose", args=[scheme.pk]), filled(scheme, **{"stages-0-amount_fen": typed})
    )
    assert set(faults_on(answer)) == {"1.amount_fen"}


@pytest.mark.parametrize("typed", ["0", "-100", "0.001", ""])
def test_a_top_up_brings_something(scheme, typed):
    client = logged_in(make_staff("finance"))
    data = {"version": 1, "budget_fen": typed, "note": "区财政追加", "step": "confirm"}
    answer = client.post(reverse("staff-scheme-top-up", args=[scheme.pk]), data)
    assert set(faults_on(answer)) == {"budget_fen"}
    assert not SchemeChange.objects.open().exists()


def test_nothing_is_proposed_without_a_reason(scheme):
    client = logged_in(make_staff("officer"))
    page = reverse("staff-scheme-propose", args=[scheme.pk])
    answer = client.post(page, filled(scheme, "confirm", settle_lag_hours=5, note=" "))
    assert set(faults_on(answer)) == {"note"}
    assert not SchemeChange.objects.open().exists()


def test_who_changes_nothing_is_told_so(scheme):
    client = logged_in(make_staff("officer"))
    answer = client.post(reverse("staff-scheme-propose", args=[scheme.pk]), filled(scheme))
    assert faults_on(answer) == {"__all__": ["没有任何改动"]}


def test_from_what_it_would_do_there_is_a_way_back_to_the_form(scheme):
    client = logged_in(make_staff("officer"))
    page = reverse("staff-scheme-propose", args=[scheme.pk])
    shown = client.post(page, filled(scheme, settle_lag_hours=5))
    back = client.post(page, {**dict(shown.context["typed"]), "step": "edit"})
    assert faults_on(back) == {}
    assert back.context["forms"].settings["settle_lag_hours"].value() == "5"


def test_a_form_for_an_older_version_is_not_sent(scheme):
    old = filled(scheme, "confirm", settle_lag_hours=5)
    change_policy(scheme, settle_lag_hours=3)
    answer = logged_in(make_staff("officer")).post(reverse("staff-scheme-propose", args=[scheme.pk]), old)
    assert faults_on(answer) == {"__all__": ["填写期间方案已有新版本，请返回方案页重新提出。"]}
    assert not SchemeChange.objects.filter(state="proposed").exists()


def test_while_one_waits_no_other_is_proposed(scheme, change):
    client = logged_in(make_staff("finance"))
    for name in ("staff-scheme-propose", "staff-scheme-top-up"):
        answer = client.get(reverse(name, args=[scheme.pk]), follow=True)
        assert said(answer) == ["这个方案已有一项变更等待决定，先处理那一项。"]
        assert answer.context["change"] == change


def test_a_change_that_has_become_impossible_says_why_and_cannot_be_approved(scheme):
    low = {"stages-0-cap_fen": "300", "stages-1-cap_fen": "300"}
    officer = logged_in(make_staff("officer"))
    officer.post(reverse("staff-scheme-propose", args=[scheme.pk]), filled(scheme, "confirm", **low))
    change = SchemeChange.objects.latest("pk")
    _more_money(scheme)
    client = logged_in(make_staff("reviewer"))
    sentence = "阶段上限不能低于本阶段已锁定和发放的 600 元"
    assert sentence in client.get(reverse("staff-change", args=[change.pk])).content.decode()
    ask = reverse("staff-change-approve", args=[change.pk])
    assert sentence in client.get(ask).context["effect"].sentence
    client.post(ask, {"confirmed": 1, "note": ""})
    change.refresh_from_db()
    assert change.state == "proposed"


def approved(client, change):
    """Read what it would do, and say yes; the page that follows."""
    ask = reverse("staff-change-approve", args=[change.pk])
    seen = client.get(ask).context["form"]["seen"].value()
    return client.post(ask, {"confirmed": 1, "note": "", "seen": seen}, follow=True)


def _more_money(scheme):
    """Past the service, which takes one change at a time."""
    append_change(lay_change(scheme, 30_000), now=NOW)
    allocate(scheme=scheme, now=NOW)


def test_a_rejection_needs_a_reason_and_is_shown(change):
    client = logged_in(make_staff("reviewer"))
    page = reverse("staff-change-reject", args=[change.pk])
    client.post(page, {"confirmed": 1, "note": ""})
    change.refresh_from_db()
    assert change.state == "proposed"
    answer = client.post(page, {"confirmed": 1, "note": "依据不足"}, follow=True)
    assert said(answer) == ["变更已退回，方案不变。"]
    assert "依据不足" in answer.content.decode()


def test_the_proposer_withdraws(scheme):
    officer = make_staff("officer")
    proposal = Proposal(Terms.of(scheme.policies.get()), "区财政追加", 30_000)
    change = propose_change(scheme=scheme, proposal=proposal, by=officer, now=NOW)
    client = logged_in(officer)
    assert client.get(reverse("staff-change", args=[change.pk])).context["may_withdraw"]
    answer = client.post(
        reverse("staff-change-withdraw", args=[change.pk]), {"confirmed": 1, "note": ""}, follow=True
    )
    assert said(answer) == ["变更已撤回，方案不变。"]


# ------------------------------------------------------------------ the scheme's own page


def test_the_page_shows_every_version_with_who_and_what(scheme):
    change_policy(scheme, settle_lag_hours=24)
    page = logged_in(make_staff("auditor")).get(url(Scheme, "change", scheme.pk))
    (newest, changed), (first, nothing) = page.context["versions"]
    assert (newest.version, first.version, nothing) == (2, 1, [])
    assert [(each.what, each.old, each.new) for each in changed] == [("结算等待(小时)", "0", "24")]
    text = page.content.decode()
    assert newest.created_by.username in text
    assert newest.approved_by.username in text


@pytest.mark.parametrize("role", sorted(READERS))
def test_its_buttons_are_for_those_who_may(scheme, role):
    context = logged_in(make_staff(role)).get(url(Scheme, "change", scheme.pk)).context
    assert context["may_propose"] == (role in TABLE["staff-scheme-propose"])
    assert context["may_top_up"] == (role in TABLE["staff-scheme-top-up"])


def test_it_takes_nothing_and_a_scheme_that_is_not_there_is_not_shown(client, scheme):
    assert client.post(url(Scheme, "change", scheme.pk), {"name": "x"}).status_code == 403
    assert client.get(url(Scheme, "change", 10**9)).status_code == 302
    assert not admin.site._registry[Scheme].has_change_permission(None)


def test_its_queries_do_not_grow_with_its_history(scheme, client, django_assert_max_num_queries):
    change_policy(scheme, settle_lag_hours=1)
    with django_assert_max_num_queries(20) as few:
        client.get(url(Scheme, "change", scheme.pk))
    for lag in range(2, 8):
        change_policy(scheme, settle_lag_hours=lag)
    with django_assert_max_num_queries(len(few)):
        client.get(url(Scheme, "change", scheme.pk))
