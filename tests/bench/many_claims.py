"""A crowd of claims laid straight into the tables, so that a large queue is there in seconds.

Only for scratch databases: triggers and foreign keys are passed by, and personal data is one sealed constant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from stdnum.cn import uscc

from config.packs.logins import scheme_makers
from core.database.owner import as_owner
from core.models import User
from core.privacy.sealing import Sealed, seal
from ebikes.records.persons import name_index
from merchants.models import Merchant
from subsidies.engine.stages import StageTerms
from subsidies.models import Scheme
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.services import create
from tests.factories import lay_member

STAGES = ((date(2022, 6, 1), date(2022, 6, 30), 30000), (date(2022, 7, 1), date(2022, 7, 31), 20000))
MERCHANTS = 20  # each with more claims than a page shows, also where claims are few

_SHOPS = """
    INSERT INTO merchants_merchant (uscc, name, subdistrict, registered_on, trade_in_enabled_on, content_index)
    SELECT uscc, '号店', '湖墅', '2022-01-01', '2022-03-01', '\\x00' FROM unnest(%(codes)s::text[]) uscc;
    INSERT INTO merchants_agentpoint (point_no, merchant_id)
    SELECT 'GS-DB-' || lpad(row_number() OVER (ORDER BY id)::text, 3, '0'), id FROM merchants_merchant;
    INSERT INTO merchants_agentauthorization (agent_point_id, starts_on, content_index)
    SELECT id, '2022-05-01', '\\x00' FROM merchants_agentpoint
"""

_CROWD = """
    INSERT INTO ebikes_owner (id_kind, id_no, id_country, id_index, number_index, name, name_index)
    SELECT '居民身份证', %(id)s, '', decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex'), %(name)s, %(same)s
    FROM generate_series(1, %(count)s) n;

    INSERT INTO ebikes_tradein
        (record_no, filing_plate_no, owner_id, owner_name, name_index, phone, phone_index, merchant_id,
         agent_point_id,
         deregistered_at, collected_at, purchased_at, plated_at, day_only, vehicle_code, digital_plate_no, brand,
         invoice_no, remark, wallet_operator, content_index, received_at)
    SELECT 'B' || n, '杭B' || n, o.id, %(owner_name)s, %(same)s, %(phone)s, decode(md5('p' || n), 'hex'), p.merchant_id,
           p.id, t.at - interval '3 hours', t.at - interval '2 hours', t.at - interval '1 hour', t.at, '{}',
           '123422' || lpad(n::text, 9, '0'), '浙B' || n, '雅迪', '', '', '', '\\x00', now()
    FROM generate_series(1, %(count)s) n
    JOIN ebikes_owner o ON o.id_index = decode(md5(n::text), 'hex')
    JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS k FROM merchants_agentpoint) p ON p.k = n %% %(shops)s
    CROSS JOIN LATERAL (
        SELECT timestamptz '2022-06-01 08:00+08' + (n::bigint * 7919 %% 5100000) * interval '1 second' AS at) t
    ORDER BY n;

    INSERT INTO subsidies_claim
        (scheme_id, trade_in_id, owner_id, filing_plate_no, vehicle_code, state, refusals, stage_id, amount_fen,
         completed_at, completed_by, received_at, policy_id, check_attempts)
    SELECT %(scheme)s, t.id, t.owner_id, t.filing_plate_no, t.vehicle_code, %(state)s, '{}', st.id, st.amount_fen,
           t.plated_at, 'plated_at', t.received_at, %(policy)s, 1
    FROM ebikes_tradein t JOIN subsidies_stage st ON st.scheme_id = %(scheme)s
         AND (t.plated_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN st.starts_on AND st.ends_on;

    INSERT INTO subsidies_claimtally (scheme_id, hour, state, count)
    SELECT scheme_id, hour_of(completed_at), state, count(*) FROM subsidies_claim GROUP BY 1, 2, 3;
    INSERT INTO subsidies_walkdue (scheme_id) VALUES (%(scheme)s);
    INSERT INTO subsidies_claimevent (claim_id, from_state, to_state, at, verb, refusals, reasons, note)
    SELECT id, '', state, received_at, 'bench', '{}', '{}', '' FROM subsidies_claim
"""


def open_scheme(*, budget_fen: int) -> Scheme:
    """A scheme of two stages without caps of their own."""
    stages = tuple(StageTerms(no, a, b, fen, None) for no, (a, b, fen) in enumerate(STAGES, start=1))
    plan = SchemePlan("bench", "bench", budget_fen, "strict", 1, 7, 0, "", "", stages)
    proposer, approver = scheme_makers()
    return create.open_scheme(plan, by=proposer, approved_by=approver, now=timezone.now())


@contextmanager
def without_triggers() -> Iterator[CursorWrapper]:
    """The owner's cursor, for whom no trigger fires and no foreign key is looked up."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor


def gather(scheme: Scheme, count: int, *, state: str = "eligible", shops: int = MERCHANTS) -> None:
    """Lay `count` claims of as many people into the queue, completed all over June and July 2022."""
    params: dict[str, Any] = {
        "count": count,
        "shops": shops,
        "codes": [code + uscc.calc_check_digit(code) for code in (f"92330105{n:09}" for n in range(shops))],
        "scheme": scheme.pk,
        "policy": scheme.policies.get().pk,
        "state": state,
        "id": seal("330105199001011234", context="ebikes.owner.id_no"),
        "name": seal("王小芳", context="ebikes.owner.name"),
        "owner_name": seal("王小芳", context="ebikes.tradein.owner_name"),
        "same": name_index("王小芳"),
        "phone": seal("+8613800000000", context="ebikes.tradein.phone"),
    }
    Sealed.context_of = _of_column  # type: ignore[method-assign]
    with without_triggers() as cursor:
        for statement in f"{_SHOPS};{_CROWD}".split(";"):
            cursor.execute(statement, params)
    vacuum()


def _of_column(self: Sealed, row: Any) -> str:
    """Where a value of the crowd belongs: the one sealed constant stands in every row of its column."""
    return self.sealed_for


def vacuum() -> None:
    """Leave the tables as the server's own housekeeping would have left them by now."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def a_clerk() -> User:
    """Somebody who works at one of the shops."""
    user = User.objects.create(username="clerk")
    lay_member(user, Merchant.objects.order_by("pk")[0], "clerk")
    return user
