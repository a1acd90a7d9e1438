"""The website's own role, for as long as a request of the tests is answered: pages read what their reader's districts hold.

What a test itself reads and lays is a worker's, in every district. Set past Django, so that no test counts it.
"""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse
from psycopg.pq import TransactionStatus

AS_WEBSITE = "SELECT set_config('role', 'ebike_app', false), set_config('row_security', 'on', false)"
AS_WORKER = "SELECT set_config('role', 'ebike_worker', false), set_config('row_security', 'off', false)"


class WebsiteMiddleware:
    """As the first of all, around the whole request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        become(AS_WEBSITE)
        try:
            return self.get_response(request)
        finally:
            become(AS_WORKER)


def become(who: str) -> None:
    """Say it to the server, unless the transaction is lost: what was said in it is taken back with it."""
    connection.ensure_connection()
    if connection.connection.info.transaction_status != TransactionStatus.INERROR:
        connection.connection.execute(who)
