"""What staff are told of a file of merchants before they confirm it."""

import pytest
from django.urls import reverse

from ebikes.importing.tasks import read_upload
from ebikes.models import ImportBatch
from tests.admin.district import logged_in, told
from tests.ebikes.files import as_csv, valid_uscc
from tests.factories import MerchantFactory, make_staff
from tests.subsidies.pages.site import page_of, send

pytestmark = pytest.mark.django_db

OTHER = "开通日期 2022-05-01 与系统中的 2022-03-01 不同，未改动"


@pytest.fixture
def keeper():
    return logged_in(make_staff("merchant_manager"))


@pytest.fixture
def batch(keeper, settings, tmp_path, monkeypatch):
    """A file with a merchant that is new and one that is known, by another day of enabling."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    monkeypatch.setattr("subsidies.intake.pages.imports.order_reading", lambda batch: None)
    known = MerchantFactory(uscc=valid_uscc()).uscc
    rows = [
        {"统一社会信用代码": uscc, "名称": "车行", "淘汰置换开通日期": "2022-05-01"}
        for uscc in (valid_uscc(), known)
    ]
    send(keeper, as_csv(rows), kind="merchants")
    found = ImportBatch.objects.get()
    read_upload(found.pk)
    found.refresh_from_db()
    assert (found.state, found.rows_accepted) == ("preview", 2)
    return found


def test_the_preview_says_how_many_days_are_not_taken_and_which(keeper, batch):
    page = page_of(keeper, batch)
    assert "有 1 行接受，但有需要留意之处" in page
    assert OTHER in page
    only = keeper.get(reverse("import", args=[batch.pk]), {"verdict": "noted"})
    assert [row.line for row, *_more in only.context["rows"]] == [3]


def test_the_question_says_so_too(keeper, batch):
    question = keeper.get(reverse("import-confirm", args=[batch.pk]))
    assert told(question)["接受，但有说明"] == "1"


def test_where_there_is_nothing_to_say_nothing_is_said(keeper, batch):
    batch.rows.update(problems=[])
    assert "已有的记录不同" not in page_of(keeper, batch)
    assert "接受，但有说明" not in page_of(keeper, batch)
    assert "已有的记录不同" not in str(told(keeper.get(reverse("import-confirm", args=[batch.pk]))))
