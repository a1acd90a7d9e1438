"""The admin of accounts, the audit trail and exports."""

from core.accounts import admin as accounts  # noqa: F401 - they register themselves
from core.audit import admin as audit  # noqa: F401
from core.exports import admin as exports  # noqa: F401
from core.rights import admin as rights  # noqa: F401
