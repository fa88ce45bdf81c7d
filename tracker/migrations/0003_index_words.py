"""The index of words. SQLite and PostgreSQL keep it in tables of their own kinds, which Django has no model for."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MAKE = {
    # The words come folded and stemmed. `prefix` keeps the beginnings of words, for what is half typed.
    "sqlite": [
        "CREATE VIRTUAL TABLE tracker_fulltext USING fts5("
        "title, elsewhere, authors, abstract, tokenize = \"unicode61 remove_diacritics 0\", prefix = '3')",
    ],
    "postgresql": [
        "CREATE TABLE tracker_fulltext (paper_id bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX tracker_fulltext_words ON tracker_fulltext USING gin (words)",
    ],
}


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in MAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("tracker", "0002_date_embeddings")]

    operations = [
        migrations.RunPython(make, lambda apps, schema_editor: schema_editor.execute("DROP TABLE tracker_fulltext")),
    ]
