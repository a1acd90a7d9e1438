"""python -m core.signing [purpose …]: fresh keys for SIGNING_KEYS. Needs no settings and no database."""

import sys

from core.signing.sm2 import PURPOSES, new_key

if __name__ == "__main__":
    print("SIGNING_KEYS=" + ",".join(map(new_key, sys.argv[1:] or PURPOSES)))  # noqa: T201
