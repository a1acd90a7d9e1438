"""A large file as it is read in earnest: by a Celery worker, which is a daemon and yet needs colleagues."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from config.local.background import LocalProcesses, wait_until
from config.local.scratch import pointing_at
from ebikes.importing.pipeline import open_batch
from ebikes.importing.staging import CHUNK
from ebikes.importing.uploads import keep_upload
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import AgentPointFactory, MerchantFactory

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 3 * CHUNK + 1


@pytest.fixture
def batch(settings, tmp_path):
    """An upload of many rows that nobody has read yet."""
    settings.MEDIA_ROOT = tmp_path
    point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    batch = open_batch(
        file_name="6月.csv", kind="trade_ins", by=None, merchant=point.merchant, now=timezone.now()
    )
    rows = [trade_in_row(point) for _ in range(ROWS)]
    keep_upload(batch, SimpleUploadedFile("6月.csv", as_csv(rows)))
    return batch


@pytest.fixture
def worker(batch, tmp_path):
    """A worker on the tests' database, and a clock that sweeps at once for files that nobody has read."""
    env = pointing_at(connection.settings_dict["NAME"])
    own = {"MEDIA_ROOT": str(tmp_path), "UPLOAD_FORGOTTEN_SECONDS": "0.2", "IMPORT_PROCESSES": "2"}
    with LocalProcesses({**env, **own}) as processes:
        processes.start_workers(1)
        processes.start_clock()
        yield processes.members[0]


def test_a_worker_reads_a_file_of_many_rows_with_colleagues(batch, worker):
    def read():
        batch.refresh_from_db()
        return batch.state != "reading"

    wait_until(read, worker)
    assert (batch.state, batch.failure, batch.rows_accepted) == ("preview", "", ROWS), worker.last_words()
