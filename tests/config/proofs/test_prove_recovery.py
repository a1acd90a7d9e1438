"""The proof that nothing is lost or paid twice when everything falls, in small."""

import pytest
from django.core.management import CommandError, call_command

from config.proofs.recovery import Outcome
from tests.config.packs.test_packs import command, finish


def test_a_district_under_fire_comes_to_the_same_as_one_left_in_peace():
    run = command("prove_recovery", "--kills", "7", "--trade-ins", "150")
    said = finish(run)

    assert run.returncode == 0, said
    assert "证明成立：破坏 7 次" in said
    assert "恢复后先停止" in said


@pytest.mark.parametrize("wrong", [("--kills", "0"), ("--trade-ins", "5")])
def test_a_proof_of_nothing_is_refused(wrong):
    with pytest.raises(CommandError, match="--kills 至少为 1"):
        call_command("prove_recovery", *wrong)


def outcome(**other: object) -> Outcome:
    book = {"payments": 1, "paid_fen": 30000, "duplicates": []}
    usual = {"decisions": "B1,settled", "states": {"B1": "paid"}, "rows": {"accepted": 1}, "unanswered": 0}
    return Outcome(**{**usual, "faults": (), "paid_fen": 30000, "book": book, **other})


@pytest.mark.parametrize(
    "wrong",
    [
        {"book": {"payments": 2, "paid_fen": 60000, "duplicates": ["A"]}},
        {"book": {"payments": 1, "paid_fen": 20000, "duplicates": []}},
        {"book": {"payments": 0, "paid_fen": 0, "duplicates": []}},
        {"faults": ("第 3 行账目缺失",)},
        {"unanswered": 1},
    ],
    ids=["paid twice", "paid another sum", "never paid", "a broken ledger", "somebody without an answer"],
)
def test_the_proof_sees_books_that_do_not_balance(wrong):
    assert outcome().sound()
    assert not outcome(**wrong).sound()


@pytest.mark.parametrize(
    "other",
    [{"decisions": "B1,waitlisted"}, {"states": {"B1": "settled"}}, {"rows": {"refused": 1}}],
    ids=["another decision", "another state", "another verdict"],
)
def test_the_proof_sees_a_record_that_met_another_fate(other):
    assert not outcome().same_as(outcome(**other))
