"""A file of filed bikes keeps the register: what it changes of a known bike is said before, and nothing is emptied."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from ebikes.importing.pipeline import confirm_batch, read_file
from ebikes.importing.report import noted, verdict_rows
from ebikes.models import FiledBike
from tests.ebikes.files import as_csv, valid_id
from tests.factories import NOW

pytestmark = pytest.mark.django_db

BIKE = {
    "备案号牌": "杭A000001",
    "备案日期": "2018-06-01",
    "车架号": "F1",
    "电机号": "M1",
    "品牌": "雅迪",
    "车主姓名": "王小芳",
    "证件号码": valid_id(),
    "手机号": "13812345678",
    "街道": "湖墅",
}


@pytest.fixture
def preview(tmp_path):
    def read(*rows):
        path = tmp_path / "bikes.csv"
        path.write_bytes(as_csv(list(rows)))
        return read_file(path, kind="filed_bikes", by=None, now=NOW, progress=lambda part: None)

    return read


@pytest.fixture
def known(preview):
    """BIKE, as it is known."""
    confirm_batch(batch=preview(BIKE), by=None, now=NOW)
    return FiledBike.objects.get()


def told(batch):
    return [(verdict, why) for _line, _plate, verdict, why in verdict_rows(batch)]


def test_of_a_new_bike_there_is_nothing_to_say(preview):
    batch = preview(BIKE)
    assert told(batch) == [("接受", "")]
    assert not noted(batch).exists()


def test_what_changes_of_a_known_bike_is_said_before_it_does(preview, known):
    batch = preview(BIKE | {"备案日期": "2018-07-01", "证件号码": valid_id(), "手机号": "13912345678"})
    assert told(batch) == [("接受", "将更新已有的记录：车主、备案日期、手机号")]
    assert noted(batch).count() == 1
    before = known.owner_id
    known.refresh_from_db()
    assert (str(known.filed_on), known.owner_id) == ("2018-06-01", before)
    confirm_batch(batch=batch, by=None, now=NOW)
    known.refresh_from_db()
    assert (str(known.filed_on), known.phone) == ("2018-07-01", "+8613912345678")
    assert known.owner_id != before


def test_an_empty_cell_empties_nothing(preview, known):
    batch = preview(
        BIKE | dict.fromkeys(("车架号", "电机号", "品牌", "手机号", "街道"), "") | {"备案日期": "2018-07-01"}
    )
    assert told(batch) == [("接受", "将更新已有的记录：备案日期")]
    confirm_batch(batch=batch, by=None, now=NOW)
    bike = FiledBike.objects.get()
    assert (bike.frame_no, bike.motor_no, bike.brand, bike.subdistrict) == ("F1", "M1", "雅迪", "湖墅")
    assert (bike.phone, bike.phone_index) == (known.phone, known.phone_index)


def test_nothing_is_filed_in_the_future(preview):
    tomorrow = localdate() + timedelta(days=1)
    batch = preview(BIKE | {"备案日期": str(tomorrow)}, BIKE | {"备案日期": str(localdate())})
    assert told(batch) == [("拒绝", f"“备案日期”{tomorrow} 在将来，请核对"), ("接受", "")]


@pytest.mark.parametrize("plate", ["=1+1", "杭A<b>1", "杭A00001;"])
def test_a_plate_is_made_of_what_plates_are_made_of(preview, plate):
    ((verdict, why),) = told(preview(BIKE | {"备案号牌": plate}))
    assert verdict == "拒绝"
    assert "没有的字符" in why


def test_a_file_without_a_row_is_no_file_to_confirm(tmp_path):
    path = tmp_path / "bikes.csv"
    path.write_bytes(as_csv([BIKE]).splitlines(keepends=True)[0])
    batch = read_file(path, kind="filed_bikes", by=None, now=NOW, progress=lambda part: None)
    assert (batch.state, batch.failure) == ("failed", "文件里只有列名，没有一行数据")
