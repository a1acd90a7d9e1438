"""That this installation is a cell of a province is told the database at a migration, from the settings."""

from typing import Any

from django.conf import settings

from core.database.told import tell


def join_province(using: str, **_kwargs: Any) -> None:
    """Handle `post_migrate`: with REGISTER_URL the database asks for locks from here on. It never stops again."""
    if settings.REGISTER_URL:
        statement = "INSERT INTO subsidies_cell (id, code) VALUES (1, %s) ON CONFLICT DO NOTHING"
        tell(using, statement, [settings.CELL_CODE], once="to_regclass('subsidies_cell')")
