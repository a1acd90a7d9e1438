"""浙江e行在线: the market regulator's register of filed bikes, asked by filing plate."""

from ebikes.licensing.answers import ExingRecord
from ebikes.licensing.registers import Dialect, PlateRegister
from ebikes.licensing.shapes import Fields, id_no, optional_moment, optional_text, text
from ebikes.licensing.transport import OutsideSystem


def read_filing(fields: Fields) -> ExingRecord:
    """Read a filing. Raises TransportError (garbage)."""
    return ExingRecord(
        filing_plate_no=text(fields, "plate"),
        id_no=id_no(fields, "id_no"),
        status=text(fields, "status", longest=32),
        deregistered_at=optional_moment(fields, "deregistered_at"),
        collected_at=optional_moment(fields, "collected_at"),
        agent_point_no=optional_text(fields, "agent_point_no"),
    )


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
