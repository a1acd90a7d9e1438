"""The admin of the people who take part."""

from merchants.admin import accounts, audit, shops  # noqa: F401 - they register themselves
