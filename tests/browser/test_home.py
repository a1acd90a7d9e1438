"""The public page: what there is, and one's own application."""

from django.urls import reverse


def test_the_page_of_a_district_without_a_scheme_is_for_everybody(page, accessible):
    page.goto(reverse("home"))
    assert "补贴尚未开始" in page.inner_text("h1")
    accessible(page)
