"""How much, and paid: the scheme, its stages and policy, claims and their history, the ledger, payouts."""

from subsidies.allocation.models import WalkDue
from subsidies.casework.models import CaseAssignment, CaseNote, WorkReminder
from subsidies.cells.models import Cell, LockQuestion
from subsidies.claims.models.claim import Claim
from subsidies.claims.models.history import ClaimEvent, EligibilityCheck
from subsidies.claims.models.payee import PayeeChange
from subsidies.claims.models.tally import ClaimTally
from subsidies.closing.models.papers import KeptDocument, PaymentRequest
from subsidies.closing.models.period import Period, Voucher, VoucherEntry
from subsidies.closing.models.rule import ClosingRule
from subsidies.heads.models import BookSeal, Verification
from subsidies.inquiries.models import ShopAnswer
from subsidies.issues.models import IssueDocument, IssueFigure, ReportIssue, ReportTemplate
from subsidies.laboratory.models import DailyForecast, LaboratoryRun
from subsidies.ledger.models import LedgerEntry
from subsidies.locks.models import Lock, LockCell, LockEntry, LockHolder, LockRegister
from subsidies.papers.models import PaperEvidence
from subsidies.payees.models import OwnerNotice, PayeeCheck
from subsidies.payouts.models.evidence import LineEvidence
from subsidies.payouts.models.heard import GatePass, OperatorAnswer, OperatorPayment
from subsidies.payouts.models.order import PayoutBatch, PayoutLine
from subsidies.payouts.models.stop import PayoutStop
from subsidies.portal.models import NoticeMark
from subsidies.province.models import CellHead, CellSum
from subsidies.reconciliation.models.difference import Difference
from subsidies.reconciliation.models.statement import (
    StatementEntry,
    StatementFile,
    StatementLayout,
    StatementReading,
)
from subsidies.recoveries.models import (
    RecoveryCase,
    RecoveryInstalment,
    RecoveryReceipt,
    RecoveryReminder,
    RecoveryStep,
)
from subsidies.review.models.hold import Hold
from subsidies.review.models.work import CaseLook, SignalSweep
from subsidies.schemes.models.scheme import PolicyVersion, Scheme, Stage
from subsidies.schemes.models.scheme_change import SchemeChange
from subsidies.schemes.models.step import SchemeStep
from subsidies.stated.models import StatedFigure
from subsidies.supplements.models import Supplement
from subsidies.watchlist.models import WatchEntry

__all__ = [
    "BookSeal",
    "CaseAssignment",
    "CaseLook",
    "CaseNote",
    "Cell",
    "CellHead",
    "CellSum",
    "Claim",
    "ClaimEvent",
    "ClaimTally",
    "ClosingRule",
    "DailyForecast",
    "Difference",
    "EligibilityCheck",
    "GatePass",
    "Hold",
    "IssueDocument",
    "IssueFigure",
    "KeptDocument",
    "LaboratoryRun",
    "LedgerEntry",
    "LineEvidence",
    "Lock",
    "LockCell",
    "LockEntry",
    "LockHolder",
    "LockQuestion",
    "LockRegister",
    "NoticeMark",
    "OperatorAnswer",
    "OperatorPayment",
    "OwnerNotice",
    "PaperEvidence",
    "PayeeChange",
    "PayeeCheck",
    "PaymentRequest",
    "PayoutBatch",
    "PayoutLine",
    "PayoutStop",
    "Period",
    "PolicyVersion",
    "RecoveryCase",
    "RecoveryInstalment",
    "RecoveryReceipt",
    "RecoveryReminder",
    "RecoveryStep",
    "ReportIssue",
    "ReportTemplate",
    "Scheme",
    "SchemeChange",
    "SchemeStep",
    "ShopAnswer",
    "SignalSweep",
    "Stage",
    "StatedFigure",
    "StatementEntry",
    "StatementFile",
    "StatementLayout",
    "StatementReading",
    "Supplement",
    "Verification",
    "Voucher",
    "VoucherEntry",
    "WalkDue",
    "WatchEntry",
    "WorkReminder",
]
