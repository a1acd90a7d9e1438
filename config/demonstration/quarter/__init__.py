"""Three months of a pilot, lived through day by day before the district itself begins: what finance finds as history."""

from config.demonstration.quarter.days import Quarter, live_through_a_quarter

__all__ = ["Quarter", "live_through_a_quarter"]
