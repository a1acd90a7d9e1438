"""Long lists are counted as far as anybody leafs, and say that there is more."""

import pytest

from core.paging import CappedPaginator
from merchants.models import Merchant
from tests.factories import MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("rows", "said"), [(0, "0"), (2, "2"), (3, "3"), (4, "3+")])
def test_a_count_stops_at_the_limit_and_says_so(monkeypatch, rows, said):
    monkeypatch.setattr(CappedPaginator, "most", 3)
    MerchantFactory.create_batch(rows)
    assert str(CappedPaginator(Merchant.objects.all(), 2).count) == said


def test_no_page_lies_behind_the_limit(monkeypatch):
    monkeypatch.setattr(CappedPaginator, "most", 4)
    MerchantFactory.create_batch(9)
    assert CappedPaginator(Merchant.objects.all(), 2).num_pages == 2


def test_a_list_that_is_there_is_counted_whole():
    assert CappedPaginator(list(range(5_000)), 10).count == 5_000
