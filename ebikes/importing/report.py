"""The verdict on every row, in words, for people and as a file."""

import csv
import json
from collections.abc import Iterator
from typing import IO, Any, BinaryIO

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.exports.harmless import harmless
from core.exports.sheets import TextSheet
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.problems import sentence
from ebikes.importing.reading import A_SHEET, place
from ebikes.models import ImportBatch, ImportRow


def verdict_rows(batch: ImportBatch, verdict: str | None = None) -> Iterator[tuple[str, str, str, str]]:
    """(where it stands, record number, verdict, why) of every row, or of those with one verdict; in the active language."""
    rows = ImportRow.objects.filter(batch=batch).order_by("line").defer("cells")
    if verdict:
        rows = rows.filter(verdict=verdict)
    for row in rows.iterator(chunk_size=2000):
        yield place(batch, row.line), row.record_no, row.get_verdict_display(), why(row)


def noted(batch: ImportBatch) -> QuerySet[ImportRow]:
    """The accepted rows with something to be said: what they change, what is not done, what somebody should look at."""
    return ImportRow.objects.filter(batch=batch, verdict=ImportRow.Verdict.ACCEPTED).exclude(problems=[])


def why(row: ImportRow) -> str:
    """All that is wrong with a row, in sentences."""
    if row.verdict == ImportRow.Verdict.DUPLICATE:
        return _("与先前收到的记录完全相同，不重复计入")
    return _("；").join(
        sentence(problem["kind"], _placed(row, problem["params"])) for problem in row.problems
    )


def _placed(row: ImportRow, params: dict[str, Any]) -> dict[str, Any]:
    """The rows that a sentence names, as people find them; in a file of one sheet they are what they are."""
    if "line" not in params or max(row.line, params["line"]) < A_SHEET:
        return params
    return {**params, "line": place(row.batch, params["line"])}


def write_verdicts(batch: ImportBatch, stream: IO[str]) -> None:
    """Every row's verdict as CSV. Open the stream with `utf-8-sig`, so that spreadsheets read it rightly."""
    writer = csv.writer(stream)
    writer.writerow([_("行号"), _("单号"), _("结论"), _("原因")])
    for row in verdict_rows(batch):
        writer.writerow([harmless(str(cell)) for cell in row])


def write_refused(batch: ImportBatch, stream: BinaryIO, *, reason: str = "") -> None:
    """The refused rows (those of one `reason`, if it is given) with their own cells, to be corrected and sent again.

    The last column says why.

    XLSX of nothing but text: a spreadsheet that opens CSV takes long numbers for quantities, and their digits are gone.
    """
    layout = LAYOUTS[batch.kind]
    titles = [*(column.heading for column in layout.columns), _("原因")]
    sheet = TextSheet(stream, titles)
    rows = ImportRow.objects.filter(batch=batch, cells__isnull=False).order_by("line")
    if reason:
        rows = rows.filter(reason=reason)
    for row in rows.iterator(chunk_size=500):
        cells = json.loads(row.cells or "[]")
        own, beyond = cells[: len(layout.columns)], cells[len(layout.columns) :]
        sheet.write([*(cell or "" for cell in own), why(row), *beyond])
    sheet.close()
