"""An owner hears that the payee of the claim was changed, on every phone number that is known, the old ones too."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.backoff import wait_after
from core.privacy.sealing import fingerprint
from core.shanghai import to_the_minute
from subsidies.claims.selectors.payee import payees_of
from subsidies.models import OwnerNotice
from subsidies.payees.channels import Channel, NotTold

logger = logging.getLogger(__name__)
AT_ONCE = 100


def tell_owners(*, channel: Channel, now: datetime) -> int:
    """Send what is due; return how many owners were told. What may not have arrived is sent again, under the same number."""
    return sum(_tell(notice, channel, now=now) for notice in _lease(now))


def _lease(now: datetime) -> list[OwnerNotice]:
    with transaction.atomic():
        due = OwnerNotice.objects.filter(told_at__isnull=True, next_try_at__lte=now)
        leased = list(
            due.select_for_update(skip_locked=True, of=("self",))
            .select_related("claim__trade_in")
            .order_by("next_try_at")[:AT_ONCE]
        )
        for notice in leased:
            notice.tries += 1
            lease = timedelta(seconds=settings.CHECK_LEASE_SECONDS)
            notice.next_try_at = now + max(lease, wait_after(notice.tries))
        OwnerNotice.objects.bulk_update(leased, ["tries", "next_try_at"])
    return leased


def _tell(notice: OwnerNotice, channel: Channel, *, now: datetime) -> bool:
    claim = notice.claim
    payee = payees_of([claim])[claim.pk]
    text = _(
        "您的电动自行车补贴申请(单号 %(no)s)的收款账户于 %(at)s 更正为尾号 %(tail)s。"
        "如非本人办理，请立即联系受理门店或区市场监管局。"
    ) % {
        "no": claim.trade_in.record_no,
        "at": to_the_minute(notice.at),
        "tail": (payee.wallet_no or payee.phone or "")[-4:],
    }
    try:
        for phone in _phones(notice):
            number = fingerprint(
                f"{claim.trade_in.record_no}\x1f{notice.at.isoformat()}\x1f{phone}", context="notice"
            )
            channel(phone, text, number.hex())
    except NotTold as problem:
        logger.warning("the owner of claim %s was not told: %s", claim.pk, problem)
        return False
    OwnerNotice.objects.filter(pk=notice.pk).update(told_at=now)
    return True


def _phones(notice: OwnerNotice) -> list[str]:
    """Of the record and of every change, each once."""
    changes = notice.claim.payee_changes.order_by("pk")
    known = [notice.claim.trade_in.phone, *(change.phone for change in changes)]
    return list(dict.fromkeys(phone for phone in known if phone))
