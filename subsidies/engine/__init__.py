"""What the scheme decides, in plain Python: no Django, no database, no clock. Money in fen, times aware.

`checks` says whether one trade-in is eligible and what it earns; `queue` says who gets the money. The second has a
set-based twin in `subsidies/allocation/walk.py`, which the tests hold to it.
"""
