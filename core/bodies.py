"""What a request may bring along: a view that takes files says so, and how large; no other gets one.

A file of more than `IN_MEMORY` bytes rests sealed while it arrives, in a temporary file without a name.
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from core.privacy.sealed_files import SealedWriter, unsealed_pieces

if TYPE_CHECKING:
    _UploadedFile = UploadedFile[Any]
else:
    _UploadedFile = UploadedFile

IN_MEMORY = 2**20
AT_ALL = (
    3  # times the limit: so much is listened to, and dropped, so that the page can say what was too large
)
_CONTEXT = "core.upload"
View = TypeVar("View", bound=Callable[..., Any])


class NoFilesHere(Exception):
    """A file was sent to where none is expected."""


def takes_files(limit: Callable[[], int]) -> Callable[[View], View]:
    """Declare that a view takes files from who is logged in. `limit`: how many bytes of each are kept."""

    def declared(view: View) -> View:
        view.takes_files = limit  # type: ignore[attr-defined]
        return view

    return declared


class RefusingHandler(FileUploadHandler):
    """Ends at the first file."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise NoFilesHere

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        raise NoFilesHere

    def file_complete(self, file_size: int) -> None:
        raise NoFilesHere


class SealingHandler(FileUploadHandler):
    """Keeps each file up to `limit` bytes: small ones in memory, larger ones sealed. Of what is too large only its size."""

    def __init__(self, request: HttpRequest, *, limit: int) -> None:
        super().__init__(request)
        self._limit = limit
        self._memory: io.BytesIO | None = None
        self._sealed: tuple[IO[bytes], SealedWriter] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._memory, self._sealed = io.BytesIO(), None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self._limit:
            self._drop()
        elif self._sealed:
            self._sealed[1].write(raw_data)
        elif self._memory is not None:
            self._memory.write(raw_data)
            if self._memory.tell() > IN_MEMORY:
                handle = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the upload
                self._sealed = (handle, SealedWriter(handle, context=_CONTEXT))
                self._sealed[1].write(self._memory.getvalue())
                self._memory = None

    def upload_interrupted(self) -> None:
        self._drop()

    def _drop(self) -> None:
        if self._sealed:
            self._sealed[0].close()
        self._memory = self._sealed = None

    def file_complete(self, file_size: int) -> _UploadedFile:
        named = (self.file_name, self.content_type, file_size, self.charset)
        if self._sealed:
            self._sealed[1].finish()
            return SealedUpload(self._sealed[0], *named)
        content = self._memory or io.BytesIO()
        content.seek(0)
        return InMemoryUploadedFile(content, self.field_name, *named, self.content_type_extra)


class SealedUpload(_UploadedFile):
    """An upload that rests sealed. It is read whole, or piece by piece, from its beginning."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        handle = cast(IO[bytes], self.file)
        handle.seek(0)
        return unsealed_pieces(handle, context=_CONTEXT)

    def read(self, size: int = -1) -> bytes:
        if size >= 0:
            raise io.UnsupportedOperation("a sealed upload is read whole, or by chunks")
        return b"".join(self.chunks())
