"""The paths of the attachments app under /v1/."""

from attachments.api.uploads import urlpatterns

__all__ = ["urlpatterns"]
