"""files.*: an address to upload to, the upload, and the message that takes the files."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.auth.scopes import Scope
from attachments.actions.upload import add_attachment
from attachments.models import Attachment
from attachments.wire import attachment_of
from chatproject.core.errors import InvalidInput, Refusal, Unauthenticated
from chatproject.core.ids import uuid7
from messaging.api.slack.chat import send_words
from messaging.api.slack.method import Answer, Call, SlackError, as_uuid, method
from messaging.api.slack.shapes import file_shape
from messaging.integrations.payloads import read_payload
from messaging.sending.drafts import MAX_ATTACHMENTS

UPLOAD_PATH = "/api/files.upload"
SALT = "slack.upload"
LIFETIME = 600  # seconds in which an address can be used
CHUNK = 64 * 1024


@method("files.getUploadURLExternal", Scope.FILES_WRITE)
def get_upload_url(call: Call) -> Answer:
    name, length = call.needed("filename", "invalid_arguments"), call.text("length")
    if not (length.isascii() and length.isdigit() and 0 < len(length) < 13):
        raise SlackError("missing_argument")
    if not 0 < int(length) <= settings.ATTACHMENT_MAX_BYTES:
        raise SlackError("file_upload_size_restricted")
    file_id = uuid7()
    ticket = signing.dumps([str(call.user.pk), str(file_id), name[:255]], salt=SALT)
    url = f"{settings.PUBLIC_URL}{UPLOAD_PATH}?ticket={ticket}"
    return {"upload_url": url, "file_id": str(file_id)}


def read_ticket(ticket: str) -> tuple[UUID, UUID, str]:
    """Uploader, id and name of the file. Raises Unauthenticated."""
    try:
        user_id, file_id, name = signing.loads(ticket, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        raise Unauthenticated("The address is unknown or too old.") from None
    return UUID(user_id), UUID(file_id), name


def admit_upload(scope: Mapping[str, Any]) -> UUID:
    """Whose upload it is, before its body is read. Raises Unauthenticated."""
    ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])
    return read_ticket(ticket[0])[0]


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Takes the bytes of a file, as they are or in a form, and answers as Slack does."""
    try:
        user_id, file_id, name = read_ticket(request.GET.get("ticket", ""))
        if (request.content_type or "").startswith("multipart/form-data"):
            given = next(iter(request.FILES.values()), None)
            if given is None:
                raise InvalidInput.of("file", "One file is needed.", "required")
            _add(user_id, file_id, name, given)
        else:
            with TemporaryUploadedFile("upload", "application/octet-stream", 0, None) as file:
                while chunk := request.read(CHUNK):
                    file.write(chunk)
                file.size = file.tell()
                file.seek(0)
                _add(user_id, file_id, name, file)
    except Refusal as refusal:
        return HttpResponse(refusal.code, status=refusal.status, content_type="text/plain")
    return HttpResponse("OK", content_type="text/plain")


def _add(user_id: UUID, file_id: UUID, name: str, file: Any) -> None:
    if Attachment.objects.filter(pk=file_id).exists():
        raise InvalidInput.of("file", "The address was used before.", "used")
    add_attachment(uploader_id=user_id, file=file, name=name, attachment_id=file_id)


@method("files.completeUploadExternal", Scope.FILES_WRITE)
def complete_upload(call: Call) -> Answer:
    """Sends the files to `channel_id`; without one they wait for a message for a day."""
    files = call.json("files", [])
    given = [as_uuid(str(each.get("id", ""))) for each in files if isinstance(each, dict)]
    ids = tuple(dict.fromkeys(each for each in given if each is not None))
    if not ids or len(ids) != len(files) or len(ids) > MAX_ATTACHMENTS:
        raise SlackError("invalid_arguments")
    rows = {row.pk: row for row in Attachment.objects.filter(pk__in=ids, uploader=call.user.pk)}
    if len(rows) != len(ids):
        raise SlackError("file_not_found")
    for target in call.words("channel_id") or call.words("channels"):
        at = Call(call.user, call.sign_in, {**call.arguments, "channel": target})
        if call.sign_in.scopes is not None and Scope.MESSAGES_WRITE not in call.sign_in.scopes:
            raise SlackError("missing_scope", needed=Scope.MESSAGES_WRITE)
        words = read_payload({"text": call.text("initial_comment")}, is_markdown=False)
        send_words(at, at.channel(), words, ids)
        break
    return {"files": [file_shape(attachment_of(rows[each])) for each in ids]}
