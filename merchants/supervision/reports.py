"""Laboratories' reports: kept as they were sent, sealed."""

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.models import User
from core.privacy.photos import LIMIT_MB, take_photo
from core.privacy.sealed_files import SEALED_FOLDERS, SealedFolder
from core.privacy.sealing import place, seal_bytes, unseal_bytes
from merchants.models import LotReport, SamplingLot

MOST = 10
_PDF = b"%PDF-"


class BadReport(ValueError):
    """Not a report that can be kept; the message is the sentence for whoever sent it."""


def _context(name: str) -> str:
    """What a report is sealed for: one cannot be laid in another's place."""
    return place("merchants.report", name)


SEALED_FOLDERS["reports"] = SealedFolder("reports/??/*", _context)


def add_report(*, lot: SamplingLot, file: UploadedFile, by: User, now: datetime) -> LotReport:  # type: ignore[type-arg]
    """Keep a report: a PDF as it was sent, a photo tidied. The same file again is the one that is there.

    Raises BadReport, BadPhoto.
    """
    if (file.size or 0) > LIMIT_MB * 2**20:
        raise BadReport(_("文件超过 %s MB，没有保存。") % LIMIT_MB)
    content = file.read()
    form = LotReport.Form.PDF
    if not content.startswith(_PDF):
        file.seek(0)
        content, form = take_photo(file, size=len(content)).jpeg, LotReport.Form.PHOTO
    digest = hashlib.sha256(content).hexdigest()
    with acting("add_report", by=by, now=now):
        locked = SamplingLot.objects.select_for_update(no_key=True, of=("self",)).get(pk=lot.pk)
        there = locked.reports.filter(digest=digest).first()
        if there:
            return there
        if locked.reports.count() >= MOST:
            raise BadReport(_("一次抽查最多 %s 份报告。") % MOST)
        return LotReport.objects.create(
            lot=locked, name=_keep(content), form=form, digest=digest, added_by=by, added_at=now
        )


def open_report(report: LotReport) -> bytes:
    """The file. Raises FileNotFoundError, UnreadableSecret."""
    return unseal_bytes(_path(report.name).read_bytes(), context=_context(report.name))


def _keep(content: bytes) -> str:
    name = secrets.token_hex(16)
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(seal_bytes(content, context=_context(name)))
    return name


def _path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "reports" / name[:2] / name
