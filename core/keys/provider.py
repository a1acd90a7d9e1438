"""The one door through which keys are read. Whoever needs a key asks `key_text`, and parses what it says.

`KEY_PROVIDER` names the way: the environment or a file beside it (`config/settings.py` reads both), or an adapter of an
office's own: a callable that takes the name of a setting and returns its text (ADR 32 shows one for PKCS#11).
"""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

KeyProvider = Callable[[str], str]  # the name of a setting → its text, in clear


def configured(name: str) -> str:
    """The key as the environment or its file says it. Raises ImproperlyConfigured where it is not there."""
    text: str = getattr(settings, name, "")
    if not text:
        raise ImproperlyConfigured(f"{name} is empty")
    return text


@cache
def _provider(path: str) -> KeyProvider:
    provider: KeyProvider = import_string(path)
    return provider


def key_text(name: str) -> str:
    """The text of one setting that holds keys, from wherever `KEY_PROVIDER` has it. Raises ImproperlyConfigured."""
    return _provider(settings.KEY_PROVIDER)(name)
