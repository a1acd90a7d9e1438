"""The district of the staff's tests."""

from tests.admin.district import District
from tests.laid import laid


@laid
def district():
    return District()
