"""What the database is told of the settings at every migration."""

from collections.abc import Sequence
from typing import Any

from django.db import connections


def tell(using: str, statement: str, params: Sequence[Any] = (), *, once: str) -> None:
    """Run this where `once`, a look-up such as `to_regclass('a_table')`, finds something: a migration may stop before."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {once}")
        if cursor.fetchone() != (None,):
            cursor.execute(statement, params)
