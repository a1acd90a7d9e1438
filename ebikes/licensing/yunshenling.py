"""云申领: the traffic police's register of new plates, asked by plate number."""

from ebikes.licensing.answers import PlateRecord
from ebikes.licensing.registers import Dialect, PlateRegister
from ebikes.licensing.shapes import Fields, folded, id_no, moment, text, word
from ebikes.licensing.transport import OutsideSystem

STANDARD, NON_STANDARD = "标准", "非标"
KINDS = frozenset({STANDARD, NON_STANDARD})


def read_plate(fields: Fields) -> PlateRecord:
    """Read a plate. Raises TransportError (garbage, unknown word)."""
    return PlateRecord(
        plate_no=text(fields, "plate"),
        vehicle_code=folded(fields, "vehicle_code"),
        id_no=id_no(fields, "id_no"),
        plated_at=moment(fields, "plated_at"),
        vehicle_kind=word(fields, "vehicle_kind", KINDS),
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
