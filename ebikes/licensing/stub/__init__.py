"""A stand-in for the systems outside, run as a process of its own: `manage.py stub_licensing`."""
