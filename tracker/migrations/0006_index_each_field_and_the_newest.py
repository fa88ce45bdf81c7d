"""PostgreSQL's indices for words in one field, and for the list of papers that begins with the newest.

Words are asked for by functions of their own. PostgreSQL takes comparing a row's words for as cheap as comparing two
numbers, so for a frequent word it would rather read and unpack every row than ask the index: within these it may not.

The index answers by rows, and each has to be visited for its key. So the words lie outside of the rows, of which then
150 are on a page: PostgreSQL moves out what `toast_tuple_target` says, but only of rows beyond 2,000 bytes, so a word
that long is among each paper's. It is one that nobody can look for, and packs to nothing.

SQLite needs none of it: FTS5 knows columns, and it takes undated papers for the oldest, as that list does.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

WORDS = {
    "tracker_holding": "words",
    "tracker_holding_in_title": "ts_filter(words, '{A}')",
    "tracker_holding_in_authors": "ts_filter(words, '{C}')",
    "tracker_holding_in_abstract": "ts_filter(words, '{D}')",
}
"""The functions, and the words that each compares; `words` are indexed already."""

NARROW = [
    "ALTER TABLE tracker_fulltext RENAME TO tracker_fulltext_wide",
    "CREATE TABLE tracker_fulltext (paper_id bigint PRIMARY KEY, words tsvector NOT NULL) WITH (toast_tuple_target=128)",
    "INSERT INTO tracker_fulltext"
    " SELECT paper_id, words || (repeat('/', 2000) || ':16383')::tsvector FROM tracker_fulltext_wide",
    "DROP TABLE tracker_fulltext_wide",
    "CREATE INDEX tracker_fulltext_words ON tracker_fulltext USING gin (words)",
]

FUNCTION = """
CREATE FUNCTION {name}(sought tsquery) RETURNS SETOF bigint LANGUAGE sql STABLE STRICT
SET enable_seqscan = off SET jit = off
AS $$ SELECT paper_id FROM tracker_fulltext WHERE {words} @@ sought $$
"""


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for statement in NARROW:
        schema_editor.execute(statement)
    schema_editor.execute("CREATE INDEX paper_newest ON tracker_paper (announced_on DESC NULLS LAST, arxiv_id DESC)")
    for name, words in WORDS.items():
        if words != "words":
            schema_editor.execute(f"CREATE INDEX {name} ON tracker_fulltext USING gin ({words})")
        schema_editor.execute(FUNCTION.format(name=name, words=words))


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The words may stay as they are."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("DROP INDEX paper_newest")
    for name, words in WORDS.items():
        schema_editor.execute(f"DROP FUNCTION {name}(tsquery)")
        if words != "words":
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("tracker", "0005_keep_earlier_versions")]

    operations = [migrations.RunPython(make, drop)]
