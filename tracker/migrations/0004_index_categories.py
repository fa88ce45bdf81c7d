"""The index of words begun anew, now with categories; `prepare_search` fills it again from the papers."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BEGIN_ANEW = {
    "sqlite": [
        "DROP TABLE tracker_fulltext",
        "CREATE VIRTUAL TABLE tracker_fulltext USING fts5("
        "title, elsewhere, authors, abstract, categories, tokenize = \"unicode61 remove_diacritics 0\", prefix = '3')",
    ],
    "postgresql": ["TRUNCATE tracker_fulltext"],
}


def begin_anew(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in BEGIN_ANEW[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("tracker", "0003_index_words")]

    operations = [migrations.RunPython(begin_anew, migrations.RunPython.noop)]
