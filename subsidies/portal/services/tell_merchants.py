"""What changed for a merchant since it last looked: the newest moves of its claims."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from merchants.models import Membership, Merchant
from merchants.team.notices import Channel
from subsidies.models import Hold, NoticeMark
from subsidies.portal.selectors.news import _QUIET, newest_event
from subsidies.states import ClaimState


def seen(membership: Membership, *, until: int) -> None:
    """This person has seen everything up to this move."""
    Membership.objects.filter(pk=membership.pk, seen_event_id__lt=until).update(seen_event_id=until)


_COUNTS = """
    SELECT t.merchant_id, e.to_state, count(*)
    FROM subsidies_claimevent e
    JOIN subsidies_claim c ON c.id = e.claim_id
    JOIN ebikes_tradein t ON t.id = c.trade_in_id
    WHERE e.id > %(since)s AND e.id <= %(until)s AND e.to_state = ANY(%(states)s)
    GROUP BY 1, 2
"""


def digest(*, since: int, until: int) -> dict[int, dict[str, int]]:
    """By merchant: how many of its claims came into which state between two moves."""
    states = [state for state in ClaimState.values if state not in _QUIET]
    found: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"since": since, "until": until, "states": states})
        for merchant, state, count in cursor:
            found.setdefault(merchant, {})[state] = count
    return found


_INQUIRIES = """
    SELECT t.merchant_id, count(*)
    FROM subsidies_hold h JOIN subsidies_claim c ON c.id = h.claim_id AND c.live
    JOIN ebikes_tradein t ON t.id = c.trade_in_id
    WHERE h.kind = 'inquiry' AND h.cleared_at IS NULL AND h.placed_at > %(since)s AND h.placed_at <= %(until)s GROUP BY 1
"""


def inquiries(*, since: datetime, until: datetime) -> dict[int, dict[str, int]]:
    """By merchant: about how many of its claims more evidence was asked between two times."""
    with connection.cursor() as cursor:
        cursor.execute(_INQUIRIES, {"since": since, "until": until})
        return {merchant: {Hold.Kind.INQUIRY.value: count} for merchant, count in cursor}


def digest_in_words(counts: dict[str, int]) -> str:
    """A digest as one sentence, without anybody's name."""
    parts = [
        _("%(state)s %(count)s 份") % {"state": state.label, "count": counts[state]}
        for state in ClaimState
        if state in counts
    ]
    if asked := counts.get(Hold.Kind.INQUIRY):
        parts.append(_("待补充材料 %s 份") % asked)
    return _("贵店的补贴申请有新进展：%s。请登录商户平台查看。") % _("、").join(parts)


def tell_merchants(*, channel: Channel, now: datetime) -> int:
    """Tell every merchant what is new since the last time; return how many were told. The first time tells nobody.

    The mark is set before anybody is told: after a crash somebody may have missed a notice (the page has it all), nobody
    gets one twice.
    """
    with transaction.atomic():
        until = newest_event()
        mark, first = NoticeMark.objects.select_for_update().get_or_create(
            pk=1, defaults={"event_id": until, "told_at": now}
        )
        since, told_at = mark.event_id, mark.told_at
        NoticeMark.objects.filter(pk=1).update(event_id=until, told_at=now)
    counts = {} if first else digest(since=since, until=until)
    for merchant_id, asked in ({} if first else inquiries(since=told_at, until=now)).items():
        counts.setdefault(merchant_id, {}).update(asked)
    told = Merchant.objects.filter(pk__in=counts, memberships__isnull=False).distinct()
    for merchant in told:
        channel(merchant, digest_in_words(counts[merchant.pk]))
    return len(told)
