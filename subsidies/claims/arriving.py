"""What trade-ins ask for when they come in: read by the service that receives them, and by previews of a file."""

# What the trade-ins of `source` ask for. Scheme, stage and place follow the record's own times until the authorities answer.
# A second claim for one bike or one vehicle, in any batch, is refused at the door with the code that says so.
_ARRIVING = """
    WITH arriving AS (
        SELECT t.id, t.owner_id, t.filing_plate_no, t.vehicle_code, t.received_at, t.district_id,
               greatest(t.deregistered_at, t.collected_at, t.purchased_at, t.plated_at) AS completed_at,
               CASE greatest(t.deregistered_at, t.collected_at, t.purchased_at, t.plated_at)
                    WHEN t.plated_at THEN 'plated_at' WHEN t.purchased_at THEN 'purchased_at'
                    WHEN t.collected_at THEN 'collected_at' ELSE 'deregistered_at' END AS completed_by,
               row_number() OVER (PARTITION BY t.filing_plate_no ORDER BY t.id) > 1
                   OR bike_claimed(t.filing_plate_no) AS bike_used,
               row_number() OVER (PARTITION BY t.vehicle_code ORDER BY t.id) > 1
                   OR vehicle_claimed(t.vehicle_code) AS vehicle_used
        FROM ({source}) t
    ), days AS MATERIALIZED (
        SELECT district_id, day, scheme_on(district_id, day) AS scheme_id
        FROM (SELECT DISTINCT district_id, (completed_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM arriving) each
    ), claims AS (
        SELECT a.*, days.scheme_id, st.id AS stage_id, coalesce(st.amount_fen, 0) AS amount_fen,
               bike_used OR vehicle_used AS refused,
               array_remove(ARRAY[CASE WHEN bike_used THEN 'bike_already_claimed' END,
                                  CASE WHEN vehicle_used THEN 'vehicle_already_claimed' END], NULL) AS refusals
        FROM arriving a
        JOIN days ON days.district_id = a.district_id AND days.day = (a.completed_at AT TIME ZONE 'Asia/Shanghai')::date
        LEFT JOIN subsidies_stage st ON st.scheme_id = days.scheme_id AND days.day BETWEEN st.starts_on AND st.ends_on
    )
"""


def arriving(source: str) -> str:
    """CTEs to be followed by a statement that reads `claims`: what the trade-ins that `source` selects would make."""
    return _ARRIVING.format(source=source)
