"""The pages of a scheme's life: what is open is seen before it is closed, two people decide, and everybody is told."""

import pytest
from django.test import Client
from django.urls import reverse

from subsidies.models import Scheme, SchemeStep
from subsidies.schemes.services.steps import confirm_step, propose_step
from subsidies.schemes.states import StepKind
from tests.admin.district import logged_in, said, url
from tests.factories import (
    NOW,
    MerchantFactory,
    UserFactory,
    make_claim,
    make_member,
    make_scheme,
    make_staff,
)
from tests.subsidies.pages.site import logged_in as at_counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme():
    """One claim is in work."""
    scheme = make_scheme()
    make_claim(scheme, state="review")
    return scheme


def asked(client, page, **typed):
    """Look at the question, then answer it."""
    seen = client.get(page).context["form"]["seen"].value()
    return client.post(page, {"confirmed": "1", "seen": seen, **typed}, follow=True)


def test_two_people_suspend_a_scheme_and_every_page_says_so(scheme):
    officer, reviewer = logged_in(make_staff("officer")), logged_in(make_staff("reviewer"))
    answer = asked(officer, reverse("staff-scheme-step", args=[scheme.pk, "suspend"]), note="核查")
    assert said(answer) == ["已提出，等待另一人确认；确认之前一切照旧。"]
    turn = SchemeStep.objects.get()
    assert officer.get(reverse("staff-scheme-step-verb", args=[turn.pk, "confirm"])).status_code == 403
    assert "待确认的方案启停" in reviewer.get(reverse("admin:index")).content.decode()
    asked(reviewer, reverse("staff-scheme-step-verb", args=[turn.pk, "confirm"]))
    scheme.refresh_from_db()
    sentence = "方案已暂停：不受理新的申请"
    assert scheme.said.startswith(sentence)
    pages = [
        Client().get(reverse("home")),
        at_counter(make_member(MerchantFactory())).get(reverse("portal")),
        officer.get(reverse("admin:index")),
        officer.get(url(Scheme, "change", scheme.pk)),
        officer.get(reverse("staff-scheme-life", args=[scheme.pk])),
    ]
    assert [sentence in page.content.decode() for page in pages] == [True] * len(pages)


def test_a_close_asks_about_every_open_point(scheme):
    officer = logged_in(make_staff("officer"))
    page = reverse("staff-scheme-step", args=[scheme.pk, "close"])
    form = officer.get(page).context["form"]
    assert {name for name in form.fields if name.startswith("named_")} == {"named_claims", "named_months"}
    typed = {"note": "期满", "named_claims": "补充材料未到"}
    response = asked(officer, page, **typed)
    assert set(response.context["form"].errors) == {"named_months"}
    assert "补充材料未到" in response.content.decode()
    asked(officer, page, **typed, named_months="年底关账")
    turn = SchemeStep.objects.get()
    assert turn.named == {"claims": "补充材料未到", "months": "年底关账"}
    reviewer = logged_in(make_staff("reviewer"))
    confirm = reverse("staff-scheme-step-verb", args=[turn.pk, "confirm"])
    seen = reviewer.get(confirm).context["form"]["seen"].value()
    make_claim(scheme, state="review")  # since it was looked at
    answer = reviewer.post(confirm, {"confirmed": "1", "seen": seen})
    assert "请重新核对后再确认" in answer.content.decode()
    asked(reviewer, confirm)
    shown = reviewer.get(reverse("staff-scheme-life", args=[scheme.pk])).content.decode()
    assert all(text in shown for text in ("已结束", "补充材料未到", "年底关账", "办理中的申请(份) 2"))


def test_what_cannot_be_is_said_before_it_is_asked(scheme):
    officer = logged_in(make_staff("officer"))
    for kind, sentence in (
        ("resume", "方案现在的状态不能这样办理"),
        ("archive", "方案现在的状态不能这样办理"),
    ):
        effect = officer.get(reverse("staff-scheme-step", args=[scheme.pk, kind])).context["effect"]
        assert (effect.possible, effect.sentence.startswith(sentence)) == (False, True)
    assert officer.get(reverse("staff-scheme-step", args=[scheme.pk, "open"])).status_code == 404


def test_what_is_archived_is_chosen_no_more_but_in_the_report(scheme):
    other = make_scheme(year=2021)
    for kind in (StepKind.CLOSE, StepKind.ARCHIVE):
        with_nothing_open(other, kind)
    officer = logged_in(make_staff("officer"))
    assert Client().get(reverse("home"), {"scheme": other.code}).status_code == 404
    assert officer.get(reverse("admin:index"), {"scheme": other.code}).status_code == 404
    assert officer.get(reverse("staff-report"), {"scheme": other.code}).context["scope"].schemes == (other,)


def with_nothing_open(scheme, kind):
    """As if its months were closed."""
    from subsidies.schemes.services import steps  # noqa: PLC0415

    original, steps.open_points = steps.open_points, lambda _scheme: []
    try:
        turn = propose_step(scheme=scheme, kind=kind, note="期满", by=UserFactory(), now=NOW)
        confirm_step(step=turn, by=UserFactory(), now=NOW)
    finally:
        steps.open_points = original


def draft(scheme, client, **typed):
    page = reverse("staff-scheme-clone", args=[scheme.pk])
    forms = client.get(page).context["forms"]
    every = [forms.settings, forms.stages.management_form, *forms.stages.forms]
    shown = {
        form.add_prefix(name): form[name].value()
        for form in every
        for name in form.fields
        if name != "DELETE"
    }
    data = {name: "" if value is None else value for name, value in shown.items()}
    return client.post(page, {**data, **typed}, follow=True)


def test_next_years_scheme_is_drafted_from_this_years(scheme):
    client = logged_in(make_staff("finance"))
    typed = {"code": "2023", "name": "2023 年补贴", "budget_fen": "1000", "note": "续办"}
    wrong = draft(scheme, client, **typed | {"code": scheme.code, "stages-0-starts_on": "2022-06-01"})
    told = wrong.context["forms"]
    assert told.settings.errors["code"] == ["已有方案使用这个代码"]
    assert "重叠：同一天只能属于一个方案" in str(told.stages.forms[0].errors)
    assert "2023 年补贴" in wrong.content.decode()
    answer = draft(scheme, client, **typed)
    change = answer.context["change"]
    assert (change.scheme.state, change.budget_fen) == ("draft", 100_000)
    assert f"{change.scheme.stages.first().starts_on}" == "2023-06-01"
