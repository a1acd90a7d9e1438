"""The admin of the people who take part."""

from merchants.admin import accounts, points, shops, supervision  # noqa: F401 - they register themselves
