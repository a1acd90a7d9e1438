"""What an office may set is explained where it looks, and reaches the system that compose starts."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver, resolve, reverse

from config.servers import postgres as embedded

HERE = Path(settings.BASE_DIR)
OF_THE_IMAGE = {
    "PRODUCTION",
    "DEBUG",
    "MEDIA_ROOT",
    "RARE_FONT",
}  # set by the Dockerfile, or never outside a developer's machine


def settable():
    """The names that the settings take from the environment."""
    text = (HERE / "config" / "settings.py").read_text()
    return {*re.findall(r'(?:env(?:\.\w+)?|secret)\(\s*"([A-Z_]+)"', text)} - OF_THE_IMAGE


def explained():
    return {*re.findall(r"^#?([A-Z_]+)=", (HERE / ".env.example").read_text(), re.MULTILINE)}


def passed_on():
    """What compose gives to every container of the application."""
    (shared,) = re.findall(
        r"^  environment: &settings\n((?:    .*\n)+)", (HERE / "docker-compose.yml").read_text(), re.MULTILINE
    )
    return {*re.findall(r"^    ([A-Z_]+):", shared, re.MULTILINE)}


def test_every_kind_of_setting_is_found():
    assert {"SECRET_KEY", "EMAIL_URL", "SIGNAL_SECONDS", "OUTSIDE_TIMEOUT"} <= settable()


@pytest.mark.parametrize("places", [explained, passed_on], ids=["in .env.example", "by compose"])
def test_no_setting_is_forgotten(places):
    assert settable() - places() == set()


def services():
    """Each service of compose with its lines."""
    text = (HERE / "docker-compose.yml").read_text().split("\nservices:\n")[1].split("\nvolumes:\n")[0]
    return re.findall(r"^  (\w+):(?:.*)\n((?:    .*\n|\n)+)", text + "\n", re.MULTILINE)


def test_every_service_has_a_limit_of_its_memory():
    assert {name for name, _lines in services()} >= {
        "proxy",
        "web",
        "worker",
        "reader",
        "beat",
        "postgres",
        "redis",
    }
    assert [name for name, lines in services() if "mem_limit:" not in lines] == []


def test_only_the_proxy_is_reached_from_outside():
    assert [name for name, lines in services() if "ports:" in lines] == ["proxy"]


def test_the_database_writes_nothing_of_a_statement_that_failed():
    (postgres,) = (lines for name, lines in services() if name == "postgres")
    for setting, value in embedded.SETTINGS.items():
        if setting.startswith("log_") and setting != "log_min_messages":
            assert f"-c{setting}={value}" in postgres
    assert embedded.SETTINGS["log_min_error_statement"] == "panic"


def test_the_proxy_takes_large_bodies_where_the_site_takes_files_and_nowhere_else():
    """The addresses of the views that declare files (core/bodies.py), each in a place of its own in the proxy."""
    conf = (HERE / "proxy" / "nginx.conf").read_text()
    places = re.findall(r"location (~|=)? ?(\S+) \{\s+client_max_body_size (\d+)m", conf)
    assert "client_max_body_size 1m;" in conf
    samples = {
        **{name: reverse(name) for name in ("imports", "letter-post", "staff-statement-upload")},
        "claim-photo": reverse("claim-photo", args=[1]),
        "claim-answer": reverse("claim-answer", args=[1]),
        "staff-paper": reverse("staff-paper", args=[1]),
        "draft": reverse("draft", args=[1, "owner"]),
        "draft-new": reverse("draft-new"),
        **{name: reverse(name, args=[1]) for name in ("staff-visit", "staff-lot-report-new")},
        **{name: reverse(name) for name in ("staff-figure-new", "staff-template-new")},
        "merchants_publicity_add": reverse("admin:merchants_publicity_add"),
        "merchants_publicity_change": reverse("admin:merchants_publicity_change", args=[1]),
    }

    def large(path):
        return any(re.search(place, path) if kind == "~" else place == path for kind, place, _most in places)

    takes = {name for name, path in samples.items() if hasattr(resolve(path).func, "takes_files")}
    assert takes == set(samples)
    assert all(large(path) for path in samples.values())
    assert not any(large(reverse(name)) for name in ("home", "login", "precheck", "admin:index", "portal"))


def test_no_other_view_takes_files():
    def views(resolver):
        for each in resolver.url_patterns:
            yield from views(each) if hasattr(each, "url_patterns") else [each]

    taking = {each.name for each in views(get_resolver()) if hasattr(each.callback, "takes_files")}
    assert taking == {
        *(
            "imports",
            "letter-post",
            "staff-statement-upload",
            "claim-photo",
            "draft",
            "draft-new",
            "staff-case-note",
        ),
        *("staff-visit", "staff-lot-report-new"),
        *("staff-figure-new", "staff-template-new", "merchants_publicity_add", "merchants_publicity_change"),
        *("claim-answer", "staff-paper"),
    }
