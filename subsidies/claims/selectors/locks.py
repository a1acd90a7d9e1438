"""Old bikes and new vehicles that have a claim in another district: one subsidy, whichever district is asked."""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Lock:
    """A live claim elsewhere. `what`: `bike` or `vehicle`; `number`: its record's. No more is told of it."""

    what: str
    district: int
    name: str
    number: str

    @property
    def sentence(self) -> str:
        """Where it is, in the active language."""
        told = {"district": self.name, "number": self.number}
        if self.what == "bike":
            return _("这辆旧车已在%(district)s申请补贴，单号 %(number)s") % told
        return _("这辆新车已在%(district)s申请补贴，单号 %(number)s") % told


def claimed_in(*, district: int, plate: str = "", vehicle_code: str = "") -> list[Lock]:
    """The live claims of this old bike and of this new vehicle in other districts than this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT what, district, name, number FROM claimed_in(%s, %s)",
            [plate or None, vehicle_code or None],
        )
        return [lock for row in cursor.fetchall() if (lock := Lock(*row)).district != district]
