"""Large files that rest sealed: written and read a piece at a time, so that memory stays flat.

Each piece is sealed with its number and whether it is the last: pieces cannot be swapped, dropped or cut off unnoticed.
"""

import hashlib
import io
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from core.privacy.sealing import UnreadableSecret, seal_bytes, unseal_bytes

PIECE = 256 * 1024
_LENGTH = 4  # bytes before each piece


@dataclass(frozen=True, slots=True)
class SealedFolder:
    """Files under MEDIA_ROOT that rest sealed: which, for what, and whether in many pieces (`SealedWriter`)."""

    pattern: str
    context_of: Callable[[str], str]  # of a file's name
    pieces: bool = False


SEALED_FOLDERS: dict[str, SealedFolder] = {}  # each entered by the module that writes there


class KeptFiles:
    """Small files of one folder under MEDIA_ROOT, each sealed for its own name, which is drawn.

    So none can be laid in another's place.
    """

    def __init__(self, folder: str, context_of: Callable[[str], str]) -> None:
        self._folder, self._context_of = folder, context_of
        SEALED_FOLDERS[folder] = SealedFolder(f"{folder}/??/*", context_of)

    def keep(self, content: bytes, *, suffix: str = "") -> str:
        """Seal it and write it; return its name."""
        name = secrets.token_hex(16) + suffix
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(seal_bytes(content, context=self._context_of(name)))
        return name

    def open(self, name: str) -> bytes:
        """What `keep` wrote. Raises FileNotFoundError, UnreadableSecret."""
        return unseal_bytes(self._path(name).read_bytes(), context=self._context_of(name))

    def drop(self, name: str) -> None:
        """Remove what nobody needs."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return Path(settings.MEDIA_ROOT) / self._folder / name[:2] / name


class SealedWriter(io.RawIOBase):
    """A stream that seals what is written to it. `finish` writes the last piece; without it the file is unreadable."""

    def __init__(self, handle: IO[bytes], *, context: str) -> None:
        self._handle, self._context = handle, context
        self._waiting, self._number = bytearray(), 0
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        """SHA-256 of what was written, as people would compute it of the file they hold."""
        return self._digest.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._waiting += data
        self._digest.update(data)
        self.size += len(data)
        while len(self._waiting) > PIECE:
            self._seal(PIECE, last=False)
        return len(data)

    def finish(self) -> None:
        self._seal(len(self._waiting), last=True)
        self._handle.flush()

    def _seal(self, length: int, *, last: bool) -> None:
        sealed = seal_bytes(bytes(self._waiting[:length]), context=_piece(self._context, self._number, last))
        self._handle.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        del self._waiting[:length]
        self._number += 1


def unsealed(path: Path, *, context: str) -> Iterator[bytes]:
    """The pieces of what `SealedWriter` wrote. Raises FileNotFoundError, UnreadableSecret."""
    with path.open("rb") as handle:
        yield from unsealed_pieces(handle, context=context)


def unsealed_pieces(handle: IO[bytes], *, context: str) -> Iterator[bytes]:
    """The same of a file that is open. Raises UnreadableSecret."""
    number, length = 0, handle.read(_LENGTH)
    while length:
        sealed = handle.read(int.from_bytes(length, "big"))
        length = handle.read(_LENGTH)
        yield unseal_bytes(sealed, context=_piece(context, number, last=not length))
        number += 1
    if not number:
        raise UnreadableSecret("the sealed file is empty")


@contextmanager
def in_memory(pieces: Iterable[bytes]) -> Iterator[Path]:
    """A file that only memory holds, for what reads files: by its path, also from processes that begin here."""
    with os.fdopen(os.memfd_create("unsealed"), "wb") as handle:
        for piece in pieces:
            handle.write(piece)
        handle.flush()
        yield Path(f"/proc/{os.getpid()}/fd/{handle.fileno()}")


def _piece(context: str, number: int, last: bool) -> str:
    return f"{context}:{number}:{'last' if last else 'more'}"
