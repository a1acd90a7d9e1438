"""What rests in the tables of this process's database, as whoever has a backup reads it."""

import re
from collections.abc import Iterable

from django.db import connection

from tests.console import owning

# Of every row what every column says; bytes as digits, which a name would be found in as well.
_SAID = "SELECT cell.key, cell.value FROM {} this_row, jsonb_each_text(to_jsonb(this_row)) cell WHERE cell.value <> ''"


def columns_that_say(words: Iterable[str]) -> set[str]:
    """The columns (`table.column`) of whatever table in which one of these words stands in clear."""
    wanted = re.compile("|".join(re.escape(form) for word in words for form in (word, word.encode().hex())))
    found: set[str] = set()
    with owning(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(_SAID.format(connection.ops.quote_name(table)))
            found |= {f"{table}.{key}" for key, value in cursor if wanted.search(value)}
    return found
