"""What is taken for a photo, and what is left of it."""

import fcntl
import io
import resource
import subprocess

import pytest
import segno
from django.utils import translation
from PIL import Image

from core.privacy.photos import BadPhoto, drop_photo, keep_photo, open_photo, read_codes, take_photo
from core.privacy.sealing import UnreadableSecret
from tests.photos import EXECUTABLE, HEIC, XLSX_LIKE, jpeg, png


def take(content, size=None):
    return take_photo(io.BytesIO(content), size=len(content) if size is None else size)


def opened(photo):
    return Image.open(io.BytesIO(photo.jpeg))


@pytest.fixture
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_a_photo_is_made_smaller_and_keeps_its_shape():
    photo = take(jpeg(size=(4000, 3000)))
    assert (photo.width, photo.height) == opened(photo).size == (1600, 1200)


def test_where_and_with_what_it_was_taken_is_gone():
    content = jpeg(located=True)
    assert b"SecretPhone" in content
    photo = take(content)
    assert b"SecretPhone" not in photo.jpeg
    assert not opened(photo).getexif()


def test_a_phone_held_upright_gives_an_upright_picture():
    photo = take(jpeg(size=(800, 600), rotated=True))
    assert (photo.width, photo.height) == (600, 800)


def test_a_picture_with_a_transparent_background_becomes_a_photo():
    assert opened(take(png())).mode == "RGB"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "照片是空的"),
        (EXECUTABLE, "不是照片"),
        (XLSX_LIKE, "不是照片"),
        (b"%PDF-1.7 ...", "不是照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是照片"),
        (HEIC, "HEIC"),
        (jpeg()[:2000], "不完整"),
        (png()[:200], "不完整"),
        (jpeg(size=(64, 48)), "太小"),
    ],
    ids=["empty", "executable", "spreadsheet", "PDF", "SVG", "HEIC", "half a JPEG", "half a PNG", "a stamp"],
)
def test_what_is_no_photo_gets_a_sentence(content, sentence):
    with pytest.raises(BadPhoto, match=sentence):
        take(content)


def test_fifty_megabytes_are_not_even_read():
    class Unread(io.BytesIO):
        def read(self, *_):
            raise AssertionError

    with pytest.raises(BadPhoto, match="超过 20 MB"):
        take_photo(Unread(), size=50 * 2**20)


def test_a_picture_that_would_fill_the_memory_is_refused():
    out = io.BytesIO()
    Image.new("1", (12000, 12000)).save(out, "PNG")
    with pytest.raises(BadPhoto, match="尺寸过大"):
        take(out.getvalue())


def test_a_kept_photo_comes_back_and_rests_sealed(folder):
    photo = take(jpeg())
    name = keep_photo(photo)
    assert open_photo(name) == photo.jpeg
    (path,) = (path for path in (folder / "photos").rglob("*") if path.is_file())
    assert b"JFIF" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_changed_file_is_noticed(folder):
    name = keep_photo(take(jpeg()))
    (path,) = (path for path in (folder / "photos").rglob("*") if path.is_file())
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(UnreadableSecret):
        open_photo(name)


def test_a_dropped_photo_is_gone_and_may_be_dropped_again(folder):
    name = keep_photo(take(jpeg()))
    drop_photo(name)
    drop_photo(name)
    with pytest.raises(FileNotFoundError):
        open_photo(name)


def test_a_photographed_code_is_read():
    out = io.BytesIO()
    segno.make("https://example.invalid/c?vinCode=123422200000001").save(out, kind="png", scale=10)
    out.seek(0)
    assert read_codes(out, size=1000) == ["https://example.invalid/c?vinCode=123422200000001"]


def test_a_photo_without_a_code_holds_none():
    assert read_codes(io.BytesIO(jpeg()), size=1000) == []


def webp_bomb(side=16383):
    """A few kilobytes that ask for a gigabyte and more: one colour, as large as a WebP may be."""
    header = 0x2F.to_bytes(1, "little") + ((side - 1) | (side - 1) << 14).to_bytes(4, "little")
    chunk = b"VP8L" + (len(header) + 2000).to_bytes(4, "little") + header + b"\0" * 2000
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def gif_in_motion(kind):
    out = io.BytesIO()
    frames = [Image.new("RGB", (400, 300), (shade, 0, 0)) for shade in range(0, 250, 50)]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def large(kind, mode="L", side=9000):
    out = io.BytesIO()
    Image.new(mode, (side, side)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (webp_bomb(), "尺寸过大"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xfe\xff\x3f\xfe\xff\x3f", "尺寸过大"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X", "损坏"),
        (large("PNG"), "尺寸过大"),
        (large("JPEG"), "尺寸过大"),
        (gif_in_motion("WEBP"), "动图"),
        (gif_in_motion("PNG"), "动图"),
        (gif_in_motion("GIF"), "不是照片"),
        (b"GIF89a" + jpeg(), "不是照片"),
        (large("TIFF", side=600), "不是照片"),
    ],
)
def test_a_bomb_is_refused_by_its_header_and_this_process_takes_no_memory_for_it(content, sentence):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    below = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with pytest.raises(BadPhoto, match=sentence):
        take(content)
    with pytest.raises(BadPhoto, match=sentence):
        read_codes(io.BytesIO(content), size=len(content))
    here, there = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    assert here.ru_maxrss - before < 50 * 1024
    assert there.ru_maxrss - below < 200 * 1024 or there.ru_maxrss < 300 * 1024


def test_what_takes_more_memory_than_it_was_given_is_told_to_be_too_large(settings):
    settings.PHOTO_MEMORY_MB = 40
    with pytest.raises(BadPhoto, match="尺寸过大"):
        take(large("PNG", mode="RGB", side=6000))


def test_pictures_are_decoded_one_at_a_time(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    seen = []

    def run(*args, **kwargs):
        with (tmp_path / "decoding.lock").open("rb") as another, pytest.raises(BlockingIOError):
            fcntl.flock(another, fcntl.LOCK_EX | fcntl.LOCK_NB)
        seen.append(args)
        return whole(*args, **kwargs)

    whole = subprocess.run
    monkeypatch.setattr(subprocess, "run", run)
    take(jpeg())
    assert len(seen) == 1


def test_a_refusal_is_told_in_the_language_of_the_page():
    with translation.override("en"), pytest.raises(BadPhoto, match="too many pixels"):
        take(webp_bomb())


def test_a_photo_with_a_huge_description_keeps_none_of_it():
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x9286] = b"ASCII\0\0\0" + b"x" * 60_000
    Image.new("RGB", (800, 600)).save(out, "JPEG", exif=exif)
    photo = take(out.getvalue() + b"PK\x03\x04<script>" + b"x" * 2**20)
    assert len(photo.jpeg) < 20_000
    assert b"script" not in photo.jpeg
