"""Folds names in SQL, and finds people by any part of the folded name."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations

from chatproject.core.db.fold_name import FoldName
from chatproject.core.db.migration_operations import AddIndexConcurrently

# As chatproject.core.text_folding does it.
FUNCTION = r"""
CREATE FUNCTION fold_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN normalize(
    replace(replace(replace(replace(
        translate(
            lower(
                regexp_replace(regexp_replace(
                    normalize(translate(name, U&'\00B4', ''''), NFKD),
                    U&'[\0300-\036F\00AD\061C\200B\200C\200E\200F\202A-\202E\2060-\206F\FE00-\FE0F\FEFF]',
                    '', 'g'), '\s+', ' ', 'g')
            ),
            U&'\00F8\0111\00F0\0142\0127\0131\0167\03C2\2019\2018\201B\02BC\02BB\02B9\2032\055A\201C\201D\201E\2013\2014\2010\2011\2012\2015\2212',
            U&'oddlhit\03C3''''''''''''''''\0022\0022\0022-------'
        ), U&'\00DF', 'ss'), U&'\00E6', 'ae'), U&'\0153', 'oe'), U&'\00FE', 'th'),
    NFKC)
"""


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the running release

    dependencies = [("accounts", "0008_time_zone")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION fold_name(text)"),
        AddIndexConcurrently(
            "user",
            GinIndex(OpClass(FoldName("name"), name="gin_trgm_ops"), name="user_by_folded_name"),
        ),
    ]
