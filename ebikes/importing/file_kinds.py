"""Which files somebody of the staff deals with: those whose records they may look at. Others' files name people, too."""

from core.exports.resources import SEE_PERSONAL
from core.models import User
from ebikes.models import ImportBatch

_RIGHTS = {
    ImportBatch.Kind.TRADE_INS: "ebikes.view_tradein",
    ImportBatch.Kind.FILED_BIKES: "ebikes.view_filedbike",
    ImportBatch.Kind.MERCHANTS: "merchants.view_merchant",
    ImportBatch.Kind.AGENT_POINTS: "merchants.view_agentpoint",
}


def file_kinds_for(user: User) -> list[ImportBatch.Kind]:
    """The kinds of files that this member of the staff sends and sees."""
    return [kind for kind, right in _RIGHTS.items() if user.has_perm(right)]


def may_have_rows(batch: ImportBatch, user: User) -> bool:
    """Whether this member of the staff may have a file's rows as they were sent, with all that tells who people are."""
    return batch.uploaded_by_id == user.pk or user.has_perm(SEE_PERSONAL)
