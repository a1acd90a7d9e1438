"""How many examples a property of the services is tried with: few in every run, as many as told in a longer look."""

import os

LONGER = "MODEL_EXAMPLES" in os.environ


def examples(usual: int) -> int:
    """So many as MODEL_EXAMPLES says; without it `usual`."""
    return int(os.environ.get("MODEL_EXAMPLES", usual))
