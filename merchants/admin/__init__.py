"""The admin of the people who take part."""

from merchants.admin import accounts, audit, points, shops, supervision  # noqa: F401 - they register themselves
