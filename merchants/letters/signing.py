"""What a merchant owes for taking part: the commitment letter signed and posted."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from core.models import User
from core.privacy.photos import Photo, keep_photo
from core.shanghai import local_day
from merchants.documents.letter import fingerprint
from merchants.models import CommitmentLetter, Merchant

TEXTS = Path(__file__).parent / "texts"


class AlreadySigned(ValueError):
    """This merchant has signed this version."""


class NotSigned(ValueError):
    """A letter is posted after it was signed."""


class NoName(ValueError):
    """Whoever signs writes the full name."""


@dataclass(frozen=True, slots=True)
class LetterText:
    """One version of the letter's text, as it is signed: Chinese, since it binds in Chinese."""

    version: str
    title: str
    clauses: tuple[str, ...]
    sha256: str


@cache
def current_text() -> LetterText:
    """The newest version."""
    path = max(TEXTS.glob("*.txt"))
    text = path.read_text(encoding="utf-8").strip()
    title, *clauses = text.splitlines()
    return LetterText(path.stem, title, tuple(clauses), fingerprint(title, tuple(clauses)))


def current_letter(merchant: Merchant) -> CommitmentLetter | None:
    """The merchant's letter of the newest version, if it has signed."""
    return merchant.letters.filter(text_version=current_text().version).first()


def sign_letter(*, merchant: Merchant, signer: str, by: User, now: datetime) -> CommitmentLetter:
    """Sign the newest version by writing one's name. Raises NoName, AlreadySigned."""
    name, text = signer.strip(), current_text()
    if not name:
        raise NoName(_("请写下签字人姓名"))
    letter, new = CommitmentLetter.objects.get_or_create(
        merchant=merchant,
        text_version=text.version,
        defaults={
            "text_sha256": text.sha256,
            "signed_on": local_day(now),
            "signed_at": now,
            "signed_by": by,
            "signer": name[:64],
        },
    )
    if not new:
        raise AlreadySigned(_("本店已经签过这一版承诺书"))
    return letter


@transaction.atomic
def post_letter(*, merchant: Merchant, photo: Photo, now: datetime) -> CommitmentLetter:
    """Show by a photo that the letter hangs in the shop; a newer photo takes the place of an older one. Raises NotSigned."""
    letter = current_letter(merchant)
    if letter is None:
        raise NotSigned(_("请先签订承诺书"))
    letter.photo, letter.posted_at = keep_photo(photo), local_day(now)
    letter.save(update_fields=["photo", "posted_at"])
    return letter
