"""Columns that nobody reads: shown, never guessed silently; said once by a person, and remembered by shop and header."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from ebikes.importing.meanings import fingerprint
from ebikes.importing.tasks import read_upload
from ebikes.importing.uploads import drop_old_uploads, upload_path
from ebikes.models import ImportBatch, RememberedColumns, TradeIn
from tests.ebikes.files import as_csv, as_xlsx, trade_in_row, valid_uscc
from tests.factories import NOW, AgentPointFactory, MerchantFactory, make_member, make_scheme
from tests.subsidies.pages.site import act, logged_in, page_of, send

pytestmark = pytest.mark.django_db
WALLET = "1002003004005678"


def misnamed(point, **cells):
    """A row whose wallet and invoice stand under titles of the shop's own, and one column that is its own affair."""
    return (
        trade_in_row(point) | {"钱包号": WALLET, "购车发票号": "24332000000012345678", "导购": "小陈"} | cells
    )


def say(client, batch, **choices):
    """Choose a meaning for each column that is asked about, in their order; the page that answers."""
    return client.post(
        reverse("import-columns", args=[batch.pk]),
        {f"column{n}": key for n, key in enumerate(choices.values())},
    )


def said(client, batch, **choices):
    """The same, and read the file again by it."""
    assert say(client, batch, **choices).headers["Location"] == reverse("import", args=[batch.pk])
    read_upload(batch.pk)
    batch.refresh_from_db()


MEANT = {"钱包号": "wallet_no", "购车发票号": "invoice_no", "导购": ""}


def newest(client, rows, write=as_csv):
    send(client, write(rows))
    batch = ImportBatch.objects.latest("pk")
    read_upload(batch.pk)
    batch.refresh_from_db()
    return batch


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_what_is_not_read_is_shown_with_a_guess_and_its_first_values_and_gives_nobody_away(
    clerk, point, write
):
    batch = newest(clerk, [misnamed(point)], write)
    html = page_of(clerk, batch)
    assert batch.rows_accepted == 1
    for text in ("没有读取的列", "钱包号", "数字人民币钱包编号", "购车发票号", "发票号码", "导购", "小*"):
        assert text in html
    assert WALLET not in html
    assert "小陈" not in html
    assert WALLET not in clerk.get(reverse("import-columns", args=[batch.pk])).content.decode()


def test_what_is_said_once_is_read_at_once_and_at_the_next_file_and_said_so(clerk, point):
    make_scheme()
    batch = newest(clerk, [misnamed(point)])
    said(clerk, batch, **MEANT)
    assert "的说明读取了这些列" in page_of(clerk, batch)
    assert "没有读取的列" not in page_of(clerk, batch)
    act(clerk, "confirm", batch)
    assert (TradeIn.objects.get().wallet_no, TradeIn.objects.get().invoice_no) == (
        WALLET,
        "24332000000012345678",
    )

    again = newest(clerk, [misnamed(point, 钱包号="1002003004005679")])
    assert again.columns == batch.columns
    assert "“钱包号” → <span" in page_of(clerk, again)
    act(clerk, "confirm", again)
    assert TradeIn.objects.latest("pk").wallet_no == "1002003004005679"
    assert "钱包号" in clerk.get(reverse("imports")).content.decode()


def test_under_another_header_or_for_another_shop_the_same_title_means_nothing_yet(clerk, point):
    said(clerk, newest(clerk, [misnamed(point)]), **MEANT)
    other_header = newest(clerk, [misnamed(point) | {"颜色": "红"}])
    assert other_header.columns is None
    assert "没有读取的列" in page_of(clerk, other_header)
    elsewhere = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    stranger = logged_in(make_member(elsewhere.merchant))
    assert newest(stranger, [misnamed(elsewhere)]).columns is None
    kept = RememberedColumns.objects.get()
    assert stranger.post(reverse("import-columns-forget", args=[kept.pk])).status_code == 404
    assert "钱包号" not in stranger.get(reverse("imports")).content.decode()


def test_a_file_that_lacks_a_column_is_read_once_somebody_has_said_which_it_is(clerk, point):
    row = trade_in_row(point)
    row["换车单编号"] = row.pop("淘汰置换单号")
    batch = newest(clerk, [row])
    html = page_of(clerk, batch)
    assert batch.state == "failed"
    assert "表头缺少这些列：淘汰置换单号" in html
    assert "换车单编号" in html
    refused = say(clerk, batch, 换车单编号="")
    assert "还缺少必填的列：淘汰置换单号" in refused.content.decode()
    said(clerk, batch, 换车单编号="record_no")
    assert (batch.state, batch.failure, batch.rows_accepted) == ("preview", "", 1)


def test_two_columns_are_not_the_same_and_nothing_is_what_the_file_has_not(clerk, point):
    batch = newest(clerk, [misnamed(point)])
    twice = say(clerk, batch, **MEANT | {"导购": "wallet_no"})
    assert "有两列都选了“数字人民币钱包编号”" in twice.content.decode()
    assert say(clerk, batch, **MEANT | {"导购": "record_no"}).status_code == 200  # it is read already
    assert not RememberedColumns.objects.exists()


def test_what_was_said_is_taken_back_and_the_file_that_waits_is_read_without_it(clerk, point):
    batch = newest(clerk, [misnamed(point)])
    said(clerk, batch, **MEANT | {"导购": ""})
    assert not upload_path(batch.pk).exists()  # nothing is left to be said of it
    kept = RememberedColumns.objects.get()
    clerk.post(reverse("import-columns-forget", args=[kept.pk]), {"batch": "x"})
    kept.refresh_from_db()
    assert kept.dropped_by is not None
    assert newest(clerk, [misnamed(point)]).columns is None


def test_a_file_waits_for_its_columns_to_be_explained_and_not_for_ever(
    clerk, point, settings, django_capture_on_commit_callbacks
):
    make_scheme()
    confirmed, dropped, forgotten = (newest(clerk, [misnamed(point)]) for _ in range(3))
    assert all(upload_path(batch.pk).exists() for batch in (confirmed, dropped, forgotten))
    with django_capture_on_commit_callbacks(execute=True):
        act(clerk, "confirm", confirmed)
        act(clerk, "discard", dropped)
    drop_old_uploads(timezone.now())
    assert [upload_path(batch.pk).exists() for batch in (confirmed, dropped, forgotten)] == [
        False,
        False,
        True,
    ]
    settings.UPLOAD_KEPT_HOURS = 0
    drop_old_uploads(timezone.now() + timedelta(seconds=1))
    assert not upload_path(forgotten.pk).exists()
    say(clerk, forgotten, **MEANT)  # it is remembered all the same
    assert newest(clerk, [misnamed(point)]).columns is not None


def test_a_header_means_one_thing_and_is_dropped_by_somebody(clerk, point):
    said(clerk, newest(clerk, [misnamed(point)]), **MEANT)
    kept = RememberedColumns.objects.get()
    with pytest.raises(IntegrityError, match="a_header_means_one_thing"), transaction.atomic():
        RememberedColumns.objects.create(
            kind=kept.kind,
            merchant=kept.merchant,
            header=kept.header,
            meanings={},
            said_by=kept.said_by,
            said_at=NOW,
        )
    with pytest.raises(IntegrityError, match="dropped_by_somebody"), transaction.atomic():
        RememberedColumns.objects.update(dropped_at=NOW)


def test_a_header_is_the_same_in_any_order_and_spelling():
    assert fingerprint(["钱包号", "*车主姓名", None, ""]) == fingerprint(
        ["车主 姓名", "钱包号（数字人民币）"]
    )
    assert fingerprint(["钱包号"]) != fingerprint(["钱包号", "颜色"])
