"""The project as a whole: settings, URLs, Celery, the servers of a fresh machine, and the commands that span all apps."""

import gc

# From here on thousands of functions and classes are made, and none of them is garbage: to look after every 700 objects,
# as Python does, costs each start a tenth of its time, and later each page some.
gc.set_threshold(100_000, 50, 100)

from config.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
