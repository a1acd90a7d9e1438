"""The proof that money is never oversold, in small: and that it would see an oversell."""

import pytest

from tests.config.packs.test_packs import command, finish


def figures(said: str) -> dict[str, tuple[float, float]]:
    """The printed table: its two columns by the titles of its lines."""
    lines = [
        [cell.strip() for cell in line.strip("│").split("│")] for line in said.splitlines() if "│" in line
    ]
    return {
        title: (float(race.replace(",", "")), float(control.replace(",", "")))
        for title, race, control in lines
    }


def test_a_race_through_every_door_oversells_nothing_and_the_control_does():
    run = command("prove_no_oversell", "--workers", "4", "--rounds", "4")
    said = finish(run)

    assert run.returncode == 0, said
    found = figures(said)
    assert found["最多超发(元)"][0] == 0 < found["最多超发(元)"][1]
    assert found["获得补贴"][0] >= 3
    assert all(count > 0 for door in ("逐笔填报", "文件导入") for count in found[door])


@pytest.mark.parametrize("wrong", [("--workers", "1"), ("--rounds", "0")])
def test_one_process_alone_is_no_race(wrong):
    run = command("prove_no_oversell", *wrong)

    assert "--workers 至少为 2" in finish(run)
    assert run.returncode == 1
