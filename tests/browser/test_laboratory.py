"""The laboratory in a browser: asked on a phone, read in light and dark, with the scores of the forecasts."""

from datetime import date

from django.urls import reverse

from subsidies.allocation.services.allocate import allocate
from subsidies.laboratory.services.forecasts import keep_forecasts, score_forecasts
from tests.browser.test_scheme import in_the_dark_too
from tests.factories import NOW, local, make_claim, make_scheme, make_staff


def test_a_replay_is_asked_for_and_read_and_forecasts_are_seen_beside_what_came(page, enter, accessible):
    scheme = make_scheme(budget_fen=60_000)
    keep_forecasts(now=local("2022-06-05 12:00:00"))
    for day in ("2022-06-02", "2022-06-03", "2022-06-04", "2022-07-05"):
        make_claim(scheme, completed_at=local(f"{day} 12:00:00"))
    keep_forecasts(now=local("2022-06-06 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    score_forecasts(now=local("2022-07-30 12:00:00"))
    assert scheme.forecasts.filter(day=date(2022, 6, 6)).exists()
    enter(page, make_staff("finance"))
    page.goto(reverse("staff-laboratory"))
    in_the_dark_too(page, accessible)
    page.get_by_role("link", name="新的推演").click()
    page.get_by_label("名称").fill("若追加资金")
    page.locator("[name=variant1-budget_fen]").fill("-1")
    accessible(page)
    page.get_by_role("button", name="开始推演").click()
    page.get_by_text("资金总额应大于 0 元").wait_for()
    accessible(page)
    page.locator("[name=variant1-budget_fen]").fill("1100")
    page.locator("summary", has_text="假设二").click()
    page.locator("[name=variant2-stages-0-amount_fen]").fill("150")
    page.get_by_role("button", name="开始推演").click()
    page.get_by_role("heading", name="假设二 · 谁多出，谁失去").wait_for()
    page.get_by_text("与实际发放逐份一致").wait_for()
    in_the_dark_too(page, accessible)
    page.get_by_text("逐周数字").click()
    accessible(page)
    page.goto(reverse("staff-forecasts", args=[scheme.pk]))
    page.get_by_role("heading", name="逐日").wait_for()
    in_the_dark_too(page, accessible)
