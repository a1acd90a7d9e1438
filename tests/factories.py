"""A named cast and the things they own. Every person, plate and number is made up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import factory
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Max
from django.utils import timezone
from factory.django import DjangoModelFactory

from core.accounts.roles import OF_THE_INSTALLATION, ROLES, Role
from core.audit.acting import acting
from core.database.owner import owning
from core.decisions import mark
from core.models import RightsChange, SecondFactor, User
from core.privacy.sealing import blind_index
from core.rights import services
from core.rights.first import EVERYTHING, lay_roles
from ebikes.importing.content import trade_in_index
from ebikes.models import FiledBike, LicensingAnswer, Owner, TradeIn
from ebikes.records.persons import name_index, number_index, person_index
from merchants.models import AgentAuthorization, AgentPoint, Invitation, Membership, Merchant
from merchants.supervision.models.inspection import ITEMS, Finding
from merchants.team.invitations import confirm, invite
from subsidies.engine.stages import StageTerms
from subsidies.marked import CHECKED
from subsidies.models import Claim, PolicyVersion, Scheme
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import approve_change, propose_change
from subsidies.schemes.services.create import fund, open_scheme
from subsidies.schemes.services.steps import confirm_step, propose_step
from subsidies.schemes.states import StepKind
from subsidies.states import MOVES, PENDING, ClaimState

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2022, 9, 20, 1, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
JUNE, JULY, AUGUST = 1, 2, 3
PAYER = {"payer_wallet": "0021000000000001", "payer_name": "拱墅区商务局"}
GONGSHU = 330105  # the district of all that no test says otherwise of
DECIDES = "decides"  # a role of the tests alone, of `UserFactory` (tests/conftest.py)
# Laid by the owner, in one message to the server: most tests begin with several people.
MAY_DECIDE = """
    SELECT set_config('tests.was', current_user, false);
    SET ROLE ebike_owner;
    INSERT INTO core_user_groups (user_id, group_id) SELECT %s, id FROM auth_group WHERE name = %s;
    SELECT set_config('role', current_setting('tests.was'), false);
"""


def local(text: str) -> datetime:
    """`2022-06-30 23:59:59` as that moment in Asia/Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    district_id = GONGSHU

    @classmethod
    def _create(cls, model_class, *args, **told):
        """Staff are laid by the owner: how they come to be is told in tests/core/rights.

        Whoever is not of the staff may decide about money, and nothing else: where who it is does not matter.
        """
        if told.get("is_staff") or told.get("is_superuser"):
            with owning():
                user = super()._create(model_class, *args, **told)
                if told.get("is_superuser"):
                    lay_roles(user, [EVERYTHING], at=LONG_AGO)
                return user
        user = super()._create(model_class, *args, **told)
        with connection.cursor() as cursor:
            cursor.execute(MAY_DECIDE, [user.pk, DECIDES])
        return user


class MerchantFactory(DjangoModelFactory[Merchant]):
    class Meta:
        model = Merchant

    uscc = factory.Sequence(lambda n: f"91330105{n:010d}")
    name = factory.Sequence(lambda n: f"湖墅{n}号店")
    trade_in_enabled_on = date(2022, 3, 1)


class AgentPointFactory(DjangoModelFactory[AgentPoint]):
    class Meta:
        model = AgentPoint
        skip_postgeneration_save = True

    point_no = factory.Sequence(lambda n: f"GS-DB-{n:04d}")
    merchant = factory.SubFactory(MerchantFactory)

    @factory.post_generation
    def authorised(self: AgentPoint, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if extracted is not False:
            AgentAuthorization.objects.create(agent_point=self, starts_on=date(2022, 5, 1))


class OwnerFactory(DjangoModelFactory[Owner]):
    class Meta:
        model = Owner

    id_kind = "居民身份证"
    id_no = factory.Sequence(lambda n: f"33010519900101{n:04d}")
    id_index = factory.LazyAttribute(lambda o: person_index(o.id_kind, number_index(o.id_no), name=o.name))
    number_index = factory.LazyAttribute(lambda o: number_index(o.id_no))
    name = "王小芳"
    name_index = factory.LazyAttribute(lambda o: name_index(o.name))


class FiledBikeFactory(DjangoModelFactory[FiledBike]):
    class Meta:
        model = FiledBike

    @classmethod
    def _create(cls, model_class, *args, **told):
        with acting("confirm_import", by=None, now=NOW):
            return super()._create(model_class, *args, **told)

    filing_plate_no = factory.Sequence(lambda n: f"杭A{n:06d}")
    filed_on = date(2018, 6, 1)
    owner = factory.SubFactory(OwnerFactory)
    content_index = b"\0" * 16


class TradeInFactory(DjangoModelFactory[TradeIn]):
    """A clean trade-in: retired, bought and plated on the morning of `day`."""

    class Meta:
        model = TradeIn

    class Params:
        day = date(2022, 6, 10)

    record_no = factory.Sequence(lambda n: f"TH2022{n:08d}")
    filing_plate_no = factory.Sequence(lambda n: f"杭B{n:06d}")
    owner = factory.SubFactory(OwnerFactory)
    owner_name = "王小芳"
    name_index = factory.LazyAttribute(lambda o: name_index(o.owner_name))
    phone = factory.Sequence(lambda n: f"+86138{n:08d}")
    phone_index = factory.LazyAttribute(lambda o: blind_index(o.phone, context="phone") if o.phone else None)
    wallet_no: str | None = None
    wallet_index = factory.LazyAttribute(
        lambda o: blind_index(o.wallet_no, context="wallet_no") if o.wallet_no else None
    )
    agent_point = factory.SubFactory(AgentPointFactory)
    merchant = factory.SelfAttribute("agent_point.merchant")
    deregistered_at = factory.LazyAttribute(lambda o: _morning(o.day, 9))
    collected_at = factory.LazyAttribute(lambda o: _morning(o.day, 10))
    purchased_at = factory.LazyAttribute(lambda o: _morning(o.day, 11))
    plated_at = factory.LazyAttribute(lambda o: _morning(o.day, 12))
    vehicle_code = factory.Sequence(lambda n: f"1234222{n:08d}")
    digital_plate_no = factory.Sequence(lambda n: f"浙A{n:06d}")
    content_index = factory.LazyAttribute(lambda o: trade_in_index(TradeIn(**_said(o))))
    received_at = NOW


def _said(built: Any) -> dict[str, Any]:
    names = {field.name for field in TradeIn._meta.concrete_fields} - {"id", "content_index"}
    return {name: value for name in names if (value := getattr(built, name, None)) is not None}


def _morning(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


_scheme_numbers = count(1)


def answered(**others: str) -> dict[str, str]:
    """Every head of an inspection, found sound but for `others`."""
    return {**dict.fromkeys(ITEMS, Finding.OK), **others}


def make_scheme(
    *,
    year: int = 2022,
    budget_fen: int = 10_000_000,
    caps: tuple[int | None, ...] = (None, None, None),
    **policy: object,
) -> Scheme:
    """A scheme with three stages of one year: 300, 200 and 100 yuan for June, July and August. No two share a year."""
    plan = make_plan(year=year, budget_fen=budget_fen, caps=caps, **policy)
    return open_scheme(plan, by=UserFactory(), approved_by=UserFactory(), now=NOW)


def make_plan(
    *,
    year: int,
    budget_fen: int = 10_000_000,
    caps: tuple[int | None, ...] = (None, None, None),
    **policy: object,
) -> SchemePlan:
    """The plan of such a scheme."""
    windows = (
        (date(year, 6, 1), date(year, 6, 30)),
        (date(year, 7, 1), date(year, 7, 31)),
        (date(year, 8, 1), date(year, 8, 31)),
    )
    stages = tuple(
        StageTerms(no, first, last, amount, cap)
        for no, (first, last), amount, cap in zip(
            (1, 2, 3), windows, (30000, 20000, 10000), caps, strict=True
        )
    )
    settings: dict[str, object] = {
        "head_of_line": "strict",
        "per_person_cap": 1,
        "filed_years_limit": 7,
        "settle_lag_hours": 0,
        **policy,
    }
    return SchemePlan(
        code=f"test-{next(_scheme_numbers)}",
        name="电动自行车补贴",
        budget_fen=budget_fen,
        filing_plate_pattern="",
        digital_plate_pattern="",
        stages=stages,
        **settings,  # type: ignore[arg-type]
    )


def top_up(
    scheme: Scheme,
    amount_fen: int,
    *,
    people: tuple[User, User] | None = None,
    now: datetime = NOW,
    ref: str = "",
) -> None:
    """More money for a scheme, or less (below 0), by two people."""
    fund(scheme, amount_fen, people=people or (UserFactory(), UserFactory()), now=now, ref=ref)


def take_steps(
    scheme: Scheme, *kinds: StepKind, now: datetime = NOW, named: dict[str, str] | None = None
) -> Scheme:
    """These steps of a scheme's life, each by two people; the scheme as it is then. `named`: what is open at a close."""
    for kind in kinds:
        told = named if kind == StepKind.CLOSE else None
        step = propose_step(
            scheme=scheme, kind=kind, note="区政府专题会议纪要", named=told, by=UserFactory(), now=now
        )
        confirm_step(step=step, by=UserFactory(), now=now)
    return Scheme.objects.get(pk=scheme.pk)


def change_policy(
    scheme: Scheme,
    *,
    stages: dict[int, dict[str, object]] | None = None,
    now: datetime = NOW,
    **differs: object,
) -> PolicyVersion:
    """The next version of a scheme's policy, proposed by one and approved by another. `stages`: what differs, by number."""
    terms = Terms.of(scheme.policies.latest("version"))
    plans = tuple(replace(each, **(stages or {}).get(each.no, {})) for each in terms.stages)  # type: ignore[arg-type]
    proposal = Proposal(replace(terms, stages=plans, **differs), note="拱政〔2022〕9号")  # type: ignore[arg-type]
    change = propose_change(scheme=scheme, proposal=proposal, by=UserFactory(), now=now)
    approve_change(change=change, by=UserFactory(), now=now)
    return scheme.policies.latest("version")


def make_claim(
    scheme: Scheme,
    *,
    state: str = "eligible",
    completed_at: datetime | None = None,
    owner: Owner | None = None,
    trade_in: TradeIn | None = None,
    amount_fen: int | None = None,
) -> Claim:
    """A claim in any of the states before settlement, moved there by the permitted moves. `amount_fen`: else its stage's."""
    stages = list(scheme.stages.order_by("starts_on"))
    completed = completed_at or local(f"{stages[0].starts_on:%Y}-06-10 12:00:00")
    day = completed.astimezone(SHANGHAI).date()
    trade_in = trade_in or TradeInFactory(
        owner=owner or OwnerFactory(), plated_at=completed, day=day - timedelta(days=1)
    )
    stage = next((each for each in stages if each.starts_on <= day <= each.ends_on), None)
    claim = Claim.objects.create(
        scheme=scheme,
        trade_in=trade_in,
        owner=trade_in.owner,
        filing_plate_no=trade_in.filing_plate_no,
        vehicle_code=trade_in.vehicle_code,
        stage=stage,
        amount_fen=amount_fen or (stage.amount_fen if stage else 0),
        completed_at=completed,
        completed_by="plated_at",
        received_at=trade_in.received_at,
        policy=scheme.policies.latest("version"),
        next_check_at=NOW,
    )
    with acting("test", by=None, now=NOW):
        for step in _path(ClaimState(state)):
            Claim.objects.filter(pk=claim.pk).update(state=step)
    if state not in PENDING:
        mark(CHECKED, [claim.pk], at=NOW)
    claim.refresh_from_db()
    return claim


def _path(goal: ClaimState) -> list[ClaimState]:
    """The shortest way from `received` to `goal` along the table of moves."""
    paths = {ClaimState.RECEIVED: list[ClaimState]()}
    for state in paths.copy():
        frontier = [state]
        while frontier:
            here = frontier.pop(0)
            for there in MOVES[here]:
                if there not in paths:
                    paths[there] = [*paths[here], there]
                    frontier.append(there)
    return paths[goal]


def make_answer(trade_in: TradeIn, system: str, **facts: str | None) -> LicensingAnswer:
    """What a licensing system said of a trade-in; without facts: that it knows of none."""
    return LicensingAnswer.objects.create(
        trade_in=trade_in,
        system=system,
        outcome="found" if facts else "absent",
        facts=facts,
        holder_index=trade_in.owner.number_index if facts else None,
        raw="{}",
        request_id=f"{system}-{trade_in.record_no}",
        answered_at=NOW,
        adapter_version="test",
    )


def make_member(merchant: Merchant, role: str = "clerk") -> User:
    """A person who works for a merchant."""
    return lay_member(UserFactory(), merchant, role)


def invited_by_two(merchant: Merchant, role: str, name: str, now: datetime = NOW) -> str:
    """The token of an invitation by one of the staff that another has confirmed."""
    token = invite(merchant=merchant, role=role, name=name, by=UserFactory(is_staff=True), now=now)
    confirm(invitation=Invitation.objects.latest("pk"), by=make_staff("merchant_manager"), now=now)
    return token


def lay_member(user: User, merchant: Merchant, role: str) -> User:
    """Let a person who is there belong to a shop."""
    with acting("accept_invitation", by=None, now=NOW):
        Membership.objects.create(user=user, merchant=merchant, role=role)
    return user


def move_member(user: User, **changes: object) -> None:
    """Change how a person belongs to a shop; no page does that."""
    with acting("accept_invitation", by=None, now=NOW):
        Membership.objects.filter(user=user).update(**changes)


def make_staff(role: str, **told: Any) -> User:
    """One of the regulator's staff in a role of `core.accounts.roles`; who keeps accounts, of the whole installation."""
    district = {"district_id": None} if role in OF_THE_INSTALLATION else {}
    user = UserFactory(is_staff=True, **{**district, **told})
    give_role(user, role)
    return user


def make_staff_who_may(monkeypatch: Any, *codenames: str) -> User:
    """One of the staff in a role of its own with just these rights, by their code names."""
    rights = Permission.objects.filter(codename__in=codenames)
    name = "-".join(["only", *codenames])
    given = frozenset(f"{right.content_type.app_label}.{right.codename}" for right in rights)
    monkeypatch.setitem(ROLES, name, Role("", "", given))
    with owning():
        Group.objects.create(name=name).permissions.set(rights)
    return make_staff(name)


def change_rights(person: User, kind: str, **told: Any) -> str:
    """Let two administrators do it; the one-time password, where there is one."""
    keeper, guard, now = make_staff("sysadmin"), make_staff("security"), timezone.now()
    change, first = services.propose(
        kind=kind, by=keeper, now=now, note="拱市监〔2022〕5号", person=person, **told
    )
    return first + services.confirm(change=change, by=guard, now=now)


def give_password(user: User, password: str) -> User:
    """As if that person had chosen it."""
    with acting("password", by=user, now=NOW):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def lay_factor(user: User) -> SecondFactor:
    """A device for codes that somebody has set up."""
    with owning():
        return SecondFactor.objects.create(user=user, secret="A" * 32, last_step=0, confirmed_at=NOW)


def give_role(user: User, *roles: str) -> None:
    """Lay which roles somebody has, and no others."""
    last = RightsChange.objects.filter(person=user).aggregate(last=Max("decided_at"))["last"] or LONG_AGO
    with owning():
        lay_roles(user, roles, at=last + timedelta(microseconds=1))
