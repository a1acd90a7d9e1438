"""Making a case file: all that is known of a claim now, in one document."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.models import User
from core.privacy.photos import open_photo
from core.privacy.sealing import UnreadableSecret
from core.shanghai import to_the_second
from ebikes.models import TradeInPhoto
from subsidies.casefile.document import CaseFile, Picture, case_file_pdf
from subsidies.casefile.sections import called, sections_of
from subsidies.models import Claim


def case_file_of(claim: Claim, *, by: User, now: datetime, purpose: str, in_full: bool) -> bytes:
    """The PDF. `claim` as `load_claim` loads it. A photo that is not there, or does not open, is said to be missing."""
    pictures = [_picture(photo) for photo in claim.trade_in.photos.select_related("added_by").order_by("pk")]
    missing = [title for title, jpeg in pictures if jpeg is None]
    sections = sections_of(claim, in_full=in_full, missing=missing)
    file = CaseFile(
        record_no=claim.trade_in.record_no,
        sections=sections,
        pictures=[Picture(title, jpeg) for title, jpeg in pictures if jpeg is not None],
        printed_by=called(by),
        printed_at=now,
        purpose=purpose if in_full else "",
    )
    return case_file_pdf(file)


def _picture(photo: TradeInPhoto) -> tuple[str, bytes | None]:
    title = _("照片：%(what)s，%(by)s 上传于 %(at)s，文件指纹 %(digest)s") % {
        "what": photo.get_kind_display(),
        "by": called(photo.added_by),
        "at": to_the_second(photo.added_at),
        "digest": photo.digest[:16],
    }
    try:
        return title, open_photo(photo.name)
    except (FileNotFoundError, UnreadableSecret):
        return title, None
