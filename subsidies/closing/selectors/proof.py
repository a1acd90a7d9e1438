"""Closed months checked again against the ledger, however many years later: the sibling of `verify_ledger`."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext_lazy as _

from subsidies.models import Scheme

FAULTS = {
    "head": _("账目第 %(seq)s 行与关账时所记的末值不符：这一行或之前的账目被改动过"),
    "sums": _("账目的各类合计与关账时所记不符：本月账目被改动、删除，或有账目记入已关账的月份"),
    "later": _("第 %(found)s 行账目记在月末账目之后，日期却在已关账的月份"),
    "digest": _("凭证与关账时的指纹不符：凭证被改动过"),
    "vouchers": _("凭证与账目不符：%(found)s"),
    "document": _("已出具的文件与其指纹不符：%(found)s"),
    "gap": _("上一个月没有关账"),
}


@dataclass(frozen=True, slots=True)
class PeriodFault:
    """What is wrong with a closed month: a key of FAULTS, and its particulars."""

    scheme: str
    month: date
    what: str
    seq: int
    found: str

    def __str__(self) -> str:
        """The fault as a sentence in the language that is active."""
        told = str(FAULTS[self.what]) % {"seq": self.seq, "found": self.found}
        return str(_("%(month)s 月结：%(fault)s")) % {"month": f"{self.month:%Y-%m}", "fault": told}


_FAULTS = """
    SELECT p.month, fault.what, p.last_seq, fault.found
    FROM subsidies_period p, LATERAL (
        SELECT 'head' AS what, '' AS found
        WHERE p.last_seq > 0 AND NOT EXISTS (
            SELECT FROM subsidies_ledgerentry
            WHERE scheme_id = p.scheme_id AND seq = p.last_seq AND hash = p.last_hash)
        UNION ALL
        SELECT 'sums', '' WHERE p.sums <> month_sums(p.scheme_id, p.month)
        UNION ALL
        (SELECT 'later', e.seq::text FROM subsidies_ledgerentry e
         WHERE e.scheme_id = p.scheme_id AND e.seq > p.last_seq AND e.at < month_over(p.month) ORDER BY e.seq LIMIT 1)
        UNION ALL
        SELECT 'digest', '' WHERE p.vouchers_digest IS DISTINCT FROM vouchers_digest(p.id)
        UNION ALL
        SELECT 'vouchers', vouchers_fault(p.id) WHERE vouchers_fault(p.id) IS NOT NULL
        UNION ALL
        SELECT 'document', d.what FROM subsidies_keptdocument d
        WHERE d.period_id = p.id AND d.sha256 <> encode(sha256(d.content), 'hex')
        UNION ALL
        SELECT 'gap', '' WHERE EXISTS (
            SELECT FROM subsidies_ledgerentry
            WHERE scheme_id = p.scheme_id AND at < month_over((p.month - interval '1 month')::date)
        ) AND NOT EXISTS (
            SELECT FROM subsidies_period b
            WHERE b.scheme_id = p.scheme_id AND b.state = 'closed' AND b.month = (p.month - interval '1 month')::date)
    ) fault
    WHERE p.scheme_id = %(scheme)s AND p.state <> 'declined'
    UNION ALL
    SELECT date_trunc('month', r.made_at AT TIME ZONE 'Asia/Shanghai')::date, 'document', 0, r.number
    FROM subsidies_paymentrequest r JOIN subsidies_keptdocument d ON d.request_id = r.id
    WHERE r.scheme_id = %(scheme)s AND d.sha256 <> encode(sha256(d.content), 'hex')
    ORDER BY 1, 2
"""


def verify_periods(*, scheme: Scheme) -> list[PeriodFault]:
    """Compare what each closed month froze with the ledger, its vouchers and documents. An empty list: all is right.

    That the ledger's own chain is whole, `verify_ledger` proves; whoever rewrote all of it is found here.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FAULTS, {"scheme": scheme.pk})
        return [PeriodFault(scheme.code, *row) for row in cursor.fetchall()]
