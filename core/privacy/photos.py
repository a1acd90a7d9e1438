"""Photos from a shop's phone: judged by what they contain, made smaller, stripped of everything but the picture.

They show plates and invoices, so they rest sealed, as files under MEDIA_ROOT that no URL serves.
"""

import hashlib
import io
import os
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import zxingcpp
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.privacy.sealed_files import SEALED_FOLDERS, SealedFolder
from core.privacy.sealing import place, seal_bytes, unseal_bytes

LIMIT_MB = 20
LONGEST_SIDE = 1600  # pixels: a plate and an invoice stay readable
SHORTEST_SIDE = 200
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")


def _context(name: str) -> str:
    """What a photo is sealed for: one cannot be laid in another's place."""
    return place("merchants.photo", name)


SEALED_FOLDERS["photos"] = SealedFolder("photos/??/*", _context)
warnings.simplefilter(
    "error", Image.DecompressionBombWarning
)  # a picture that would fill the memory is no photo
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif")


class BadPhoto(ValueError):
    """Not a photo that can be kept; the message is the sentence for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: JPEG, upright, without any metadata. `digest` is the SHA-256 of what was sent."""

    jpeg: bytes
    width: int
    height: int
    digest: str


def take_photo(file: IO[bytes], *, size: int) -> Photo:
    """Judge and tidy an upload. Raises BadPhoto."""
    if size > LIMIT_MB * 2**20:
        raise BadPhoto(_("照片超过 %s MB，请用手机直接拍照上传，不要用原始格式") % LIMIT_MB)
    data = file.read()
    picture = _open(data)
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Photo(out.getvalue(), *picture.size, hashlib.sha256(data).hexdigest())


def read_codes(file: IO[bytes], *, size: int) -> list[str]:
    """The texts of the QR and bar codes in a photographed certificate or plate. Raises BadPhoto."""
    if size > LIMIT_MB * 2**20:
        raise BadPhoto(_("照片超过 %s MB，请用手机直接拍照上传，不要用原始格式") % LIMIT_MB)
    return [found.text for found in zxingcpp.read_barcodes(_open(file.read()))]


def _open(data: bytes) -> Image.Image:
    """The picture, whole and upright."""
    if not data:
        raise BadPhoto(_("照片是空的，请重新拍摄"))
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        raise BadPhoto(
            _("这是 HEIC 格式的照片，请在手机“设置—相机—格式”中选“兼容性最佳”后重拍，或另存为 JPG")
        )
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    except UnidentifiedImageError:
        raise BadPhoto(_("这个文件不是照片(只接受 JPG、PNG 或 WebP)，请重新拍摄")) from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadPhoto(_("照片尺寸过大，请用手机直接拍照上传")) from None
    except (OSError, SyntaxError, ValueError):
        raise BadPhoto(_("照片不完整或已损坏，请重新拍摄上传")) from None
    if max(upright.size) < SHORTEST_SIDE:
        raise BadPhoto(_("照片太小，看不清内容，请靠近重拍"))
    return upright


def keep_photo(photo: Photo) -> str:
    """Seal a photo and write it; return its name."""
    name = secrets.token_hex(16)
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(seal_bytes(photo.jpeg, context=_context(name)))
    return name


def open_photo(name: str) -> bytes:
    """The JPEG that `keep_photo` wrote. Raises FileNotFoundError, UnreadableSecret."""
    return unseal_bytes(_path(name).read_bytes(), context=_context(name))


def small_copy(jpeg: bytes, *, side: int = 320) -> bytes:
    """A thumbnail: what is on the photo, too small to be read."""
    picture = Image.open(io.BytesIO(jpeg))
    picture.thumbnail((side, side))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def drop_photo(name: str) -> None:
    """Remove a photo that nobody needs."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "photos" / name[:2] / name
