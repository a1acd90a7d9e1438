"""An instalment plan, and what can be wrong with it. Plain Python."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

MOST = 60  # instalments of one plan


class Due(NamedTuple):
    """So many fen, due on a local day."""

    on: date
    fen: int


class WrongPlan(ValueError):
    """The plan cannot stand; `code` says why."""

    def __init__(self, code: str, fen: int = 0) -> None:
        super().__init__(code)
        self.code, self.fen = code, fen


def check_plan(plan: Sequence[Due], *, total_fen: int, today: date) -> None:
    """Raises WrongPlan unless the parts are positive, in the order of their days, none past, and add up to the total."""
    if not plan or len(plan) > MOST:
        raise WrongPlan("length")
    if any(each.fen <= 0 for each in plan):
        raise WrongPlan("nothing")
    if any(later.on <= earlier.on for earlier, later in pairwise(plan)):
        raise WrongPlan("order")
    if plan[0].on < today:
        raise WrongPlan("past")
    planned = sum(each.fen for each in plan)
    if planned != total_fen:
        raise WrongPlan("sum", planned)
