"""What was typed into a form that was sent after the session had ended: kept, sealed, until that person is logged in again.

It rests in the session of the browser that sent it, for an hour. A form that comes back this way bears `RESUMED`: whatever
shows forms shows it filled in, and does nothing. Files and passwords are not kept.
"""

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.http.request import QueryDict

from core.models import User
from core.privacy.sealing import UnreadableSecret, seal, unseal
from core.shanghai import moment_of

RESUMED = "resumed"
_KEY, _CONTEXT = "typed", "core.typed"
_LASTS = timedelta(hours=1)
_MOST = 200_000  # characters
_NEVER = ("password", "csrfmiddlewaretoken", RESUMED)


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: by whom, to which address, its fields in order, and the names of those with files."""

    person: int
    path: str
    fields: list[tuple[str, str]]
    files: list[str]
    at: float


def typed_in(request: HttpRequest, person: User, *, now: datetime) -> Typed | None:
    """What is worth keeping of a request; None of a fragment, of nothing typed, of a password, and of too much."""
    names = [name for name in request.POST if name not in _NEVER]
    if "HX-Request" in request.headers or not names or any("password" in name for name in names):
        return None
    fields = [(name, value) for name in names for value in request.POST.getlist(name)]
    if sum(len(name) + len(value) for name, value in fields) > _MOST:
        return None
    files = [name for name, sent in request.FILES.items() if sent]
    return Typed(person.pk, request.get_full_path(), fields, files, now.timestamp())


def keep(session: SessionBase, typed: Typed) -> None:
    """Lay it into the session of whoever is to log in again."""
    sealed = seal(json.dumps(asdict(typed)), context=_CONTEXT)
    session[_KEY] = base64.b64encode(sealed).decode()


def kept(session: SessionBase, person: User, *, now: datetime) -> Typed | None:
    """What this person had typed; None of anybody else's, and after an hour."""
    try:
        told = json.loads(unseal(base64.b64decode(session[_KEY]), context=_CONTEXT))
    except (KeyError, ValueError, UnreadableSecret):
        return None
    typed = Typed(**{**told, "fields": [(name, value) for name, value in told["fields"]]})
    theirs = typed.person == person.pk and now - moment_of(typed.at) < _LASTS
    return typed if theirs else None


def forget(session: SessionBase) -> None:
    """It came back, or is not wanted."""
    session.pop(_KEY, None)


def is_resumed(request: HttpRequest) -> bool:
    """Whether a form came back after a log-in: it is shown as it was filled in, and nothing is done."""
    sent: QueryDict = request.POST
    return RESUMED in sent
