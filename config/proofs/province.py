"""Four cities of a province race for the same old bikes, while workers, the register and its answers fall; and the same
without a register.

Each city has a database and workers of its own, killed and started again; the register is a web server, killed, too, and
once restored from a backup. What is said of it in the end is counted in the cities' own books.
"""

import csv
import multiprocessing
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from rich.console import Console

from config.local.background import LocalProcesses
from config.local.progress import Steps, Update
from config.local.scratch import copy_database, drop_database, inside, scratch_database
from config.packs.load import import_file, load_registers, load_scheme
from config.packs.logins import make_staff, scheme_makers
from config.packs.run import operator_book
from config.proofs.city import Province, be_city, be_register
from config.proofs.race import Row, rows_of
from core.database.owner import as_owner
from core.signing.sm2 import new_key
from ebikes.importing.layouts import LAYOUTS
from ebikes.models import ImportBatch
from ebikes.synthetic import write_district
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, LockQuestion, Scheme
from subsidies.states import ClaimState
