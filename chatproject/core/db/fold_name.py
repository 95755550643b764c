"""The folding of names in SQL, for searches and their indexes."""

from django.db.models import CharField, Func


class FoldName(Func):
    """`fold_name(name)`, made by a migration of accounts; in Python it is `text_folding.fold`.

    tests/vectors/folding.json holds them and js/core/folding.js to the same results.
    """

    function = "fold_name"
    arity = 1
    output_field = CharField()
