"""Evidence, history and policy are only ever added to, whoever asks the database otherwise."""

import pytest
from django.db import connection

from ebikes.models import LicensingAnswer
from subsidies.models import Claim, ClaimEvent, EligibilityCheck, PolicyVersion
from tests.console import refused
from tests.factories import NOW, make_answer, make_claim, make_scheme

pytestmark = pytest.mark.django_db


def something_in_every_table():
    claim = make_claim(make_scheme())
    exing, yunshenling = (make_answer(claim.trade_in, system) for system in ("exing", "yunshenling"))
    EligibilityCheck.objects.create(
        claim=claim,
        results={},
        exing_answer=exing,
        yunshenling_answer=yunshenling,
        policy=claim.policy,
        completed_at=claim.completed_at,
        completed_by=claim.completed_by,
        checked_at=NOW,
    )
    connection.check_constraints()  # so that nothing but the guard stands in the way of TRUNCATE


@pytest.mark.parametrize("model", [LicensingAnswer, ClaimEvent, EligibilityCheck, PolicyVersion])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_evidence_is_only_ever_added_to(model, statement):
    something_in_every_table()
    before = model.objects.count()
    assert before > 0
    refused(statement.format(model._meta.db_table), because="only ever added")
    assert model.objects.count() == before


@pytest.mark.parametrize("statement", ["DELETE FROM subsidies_claim", "TRUNCATE subsidies_claim CASCADE"])
def test_a_claim_is_never_deleted(statement):
    something_in_every_table()
    refused(statement, because="only ever added")
    assert Claim.objects.count() == 1
