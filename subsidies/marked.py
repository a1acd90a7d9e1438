"""Which decisions bear a mark (`core.decisions`), and what of them is marked: whatever money leaves by, or rules change by.

What a payment rests upon is proved before its order leaves (`payouts/services/prove.py`), all of it by `verify_ledger`.
"""

from django.db.models import Q

from core.decisions import Kind
from core.rights.marked import RIGHTS_KINDS
from subsidies.marked_besides import payees_let_go, payees_told, payments, payments_behind
from subsidies.states import GRANTED, ON_THE_WAY, SPENT

_CLAIM = (
    *("scheme_id", "trade_in_id", "owner_id", "filing_plate_no", "vehicle_code", "received_at"),
    *("stage_id", "stage__no", "amount_fen", "completed_at", "completed_by", "policy_id"),
    *(f"trade_in__{said}" for said in ("record_no", "filing_plate_no", "vehicle_code", "owner_id")),
    *(
        f"trade_in__{said}"
        for said in ("merchant_id", "agent_point_id", "digital_plate_no", "wallet_operator", "content_index")
    ),
    *("exing_answer_id", "exing_answer__outcome", "exing_answer__facts"),
    *("yunshenling_answer_id", "yunshenling_answer__outcome", "yunshenling_answer__facts"),
)
_CHANGE = ("scheme_id", "based_on", "terms", "budget_fen", "ref", "note", "proposed_at", "proposed_by_id")
_STEP = ("scheme_id", "kind", "from_state", "note", "named", "proposed_at")
_POLICY = (
    *("scheme_id", "version", "head_of_line", "per_person_cap", "filed_years_limit", "settle_lag_hours"),
    *("review_days", "payer_wallet", "payer_name"),
)
_HOLD = ("claim_id", "kind", "evidence", "reasons", "placed_at", "placed_by_id")
_BATCH = (
    "scheme_id",
    "number",
    "request_no",
    "payer_wallet",
    "payer_name",
    "made_by_id",
    "made_at",
    "payments",
)
_SUPPLEMENT = ("claim_id", "ref", "amount_fen", "reason", "note", "proposed_by_id", "proposed_at")
_EVIDENCE = (
    *(
        "line_id",
        "outcome",
        "statement_no",
        "paid_at",
        "fail_reason",
        "note",
        "proposed_by_id",
        "proposed_at",
    ),
)
_DIFFERENCE = ("number", "kind", "day", "line_id", "resolution", "note", "proposed_by_id", "proposed_at")
_CASE = ("claim_id", "reason", "basis", "note", "amount_fen", "proposed_at")
_RECEIPT = (
    *("case_id", "no", "number", "way", "amount_fen", "received_on", "voucher", "note", "set_off_id"),
    "taken_at",
)
_RECOVERY_STEP = ("case_id", "kind", "plan_no", "reference", "note", "proposed_at")
_STOP = ("why", "begun_at", "book_read_at", "book_read_by_id", "found")


POLICY = Kind(
    "policy",
    "subsidies.PolicyVersion",
    (*_POLICY, "stages", "note", "created_at", "created_by_id", "approved_by_id"),
)
CHANGE_PROPOSED = Kind("change_proposed", "subsidies.SchemeChange", _CHANGE, by="proposed_by_id")
CHANGE_DECIDED = Kind(
    "change_decided",
    "subsidies.SchemeChange",
    (*_CHANGE, "state", "decided_at", "decision_note", "version_id"),
    by="decided_by_id",
    when=~Q(state="proposed"),
)
STEP_PROPOSED = Kind("step_proposed", "subsidies.SchemeStep", _STEP, by="proposed_by_id")
STEP_DECIDED = Kind(
    "step_decided",
    "subsidies.SchemeStep",
    (*_STEP, "proposed_by_id", "state", "open_points", "decided_at", "decision_note"),
    by="decided_by_id",
    when=~Q(state="proposed"),
)
# An answer waits for the other system's: it is believed later only as it was kept.
ANSWERED = Kind(
    "answered",
    "ebikes.LicensingAnswer",
    ("trade_in_id", "system", "outcome", "facts", "request_id", "answered_at"),
    when=Q(pk__in=[]),
)
CHECKED = Kind("checked", "subsidies.Claim", _CLAIM, when=Q(state__in=GRANTED))
APPROVED = Kind(
    "approved",
    "subsidies.Claim",
    (*_CLAIM, "payments_behind"),  # what failed or came back is approved anew
    by="approved_by_id",
    when=Q(state__in=[*ON_THE_WAY, *SPENT]),
    reckoned={"payments_behind": payments_behind},
)
PAYEE_CHANGED = Kind(
    "payee_changed",
    "subsidies.PayeeChange",
    ("claim_id", "wallet_operator", "note", "at"),
    by="by_id",
    opened=payees_told,
    stays=True,
)
PAYEE_CHECKED = Kind(
    "payee_checked",
    "subsidies.PayeeCheck",
    ("claim_id", "payee_digest", "result", "request_id", "at"),
    stays=True,
)
HOLD_CLEARED = Kind(
    "hold_cleared",
    "subsidies.Hold",
    (*_HOLD, "cleared_at", "cleared_reasons", "note", "let_go"),
    by="cleared_by_id",
    when=Q(cleared_at__isnull=False),
    opened=payees_let_go,
    stays=True,
)
BATCH_MADE = Kind(
    "batch_made", "subsidies.PayoutBatch", _BATCH, by="made_by_id", reckoned={"payments": payments}
)
BATCH_RELEASED = Kind(
    "batch_released",
    "subsidies.PayoutBatch",
    (*_BATCH, "released_at"),
    by="released_by_id",
    when=Q(released_by__isnull=False),
    reckoned={"payments": payments},
    stays=True,
)
# What an order rests upon was proved, just before it left.
GATE_PASSED = Kind(
    "gate_passed", "subsidies.GatePass", ("batch_id", "at", "settled_at", "withheld"), stays=True
)
# That a payment came back is read in a statement, by a process of ours.
RETURNED = Kind(
    "returned",
    "subsidies.PayoutLine",
    ("batch_id", "claim_id", "supplement_id", "request_no", "amount_fen", "finished_at", "returned_at"),
    when=Q(state="returned"),
)
# What stood in the operator's book, read back while payouts were stopped.
BOOK_READ = Kind(
    "book_read", "subsidies.OperatorPayment", ("number", "amount_fen", "paid_at", "memo", "read_at")
)
SUPPLEMENT_PROPOSED = Kind("supplement_proposed", "subsidies.Supplement", _SUPPLEMENT, by="proposed_by_id")
SUPPLEMENT_CONFIRMED = Kind(
    "supplement_confirmed",
    "subsidies.Supplement",
    (*_SUPPLEMENT, "decided_at"),
    by="decided_by_id",
    when=~Q(state__in=["proposed", "declined"]),
)
EVIDENCE_PROPOSED = Kind("evidence_proposed", "subsidies.LineEvidence", _EVIDENCE, by="proposed_by_id")
EVIDENCE_DECIDED = Kind(
    "evidence_decided",
    "subsidies.LineEvidence",
    (*_EVIDENCE, "state", "decided_at"),
    by="decided_by_id",
    when=~Q(state="proposed"),
)
DIFFERENCE_PROPOSED = Kind(
    "difference_proposed", "subsidies.Difference", _DIFFERENCE, by="proposed_by_id", when=Q(state="signed")
)
DIFFERENCE_SIGNED = Kind(
    "difference_signed",
    "subsidies.Difference",
    (*_DIFFERENCE, "closed_at"),
    by="signed_by_id",
    when=Q(state="signed"),
)
RECOVERY_PROPOSED = Kind("recovery_proposed", "subsidies.RecoveryCase", _CASE, by="proposed_by_id")
RECOVERY_CONFIRMED = Kind(
    "recovery_confirmed",
    "subsidies.RecoveryCase",
    (*_CASE, "proposed_by_id", "number", "decided_at"),
    by="decided_by_id",
    when=~Q(state__in=["proposed", "declined"]),
    stays=True,
)
RECEIPT_TAKEN = Kind("receipt_taken", "subsidies.RecoveryReceipt", _RECEIPT, by="taken_by_id", stays=True)
RECEIPT_CONFIRMED = Kind(
    "receipt_confirmed",
    "subsidies.RecoveryReceipt",
    (*_RECEIPT, "taken_by_id", "state", "decided_at"),
    by="decided_by_id",
    when=Q(state="confirmed"),
    stays=True,
)
RECOVERY_STEP_PROPOSED = Kind(
    "recovery_step_proposed", "subsidies.RecoveryStep", _RECOVERY_STEP, by="proposed_by_id", stays=True
)
RECOVERY_STEP_APPROVED = Kind(
    "recovery_step_approved",
    "subsidies.RecoveryStep",
    (*_RECOVERY_STEP, "proposed_by_id", "state", "decided_at"),
    by="decided_by_id",
    when=Q(state="approved"),
    stays=True,
)
STOP_CONFIRMED = Kind(
    "stop_confirmed", "subsidies.PayoutStop", (*_STOP, "first_at"), by="first_by_id", when=Q(state="ended")
)
STOP_ENDED = Kind(
    "stop_ended",
    "subsidies.PayoutStop",
    (*_STOP, "first_by_id", "first_at", "ended_at"),
    by="second_by_id",
    when=Q(state="ended"),
)

_PAPER = (
    *("claim_id", "subject", "facts", "other_print", "title", "scans", "digests", "expires_on", "note"),
    *("proposed_by_id", "proposed_at"),
)
PAPER_PROPOSED = Kind("paper_proposed", "subsidies.PaperEvidence", _PAPER, by="proposed_by_id")
PAPER_CONFIRMED = Kind(
    "paper_confirmed",
    "subsidies.PaperEvidence",
    (*_PAPER, "decided_at", "decision_note", "answer_id"),
    by="decided_by_id",
    when=Q(state__in=["confirmed", "expired"]),
)
_ENTRY = (
    "kind",
    "merchant_id",
    "value_print",
    "reason",
    "note",
    "expires_on",
    "proposed_by_id",
    "proposed_at",
)
WATCH_PROPOSED = Kind("watch_proposed", "subsidies.WatchEntry", _ENTRY, by="proposed_by_id")
WATCH_CONFIRMED = Kind(
    "watch_confirmed",
    "subsidies.WatchEntry",
    (*_ENTRY, "decided_at"),
    by="decided_by_id",
    when=Q(state__in=["confirmed", "lifting", "lifted"]),
)
WATCH_LIFTED = Kind(
    "watch_lifted",
    "subsidies.WatchEntry",
    (*_ENTRY, "lift_note", "lift_by_id", "lifted_at"),
    by="lifted_by_id",
    when=Q(state="lifted"),
)

KINDS = (
    *RIGHTS_KINDS,
    *(
        POLICY,
        CHANGE_PROPOSED,
        CHANGE_DECIDED,
        STEP_PROPOSED,
        STEP_DECIDED,
        ANSWERED,
        CHECKED,
        APPROVED,
        PAYEE_CHANGED,
        PAYEE_CHECKED,
        HOLD_CLEARED,
    ),
    *(
        BATCH_MADE,
        BATCH_RELEASED,
        SUPPLEMENT_PROPOSED,
        SUPPLEMENT_CONFIRMED,
        EVIDENCE_PROPOSED,
        EVIDENCE_DECIDED,
    ),
    *(RECOVERY_PROPOSED, RECOVERY_CONFIRMED, RECEIPT_TAKEN, RECEIPT_CONFIRMED),
    *(RECOVERY_STEP_PROPOSED, RECOVERY_STEP_APPROVED),
    *(DIFFERENCE_PROPOSED, DIFFERENCE_SIGNED, STOP_CONFIRMED, STOP_ENDED, BOOK_READ, GATE_PASSED, RETURNED),
    *(PAPER_PROPOSED, PAPER_CONFIRMED, WATCH_PROPOSED, WATCH_CONFIRMED, WATCH_LIFTED),
)
