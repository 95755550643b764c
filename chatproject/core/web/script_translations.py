"""The translations that the scripts of a page need, out of the catalogue `djangojs`."""

from functools import lru_cache

from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

Texts = dict[str, str | list[str]]


@lru_cache(maxsize=None if not settings.DEBUG else 0)
def script_texts(language: str) -> Texts:
    """The translation of each English text, for a plural the list of its forms.

    Empty for English.
    """
    if to_locale(language) == to_locale(settings.LANGUAGE_CODE):
        return {}
    catalogue = JavaScriptCatalog()
    catalogue.translation = DjangoTranslation(
        language, domain="djangojs", localedirs=[str(path) for path in settings.LOCALE_PATHS]
    )
    texts: Texts = catalogue.get_catalog()
    return texts
