"""Photos from a shop's phone: judged by what they contain, made smaller, stripped of everything but the picture.

They show plates and invoices, so they rest sealed, as files under MEDIA_ROOT that no URL serves. What strangers sent is
never decoded in a process that serves pages: see `decoding.py`.
"""

import fcntl
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from core.privacy.decoding import QUALITY
from core.privacy.sealed_files import KeptFiles
from core.privacy.sealing import place

LIMIT_MB = 20
LONGEST_SECONDS = 60


_KEPT = KeptFiles("photos", lambda name: place("merchants.photo", name))
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif")
_REFUSALS: dict[str, str | Promise] = {
    "not_a_photo": gettext_lazy("这个文件不是照片(只接受 JPG、PNG 或 WebP)，请重新拍摄"),
    "too_large": gettext_lazy("照片尺寸过大，请用手机直接拍照上传"),
    "too_small": gettext_lazy("照片太小，看不清内容，请靠近重拍"),
    "moving": gettext_lazy("这是动图，请上传一张静止的照片"),
    "damaged": gettext_lazy("照片不完整或已损坏，请重新拍摄上传"),
}


class BadPhoto(ValueError):
    """Not a photo that can be kept; the message is the sentence for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: JPEG, upright, without any metadata. `digest` is the SHA-256 of what was sent."""

    jpeg: bytes
    width: int
    height: int
    digest: str


def photo_limit() -> int:
    """How many bytes a photo may have as it is sent."""
    return LIMIT_MB * 2**20


def take_photo(file: IO[bytes], *, size: int) -> Photo:
    """Judge and tidy an upload. Raises BadPhoto."""
    data = _whole(file, size)
    told, jpeg = _decoded("take", data)
    width, height = told["size"]
    return Photo(jpeg, width, height, hashlib.sha256(data).hexdigest())


def read_codes(file: IO[bytes], *, size: int) -> list[str]:
    """The texts of the QR and bar codes in a photographed certificate or plate. Raises BadPhoto."""
    codes: list[str] = _decoded("codes", _whole(file, size))[0]["codes"]
    return codes


def _whole(file: IO[bytes], size: int) -> bytes:
    """What was sent. Raises BadPhoto for what the first bytes tell to be no photo."""
    if size > photo_limit():
        raise BadPhoto(_("照片超过 %s MB，请用手机直接拍照上传，不要用原始格式") % LIMIT_MB)
    data = file.read()
    if not data:
        raise BadPhoto(_("照片是空的，请重新拍摄"))
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        raise BadPhoto(
            _("这是 HEIC 格式的照片，请在手机“设置—相机—格式”中选“兼容性最佳”后重拍，或另存为 JPG")
        )
    return data


def _decoded(verb: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    """What the process that decodes says, and what it made. Raises BadPhoto."""
    asked = {"verb": verb, "megapixels": settings.PHOTO_MEGAPIXELS, "megabytes": settings.PHOTO_MEMORY_MB}
    with _one_at_a_time():
        try:
            done = subprocess.run(
                [sys.executable, "-m", "core.privacy.decoding", json.dumps(asked)],
                input=data,
                capture_output=True,
                timeout=LONGEST_SECONDS,
                check=False,
                cwd=settings.BASE_DIR,
            )
            line, _newline, made = done.stdout.partition(b"\n")
            told: dict[str, Any] = json.loads(line)
        except (subprocess.TimeoutExpired, ValueError):  # it had no more time, or was ended for its memory
            told, made = {"refused": "damaged"}, b""
    if "refused" in told:
        raise BadPhoto(str(_REFUSALS[told["refused"]]))
    return told, made


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait until nobody else decodes: what one picture may take, is taken once, whatever the number of processes."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(folder / "decoding.lock", os.O_RDWR | os.O_CREAT, 0o600), "rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def keep_photo(photo: Photo) -> str:
    """Seal a photo and write it; return its name."""
    return _KEPT.keep(photo.jpeg)


def open_photo(name: str) -> bytes:
    """The JPEG that `keep_photo` wrote. Raises FileNotFoundError, UnreadableSecret."""
    return _KEPT.open(name)


def copy_photo(name: str) -> str:
    """Keep the same photo once more, under a name of its own. Raises FileNotFoundError, UnreadableSecret."""
    return _KEPT.keep(_KEPT.open(name))


def small_copy(jpeg: bytes, *, side: int = 320) -> bytes:
    """A thumbnail of a photo that is kept: what is on it, too small to be read."""
    picture = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
    picture.thumbnail((side, side))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def drop_photo(name: str) -> None:
    """Remove a photo that nobody needs."""
    _KEPT.drop(name)
