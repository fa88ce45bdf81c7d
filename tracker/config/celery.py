"""The Celery application: worker and beat start from here."""

import os

from celery import Celery

from tracker.config.file_messages import use_whole_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.config.settings")

use_whole_files()
app = Celery("galley")
app.config_from_object("django.conf:settings", namespace="CELERY")
for modules in ("tasks", "mail_tasks", "channel_tasks", "export_tasks", "timetable"):
    app.autodiscover_tasks(related_name=modules)
