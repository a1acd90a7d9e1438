"""What a file is, by its first bytes; and for what is no table that we read, the sentence that says how to save it."""

import codecs

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_ARCHIVES = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"BZh", b"\xfd7zXZ", b"PK\x05\x06", b"PK\x07\x08")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_BIFF = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")  # .xls of before OLE

_WEB_PAGE = _("这不是表格文件，而是网页(有些系统把网页存成 .xls)；请用表格软件打开，另存为 .xlsx 后再上传")
_XML = _("这不是 XLSX 表格文件，而是 XML 表格；请用表格软件打开，另存为 .xlsx 后再上传")
_ARCHIVE = _("这是压缩包，请先解压，再上传里面的表格")
_PICTURE = _("这不是表格文件，而是图片；请上传 XLSX 或 CSV 表格")
_PDF = _("这不是表格文件，而是 PDF；请上传 XLSX 或 CSV 表格")


def is_old_excel(start: bytes) -> bool:
    """Whether it is a workbook of before 2007, or one of WPS."""
    return start.startswith(OLE) or (
        start[:2] in _BIFF and start[2:4] in (b"\x08\x00", b"\x10\x00", b"\x06\x00", b"\x04\x00")
    )


def refusal(start: bytes) -> str | Promise | None:
    """The sentence for a file that is no table, by how it begins; nothing where it may be one."""
    for marks, sentence in ((_ARCHIVES, _ARCHIVE), (_PICTURES, _PICTURE), ((b"%PDF",), _PDF)):
        if start.startswith(marks):
            return sentence
    text = _beginning(start)
    if text.startswith("mime-version:") or "content-type: multipart/related" in text[:500]:
        return _WEB_PAGE
    if not text.startswith("<"):
        return None
    if "<html" in text or "<table" in text or text.startswith("<!doctype html"):
        return _WEB_PAGE
    return _XML if text.startswith("<?xml") or "spreadsheet" in text else _WEB_PAGE


def _beginning(start: bytes) -> str:
    """The first characters in small letters, whatever they are written in."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if start.startswith(mark):
            return start[2:4096].decode(encoding, errors="ignore").lstrip().lower()
    if start[1:2] == b"\0":
        return start[:4096].decode("utf-16-le", errors="ignore").lstrip().lower()
    return start[:4096].removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="ignore").lstrip().lower()
