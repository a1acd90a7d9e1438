"""The admin of the money."""

from subsidies.admin import claims, ledger, payouts, schemes  # noqa: F401 - they register themselves
