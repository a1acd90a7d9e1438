"""The admin of the money."""

from subsidies import lines  # noqa: F401 - it adds claims to the pages of owners
from subsidies.admin import claims, ledger, payouts, schemes  # noqa: F401 - they register themselves
