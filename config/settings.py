"""Settings, all from the environment (`.env.example` explains each). Nothing set = a local machine.

`PRODUCTION=1` demands every secret and turns HTTPS on; without it, secrets are made once under var/ and the
site answers only to this machine's own names.
"""

import os
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from config import admin_site
from config.secrets import local_secrets
from config.servers import VAR, addresses

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = VAR

env = environ.Env()
PRODUCTION: bool = env.bool("PRODUCTION", default=False)
_made_here = {} if PRODUCTION else local_secrets(VAR_DIR)


def secret(name: str) -> str:
    """Read a secret from the environment, or from the file that `<name>_FILE` names (as Docker and systemd hand them over);
    on a local machine fall back on the generated one."""
    file: str = env.str(f"{name}_FILE", default="")
    try:
        kept = Path(file).read_text(encoding="utf-8").strip() if file else environ.Env.NOTSET
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}") from None
    value: str = (
        env.str(name, default="") or kept if file else env.str(name, default=_made_here.get(name, kept))
    )
    if PRODUCTION and "change-me" in value:
        raise ImproperlyConfigured(f"{name} still has the example's value")
    return value


# ------------------------------------------------------------------ core
SECRET_KEY = secret("SECRET_KEY")
DEBUG: bool = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"]
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "core.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "portal"
LOGOUT_REDIRECT_URL = "home"

INSTALLED_APPS = [
    "config",
    "django_htmx",
    "subsidies",
    "ebikes",
    "merchants",
    "core",
    "unfold.apps.BasicAppConfig",  # the theme; the site is our own
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "import_export",
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "core.middleware.headers.HeadersMiddleware",
    "core.middleware.language.ChosenLanguageMiddleware",
    "core.middleware.input.InputMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.middleware.bodies.BodiesMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.request_origin.RequestOriginMiddleware",
    "core.middleware.busy.BusyMiddleware",
    "core.middleware.known_device.KnownDeviceMiddleware",
    "core.middleware.idle.IdleMiddleware",
    "core.middleware.staff_network.StaffNetworkMiddleware",
    "core.middleware.addresses.NumbersInAddressesMiddleware",
    "core.middleware.password_due.PasswordDueMiddleware",
    "core.middleware.second_factor.SecondFactorMiddleware",
    "core.middleware.unreadable.UnreadableMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# ------------------------------------------------------------------ the truth
_servers = addresses()


_SESSION = "-c timezone=UTC -c jit=off -c search_path=public -c quote_all_identifiers=off -c row_security="


def _database(url: str, *, row_security: str = "off") -> dict[str, Any]:
    """PostgreSQL compares in UTC; Asia/Shanghai is applied by name where the scheme's days begin and end.

    Short statements gain nothing from JIT. No other schema goes before ours, and what a policy would hide is an error, so
    that nobody who owns the tables makes workers, commands and proofs see less than there is. For the website's pages
    policies are what they read by: the rows of their reader's districts (core/districts).
    Names are quoted in one way: what the tables hold is compared as text.
    """
    told: dict[str, Any] = env.db_url_config(url)
    return {**told, "OPTIONS": {**told.get("OPTIONS", {}), "options": _SESSION + row_security}}


DATABASES = {
    "default": {
        **_database(_servers.database_url, row_security="on"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
# The same database as the owner of its tables: for migrations alone (core/database). The website has no such address.
DATABASE_OWNER = _database(_servers.owner_url) if _servers.owner_url else None
# The district of this installation, the first where it has several: its code of GB/T 2260, and its name.
DISTRICT_CODE: int = env.int("DISTRICT_CODE", default=330105)
DISTRICT_NAME: str = env.str("DISTRICT_NAME", default="拱墅区")
# As workers and commands log in to it: in every district (core/districts). The website has no such address either.
DATABASE_WORKER = _database(_servers.worker_url) if _servers.worker_url else None
REDIS_URL = _servers.redis_url
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# ------------------------------------------------------------------ language and time
LANGUAGE_CODE = "zh-hans"
FORMAT_MODULE_PATH = "config.formats"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英语"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# ------------------------------------------------------------------ static files and uploads
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_MANIFEST_STRICT = False
MEDIA_ROOT = env.path(
    "MEDIA_ROOT", default=str(VAR_DIR / "uploads")
)  # outside the web root: no URL serves it
# A form without files; how many fields and files at most. A view that takes files says how large (core/bodies.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
UPLOAD_LIMIT_MB: int = env.int("UPLOAD_LIMIT_MB", default=100)
# A file with columns that nobody has said the meaning of stays so long, to be read again by what is said.
UPLOAD_KEPT_HOURS: float = env.float("UPLOAD_KEPT_HOURS", default=24.0)
# A file of staff with more rows is confirmed by somebody other than who sent it.
CONFIRM_ALONE_ROWS: int = env.int("CONFIRM_ALONE_ROWS", default=1000)
# A file that nobody has read by then is taken up again: its message was lost, or its worker died.
UPLOAD_FORGOTTEN_SECONDS: float = env.float("UPLOAD_FORGOTTEN_SECONDS", default=120.0)
PHOTO_MEGAPIXELS: float = env.float("PHOTO_MEGAPIXELS", default=64.0)  # a larger one is not decoded
PHOTO_MEMORY_MB: int = env.int(
    "PHOTO_MEMORY_MB", default=700
)  # for decoding one, over what a process has anyway
EXPORT_DAYS: int = env.int("EXPORT_DAYS", default=7)  # for which an exported table can be downloaded
IMPORT_SECONDS: float = env.float("IMPORT_SECONDS", default=600.0)  # for reading one file
IMPORT_MEMORY_MB: int = env.int(
    "IMPORT_MEMORY_MB", default=2000
)  # for reading one file, over what a process has anyway
IMPORT_PROCESSES: int = env.int("IMPORT_PROCESSES", default=min(4, os.cpu_count() or 1))  # for one large file

# ------------------------------------------------------------------ security
AUTHENTICATION_BACKENDS = ["core.rights.backend.RightsBackend"]
PASSWORD_HASHERS = ["core.accounts.hashing.Argon2id", "core.accounts.hashing.Pbkdf2"]
# How many passwords one machine hashes at a time, over all its processes.
PASSWORD_HASHINGS: int = env.int("PASSWORD_HASHINGS", default=max(1, (os.cpu_count() or 2) // 2))
LOGIN_ADDRESS_LIMIT: int = env.int(
    "LOGIN_ADDRESS_LIMIT", default=50
)  # wrong ones from one address in half an hour
STAFF_NETWORKS: list[str] = env.list(
    "STAFF_NETWORKS", default=[]
)  # from where staff may come; empty: from anywhere
AUTH_PASSWORD_VALIDATORS = [  # what level 3 of the classified protection (等保) asks of a password
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "core.accounts.passwords.KindsValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "core.accounts.passwords.HistoryValidator"},
]
IDLE_SECONDS: int = env.int("IDLE_SECONDS", default=600)  # without a request, then the session ends
SESSION_HOURS: float = env.float("SESSION_HOURS", default=8.0)  # however busy, then one logs in again
# A shop's people on a device where they logged in before: a shift.
SHOP_IDLE_SECONDS: int = env.int("SHOP_IDLE_SECONDS", default=2 * 60 * 60)
SHOP_SESSION_HOURS: float = env.float("SHOP_SESSION_HOURS", default=12.0)
DEVICE_DAYS: int = env.int("DEVICE_DAYS", default=90)  # for which a device is known after a log-in
STAFF_TWO_FACTOR: bool = env.bool(
    "STAFF_TWO_FACTOR", default=PRODUCTION
)  # a code or a passkey after the password
OWNER_TWO_FACTOR: bool = env.bool("OWNER_TWO_FACTOR", default=PRODUCTION)  # likewise of the owners of shops
# Passkeys are bound to the site's name; the addresses are those that the browser shows. Locally: http://localhost.
PASSKEY_DOMAIN: str = env.str(
    "PASSKEY_DOMAIN", default=ALLOWED_HOSTS[0] if PRODUCTION and ALLOWED_HOSTS else "localhost"
)
PASSKEY_ORIGINS: list[str] = env.list(
    "PASSKEY_ORIGINS", default=CSRF_TRUSTED_ORIGINS or ([f"https://{PASSKEY_DOMAIN}"] if PRODUCTION else [])
)
PROXIES: int = env.int("PROXIES", default=1 if PRODUCTION else 0)  # in front, each adds to X-Forwarded-For
AUDIT_MONTHS: int = env.int("AUDIT_MONTHS", default=84)  # how long the audit trail is kept
if AUDIT_MONTHS < 6:  # the law's floor, which the database holds too
    raise ImproperlyConfigured("AUDIT_MONTHS must be 6 or more")
HOURS_BEFORE_MONEY: int = env.int("HOURS_BEFORE_MONEY", default=24)  # after new rights or a new password
VOUCHER_YEARS: int = env.int("VOUCHER_YEARS", default=30)  # how long closed months are kept
if VOUCHER_YEARS < 30:  # likewise
    raise ImproperlyConfigured("VOUCHER_YEARS must be 30 or more")
DEFAULT_EXCEPTION_REPORTER_FILTER = "core.privacy.reports.TellsNothing"
SESSION_COOKIE_HTTPONLY = True
SESSION_ENGINE = "core.accounts.session_store"
SESSION_COOKIE_AGE = int(max(SESSION_HOURS, SHOP_SESSION_HOURS) * 60 * 60)
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True  # forms bring the token along
LANGUAGE_COOKIE_SAMESITE = "Lax"
if PRODUCTION:  # the browser then takes them from this host alone, by HTTPS alone
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

RARE_FONT: str = env.str("RARE_FONT", default="/usr/share/fonts/truetype/hanazono/HanaMinB.ttf")
FIELD_KEYS = secret("FIELD_KEYS")  # "id:cipher:base64,…": the first seals, all of them open
INDEX_KEYS = secret("INDEX_KEYS")  # "version:base64,…": the first computes what is written and looked for
DECISION_KEYS = secret("DECISION_KEYS")  # likewise: the first marks decisions, all prove marks
NUMBER_KEY = secret("NUMBER_KEY")  # of payment numbers and fingerprints: it stays for good
SIGNING_KEYS = secret("SIGNING_KEYS")  # "purpose:private:public,…", SM2
# A token that holds the key of these keys (core/keys/pkcs11.py).
PKCS11_MODULE: str = env.str("PKCS11_MODULE", default="")
PKCS11_TOKEN: str = env.str("PKCS11_TOKEN", default="")
PKCS11_KEY: str = env.str("PKCS11_KEY", default="")
PKCS11_PIN: str = (
    secret("PKCS11_PIN") if env.str("PKCS11_PIN_FILE", default="") else env.str("PKCS11_PIN", default="")
)
KEY_PROVIDER: str = env.str("KEY_PROVIDER", default="core.keys.provider.configured")

# ------------------------------------------------------------------ the outside systems
EXING_URL: str = env.str("EXING_URL", default="http://127.0.0.1:9100")
YUNSHENLING_URL: str = env.str("YUNSHENLING_URL", default="http://127.0.0.1:9100")
ECNY_URL: str = env.str("ECNY_URL", default="http://127.0.0.1:9100")
SMS_URL: str = env.str("SMS_URL", default="http://127.0.0.1:9100")
# A token for each: what one of them knows opens none of the others.
EXING_TOKEN = secret("EXING_TOKEN")
YUNSHENLING_TOKEN = secret("YUNSHENLING_TOKEN")
ECNY_TOKEN = secret("ECNY_TOKEN")
SMS_TOKEN = secret("SMS_TOKEN")
# The operator signs its answers (SM2), and believes only what is signed. The stub has a key of its own.
OPERATOR_SIGNED: bool = env.bool("OPERATOR_SIGNED", default=True)
STUB_SIGNING_KEY: str = env.str("STUB_SIGNING_KEY", default=_made_here.get("STUB_SIGNING_KEY", ""))
OPERATOR_PUBLIC_KEY: str = env.str("OPERATOR_PUBLIC_KEY", default=STUB_SIGNING_KEY.rpartition(":")[2])
# A city as a cell of its province: where the lock register is, its public key, the cell's own code there, the key under
# which all cells of the province compute the indexes of plates, vehicles and people. Without an address there is none.
REGISTER_URL: str = env.str("REGISTER_URL", default="")
REGISTER_PUBLIC_KEY: str = env.str("REGISTER_PUBLIC_KEY", default="")
REGISTER_KEY: str = secret("REGISTER_KEY") if REGISTER_URL else ""
CELL_CODE: str = env.str("CELL_CODE", default="")
# The province's own installation, which is the register: "code:name:public key,…" of its cells; how long a reservation
# lasts unless it is asked for again; what it remembers outside its database.
PROVINCE_CELLS: str = env.str("PROVINCE_CELLS", default="")
LOCK_DAYS: int = env.int("LOCK_DAYS", default=60)
LOCK_ANCHOR_FILE: str = env.str("LOCK_ANCHOR_FILE", default="")
PAYER_WALLET: str = env.str("PAYER_WALLET", default="0000000000000000")
PAYER_NAME: str = env.str("PAYER_NAME", default="杭州市拱墅区市场监督管理局")
OUTSIDE = {
    "connect_timeout": env.float("OUTSIDE_CONNECT_TIMEOUT", default=2.0),
    "timeout": env.float("OUTSIDE_TIMEOUT", default=5.0),
    "attempts": env.int("OUTSIDE_ATTEMPTS", default=3),
    "concurrency": env.int("OUTSIDE_CONCURRENCY", default=64),
    "rate_per_second": env.float("OUTSIDE_RATE_PER_SECOND", default=500.0),
    "breaker_failures": env.int("OUTSIDE_BREAKER_FAILURES", default=20),
    "breaker_seconds": env.float("OUTSIDE_BREAKER_SECONDS", default=10.0),
    "batch_size": env.int("OUTSIDE_BATCH_SIZE", default=1),
}
# An unknown answer is asked again after this many seconds, doubling up to an hour; then, past the limit, a person decides.
CHECK_RETRY_SECONDS: float = env.float("CHECK_RETRY_SECONDS", default=30.0)
CHECK_REVIEW_AFTER_HOURS: float = env.float("CHECK_REVIEW_AFTER_HOURS", default=24.0)
CHECK_CHUNK: int = env.int("CHECK_CHUNK", default=500)
CHECK_LEASE_SECONDS: float = env.float("CHECK_LEASE_SECONDS", default=180.0)  # longer than one chunk can take

# When a claim that no check refuses is held until a person has looked (subsidies/review/selectors/signals.py).
SIGNALS = {
    "hours_apart": env.float("SIGNAL_HOURS_APART", default=24.0),  # record and authority, at most
    "owners_sharing": env.int("SIGNAL_OWNERS_SHARING", default=3),  # one phone or wallet
    "merchants_sharing_device": env.int("SIGNAL_MERCHANTS_SHARING_DEVICE", default=2),  # one browser
    "records_sharing_photo": env.int("SIGNAL_RECORDS_SHARING_PHOTO", default=2),
    "burst_count": env.int("SIGNAL_BURST_COUNT", default=10),  # completed at one agent point …
    "burst_minutes": env.int("SIGNAL_BURST_MINUTES", default=30),  # … within so many minutes
    "cut_off_days": env.int(
        "SIGNAL_CUT_OFF_DAYS", default=3
    ),  # the last days of a stage: a merchant that finished …
    "cut_off_fewest": env.int("SIGNAL_CUT_OFF_FEWEST", default=6),  # … so many at least, and so many times
    "cut_off_factor": env.float("SIGNAL_CUT_OFF_FACTOR", default=3.0),  # what its pace lets expect
}
SIGNAL_SECONDS: float = env.float("SIGNAL_SECONDS", default=600.0)  # between two sweeps of what is new

UNFOLD = admin_site.UNFOLD

# ------------------------------------------------------------------ Celery
_PREFIX = env.str("REDIS_PREFIX", default="")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": _PREFIX, "visibility_timeout": 600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True  # results are rows
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
# A file may take its reader minutes, or down with it: payments do not stand behind it. A worker without -Q serves both.
CELERY_TASK_QUEUES = (Queue("celery", routing_key="celery"), Queue("files", routing_key="files"))
CELERY_TASK_ROUTES = {"ebikes.importing.tasks.read_upload": {"queue": "files"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
ANCHOR_FILE: str = env.str("ANCHOR_FILE", default="")
HEADS_FOLDER: str = env.str("HEADS_FOLDER", default="" if PRODUCTION else str(VAR_DIR / "heads"))
NAME_CHECK: bool = env.bool("NAME_CHECK", default=True)
RETURN_DAYS: int = env.int("RETURN_DAYS", default=14)
OPERATOR_MEMORY_DAYS: float = env.float("OPERATOR_MEMORY_DAYS", default=7.0)
# Letters that order a shop to put things right: how they are numbered, and whom to ask.
ORDER_PREFIX: str = env.str("ORDER_PREFIX", default="拱市监责改")
ORDER_CONTACT: str = env.str("ORDER_CONTACT", default="")
# Money that is demanded back: how its letters are numbered, by when it is due, how often an overdue part is reminded of,
# and what the letter says about where to pay and whom to ask. A scheme's own words; nothing is known that holds everywhere.
RECOVERY_PREFIX: str = env.str("RECOVERY_PREFIX", default="拱市监追")
RECOVERY_DAYS: int = env.int("RECOVERY_DAYS", default=15)
RECOVERY_REMIND_DAYS: int = env.int("RECOVERY_REMIND_DAYS", default=30)
RECOVERY_ACCOUNT: str = env.str("RECOVERY_ACCOUNT", default="")
RECOVERY_CONTACT: str = env.str("RECOVERY_CONTACT", default="")
NOTICE_HOURS: float = env.float("NOTICE_HOURS", default=12.0)
SWEEP_SECONDS: float = env.float("SWEEP_SECONDS", default=10.0)
CELERY_BEAT_SCHEDULE = {
    "ask the licensing systems": {"task": "subsidies.tasks.sweep_checks", "schedule": SWEEP_SECONDS},
    "ask the lock register": {"task": "subsidies.tasks.sweep_locks", "schedule": SWEEP_SECONDS},
    "tell the province": {"task": "subsidies.tasks.sweep_province", "schedule": crontab(minute="5-59/10")},
    "allocate the money": {"task": "subsidies.tasks.allocate_all", "schedule": SWEEP_SECONDS},
    "add up the tallies": {"task": "subsidies.tasks.sweep_tallies", "schedule": 60},
    "read forgotten uploads": {
        "task": "ebikes.importing.tasks.sweep_uploads",
        "schedule": UPLOAD_FORGOTTEN_SECONDS / 2,
    },
    "write forgotten exports, remove old ones": {
        "task": "core.exports.tasks.sweep_exports",
        "schedule": UPLOAD_FORGOTTEN_SECONDS / 2,
    },
    "tell the merchants what is new": {
        "task": "subsidies.tasks.send_notices",
        "schedule": NOTICE_HOURS * 3600,
    },
    "read the operator's statement": {
        "task": "subsidies.tasks.sweep_statement",
        "schedule": crontab(hour="6-22", minute="20,50"),  # until yesterday's was read
    },
    "seal the audit trail, sign the heads of the day": {
        "task": "subsidies.tasks.sweep_heads",
        "schedule": crontab(minute="*/10"),
    },
    "prove what was decided": {
        "task": "subsidies.tasks.sweep_decisions",
        "schedule": crontab(hour=2, minute=30),
    },
    "remind of what is overdue": {
        "task": "subsidies.tasks.sweep_recoveries",
        "schedule": crontab(hour=9, minute=0),
    },
    "remind the staff of what is due": {
        "task": "subsidies.tasks.sweep_work",
        "schedule": crontab(hour=8, minute=30),
    },
    "hold what a person should see": {
        "task": "subsidies.tasks.sweep_for_signals",
        "schedule": SIGNAL_SECONDS,
    },
    "look at every claim again, at night": {
        "task": "subsidies.tasks.sweep_for_signals",
        "schedule": crontab(hour=3, minute=10),
        "kwargs": {"whole": True},
    },
    "let papers expire": {"task": "subsidies.tasks.sweep_papers", "schedule": crontab(minute=4)},
    "ask whose the wallets are": {"task": "subsidies.tasks.sweep_names", "schedule": SWEEP_SECONDS},
    "tell owners": {"task": "subsidies.tasks.sweep_owner_notices", "schedule": SWEEP_SECONDS},
    "send and query payouts": {"task": "subsidies.tasks.sweep_payouts", "schedule": SWEEP_SECONDS},
    "keep and score forecasts": {
        "task": "subsidies.tasks.sweep_forecasts",
        "schedule": crontab(minute=25),  # the first of a day stays
    },
    "replay what was forgotten": {
        "task": "subsidies.laboratory.tasks.sweep_laboratory",
        "schedule": UPLOAD_FORGOTTEN_SECONDS / 2,
    },
    "forget sessions that are over": {
        "task": "core.accounts.tasks.forget_old_sessions",
        "schedule": crontab(hour=3, minute=50),
    },
    "forget old audit entries": {
        "task": "core.audit.tasks.forget_old_entries",
        "schedule": crontab(hour=3, minute=30),
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# ------------------------------------------------------------------ notices to merchants
# to_console, to_email, or the path of an adapter: a callable that takes a merchant and a text without personal data.
# The same for owners (subsidies/payees/channels.py): takes a phone number, a text and its number.
OWNER_CHANNEL: str = env.str("OWNER_CHANNEL", default="subsidies.payees.channels.to_console")
NOTICE_CHANNEL: str = env.str("NOTICE_CHANNEL", default="merchants.team.notices.to_console")
# The same for the staff (core/staff/notices.py): takes a person and a text.
STAFF_NOTICE_CHANNEL: str = env.str("STAFF_NOTICE_CHANNEL", default="core.staff.notices.to_console")
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
globals().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="noreply@localhost")

# ------------------------------------------------------------------ logs: personal data never reaches them
LOG_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "core.privacy.logs.ScrubbingFormatter", "fmt": LOG_LINE}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.str("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING"),
    },
}
