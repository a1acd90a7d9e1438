"""Agent points and the days on which they are authorised; users and their merchants."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from merchants.models import AgentAuthorization, CommitmentLetter
from tests.factories import AgentPointFactory, MerchantFactory, UserFactory, lay_member, make_member
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def point():
    return AgentPointFactory(authorised=False)


def authorise(point, starts_on, ends_on=None):
    with transaction.atomic():
        return AgentAuthorization.objects.create(agent_point=point, starts_on=starts_on, ends_on=ends_on)


def test_both_ends_of_an_authorisation_are_included(point):
    period = authorise(point, date(2022, 6, 1), date(2022, 6, 30))
    assert [period.covers(date(2022, month, day)) for month, day in ((5, 31), (6, 1), (6, 30), (7, 1))] == [
        False,
        True,
        True,
        False,
    ]


def test_an_authorisation_without_an_end_goes_on(point):
    assert authorise(point, date(2022, 6, 1)).covers(date(2099, 1, 1))


def test_it_may_end_on_the_day_it_starts(point):
    assert authorise(point, date(2022, 6, 1), date(2022, 6, 1)).covers(date(2022, 6, 1))


def test_it_does_not_end_before_it_starts(point):
    with pytest.raises(IntegrityError, match="authorization_ends_after_it_starts"):
        authorise(point, date(2022, 6, 2), date(2022, 6, 1))


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2022, 6, 30), date(2022, 7, 31)),  # they share the last day
        (date(2022, 5, 1), date(2022, 6, 1)),  # they share the first day
        (date(2022, 6, 10), date(2022, 6, 10)),
        (date(2022, 5, 1), None),
    ],
)
def test_authorisations_of_a_point_do_not_overlap(point, starts_on, ends_on):
    authorise(point, date(2022, 6, 1), date(2022, 6, 30))
    with pytest.raises(IntegrityError, match="authorizations_of_a_point_do_not_overlap"):
        authorise(point, starts_on, ends_on)


def test_one_may_follow_the_other_the_next_day(point):
    authorise(point, date(2022, 6, 1), date(2022, 6, 30))
    assert authorise(point, date(2022, 7, 1)).pk


def test_two_points_are_authorised_at_the_same_time(point):
    authorise(point, date(2022, 6, 1))
    assert authorise(AgentPointFactory(authorised=False), date(2022, 6, 1)).pk


def test_a_credit_code_belongs_to_one_merchant():
    shop = MerchantFactory()
    with pytest.raises(IntegrityError, match="uscc"), transaction.atomic():
        MerchantFactory(uscc=shop.uscc)


def test_a_user_belongs_to_one_merchant():
    clerk = make_member(MerchantFactory())
    with pytest.raises(IntegrityError, match="user_id"), transaction.atomic():
        lay_member(clerk, MerchantFactory(), "owner")


def test_a_user_is_called_by_name_where_there_is_one():
    assert str(UserFactory(username="clerk")) == "clerk"
    assert str(UserFactory(full_name="王小芳")) == "王小芳"


def test_a_letter_is_not_posted_before_it_is_signed():
    with pytest.raises(IntegrityError, match="letter_posted_after_it_was_signed"), transaction.atomic():
        CommitmentLetter.objects.create(
            merchant=MerchantFactory(),
            text_version="1",
            signed_on=date(2022, 6, 2),
            posted_at=date(2022, 6, 1),
        )
