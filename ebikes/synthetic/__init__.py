"""A made-up district at real scale, in the format of the district packs: for the demonstration, never for a decision.

Nobody described here exists: names are drawn from short lists, numbers from a generator; that one of them belongs to a
living person can only be chance.
"""

from ebikes.synthetic.district import LATE_FILE, write_district
from ebikes.synthetic.pilot import PILOT_FEN, write_pilot
from ebikes.synthetic.supervision import write_supervision
from ebikes.synthetic.trades import Trade

__all__ = ["LATE_FILE", "PILOT_FEN", "Trade", "write_district", "write_pilot", "write_supervision"]
