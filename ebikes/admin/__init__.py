"""The admin of bikes, trade-ins, imports and evidence."""

from ebikes.admin import exports, imports, licensing, records  # noqa: F401 - they register themselves
