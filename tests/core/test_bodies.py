"""What nobody may send: large bodies, files where none is expected; and how a file rests while it arrives."""

import tempfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core import bodies
from core.bodies import SealedUpload, SealingHandler
from merchants.models import Merchant
from tests.factories import MerchantFactory, UserFactory, make_member
from tests.subsidies.pages.site import logged_in

pytestmark = pytest.mark.django_db


class Endless(BytesIO):
    """A body that must not be read."""

    def read(self, *_):
        raise AssertionError


@pytest.fixture
def written(monkeypatch):
    """Every temporary file that is made."""
    made = []
    real = tempfile.TemporaryFile

    def noted(*args, **kwargs):
        made.append(real(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", noted)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", noted)
    return made


def upload(size):
    return SimpleUploadedFile("6月.csv", b"330105198001010199," * (size // 19))


def member():
    return logged_in(make_member(MerchantFactory()))


@pytest.mark.parametrize(
    "path", ["/", "/login/", "/imports/", "/portal/duties/letter/post/", "/language/setlang/"]
)
def test_a_body_of_150_megabytes_from_nobody_is_refused_by_its_length_and_not_read(path):
    response = logged_in(None).generic(
        "POST", path, b"", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(150 * 2**20), **{"wsgi.input": Endless()},
    )  # fmt: skip
    assert response.status_code == 413
    assert "没有接收" in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/", "/login/", "/portal/precheck/", "/portal/duties/letter/sign/", "/team/"]
)
def test_a_file_where_none_is_expected_is_refused_before_anything_is_written(path, written):
    response = member().post(path, {"photo": upload(900_000)})
    assert response.status_code == 400
    assert "这里不接收文件" in response.content.decode()
    assert written == []


def test_from_nobody_no_file_is_taken_where_others_send_theirs(written):
    response = logged_in(None).post(reverse("imports"), {"file": upload(900_000)})
    assert response.status_code == 400
    assert written == []


def test_a_body_without_a_length_is_refused():
    response = logged_in(None).generic("POST", "/", b"", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert response.status_code == 411


@pytest.mark.parametrize("fields", [2_000, 100_000])
def test_a_form_of_thousands_of_fields_is_refused(fields):
    body = "&".join(f"f{number}=" for number in range(fields))
    response = logged_in(None).generic("POST", "/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 413


@pytest.mark.parametrize("kind", ["", "; boundary=é", "; boundary=x"])
def test_half_a_form_is_told_so(kind):
    response = logged_in(None).generic(
        "POST", "/", b"--x\r\nContent-Disposition: form-data; na", content_type=kind
    )
    assert response.status_code in (200, 400)


def test_a_large_file_rests_sealed_while_it_arrives(written, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    kept = []

    def keep(_batch, file):
        at_rest = file.file.seek(0) or file.file.read()
        kept.append((file, at_rest, list(file.chunks())))

    monkeypatch.setattr("subsidies.intake.pages.imports.keep_upload", keep)
    response = member().post(reverse("imports"), {"file": upload(3 * 2**20)})
    assert response.status_code == 302
    ((file, at_rest, chunks),) = kept
    assert isinstance(file, SealedUpload)
    assert b"330105198001010199" not in at_rest
    assert b"".join(chunks) == upload(3 * 2**20).read()
    assert file.file in written


def test_of_a_file_that_is_too_large_only_its_size_is_kept(rf):
    handler = SealingHandler(rf.post("/"), limit=10)
    handler.new_file("file", "a.csv", "text/csv", 100)
    for start in range(0, 100, 10):
        handler.receive_data_chunk(b"x" * 11, start)
    file = handler.file_complete(110)
    assert (file.size, file.read()) == (110, b"")


def test_a_photo_that_is_too_large_is_told_on_the_page_where_it_was_sent(settings):
    owner = logged_in(make_member(MerchantFactory(), "owner"))
    response = owner.post(reverse("letter-post"), {"photo": upload(21 * 2**20)}, follow=True)
    assert "照片超过 20 MB" in response.content.decode()


def test_what_was_refused_changed_nothing():
    boss = logged_in(UserFactory(is_staff=True, is_superuser=True))
    page = reverse("admin:merchants_merchant_add")
    assert (
        boss.post(page, {"uscc": "913301050000000001", "name": "x", "file": upload(1000)}).status_code == 400
    )
    assert not Merchant.objects.exists()
    assert bodies.IN_MEMORY < 3 * 2**20
