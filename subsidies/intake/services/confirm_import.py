"""Confirming what came in: its rows become live, and each new trade-in makes its claim, in one transaction.

Staff confirm their own files of trade-ins alone up to a size; what a register says, two people say.
"""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, UniqueViolation

from core.audit.acting import acting
from core.audit.record import Action, record
from core.models import User
from ebikes.importing.pipeline import confirm_batch, discard_batch, hold_registers
from ebikes.importing.taking_back import REGISTERS, NotToBeTakenBack, take_back
from ebikes.models import ImportBatch
from subsidies.claims.services.receive import receive_claims
from subsidies.intake.selectors.owner_changes import claims_whose_bike_changes_hands
from subsidies.intake.selectors.standing_on import standing_on
from subsidies.intake.services.changed_owners import hold_changed_owners
from subsidies.intake.services.held_before import hold_again
from subsidies.shops.services.authorisations import hold_late_arrivals, hold_shortened, period_ends
from subsidies.states import OPEN

COMPARED_AGAIN = 5  # times at most, after somebody else was quicker


class StandsOnIt(ValueError):
    """Trade-ins came or were checked by what the file wrote; its args: how many."""


class NotYours(ValueError):
    """What two people confirmed is taken back by another than who confirmed it."""


def confirm_import(
    *,
    batch: ImportBatch,
    by: User | None,
    now: datetime,
    received_at: datetime | None = None,
) -> None:
    """Make a previewed batch live; each trade-in claims under the scheme that its completion falls to.

    `received_at` is an earlier time that a correction keeps.

    Files and forms do not wait for each other. Where another trade-in of the same record, bike or vehicle was quicker, the
    rows are compared once more, with what is live by then.

    Raises BatchNotInPreview where somebody was quicker, NeedsSecondPerson where another than the uploader has to confirm,
    NoScheme where no scheme is open.
    """
    for again in range(COMPARED_AGAIN, -1, -1):
        try:
            _confirm(batch=batch, by=by, now=now, received_at=received_at)
        except (IntegrityError, OperationalError) as error:
            if not again or not isinstance(error.__cause__, (UniqueViolation, DeadlockDetected)):
                raise
        else:
            return


@transaction.atomic
def _confirm(*, batch: ImportBatch, by: User | None, now: datetime, received_at: datetime | None) -> None:
    changed = claims_whose_bike_changes_hands(batch)
    ends = period_ends() if batch.kind == ImportBatch.Kind.AGENT_POINTS else {}
    confirm_batch(batch=batch, by=by, now=now, received_at=received_at, two_people=needs_two_people)
    if changed:
        hold_changed_owners(changed, batch_id=batch.pk, by=by, now=now)
    if ends:
        hold_shortened(before=ends, batch_id=batch.pk, by=by, now=now)
    if batch.kind == ImportBatch.Kind.TRADE_INS:
        receive_claims(batch_id=batch.pk, by=by, now=now)
        hold_again(batch_id=batch.pk, by=by, now=now)
        hold_late_arrivals(batch_id=batch.pk, now=now)


def needs_two_people(batch: ImportBatch) -> bool:
    """Whether somebody other than the uploader confirms this file: a register's always, of trade-ins a large one.

    Whose bike is on file since when, and who may take bikes in since when, decides who gets money; a trade-in is checked
    with two authorities. A shop's own trade-ins are its own word.
    """
    if batch.merchant_id is not None:
        return False
    return batch.kind in REGISTERS or batch.rows_accepted > settings.CONFIRM_ALONE_ROWS


def take_back_import(*, batch: ImportBatch, by: User, now: datetime) -> None:
    """Undo a confirmed file of a register while nothing stands on it.

    Raises NotToBeTakenBack, StandsOnIt, ChangedSince, Depended, NotYours.
    """
    if batch.kind not in REGISTERS or batch.state != ImportBatch.State.CONFIRMED:
        raise NotToBeTakenBack(f"batch {batch.pk} is {batch.state}")
    with acting("take_back_import", by=by, now=now):
        hold_registers()
        if batch.second_person and batch.confirmed_by_id == by.pk:
            raise NotYours(f"{by.pk} confirmed batch {batch.pk}")
        if standing := standing_on(batch):
            raise StandsOnIt(standing)
        take_back(batch=batch, by=by, now=now)
        record(
            Action.DECIDE,
            by=by,
            of=batch,
            detail={"verb": "take_back_import", "file": batch.file_name},
        )


def discard_import(*, batch: ImportBatch, by: User | None, now: datetime) -> None:
    """Drop a previewed batch: nothing of it was live. Raises BatchNotInPreview."""
    discard_batch(batch=batch, by=by, now=now)


_BEHIND = """
    SELECT count(*) FROM (
        SELECT FROM subsidies_claim c
        WHERE c.live AND c.state = ANY(%(open)s) AND c.completed_at > (
            SELECT min(greatest(s.deregistered_at, s.collected_at, s.purchased_at, s.plated_at))
            FROM ebikes_stagedtradein s JOIN ebikes_importrow r ON r.batch_id = s.batch_id AND r.line = s.line
            WHERE s.batch_id = %(batch)s AND r.verdict = 'accepted')
        LIMIT %(most)s
    ) behind
"""
MOST_BEHIND = 10_000


def open_claims_behind(batch: ImportBatch) -> int:
    """How many claims that still ask for money would stand behind a row of this previewed batch; counted to 10,000."""
    if batch.kind != ImportBatch.Kind.TRADE_INS:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, {"batch": batch.pk, "open": list(OPEN), "most": MOST_BEHIND})
        return int(cursor.fetchone()[0])
