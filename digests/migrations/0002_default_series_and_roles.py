"""Give a new installation its first series and the two roles of the desk."""

import json
from pathlib import Path

from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLES = {"Editors": ["curate_digest"], "Publishers": ["curate_digest", "publish_digest"]}


def add_default_series(apps, schema_editor):
    wanted = json.loads((Path(__file__).parents[1] / "default_series.json").read_text())
    topics = wanted.pop("topics")
    series, created = apps.get_model("digests", "Series").objects.get_or_create(slug=wanted["slug"], defaults=wanted)
    if created:
        Topic = apps.get_model("digests", "Topic")
        Topic.objects.bulk_create(
            Topic(series=series, position=position, **topic) for position, topic in enumerate(topics)
        )


def add_roles(apps, schema_editor):
    # Permissions are normally made after all migrations: too late for the roles that hold them.
    config = apps.get_app_config("digests")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(content_type__app_label="digests", codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(add_default_series, migrations.RunPython.noop),
        migrations.RunPython(add_roles, migrations.RunPython.noop),
    ]
