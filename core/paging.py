"""Pages of long lists."""

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import QuerySet


class AtLeast(int):
    """A count that stopped here: there are more."""

    def __str__(self) -> str:
        return f"{int(self)}+"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than anybody leafs: counting a million rows would take longer than showing twenty of them."""

    most = 1_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        found = rows.order_by()[: self.most + 1].count()
        return AtLeast(self.most) if found > self.most else found
