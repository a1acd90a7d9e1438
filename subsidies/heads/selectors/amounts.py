"""How much the whole proof compares: what its result rests on."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from core.models import AuditSeal
from subsidies.heads.selectors.published import published
from subsidies.marked import KINDS
from subsidies.models import BookSeal, LedgerEntry, PayoutLine, Period

TITLES: Mapping[str, str | Promise] = {
    "ledger": gettext_lazy("资金账目(行)"),
    "periods": gettext_lazy("关账记录(份)"),
    "seals": gettext_lazy("审计封存(个)"),
    "book_seals": gettext_lazy("簿册封存(个)"),
    "heads": gettext_lazy("签名的链头(个)"),
    "decisions": gettext_lazy("决定和应答(项)"),
    "payments": gettext_lazy("发放明细(笔)"),
}


def amounts() -> dict[str, int]:
    """How many there are now of each of TITLES."""
    return {
        "ledger": LedgerEntry.objects.count(),
        "periods": Period.objects.count(),
        "seals": AuditSeal.objects.count(),
        "book_seals": BookSeal.objects.count(),
        "heads": len(published()),
        "decisions": sum(kind.rows().order_by().count() for kind in KINDS),
        "payments": PayoutLine.objects.count(),
    }
