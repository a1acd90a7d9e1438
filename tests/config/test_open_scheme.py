"""A scheme is set up from a file, once; what is wrong with the file is one line."""

import json

import pytest
from django.core.management import CommandError, call_command

from ebikes.synthetic import write_district
from subsidies.models import Scheme
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    write_district(tmp_path, bikes=1000, trade_ins=300)
    return tmp_path / "scheme.json"


def test_a_scheme_is_set_up_with_its_stages_and_its_first_money(file, capsys):
    officer = UserFactory(username="officer")
    call_command("open_scheme", str(file), "--by", "officer")
    scheme = Scheme.objects.get()
    assert (scheme.stages.count(), scheme.funded_fen) == (3, 82_800_000)
    assert scheme.policies.get().created_by == officer
    assert "3 个阶段，资金 828,000 元" in capsys.readouterr().out


def test_the_same_scheme_is_not_set_up_twice(file):
    call_command("open_scheme", str(file))
    with pytest.raises(CommandError, match="不是有效的方案"):
        call_command("open_scheme", str(file))
    assert Scheme.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stages": "none"}, "不是有效的方案"),
        ({"budget_fen": -1}, "不是有效的方案"),
        ({"timezone": "UTC"}, "不是有效的方案"),
    ],
)
def test_a_file_that_says_nonsense_sets_nothing_up(file, wrong, said):
    file.write_text(json.dumps(json.loads(file.read_text()) | wrong))
    with pytest.raises(CommandError, match=said):
        call_command("open_scheme", str(file))
    assert not Scheme.objects.exists()


def test_a_file_that_is_not_there_and_somebody_who_is_not_there_are_said(tmp_path, file):
    with pytest.raises(CommandError, match="没有方案文件"):
        call_command("open_scheme", str(tmp_path / "none.json"))
    with pytest.raises(CommandError, match="没有这个用户：nobody"):
        call_command("open_scheme", str(file), "--by", "nobody")
    assert not Scheme.objects.exists()
