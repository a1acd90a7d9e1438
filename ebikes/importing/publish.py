"""From staged rows to live ones, set-based: what is new, what is the same again, what contradicts, and the INSERTs."""

from datetime import datetime

from django.db import connection

from core.query_planner import sort_in_memory
from ebikes.importing.conflicts import rows_of, tell_fields
from ebikes.importing.taking_back import remember_before, remember_written
from ebikes.importing.targets import TARGETS
from ebikes.models import ImportBatch

MANY_ROWS = 1000  # so many change what the planner should expect

# Rows that are not new leave the staging table, and their verdict says why: the same again, or a contradiction.
_COMPARE = """
    WITH seen AS MATERIALIZED (
        SELECT s.line, s.content_index, k.content_index AS known,
               first_value(s.line) OVER same_key AS first_line,
               first_value(s.content_index) OVER same_key AS first_content,
               {also_contradicts} AS contradicts
        FROM {table} s {known}
        WHERE s.batch_id = %(batch)s
        WINDOW same_key AS (PARTITION BY {key} ORDER BY s.line)
    ), judged AS (
        SELECT line, CASE
            WHEN content_index = known OR (line <> first_line AND content_index = first_content) THEN 'duplicate'
            WHEN line <> first_line OR contradicts OR (known IS NOT NULL AND NOT {amends}) THEN 'refused'
        END AS verdict
        FROM seen
    ), marked AS (
        UPDATE ebikes_importrow r
        SET verdict = j.verdict, reason = CASE j.verdict WHEN 'refused' THEN 'conflict' ELSE '' END,
            problems = CASE j.verdict WHEN 'refused' THEN %(conflict)s::jsonb ELSE '[]' END
        FROM judged j
        WHERE r.batch_id = %(batch)s AND r.line = j.line AND j.verdict IS NOT NULL
        RETURNING r.line, r.verdict
    ), gone AS (
        DELETE FROM {table} s USING marked WHERE s.batch_id = %(batch)s AND s.line = marked.line
        RETURNING s.*, marked.verdict
    )
    SELECT * FROM gone WHERE verdict = 'refused' ORDER BY line
"""

# Rows of one file about the same bike: each is a sound record, and only one of them can be granted anything.
_SAME_BIKE = """
    WITH twice AS (
        SELECT {column} AS value, min(line) AS first FROM ebikes_stagedtradein
        WHERE batch_id = %(batch)s GROUP BY {column} HAVING count(*) > 1
    )
    UPDATE ebikes_importrow r
    SET problems = r.problems || jsonb_build_array(jsonb_build_object('kind', 'bike_twice', 'params',
        jsonb_build_object('column', %(title)s::text, 'value', t.value, 'line', t.first)))
    FROM ebikes_stagedtradein s JOIN twice t ON t.value = s.{column}
    WHERE s.batch_id = %(batch)s AND s.line > t.first AND r.batch_id = %(batch)s AND r.line = s.line
"""
_OF_A_BIKE = {"filing_plate_no": "备案号牌", "vehicle_code": "新车整车编码", "digital_plate_no": "新车号牌"}


def compare_with_live(batch: ImportBatch, *, conflict: str) -> None:
    """Mark the staged rows that are the same again or contradict what is known, and note what others change.

    `conflict`: the problems as JSON.
    """
    target = TARGETS[batch.kind]
    query = _COMPARE.format(
        table=target.table,
        key=target.key,
        known=target.known,
        amends=str(target.amends).lower(),
        also_contradicts=target.also_contradicts,
    )
    with connection.cursor() as cursor:
        sort_in_memory(cursor)
        cursor.execute(query, {"batch": batch.pk, "district": batch.district_id, "conflict": conflict})
        refused = list(rows_of(cursor))
        if target.notes:
            cursor.execute(target.notes, {"batch": batch.pk, "district": batch.district_id})
    if refused:
        tell_fields(batch, refused)


def note_same_bikes(batch: ImportBatch) -> None:
    """Say of the accepted rows which are about a bike that is in the file already."""
    if batch.kind == ImportBatch.Kind.TRADE_INS:
        with connection.cursor() as cursor:
            for column, title in _OF_A_BIKE.items():
                cursor.execute(_SAME_BIKE.format(column=column), {"batch": batch.pk, "title": title})


def tell_planner(batch: ImportBatch) -> None:
    """Both tables have just been filled, and the planner does not know: it would loop over all pairs of their rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tell_planner(%s)", [[TARGETS[batch.kind].table, "ebikes_importrow"]])


def publish_staged(batch: ImportBatch, *, now: datetime) -> None:
    """Make the staged rows live, in the order of the file, and empty the staging table."""
    target = TARGETS[batch.kind]
    with connection.cursor() as cursor:
        sort_in_memory(cursor)
        remember_before(batch)
        for statement in target.publish:
            cursor.execute(statement, {"batch": batch.pk, "district": batch.district_id, "now": now})
        remember_written(batch)
        if batch.rows_accepted >= MANY_ROWS:
            cursor.execute("SELECT tell_planner(%s)", [target.live.split(", ")])
    drop_staged(batch)


def drop_staged(batch: ImportBatch) -> None:
    """Empty the staging table of this batch."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TARGETS[batch.kind].table} WHERE batch_id = %s", [batch.pk])  # noqa: S608
