"""Case files of a list, chosen or drawn by lot, in one archive with an index."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.exports.bundle import Copy, Document
from core.money import yuan_and_fen
from subsidies.casefile.make import case_file_of
from subsidies.models import Claim
from subsidies.review.pages.claim_facts import load_claim

AT_ONCE = 20


class CaseFiles:
    """The documents of the list of claims (`core.exports.bundle.Bundle`)."""

    most = 200  # some seconds each, with photos

    def titles(self) -> tuple[str, ...]:
        return _("淘汰置换单号"), _("方案"), _("状态"), _("补贴金额(元)"), _("销售商户")

    def documents(self, rows: QuerySet[Claim], copy: Copy) -> Iterator[Document]:
        ids = list(rows.values_list("pk", flat=True))
        for start in range(0, len(ids), AT_ONCE):
            found = load_claim().in_bulk(ids[start : start + AT_ONCE])
            for pk in ids[start : start + AT_ONCE]:
                yield _document(found[pk], copy)


def _document(claim: Claim, copy: Copy) -> Document:
    content = case_file_of(claim, by=copy.by, now=timezone.now(), purpose=copy.purpose, in_full=copy.in_full)
    return Document(
        f"{claim.trade_in.record_no}.pdf",
        content,
        (
            claim.trade_in.record_no,
            str(claim.scheme),
            str(claim.get_state_display()),
            yuan_and_fen(claim.amount_fen or 0),
            str(claim.trade_in.merchant),
        ),
    )
