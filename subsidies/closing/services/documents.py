"""Giving documents out: made once from what is frozen, kept byte for byte, the same for whoever asks again."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core.shanghai import local
from subsidies.closing.papers.documents import forms_of_period, forms_of_request
from subsidies.closing.papers.form import Form
from subsidies.closing.papers.pdf import forms_pdf
from subsidies.closing.papers.xlsx import forms_xlsx
from subsidies.models import KeptDocument, PaymentRequest, Period

What = KeptDocument.What


class NotClosed(ValueError):
    """A month that another person has not confirmed gives out no documents."""


def vouchers_of(*, period: Period, file_format: str, now: datetime) -> KeptDocument:
    """The month's vouchers, its summary and what was open, as a file. Raises NotClosed."""
    if period.state != Period.State.CLOSED:
        raise NotClosed(f"{period.month:%Y-%m} is {period.state}")
    kept = period.documents.filter(file_format=file_format).first()
    if kept is not None:
        return kept
    with translation.override(settings.LANGUAGE_CODE):
        title = _("%(scheme)s %(month)s 记账凭证") % {
            "scheme": period.scheme.name,
            "month": f"{period.month:%Y-%m}",
        }
        content = _made(forms_of_period(period), title, file_format, period.decided_at or now)
    return _keep(content, now, period=period, what=What.VOUCHERS, file_format=file_format)


def request_document(*, request: PaymentRequest, file_format: str, now: datetime) -> KeptDocument:
    """The request as a file."""
    kept = request.documents.filter(file_format=file_format).first()
    if kept is not None:
        return kept
    with translation.override(settings.LANGUAGE_CODE):
        content = _made(forms_of_request(request), request.number, file_format, request.made_at)
    return _keep(content, now, request=request, what=What.REQUEST, file_format=file_format)


def _made(forms: Sequence[Form], title: str, file_format: str, made_at: datetime) -> bytes:
    return (
        forms_pdf(forms, title)
        if file_format == KeptDocument.Format.PDF
        else forms_xlsx(forms, local(made_at))
    )


def _keep(content: bytes, now: datetime, **whose: object) -> KeptDocument:
    """Keep it, unless somebody else's was quicker: that one has been given out."""
    with transaction.atomic():
        kept, _new = KeptDocument.objects.get_or_create(
            **whose,
            defaults={"content": content, "sha256": sha256(content).hexdigest(), "made_at": now},
        )
    return kept
