"""Files as phones, and people who would rather not, send them."""

import io
from functools import cache

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

GPS = 0x8825


@cache
def jpeg(*, size=(2400, 1800), colour="#446655", rotated=False, located=False) -> bytes:
    """A photo; `rotated` as a phone held upright marks it, `located` with the place where it was taken."""
    exif = Image.Exif()
    if rotated:
        exif[0x0112] = 6
    if located:
        exif.get_ifd(GPS)[2] = (30.0, 16.0, 1.0)
        exif[0x010F] = "SecretPhone"
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def png(*, size=(800, 600)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, (10, 200, 30, 128)).save(out, "PNG")
    return out.getvalue()


def upload(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\0" * 400
EXECUTABLE = b"MZ\x90\x00" + b"\0" * 4000
XLSX_LIKE = b"PK\x03\x04" + b"\0" * 4000
