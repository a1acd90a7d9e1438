"""What the audit trail, which knows nothing of this app, calls its records and says of their values."""

from core.audit.wording import NUMBERS, PARTS, TOLD, VALUES
from subsidies.models import LedgerEntry, PolicyVersion
from subsidies.reconciliation.wording import in_words
from subsidies.schemes.selectors.terms import SETTINGS, STAGE_TERMS
from subsidies.search.selectors.search_terms import WAYS

_NUMBERS = {
    "subsidies.claim": "trade_in__record_no",
    "subsidies.supplement": "claim__trade_in__record_no",
    "subsidies.casenote": "claim__trade_in__record_no",
    "subsidies.lineevidence": "line__request_no",
    "subsidies.scheme": "name",
    "subsidies.payoutbatch": "number",
    "subsidies.payoutline": "request_no",
    "subsidies.recoverycase": "number",
    "subsidies.recoveryreceipt": "number",
    "subsidies.difference": "number",
    "subsidies.paymentrequest": "number",
    "ebikes.tradein": "record_no",
    "ebikes.filedbike": "filing_plate_no",
    "ebikes.importbatch": "file_name",
    "ebikes.licensinganswer": "request_id",
    "merchants.merchant": "name",
    "merchants.agentpoint": "point_no",
    "merchants.training": "title",
    "merchants.tradeinevent": "place",
    "merchants.inspection": "merchant__name",
    "merchants.samplinglot": "report_no",
}


def begin() -> None:
    """Tell the trail."""
    NUMBERS.update(_NUMBERS)
    PARTS.update({**SETTINGS, **STAGE_TERMS, **dict(LedgerEntry.Kind.choices)})
    VALUES["ways"] = {way: title for way, (title, _read) in WAYS.items()}
    VALUES["head_of_line"] = dict(PolicyVersion.HeadOfLine.choices)
    TOLD.update(dict.fromkeys(("subsidies.difference.ours", "subsidies.difference.theirs"), in_words))
