"""Which bikes a register's file gives to somebody else, and which claims hang on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core.privacy.masks import mask_name
from core.privacy.sealing import place, unseal_to_show
from ebikes.models import ImportBatch
from subsidies.states import ClaimState

SHOWN = 50

_CHANGES = """
    SELECT s.line, s.filing_plate_no, o.id AS owner, o.name, s.owner_record, s.owner_name, c.id, t.record_no, c.state
    FROM ebikes_stagedfiledbike s
    JOIN ebikes_filedbike k USING (filing_plate_no) JOIN ebikes_owner o ON o.id = k.owner_id
    {claims} JOIN subsidies_claim c ON c.filing_plate_no = s.filing_plate_no AND c.live
    {claims} JOIN ebikes_tradein t ON t.id = c.trade_in_id
    WHERE s.batch_id = %(batch)s AND o.id_index <> s.id_index
"""
CLAIMED = _CHANGES.format(claims="")


@dataclass(frozen=True, slots=True)
class OwnerChange:
    """A bike that would be another's. `claim_id` and what follows: the live claim on it, if there is one."""

    line: int
    plate: str
    before: str
    after: str
    claim_id: int | None
    record_no: str
    state: ClaimState | None


@dataclass(frozen=True, slots=True)
class OwnerChanges:
    """How many bikes change hands, on how many of them a claim is live, and the first of them, those with claims first."""

    bikes: int
    claimed: int
    shown: tuple[OwnerChange, ...]


def owner_changes(batch: ImportBatch) -> OwnerChanges | None:
    """What of owners this previewed register would change; names masked. None where nothing of them changes."""
    if batch.kind != ImportBatch.Kind.FILED_BIKES or batch.state != ImportBatch.State.PREVIEW:
        return None
    asked = _CHANGES.format(claims="LEFT")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), count(id) FROM ({asked}) changes", {"batch": batch.pk})  # noqa: S608
        bikes, claimed = cursor.fetchone()
        if not bikes:
            return None
        cursor.execute(f"{asked} ORDER BY c.id IS NULL, s.line LIMIT {SHOWN}", {"batch": batch.pk})
        return OwnerChanges(bikes, claimed, tuple(_told(cursor.fetchall())))


def _told(rows: list[tuple[Any, ...]]) -> Iterator[OwnerChange]:
    for line, plate, owner, name, new_owner, new_name, claim, record_no, state in rows:
        known = ClaimState(state) if state else None
        before, after = _masked(owner, name), _masked(new_owner, new_name)
        yield OwnerChange(line, plate, before, after, claim, record_no or "", known)


def _masked(owner: int, name: bytes) -> str:
    return mask_name(unseal_to_show(bytes(name), context=place("ebikes.owner.name", owner)))


def claims_whose_bike_changes_hands(batch: ImportBatch) -> list[int]:
    """The live claims on bikes that this staged register gives to somebody else."""
    if batch.kind != ImportBatch.Kind.FILED_BIKES:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({CLAIMED}) changes ORDER BY id", {"batch": batch.pk})  # noqa: S608
        return [claim for (claim,) in cursor]
