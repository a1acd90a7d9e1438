"""What a person sees of a batch before it is released, as one digest: who gets how much, under which number."""

from core.signing.sm3 import sm3
from subsidies.models import PayoutBatch


def digest_of_lines(batch: PayoutBatch) -> str:
    """64 hex digits (SM3) over number, amount in fen and payee of every payment, in their order."""
    lines = batch.lines.order_by("pk").values_list("request_no", "amount_fen", "payee_index")
    return sm3(*(f"{no} {fen} {bytes(payee or b'').hex()}\n".encode() for no, fen, payee in lines)).hex()
