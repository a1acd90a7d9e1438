"""Figures that lead to the rows behind them: the admin's lists, filtered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from core.models import User
from core.money import yuan
from core.shanghai import midnight
from core.staff.access import person
from ebikes.importing.file_kinds import file_kinds_for
from ebikes.models import ImportBatch
from subsidies.models import LedgerEntry, Scheme

# The rows of the ledger whose sum is what is paid: paid out, less what came back.
SPENDING = ",".join((LedgerEntry.Kind.PAY, LedgerEntry.Kind.RETURN, LedgerEntry.Kind.RECOVER))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in words; `url` is empty where there is nothing behind it or this person may not see it."""

    text: str
    url: str = ""


class Rows:
    """The lists that this person may see."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def may(self, model: type[Model]) -> bool:
        return bool(admin.site.get_model_admin(model).has_view_permission(self._request))

    def can(self, *rights: str) -> bool:
        """Whether this person has one of these rights."""
        return any(map(self._request.user.has_perm, rights))

    @property
    def whose(self) -> User:
        """Whoever looks."""
        return person(self._request)

    def is_me(self, user_id: int) -> bool:
        """Whether that is whoever looks."""
        return bool(person(self._request).pk == user_id)

    def kinds(self) -> list[ImportBatch.Kind]:
        """The kinds of files that this person deals with."""
        return file_kinds_for(person(self._request))

    def page(self, count: int, view: str, *args: object, **query: object) -> Figure:
        """A count, and the page beside the lists on which it is dealt with."""
        address = reverse(view, args=args) if count else ""
        return Figure(f"{count:,}", f"{address}?{urlencode(query)}" if address and query else address)

    def figure(self, count: int, model: type[Model], **lookups: object) -> Figure:
        """A count, and the list that these lookups leave."""
        return Figure(f"{count:,}", self._address(model, lookups) if count else "")

    def money(self, fen: int, model: type[Model], **lookups: object) -> Figure:
        """An amount in yuan, and the list that these lookups leave."""
        return Figure(yuan(fen), self._address(model, lookups) if fen else "")

    def _address(self, model: type[Model], lookups: dict[str, object]) -> str:
        if not self.may(model):
            return ""
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        return f"{address}?{urlencode(lookups)}" if lookups else address


def completed(scheme: Scheme, first: date, last: date, states: Iterable[str]) -> dict[str, object]:
    """The lookups that leave a scheme's claims in these states that were completed on these local days."""
    midnights = (midnight(day) for day in (first, last + timedelta(days=1)))
    since, until = (moment.isoformat() for moment in midnights)
    return {
        "scheme__id__exact": scheme.pk,
        "state__in": ",".join(states),
        "completed_at__gte": since,
        "completed_at__lt": until,
    }
