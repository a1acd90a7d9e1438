"""How often a shop may ask about a person or a bike before there is a record: counted alike wherever it asks."""

from datetime import datetime, timedelta

from django.db import transaction

from core.accounts.throttle import Rule, count_attempt
from merchants.models import Merchant

PATIENCE = 2.0  # seconds: a customer is waiting
BY_SUBJECT = Rule(
    "precheck-subject", limit=10, period=timedelta(hours=1)
)  # one document, one plate, whoever asks
BY_SHOP = Rule("precheck-shop", limit=100, period=timedelta(hours=1))


def count_question(merchant: Merchant, *, id_no: str, plates: list[str], now: datetime) -> None:
    """So often is one person, one bike asked about, by whom ever; so often asks one shop. Raises TooMany."""
    with transaction.atomic():
        count_attempt(BY_SHOP, [BY_SHOP.key(str(merchant.pk))], now=now)
        subject = [BY_SUBJECT.key("person", id_no), *(BY_SUBJECT.key("plate", each) for each in plates)]
        count_attempt(BY_SUBJECT, subject, now=now)
