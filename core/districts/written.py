"""The first district, written at a migration: the settings say which it is."""

from typing import Any

from django.conf import settings

from core.database.told import tell


def write_first_district(using: str, **_kwargs: Any) -> None:
    """Handle `post_migrate`. A database that has a district keeps what it has."""
    statement = (
        "INSERT INTO core_district (code, name) SELECT %s, %s WHERE NOT EXISTS (SELECT FROM core_district)"
    )
    tell(
        using,
        statement,
        [settings.DISTRICT_CODE, settings.DISTRICT_NAME],
        once="to_regclass('core_district')",
    )
