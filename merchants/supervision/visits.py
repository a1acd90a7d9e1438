"""A visit to a shop, written down there and then: begun, answered head by head, signed, concluded.

Every verb may be sent again, as a bad line sends it, and changes nothing the second time.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.models import User
from core.privacy.photos import Photo, drop_photo, keep_photo
from core.shanghai import local_day
from merchants.models import Inspection, InspectionPhoto, Merchant
from merchants.supervision.heads import BY_CODE, HEADS
from merchants.supervision.inspection_tasks import tasks_done_by
from merchants.supervision.models.inspection import Finding

MOST_PHOTOS = 40
INSPECTORS = 2  # 行政处罚法 42: no fewer than two
AHEAD = timedelta(minutes=10)  # how much later than ours a phone's clock may be

_MARKS = re.compile(r"[、，,；;/]")
_HAN_NAME = re.compile(r"[\u3400-\u9fff·]{2,}")


class Concluded(ValueError):
    """The visit is over: what was found stands."""


class NotSaid(ValueError):
    """Something is still to be said; the message is the sentence for whoever inspects."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the browser says that it is: degrees (WGS 84), how many metres it may be off, and when it said so (aware)."""

    latitude: Decimal
    longitude: Decimal
    accuracy_m: int
    at: datetime


def begin_visit(
    *, shop: Merchant, by: User, now: datetime, recheck_of: Inspection | None = None
) -> Inspection:
    """Begin a visit, or go on with one's own there. `recheck_of`: whose faults are looked at again."""
    with acting("begin_visit", by=by, now=now):
        Merchant.objects.select_for_update(no_key=True).get(pk=shop.pk)  # a double press begins one
        there = (
            Inspection.objects.unfinished().filter(merchant=shop, begun_by=by, recheck_of=recheck_of).first()
        )
        return there or Inspection.objects.create(
            merchant=shop,
            way=Inspection.Way.SHOP,
            recheck_of=recheck_of,
            inspected_on=local_day(now),
            inspectors=str(by),
            begun_at=now,
            begun_by=by,
        )


def name_inspectors(*, visit: Inspection, inspectors: str, note: str, by: User, now: datetime) -> bool:
    """Who inspects, and a note on the whole; whether a signature is void by it. Raises Concluded, NotSaid."""
    if not inspectors.strip():
        raise NotSaid(_("请填写检查人员。"))
    with acting("name_inspectors", by=by, now=now):
        return _written(_open(visit), inspectors=inspectors.strip()[:100], note=note.strip()[:500])


def answer_head(*, visit: Inspection, head: str, finding: str, words: str, by: User, now: datetime) -> bool:
    """What was found under one head, or why nobody looked; an answer without its words is kept, and asked for later.

    Returns whether a signature is void by it. Raises Concluded, NotSaid (no such head or answer).
    """
    if head not in BY_CODE or finding not in ("", *Finding.values):
        raise NotSaid(_("没有这项检查内容。"))
    with acting("answer_head", by=by, now=now):
        return _written(_open(visit), **{head: finding, BY_CODE[head].note: words.strip()[:500]})


def keep_place(*, visit: Inspection, place: Place, by: User, now: datetime) -> None:
    """Where the visit is, as the browser told it; nothing is made up. Raises Concluded, NotSaid."""
    locked_on = place.at
    if not (abs(place.latitude) <= 90 and abs(place.longitude) <= 180 and 0 <= place.accuracy_m < 2**31):
        raise NotSaid(_("定位数据无法识别，没有保存。"))
    with acting("keep_place", by=by, now=now):
        locked = _open(visit)
        if locked.begun_at and not locked.begun_at - timedelta(hours=1) <= locked_on <= now + AHEAD:
            raise NotSaid(_("定位时间与检查时间不符，请核对手机时间后重新定位。"))
        six = Decimal("0.000001")
        locked.latitude, locked.longitude = place.latitude.quantize(six), place.longitude.quantize(six)
        locked.accuracy_m, locked.located_at = place.accuracy_m, locked_on
        locked.save(update_fields=["latitude", "longitude", "accuracy_m", "located_at"])


def add_visit_photo(
    *, visit: Inspection, head: str, photo: Photo, by: User, now: datetime
) -> InspectionPhoto:
    """Keep a photo of one head, or ("") of the shop; the same picture again is one. Raises Concluded, NotSaid."""
    if head and head not in BY_CODE:
        raise NotSaid(_("没有这项检查内容。"))
    with acting("add_visit_photo", by=by, now=now):
        locked = _open(visit)
        there = locked.photos.filter(head=head, digest=photo.digest).first()
        if there:
            return there
        if locked.photos.count() >= MOST_PHOTOS:
            raise NotSaid(_("一次检查最多 %s 张照片。") % MOST_PHOTOS)
        return InspectionPhoto.objects.create(
            inspection=locked,
            head=head,
            name=keep_photo(photo),
            digest=photo.digest,
            added_by=by,
            added_at=now,
        )


def drop_visit_photo(*, visit: Inspection, photo: int, by: User, now: datetime) -> None:
    """Take a photo away again that says nothing; one that is gone already is gone. Raises Concluded.

    What lay there when the shop signed stays under its signature: NotSaid.
    """
    with acting("drop_visit_photo", by=by, now=now):
        found = _open(visit).photos.select_related("inspection").filter(pk=photo).first()
        if found and found.was_signed:
            raise NotSaid(_("这张照片在商户签字前已经上传，签字后不能删除。"))
        if found:
            found.delete()
            drop_photo(found.name)


def sign_visit(*, visit: Inspection, signer: str, picture: Photo | None, by: User, now: datetime) -> None:
    """The shop signs all that was found: by a name, and a picture of it where one was drawn. Raises Concluded, NotSaid."""
    if not signer.strip():
        raise NotSaid(_("请写下签字人姓名。"))
    with acting("sign_visit", by=by, now=now):
        locked = _to_be_signed(visit)
        locked.signer, locked.refusal, locked.signed_at = signer.strip()[:64], "", now
        before, locked.signature = locked.signature, keep_photo(picture) if picture else ""
        locked.save(update_fields=["signer", "signature", "refusal", "signed_at"])
    _drop_signature(before)


def refuse_signature(*, visit: Inspection, reason: str, by: User, now: datetime) -> None:
    """The shop does not sign, and why. Raises Concluded, NotSaid."""
    if not reason.strip():
        raise NotSaid(_("请写明拒签原因。"))
    with acting("refuse_signature", by=by, now=now, note=reason):
        locked = _to_be_signed(visit)
        before, locked.signer, locked.signature = locked.signature, None, ""
        locked.refusal, locked.signed_at = reason.strip()[:200], now
        locked.save(update_fields=["signer", "signature", "refusal", "signed_at"])
    _drop_signature(before)


def missing_from(visit: Inspection) -> list[str]:
    """What is still to be said before the visit can be concluded, in sentences."""
    missing = _unanswered(visit)
    if len(_people(visit.inspectors)) < INSPECTORS:
        missing.append(_("检查人员须两人以上，请写明每个人，姓名之间用顿号分开。"))
    if not visit.signed_at and not _nothing_was_looked_at(visit):
        missing.append(_("商户还没有签字；拒签的，请写明原因。"))
    return missing


def _unanswered(visit: Inspection) -> list[str]:
    missing = []
    for head in HEADS:
        finding, words = getattr(visit, head.code), getattr(visit, head.note)
        if not finding:
            missing.append(_("“%s”还没有填写。") % head.title)
        elif finding == Finding.FAULT and not words:
            missing.append(_("“%s”有问题，请写明情况。") % head.title)
        elif finding == Finding.NOT_CHECKED and not words:
            missing.append(_("“%s”未检查，请写明原因。") % head.title)
    return missing


def _people(named: str) -> set[str]:
    """Who is named: apart by a mark, or by a blank between names of two characters and more (`张 三` is one)."""
    people: set[str] = set()
    for part in filter(None, map(str.strip, _MARKS.split(named))):
        pieces = part.split()
        people.update(pieces if all(_HAN_NAME.fullmatch(piece) for piece in pieces) else [part])
    return people


def conclusions_of(visit: Inspection) -> list[Inspection.Conclusion]:
    """How the visit may end, by what was found."""
    if any(getattr(visit, head.code) == Finding.FAULT for head in HEADS):
        return [Inspection.Conclusion.RECTIFY, Inspection.Conclusion.CASE]
    return [Inspection.Conclusion.UNSEEN if _nothing_was_looked_at(visit) else Inspection.Conclusion.CLEAN]


def conclude_visit(
    *, visit: Inspection, conclusion: str, rectify_by: date | None, by: User, now: datetime
) -> Inspection:
    """End the visit: what was found stands, and does whatever was asked for at this shop, unless nothing was seen.

    `rectify_by`: the local day by which faults are to be put right. Raises Concluded, NotSaid.
    """
    with acting("conclude_visit", by=by, now=now):
        locked = _open(visit)
        missing = missing_from(locked)
        if conclusion not in conclusions_of(locked):
            missing.append(_("结论与检查内容不符。"))
        elif conclusion == Inspection.Conclusion.RECTIFY and (not rectify_by or rectify_by <= local_day(now)):
            missing.append(_("责令改正的，整改期限须晚于今天。"))
        if missing:
            raise NotSaid(" ".join(missing))
        locked.conclusion, locked.concluded_by, locked.concluded_at = conclusion, by, now
        locked.rectify_by = rectify_by if conclusion == Inspection.Conclusion.RECTIFY else None
        try:
            locked.validate_constraints()
        except ValidationError as refusal:
            raise NotSaid(" ".join(refusal.messages)) from None
        locked.save(update_fields=["conclusion", "concluded_by", "concluded_at", "rectify_by"])
        if conclusion != Inspection.Conclusion.UNSEEN:
            tasks_done_by(locked, by=by, now=now)
        return locked


def _written(locked: Inspection, **said: str) -> bool:
    """Write down what changed of it. Under a signature nothing changes: it is void then, and the shop signs anew."""
    changed = {name: told for name, told in said.items() if getattr(locked, name) != told}
    if not changed:
        return False
    void, picture = locked.signed_at is not None, locked.signature
    if void:
        changed |= {"signer": None, "signature": "", "refusal": "", "signed_at": None}  # type: ignore[dict-item]
    for name, told in changed.items():
        setattr(locked, name, told)
    locked.save(update_fields=list(changed))
    _drop_signature(picture if void else "")
    return void


def _to_be_signed(visit: Inspection) -> Inspection:
    """The visit, locked, with every head answered: nobody signs a blank. Raises Concluded, NotSaid."""
    locked = _open(visit)
    if missing := _unanswered(locked):
        raise NotSaid(_("检查内容填完后，商户才能签字。%s") % " ".join(missing))
    return locked


def _drop_signature(name: str) -> None:
    if name:
        transaction.on_commit(lambda: drop_photo(name))


def _nothing_was_looked_at(visit: Inspection) -> bool:
    return all(getattr(visit, head.code) == Finding.NOT_CHECKED for head in HEADS)


def _open(visit: Inspection) -> Inspection:
    """The visit as it is now, locked. Raises Concluded."""
    locked = Inspection.objects.select_for_update(no_key=True).get(pk=visit.pk)
    if locked.conclusion or locked.way != Inspection.Way.SHOP:
        raise Concluded(_("检查已经结束，内容不能再改。"))
    return locked
