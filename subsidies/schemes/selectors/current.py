"""Which scheme a claim is made under: the one that its completion falls to, never the one that was opened last."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from subsidies.models import Scheme


class NoScheme(LookupError):
    """There is no open scheme yet that a claim could be made under."""


class SchemesShut(ValueError):
    """Records fall to schemes that take none now: suspended, closed or archived. Nothing of them was taken."""

    def __init__(self, schemes: Sequence[Scheme]) -> None:
        super().__init__(", ".join(scheme.code for scheme in schemes))
        self.schemes = schemes

    @property
    def sentence(self) -> str:
        """What to tell whoever sent them, in the language that is active."""
        names = _("、").join(f"{scheme.name}({scheme.get_state_display()})" for scheme in self.schemes)
        return _("记录的完成时间属于现在不受理的方案：%s。没有提交，已填写的内容和文件都还在。") % names


def scheme_on(day: date, *, district: int) -> Scheme:
    """The scheme that a flow completed on this local day (Asia/Shanghai) in a shop of the district claims under.

    Raises NoScheme.
    """
    scheme = Scheme.objects.on(day, district=district)
    if scheme is None:
        raise NoScheme
    return scheme
