"""云申领: the traffic police's register of new plates, asked by plate number."""

from ebikes.licensing.answers import PlateRecord
from ebikes.licensing.registers import Dialect, PlateRegister
from ebikes.licensing.shapes import Fields, id_no, moment, text
from ebikes.licensing.transport import OutsideSystem


def read_plate(fields: Fields) -> PlateRecord:
    """Read a plate. Raises TransportError (garbage)."""
    return PlateRecord(
        plate_no=text(fields, "plate"),
        vehicle_code=text(fields, "vehicle_code", longest=32),
        id_no=id_no(fields, "id_no"),
        plated_at=moment(fields, "plated_at"),
        vehicle_kind=text(fields, "vehicle_kind", longest=32),
    )


DIALECT = Dialect(
    name="yunshenling",
    version="yunshenling/1",
    query_path="/yunshenling/plates/query",
    batch_path="/yunshenling/plates/batch",
    read=read_plate,
)


def yunshenling(system: OutsideSystem) -> PlateRegister[PlateRecord]:
    """The 云申领 adapter over an open connection."""
    return PlateRegister(DIALECT, system)
