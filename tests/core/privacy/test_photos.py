"""What is taken for a photo, and what is left of it."""

import io

import pytest
import segno
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
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    assert b"JFIF" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_changed_file_is_noticed(folder):
    name = keep_photo(take(jpeg()))
    (path,) = (path for path in folder.rglob("*") if path.is_file())
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
