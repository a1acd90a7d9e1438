"""The shop and its people, for tests of what they do."""

from tests.core.accounts.conftest import _passwords_cost_nothing, clerk, clock, owner, shop, staff

__all__ = ["_passwords_cost_nothing", "clerk", "clock", "owner", "shop", "staff"]
