"""Scans of papers that staff keep with their work: a photo of the page, or a PDF as the scanner made it. They rest sealed.

A photo is judged and made anew as every photo is (`photos.py`); a PDF is never opened here, only handed out as a file,
and refused where it could do something of its own, is locked, or has more pages than anybody looks through.
"""

import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from core.privacy.photos import LIMIT_MB, BadPhoto, take_photo
from core.privacy.sealed_files import KeptFiles
from core.privacy.sealing import place

_PDF, _TAIL = b"%PDF-", 2048
MOST_PAGES = 100
_UNPACKED = 16 * 2**20  # of a PDF's packed objects no more is looked through
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_LOCKED = re.compile(rb"/Encrypt\b")
_ACTS = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z])"
)
TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg"}


class BadScan(ValueError):
    """Not a scan that can be kept; the message is the sentence for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A paper as it is kept. `suffix`: `.pdf` or `.jpg`; `digest`: the SHA-256 of what was sent."""

    content: bytes
    suffix: str
    digest: str


_KEPT = KeptFiles("scans", lambda name: place("core.scan", name))


def scan_limit() -> int:
    """How many bytes a scan may have as it is sent."""
    return LIMIT_MB * 2**20


def take_scan(file: IO[bytes], *, size: int) -> Scan:
    """Judge and tidy an upload. Raises BadScan."""
    if size > scan_limit():
        raise BadScan(_("扫描件超过 %s MB，请降低分辨率后重新扫描") % LIMIT_MB)
    data = file.read()
    if data.startswith(_PDF):
        _judge_pdf(data)
        return Scan(data, ".pdf", hashlib.sha256(data).hexdigest())
    file.seek(0)
    try:
        photo = take_photo(file, size=size)
    except BadPhoto as refusal:
        raise BadScan(_("扫描件只接受 PDF 或照片。%s") % refusal) from None
    return Scan(photo.jpeg, ".jpg", photo.digest)


def _judge_pdf(data: bytes) -> None:
    """Raises BadScan for what is no plain scan."""
    if b"%%EOF" not in data[-_TAIL:]:
        raise BadScan(_("这个 PDF 不完整，请重新扫描上传"))
    told = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data + _unpacked(data))
    if _LOCKED.search(told):
        raise BadScan(_("这个 PDF 加了密，请取消密码后重新上传"))
    if _ACTS.search(told):
        raise BadScan(_("这个 PDF 里有脚本、附件或表单，请打印后重新扫描上传"))
    if len(_PAGE.findall(told)) > MOST_PAGES:
        raise BadScan(_("这个 PDF 超过 %s 页，请拆开上传") % MOST_PAGES)


def _unpacked(data: bytes) -> bytes:
    """The objects of a PDF that are packed together; what does not unpack says nothing."""
    told = bytearray()
    for found in _PACKED.finditer(data):
        try:
            told += zlib.decompressobj().decompress(data[found.end() :], max(1, _UNPACKED - len(told)))
        except zlib.error:
            continue
        if len(told) >= _UNPACKED:
            raise BadScan(_("这个 PDF 的结构过大，请打印后重新扫描上传"))
    return bytes(told)


def keep_scan(scan: Scan) -> str:
    """Seal a scan and write it; return its name."""
    return _KEPT.keep(scan.content, suffix=scan.suffix)


def open_scan(name: str) -> bytes:
    """What `keep_scan` wrote. Raises FileNotFoundError, UnreadableSecret."""
    return _KEPT.open(name)


def drop_scan(name: str) -> None:
    """Remove a scan that nobody needs."""
    _KEPT.drop(name)
