"""The tables of the ground floor, as the rest of the code knows them."""

from core.accounts.models.second_factor import Passkey, RecoveryCode, SecondFactor
from core.accounts.models.session import KnownDevice, Session
from core.accounts.models.throttle import Throttle
from core.accounts.models.user import PasswordHistory, User
from core.audit.models import AuditEntry, AuditSeal, ProcessKey
from core.decisions.models import DecisionMark
from core.districts.models import District
from core.exports.models import Export
from core.filters.models import SavedFilter
from core.keys.models import KnownKey
from core.rights.models import RightsChange
from core.workers.models import WorkerHeartbeat

__all__ = [
    "AuditEntry",
    "AuditSeal",
    "DecisionMark",
    "District",
    "Export",
    "KnownDevice",
    "KnownKey",
    "Passkey",
    "PasswordHistory",
    "ProcessKey",
    "RecoveryCode",
    "RightsChange",
    "SavedFilter",
    "SecondFactor",
    "Session",
    "Throttle",
    "User",
    "WorkerHeartbeat",
]
