"""浙江e行在线: the market regulator's register of filed bikes, asked by filing plate."""

from ebikes.licensing.answers import ExingRecord
from ebikes.licensing.errors import contradiction
from ebikes.licensing.registers import Dialect, PlateRegister
from ebikes.licensing.shapes import Fields, id_no, optional_moment, optional_text, text, word
from ebikes.licensing.transport import OutsideSystem

ON_FILE, DEREGISTERED = "有效", "已注销"
STATUSES = frozenset({ON_FILE, DEREGISTERED})


def read_filing(fields: Fields) -> ExingRecord:
    """Read a filing. Raises TransportError: garbage, unknown word, or contradiction: on file, and a time of leaving it."""
    filing = ExingRecord(
        filing_plate_no=text(fields, "plate"),
        id_no=id_no(fields, "id_no"),
        status=word(fields, "status", STATUSES),
        deregistered_at=optional_moment(fields, "deregistered_at"),
        collected_at=optional_moment(fields, "collected_at"),
        agent_point_no=optional_text(fields, "agent_point_no"),
    )
    if filing.status == ON_FILE and filing.deregistered_at is not None:
        raise contradiction()
    return filing


DIALECT = Dialect(
    name="exing",
    version="exing/1",
    query_path="/exing/filings/query",
    batch_path="/exing/filings/batch",
    read=read_filing,
)


def exing(system: OutsideSystem) -> PlateRegister[ExingRecord]:
    """The e行在线 adapter over an open connection."""
    return PlateRegister(DIALECT, system)
