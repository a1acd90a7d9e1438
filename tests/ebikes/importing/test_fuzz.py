"""Ten thousand damaged files (`make fuzz`; two hundred in every test run): no crash, no row lost, no value made up."""

import os
from itertools import pairwise
from random import Random

import pytest

from tests.ebikes.mutations import csv_rows, damaged_csv, damaged_xlsx, named, stands_in, xlsx_rows
from tests.ebikes.read import read

FILES = int(os.environ.get("FUZZ", "200"))
BLOCKS = 8
KEYS = (
    *(
        "record_no",
        "filing_plate_no",
        "owner_name",
        "id_no",
        "phone",
        "merchant_uscc",
        "agent_point_no",
        "vehicle_code",
    ),
    *(
        "deregistered_at",
        "collected_at",
        "purchased_at",
        "plated_at",
        "digital_plate_no",
        "invoice_no",
        "price_fen",
        "wallet_no",
    ),
)


def check(found, rows, seed):
    """`rows`: what stands in the file, row by row, told without the reader."""
    if found.failure:
        return
    about = [row for row in rows if named(row)]
    assert found.reading.rows >= len(about), f"{seed}: a row is lost"
    about += [one + other for one, other in pairwise(rows) if named(one + other)]  # a break within quotes
    assert found.reading.read == len(found.rows), f"{seed}: not every row that was read got a verdict"
    for row in found.rows:
        if not row.problems:
            made_up = [
                key for key in KEYS if not any(stands_in(key, row.values[key], each) for each in about)
            ]
            assert not made_up, f"{seed}: {made_up} of line {row.line}"
            of_it = [each for each in about if stands_in("record_no", row.values["record_no"], each)]
            assert any(_all_stand(row, each) for each in of_it), f"{seed}: line {row.line} is made of several"


def _all_stand(row, text):
    return all(stands_in(key, row.values[key], text) for key in KEYS)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_damage_to_a_csv_file_loses_a_row_or_makes_up_a_value(tmp_path, block):
    for seed in range(block * FILES // 2 // BLOCKS, (block + 1) * FILES // 2 // BLOCKS):
        content = damaged_csv(Random(seed))  # noqa: S311 - chance, not a secret
        found, rows = read(tmp_path / "file", content), csv_rows(content)
        if rows is not None:
            check(found, rows, f"csv {seed}")


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_damage_to_a_workbook_loses_a_row_or_makes_up_a_value(tmp_path, block):
    for seed in range(block * FILES // 2 // BLOCKS, (block + 1) * FILES // 2 // BLOCKS):
        content = damaged_xlsx(Random(seed))  # noqa: S311
        found, rows = read(tmp_path / "file", content), xlsx_rows(content)
        if rows is not None:
            check(found, rows, f"xlsx {seed}")
