"""The admin of bikes, trade-ins, imports and evidence."""

from ebikes.evidence import admin as evidence  # noqa: F401 - they register themselves
from ebikes.importing import admin as importing  # noqa: F401
from ebikes.records.admin import records  # noqa: F401
