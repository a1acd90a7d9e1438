"""Reading in the background: once, by one worker, to an end that says what happened."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from ebikes.importing import pipeline, tasks
from ebikes.importing.pipeline import open_batch
from ebikes.importing.tasks import read_upload, sweep_uploads
from ebikes.importing.uploads import keep_upload, upload_path
from ebikes.models import ImportBatch
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import AgentPointFactory, MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return settings.MEDIA_ROOT


@pytest.fixture
def ordered(monkeypatch):
    """The batches that a worker was asked to read."""
    batches = []
    monkeypatch.setattr(read_upload, "delay", batches.append)
    return batches


@pytest.fixture
def batch():
    """An upload that nobody has read yet."""
    return uploaded()


@pytest.fixture
def another_connection():
    other = connection.copy()
    yield other
    other.close()


def uploaded(*, ago=timedelta(0)):
    point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    batch = open_batch(
        file_name="6月.csv", kind="trade_ins", by=None, merchant=point.merchant, now=timezone.now() - ago
    )
    keep_upload(batch, SimpleUploadedFile("6月.csv", as_csv([trade_in_row(point)])))
    return batch


def state(batch):
    batch.refresh_from_db()
    return batch.state


def test_a_file_is_read_and_removed(batch, uploads):
    read_upload(batch.pk)
    assert (state(batch), batch.rows_accepted, batch.progress) == ("preview", 1, 1.0)
    assert list(uploads.iterdir()) == []


def test_a_second_message_for_the_same_file_finds_nothing_to_do(batch):
    read_upload(batch.pk)
    read_upload(batch.pk)
    assert (state(batch), batch.rows.count()) == ("preview", 1)


def test_a_second_message_never_touches_what_was_confirmed(batch):
    read_upload(batch.pk)
    ImportBatch.objects.filter(pk=batch.pk).update(state="confirmed", confirmed_at=timezone.now())
    read_upload(batch.pk)
    assert (state(batch), batch.failure) == ("confirmed", "")


def test_while_one_worker_reads_a_second_does_nothing(batch, another_connection):
    with another_connection.cursor() as first_worker:
        first_worker.execute("SELECT pg_advisory_lock(%s, %s)", [tasks._READING_LOCK, batch.pk])
        read_upload(batch.pk)
        assert state(batch) == "reading"
        assert upload_path(batch.pk).exists()
        first_worker.execute("SELECT pg_advisory_unlock(%s, %s)", [tasks._READING_LOCK, batch.pk])
    read_upload(batch.pk)
    assert state(batch) == "preview"


def test_two_files_are_read_side_by_side(batch, another_connection):
    with another_connection.cursor() as first_worker:
        first_worker.execute("SELECT pg_advisory_lock(%s, %s)", [tasks._READING_LOCK, batch.pk])
        other = uploaded()
        read_upload(other.pk)
    assert (state(batch), state(other)) == ("reading", "preview")


@pytest.mark.parametrize("outcome", ["read", "crashed"])
def test_a_reader_lets_go_of_the_file_whatever_happens(batch, another_connection, monkeypatch, outcome):
    if outcome == "crashed":
        monkeypatch.setattr(tasks, "read_into", _crash)
    read_upload(batch.pk)
    with another_connection.cursor() as next_worker:
        next_worker.execute("SELECT pg_try_advisory_lock(%s, %s)", [tasks._READING_LOCK, batch.pk])
        assert next_worker.fetchone() == (True,)


def _crash(batch, path, *, progress):
    progress(0.5)
    raise RuntimeError("out of luck")


def test_a_reading_that_crashes_ends_in_a_sentence_and_in_the_log(batch, uploads, monkeypatch, caplog):
    monkeypatch.setattr(tasks, "read_into", _crash)
    read_upload(batch.pk)
    assert (state(batch), batch.rows.count()) == ("failed", 0)
    assert "请联系管理员" in batch.failure
    assert f"batch {batch.pk} could not be read" in caplog.text
    assert list(uploads.iterdir()) == []


def test_progress_is_seen_while_the_file_is_read(batch, monkeypatch):
    seen = []

    def half_way(batch, path, *, progress):
        progress(0.5)
        seen.append(ImportBatch.objects.get(pk=batch.pk).progress)

    monkeypatch.setattr(tasks, "read_into", half_way)
    read_upload(batch.pk)
    assert seen == [0.5]


def test_a_file_that_was_never_written_fails_in_words_instead_of_being_read_for_ever(batch):
    upload_path(batch.pk).unlink()
    read_upload(batch.pk)
    assert (state(batch), batch.failure) == ("failed", "文件没有保存下来，请重新上传")


def test_half_an_upload_is_never_read(batch, uploads):
    class Interrupted(SimpleUploadedFile):
        def chunks(self, chunk_size=None):
            yield b"first half"
            raise OSError("no space left on device")

    upload_path(batch.pk).unlink()
    with pytest.raises(OSError, match="no space"):
        keep_upload(batch, Interrupted("6月.csv", b"x"))
    assert list(uploads.iterdir()) == []


def test_a_forgotten_upload_is_swept_up(ordered):
    forgotten, fresh = uploaded(ago=timedelta(minutes=3)), uploaded()
    sweep_uploads()
    assert ordered == [forgotten.pk]
    assert state(fresh) == "reading"


def test_the_sweep_leaves_finished_files_alone(ordered):
    batch = uploaded(ago=timedelta(hours=1))
    read_upload(batch.pk)
    sweep_uploads()
    assert ordered == []


class Killed(BaseException):
    """The reader is gone: out of memory, or by the limit of its time."""


def test_a_file_that_kills_its_reader_is_tried_three_times_and_then_told(batch, uploads, monkeypatch):
    reads = []

    def dies(batch, path, *, progress):
        reads.append(batch.attempts)
        raise Killed

    monkeypatch.setattr(tasks, "read_into", dies)
    for _attempt in range(3):
        with pytest.raises(Killed):
            read_upload(batch.pk)
    read_upload(batch.pk)

    assert reads == [1, 2, 3]
    assert state(batch) == "failed"
    assert "多次中断" in batch.failure
    assert list(uploads.iterdir()) == []


def test_a_file_that_needs_too_much_memory_is_told_so(batch, settings, monkeypatch):
    settings.IMPORT_MEMORY_MB = 100

    def greedy(batch, table, *, progress):
        assert bytearray(2**29)

    monkeypatch.setattr(pipeline, "stage_rows", greedy)
    read_upload(batch.pk)

    assert state(batch) == "failed"
    assert "内存不够" in batch.failure
    assert len(bytearray(2**28)) == 2**28  # what comes after has all its memory again


def test_a_file_that_takes_too_long_is_told_so(batch, settings):
    settings.IMPORT_SECONDS = 0

    read_upload(batch.pk)

    assert state(batch) == "failed"
    assert "规定时间" in batch.failure


def test_files_have_a_queue_of_their_own():
    """Payments do not wait behind a file that takes its reader down."""
    routed = read_upload.app.amqp.router.route({}, read_upload.name)

    assert routed["queue"].name == "files"
    assert {queue.routing_key for queue in read_upload.app.amqp.queues.values()} == {"celery", "files"}


def test_a_file_that_waits_rests_sealed_and_no_copy_is_written_to_read_it(batch, uploads, monkeypatch):
    (waiting,) = uploads.iterdir()
    assert all(word.encode() not in waiting.read_bytes() for word in ("淘汰置换单号", "330105", "TH2022"))
    seen = []

    def look(batch, path, *, progress):
        seen.append((path.read_bytes(), [each.name for each in uploads.iterdir()]))
        return pipeline.read_into(batch, path, progress=progress)

    monkeypatch.setattr(tasks, "read_into", look)
    read_upload(batch.pk)

    ((content, files),) = seen
    assert "淘汰置换单号".encode() in content or "淘汰置换单号".encode("gb18030") in content
    assert files == [waiting.name]
    assert state(batch) == "preview"
