"""The proof that a bike is subsidised once in the whole province, in small; and that it would see a double."""

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from config.proofs.province import Finish
from tests.config.packs.test_packs import command, finish


def test_two_cities_that_race_under_fire_pay_no_bike_twice_and_without_the_register_they_do():
    run = command("prove_cells", "--cities", "2", "--records", "24", "--kills", "6")
    said = finish(run)

    assert run.returncode == 0, said
    assert "证明成立：破坏" in said
    assert "重复补贴 0" in said


@pytest.mark.parametrize("wrong", [("--records", "5"), ("--kills", "0"), ("--cities", "1")])
def test_a_proof_of_nothing_is_refused(wrong):
    with pytest.raises(CommandError, match="--records 至少为 20"):
        call_command("prove_cells", *wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"doubles": 1}, {"left_out": 1}, {"faults": ("第 3 行账目缺失",)}, {"payments": 2}],
    ids=["paid twice", "left out", "a broken ledger", "a payment that nobody ordered"],
)
def test_the_proof_sees_what_is_wrong(wrong):
    sound = Finish(
        claims=2, in_two=1, paid=1, elsewhere=1, doubles=0, left_out=0, faults=(), payments=1, fallen={}
    )
    assert sound.sound()
    assert not replace(sound, **wrong).sound()
