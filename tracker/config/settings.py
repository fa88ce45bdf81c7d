"""Django settings, all read from the environment (or `.env`). The README lists each variable."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from environs import Env, EnvValidationError, validate

from tracker.config.mail_address import NoMailAddress, mail_way

BASE_DIR = Path(__file__).resolve().parents[2]

broker_address = validate.Regexp(r"$|(filesystem|rediss?|amqps?)://", error="Not redis://…, amqp://… or empty.")
cache_address = validate.Regexp(r"$|rediss?://", error="Not redis://… or empty.")
sender_address = validate.Regexp(r"([^<>@\r\n]+ )?<?[^<>@\s]+@[^<>@\s]+>?$", error="Not name@host or Name <name@host>.")
request_rate = validate.Regexp(r"\d+/(s|min|h|day)$", error="No rate like 120/min.")
optional_web_address = validate.Regexp(r"$|https?://[^/\s]", error="Not a web address, nor empty.")
webhook_secret = validate.Regexp(r"$|[^:\s]+:[^\s]{12,}$", error="Not user:password, of 12 letters at least.")
web_address = validate.Regexp(r"https?://[^/\s]", error="Not a web address.")

env = Env(eager=False)  # what makes no sense is told all at once, at the end
env.read_env(str(BASE_DIR / ".env"), recurse=False)

# Where the installation keeps what it writes: database, broker folders, beat's schedule.
DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "var").resolve()
STATIC_ROOT = DATA_DIR / "static"
try:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise SystemExit(f"DATA_DIR names {DATA_DIR}, where Galley can't write: {error.strerror}.") from None

SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    raise SystemExit(
        "SECRET_KEY is not set. Put a long random text under that name into the environment or into .env beside"
        " manage.py; `make .env` does it for you."
    )
DEBUG = env.bool("DEBUG", False)
SITE_URL = (env.str("SITE_URL", "http://localhost:8000", validate=web_address) or "").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", urlsplit(SITE_URL).hostname])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "simple_history",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "tracker",
    "digests",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "digests.nul_letters.NulLetters",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "digests.former_slugs.FormerSlugs",
]

ROOT_URLCONF = "tracker.config.urls"
WSGI_APPLICATION = "tracker.config.wsgi.application"

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
            ],
        },
    },
]

try:
    database = dj_database_url.parse(
        env.str("DATABASE_URL", "") or f"sqlite:///{DATA_DIR / 'galley.sqlite3'}", conn_max_age=60
    )
except ValueError:  # the address may hold a password: it isn't repeated
    raise SystemExit("DATABASE_URL is no address of a database: write postgres://user:password@host/name.") from None
if database["ENGINE"] not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
    raise SystemExit("DATABASE_URL must name PostgreSQL (postgres://…) or SQLite (sqlite:///…).")
if database["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue at BEGIN instead of failing at their first write (DESIGN, section 8).
    database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # Tests keep theirs in a file too: in memory, a served page and its test would share one connection and its locks.
    database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
DATABASES = {"default": database}

# What processes share for a while, such as counts for rate limits and answers from outside.
CACHE_URL = env.str("CACHE_URL", "", validate=cache_address)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(DATA_DIR / "cache")}
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"  # where the adapter knows no better place
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Security. Cookies and redirects insist on HTTPS wherever the site's address says so.
SECURE_ADDRESS = urlsplit(SITE_URL).scheme == "https"
SESSION_COOKIE_SECURE = SECURE_ADDRESS
CSRF_COOKIE_SECURE = SECURE_ADDRESS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", SECURE_ADDRESS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_ADDRESS else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_ADDRESS else 0
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Signing in, by django-allauth: with a code sent by mail, or with a name or address and a password.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "digests.sign_in.AccountAdapter"
ACCOUNT_FORMS = {"login": "digests.sign_in.PasswordForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_SIGNUP_FIELDS = ["email*"]  # no password: an account is made, and entered, by codes
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60  # mail may take its time
ACCOUNT_CHANGE_EMAIL = True  # one address an account
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
ACCOUNT_SESSION_REMEMBER = True
# Requests for mail: how many a network may make, and how many one address is mailed for.
ACCOUNT_RATE_LIMITS = {"mail_network": "20/h/key", "mail_address": "3/h/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Galley"
MFA_TOTP_TOLERANCE = 1  # clocks differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE_ADDRESS  # such as http://localhost
# An address is proved before one is let in by it, so nobody can lock another's address behind a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Guesses are counted by client address, which stands so many places from the end of X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", int(SECURE_ADDRESS), validate=validate.Range(min=0))

# arXiv: https://info.arxiv.org/help/api/tou.html asks for one connection and 3 s between requests.
ARXIV_API_URL = env.str("ARXIV_API_URL", "https://export.arxiv.org/api/query", validate=web_address)
ARXIV_INTERVAL = env.float("ARXIV_INTERVAL", 3.0, validate=validate.Range(min=0))
ARXIV_CONTACT = env.str("ARXIV_CONTACT", "")

# Mail: one address says how it leaves; without one it is kept as files, which the desk shows.
try:
    _mail = mail_way(env.str("EMAIL_URL", ""))
except NoMailAddress as error:
    raise SystemExit(f"EMAIL_URL: {error}") from None
EMAIL_BACKEND = _mail.backend
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
ANYMAIL = {**_mail.anymail, "WEBHOOK_SECRET": env.str("MAIL_WEBHOOK_SECRET", "", validate=webhook_secret)}
globals().update(_mail.email)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "MAIL_FROM", f"Galley <galley@{urlsplit(SITE_URL).hostname}>", validate=sender_address
)

MAIL_DKIM_SELECTOR = env.str("MAIL_DKIM_SELECTOR", "")
MAIL_RATE = env.float("MAIL_RATE", 0.0, validate=validate.Range(min=0))
MAIL_CONNECTIONS = env.int("MAIL_CONNECTIONS", 1, validate=validate.Range(min=1, max=50))
MAIL_PATIENCE = env.float("MAIL_PATIENCE", 300.0, validate=validate.Range(min=1))  # RFC 5321 would have 600

# The API counts requests by client address, found like that of guesses.
API_RATE = env.str("API_RATE", "120/min", validate=request_rate)
NINJA_NUM_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT

# The shipped encoder's name, or a folder or hub name of any sentence-transformers model.
ENCODER_MODEL = env.str("ENCODER_MODEL", "") or "all-MiniLM-L6-v2"

# Signs of importance from outside, asked for only where named: upvotes, citations, repositories.
ATTENTION: list[str] = env.list("ATTENTION", [])
ATTENTION_PAUSE = env.float("ATTENTION_PAUSE", 1.0, validate=validate.Range(min=0))
ATTENTION_USER_AGENT = f"Galley (+{SITE_URL})"
HUGGING_FACE_URL = env.str("HUGGING_FACE_URL", "https://huggingface.co", validate=web_address)
SEMANTIC_SCHOLAR_URL = env.str("SEMANTIC_SCHOLAR_URL", "https://api.semanticscholar.org", validate=web_address)
GITHUB_API_URL = env.str("GITHUB_API_URL", "https://api.github.com", validate=web_address)

# Drafts by a language model, at any endpoint that speaks OpenAI's protocol: off unless address and model are named.
LLM_BASE_URL = env.str("LLM_BASE_URL", "", validate=optional_web_address)
LLM_MODEL = env.str("LLM_MODEL", "")
LLM_API_KEY = env.str("LLM_API_KEY", "")
LLM_TIMEOUT = env.float("LLM_TIMEOUT", 20.0, validate=validate.Range(min=1, max=25))  # below gunicorn's own 30 s

# Where a digest goes out to when it is published or corrected: nowhere, unless named.
WEBHOOK_URLS: list[str] = env.list("WEBHOOK_URLS", [], subcast=str)
WEBHOOK_SECRET = env.str("WEBHOOK_SECRET", "")
GIT_REPOSITORY = env.str("GIT_REPOSITORY", "")
GIT_BRANCH = env.str("GIT_BRANCH", "main")
GIT_PATH = env.str("GIT_PATH", "{series}/{week}.md")
GIT_FORMAT = env.str("GIT_FORMAT", "md", validate=validate.OneOf(["md", "jekyll", "hugo"]))
GIT_AUTHOR = env.str("GIT_AUTHOR", f"Galley <galley@{urlsplit(SITE_URL).hostname}>")

# Celery. Messages only wake workers: what is to be done stands in the database, so any broker will do.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "", validate=broker_address) or "filesystem://localhost//"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
if CELERY_BROKER_URL.startswith("filesystem://"):
    BROKER_DIR = DATA_DIR / "broker"
    for folder in ("messages", "control"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.2,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 4 * 3600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 4,  # a server that accepts and falls silent must not hold up a page
        "socket_timeout": 4,
    }
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 2 * 3600
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT - 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "compute"
CELERY_TASK_ROUTES = {
    "digests.tasks.harvest_week": {"queue": "harvest"},
    "digests.mail_tasks.*": {"queue": "mail"},
    "digests.channel_tasks.*": {"queue": "mail"},
    "digests.timetable.publish_due": {"queue": "mail"},  # short, and not to wait behind long sums
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # arXiv announces Friday's papers on Thursday evening and the next on Sunday evening, New York time.
    "monday-draft": {"task": "digests.tasks.draft_latest_week", "schedule": crontab("0", "5", day_of_week="mon")},
    "daily-refresh": {"task": "digests.tasks.refresh_current_week", "schedule": crontab("30", "5")},
    # A sweep that no worker took within its minute is dropped: the next one does its work.
    "sweep": {"task": "digests.tasks.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "publish-due": {"task": "digests.timetable.publish_due", "schedule": 30.0, "options": {"expires": 30}},
    "pictures": {"task": "digests.tasks.draw_weeks", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-postings": {"task": "digests.channel_tasks.sweep_postings", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-mail": {"task": "digests.mail_tasks.sweep_mail", "schedule": 60.0, "options": {"expires": 60}},
    "forget-unconfirmed": {"task": "digests.mail_tasks.forget_unconfirmed", "schedule": crontab("15", "4")},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.log_level("LOG_LEVEL", logging.WARNING)},
}

try:
    env.seal()
except EnvValidationError as error:
    told = cast(Mapping[str, list[str]], error.error_messages)
    wrong = "; ".join(f"{name}: {' '.join(reasons)}" for name, reasons in told.items())
    raise SystemExit(f"Some settings make no sense ({wrong}). The README tells what each of them takes.") from None
