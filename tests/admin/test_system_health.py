"""Workers, queues and the licensing systems on the home page: alive, late or gone, and said in words."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from core.models import WorkerHeartbeat
from core.workers.celery_step import WorkerHeartbeatStep, _Clock
from core.workers.heartbeat import end_heartbeat, note_heartbeat
from ebikes.models import ImportBatch, LicensingHealth
from subsidies.overview.selectors.system_health import Condition, system_health
from tests.admin.district import logged_in
from tests.admin.test_home import page
from tests.factories import TradeInFactory, make_answer, make_claim, make_scheme, make_staff

pytestmark = pytest.mark.django_db

WORKER, CLOCK = WorkerHeartbeat.Kind.WORKER, WorkerHeartbeat.Kind.CLOCK


def beat(kind=None, *, ago=0, name="celery@desk"):
    moment = timezone.now() - timedelta(seconds=ago)
    for each in [kind] if kind else [WORKER, CLOCK]:
        note_heartbeat(kind=each, name=name, now=moment)


def condition():
    return system_health(now=timezone.now()).condition


def test_before_any_worker_ever_ran_the_top_of_the_page_says_so(client):
    html = page(client)
    assert condition() == Condition.STOPPED
    assert "没有后台进程在运行" in html
    assert html.index("后台停止") < html.index('class="tasks"')


def test_with_worker_and_clock_all_is_well(client):
    beat()
    html = page(client)
    assert condition() == Condition.WELL
    assert "后台停止" not in html
    assert "celery@desk" in html
    assert "运行中" in html


def test_a_worker_that_was_not_heard_of_lately_has_stopped(client):
    beat(CLOCK)
    beat(WORKER, ago=120)
    assert condition() == Condition.STOPPED
    assert "没有回应" in page(client)


def test_without_the_clock_nothing_is_done_by_itself(client):
    beat(WORKER)
    beat(CLOCK, ago=120)
    assert condition() == Condition.STOPPED
    assert "定时器没有运行" in page(client)


def test_one_of_two_workers_is_slow_but_not_stopped(client):
    beat()
    beat(WORKER, ago=120, name="celery@other")
    assert condition() == Condition.SLOW
    assert "后台停止" not in page(client)


def test_without_redis_the_page_says_so_and_is_no_error(client, settings):
    beat()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    html = page(client)
    assert condition() == Condition.STOPPED
    assert "无法连接" in html
    assert "消息服务无法连接" in html


def test_work_that_waits_too_long_is_slow_and_leads_to_its_rows(client):
    beat()
    make_claim(make_scheme(), state="checking")  # due in 2022
    ImportBatch.objects.create(kind="trade_ins", file_name="6月.csv", uploaded_at=timezone.now())
    found = system_health(now=timezone.now())
    assert (found.condition, found.checks.count, found.uploads.count) == (Condition.SLOW, 1, 1)
    html = page(client)
    assert "缓慢：到时待核验的申请" in html
    assert "，等候过久" in html
    assert "?state__exact=reading" in html


def test_claims_that_nobody_has_to_ask_about_are_not_due():
    make_claim(make_scheme(), state="review")
    assert system_health(now=timezone.now()).checks.count == 0


def test_the_error_rate_is_that_of_the_newest_answers(client, monkeypatch):
    monkeypatch.setattr("subsidies.overview.selectors.system_health.NEWEST", 4)
    LicensingHealth.objects.create(
        system="exing", state="closed", consecutive_failures=0, seen_at=timezone.now()
    )
    trade_in = TradeInFactory()
    for _ in range(6):
        make_answer(trade_in, "exing", plate="浙A1")
    answer = make_answer(trade_in, "exing")
    answer.pk, answer.outcome, answer.problem = None, "unknown", "timeout"
    answer.save()
    assert "最近 4 次询问，未得到答复 25.0%(1 次)" in page(client)
    assert "用词不在已知清单内" not in page(client)


def test_words_that_nobody_knows_are_counted_for_whoever_keeps_the_machinery(client):
    LicensingHealth.objects.create(
        system="exing", state="closed", consecutive_failures=0, seen_at=timezone.now()
    )
    for problem in ("unknown_word", "unknown_word", "timeout"):
        answer = make_answer(TradeInFactory(), "exing")
        answer.pk, answer.outcome, answer.problem = None, "unknown", problem
        answer.save()
    assert "其中 2 次用词不在已知清单内" in page(client)


@pytest.mark.parametrize(("role", "sees"), [("officer", True), ("sysadmin", True), ("finance", False)])
def test_it_is_shown_to_those_who_see_how_the_systems_are(role, sees):
    html = page(logged_in(make_staff(role)))
    assert ("后台与队列" in html) == sees
    assert ("后台停止" in html) == sees


# ------------------------------------------------------------------ the heartbeats themselves


def test_a_pulse_is_one_row_and_is_forgotten_after_a_day():
    now = timezone.now()
    note_heartbeat(kind=WORKER, name="old", now=now - timedelta(days=2))
    note_heartbeat(kind=WORKER, name="a", now=now)
    note_heartbeat(kind=WORKER, name="a", now=now)
    assert list(WorkerHeartbeat.objects.values_list("name", flat=True)) == ["a"]


def test_a_worker_that_is_stopped_on_purpose_is_not_missed():
    beat(WORKER)
    end_heartbeat(kind=WORKER, name="celery@desk")
    assert not WorkerHeartbeat.objects.exists()


class Timer:
    """A worker's timer that beats when it is told to."""

    def call_repeatedly(self, seconds, beat, arguments):
        self.beat = lambda: beat(*arguments)
        return self

    def cancel(self):
        self.beat = None


def test_a_worker_beats_from_its_start_to_its_end(monkeypatch):
    monkeypatch.setattr("core.workers.celery_step.connection", SimpleNamespace(close=lambda: None))
    worker = SimpleNamespace(hostname="celery@desk", timer=Timer())
    step = WorkerHeartbeatStep(worker)
    step.start(worker)
    first = WorkerHeartbeat.objects.get().seen_at
    worker.timer.beat()
    assert WorkerHeartbeat.objects.get().seen_at > first
    step.stop(worker)
    assert not WorkerHeartbeat.objects.exists()
    step.stop(worker)


def test_a_clock_beats_with_what_it_sends_but_not_with_everything(monkeypatch):
    monkeypatch.setattr("core.workers.celery_step.connection", SimpleNamespace(close=lambda: None))
    clock = _Clock()
    clock.beat()
    first = WorkerHeartbeat.objects.get(kind=CLOCK).seen_at
    clock.beat()
    assert WorkerHeartbeat.objects.get(kind=CLOCK).seen_at == first
