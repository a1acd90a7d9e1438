"""Which changes of rights bear a mark (`core.decisions`): all that two people made, and what came first."""

from django.db.models import Q

from core.decisions import Kind

_SAID = ("kind", "username", "roles", "roles_before", "note", "district_id", "proposed_by_id", "proposed_at")

RIGHTS_PROPOSED = Kind("rights_proposed", "core.RightsChange", _SAID, by="proposed_by_id", stays=True)
RIGHTS_CONFIRMED = Kind(
    "rights_confirmed",
    "core.RightsChange",
    (*_SAID, "person_id", "state", "decided_at"),
    by="decided_by_id",
    when=Q(state="confirmed"),
    stays=True,
)
# That somebody was shut out, which one may do alone: who lets such a person in again, are two.
SHUT_OUT = Kind("shut_out", "core.User", ("username",), when=Q(pk__in=[]))

RIGHTS_KINDS = (RIGHTS_PROPOSED, RIGHTS_CONFIRMED, SHUT_OUT)
