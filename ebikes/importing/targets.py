"""Where the rows of each kind of file go: how they are known there, what they change, and the statements that add them.

Sealed columns were sealed for the live tables already, so their bytes are only moved here.
"""

from dataclasses import dataclass

from ebikes.models import ImportBatch

Kind = ImportBatch.Kind


@dataclass(frozen=True, slots=True)
class Target:
    """Where one kind of file goes.

    `known` joins the live row `k` with the same key to the staged row `s`; `amends` says whether a changed row
    replaces the live one (registers) or contradicts it (evidence); `publish` makes the staged rows live. `notes` says of
    accepted rows what of a known record they change, and what of them will not be done.
    """

    table: str
    live: str
    key: str
    known: str
    amends: bool
    publish: tuple[str, ...]
    also_contradicts: str = "false"
    notes: str = ""


_OWNERS = """
    INSERT INTO ebikes_owner (district_id, id, id_kind, id_no, id_country, id_index, number_index, name, name_index)
    SELECT DISTINCT ON (id_index) %(district)s, owner_record, id_kind, id_no, id_country, id_index, number_index, {name},
           name_index
    FROM {table} WHERE batch_id = %(batch)s ORDER BY id_index, line
    ON CONFLICT (id_index, district_id) DO NOTHING
"""

_TRADE_INS = """
    INSERT INTO ebikes_tradein
        (district_id, record_no, filing_plate_no, owner_id, owner_name, owner_name_written, name_index, phone, phone_index,
         merchant_id, agent_point_id, deregistered_at, collected_at, purchased_at, plated_at, day_only, vehicle_code,
         digital_plate_no, brand, invoice_no, price_fen, shop_discount_fen, scrap_value_fen,
         remark, wallet_no, wallet_index, wallet_operator,
         content_index, batch_id, batch_line, received_at)
    SELECT %(district)s,
           s.record_no, s.filing_plate_no, o.id, s.owner_name, s.owner_name_written, s.name_index, s.phone, s.phone_index,
           m.id, p.id, s.deregistered_at, s.collected_at, s.purchased_at, s.plated_at, s.day_only, s.vehicle_code,
           s.digital_plate_no, s.brand, s.invoice_no, s.price_fen, s.shop_discount_fen, s.scrap_value_fen,
           s.remark, s.wallet_no, s.wallet_index,
           s.wallet_operator, s.content_index, s.batch_id, s.line, %(now)s
    FROM ebikes_stagedtradein s
    JOIN ebikes_owner o ON o.id_index = s.id_index AND o.district_id = %(district)s
    JOIN merchants_merchant m ON m.uscc = s.merchant_uscc AND m.district_id = %(district)s
    JOIN merchants_agentpoint p ON p.point_no = s.agent_point_no AND p.district_id = %(district)s
    WHERE s.batch_id = %(batch)s
    ORDER BY s.line
"""

_FILED_BIKES = """
    INSERT INTO ebikes_filedbike
        (district_id, filing_plate_no, filed_on, frame_no, motor_no, brand, owner_id, phone, phone_index, subdistrict,
         content_index)
    SELECT %(district)s, s.filing_plate_no, s.filed_on, s.frame_no, s.motor_no, s.brand, o.id, s.phone, s.phone_index,
           s.subdistrict, s.content_index
    FROM ebikes_stagedfiledbike s JOIN ebikes_owner o ON o.id_index = s.id_index AND o.district_id = %(district)s
    WHERE s.batch_id = %(batch)s
    ON CONFLICT (filing_plate_no) DO UPDATE SET
        filed_on = EXCLUDED.filed_on, owner_id = EXCLUDED.owner_id, content_index = EXCLUDED.content_index,
        frame_no = coalesce(nullif(EXCLUDED.frame_no, ''), ebikes_filedbike.frame_no),
        motor_no = coalesce(nullif(EXCLUDED.motor_no, ''), ebikes_filedbike.motor_no),
        brand = coalesce(nullif(EXCLUDED.brand, ''), ebikes_filedbike.brand),
        subdistrict = coalesce(nullif(EXCLUDED.subdistrict, ''), ebikes_filedbike.subdistrict),
        phone = coalesce(EXCLUDED.phone, ebikes_filedbike.phone),
        phone_index = coalesce(EXCLUDED.phone_index, ebikes_filedbike.phone_index)
"""

# What of a known record will be another: beside the row, before somebody confirms. `{changes}`: columns and whether they do.
_CHANGES = """
    UPDATE ebikes_importrow r SET problems = n.note
    FROM (
        SELECT s.line, CASE WHEN c.columns = '' THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object(
                   'kind', 'amends', 'params', jsonb_build_object('columns', c.columns))) END || {kept} AS note
        FROM {table} s {known}
        CROSS JOIN LATERAL (
            SELECT coalesce(string_agg(title, '、' ORDER BY no), '')
            FROM (VALUES {changes}) change (no, title, changes) WHERE changes
        ) c (columns)
        WHERE s.batch_id = %(batch)s
    ) n
    WHERE r.batch_id = %(batch)s AND r.line = n.line AND r.problems <> n.note
"""
_CHANGED_BIKES = _CHANGES.format(
    table="ebikes_stagedfiledbike",
    known="JOIN ebikes_filedbike k USING (filing_plate_no) JOIN ebikes_owner o ON o.id = k.owner_id",
    changes="""(1, '车主', o.id_index <> s.id_index), (2, '备案日期', k.filed_on <> s.filed_on),
        (3, '车架号', s.frame_no NOT IN ('', k.frame_no)), (4, '电机号', s.motor_no NOT IN ('', k.motor_no)),
        (5, '品牌', s.brand NOT IN ('', k.brand)), (6, '街道', s.subdistrict NOT IN ('', k.subdistrict)),
        (7, '手机号', s.phone_index IS NOT NULL AND s.phone_index IS DISTINCT FROM k.phone_index)""",
    kept="'[]'",
)

# The day of enabling decides about money. A file gives it to a merchant that has none; another one is set by the verb that
# asks first (subsidies/shops/services/authorisations.py).
_MERCHANTS = """
    INSERT INTO merchants_merchant (district_id, uscc, name, subdistrict, registered_on, trade_in_enabled_on, content_index)
    SELECT %(district)s, uscc, name, subdistrict, registered_on, trade_in_enabled_on, content_index
    FROM ebikes_stagedmerchant WHERE batch_id = %(batch)s ORDER BY line
    ON CONFLICT (uscc, district_id) DO UPDATE SET
        name = EXCLUDED.name,
        subdistrict = coalesce(nullif(EXCLUDED.subdistrict, ''), merchants_merchant.subdistrict),
        registered_on = coalesce(EXCLUDED.registered_on, merchants_merchant.registered_on),
        content_index = EXCLUDED.content_index,
        trade_in_enabled_on = coalesce(merchants_merchant.trade_in_enabled_on, EXCLUDED.trade_in_enabled_on)
"""

_CHANGED_MERCHANTS = _CHANGES.format(
    table="ebikes_stagedmerchant",
    known="JOIN merchants_merchant k ON k.uscc = s.uscc AND k.district_id = %(district)s",
    changes="""(1, '名称', k.name <> s.name), (2, '街道', s.subdistrict NOT IN ('', k.subdistrict)),
        (3, '平台注册日期', s.registered_on IS NOT NULL AND s.registered_on IS DISTINCT FROM k.registered_on),
        (4, '淘汰置换开通日期', s.trade_in_enabled_on IS NOT NULL AND k.trade_in_enabled_on IS NULL)""",
    kept="""CASE WHEN s.trade_in_enabled_on <> k.trade_in_enabled_on THEN jsonb_build_array(jsonb_build_object(
        'kind', 'enabled_day_kept',
        'params', jsonb_build_object('value', s.trade_in_enabled_on, 'known', k.trade_in_enabled_on))) ELSE '[]' END""",
)

_POINTS = """
    INSERT INTO merchants_agentpoint (district_id, point_no, merchant_id)
    SELECT DISTINCT ON (s.point_no) m.district_id, s.point_no, m.id
    FROM ebikes_stagedagentpoint s JOIN merchants_merchant m ON m.uscc = s.merchant_uscc AND m.district_id = %(district)s
    WHERE s.batch_id = %(batch)s ORDER BY s.point_no, s.line
    ON CONFLICT (point_no, district_id) DO NOTHING
"""

_AMENDED_PERIODS = """
    UPDATE merchants_agentauthorization a SET ends_on = s.ends_on, content_index = s.content_index
    FROM ebikes_stagedagentpoint s JOIN merchants_agentpoint p ON p.point_no = s.point_no AND p.district_id = %(district)s
    WHERE s.batch_id = %(batch)s AND a.agent_point_id = p.id AND a.starts_on = s.starts_on
"""

_NEW_PERIODS = """
    INSERT INTO merchants_agentauthorization (agent_point_id, starts_on, ends_on, content_index)
    SELECT p.id, s.starts_on, s.ends_on, s.content_index
    FROM ebikes_stagedagentpoint s JOIN merchants_agentpoint p ON p.point_no = s.point_no AND p.district_id = %(district)s
    WHERE s.batch_id = %(batch)s AND NOT EXISTS (
        SELECT FROM merchants_agentauthorization a WHERE a.agent_point_id = p.id AND a.starts_on = s.starts_on)
    ORDER BY s.line
"""

# A period that was withdrawn, or that overlaps another one of the same point, live or earlier in this file; or a point of
# another merchant: what was collected there is that merchant's for good.
_CONTRADICTS = """(
    k.withdrawn_at IS NOT NULL
    OR EXISTS (SELECT FROM merchants_merchant m WHERE m.id = kp.merchant_id AND m.uscc <> s.merchant_uscc)
    OR EXISTS (SELECT FROM merchants_agentauthorization a JOIN merchants_agentpoint p ON p.id = a.agent_point_id
            WHERE p.point_no = s.point_no AND p.district_id = %(district)s AND a.starts_on <> s.starts_on
            AND daterange(a.starts_on, a.ends_on, '[]') && daterange(s.starts_on, s.ends_on, '[]'))
    OR EXISTS (SELECT FROM ebikes_stagedagentpoint e
               WHERE e.batch_id = s.batch_id AND e.point_no = s.point_no AND e.line < s.line
               AND (e.merchant_uscc <> s.merchant_uscc OR (e.starts_on <> s.starts_on
                    AND daterange(e.starts_on, e.ends_on, '[]') && daterange(s.starts_on, s.ends_on, '[]')))))
"""

TARGETS: dict[str, Target] = {
    Kind.TRADE_INS: Target(
        table="ebikes_stagedtradein",
        live="ebikes_owner, ebikes_tradein",
        key="s.record_no",
        known="LEFT JOIN ebikes_tradein k ON k.record_no = s.record_no AND k.district_id = %(district)s",
        amends=False,
        publish=(_OWNERS.format(table="ebikes_stagedtradein", name="new_owner_name"), _TRADE_INS),
    ),
    Kind.FILED_BIKES: Target(
        table="ebikes_stagedfiledbike",
        live="ebikes_owner, ebikes_filedbike",
        key="s.filing_plate_no",
        known="LEFT JOIN ebikes_filedbike k ON k.filing_plate_no = s.filing_plate_no",
        amends=True,
        also_contradicts="coalesce(k.district_id <> %(district)s, false)",
        publish=(_OWNERS.format(table="ebikes_stagedfiledbike", name="owner_name"), _FILED_BIKES),
        notes=_CHANGED_BIKES,
    ),
    Kind.MERCHANTS: Target(
        table="ebikes_stagedmerchant",
        live="merchants_merchant",
        key="s.uscc",
        known="LEFT JOIN merchants_merchant k ON k.uscc = s.uscc AND k.district_id = %(district)s",
        amends=True,
        publish=(_MERCHANTS,),
        notes=_CHANGED_MERCHANTS,
    ),
    Kind.AGENT_POINTS: Target(
        table="ebikes_stagedagentpoint",
        live="merchants_agentpoint, merchants_agentauthorization",
        key="s.point_no, s.starts_on",
        known="LEFT JOIN merchants_agentpoint kp ON kp.point_no = s.point_no AND kp.district_id = %(district)s"
        " LEFT JOIN merchants_agentauthorization k ON k.agent_point_id = kp.id AND k.starts_on = s.starts_on",
        amends=True,
        publish=(_POINTS, _AMENDED_PERIODS, _NEW_PERIODS),
        also_contradicts=_CONTRADICTS,
    ),
}
