"""The paths of the attachments app under /v1/."""

from attachments.api.avatars import AVATAR_ROUTES
from attachments.api.custom_emoji import EMOJI_ROUTES
from attachments.api.downloads import MetadataView, ThumbnailView
from attachments.api.uploads import OneAttachmentView, UploadsView
from chatproject.core.api.views import route

urlpatterns = [
    *AVATAR_ROUTES,
    *EMOJI_ROUTES,
    route("attachments", UploadsView.as_view(), "attachments"),
    route("attachments/<uuid:id>", OneAttachmentView.as_view(), "attachment"),
    route("attachments/<uuid:id>/metadata", MetadataView.as_view(), "attachment-metadata"),
    route("attachments/<uuid:id>/thumbnail", ThumbnailView.as_view(), "attachment-thumbnail"),
]
