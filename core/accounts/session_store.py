"""Where sessions are kept: Django's rows, with whose they are, and under a digest of the key."""

import hashlib
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from core.models import Session
from core.shanghai import moment_of

BEGUN, SEEN, DEVICE, BROWSER, ADDRESS = "begun_at", "seen_at", "device", "browser", "address"
UNDER = "under"


def digest(key: str | None) -> str:
    """Under what a session's row stands: who reads the table learns no key."""
    return hashlib.sha256((key or "").encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """The columns of a row say again what the session's data say, for lists and for the triggers."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        rows = Session.objects.filter(session_key=digest(self.session_key), expire_date__gt=timezone.now())
        found = rows.first()
        if found is None:
            self._session_key = None
        return found

    def load(self) -> dict[str, Any]:
        """What is signed of a session says under which key: copied to a key of one's own it is nobody's."""
        data: dict[str, Any] = super().load()
        if data and data.pop(UNDER, None) != digest(self.session_key):
            self._session_key = None
            return {}
        return data

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=digest(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(session_key=digest(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = Session(
            session_key=digest(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode({**data, UNDER: digest(self.session_key)}),
            expire_date=self.get_expiry_date(),
        )
        if SESSION_KEY in data:
            now = timezone.now()
            row.user_id = int(data[SESSION_KEY])
            row.begun_at = _moment(data.get(BEGUN)) or now
            row.seen_at = _moment(data.get(SEEN)) or row.begun_at
            row.device_id, row.browser = data.get(DEVICE), data.get(BROWSER, "")
            row.address = data.get(ADDRESS) or None
        return row

    def save(self, must_create: bool = False) -> None:
        """A session that was ended while its last page was made is not kept; the page goes out, the next asks who it is."""
        try:
            super().save(must_create)
        except UpdateError:
            if must_create:
                raise


def _moment(stamp: float | None) -> datetime | None:
    return None if stamp is None else moment_of(stamp)
