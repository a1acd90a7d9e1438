"""Asking for a table, and fetching it: by whom it may be done, and what is written down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.audit.record import Action, record
from core.exports.lists import Asked, NotAllowed, Refusal, list_of, page_of
from core.exports.resources import Exportable
from core.exports.write import context_of, file_path
from core.models import Export, User
from core.paging import AtLeast, CappedPaginator
from core.privacy.reasons import says_something
from core.privacy.sealed_files import unsealed
from core.privacy.sealing import UnreadableSecret
from core.shanghai import local

MOST = CappedPaginator.most  # rows are counted no further before somebody asks
AT_ONCE = 5  # tables that one person may have in the making


@dataclass(frozen=True, slots=True)
class Wish:
    """How the table is wanted. Personal data needs a purpose, in a note."""

    file_format: str
    note: str = ""
    sample: int | None = None  # so many, drawn by lot; None is all


def count_rows(asked: Asked) -> int:
    """How many rows there are, as the list counts them: up to one more than `MOST`. Raises NotAllowed, Refusal."""
    counted = list_of(asked).result_count
    return int(counted) + isinstance(counted, AtLeast)


@transaction.atomic
def ask_for_export(*, asked: Asked, wish: Wish, now: datetime) -> Export:
    """Write down what is wanted; a worker makes it. Raises NotAllowed, Refusal."""
    rows = count_rows(asked)
    if asked.personal and not says_something(wish.note):
        raise Refusal(_("导出完整个人信息须写明用途，说清用来做什么"))
    _refuse_too_many(page_of(asked), wish, rows)
    mine = Export.objects.filter(asked_by=asked.by, state__in=["waiting", "writing"])
    if mine.count() >= AT_ONCE:
        raise Refusal(_("您已有 %s 份导出正在生成，请等它们完成") % AT_ONCE)
    title = page_of(asked).opts.verbose_name
    export = Export.objects.create(
        model_label=asked.model_label,
        query=asked.query,
        file_format=wish.file_format,
        sample=wish.sample,
        personal=asked.personal,
        note=wish.note.strip(),
        language=get_language() or "",
        file_name=f"{slugify(title, allow_unicode=True)}-{local(now):%Y%m%d-%H%M}.{wish.file_format}",
        asked_by=asked.by,
        asked_at=now,
    )
    detail = {**_told(export), "note": export.note, "rows": min(rows, MOST), "more": rows > MOST}
    record(Action.EXPORT, by=asked.by, of=export, detail=detail)
    return export


def _refuse_too_many(page: Exportable, wish: Wish, rows: int) -> None:
    """Documents are made one by one, where the list has any. Raises Refusal."""
    if wish.file_format != Export.Format.ZIP:
        return
    if page.bundle is None:
        raise Refusal(_("这个列表没有可以打包的文件"))
    wanted = rows if wish.sample is None else min(rows, wish.sample)
    if wanted > page.bundle.most:
        raise Refusal(_("一次最多打包 %s 份：请缩小筛选范围，或填写随机抽取的份数") % page.bundle.most)


def fetch_export(*, export: Export, by: User, now: datetime) -> Iterator[bytes]:
    """The table, piece by piece, for whoever asked for it and still may see it. Raises NotAllowed, Refusal."""
    if export.asked_by_id != by.pk:
        raise NotAllowed(_("只有申请导出的人可以下载"))
    page_of(Asked(export.model_label, export.query, by, export.personal))
    if export.state != Export.State.READY or export.expires_at is None or export.expires_at <= now:
        raise Refusal(_("文件还没有生成，或已过保留期"))
    pieces = unsealed(file_path(export.pk), context=context_of(export.pk))
    try:
        first = next(pieces)
    except (FileNotFoundError, UnreadableSecret):
        raise Refusal(_("文件已损坏或不存在，请重新导出")) from None
    detail = {**_told(export), "rows": export.rows_written}
    record(Action.DOWNLOAD, by=by, of=export, detail=detail)
    return chain([first], pieces)


def _told(export: Export) -> dict[str, object]:
    return {"list": export.model_label, "format": export.file_format, "personal": export.personal}
