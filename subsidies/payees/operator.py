"""The operator is asked whose a wallet, or a phone's wallet, is: at most 500 in one request."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ebikes.licensing.ask import outside
from ebikes.licensing.errors import garbage
from ebikes.licensing.transport import Reply
from subsidies.claims.selectors.payee import Payee
from subsidies.models import PayeeCheck

MOST = 500
NOT_ASKED = "-"
RESULTS = {result.value.upper(): result for result in PayeeCheck.Result}


@dataclass(frozen=True, slots=True)
class Asked:
    """A payee and the name that its wallet should bear; `claim`: whose it is."""

    claim: int
    payee: Payee = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Names:
    """What was said, by claim; who was not spoken of is missing. `request_id`: the question's, at the operator."""

    results: Mapping[int, PayeeCheck.Result]
    request_id: str


def ask_names(asked: Sequence[Asked]) -> Names:
    """Whether each payee bears the name. Raises nothing for what happens outside: silence is no answer.

    A masked name, or none, is borne by nobody's wallet: a person looks, and the operator is not asked.
    """
    whole = [each for each in asked if each.name.strip() and "*" not in each.name]
    said = asyncio.run(_ask(whole)) if whole else Names({}, NOT_ASKED)
    half = {each.claim for each in asked} - {each.claim for each in whole}
    return Names({**said.results, **dict.fromkeys(half, PayeeCheck.Result.MISMATCH)}, said.request_id)


async def _ask(asked: Sequence[Asked]) -> Names:
    async with outside("ecny") as operator:
        reply = await operator.post_json(
            "/ecny/payees/query",
            {"payees": [_told(number, each) for number, each in enumerate(asked)]},
            idempotent=True,
            read=_read,
        )
    said: Mapping[str, PayeeCheck.Result] = reply.value if reply.problem is None else {}
    results = {each.claim: said[str(number)] for number, each in enumerate(asked) if str(number) in said}
    return Names(results, reply.request_id)


def _told(number: int, each: Asked) -> dict[str, str]:
    payee = each.payee
    address = {"payee_wallet_id": payee.wallet_no} if payee.wallet_no else {"payee_phone": payee.phone or ""}
    return {"payee_no": str(number), **address, "payee_name": each.name}


def _read(reply: Reply) -> Mapping[str, PayeeCheck.Result]:
    """By the number of each payee; a word that is not known says nothing of that one. Raises garbage."""
    try:
        told = [(each["payee_no"], each["result"]) for each in reply.body["results"]]
    except (KeyError, TypeError) as error:
        raise garbage() from error
    if len({number for number, _word in told}) < len(told):
        raise garbage()
    return {number: RESULTS[word] for number, word in told if isinstance(word, str) and word in RESULTS}
