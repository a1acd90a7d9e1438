"""The district of the staff's tests."""

import pytest

from tests.admin.district import District


@pytest.fixture
def district():
    return District()
