"""What the register holds for this cell beside what the cell believes."""

from dataclasses import dataclass

from subsidies.cells.register import held_at_register
from subsidies.models import Cell, Claim, LockQuestion


class RegisterAway(RuntimeError):
    """The register does not answer."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Record numbers: held there for no live claim of ours (it ended, or a backup has forgotten it); believed here and not
    held there; kept there and only reserved here, or the other way round. What is being asked at the moment is left out.
    """

    held: int
    unknown_here: tuple[str, ...]
    not_held: tuple[str, ...]
    otherwise: tuple[str, ...]

    def agrees(self) -> bool:
        return not (self.unknown_here or self.not_held or self.otherwise)


def compare_with_register() -> Compared:
    """Read the register's whole list of this cell. Raises RegisterAway."""
    cell = Cell.objects.get()
    there: dict[str, bool] = {}
    after = ""
    while True:
        page = held_at_register(cell.code, after=after)
        if page is None:
            raise RegisterAway
        there |= page["held"]
        after = page["next"]
        if not after:
            break
    asked = LockQuestion.objects.filter(in_force=True)
    under_way = {*asked.filter(word="").values_list("claim__trade_in__record_no", flat=True)}
    here = dict(asked.filter(word__in=LockQuestion.HELD).values_list("claim__trade_in__record_no", "word"))
    live = {*Claim.objects.filter(live=True).values_list("trade_in__record_no", flat=True)}
    return Compared(
        held=len(there),
        unknown_here=tuple(sorted(there.keys() - live - under_way)),
        not_held=tuple(sorted(here.keys() - there.keys())),
        otherwise=tuple(
            sorted(
                record
                for record, word in here.items()
                if record in there and there[record] is not (word == LockQuestion.Word.KEPT)
            )
        ),
    )
