"""Writing a table: once, by one worker at a time, over again after a crash; and removing it when its days are over."""

import csv
import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.districts.reader import reading_as
from core.exports.bundle import Copy, drawn
from core.exports.cells import cell
from core.exports.harmless import harmless
from core.exports.lists import Asked, Refusal, page_of, rows_of
from core.exports.resources import CHUNK
from core.exports.sheets import CsvSheet, Sheet, XlsxSheet
from core.models import Export
from core.privacy.sealed_files import SEALED_FOLDERS, SealedFolder, SealedWriter

logger = logging.getLogger(__name__)

_LATE = gettext_lazy("记录太多，没有在规定时间内写完；请缩小筛选范围，分几次导出")
ATTEMPTS = 3  # a table that takes its worker down with it is not tried for ever
LONGEST = timedelta(minutes=50)  # within the time that the task is given
_SHEETS: dict[str, Callable[[BinaryIO, list[str]], Sheet]] = {"csv": CsvSheet, "xlsx": XlsxSheet}


def file_path(export_id: int) -> Path:
    """Where a table rests: outside the web root, sealed."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"export-{export_id}"


def context_of(export_id: int) -> str:
    """What a table is sealed for: one cannot be laid in another's place."""
    return f"core.export:{export_id}"


SEALED_FOLDERS["exports"] = SealedFolder(
    "exports/export-*", lambda name: context_of(int(name.removeprefix("export-"))), pieces=True
)


def write_table(*, export_id: int, clock: Callable[[], datetime]) -> None:
    """Make the file of an export that is waited for. What goes wrong ends in a sentence."""
    export = Export.objects.select_related("asked_by").get(pk=export_id)
    if not export.is_open:
        return
    with translation.override(export.language or settings.LANGUAGE_CODE):
        if export.attempts >= ATTEMPTS:
            give_up(export, _("几次生成都中断了，请缩小筛选范围后重试，或联系管理员"), now=clock())
            return
        Export.objects.filter(pk=export_id).update(
            state=Export.State.WRITING, attempts=F("attempts") + 1, rows_written=0
        )
        try:
            _write(export, clock)
        except Refusal as refusal:
            give_up(export, str(refusal), now=clock())
        except Exception:
            logger.exception("export %s could not be written", export_id)
            give_up(export, _("生成时出现意外错误，我们已记录这个问题，请联系管理员"), now=clock())


def give_up(export: Export, sentence: str, *, now: datetime) -> None:
    """There will be no file, for this reason."""
    for path in (_part(export.pk), file_path(export.pk)):
        path.unlink(missing_ok=True)
    open_ones = Export.objects.filter(pk=export.pk, state__in=[Export.State.WAITING, Export.State.WRITING])
    open_ones.update(state=Export.State.FAILED, failure=sentence[:200], finished_at=now)


def remove_expired(*, now: datetime) -> int:
    """Remove the files whose days are over; return how many."""
    over = Export.objects.filter(state=Export.State.READY, expires_at__lte=now)
    ids = list(over.values_list("pk", flat=True))
    for export_id in ids:
        file_path(export_id).unlink(missing_ok=True)
    Export.objects.filter(pk__in=ids, state=Export.State.READY).update(state=Export.State.EXPIRED)
    return len(ids)


def _write(export: Export, clock: Callable[[], datetime]) -> None:
    part = _part(export.pk)  # half a file is never read
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(part, flags, 0o600), "wb") as handle:
        out = SealedWriter(handle, context=context_of(export.pk))
        count = _fill(export, out, clock)
        out.finish()
    part.replace(file_path(export.pk))
    now = clock()
    Export.objects.filter(pk=export.pk, state=Export.State.WRITING).update(
        state=Export.State.READY,
        rows_expected=count,
        rows_written=count,
        file_sha256=out.digest,
        file_size=out.size,
        finished_at=now,
        expires_at=now + timedelta(days=settings.EXPORT_DAYS),
    )


def _fill(export: Export, out: SealedWriter, clock: Callable[[], datetime]) -> int:
    """Write what the list shows now; return how many rows. Raises Refusal."""
    asked = Asked(export.model_label, export.query, export.asked_by, export.personal)
    write = _pack if export.file_format == Export.Format.ZIP else _tabulate
    with reading_as(export.asked_by_id):
        return write(export, asked, cast(BinaryIO, out), clock() + LONGEST, clock)


def _tabulate(
    export: Export, asked: Asked, out: BinaryIO, until: datetime, clock: Callable[[], datetime]
) -> int:
    rows, resource = rows_of(asked), page_of(asked).export_resource()
    row = Export.objects.filter(pk=export.pk)
    row.update(rows_expected=rows.order_by().count())
    sheet, count = _SHEETS[export.file_format](out, resource.headers()), 0
    for count, values in enumerate(resource.values(rows, personal=export.personal), start=1):
        sheet.write([cell(value) for value in values])
        if count % CHUNK == 0:
            row.update(rows_written=count)
            if clock() > until:
                raise Refusal(_LATE)
    sheet.close()
    return count


def _pack(export: Export, asked: Asked, out: BinaryIO, until: datetime, clock: Callable[[], datetime]) -> int:
    """A document for each row, and an index of them that says how they were chosen."""
    rows, bundle = drawn(rows_of(asked), export), page_of(asked).bundle
    row = Export.objects.filter(pk=export.pk)
    row.update(rows_expected=rows.count())
    index, count = StringIO(), 0
    lines = csv.writer(index)
    lines.writerow([_("文件"), *bundle.titles()])
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        made = bundle.documents(rows, Copy(export.asked_by, export.note, export.personal))
        for count, each in enumerate(made, start=1):
            archive.writestr(each.name, each.content)
            lines.writerow([harmless(value) for value in (each.name, *each.line)])
            row.update(rows_written=count)
            if clock() > until:
                raise Refusal(_LATE)
        lines.writerow([_how(export)])
        archive.writestr(_("目录.csv"), b"\xef\xbb\xbf" + index.getvalue().encode())
    return count


def _how(export: Export) -> str:
    if export.sample is None:
        return _("按列表的筛选和排序，全部打包。")
    return _("随机抽取 %(n)s 份：按 MD5(“%(no)s:”加记录的内部编号)从小到大取前 %(n)s 份，可以重算。") % {
        "n": export.sample,
        "no": export.pk,
    }


def _part(export_id: int) -> Path:
    return file_path(export_id).with_suffix(".part")
