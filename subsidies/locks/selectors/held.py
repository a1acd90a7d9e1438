"""What the register holds for one cell."""

from typing import Any

from subsidies.models import Lock, LockHolder

PAGE = 1000


def held_by(code: str, *, after: str = "") -> dict[str, Any]:
    """The claims with a live lock, by the numbers of their records, from `after` on: each with the state of its locks.

    `next`: what to ask for as `after` for more; empty where there is none.
    """
    holders = LockHolder.objects.filter(cell__code=code, claim__gt=after, locks__state__in=Lock.LIVE)
    rows = list(holders.order_by("claim").distinct().values_list("pk", "claim")[:PAGE])
    kept = {
        *Lock.objects.filter(holder__in=[pk for pk, _claim in rows], state=Lock.State.KEPT).values_list(
            "holder", flat=True
        )
    }
    held = [{"claim": claim, "kept": pk in kept} for pk, claim in rows]
    return {"held": held, "next": rows[-1][1] if len(rows) == PAGE else ""}
