"""Whether a claim is still that of its record."""

from ebikes.importing.content import is_as_it_came
from subsidies.models import Claim

WITH = [f"trade_in__{way}" for way in ("merchant", "agent_point", "owner")]  # what has to be loaded for that


def is_of_its_record(claim: Claim) -> bool:
    """Whether it is of the person, the bike and the vehicle of its record, whether both answers are about that record, and
    whether the record is as it came. Whoever only writes SQL can put another in the place of each.
    """
    record = claim.trade_in
    of = (claim.owner_id, claim.filing_plate_no, claim.vehicle_code)
    answers = (claim.exing_answer, claim.yunshenling_answer)
    return (
        of == (record.owner_id, record.filing_plate_no, record.vehicle_code)
        and all(answer is None or answer.trade_in_id == record.pk for answer in answers)
        and is_as_it_came(record)
    )
