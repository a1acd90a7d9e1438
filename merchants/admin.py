"""The admin of shops, agent points, supervision and a merchant's people."""

from merchants.enforcement import admin as enforcement  # noqa: F401 - they register themselves
from merchants.points import admin as points  # noqa: F401
from merchants.publicity import admin as publicity  # noqa: F401
from merchants.shops import admin as shops  # noqa: F401
from merchants.supervision import admin as supervision  # noqa: F401
from merchants.team import admin as team  # noqa: F401
