"""What an office may set is explained where it looks, and reaches the system that compose starts."""

import re
from pathlib import Path

import pytest
from django.conf import settings

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
