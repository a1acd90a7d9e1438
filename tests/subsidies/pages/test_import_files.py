"""Every way in which a file may be wrong, and where it lies until it is read."""

import stat

import pytest
from django.urls import reverse
from kombu.exceptions import OperationalError

from ebikes.importing import tasks
from ebikes.importing.tasks import read_upload
from ebikes.importing.uploads import unsealed_upload, upload_path
from ebikes.models import ImportBatch
from tests.ebikes.files import as_csv, trade_in_row
from tests.subsidies.pages.site import page_of, send, sent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("data", [{}, {"file": ""}, {"file": "only a text"}])
def test_without_a_file_the_form_says_so(clerk, data):
    response = clerk.post(reverse("imports"), data)
    assert (response.status_code, ImportBatch.objects.count()) == (200, 0)
    assert "errorlist" in response.content.decode()


def test_an_empty_file_is_refused_in_words(clerk):
    response = send(clerk, b"")
    assert (response.status_code, ImportBatch.objects.count()) == (200, 0)
    assert "errorlist" in response.content.decode()


def test_a_file_over_the_limit_is_refused_in_words(clerk, settings):
    settings.UPLOAD_LIMIT_MB = 1
    response = send(clerk, b"x" * (2**20 + 1))
    assert (response.status_code, ImportBatch.objects.count()) == (200, 0)
    assert "文件超过 1 MB 的上限" in response.content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b" \n", "文件是空的"),
        (b"%PDF-1.7 ...", "这不是表格文件"),
        (b"<html></html>", "这不是表格文件"),
        (b"PK\x03\x04 not a workbook", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "旧版 .xls"),
        (bytes(range(256)) * 40, "文字编码无法识别"),
        ("甲,乙\n1,2\n".encode(), "没有找到认识的列名"),
        ("淘汰置换单号,备案号牌\n1,2\n".encode(), "表头缺少这些列"),
        ("淘汰置换单号,单号\n1,2\n".encode(), "表头缺少这些列"),
    ],
)
def test_what_is_no_table_of_ours_fails_with_a_sentence(clerk, content, sentence):
    batch = sent(clerk, content)
    html = page_of(clerk, batch)
    assert batch.state == "failed"
    assert batch.failure
    assert sentence in html
    assert 'role="alert"' in html
    assert not upload_path(batch.pk).exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "<b>.csv", "长" * 300 + ".csv", "a\x00b.csv", "无后缀"])
def test_a_files_name_is_only_ever_shown(clerk, point, name):
    batch = sent(clerk, as_csv([trade_in_row(point)]), name=name)
    assert batch.state == "preview"
    assert "<b>" not in page_of(clerk, batch)


def test_a_reading_that_crashes_says_so(clerk, point, monkeypatch, caplog):
    def crash(*args, **kwargs):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(tasks, "read_into", crash)
    batch = sent(clerk, as_csv([trade_in_row(point)]))
    assert batch.state == "failed"
    assert "读取时出现意外错误" in page_of(clerk, batch)
    assert "out of luck" in caplog.text


def test_a_message_that_cannot_be_sent_costs_nobody_the_file(clerk, point, monkeypatch, caplog):
    def no_broker(batch_id):
        raise OperationalError("connection refused")

    monkeypatch.setattr(read_upload, "delay", no_broker)
    batch = sent(clerk, as_csv([trade_in_row(point)]))
    assert batch.state == "preview"
    assert "will be read by the sweep" in caplog.text


def test_an_upload_lies_where_only_this_system_reads_it_and_goes_once_read(clerk, point, settings):
    content = as_csv([trade_in_row(point)])
    send(clerk, content, name="../../evil.csv")
    batch = ImportBatch.objects.get()
    (kept,) = settings.MEDIA_ROOT.iterdir()
    assert kept == upload_path(batch.pk)
    with unsealed_upload(batch.pk) as plain:
        assert plain.read_bytes() == content
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    read_upload(batch.pk)
    assert list(settings.MEDIA_ROOT.iterdir()) == []
