"""What the operator said, as a test lays it down: the results that it comes to, with an answer that says just that."""

from collections.abc import Mapping
from uuid import uuid4

from django.utils import timezone

from ebikes.licensing.stub.answers import signed_answer
from subsidies.models import OperatorAnswer
from subsidies.payouts.judge import LineResult
from subsidies.payouts.operator import Heard, Order, Said

_STATES = {"success": "SUCCESS", "failed": "FAIL", "unknown": "INIT"}


def heard(order: Order, results: Mapping[str, LineResult]) -> Heard:
    """What asking about this order came to."""
    lines = [
        {
            "out_request_no": number,
            "state": _STATES[result.state],
            **(
                {"gmt_pay": (result.paid_at or timezone.now()).isoformat()}
                if result.state == "success"
                else {}
            ),
            **({"fail_reason": result.fail_reason} if result.state == "failed" else {}),
        }
        for number, result in results.items()
    ]
    raw, proof = signed_answer({"out_request_no": order.batch.request_no, "lines": lines})
    said = Said(OperatorAnswer.Asked.QUERIED, timezone.now(), 200, "", str(uuid4()), raw, proof)
    return Heard(results, (said,))
