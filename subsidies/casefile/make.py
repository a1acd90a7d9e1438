"""Making a case file: all that is known of a claim now, in one document."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from core.models import User
from core.privacy.photos import open_photo
from core.privacy.scans import open_scan
from core.privacy.sealing import UnreadableSecret
from core.shanghai import to_the_second
from subsidies.casefile.document import CaseFile, Picture, case_file_pdf
from subsidies.casefile.sections import called, sections_of
from subsidies.models import Claim, ShopAnswer

Titled = tuple[str, bytes | None]  # what is on it, and the JPEG or PDF where it opens
_PDF = b"%PDF-"


def case_file_of(claim: Claim, *, by: User, now: datetime, purpose: str, in_full: bool) -> bytes:
    """The PDF. `claim` as `load_claim` loads it. A photo that is not there, or does not open, is said to be missing; a scan
    that is a PDF itself stands apart, and the file says which it is by its fingerprint.
    """
    found = [*_photos(claim), *_scans(claim)]
    apart = [title for title, content in found if content and content.startswith(_PDF)]
    pictures = [each for each in found if each[0] not in apart]
    missing = [title for title, jpeg in pictures if jpeg is None]
    sections = sections_of(
        claim, in_full=in_full, attached=len(pictures) - len(missing), missing=missing, apart=apart
    )
    file = CaseFile(
        record_no=claim.trade_in.record_no,
        sections=sections,
        pictures=[Picture(title, jpeg) for title, jpeg in pictures if jpeg is not None],
        printed_by=called(by),
        printed_at=now,
        purpose=purpose if in_full else "",
    )
    return case_file_pdf(file)


def _photos(claim: Claim) -> Iterator[Titled]:
    """The record's own; those with which the shop answered an inquiry say so."""
    answers = ShopAnswer.objects.filter(hold__claim=claim).order_by("pk")
    sent_with = {pk: to_the_second(answer.at) for answer in answers for pk in answer.photos}
    for photo in claim.trade_in.photos.select_related("added_by").order_by("pk"):
        title = _("照片：%(what)s，%(by)s 上传于 %(at)s，文件指纹 %(digest)s") % {
            "what": photo.get_kind_display(),
            "by": called(photo.added_by),
            "at": to_the_second(photo.added_at),
            "digest": photo.digest[:16],
        }
        if photo.pk in sent_with:
            title += _("，商户补充 %s") % sent_with[photo.pk]
        yield title, _opened(photo.name)


def _scans(claim: Claim) -> Iterator[Titled]:
    """The pages of each paper, whatever became of it."""
    for paper in claim.papers.select_related("proposed_by").order_by("pk"):
        for no, (name, digest) in enumerate(zip(paper.scans, paper.digests, strict=True), 1):
            title = _(
                "书面材料：%(title)s，第 %(no)s 份，共 %(count)s 份，%(state)s，%(by)s 提出于 %(at)s，文件指纹 %(digest)s"
            ) % {
                "title": paper.title,
                "no": no,
                "count": len(paper.scans),
                "state": paper.get_state_display(),
                "by": called(paper.proposed_by),
                "at": to_the_second(paper.proposed_at),
                "digest": digest[:16],
            }
            yield title, _opened(name, open_scan)


def _opened(name: str, how: Callable[[str], bytes] = open_photo) -> bytes | None:
    try:
        return how(name)
    except (FileNotFoundError, UnreadableSecret):
        return None
