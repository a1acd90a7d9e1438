"""A draft that is written to: locked, and not sent yet."""

from ebikes.models import TradeInDraft


class AlreadySent(ValueError):
    """The draft has become a trade-in; it is not edited any more, and its photos stand."""


def lock_draft(draft: TradeInDraft) -> TradeInDraft:
    """The same row, locked, as it stands now."""
    return TradeInDraft.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=draft.pk)


def lock_unsent(draft: TradeInDraft) -> TradeInDraft:
    """The same, of a draft that nobody has sent. Raises AlreadySent."""
    locked = lock_draft(draft)
    if locked.trade_in_id:
        raise AlreadySent(f"draft {draft.pk}")
    return locked
