"""What production refuses (`check --deploy`): each fault an error that names the setting, what is wrong, and what to do.

Secrets never stand in a message. Where the database must be asked (`--database default`), it is.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from core.database.roles import WORKER
from core.signing.sm2 import PURPOSES, signing_keys
from ebikes.licensing.outside import TOKENS as BY_SYSTEM

URLS = ("EXING_URL", "YUNSHENLING_URL", "ECNY_URL", "SMS_URL")
TOKENS = tuple(BY_SYSTEM.values())
SECRETS = ("SECRET_KEY", "NUMBER_KEY", *TOKENS)
RINGS = ("FIELD_KEYS", "INDEX_KEYS", "DECISION_KEYS", "SIGNING_KEYS")
EXAMPLES = {"PAYER_WALLET": "0000000000000000", "RECOVERY_ACCOUNT": "户名、开户银行、账号"}
SHORTEST, FEWEST = 50, 5  # characters of SECRET_KEY, and different ones among them
SHORTEST_TOKEN = 16


def begin() -> None:
    """Register the checks; they run with --deploy alone."""
    register(Tags.security, deploy=True)(settings_check)
    register(Tags.database, deploy=True)(database_check)


def settings_check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What the settings alone show."""
    faults = (*_switches(), *_addresses(), *_examples(), *_secrets(), *_signatures())
    return [Error(text, id=f"ebikes.{number}") for number, text in faults]


Fault = tuple[str, str]


def _switches() -> Iterator[Fault]:
    if settings.DEBUG:
        yield "E001", _("DEBUG 必须关闭：出错页面会显示程序和数据")
    if not settings.STAFF_TWO_FACTOR:
        yield "E002", _("STAFF_TWO_FACTOR 必须打开：工作人员须两步登录")
    if not settings.OWNER_TWO_FACTOR:
        yield "E004", _("OWNER_TWO_FACTOR 必须打开：商户负责人须两步登录")
    if not settings.PRODUCTION:
        yield "E003", _("PRODUCTION 未设为 1：密钥取自本机文件，也不强制 HTTPS")


def _addresses() -> Iterator[Fault]:
    for name in URLS:
        address = urlsplit(getattr(settings, name))
        if address.scheme != "https":
            yield "E010", _("%s 必须以 https 开头：地址上的令牌和个人信息会被看到") % name
        if (address.hostname or "") in ("stub", "localhost", "127.0.0.1", "::1"):
            yield "E011", _("%s 指向模拟服务：要换成该系统的真实地址") % name
    if "stub" in os.environ.get("COMPOSE_PROFILES", "").split(",") or settings.STUB_SIGNING_KEY:
        yield "E011", _("模拟服务仍在(COMPOSE_PROFILES、STUB_SIGNING_KEY)：正式运行时要去掉")


def _examples() -> Iterator[Fault]:
    names = [name for name in (*SECRETS, *RINGS) if "change-me" in getattr(settings, name)]
    names += [name for name, example in EXAMPLES.items() if getattr(settings, name) in ("", example)]
    if "change-me" in str(settings.DATABASES["default"].get("PASSWORD", "")):
        names.append("DATABASE_URL")
    if any("example.org" in host for host in settings.ALLOWED_HOSTS):
        names.append("ALLOWED_HOSTS")
    for name in dict.fromkeys(names):
        yield "E020", _("%s 还是 .env.example 里的示例值，或没有填写") % name


def _secrets() -> Iterator[Fault]:
    key = settings.SECRET_KEY
    if len(key) < SHORTEST or len(set(key)) < FEWEST:
        yield "E030", _("SECRET_KEY 太短：至少 %s 个随机字符") % SHORTEST
    for name in TOKENS:
        if len(getattr(settings, name)) < SHORTEST_TOKEN:
            yield "E031", _("%(name)s 太短：至少 %(least)s 个字符") % {"name": name, "least": SHORTEST_TOKEN}
    for names in _shared([(name, getattr(settings, name)) for name in TOKENS]):
        yield "E032", _("%s 相同：每个外部系统要有自己的令牌") % names
    for names in _shared(_key_material()):
        yield "E033", _("%s 用了同一把密钥：每种用途要有自己的密钥") % names


def _key_material() -> list[tuple[str, str]]:
    """Every secret and the setting that it is in: a key of a ring by its id."""
    found = [(name, getattr(settings, name)) for name in ("SECRET_KEY", "NUMBER_KEY")]
    for name, place in (("FIELD_KEYS", -1), ("INDEX_KEYS", -1), ("DECISION_KEYS", -1), ("SIGNING_KEYS", 1)):
        for part in filter(None, getattr(settings, name).split(",")):
            pieces = part.strip().split(":")
            if len(pieces) > place:
                found.append((f"{name} {pieces[0]}", pieces[place]))
    return [*found, *((name, getattr(settings, name)) for name in TOKENS)]


def _shared(named: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The names of values that stand in several places; tokens among themselves are told once."""
    for value, times in Counter(value for _name, value in named).items():
        names = [name for name, each in named if each == value]
        if value and times > 1 and (not set(names) <= set(TOKENS) or len(named) == len(TOKENS)):
            yield ", ".join(names)


def _signatures() -> Iterator[Fault]:
    if not settings.OPERATOR_SIGNED or not settings.OPERATOR_PUBLIC_KEY:
        yield "E040", _("OPERATOR_PUBLIC_KEY 未填写，或 OPERATOR_SIGNED 关闭：发放指令和应答必须签名")
    try:
        purposes = signing_keys()
    except ImproperlyConfigured as error:
        yield "E041", str(error)
        return
    for purpose in PURPOSES:
        if purpose not in purposes:
            yield "E041", _("SIGNING_KEYS 缺少用途 %s 的密钥") % purpose
    if settings.OPERATOR_PUBLIC_KEY in {key.public.hex() for key in purposes.values()}:
        yield "E042", _("OPERATOR_PUBLIC_KEY 是本系统自己的公钥：要填运营机构的")


_ROLE = """
    SELECT r.rolsuper, r.rolbypassrls AND r.rolname <> %s, r.rolcreaterole OR r.rolcreatedb,
           EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'MEMBER')),
           has_schema_privilege(current_schema(), 'CREATE'), has_database_privilege(current_database(), 'TEMP')
    FROM pg_roles r WHERE r.rolname = current_user
"""


def database_check(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """What the application's role may do; asked where the check is told to ask (`check --deploy --database default`)."""
    faults: list[Fault] = []
    for alias in databases or ():
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute(_ROLE, [WORKER])
                faults += role_faults(*cursor.fetchone())
        except DatabaseError as error:
            faults.append(("E059", _("无法查询数据库角色：%s") % str(error).partition("\n")[0]))
    return [Error(text, id=f"ebikes.{number}") for number, text in faults]


def role_faults(
    superuser: bool, bypass: bool, makes: bool, owner: bool, creates: bool, temp: bool
) -> Iterator[Fault]:
    """What is too much for the application's role, of what `_ROLE` asks."""
    if superuser or bypass:
        yield "E050", _("DATABASE_URL 用的是数据库超级用户：它能关掉一切保护，要用只能读写数据的角色")
    elif makes:
        yield "E051", _("DATABASE_URL 的角色能建角色或建库：要用只能读写数据的角色")
    if owner:
        yield "E052", _("DATABASE_URL 的角色是表的所有者：表归迁移所用的角色所有，应用另用一个角色")
    if creates or temp:
        yield "E053", _("DATABASE_URL 的角色能建表或建临时表：须收回 CREATE 和 TEMP 权限")
