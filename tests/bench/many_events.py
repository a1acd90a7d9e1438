"""What a crowd has been through: checked, paid, refused, held, looked at. Laid straight into the tables, like the crowd.

Most are paid, those who came last wait, and what people have to look at stands anywhere among them: as much of it in a
small crowd as in a large one, so that the same lists are full. Only for scratch
databases: the ledger's hashes are no chain, and personal data is one sealed constant.
"""

from typing import Any

from core.models import User
from core.privacy.sealing import seal
from subsidies.models import Scheme
from tests.bench.many_claims import gather, vacuum, without_triggers

STAFF = 12

# Who stands where: by the claim's number for what happens to anybody, by its time for what the queue decides.
_STATES = """
    UPDATE subsidies_claim c SET
        state = s.state,
        refusals = CASE WHEN s.state = 'refused' THEN ARRAY[(ARRAY['not_filed', 'other_owner', 'not_deregistered',
            'no_plate', 'plate_other_owner', 'filed_too_long'])[1 + c.id %% 6]] ELSE '{}' END,
        approved_by_id = CASE WHEN s.state IN ('approved', 'in_payout', 'paid', 'payout_failed', 'payout_unknown',
            'recovering', 'recovered') THEN %(staff)s + c.id %% 3 END,
        exing_answer_id = CASE WHEN s.state <> 'received' THEN 2 * c.id - 1 END,
        yunshenling_answer_id = CASE WHEN s.state <> 'received' THEN 2 * c.id END,
        next_check_at = CASE WHEN s.state IN ('received', 'checking') THEN now() + interval '1 hour' END
    FROM (
        SELECT id, CASE
            WHEN id %% %(thousand)s = 1 THEN 'review' WHEN id %% (2 * %(thousand)s) = 2 THEN 'needs_correction'
            WHEN id %% (2 * %(thousand)s) = 3 THEN 'payout_failed' WHEN id %% (10 * %(thousand)s) = 4 THEN 'payout_unknown'
            WHEN id %% (10 * %(thousand)s) = 5 THEN 'recovering' WHEN id %% (10 * %(thousand)s) = 6 THEN 'recovered'
            WHEN id %% 19 = 7 THEN 'refused' WHEN id %% 113 = 8 THEN 'cancelled' WHEN id %% 1499 = 9 THEN 'settled'
            WHEN place < 0.82 THEN 'paid' WHEN place < 0.83 THEN 'in_payout' WHEN place < 0.84 THEN 'approved'
            WHEN place < 0.90 THEN 'settled' WHEN place < 0.98 THEN 'waitlisted' WHEN place < 0.985 THEN 'eligible'
            WHEN place < 0.995 THEN 'checking' ELSE 'received' END AS state
        FROM (SELECT id, percent_rank() OVER (ORDER BY completed_at, id) AS place FROM subsidies_claim) ranked
    ) s WHERE s.id = c.id;

    TRUNCATE subsidies_claimtally, subsidies_claimevent;
    INSERT INTO subsidies_claimtally (scheme_id, hour, state, count)
    SELECT scheme_id, hour_of(completed_at), state, count(*) FROM subsidies_claim GROUP BY 1, 2, 3;

    INSERT INTO subsidies_claimevent (claim_id, from_state, to_state, at, verb, by_id, refusals, reasons, note)
    SELECT c.id, coalesce(way.states[no - 1], ''), way.states[no], c.received_at - (9 - no) * interval '1 day'
               - (c.id %% 80000) * interval '1 second', 'bench', CASE WHEN no > 4 THEN %(staff)s END,
           CASE WHEN way.states[no] = 'refused' THEN c.refusals ELSE '{}' END, '{}', ''
    FROM (VALUES
        ('received', '{received}'), ('checking', '{received,checking}'), ('review', '{received,checking,review}'),
        ('needs_correction', '{received,checking,needs_correction}'), ('refused', '{received,checking,refused}'),
        ('cancelled', '{received,cancelled}'), ('eligible', '{received,checking,eligible}'),
        ('waitlisted', '{received,checking,eligible,waitlisted}'),
        ('settled', '{received,checking,eligible,settled}'),
        ('approved', '{received,checking,eligible,settled,approved}'),
        ('in_payout', '{received,checking,eligible,settled,approved,in_payout}'),
        ('payout_unknown', '{received,checking,eligible,settled,approved,in_payout,payout_unknown}'),
        ('payout_failed', '{received,checking,eligible,settled,approved,in_payout,payout_failed}'),
        ('paid', '{received,checking,eligible,settled,approved,in_payout,paid}'),
        ('recovering', '{received,checking,eligible,settled,approved,in_payout,paid,recovering}'),
        ('recovered', '{received,checking,eligible,settled,approved,in_payout,paid,recovering,recovered}')
    ) named (state, path)
    CROSS JOIN LATERAL (SELECT path::text[] AS states) way
    JOIN subsidies_claim c USING (state)
    CROSS JOIN LATERAL generate_series(1, cardinality(way.states)) no
    ORDER BY c.id, no
"""

_EVIDENCE = """
    INSERT INTO ebikes_licensinganswer
        (id, trade_in_id, system, outcome, problem, facts, holder_index, raw, request_id, answered_at, adapter_version)
    SELECT 2 * c.id - n, c.trade_in_id, CASE n WHEN 1 THEN 'exing' ELSE 'yunshenling' END,
           CASE WHEN c.id %% 300 = 0 THEN 'unknown' WHEN c.id %% 40 = 0 THEN 'absent' ELSE 'found' END,
           CASE WHEN c.id %% 300 = 0 THEN 'timeout' ELSE '' END,
           jsonb_build_object('plated_at', c.completed_at, 'vehicle_code', c.vehicle_code), NULL, %(raw)s,
           'Q' || c.id || '-' || n, c.received_at, 'bench'
    FROM subsidies_claim c CROSS JOIN generate_series(0, 1) n ORDER BY 1;
    SELECT setval(pg_get_serial_sequence('ebikes_licensinganswer', 'id'), max(id)) FROM ebikes_licensinganswer;

    INSERT INTO subsidies_eligibilitycheck
        (claim_id, results, exing_answer_id, yunshenling_answer_id, policy_id, completed_at, completed_by, checked_at)
    SELECT id, '{"not_filed": "pass", "other_owner": "pass", "not_deregistered": "pass", "no_plate": "pass"}',
           2 * id - 1, 2 * id, policy_id, completed_at, completed_by, received_at
    FROM subsidies_claim WHERE state NOT IN ('received', 'checking') ORDER BY id;

    INSERT INTO ebikes_filedbike
        (filing_plate_no, filed_on, frame_no, motor_no, brand, owner_id, phone, phone_index, subdistrict, content_index)
    SELECT filing_plate_no, '2018-06-01', 'F' || id, '', '雅迪', owner_id, %(phone)s, phone_index,
           (ARRAY['湖墅', '米市巷', '小河', '拱宸桥', '康桥', '上塘', '祥符', '半山'])[1 + id %% 8], '\\x00'
    FROM ebikes_tradein ORDER BY id;

    INSERT INTO subsidies_hold
        (claim_id, kind, evidence, reasons, placed_at, cleared_at, cleared_by_id, cleared_reasons, note)
    SELECT id, (ARRAY['mismatch', 'shared_phone', 'burst', 'cut_off', 'authorization', 'objection'])[1 + id / %(held)s %% 6],
           '{}', '{}', received_at - (id %% 20) * interval '1 day', CASE WHEN id %% 3 < 2 THEN received_at END,
           CASE WHEN id %% 3 < 2 THEN %(staff)s END, '{}', CASE WHEN id %% 3 < 2 THEN 'ok' ELSE '' END
    FROM subsidies_claim WHERE id %% %(held)s = 2 ORDER BY id
"""

_MONEY = """
    INSERT INTO subsidies_ledgerentry
        (scheme_id, seq, kind, stage_id, claim_id, amount_fen, at, by_id, order_no, payee_digest,
         recorded_at, ref, prev_hash, hash)
    SELECT %(scheme)s, 10 + row_number() OVER (ORDER BY step.no, id), step.kind, stage_id, id, amount_fen, received_at,
           NULL, '', '', received_at, '', '\\x00', sha256(id::text::bytea)
    FROM subsidies_claim JOIN (VALUES (1, 'reserve', '{settled,approved,in_payout,payout_failed,payout_unknown,paid,
        recovering,recovered}'::text[]), (2, 'pay', '{paid,recovering,recovered}'), (3, 'return', '{recovered}'))
        step (no, kind, states) ON state = ANY (step.states)
    ORDER BY 2;
    UPDATE subsidies_stage st SET reserved_fen = r.fen, paid_fen = p.fen
    FROM (SELECT stage_id, sum(amount_fen) AS fen FROM subsidies_claim WHERE state IN ('settled', 'approved',
              'in_payout', 'payout_failed', 'payout_unknown') GROUP BY 1) r
    JOIN (SELECT stage_id, sum(amount_fen) AS fen FROM subsidies_claim WHERE state IN ('paid', 'recovering')
          GROUP BY 1) p USING (stage_id) WHERE st.id = r.stage_id;
    UPDATE subsidies_scheme SET funded_fen = 2 * s.reserved + s.paid, reserved_fen = s.reserved, paid_fen = s.paid
    FROM (SELECT scheme_id, sum(reserved_fen) AS reserved, sum(paid_fen) AS paid FROM subsidies_stage GROUP BY 1) s
    WHERE s.scheme_id = subsidies_scheme.id;

    CREATE TEMPORARY TABLE ordered AS
    SELECT id, state, amount_fen, received_at, 1 + (row_number() OVER (ORDER BY completed_at, id) - 1) / %(lines)s AS batch
    FROM subsidies_claim
    WHERE state IN ('in_payout', 'payout_failed', 'payout_unknown', 'paid', 'recovering', 'recovered');
    INSERT INTO subsidies_payoutbatch
        (id, scheme_id, number, request_no, state, made_by_id, made_at, released_by_id, released_at, ask_attempts,
         payer_wallet, payer_name)
    SELECT batch, %(scheme)s, 'N' || batch, 'N' || batch, CASE WHEN bool_or(state = 'in_payout') THEN
           CASE batch %% 2 WHEN 0 THEN 'draft' ELSE 'released' END ELSE 'finished' END, %(staff)s + 4, min(received_at),
           CASE WHEN bool_or(state = 'in_payout') AND batch %% 2 = 0 THEN NULL ELSE %(staff)s + 5 END,
           CASE WHEN bool_or(state = 'in_payout') AND batch %% 2 = 0 THEN NULL ELSE min(received_at) END, 1, '0', '区局'
    FROM ordered GROUP BY batch ORDER BY batch;
    SELECT setval(pg_get_serial_sequence('subsidies_payoutbatch', 'id'), max(id)) FROM subsidies_payoutbatch;
    INSERT INTO subsidies_payoutline (batch_id, claim_id, request_no, amount_fen, payee_name, payee_phone,
        payee_operator, state, fail_reason, finished_at)
    SELECT batch, id, 'L' || id, amount_fen, %(payee)s, %(payee)s, '', CASE state WHEN 'in_payout' THEN 'ready'
           WHEN 'payout_unknown' THEN 'unknown' WHEN 'payout_failed' THEN 'failed' ELSE 'success' END,
           CASE state WHEN 'payout_failed' THEN 'NO_WALLET' ELSE '' END,
           CASE WHEN state NOT IN ('in_payout', 'payout_unknown') THEN received_at END
    FROM ordered ORDER BY batch, id
"""

_FILES = """
    INSERT INTO ebikes_importbatch (id, kind, source, state, file_name, file_sha256, failure, progress, rows_accepted,
        rows_duplicate, rows_refused, merchant_id, uploaded_by_id, uploaded_at, confirmed_by_id, confirmed_at, header,
        attempts, reading, second_person)
    SELECT n, CASE n %% 7 WHEN 0 THEN 'filed_bikes' ELSE 'trade_ins' END, CASE n %% 20 WHEN 0 THEN 'file' ELSE 'form' END,
           CASE n %% 4999 WHEN 20 THEN 'discarded' WHEN 40 THEN 'failed' ELSE 'confirmed' END, n || '.csv', '', '', 1, 20,
           1, 1, NULL, %(staff)s, now(), %(staff)s, CASE n %% 4999 WHEN 20 THEN NULL WHEN 40 THEN NULL ELSE now() END,
           '[]', 1, '{}', false
    FROM generate_series(1, %(count)s / 5) n;
    SELECT setval(pg_get_serial_sequence('ebikes_importbatch', 'id'), max(id)) FROM ebikes_importbatch;
    INSERT INTO ebikes_importrow (batch_id, line, record_no, verdict, reason, problems)
    SELECT b.id, line, 'B' || line, CASE line WHEN 21 THEN 'duplicate' WHEN 22 THEN 'refused' ELSE 'accepted' END,
           CASE line WHEN 22 THEN 'bad_value' ELSE '' END, '[]'
    FROM ebikes_importbatch b CROSS JOIN generate_series(1, 22) line WHERE source = 'file' ORDER BY 1, 2;

    INSERT INTO core_export (model_label, query, file_format, personal, note, language, state, attempts, rows_written,
        failure, file_name, file_sha256, file_size, asked_by_id, asked_at, finished_at, expires_at)
    SELECT 'subsidies.claim', %(query)s, 'csv', false, '', 'zh-hans', 'expired', 1, 100, '', n || '.csv', 'x', 1,
           %(staff)s + n %% %(people)s, now(), now(), now() FROM generate_series(1, %(count)s / 50) n;

    INSERT INTO core_auditentry (at, action, by_id, address, object_type, object_id, before, after, detail)
    SELECT now() - (%(count)s - n) * interval '10 seconds', (ARRAY['view', 'view', 'view', 'search', 'update', 'decide',
               'login', 'export'])[1 + n %% 8], %(staff)s + n %% %(people)s, '10.0.0.1', 'subsidies.claim',
           (1 + n / 3)::text,
           CASE n %% 8 WHEN 4 THEN '{"state": "settled"}'::jsonb END,
           CASE n %% 8 WHEN 4 THEN '{"state": "approved"}'::jsonb END, '{}'
    FROM generate_series(1, %(count)s) n
"""


def live_through(scheme: Scheme, count: int) -> None:
    """Lay a crowd of `count` claims, and all that happened to it."""
    gather(scheme, count, shops=max(20, min(272, count // 100)))
    first = User.objects.bulk_create(User(username=f"staff{n}", is_staff=True) for n in range(STAFF))[0]
    params: dict[str, Any] = {
        "count": count,
        "thousand": count // 1000,  # every so many: a thousand of them
        "lines": max(100, count // 2_000),
        "held": max(3, count // 12_000),
        "scheme": scheme.pk,
        "staff": first.pk,
        "people": STAFF,
        "raw": seal("{}", context="ebikes.licensinganswer.raw"),
        "phone": seal("+8613800000000", context="ebikes.filedbike.phone"),
        "payee": seal("+8613800000000", context="subsidies.payoutline.payee_phone"),
        "query": seal("", context="ebikes.export.query"),
    }
    with without_triggers() as cursor:
        for statement in ";".join((_STATES, _EVIDENCE, _MONEY, _FILES)).split(";"):
            cursor.execute(statement, params)
        cursor.execute("DROP TABLE ordered")
    vacuum()
