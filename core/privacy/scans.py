"""Scans of papers that staff keep with their work: a photo of the page, or a PDF as the scanner made it. They rest sealed.

A photo is judged and made anew as every photo is (`photos.py`); a PDF is never opened here, only handed out as a file.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from core.privacy.photos import LIMIT_MB, BadPhoto, take_photo
from core.privacy.sealed_files import SEALED_FOLDERS, SealedFolder
from core.privacy.sealing import place, seal_bytes, unseal_bytes

_PDF, _TAIL = b"%PDF-", 2048
TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg"}


class BadScan(ValueError):
    """Not a scan that can be kept; the message is the sentence for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A paper as it is kept. `suffix`: `.pdf` or `.jpg`; `digest`: the SHA-256 of what was sent."""

    content: bytes
    suffix: str
    digest: str


def _context(name: str) -> str:
    return place("core.scan", name)


SEALED_FOLDERS["scans"] = SealedFolder("scans/??/*", _context)


def scan_limit() -> int:
    """How many bytes a scan may have as it is sent."""
    return LIMIT_MB * 2**20


def take_scan(file: IO[bytes], *, size: int) -> Scan:
    """Judge and tidy an upload. Raises BadScan."""
    if size > scan_limit():
        raise BadScan(_("扫描件超过 %s MB，请降低分辨率后重新扫描") % LIMIT_MB)
    data = file.read()
    if data.startswith(_PDF):
        if b"%%EOF" not in data[-_TAIL:]:
            raise BadScan(_("这个 PDF 不完整，请重新扫描上传"))
        return Scan(data, ".pdf", hashlib.sha256(data).hexdigest())
    file.seek(0)
    try:
        photo = take_photo(file, size=size)
    except BadPhoto as refusal:
        raise BadScan(_("扫描件只接受 PDF 或照片。%s") % refusal) from None
    return Scan(photo.jpeg, ".jpg", photo.digest)


def keep_scan(scan: Scan) -> str:
    """Seal a scan and write it; return its name."""
    name = secrets.token_hex(16) + scan.suffix
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(seal_bytes(scan.content, context=_context(name)))
    return name


def open_scan(name: str) -> bytes:
    """What `keep_scan` wrote. Raises FileNotFoundError, UnreadableSecret."""
    return unseal_bytes(_path(name).read_bytes(), context=_context(name))


def drop_scan(name: str) -> None:
    """Remove a scan that nobody needs."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "scans" / name[:2] / name
