"""What stands on a confirmed register's file: records that came, and checks that were made, since it was written."""

from django.db import connection

from ebikes.models import ImportBatch

Kind = ImportBatch.Kind

_RECORDS = {
    Kind.FILED_BIKES: ("ebikes_filedbike", "JOIN ebikes_tradein t ON t.filing_plate_no = k.filing_plate_no"),
    Kind.MERCHANTS: ("merchants_merchant", "JOIN ebikes_tradein t ON t.merchant_id = k.id"),
    Kind.AGENT_POINTS: ("merchants_agentpoint", "JOIN ebikes_tradein t ON t.agent_point_id = k.id"),
}
_STANDING = """
    SELECT count(DISTINCT t.id)
    FROM ebikes_writtenrow w JOIN {table} k ON k.id = w.row_id {records}
    WHERE w.batch_id = %(batch)s AND w.target = %(table)s
      AND (w.before IS NULL OR t.received_at >= %(at)s OR EXISTS (
           SELECT FROM subsidies_claim c JOIN subsidies_eligibilitycheck e ON e.claim_id = c.id
           WHERE c.trade_in_id = t.id AND e.checked_at >= %(at)s))
"""


def standing_on(batch: ImportBatch) -> int:
    """How many trade-ins stand on what this confirmed file wrote; 0 where it can be taken back."""
    table, records = _RECORDS[Kind(batch.kind)]
    with connection.cursor() as cursor:
        cursor.execute(
            _STANDING.format(table=table, records=records),
            {"batch": batch.pk, "table": table, "at": batch.confirmed_at},
        )
        return int(cursor.fetchone()[0])
