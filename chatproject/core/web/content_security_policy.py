"""Sets the Content-Security-Policy of every page, from `settings.CONTENT_SECURITY_POLICY`.

Only HTML gets the header: JSON runs nothing, and most answers are JSON.
"""

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Third-party pages that write HTML as text, which Trusted Types forbid: jQuery in the admin site,
# Swagger UI in the API's documentation. All other rules apply to them, `script-src 'self'` first.
WRITE_HTML = ("/admin/", "/v1/docs")
WITHOUT_TRUSTED_TYPES = {"require-trusted-types-for": None, "trusted-types": None}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(WRITE_HTML):
            parts.replace = {**(parts.replace or {}), **WITHOUT_TRUSTED_TYPES}
        return parts
