"""What a case's page shows of whose it is, and of what was noted on it."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from core.shanghai import local_day
from core.staff.access import person
from subsidies.casework.pages.notes import NoteOnCaseForm
from subsidies.casework.pages.wording import due_in_words
from subsidies.casework.selectors.queue import holders, may_handle, since
from subsidies.models import Claim
from subsidies.review.pages.claim_facts import name_of


def casework(claim: Claim, request: HttpRequest) -> dict[str, Any]:
    """For `casework/case.html`."""
    by, began = person(request), since(claim)
    held = holders([claim.pk]).get(claim.pk)
    last = claim.assignments.exclude(ended_at=None).select_related("holder").order_by("ended_at").last()
    return {
        "waits": began is not None,
        "holder": name_of(held.holder) if held else "",
        "held": held,
        "given_by": name_of(held.given_by) if held else "",
        "mine": held is not None and held.holder_id == by.pk,
        "due": due_in_words(claim, began, held, today=local_day(timezone.now())),
        "last": last,
        "last_holder": name_of(last.holder) if last else "",
        "notes": [(note, name_of(note.by)) for note in claim.notes.select_related("by")],
        "form": NoteOnCaseForm(),
        "may": may_handle(by),
        "query": request.GET.urlencode(),
    }
