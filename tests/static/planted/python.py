"""One of each that the rules have to find. Never imported."""

import pickle
import urllib.request

from django.utils.html import format_html
from django.utils.safestring import mark_safe


def plant(request, cursor, Model, zip_file, hook, given):
    # ruleid: outbound-only-in-outbound
    urllib.request.urlopen(request.data["url"])
    # ruleid: no-unsafe-markup
    mark_safe(request.data["name"])
    # ruleid: no-unsafe-markup
    format_html(f"<b>{given}</b>", given)
    # ruleid: no-code-from-data
    pickle.loads(given)
    # ruleid: no-code-from-data
    zip_file.extractall("/tmp")
    # ruleid: secrets-are-compared-in-constant-time
    if hook.secret == given:
        return
    # ok: secrets-are-compared-in-constant-time
    if hook.secret == "":
        return
    # ruleid: errors-are-not-swallowed
    try:
        given()
    except Exception:
        pass
    # ruleid: no-raw-sql-from-values
    cursor.execute("SELECT {}".format(given))
    # ruleid: no-raw-sql-from-values
    Model.objects.raw(f"SELECT {given}")
